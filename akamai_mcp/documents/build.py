"""`specs build`: build the documents that the server embeds, from a checkout of the official ones and the clients' facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from akamai_mcp.documents.clients.documents import DOCUMENT_NAME, client_documents, read_rows
from akamai_mcp.documents.effect_check import MALFORMED, check_effects
from akamai_mcp.documents.facts import Facts, extract_facts
from akamai_mcp.documents.guide import Guide, add_guide
from akamai_mcp.documents.ids.forms import mark_id_forms, shown_forms
from akamai_mcp.documents.layout import to_text
from akamai_mcp.documents.sharing import share_repeats
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import DocumentFile, find_documents, identify, load_raw, resolve
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS

MAIN_STEM: Final = "openapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A document that was written: its product and version, number of operations, size in bytes, and faults of its effects."""

    product: str
    version: str
    operations: int
    bytes: int
    problems: tuple[str, ...] = ()


def build_documents(source: Path, out: Path, guide: Guide, *, keep_text: bool = False) -> Iterator[Built]:
    """Write `<out>/<product>/<version>/openapi.json` for each document of `source`, one at a time.

    The same source and guide always give byte-identical files. Raises DocumentError.
    """
    written: dict[Path, DocumentFile] = {}
    for file in official_documents(source):
        product, version, document = build_document(file, guide, keep_text=keep_text)
        target = out / product / version / "openapi.json"
        # Two source documents with one product and version would overwrite each other.
        if (other := written.setdefault(target, file)) is not file:
            raise _refuse(file, f"{file.name} and {other.name} are both {product}/{version}.")
        yield _write(target, product, version, document)


def build_client_documents(facts: Path, out: Path, guide: Guide) -> Iterator[Built]:
    """Write `<out>/<product>/<version>/openapi.clients.json` from the clients' facts, one document at a time.

    The same facts and guide always give byte-identical files. Raises DocumentError.
    """
    for product, version, document in client_documents(read_rows(facts), guide):
        yield _write(out / product / version / DOCUMENT_NAME, product, version, document)


def _write(target: Path, product: str, version: str, document: Facts) -> Built:
    target.parent.mkdir(parents=True, exist_ok=True)
    text = to_text(document)
    target.write_text(text, encoding="utf-8")
    count = sum(method in item for item in document["paths"].values() for method in PATH_ITEM_METHODS)
    problems = tuple(check_effects(DocumentFile(path=target, root=target.parents[2])))
    return Built(product=product, version=version, operations=count, bytes=len(text.encode()), problems=problems)


def official_documents(source: Path) -> tuple[DocumentFile, ...]:
    """The documents of a checkout, without those beside or below a main `openapi` file.

    The official repository has the parts of an API, each an OpenAPI document too, beside the file that combines them. A
    folder of built documents can be the source too, so documents of undocumented operations, built from facts, are skipped.
    """
    files = [file for file in find_documents(source) if file.path.name != DOCUMENT_NAME]
    main_folders = {file.path.parent for file in files if file.path.stem == MAIN_STEM}
    return tuple(file for file in files if file.path.stem == MAIN_STEM or main_folders.isdisjoint(file.path.parents))


def build_document(file: DocumentFile, guide: Guide, *, keep_text: bool = False) -> tuple[str, str, Facts]:
    """(product, version, document) of one official file. Raises DocumentError."""
    raw = load_raw(file)
    official = resolve(raw, file)
    try:
        product, version = identify(file, official)
        # The official title is prose of Akamai's; the guide has a name of our own.
        title = str(guide.product(product).about.get("name", product))
        facts = extract_facts(official, title=title, keep_text=keep_text)
        mark_id_forms(facts, {**guide.id_forms(product), **shown_forms(raw)})
        document = share_repeats(facts)
    except MALFORMED as error:
        raise _refuse(file, f"{file.name} is not a well-formed OpenAPI document ({type(error).__name__}: {error}).") from error
    return product, version, add_guide(document, guide, product=product, version=version)


def _refuse(file: DocumentFile, message: str) -> DocumentError:
    return DocumentError(message, document=file.name, advice="Fix or remove the file, then build again.")
