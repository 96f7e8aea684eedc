"""Change this server's entry in the text of a client's configuration, and nothing else in it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from akamai_mcp.cli.install.clients import Client
from akamai_mcp.cli.install.json_text import JsonTextError, parse_json, remove_member, set_member
from akamai_mcp.cli.install.toml_text import TomlTextError, parse_toml, remove_table, set_table
from akamai_mcp.errors import SettingsError

Entry = Mapping[str, Any]


def present_entry(client: Client, name: str, text: str, place: str) -> Any:
    """Return the entry of a name in the text, or None. Raises SettingsError if the text cannot be read."""
    servers = _read(client, text, place).get(client.table, {})
    if not isinstance(servers, dict):
        raise SettingsError(f"{client.table} in {place} is not a table of servers.", advice="Correct the file by hand first.")
    return servers.get(name)


def changed(client: Client, name: str, text: str, entry: Entry | None, place: str) -> str:
    """Return the text with the entry, or without it. Raises SettingsError if anything else would change."""
    expected = _meaning(client, _with(client, name, _read(client, text, place), entry))
    try:
        after = _edit(client, name, text, entry)
    except (JsonTextError, TomlTextError) as error:
        raise _unreadable(place, error) from None
    if _meaning(client, _read(client, after, place)) != expected:
        raise SettingsError(
            f"{place} is written in a way that cannot be changed safely.",
            advice="Nothing was changed. Edit the entry by hand: --dry-run shows it.",
        )
    return after


def _edit(client: Client, name: str, text: str, entry: Entry | None) -> str:
    path = (client.table, name)
    if client.format == "toml":
        return remove_table(text, path) if entry is None else set_table(text, path, entry)
    comments = client.format == "jsonc"
    return remove_member(text, path, comments=comments) if entry is None else set_member(text, path, entry, comments=comments)


def _with(client: Client, name: str, whole: dict[str, Any], entry: Entry | None) -> dict[str, Any]:
    """The expected content after a change."""
    whole = copy.deepcopy(whole)
    if entry is not None:
        whole.setdefault(client.table, {})[name] = dict(entry)
    elif client.table in whole:
        whole[client.table].pop(name, None)
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
