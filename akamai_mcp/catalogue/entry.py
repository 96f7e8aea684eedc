"""An operation as the index stores it: enough to list it, choose it and route a call to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.effects import Condition, Effect, parse_effect, worst_of
from akamai_mcp.catalogue.inventory.note import parse_inventory
from akamai_mcp.catalogue.outcomes.aim import NO_AIM, Aim, parse_aim
from akamai_mcp.catalogue.outcomes.progress import ProgressNote, parse_progress
from akamai_mcp.catalogue.outcomes.undo import parse_undo
from akamai_mcp.catalogue.page_notes import CURSORS, OFFSETS, PAGES, PageNote, parse_pages
from akamai_mcp.openapi.corrections import Corrections, added_names, parse_corrections
from akamai_mcp.openapi.media_choice import parse_media
from akamai_mcp.openapi.model import Location, MediaNote
from akamai_mcp.openapi.parser import Outline, clean

PAGE_PARAMETERS: Final = frozenset({*OFFSETS, *PAGES, *CURSORS})
LONGEST_ASK: Final = 200  # characters of a question that an operation answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An operation's identity, path and properties; its schemas stay in the document until they are needed.

    `secret` says that the response may contain a credential, `reveals` that showing one is its purpose.
    `pages` is what the guide says of its pages, see `page_notes`.
    `outcome` is the key of the operation that shows the job that this one starts, `outcome_else` that of another one which
    takes other identifiers; `until` and `watch` are in `outcomes.aim`. `progress` is what the words in this one's answer mean.
    `source` is empty, or where an undocumented operation was found: `observed` exchanges or a `client`.
    `replaces` says that what a call leaves out of its body is lost. `instead` is the key of the operation to use in place of
    this one, which is deprecated. `example` has the arguments of a call that works, `corrects` what the document says wrongly
    of parameters, by name; `accept` and `content_type` are the media types that the guide names, and
    `empty_body` says that a call without a body sends an empty object. `inventory` marks an operation that lists what an account
    owns (`inventory.note`), `undo` says how a call is taken back (`outcomes.undo`).
    `former` is the key of the undocumented operation that this one replaces and whose tool name it keeps, `former_name` a tool
    name that it had before and still answers to, or empty.
    """

    name: str
    product: str
    version: str
    operation_id: str
    method: str
    template: str
    path: str
    document: str
    summary: str
    ask: tuple[str, ...]
    tags: tuple[str, ...]
    parameters: tuple[str, ...]
    effect: Effect
    secret: bool
    reveals: bool
    outcome: str
    cache: str
    touches: tuple[str, ...]
    refusal: str
    deprecated: bool
    has_body: bool
    paginatable: bool
    pages: PageNote = None
    source: str = ""
    former: str = ""
    former_name: str = ""
    outcome_else: str = ""
    until: Aim = NO_AIM
    watch: Aim = NO_AIM
    progress: ProgressNote | None = None
    replaces: bool
    instead: str = ""
    example: Mapping[str, Any] | None = None
    corrects: Corrections = field(default_factory=dict)
    accept: MediaNote = field(default_factory=dict)
    content_type: MediaNote = field(default_factory=dict)
    empty_body: bool = False
    inventory: Mapping[str, Any] | None = None
    undo: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """The full key, `product/version#operationId`."""
        return f"{self.product}/{self.version}#{self.operation_id}"


def to_entry(
    outline: Outline,
    *,
    name: str,
    product: str,
    version: str,
    document: str,
    note: Mapping[str, Any],
    former: str = "",
    former_name: str = "",
) -> Entry:
    """The entry of an outline; `note` is the guide's note on it, `former` the key whose tool name it keeps."""
    pages, corrects = parse_pages(note.get("pages")), parse_corrections(note.get("corrects"))
    known = {one for one, _ in outline.parameters}
    further: list[tuple[str, Location]] = [(one, "query") for one in added_names(corrects) if one not in known]
    outline = replace(outline, parameters=(*outline.parameters, *further))
    return Entry(
        name=name,
        product=product,
        version=version,
        operation_id=outline.operation_id,
        method=outline.method,
        template=outline.template,
        path=outline.path,
        document=document,
        summary=outline.summary or clean(note.get("summary")) or derive_summary(outline),
        ask=tuple(clean(text, LONGEST_ASK) for text in (note.get("summary"), *_listed(note.get("ask"))) if text),
        tags=outline.tags,
        # The account switch key comes from the customer's configuration, never from an argument.
        parameters=tuple(name for name, _ in outline.parameters if name != "accountSwitchKey"),
        effect=parse_effect(outline.method, note.get("effect")),
        secret=note.get("secret") in (True, "part"),
        reveals=note.get("secret") is True,
        outcome=clean(note.get("outcome")),
        outcome_else=clean(note.get("outcome_else")),
        until=parse_aim(note.get("until")),
        watch=parse_aim(note.get("watch")),
        progress=parse_progress(note.get("progress")),
        cache=clean(note.get("cache")),
        touches=tuple(map(clean, _listed(note.get("touches")))),
        refusal=outline.refusal,
        deprecated=outline.deprecated or bool(note.get("instead")),
        has_body=outline.has_body,
        paginatable=is_paginatable(outline) if pages is None else pages is not False,
        pages=pages,
        source=outline.source,
        former=former,
        # PUT replaces the whole resource (RFC 9110 section 9.3.4); the guide names those of Akamai that do not.
        replaces=note.get("replaces", outline.method == "PUT" and outline.has_body) is True,
        instead=clean(note.get("instead")),
        example=example if is_example(example := note.get("example")) else None,
        corrects=corrects,
        accept=parse_media("accept", note.get("accept")),
        content_type=parse_media("content_type", note.get("content_type")),
        empty_body=note.get("empty_body") is True,
        inventory=parse_inventory(note.get("inventory")),
        undo=parse_undo(note.get("undo")),
        former_name=former_name if former_name != name else "",
    )


def _listed(note: Any) -> list[Any]:
    return note if isinstance(note, list) else []


def is_example(note: Any) -> bool:
    """True for a note that has the arguments of a call, by name."""
    return isinstance(note, Mapping) and all(isinstance(name, str) for name in note)


def judged_with(entry: Entry, others: Iterable[Entry]) -> Entry:
    """The entry, as secret and as severe as the worst of the operations that a server may take it for, and never cached then."""
    others = tuple(others)
    if not others:
        return entry
    worst = worst_of([entry.effect.worst, *(other.effect.worst for other in others)])
    return replace(
        entry,
        effect=replace(entry.effect, worst=worst),
        secret=entry.secret or any(other.secret for other in others),
        reveals=entry.reveals or any(other.reveals for other in others),
        cache="never",
    )


def derive_summary(outline: Outline) -> str:
    """A summary for an operation without one: the words of its operationId, its method and its path."""
    return f"{outline.operation_id.replace('-', ' ')} ({outline.method} {outline.template})"


def is_paginatable(outline: Outline) -> bool:
    """True if a query parameter selects a page."""
    query = {name.lower().replace("_", "") for name, location in outline.parameters if location == "query"}
    return not query.isdisjoint(PAGE_PARAMETERS)


def read_entry(text: str) -> Entry:
    """The entry that the index stores as JSON."""
    facts = orjson.loads(text)
    effect = facts.pop("effect")
    conditions = tuple(Condition(**condition | {"values": tuple(condition["values"])}) for condition in effect["conditions"])
    for name in ("ask", "tags", "parameters", "touches"):
        facts[name] = tuple(facts[name])
    facts["pages"] = parse_pages(facts["pages"])
    facts |= {name: parse_aim(facts[name]) for name in ("until", "watch")} | {"progress": parse_progress(facts["progress"])}
    return Entry(effect=Effect(worst=effect["worst"], mildest=effect["mildest"], conditions=conditions), **facts)
