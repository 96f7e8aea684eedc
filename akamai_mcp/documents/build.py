"""`specs build`: a checkout of the official documents -> the documents that the server embeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from akamai_mcp.documents.facts import Facts, extract_facts
from akamai_mcp.documents.guide import Guide, add_guide
from akamai_mcp.documents.layout import to_text
from akamai_mcp.documents.sharing import share_repeats
from akamai_mcp.openapi.loader import DocumentFile, find_documents, identify, load_document
from akamai_mcp.openapi.parser import METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One document written: where, how many operations, how many bytes."""

    product: str
    version: str
    operations: int
    bytes: int


def build_documents(source: Path, out: Path, guide: Guide, *, keep_text: bool = False) -> Iterator[Built]:
    """Write `<out>/<product>/<version>/openapi.json` for each document of `source`, one at a time.

    The same source and guide give byte-identical files. Raises DocumentError.
    """
    for file in find_documents(source):
        product, version, document = build_document(file, guide, keep_text=keep_text)
        target = out / product / version / "openapi.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = to_text(document)
        target.write_text(text, encoding="utf-8")
        count = sum(method in item for item in document["paths"].values() for method in METHODS)
        yield Built(product=product, version=version, operations=count, bytes=len(text.encode()))


def build_document(file: DocumentFile, guide: Guide, *, keep_text: bool = False) -> tuple[str, str, Facts]:
    """(product, version, document) of one official file."""
    official = load_document(file)
    product, version = identify(file, official)
    title = str(guide.product(product).about.get("name", product))
    facts = extract_facts(official, title=title, keep_text=keep_text)
    document = share_repeats(facts)
    return product, version, add_guide(document, guide, product=product, version=version)
