"""What is wrong with the guide, and with the notes that documents carry as `x-guide`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from akamai_mcp.catalogue.effects import find_faults
from akamai_mcp.catalogue.entry import is_example
from akamai_mcp.catalogue.inventory.note import inventory_problems, texts
from akamai_mcp.catalogue.naming import MAX_TOOL_KEY, is_tool_key
from akamai_mcp.catalogue.outcomes.aim import aim_problems
from akamai_mcp.catalogue.outcomes.progress import progress_problems
from akamai_mcp.catalogue.outcomes.undo import undo_keys, undo_problems
from akamai_mcp.catalogue.page_notes import page_problems
from akamai_mcp.documents.asks import ask_problems
from akamai_mcp.documents.guide import Entry, Guide
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.corrections import correction_faults
from akamai_mcp.openapi.loader import DocumentFile, identify
from akamai_mcp.openapi.media_choice import NOTES, media_problems
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS

OUTCOME_KEYS: Final = ("outcome", "outcome_else")
SECRETS: Final = (True, "part")  # the answer is a credential, or one may stand somewhere in it
CACHES: Final = ("hours", "minutes", "never")
FURTHER_KEYS: Final = ("until", "watch", "progress", "replaces", "instead", "example", "corrects", "empty_body", *NOTES)
ENTRY_KEYS: Final = frozenset(
    {"summary", "ask", "effect", "secret", "cache", "touches", "pages", "inventory", "undo", *OUTCOME_KEYS, *FURTHER_KEYS}
)
FIELD_KEYS: Final = frozenset({"about", "form", "from", "default"})
SUMMARY_WORDS: Final = range(2, 13)
MAX_SHOWN: Final = 5


def require_valid(guide: Guide) -> None:
    """Raise DocumentError where the guide holds values that mean nothing; whether it has every operation `check_guide` says."""
    if problems := list(guide_problems(guide)):
        more = f" and {len(problems) - MAX_SHOWN} more" if len(problems) > MAX_SHOWN else ""
        raise DocumentError(
            f"The guide cannot be used: {'; '.join(problems[:MAX_SHOWN])}{more}.",
            document="guide",
            advice="Correct the guide and build again; specs/README.md names its keys and values.",
        )


def check_guide(guide: Guide, operations: Mapping[tuple[str, str], frozenset[str]]) -> Iterator[str]:
    """What is wrong with the guide, given the operationIds of each (product, version)."""
    keys = {f"{product}/{version}#{name}" for (product, version), names in operations.items() for name in names}
    for (product, version), names in sorted(operations.items()):
        own = guide.product(product)
        yield from (f"{product}/{version}#{name} has no entry" for name in sorted(names) if not own.entry(version, name))
    for key, entry in _entries(guide):
        if key not in keys:
            yield f"{key}: names no operation"
        yield from (f"{key}: {problem}" for problem in _unknown_keys(entry, keys))
    yield from (f"example of {key}: names no operation" for key in guide.examples if key not in keys)
    yield from (f"inventory of {key}: names no operation" for key in guide.inventory if key not in keys)
    yield from (f"undo of {key}: names no operation" for key in guide.undo if key not in keys)
    for key, note in guide.undo.items():
        yield from (f"undo of {key}: {named} names no operation" for named in undo_keys(note) if named not in keys)
    for place, note in _fields(guide):
        if note.get("from") and note["from"] not in keys:
            yield f"{place}: from {note['from']} names no operation"
    yield from guide_problems(guide)


def guide_problems(guide: Guide) -> Iterator[str]:
    """What is wrong with the guide's own values, whatever operations there are."""
    for key, entry in _entries(guide):
        # What such an entry says is checked where it stands.
        if "same_as" not in entry:
            yield from (f"{key}: {problem}" for problem in (*_wording_problems(entry), *note_problems(entry)))
    for place, note in _fields(guide):
        if not note.get("about"):
            yield f"{place}: says nothing about itself"
        if unknown := set(note) - FIELD_KEYS:
            yield f"{place}: unknown keys {sorted(unknown)}"
        if not isinstance(note.get("default", ""), str):
            yield f"{place}: the default {note['default']} is not text"
    yield from (f"{key}: {problem}" for key, mark in guide.inventory.items() for problem in inventory_problems(mark))
    yield from (f"{key}: {problem}" for key, note in guide.undo.items() for problem in undo_problems(note))
    for product, own in sorted(guide.products.items()):
        yield from (f"{product}: {problem}" for name in NOTES for problem in media_problems(name, own.about.get(name)))
    documents = {
        f"{product}/{version}": key for product, own in sorted(guide.products.items()) for version, key in own.tool_keys.items()
    }
    yield from tool_key_problems(documents)


def _entries(guide: Guide) -> Iterator[tuple[str, Entry]]:
    for product, own in sorted(guide.products.items()):
        for version, entries in own.entries.items():
            asked = own.asks.get(version, {})
            own_asks = {name: {"ask": phrases} for name, phrases in asked.items()}
            for name in (*entries, *(asked.keys() - entries.keys())):
                yield f"{product}/{version}#{name}", {**(entries.get(name) or {}), **own_asks.get(name, {})}


def _fields(guide: Guide) -> Iterator[tuple[str, Mapping[str, str]]]:
    for product, own in sorted(guide.products.items()):
        yield from ((f"{product} field {name}", note) for name, note in own.fields.items())
    yield from ((f"field {name}", note) for name, note in guide.fields.items())


def _wording_problems(entry: Entry) -> Iterator[str]:
    if len(str(entry.get("summary", "")).split()) not in SUMMARY_WORDS:
        yield "the summary needs two to twelve words"
    yield from ask_problems(entry.get("ask"))


def note_problems(note: Any) -> Iterator[str]:
    """What is wrong with the values of an operation's note, in the guide or as `x-guide` of a document."""
    if not isinstance(note, Mapping):
        yield "is not a mapping"
        return
    if unknown := set(note) - ENTRY_KEYS:
        yield f"unknown keys {sorted(map(str, unknown))}"
    if "effect" in note:
        yield from find_faults(note["effect"])
    if "secret" in note and note["secret"] not in SECRETS:
        yield f"unknown secret {note['secret']}"
    if "cache" in note and note["cache"] not in CACHES:
        yield f"unknown cache {note['cache']}"
    for name in ("replaces", "empty_body"):
        if not isinstance(note.get(name, False), bool):
            yield f"{name}: true or false"
    yield from _form_problems(note)


def _form_problems(note: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with those values of a note that have a form of their own."""
    yield from page_problems(note.get("pages"))
    yield from progress_problems(note.get("progress"))
    for name in ("until", "watch"):
        yield from aim_problems(name, note.get(name))
    for name in NOTES:
        yield from media_problems(name, note.get(name))
    if "example" in note and not is_example(note["example"]):
        yield "example: is no mapping of arguments"
    yield from inventory_problems(note.get("inventory"))
    yield from undo_problems(note.get("undo"))
    if "corrects" in note:
        yield from correction_faults(note["corrects"])


def _unknown_keys(note: Mapping[str, Any], keys: Collection[str]) -> Iterator[str]:
    """The keys in an operation's note that no operation has."""
    progress = note.get("progress")
    named = {name: note.get(name) for name in (*OUTCOME_KEYS, "instead")} | {
        "answer_with": progress.get("answer_with") if isinstance(progress, Mapping) else None
    }
    yield from (f"{name} {key} names no operation" for name, key in named.items() if key and key not in keys)
    mark = note.get("inventory")
    further = texts(mark.get("next", ())) if isinstance(mark, Mapping) and not [*inventory_problems(mark)] else ()
    yield from (f"undo {key} names no operation" for key in undo_keys(note.get("undo")) if key not in keys)
    yield from (f"inventory.next {key} names no operation" for key in further if key not in keys)


def tool_key_problems(keys: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the tool keys of documents, which are named `product/version`."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for document, key in keys.items():
        if is_tool_key(key):
            users[key].append(document)
        else:
            yield f"{document}: tool key {str(key)[:80]!r} is not at most {MAX_TOOL_KEY} characters of a-z, 0-9 and single _"
    yield from (f"{' and '.join(same)} have the same tool key {key}" for key, same in users.items() if len(same) > 1)


def document_problems(documents: Mapping[DocumentFile, Mapping[str, Any]], keys: Collection[str]) -> Iterator[str]:
    """What is wrong with the notes that documents carry, given the keys of all operations."""
    tool_keys: dict[str, Any] = {}
    for file, document in documents.items():
        for place, note in _document_notes(document):
            yield from (f"{file.name}: {place}: x-guide: {problem}" for problem in note_problems(note))
            if isinstance(note, Mapping):
                yield from (f"{file.name}: {place}: x-guide: {problem}" for problem in _unknown_keys(note, keys))
        # Documents of one product and version share a key, so they count once.
        about = document.get("x-guide")
        if isinstance(about, Mapping) and "tool_key" in about:
            tool_keys["/".join(identify(file, document))] = about["tool_key"]
    yield from tool_key_problems(tool_keys)


def _document_notes(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    paths = document.get("paths")
    for template, item in paths.items() if isinstance(paths, Mapping) else ():
        for method in PATH_ITEM_METHODS:
            operation = item.get(method) if isinstance(item, Mapping) else None
            if isinstance(operation, Mapping) and "x-guide" in operation:
                yield f"{method.upper()} {template}", operation["x-guide"]
