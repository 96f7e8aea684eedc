"""Values at the border of a program: what its calls send has to be JSON, and what it returns becomes JSON. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.programs.events import WrongUse
from akamai_mcp.request.lengths import MAX_LEVELS, MAX_VALUES, check_lengths

MAX_DEPTH: Final = 100
MAX_RESULT: Final = 500_000  # values of a result, where a text counts once for each 32 characters
TEXT_UNIT: Final = 32
LEFT_OUT: Final = "..."
_UNAWAITED: Final = re.compile(r"<coroutine external_future\(\d+\)>\Z")  # the interpreter gives a coroutine as its text


def is_unawaited(value: Any) -> bool:
    """True for what a program has of a call that it did not wait for."""
    return isinstance(value, str) and _UNAWAITED.match(value) is not None


class _Room:
    """How many values may still be read."""

    def __init__(self, values: int) -> None:
        self.left = values

    def take(self, values: int) -> bool:
        """Use up the room for some values; False if there is not as much."""
        self.left -= values
        return self.left >= 0


def to_arguments(arguments: Mapping[Any, Any]) -> dict[str, Any]:
    """The arguments of a call as JSON, tuples as lists, within the limits of every call's arguments. Raises WrongUse."""
    read = _to_sent(arguments, MAX_LEVELS, _Room(MAX_VALUES))
    try:
        check_lengths(read)
    except ArgumentError as error:
        raise WrongUse(f"{error.message} {error.advice}") from error
    return dict(read)


def _to_sent(value: Any, levels: int, room: _Room) -> Any:
    if is_unawaited(value):
        raise WrongUse("A call that was not awaited cannot be sent: write await before it.")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if not isinstance(value, dict | list | tuple):
        raise WrongUse(f"A value of type {type(value).__name__[:40]} cannot be sent: give text, numbers, lists and dicts.")
    if not levels:
        raise WrongUse(f"The arguments have more than {MAX_LEVELS} levels of nesting.")
    if not room.take(len(value)):
        raise WrongUse(f"The arguments have more than {MAX_VALUES} values.")
    if isinstance(value, dict):
        return {_to_name(name): _to_sent(part, levels - 1, room) for name, part in value.items()}
    return [_to_sent(part, levels - 1, room) for part in value]


def _to_name(key: Any) -> str:
    if not isinstance(key, str):
        raise WrongUse(f"A dict that is sent has text as its keys, not {type(key).__name__[:40]}.")
    return key


def to_json(value: Any) -> Any:
    """A result as JSON: sets and tuples are lists, dates are text, what JSON does not have is its text.

    What is nested more deeply than 100 levels, or comes after half a million values or 16 MB of text, is left out.
    """
    return _to_shown(value, MAX_DEPTH, _Room(MAX_RESULT))


def _to_shown(value: Any, depth: int, room: _Room) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if room.take(len(value) // TEXT_UNIT) else LEFT_OUT
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else _to_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return value.isoformat() if isinstance(value, date | datetime) else str(value)
    if depth == 0 or not room.take(len(value)):
        return LEFT_OUT
    if isinstance(value, Mapping):
        return dict(_to_members(value.items(), depth, room))
    return [_to_shown(part, depth - 1, room) for part in value]


def _to_members(items: Iterable[tuple[Any, Any]], depth: int, room: _Room) -> Iterable[tuple[str, Any]]:
    return ((key if isinstance(key, str) else str(key), _to_shown(part, depth - 1, room)) for key, part in items)


def _to_text(number: int) -> str:
    """A number of any length; Python writes those of more than 4,300 digits in hexadecimal alone."""
    try:
        return str(number)
    except ValueError:
        return hex(number)
