"""Arguments written with expressions, as the guide's notes on undo have them, filled with values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.catalogue.outcomes.undo import EXPRESSION, NOW
from akamai_mcp.result.selection import select_part

NOW_KEY: Final = "=now"  # what the program of @undo fills in, since only it knows the resource as it is then


class NoValue(Exception):
    """A value that is needed is not there; the text names it."""


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its expressions replaced; a member whose value is null is left out. Raises NoValue.

    `{matching: [ITEMS, VALUES], by: NAME, members: [...]}` are the items whose NAME is among the values, `missing` the others.
    """
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Mapping):
        return _filter(template, values) if "by" in template else _fill_members(template, values)
    return [fill(one, values) for one in template] if isinstance(template, list) else template


def fill_needed(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """As `fill`, for the arguments of a call: what comes from the resource as it was must be there. Raises NoValue."""
    _require(template, values)
    return dict(fill(template, values))


def _require(template: Any, values: Mapping[str, Any]) -> None:
    if isinstance(template, str) and template.startswith("=before") and _evaluate(template, values) is None:
        raise NoValue(template.removeprefix(EXPRESSION))
    inner = template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    for one in inner:
        _require(one, values)


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    if text.startswith(NOW):
        return {NOW_KEY: text.removeprefix(NOW)}
    return _evaluate(text, values) if text.startswith(EXPRESSION) else text


def _evaluate(text: str, values: Mapping[str, Any]) -> Any:
    return select_part(text.removeprefix(EXPRESSION), dict(values))


def _fill_members(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    filled = {name: fill(one, values) for name, one in template.items()}
    return {name: value for name, value in filled.items() if value is not None}


def _filter(template: Mapping[str, Any], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = "matching" in template
    items, known = (fill(one, values) or [] for one in template["matching" if wanted else "missing"])
    by, members = template["by"], template["members"]
    chosen = [item for item in items if (item.get(by) in known) is wanted]
    return [{name: item[name] for name in members if item.get(name) is not None} for item in chosen]
