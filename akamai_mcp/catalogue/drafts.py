"""Documents as the index needs them: their outlines, how they replace each other's operations, and the guide's notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.entry import Entry, to_entry
from akamai_mcp.catalogue.naming import FORMER_MAX_NAME, MAX_NAME, default_tool_key, document_of, is_tool_key, tool_name
from akamai_mcp.catalogue.precedence import Former, described_endpoints, former_operations, is_replaced, successor_of
from akamai_mcp.openapi.loader import CLIENTS_STEM, DocumentFile, find_documents, identify, load_outline, load_raw, plain
from akamai_mcp.openapi.media_choice import NOTES
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS, Outline, clean, outline_document

Guides = Mapping[str, Mapping[str, Any]]

MAX_LINE: Final = 1000
MAX_ALIASES: Final = 50
MAX_FIELDS: Final = 500
LINES: Final = ("name", "about", "before", "after", *NOTES)
FIELD_LINES: Final = ("about", "form", "from", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The part of a document that the index needs; `about` is the guide's note on the product, `faults` what cannot be served."""

    file: DocumentFile
    product: str
    version: str
    title: Any
    about: Mapping[str, Any]
    has_guide: bool
    outlines: tuple[Outline, ...]
    faults: tuple[str, ...] = ()

    @property
    def tool_key(self) -> str:
        """The document's part of tool names, empty where its own guide gives none."""
        return str(self.about.get("tool_key", ""))

    @property
    def is_undocumented(self) -> bool:
        """True if every operation is undocumented, that is, learned from Akamai's own clients."""
        return bool(self.outlines) and all(outline.source for outline in self.outlines)


def read_draft(file: DocumentFile) -> Draft:
    """Read a document's outlines and guide. Raises DocumentError."""
    document = load_outline(file)
    product, version = identify(file, document)
    info = document.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    faults: list[str] = []
    outlines = tuple(outline_document(document, faults))
    return Draft(
        file=file,
        product=product,
        version=version,
        title=title if isinstance(title, str) and title else product,
        about=tidy_about(plain(document.get("x-guide"))),
        has_guide="x-guide" in document,
        outlines=outlines,
        faults=tuple(dict.fromkeys(faults)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the index knows across documents: guide notes and undocumented operations by key, documented endpoints, tool keys."""

    guides: Guides
    formers: Mapping[str, Former]
    described: frozenset[str]
    tool_keys: Mapping[tuple[str, str], str]

    def about(self, draft: Draft) -> Mapping[str, Any]:
        """The note on the document's product: its own, else the guide's, with the tool key that its names have."""
        about = draft.about or self.guides.get(f"{draft.product}/{draft.version}", {})
        tool_key = self.tool_keys.get((draft.product, draft.version))
        return {**about, "tool_key": tool_key} if tool_key else about

    def tool_name(self, key: str, longest: int = MAX_NAME) -> str:
        """The tool name of the operation with this key."""
        product, version = document_of(key)
        return tool_name(self.tool_keys.get((product, version)) or default_tool_key(product, version), key, longest)

    def served(self, draft: Draft) -> list[Outline]:
        """The operations of a document that no other document replaces."""
        return [outline for outline in draft.outlines if not self.is_replaced(outline)]

    def replaced(self, draft: Draft) -> list[Outline]:
        """The undocumented operations of a document that another document describes."""
        return [outline for outline in draft.outlines if self.is_replaced(outline)]

    def is_replaced(self, outline: Outline) -> bool:
        """True for an undocumented operation that another document describes."""
        return is_replaced(outline, self.described)

    def entry(self, outline: Outline, draft: Draft) -> Entry:
        """The entry of an operation; it inherits name and note from the undocumented operation that it replaces."""
        former = successor_of(outline, self.formers)
        key = f"{draft.product}/{draft.version}#{outline.operation_id}"
        own = outline.guide or self.guides.get(key, {})
        named = former.key if former else key
        return to_entry(
            outline,
            name=self.tool_name(named),
            former_name=self.tool_name(named, FORMER_MAX_NAME),
            product=draft.product,
            version=draft.version,
            document=draft.file.name,
            note={**_media_types(self.about(draft)), **(former.note if former else {}), **own},
            former=former.key if former else "",
        )


def collect_known(drafts: Iterable[Draft], read_default: Callable[[], Guides]) -> Known:
    """What a folder's documents know together; the default guide fills in for documents without notes.

    The default guide is read only if a document has no guide or no tool key, or the folder has no undocumented operations.
    """
    drafts = list(drafts)
    formers = dict(chain.from_iterable(former_operations(d.product, d.version, d.outlines) for d in drafts))
    guides = read_default() if not formers or not all(draft.has_guide and draft.tool_key for draft in drafts) else {}
    # Only the keys of endpoints (`GET /lists/{}`) have a space; the other keys name products and operations.
    default = {endpoint: Former(key=note["key"], note=note["note"]) for endpoint, note in guides.items() if " " in endpoint}
    described = described_endpoints(chain.from_iterable(draft.outlines for draft in drafts))
    tool_keys = {document_of(name): str(note["tool_key"]) for name, note in guides.items() if is_tool_key(note.get("tool_key"))}
    tool_keys |= {(draft.product, draft.version): draft.tool_key for draft in drafts if draft.tool_key}
    return Known(guides=guides, formers=default | formers, described=described, tool_keys=tool_keys)


def read_guides(root: Path) -> Guides:
    """The guide's notes in a folder: by `product/version`, by operation key, and by endpoint for undocumented operations."""
    guides: dict[str, Mapping[str, Any]] = {}
    for file in find_documents(root):
        document = load_raw(file)
        product, version = identify(file, document)
        about = guides.get(f"{product}/{version}", {})
        guides[f"{product}/{version}"] = merge_abouts(about, document.get("x-guide", {}))
        for item in document["paths"].values():
            for method in PATH_ITEM_METHODS:
                if method in item:
                    operation = item[method]
                    note = {"summary": operation.get("summary"), **operation.get("x-guide", {})}
                    guides[f"{product}/{version}#{operation['operationId']}"] = note
        if file.path.stem == CLIENTS_STEM:
            formers = former_operations(product, version, outline_document(document))
            guides |= {endpoint: {"key": former.key, "note": former.note} for endpoint, former in formers}
    return guides


def merge_abouts(first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    """The notes of two documents on one product, merged; the second wins, and the fields of both are kept."""
    fields = {**first.get("fields", {}), **second.get("fields", {})}
    return {**first, **second, **({"fields": fields} if fields else {})}


def _media_types(about: Mapping[str, Any]) -> dict[str, Any]:
    """The media types that a product names once for all its operations."""
    return {name: about[name] for name in NOTES if name in about}


def tidy_about(guide: Any) -> dict[str, Any]:
    """A guide's lines, aliases and field notes, bounded in number and length; anything malformed is left out."""
    if not isinstance(guide, Mapping):
        return {}
    aliases, fields = guide.get("aliases"), guide.get("fields")
    tidy: dict[str, Any] = _lines(guide, LINES)
    if is_tool_key(guide.get("tool_key")):
        tidy["tool_key"] = guide["tool_key"]
    if isinstance(aliases, list):
        tidy["aliases"] = [alias for name in aliases[:MAX_ALIASES] if (alias := clean(name, MAX_LINE))]
    if isinstance(fields, Mapping):
        notes = ((clean(name, MAX_LINE), note) for name, note in islice(fields.items(), MAX_FIELDS))
        tidy["fields"] = {name: _lines(note, FIELD_LINES) for name, note in notes if isinstance(note, Mapping)}
    return tidy


def _lines(note: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: line for name in names if (line := clean(note.get(name), MAX_LINE))}
