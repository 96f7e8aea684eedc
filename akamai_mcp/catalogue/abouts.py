"""What a document's `x-guide` says of its product, as far as it has the form that the guide has; a user's may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from akamai_mcp.openapi.parser import clean

MAX_LINE: Final = 1000
MAX_ALIASES: Final = 50
MAX_FIELDS: Final = 500
LINES: Final = ("name", "about", "before", "after")
FIELD_LINES: Final = ("about", "form", "from")


def tidy_about(guide: Any) -> dict[str, Any]:
    """The lines, aliases and notes on fields of a guide, each bounded; what has another form is left out."""
    if not isinstance(guide, Mapping):
        return {}
    aliases, fields = guide.get("aliases"), guide.get("fields")
    tidy: dict[str, Any] = _lines(guide, LINES)
    if isinstance(aliases, list):
        tidy["aliases"] = [alias for name in aliases[:MAX_ALIASES] if (alias := clean(name, MAX_LINE))]
    if isinstance(fields, Mapping):
        notes = ((clean(name, MAX_LINE), note) for name, note in islice(fields.items(), MAX_FIELDS))
        tidy["fields"] = {name: _lines(note, FIELD_LINES) for name, note in notes if isinstance(note, Mapping)}
    return tidy


def _lines(note: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: line for name in names if (line := clean(note.get(name), MAX_LINE))}
