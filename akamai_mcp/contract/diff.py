"""What one folder of documents has that another has not: new, changed, deprecated and removed operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.model import Operation

Kind = Literal["new", "changed", "deprecated", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One operation that differs; `parts` says in what, or what takes its place."""

    kind: Kind
    key: str
    summary: str
    parts: tuple[str, ...] = ()


def compare_catalogues(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    """Yield the operations that differ, in the order of their keys; one may be both changed and deprecated."""
    before, after = ({entry.key: entry for entry in catalogue.entries()} for catalogue in (old, new))
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield Change(kind="new", key=key, summary=after[key].summary)
        elif key not in after:
            successor = next((one for one in after.values() if one.former == key), None)
            yield Change(kind="removed", key=key, summary=before[key].summary, parts=_instead(successor))
        else:
            yield from _compare(old, before[key], new, after[key])


def _compare(old: Catalogue, before: Entry, new: Catalogue, after: Entry) -> Iterator[Change]:
    if parts := tuple(_parts(old, before, new, after)):
        yield Change(kind="changed", key=after.key, summary=after.summary, parts=parts)
    if after.deprecated and not before.deprecated:
        yield Change(kind="deprecated", key=after.key, summary=after.summary, parts=_instead(new.find(after.instead)))


def _instead(entry: Entry | None) -> tuple[str, ...]:
    return (f"use {entry.key}",) if entry else ()


def _parts(old: Catalogue, before: Entry, new: Catalogue, after: Entry) -> Iterator[str]:
    facts = {"method": "method", "path": "path", "effect": "effect", "name": "tool name"}
    yield from (word for name, word in facts.items() if getattr(before, name) != getattr(after, name))
    try:
        one, other = _said(old.operation(before)), _said(new.operation(after))
    except AkamaiMcpError as error:
        yield f"cannot be read: {error.message}"
        return
    contract = {"parameters": "parameters", "request_body": "body", "responses": "answers"}
    yield from (word for name, word in contract.items() if getattr(one, name) != getattr(other, name))


def _said(operation: Operation) -> Operation:
    """The operation without prose, which changes nothing for a call."""
    return replace(operation, parameters=tuple(replace(one, description="") for one in operation.parameters))
