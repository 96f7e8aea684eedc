"""The known MCP clients: where they keep their configuration, and the format of an entry."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from akamai_mcp.cli.install.json_text import JsonTextError, parse_json, remove_member, set_member
from akamai_mcp.cli.install.toml_text import TomlTextError, parse_toml, remove_table, set_table
from akamai_mcp.errors import SettingsError

ENTRY: Final = "akamai"
Format = Literal["json", "jsonc", "toml"]
Entry = Mapping[str, Any]

# The value of each path placeholder: an environment variable, else a folder below the home folder.
BASES: Final[Mapping[str, tuple[str | None, str]]] = {
    "home": (None, ""),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "support": (None, "Library/Application Support"),
    "appdata": ("APPDATA", "AppData/Roaming"),
    "claude": ("CLAUDE_CONFIG_DIR", ""),
    "codex": ("CODEX_HOME", ".codex"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An MCP client: its file on each system (`*` for the others), the table of its servers, and its format."""

    title: str
    files: Mapping[str, str]
    table: str
    format: Format = "json"
    says_type: bool = False
    afterwards: str


CLIENTS: Final[Mapping[str, Client]] = {
    "claude-desktop": Client(
        title="Claude Desktop",
        files={
            "darwin": "{support}/Claude/claude_desktop_config.json",
            "win32": "{appdata}/Claude/claude_desktop_config.json",
            "*": "{config}/Claude/claude_desktop_config.json",
        },
        table="mcpServers",
        afterwards="Quit Claude Desktop and start it again.",
    ),
    "claude-code": Client(
        title="Claude Code",
        files={"*": "{claude}/.claude.json"},
        table="mcpServers",
        afterwards="The next session of Claude Code uses it; /mcp shows it.",
    ),
    "cursor": Client(
        title="Cursor",
        files={"*": "{home}/.cursor/mcp.json"},
        table="mcpServers",
        format="jsonc",
        afterwards="Cursor's settings list it under MCP.",
    ),
    "vscode": Client(
        title="VS Code",
        files={
            "darwin": "{support}/Code/User/mcp.json",
            "win32": "{appdata}/Code/User/mcp.json",
            "*": "{config}/Code/User/mcp.json",
        },
        table="servers",
        format="jsonc",
        says_type=True,
        afterwards="VS Code asks whether to trust it; the command `MCP: List Servers` starts it.",
    ),
    "codex": Client(
        title="Codex",
        files={"*": "{codex}/config.toml"},
        table="mcp_servers",
        format="toml",
        afterwards="The next session of Codex uses it; `codex mcp list` shows it.",
    ),
}


def file_of(client: Client, system: str, home: Path, environment: Mapping[str, str]) -> Path:
    """Return the configuration file of a client on a system, named as in sys.platform."""
    places = {
        name: environment[variable] if variable and environment.get(variable) else str(home / below)
        for name, (variable, below) in BASES.items()
    }
    return Path(client.files.get(system, client.files["*"]).format_map(places))


def entry_for(client: Client, command: str, arguments: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Create the entry for this server."""
    entry: dict[str, Any] = {"type": "stdio"} if client.says_type else {}
    entry |= {"command": command, "args": arguments}
    return entry | ({"env": dict(environment)} if environment else {})


def present_entry(client: Client, text: str, place: str) -> Any:
    """Return this server's entry in the text, or None. Raises SettingsError if the text cannot be read."""
    servers = _read(client, text, place).get(client.table, {})
    if not isinstance(servers, dict):
        raise SettingsError(f"{client.table} in {place} is not a table of servers.", advice="Correct the file by hand first.")
    return servers.get(ENTRY)


def changed(client: Client, text: str, entry: Entry | None, place: str) -> str:
    """Return the text with the entry, or without it. Raises SettingsError if anything else would change."""
    expected = _meaning(client, _with(client, _read(client, text, place), entry))
    try:
        after = _edit(client, text, entry)
    except (JsonTextError, TomlTextError) as error:
        raise _unreadable(place, error) from None
    if _meaning(client, _read(client, after, place)) != expected:
        raise SettingsError(
            f"{place} is written in a way that cannot be changed safely.",
            advice="Nothing was changed. Edit the entry by hand: --dry-run shows it.",
        )
    return after


def _edit(client: Client, text: str, entry: Entry | None) -> str:
    path = (client.table, ENTRY)
    if client.format == "toml":
        return remove_table(text, path) if entry is None else set_table(text, path, entry)
    comments = client.format == "jsonc"
    return remove_member(text, path, comments=comments) if entry is None else set_member(text, path, entry, comments=comments)


def _with(client: Client, whole: dict[str, Any], entry: Entry | None) -> dict[str, Any]:
    """The expected content after a change."""
    whole = copy.deepcopy(whole)
    if entry is not None:
        whole.setdefault(client.table, {})[ENTRY] = dict(entry)
    elif client.table in whole:
        whole[client.table].pop(ENTRY, None)
    return whole


def _meaning(client: Client, whole: dict[str, Any]) -> dict[str, Any]:
    """The content to compare: in TOML an outer table may exist only through its inner tables, so an empty one is dropped."""
    empty = client.format == "toml" and not whole.get(client.table, True)
    return {key: value for key, value in whole.items() if not (empty and key == client.table)}


def _read(client: Client, text: str, place: str) -> dict[str, Any]:
    try:
        if client.format == "toml":
            return parse_toml(text)
        value = parse_json(text, comments=client.format == "jsonc").value if text.strip() else {}
    except (JsonTextError, TomlTextError) as error:
        raise _unreadable(place, error) from None
    if not isinstance(value, dict):
        raise SettingsError(f"{place} does not contain an object.", advice="Correct the file by hand first.")
    return value


def _unreadable(place: str, error: Exception) -> SettingsError:
    return SettingsError(f"{place} cannot be read: {error}.", advice="Nothing was changed. Correct the file by hand first.")
