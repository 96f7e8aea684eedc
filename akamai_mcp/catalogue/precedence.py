"""What only Akamai's clients show gives way to a document that describes the same method and path.

That document's operation is served instead, under the tool name that agents know; the former key finds it too, and the
former note tells its effect where it has no note of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.openapi.parser import Outline

_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
Note = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """An operation of ours as its successor needs it: its key, and the guide's note on it."""

    key: str
    note: Note


def place_of(method: str, path: str) -> str:
    """A method and a path whatever its parameters are called: `GET /lists/{}`."""
    return f"{method.upper()} {_PLACEHOLDER.sub('{}', path).rstrip('/')}"


def described_places(outlines: Iterable[Outline]) -> frozenset[str]:
    """The places that documents describe, less those of another host, to which nothing is sent."""
    return frozenset(place_of(one.method, one.path) for one in outlines if not one.source and not one.refusal)


def former_operations(product: str, version: str, outlines: Iterable[Outline]) -> Iterator[tuple[str, Former]]:
    """(place, former operation) for every operation of a document that only clients show."""
    for one in outlines:
        if one.source:
            note = {"summary": one.summary, **one.guide}
            yield place_of(one.method, one.path), Former(key=f"{product}/{version}#{one.operation_id}", note=note)


def is_replaced(outline: Outline, described: frozenset[str]) -> bool:
    """True for an operation that only clients show and a document describes."""
    return bool(outline.source) and place_of(outline.method, outline.path) in described


def successor_of(outline: Outline, formers: Mapping[str, Former]) -> Former | None:
    """What a document's operation takes the place of, or None."""
    if outline.source or outline.refusal:
        return None
    return formers.get(place_of(outline.method, outline.path))
