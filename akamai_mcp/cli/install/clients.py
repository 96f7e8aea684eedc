"""The known MCP clients: where they keep their configuration, and how they write a server.

Sources: each client's own documentation; docs/clients.md says what could not be confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from akamai_mcp.errors import SettingsError

Format = Literal["json", "jsonc", "toml"]

# The value of each path placeholder: an environment variable, else a folder below the home folder.
BASES: Final[Mapping[str, tuple[str | None, str]]] = {
    "home": (None, ""),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "support": (None, "Library/Application Support"),
    "appdata": ("APPDATA", "AppData/Roaming"),
    "claude": ("CLAUDE_CONFIG_DIR", ""),
    "codex": ("CODEX_HOME", ".codex"),
    "copilot": ("COPILOT_HOME", ".copilot"),
}
CLINE: Final = "User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """How a client writes a server over HTTP: the key of the URL, further members, and a variable inside a header's value.

    `token_key` names a member that takes the variable's name instead of a header. Without either, a token needs the bridge.
    """

    url_key: str = "url"
    members: Mapping[str, Any] = field(default_factory=dict)
    variable: str = ""
    token_key: str = ""

    @property
    def takes_variable(self) -> bool:
        """Whether a token can come from an environment variable of the client."""
        return bool(self.variable or self.token_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An MCP client: its file on each system (`*` for the others) and in a project, the table of its servers, its forms.

    `members` are what each entry of a local server has beside the command; without `remote` a client reaches HTTP by a bridge.
    """

    title: str
    files: Mapping[str, str]
    project: str = ""
    table: str = "mcpServers"
    format: Format = "json"
    members: Mapping[str, Any] = field(default_factory=dict)
    remote: Remote | None = None
    afterwards: str


def _code(path: str) -> dict[str, str]:
    """A file of VS Code's folder on each system."""
    places = {"darwin": "{support}", "win32": "{appdata}", "*": "{config}"}
    return {system: f"{place}/Code/{path}" for system, place in places.items()}


CLIENTS: Final[Mapping[str, Client]] = {
    "claude-code": Client(
        title="Claude Code",
        files={"*": "{claude}/.claude.json"},
        project=".mcp.json",
        remote=Remote(members={"type": "http"}, variable="${{{name}}}"),
        afterwards="The next session of Claude Code uses it; /mcp shows it.",
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        files={
            "darwin": "{support}/Claude/claude_desktop_config.json",
            "win32": "{appdata}/Claude/claude_desktop_config.json",
            "*": "{config}/Claude/claude_desktop_config.json",
        },
        afterwards="Quit Claude Desktop and start it again.",
    ),
    "cursor": Client(
        title="Cursor",
        files={"*": "{home}/.cursor/mcp.json"},
        project=".cursor/mcp.json",
        format="jsonc",
        remote=Remote(variable="${{env:{name}}}"),
        afterwards="Cursor's settings list it under MCP.",
    ),
    "vscode": Client(
        title="VS Code",
        files=_code("User/mcp.json"),
        project=".vscode/mcp.json",
        table="servers",
        format="jsonc",
        members={"type": "stdio"},
        remote=Remote(members={"type": "http"}, variable="${{env:{name}}}"),
        afterwards="VS Code asks whether to trust it; the command `MCP: List Servers` starts it.",
    ),
    "codex": Client(
        title="Codex",
        files={"*": "{codex}/config.toml"},
        project=".codex/config.toml",
        table="mcp_servers",
        format="toml",
        remote=Remote(token_key="bearer_token_env_var"),  # noqa: S106 - the name of a key, not a password
        afterwards="The next session of Codex uses it, in a project once that is trusted; `codex mcp list` shows it.",
    ),
    "windsurf": Client(
        title="Windsurf",
        files={"*": "{home}/.codeium/windsurf/mcp_config.json"},
        remote=Remote(url_key="serverUrl", variable="${{env:{name}}}"),
        afterwards="Refresh the list of MCP servers in Cascade, or start Windsurf again.",
    ),
    "gemini-cli": Client(
        title="Gemini CLI",
        files={"*": "{home}/.gemini/settings.json"},
        project=".gemini/settings.json",
        format="jsonc",
        remote=Remote(url_key="httpUrl", variable="${{{name}}}"),
        afterwards="The next session of Gemini CLI uses it; /mcp shows it.",
    ),
    "zed": Client(
        title="Zed",
        files={
            "win32": "{appdata}/Zed/settings.json",
            "darwin": "{home}/.config/zed/settings.json",
            "*": "{config}/zed/settings.json",
        },
        table="context_servers",
        format="jsonc",
        remote=Remote(),
        afterwards="Zed starts it at once; Settings > AI > MCP Servers shows a green dot.",
    ),
    "copilot-cli": Client(
        title="GitHub Copilot CLI",
        files={"*": "{copilot}/mcp-config.json"},
        project=".mcp.json",
        members={"type": "local", "tools": ["*"]},
        remote=Remote(members={"type": "http", "tools": ["*"]}, variable="${{{name}}}"),
        afterwards="The next session of Copilot CLI uses it; /mcp show lists it.",
    ),
    "jetbrains": Client(
        title="JetBrains (Junie)",
        files={"*": "{home}/.junie/mcp/mcp.json"},
        project=".junie/mcp/mcp.json",
        afterwards="Settings > Tools > Junie > MCP Settings lists it. AI Assistant has a list of its own: paste the entry there.",
    ),
    "cline": Client(
        title="Cline",
        files=_code(CLINE),
        remote=Remote(members={"type": "streamableHttp"}),
        afterwards="Cline starts it at once; its list of MCP servers shows it.",
    ),
}


def file_of(client: Client, system: str, home: Path, environment: Mapping[str, str]) -> Path:
    """Return the configuration file of a client on a system, named as in sys.platform."""
    places = {
        name: environment[variable] if variable and environment.get(variable) else str(home / below)
        for name, (variable, below) in BASES.items()
    }
    return Path(client.files.get(system, client.files["*"]).format_map(places))


def project_file(client: Client, folder: Path) -> Path:
    """Return the configuration file of a client in a project. Raises SettingsError for a client without one."""
    if not client.project:
        able = ", ".join(name for name, one in CLIENTS.items() if one.project)
        raise SettingsError(f"{client.title} has no file for one project.", advice=f"These have one: {able}.")
    return folder / client.project
