"""The part of JSONPath (RFC 9535) that searches of rule trees use: names, `..`, indexes, `*` and filters that compare."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Place = tuple[str, Any]
Step = Callable[[Place], Iterator[Place]]
_TOKEN: Final = re.compile(
    r"""(?P<deep>\.\.)? \.? (?:
        (?P<name>[A-Za-z_][\w-]*) | (?P<star>\*) | \[\*\](?P<all>) | \[(?P<index>\d+)\] | \[['"](?P<quoted>[^'"]+)['"]\]
        | \[\?\(?(?P<filter>@[^\]]*?)\)?\]
    )""",
    re.VERBOSE,
)
_TEST: Final = re.compile(
    r"""@\.?(?P<path>[\w.]*)\s*(?:(?P<sign>==|!=|>=|<=|>|<|=~)\s*(?P<value>'[^']*'|"[^"]*"|/[^/]*/i?|[\w.-]+))?"""
)
_ORDER: Final = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
LONGEST: Final = 1_000


class JsonPathError(Exception):
    """A text is not a path that is supported."""


def find(value: Any, path: str) -> list[str]:
    """The places that a path names, as JSON Pointers. Raises JsonPathError."""
    places: list[Place] = [("", value)]
    for step in _steps(path):
        places = [found for place in places for found in step(place)]
    return [pointer for pointer, _ in places]


def _steps(path: str) -> Iterator[Step]:
    if not path.startswith("$") or len(path) > LONGEST:
        raise JsonPathError(f"A path begins with $ and has at most {LONGEST} characters.")
    at = 1
    while at < len(path):
        match = _TOKEN.match(path, at)
        if match is None or match.end() == at:
            raise JsonPathError(f"The path cannot be read from {path[at : at + 40]!r} on.")
        at = match.end()
        yield _step(match)


def _step(match: re.Match[str]) -> Step:
    name, test = match["name"] or match["quoted"] or match["index"], match["filter"]
    accepts = _test(test) if test else None

    def step(place: Place) -> Iterator[Place]:
        for pointer, value in _everything(place) if match["deep"] else [place]:
            for key, inner, child in _children(pointer, value):
                if (accepts is None and name in {None, key}) or (accepts is not None and accepts(inner)):
                    yield child, inner

    return step


def _children(pointer: str, value: Any) -> Iterator[tuple[str, Any, str]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        text = str(key)
        yield text, inner, f"{pointer}/{text.replace('~', '~0').replace('/', '~1')}"


def _everything(place: Place) -> Iterator[Place]:
    yield place
    for _, inner, child in _children(*place):
        yield from _everything((child, inner))


def _test(text: str) -> Callable[[Any], bool]:
    parts = [[_comparison(one.strip()) for one in part.split("&&")] for part in text.split("||")]
    return lambda value: any(all(test(value) for test in part) for part in parts)


def _comparison(text: str) -> Callable[[Any], bool]:
    match = _TEST.fullmatch(text)
    if match is None:
        raise JsonPathError(f"The filter cannot be read: {text[:80]}")
    names = [name for name in match["path"].split(".") if name]
    return lambda value: _compare(_inner(value, names), match["sign"], match["value"])


def _inner(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _compare(value: Any, sign: str | None, written: str | None) -> bool:
    if sign is None or written is None:
        return value is not None
    if sign == "=~":
        pattern, _, flags = written.strip("'\"").removeprefix("/").rpartition("/")
        return isinstance(value, str) and re.search(pattern, value, re.IGNORECASE if flags else re.NOFLAG) is not None
    wanted = written[1:-1] if written[0] in "'\"" else json.loads(written)
    if sign in {"==", "!="}:
        return bool(value == wanted) == (sign == "==")
    if not isinstance(value, int | float) or not isinstance(wanted, int | float):
        return False
    return bool(_ORDER[sign](value, wanted))
