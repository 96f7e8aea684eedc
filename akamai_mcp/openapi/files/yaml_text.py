"""Read YAML with the scalar types of JSON, with limits that are checked while the text is parsed.

Values are built from the parser's events: PyYAML's composer would first make a tree of nodes, a kilobyte for each, and
its merge keys (`<<`) multiply a text of 600 bytes without end. YAML 1.2 has no merge keys, so they are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

MAX_NESTING: Final = 256
MAX_VALUES: Final = 500_000  # what an alias stands for counts each time; building as many takes a few seconds
_TOO_DEEP: Final = f"nested more than {MAX_NESTING} levels deep"
MERGE: Final = "<<"
_TAG: Final = "tag:yaml.org,2002:"
_SCALAR_TAGS: Final = frozenset({_TAG + name for name in ("null", "bool", "int", "float")})
_TEXT_TAGS: Final = frozenset({"!", _TAG + "str"})
_CONTAINER_TAGS: Final = frozenset({None, "!", _TAG + "seq", _TAG + "map"})
_WORDS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
# The patterns of JSON's numbers; Python converts no integer of more than 4,300 digits.
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})\Z")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")


def parse_yaml(content: bytes) -> Any:
    """The value of a YAML text. Raises ValueError if it is not YAML, is nested too deeply, or expands to too many values."""
    import yaml  # 40 ms: the embedded documents are JSON
    from yaml._yaml import CParser

    parser = CParser(content)
    try:
        return _Builder(parser.get_event).document()
    except yaml.YAMLError as error:
        text = " ".join(str(error).split())
        # From 0.2.6 on libyaml reads ahead, and has a limit of its own.
        raise ValueError(_TOO_DEEP if "nesting depth" in text else text) from error


class _Builder:
    """Builds the value of one document from the parser's events, and counts as it builds."""

    def __init__(self, next_event: Callable[[], Any]) -> None:
        self._next = next_event
        self._values = 0
        # Each anchor with its value and the number of values in it; None while it is being built.
        self._anchors: dict[str, tuple[Any, int] | None] = {}

    def document(self) -> Any:
        """The only document of the text."""
        self._next()  # the start of the stream
        if _kind(self._next()) != "DocumentStart":
            return None
        value = self._value(self._next(), 1)
        self._next()  # the end of the document
        if _kind(self._next()) != "StreamEnd":
            raise ValueError("it contains more than one document")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if _kind(event) == "Alias":
            return self._alias(event)
        self._count(1)
        if depth > MAX_NESTING:
            raise ValueError(_TOO_DEEP)
        before, anchor = self._values, event.anchor
        if anchor:
            self._anchors[anchor] = None
        value = self._scalar(event) if _kind(event) == "Scalar" else self._container(event, depth)
        if anchor:
            self._anchors[anchor] = (value, self._values - before + 1)
        return value

    def _container(self, event: Any, depth: int) -> Any:
        if event.tag not in _CONTAINER_TAGS:
            raise ValueError(f"the tag {event.tag[:80]!r} is not one of JSON's types")
        return self._sequence(depth) if _kind(event) == "SequenceStart" else self._mapping(depth)

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while _kind(event := self._next()) != "SequenceEnd":
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[Any, Any]:
        members: dict[Any, Any] = {}
        while _kind(event := self._next()) != "MappingEnd":
            if _kind(event) == "Scalar" and event.value == MERGE and event.implicit[0]:
                raise ValueError("it has a merge key (<<), which JSON and YAML 1.2 do not have: write the members out")
            name = self._value(event, depth + 1)
            if isinstance(name, list | dict):
                raise ValueError("a key is a list or an object")  # noqa: TRY004 - the caller expects ValueError
            members[name] = self._value(self._next(), depth + 1)
        return members

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise ValueError(f"the alias {event.anchor[:80]!r} has no anchor")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise ValueError("its aliases contain themselves")
        value, values = anchored
        self._count(values)
        return value

    def _scalar(self, event: Any) -> Any:
        if event.tag in _TEXT_TAGS or (event.tag is None and not event.implicit[0]):
            return event.value
        if event.tag is None or event.tag in _SCALAR_TAGS:
            return _plain(event.value)
        raise ValueError(f"the tag {event.tag[:80]!r} is not one of JSON's types")

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise ValueError(f"it has, or its aliases expand to, more than {MAX_VALUES} values")


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _plain(text: str) -> Any:
    """A plain scalar by the core schema of JSON (YAML 1.2.2 section 10.2): dates, `on`, `12:30` and `010` are text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return _finite(text) if _NUMBER.match(text) else text


def _finite(digits: str) -> float:
    """A number. Raises ValueError if it is infinite, which JSON cannot write."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:80]} is beyond the range of 64-bit floating point")
    return number
