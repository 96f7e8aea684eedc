"""Links that add a server to a client with one click, for a page or a message to a team."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from akamai_mcp.errors import SettingsError

Entry = Mapping[str, Any]


def cursor_link(name: str, entry: Entry) -> str:
    """The link for Cursor: the entry as its file has it, in base64."""
    config = b64encode(json.dumps(dict(entry), separators=(",", ":")).encode()).decode()
    return f"https://cursor.com/en/install-mcp?{urlencode({'name': name, 'config': config})}"


def vscode_link(name: str, entry: Entry) -> str:
    """The link for VS Code: the entry as JSON."""
    config = json.dumps(dict(entry), separators=(",", ":"))
    return f"https://vscode.dev/redirect/mcp/install?name={quote(name)}&config={quote(config)}"


LINKS: Final[Mapping[str, Callable[[str, Entry], str]]] = {"cursor": cursor_link, "vscode": vscode_link}


def link_of(client: str, name: str, entry: Entry) -> str:
    """The link that adds an entry to a client. Raises SettingsError for a client without such links."""
    if client not in LINKS:
        raise SettingsError(f"There are no such links for {client}.", advice=f"These have them: {', '.join(LINKS)}.")
    return LINKS[client](name, entry)
