"""Write what `akamai-mcp install` writes for each client to docs/clients.md (`make docs`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from replacing import replace_once

from akamai_mcp.cli.install.arguments import ENTRY
from akamai_mcp.cli.install.clients import CLIENTS, Client
from akamai_mcp.cli.install.entries import local_entry, remote_entry
from akamai_mcp.cli.install.links import LINKS
from akamai_mcp.cli.install.toml_text import render_table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/clients.md"
SECTIONS = re.compile(r"(?<=<!-- written by tools/clients_docs.py -->\n).*(?=<!-- end -->)", re.DOTALL)
URL = "https://mcp.example.com/mcp"
ON_THIS_MACHINE = "http://127.0.0.1:8000/mcp"
VARIABLE = "MCP_TOKEN"
COMMAND = "/path/to/uvx"
ARGUMENTS = ["--from", "/path/to/akamai-mcp[programs]", "akamai-mcp"]
SETTINGS = {"AKAMAI_MCP_EDGERC": "/path/to/.edgerc"}
# How the placeholders of a path read on each system.
SHOWN = {
    "home": "~",
    "config": "~/.config",
    "support": "~/Library/Application Support",
    "appdata": "%APPDATA%",
    "claude": "~",
    "codex": "~/.codex",
    "copilot": "~/.copilot",
}
SYSTEMS = {"darwin": "macOS", "win32": "Windows", "*": "Linux"}


def sections() -> str:
    """The sections of all clients."""
    return "\n".join("\n".join(_section(name, client)) for name, client in CLIENTS.items())


def with_clients(text: str) -> str:
    """The text of docs/clients.md with the current sections."""
    return replace_once(SECTIONS, text, f"\n{sections()}\n")


def remote_of(client: Client, url: str, variable: str | None) -> dict[str, Any]:
    """The entry of a server over HTTP, with a path of npx that is nobody's."""
    with patch("akamai_mcp.cli.install.entries.whole_path", lambda command, _: f"/path/to/{command}"):
        return remote_entry(client, url, variable)


def _section(name: str, client: Client) -> Iterator[str]:
    yield f"### {client.title}\n"
    yield f"`akamai-mcp install {name}` writes to {_places(client)}.{_project(client)} {client.afterwards}\n"
    yield _block(client, local_entry(client, COMMAND, ARGUMENTS, SETTINGS))
    yield f"Over HTTP, `akamai-mcp install {name} --url {URL} --token-env {VARIABLE}`{_bridged(client)}:\n"
    yield _block(client, remote_of(client, URL, VARIABLE))
    if name in LINKS:
        link = LINKS[name](ENTRY, remote_of(client, ON_THIS_MACHINE, None))
        yield f"With one click, for `akamai-mcp serve --transport http` on this machine: [Add to {client.title}]({link})\n"


def _places(client: Client) -> str:
    if len(client.files) == 1:
        return f"`{_shown(client.files['*'])}`"
    places = [f"`{_shown(client.files[key])}` ({system})" for key, system in SYSTEMS.items() if key in client.files]
    return ", ".join(places[:-1]) + f" or {places[-1]}"


def _shown(path: str) -> str:
    return path.format_map(SHOWN)


def _project(client: Client) -> str:
    return f" `--project` writes to `{client.project}` in the current folder." if client.project else ""


def _bridged(client: Client) -> str:
    if client.remote is None:
        return " goes through `mcp-remote`, which npx starts, because its configuration takes no URL"
    return "" if client.remote.takes_variable else " goes through `mcp-remote`, because it reads no variable in a header"


def _block(client: Client, entry: dict[str, Any]) -> str:
    if client.format == "toml":
        return f"```toml\n{render_table((client.table, ENTRY), entry)}```\n"
    text = json.dumps({client.table: {ENTRY: entry}}, indent=2)
    for words in (value for value in entry.values() if isinstance(value, list)):
        text = text.replace(json.dumps(words, indent=2).replace("\n", "\n      "), json.dumps(words))
    return f"```json\n{text}\n```\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_clients(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
