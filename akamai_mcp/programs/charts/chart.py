"""What a chart is, read from what a program gives. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from akamai_mcp.openapi.parser import clean
from akamai_mcp.programs.events import WrongUse

Kind = Literal["line", "bar"]
LINE: Final[Kind] = "line"
MARK: Final = "chart"  # the member of a result that makes it a chart; its rows stand beside it
MAX_POINTS: Final = 1000
MAX_SERIES: Final = 6
LARGEST: Final = 1e300  # larger numbers leave no room for an axis; none is less than it, NaN neither
MAX_LABEL: Final = 24  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of rows: the member of the horizontal axis, and one series for each member of `y`."""

    labels: tuple[str, ...]
    series: Mapping[str, tuple[float, ...]]
    kind: Kind


def read_chart(rows: Any, x: Any, y: Any, kind: Any = LINE) -> Chart:
    """Read what `chart(rows, x, y, kind)` was given; `y` is a name or a list of names. Raises WrongUse."""
    names = [y] if isinstance(y, str) else y
    _require(isinstance(rows, list) and 0 < len(rows) <= MAX_POINTS, f"rows is a list of 1 to {MAX_POINTS:,} dicts.")
    _require(isinstance(names, list) and 0 < len(names) <= MAX_SERIES, f"y is a name or a list of up to {MAX_SERIES} names.")
    _require(all(isinstance(name, str) for name in (x, *names)), "x and y are names of members of the rows.")
    _require(kind in get_args(Kind), f"kind is {' or '.join(get_args(Kind))}.")
    return Chart(
        labels=tuple(clean(str(_member(row, x)))[:MAX_LABEL] for row in rows),
        series={clean(name)[:MAX_LABEL]: tuple(_number(row, name) for row in rows) for name in names},
        kind=kind,
    )


def chart_of(value: Any) -> Chart | None:
    """The chart that a result is, if it is one."""
    if not isinstance(value, dict) or set(value) != {MARK, "rows"} or not isinstance(value[MARK], dict):
        return None
    try:
        return read_chart(value["rows"], **value[MARK])
    except (WrongUse, TypeError):
        return None


def _member(row: Any, name: str) -> Any:
    _require(isinstance(row, Mapping) and name in row, f"a row has no {name[:MAX_LABEL]}.")
    return row[name]


def _number(row: Any, name: str) -> float:
    value = _member(row, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
    _require(is_number, f"{name[:MAX_LABEL]} has a value that is no number.")
    return float(value)


def _require(holds: object, text: str) -> None:
    if not holds:
        raise WrongUse(f"chart: {text}")
