"""Arguments written with expressions, as the guide's notes on undo have them, filled with values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.catalogue.outcomes.undo import EXPRESSION, NOW
from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.selection import select_part

NOW_KEY: Final = "=now"  # what the program of @undo fills in, since only it knows the resource as it is then
TAKES: Final = "takes"
_ARGUMENT: Final = re.compile(r"\$([A-Za-z_][\w.]*)")
_WORD: Final = re.compile(r"[\w.:@-]{1,200}")


class NoValue(Exception):
    """A value that is needed is not there; the text names it."""


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its expressions replaced; a member whose value is null is left out. Raises NoValue.

    `{matching: [ITEMS, VALUES], by: NAME, members: [...]}` are the items whose NAME is among the values, `missing` the others.
    `{takes: OBJECT}` is the object as `values["takes"]`, a function, returns it.
    """
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Mapping):
        return _fill_object(template, values)
    return [fill(one, values) for one in template] if isinstance(template, list) else template


def fill_needed(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """As `fill`, for the arguments of a call: what comes from the resource as it was must be there. Raises NoValue."""
    _require(template, values)
    return dict(fill(template, values))


def with_arguments(expression: str, values: Mapping[str, Any]) -> str:
    """The expression with each `$NAME` as the text of that argument of the call. Raises NoValue for one that is no plain word."""

    def literal(found: re.Match[str]) -> str:
        value = select_part(f"arg.{found[1]}", dict(values))
        if not _WORD.fullmatch(str(value)):
            raise NoValue(found[1])
        return f"'{value}'"

    return _ARGUMENT.sub(literal, expression)


def take(value: Any, members: tuple[str, ...] | None) -> Any:
    """Those members of an object that have a value; anything else, and everything for None, as it is."""
    if members is None or not isinstance(value, Mapping):
        return value
    return {name: value[name] for name in members if value.get(name) is not None}


def _require(template: Any, values: Mapping[str, Any]) -> None:
    if isinstance(template, str) and template.startswith(("=before", "=answer")) and _evaluate(template, values) is None:
        raise NoValue(template.removeprefix(EXPRESSION))
    inner = template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    for one in inner:
        _require(one, values)


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    if text.startswith(NOW):
        return {NOW_KEY: text.removeprefix(NOW)}
    return _evaluate(text, values) if text.startswith(EXPRESSION) else text


def _evaluate(text: str, values: Mapping[str, Any]) -> Any:
    expression = with_arguments(text.removeprefix(EXPRESSION), values)
    try:
        found = select_part(expression, dict(values))
    except ArgumentError as error:  # the resource does not have the form that the expression is about
        raise NoValue(text.removeprefix(EXPRESSION)) from error
    # A choice of members gives null for those that are not there, which an API takes for a value.
    return _without_nulls(found) if "{" in expression else found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _fill_object(template: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    if set(template) == {TAKES}:
        return values[TAKES](fill(template[TAKES], values))
    return _filter(template, values) if "by" in template else _fill_members(template, values)


def _fill_members(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    filled = {name: fill(one, values) for name, one in template.items()}
    return {name: value for name, value in filled.items() if value is not None}


def _filter(template: Mapping[str, Any], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = "matching" in template
    items, known = (fill(one, values) or [] for one in template["matching" if wanted else "missing"])
    by, members = template["by"], template["members"]
    chosen = [item for item in items if (item.get(by) in known) is wanted]
    return [{name: item[name] for name in members if item.get(name) is not None} for item in chosen]
