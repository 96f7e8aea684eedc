"""Decide which operation is served when a document describes an endpoint that was undocumented until then.

The documented operation is served. It keeps the tool name of the undocumented one, can be looked up by the former key
too, and inherits the former note (its effect, for example) if the guide has no note on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from akamai_mcp.openapi.parser import Outline
from akamai_mcp.openapi.templates import shape

Note = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What a documented operation inherits from the undocumented one: the key and the guide's note."""

    key: str
    note: Note


def endpoint_of(method: str, path: str) -> str:
    """The endpoint of a method and path, without parameter names: `GET /lists/{}`."""
    return f"{method.upper()} {shape(path)}"


def described_endpoints(outlines: Iterable[Outline]) -> frozenset[str]:
    """The endpoints that documents describe, without those of another host, which cannot be called."""
    return frozenset(endpoint_of(one.method, one.path) for one in outlines if not one.source and not one.refusal)


def former_operations(product: str, version: str, outlines: Iterable[Outline]) -> Iterator[tuple[str, Former]]:
    """(endpoint, former operation) for every undocumented operation of a document."""
    for one in outlines:
        if one.source:
            # The summary is part of the note, so that questions still find the operation by it.
            note = {"summary": one.summary, **one.guide}
            yield endpoint_of(one.method, one.path), Former(key=f"{product}/{version}#{one.operation_id}", note=note)


def is_replaced(outline: Outline, described: frozenset[str]) -> bool:
    """True for an undocumented operation whose endpoint a document describes."""
    return bool(outline.source) and endpoint_of(outline.method, outline.path) in described


def successor_of(outline: Outline, formers: Mapping[str, Former]) -> Former | None:
    """The undocumented operation that a documented one replaces, or None."""
    if outline.source or outline.refusal:
        return None
    return formers.get(endpoint_of(outline.method, outline.path))
