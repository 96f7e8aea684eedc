"""What one folder of documents has that another has not: new, changed, deprecated and removed operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.documents.facts import schema_facts
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.model import MediaType, Operation

Named = Mapping[tuple[str, str], Any]  # by location and name

MAX_NAMED: Final = 8  # parameters or answers of one operation
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
        one, other = old.operation(before), new.operation(after)
    except AkamaiMcpError as error:
        yield f"cannot be read: {error.message}"
        return
    yield from _named("parameters", _parameters(one), _parameters(other))
    if _of_body(one) != _of_body(other):
        yield "body"
    yield from _named(
        "answers", *({(r.status, r.status): _of_content(r.content) for r in said.responses} for said in (one, other))
    )


def _named(what: str, before: Named, after: Named) -> Iterator[str]:
    """What differs, with the names of what is new (+), gone (-) and otherwise another (~)."""
    if before == after:
        return
    marks = {"+": after.keys() - before.keys(), "-": before.keys() - after.keys()}
    marks["~"] = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    words = [f"{mark}{name}" for mark, keys in marks.items() for _, name in sorted(keys)]
    more = ["..."] if len(words) > MAX_NAMED else []
    yield " ".join([what, *words[:MAX_NAMED], *more])


# Prose changes nothing for a call, and documents of a sync have it where the embedded ones have none.
def _parameters(operation: Operation) -> Named:
    return {
        (one.location, one.name): replace(one, description="", schema=schema_facts(one.schema)) for one in operation.parameters
    }


def _answers(operation: Operation) -> Named:
    return {("", one.status): _of_content(one.content) for one in operation.responses}


def _of_body(operation: Operation) -> Any:
    body = operation.request_body
    return body and (body.required, _of_content(body.content))


def _of_content(content: Iterable[MediaType]) -> list[MediaType]:
    return [replace(media, schema=schema_facts(media.schema)) for media in content]
