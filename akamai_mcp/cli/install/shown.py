"""The change of an entry as a person reads it: every value, except those that may be secret."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any, Final

from akamai_mcp.cli.install.clients import Client
from akamai_mcp.cli.install.toml_text import render_table

HIDDEN: Final = "***"
HEADERS: Final = frozenset({"headers", "http_headers"})
_SECRET_NAME: Final = re.compile(r"secret|token|passw|pwd|key|credential|cookie|private|bearer|authorization", re.IGNORECASE)
_NAMES_A_PLACE: Final = re.compile(r"_(?:FILE|DIR|PATH|URL|ENV_VAR)\Z", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"(?:Bearer )?\$\{[\w:-]+\}\Z")
_SECRET_PART: Final = re.compile(r"akab-[\w-]+|amcp_\S+|eyJ[\w.-]+|(?<=Bearer )(?!\$)\S+|(?<=://)[^/@\s]+(?=@)")
_RANDOM: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+_=-]{24,}\Z")


def show_change(client: Client, name: str, path: Path, old: Any, new: Any) -> str:
    """Format the change of an entry as a diff; it shows nothing else of the file."""
    lines = difflib.unified_diff(
        _lines(client, name, old), _lines(client, name, new), fromfile=str(path), tofile=str(path), lineterm="", n=99
    )
    return "\n".join(lines)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable may hold a secret: by its name, unless it names a place, or by what its value looks like."""
    if _REFERENCE.match(value):
        return False
    return _is_whole_secret(name, value) or bool(_SECRET_PART.search(value))


def _is_whole_secret(name: str, value: str) -> bool:
    named = bool(_SECRET_NAME.search(name)) and not _NAMES_A_PLACE.search(name) and not value.startswith(("/", "~", "."))
    return named or bool(_RANDOM.match(value))


def _lines(client: Client, name: str, entry: Any) -> list[str]:
    if entry is None:
        return []
    shown = _masked(entry)
    if client.format == "toml" and isinstance(shown, dict):
        return render_table((client.table, name), shown).splitlines()
    return json.dumps({name: shown}, indent=2, ensure_ascii=False).splitlines()


def _masked(value: Any, name: str = "") -> Any:
    """An entry with its secrets blanked out: headers but for references to variables, and what looks like one anywhere."""
    if isinstance(value, dict):
        hide = name in HEADERS
        return {key: _masked(item, f"{key} token" if hide else key) for key, item in value.items()}
    if isinstance(value, list):
        flags = ["", *(item if isinstance(item, str) and item.startswith("-") else "" for item in value)]
        return [_masked(item, name if name.endswith(" token") else flag) for flag, item in zip(flags, value, strict=False)]
    if not isinstance(value, str):
        return value
    if _REFERENCE.match(value):
        return value
    return HIDDEN if _is_whole_secret(name, value) else _SECRET_PART.sub(HIDDEN, value)
