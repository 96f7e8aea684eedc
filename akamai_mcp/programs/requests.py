"""What a program may ask of its host, read from the arguments of its functions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from akamai_mcp.programs.charts.chart import LINE, MARK, read_chart
from akamai_mcp.programs.events import CALL, DESCRIBE, FIND, REVERSAL, SEARCH, Asks, WrongUse
from akamai_mcp.programs.values import to_arguments
from akamai_mcp.request.redaction import holds_secret
from akamai_mcp.result.budget import DEFAULT_BYTES

PROGRAM: Final = "program"
MAX_TEXT: Final = 8192  # characters of a name, an expression, a question
_CALL_NAMES: Final = ("name", "arguments", "select", "check", "customer", "only_if")
_CHART_NAMES: Final = ("rows", "x", "y", "kind")
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    SEARCH: ("text",),
    DESCRIBE: ("name", "at"),
    FIND: ("text", "kind"),
    REVERSAL: ("run",),
}
_CONTROLS: Final = frozenset({"confirm", "dryRun", "cache", "paginate", "maxBytes", "maxPages", "wait", "waitSeconds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """One call of an operation: `check` lets a failure raise; `customer` is None for that of the program."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    select: str | None = None
    check: bool = True
    customer: str | None = None
    only_if: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One look into the catalogue: `search` or `describe`, and its texts."""

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """A sleep `until` a time, in seconds since the epoch: a program may sleep while no process runs it."""

    until: float


Pending = CallRequest | Find | Sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRequest:
    """A program to run: its source or `@name` of the library, its inputs, the customer of its calls, the budget of its result."""

    source: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    customer: str | None = None
    max_bytes: int = DEFAULT_BYTES
    dry_run: bool = False
    title: str = PROGRAM

    @property
    def secret(self) -> bool:
        """True if an input is a credential."""
        return holds_secret(self.inputs)


def read_call(asked: Asks) -> CallRequest:
    """Read `call(name, arguments, select=None, check=True, customer=None, only_if=None)`. Raises WrongUse."""
    values = _by_name(asked, _CALL_NAMES)
    request = CallRequest(**values)
    _require(_is_text(request.name), "name is a text: the operation's tool name or key.")
    _require(isinstance(request.arguments, Mapping), "arguments is a dict: parameters flat, the body under body.")
    _require(request.select is None or _is_text(request.select), f"select is JMESPath text of at most {MAX_TEXT:,} characters.")
    _require(request.customer is None or _is_text(request.customer), "customer is a text.")
    _require(isinstance(request.check, bool), "check is True or False.")
    _require(request.only_if is None or isinstance(request.only_if, Mapping), "only_if is a step's onlyIf of reversal.")
    if controls := _CONTROLS.intersection(request.arguments):
        raise WrongUse(_why_not(min(controls)))
    only_if = None if request.only_if is None else to_arguments(request.only_if)
    return replace(request, arguments=to_arguments(request.arguments), only_if=only_if)


def read_find(asked: Asks) -> Find:
    """Read a search or a description. Raises WrongUse."""
    return Find(name=asked.name, texts=tuple(read_texts(asked)))


def read_texts(asked: Asks) -> list[str]:
    """Read the texts that `search(text)`, `describe(name, at="")` and `find(text, kind="")` take. Raises WrongUse."""
    names = _TEXTS[asked.name]
    values = _by_name(asked, names)
    _require(all(map(_is_text, values.values())), f"{asked.name} takes text of at most {MAX_TEXT:,} characters.")
    return [values[name] for name in names if name in values]


def read_chart_request(asked: Asks) -> dict[str, Any]:
    """What `chart(rows, x, y, kind="line")` returns: the rows beside what is to be drawn of them. Raises WrongUse."""
    values = _by_name(asked, _CHART_NAMES)
    read_chart(**{name: values.get(name) for name in _CHART_NAMES[:3]}, kind=values.get("kind", LINE))
    return {MARK: {name: values.get(name, LINE) for name in _CHART_NAMES[1:]}, "rows": values["rows"]}


def read_seconds(asked: Asks) -> float:
    """Read the seconds of a sleep. Raises WrongUse."""
    seconds = asked.args[0] if asked.args else None
    _require(isinstance(seconds, int | float) and seconds >= 0, "asyncio.sleep takes seconds.")
    return float(seconds or 0)


def _by_name(asked: Asks, names: tuple[str, ...]) -> dict[str, Any]:
    if len(asked.args) > len(names):
        raise WrongUse(f"{asked.name} takes {', '.join(names)}.")
    values = dict(zip(names, asked.args, strict=False))
    for name, value in asked.kwargs.items():
        if name not in names:
            raise WrongUse(_why_not(name) if name in _CONTROLS else f"{asked.name} takes {', '.join(names)}, not {name[:60]!r}.")
        _require(name not in values, f"{name} is given twice.")
        values[name] = value
    _require(values.get(names[0]) is not None, f"{asked.name} needs {names[0]}.")
    return {name: value for name, value in values.items() if value is not None or name in asked.kwargs}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _why_not(control: str) -> str:
    if control == "confirm":
        return "confirm is not taken: the user is asked for all changes of a program together."
    return f"{control} is not taken in a program: {CALL} reads all pages and returns the whole body."


def _require(holds: object, text: str) -> None:
    if not holds:
        raise WrongUse(text)
