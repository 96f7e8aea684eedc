"""What ranking compares a question with: the stems of an operation's name, path, summary and example phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.terms import STOP_WORDS, identifier_words, is_plural, text_words
from akamai_mcp.catalogue.search.verbs import Kind, kind_of
from akamai_mcp.openapi.templates import is_literal, literals, segments

_METHOD_WORDS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "list", "create", "update"})
_BY_METHOD: Final[Mapping[str, Kind]] = {"GET": "read", "HEAD": "read", "POST": "create", "DELETE": "remove"}
Stems = Callable[[Iterable[str]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An operation as ranking sees it; all words are stems.

    `kinds` is what it does, according to its method, summary and name; `starts` is true if it starts a job whose result
    another operation shows; `target` is the last literal segment of its path, or the first of a path of values alone;
    `one` is true if it addresses a single target, and `parents` are the segments that select it.
    """

    operation_id: str
    product: str
    version: str
    deprecated: bool
    documented: bool
    method: str
    starts: bool
    one: bool
    kinds: frozenset[str]
    target: frozenset[str]
    parents: tuple[frozenset[str], ...]
    identifier: frozenset[str]
    path: frozenset[str]
    summary: frozenset[str]
    phrases: tuple[frozenset[str], ...]

    @property
    def reads(self) -> bool:
        """True if it changes nothing."""
        return "read" in self.kinds


Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The words of an entry, for the columns of the index and for its profile."""

    summary: Words
    ask: tuple[Words, ...]
    identifier: Words
    path: Words
    tags: Words
    fields: Words
    literal: Words
    target: Words
    parents: tuple[Words, ...]

    def words(self) -> Iterable[str]:
        """Every word of the index's columns."""
        return chain(self.summary, *self.ask, self.identifier, self.path, self.tags, self.fields)

    def columns(self, called: str, stems: Stems) -> tuple[str, ...]:
        """The stems of each column of the index; `called` holds the stems of the product's names."""
        columns = (self.summary, chain(*self.ask), self.identifier, self.path, self.tags, self.fields)
        summary, ask, identifier, path, tags, fields = (" ".join(stems(column)) for column in columns)
        return summary, ask, identifier, path, f"{called} {tags}", fields


def read_texts(entry: Entry) -> Texts:
    """Split the texts of an entry into words."""
    parts = [part for part in segments(entry.template) if part]
    # A path of nothing but values addresses the first of them: `/{cpCode}/{path}`.
    end = max((place for place, part in enumerate(parts, start=1) if is_literal(part)), default=1)
    return Texts(
        summary=text_words(entry.summary),
        ask=tuple(text_words(text) for text in entry.ask or (entry.summary,)),
        identifier=identifier_words(entry.operation_id),
        path=identifier_words(entry.path),
        tags=name_words(*entry.tags),
        fields=name_words(*entry.parameters),
        literal=name_words(*literals(entry.template)),
        target=name_words(*parts[:end][-1:]),
        parents=tuple(
            name_words(name) for name, following in pairwise(parts[:end]) if is_literal(name) and not is_literal(following)
        ),
    )


def name_words(*names: object) -> Words:
    """The words of some names, such as a product's title and aliases."""
    return tuple(chain(*(identifier_words(str(name)) for name in names)))


def write_profile(entry: Entry, texts: Texts, stems: Stems) -> str:
    """The profile of an entry as the JSON that the index stores."""
    named = texts.identifier[1:] if _METHOD_WORDS.intersection(texts.identifier[:1]) else texts.identifier
    profile = {
        "operation_id": entry.operation_id,
        "product": entry.product,
        "version": entry.version,
        "deprecated": entry.deprecated,
        "documented": not entry.source,
        "method": entry.method,
        "starts": bool(entry.outcome),
        "one": entry.template.endswith("}") or not texts.target or not is_plural(texts.target[-1]),
        "kinds": sorted(operation_kinds(entry)),
        "identifier": stems(named),
        "path": stems(texts.literal),
        "target": stems(texts.target),
        "parents": [stems(parent) for parent in texts.parents],
        "summary": stems(_content(texts.summary)),
        "phrases": [stems(_content(phrase)) for phrase in texts.ask],
    }
    return orjson.dumps(profile).decode()


def read_profile(text: str) -> Profile:
    """The profile that the index stores as JSON."""
    facts: dict[str, Any] = orjson.loads(text)
    for name in ("kinds", "identifier", "path", "summary", "target"):
        facts[name] = frozenset(facts[name])
    for name in ("phrases", "parents"):
        facts[name] = tuple(frozenset(phrase) for phrase in facts[name] if phrase)
    return Profile(**facts)


def _content(found: Iterable[str]) -> list[str]:
    """The words without stop words."""
    return [word for word in found if word not in STOP_WORDS]


def operation_kinds(entry: Entry) -> set[Kind]:
    """What an operation does, by its effect and method and by the verbs in its summary, name and path."""
    first = words(entry.summary)[:1]
    by_summary: set[Kind] = {kind for word in first if (kind := kind_of(word))}
    if entry.effect.mildest == "read":
        # A read by POST may be something that a person would "launch" or "generate", such as a report.
        by_summary.add("read")
        if entry.method not in {"GET", "HEAD"}:
            by_summary.update(("act", "create") if entry.outcome else ("act",))
        return by_summary
    kinds: set[Kind] = {_BY_METHOD.get(entry.method, "change")}
    if entry.method in {"POST", "PUT", "PATCH"}:
        kinds.add("act")
    literal = literals(entry.template)
    verbs = [*words(entry.operation_id)[-1:], *words(literal[-1] if literal else "")[:1]]
    kinds |= by_summary
    kinds.update(kind for word in verbs if (kind := kind_of(word)) and kind != "create")
    return kinds - {"read"}
