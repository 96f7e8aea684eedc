"""What a program does as its host sees it: it asks for a call, waits for answers, or ends. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CALL: Final = "call"
SEARCH: Final = "search"
DESCRIBE: Final = "describe"
FIND: Final = "find"
SLEEP: Final = "sleep"
CHART: Final = "chart"
REVERSAL: Final = "reversal"
NAMES: Final = (CALL, SEARCH, DESCRIBE, FIND, CHART, REVERSAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """The program calls a function of its host; `number` is the call's."""

    number: int
    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The program cannot go on before one of these calls has an answer."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The program has ended with a value."""

    value: Any


Event = Asks | Waits | Ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The answer to a call: a value, or the text of the RuntimeError that it raises in the program."""

    value: Any = None
    failure: str | None = None


class WrongUse(Exception):
    """A program calls a function of its host with arguments that it does not take; the text says which it takes."""


class ProgramFailed(Exception):
    """A program ended with an error: its type and text, and the line that it was in, if one is known."""

    def __init__(self, kind: str, text: str, *, line: int | None = None, code: str = "") -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text
        self.line = line
        self.code = code
