"""`specs check`: verify that every document loads and validates, and that each operation has a tool name of its own."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.drafts import Guides
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.index import Progress, Source, open_index
from akamai_mcp.catalogue.inventory.check import mark_misfits
from akamai_mcp.catalogue.inventory.note import read_note
from akamai_mcp.catalogue.naming import default_tool_key, tool_name
from akamai_mcp.documents.declared import declared_operations
from akamai_mcp.documents.effect_check import check_effects
from akamai_mcp.documents.guide import Guide
from akamai_mcp.documents.guide_check import check_guide, document_problems
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.answers.corrections import FILE_NAME, CorrectionFile
from akamai_mcp.openapi.answers.widening import misfits
from akamai_mcp.openapi.loader import DocumentFile, find_documents, load_document, load_raw, plain
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.reachable import references

CheckExamples = Callable[[Catalogue], Iterable[str]]

MAX_REASONS: Final = 3
MAX_REASON: Final = 300
MAX_MESSAGE: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A document in service and its number of operations."""

    product: str
    version: str
    document: str
    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of a document and its reason."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a check; `remarks` are schema faults that do not prevent any operation from being served."""

    documents: int
    operations: int
    client_documents: int
    by_source: Mapping[str, int]
    replaced: int
    per_product: tuple[ProductRow, ...]
    lost: tuple[str, ...]
    collisions: tuple[str, ...]
    invalid: tuple[Fault, ...]
    guide_problems: tuple[str, ...]
    remarks: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True if there are documents and none has a fault; remarks do not count."""
        return self.documents + self.client_documents > 0 and not (
            self.lost or self.collisions or self.invalid or self.guide_problems
        )


def summary_line(report: Report) -> str:
    """The report as one line: `60 documents, 1,571 operations, 0 lost, 0 collisions`, and the undocumented operations."""
    line = (
        f"{report.documents:,} documents, {report.operations:,} operations, "
        f"{len(report.lost):,} lost, {len(report.collisions):,} collisions"
    )
    if not (report.client_documents or report.replaced):
        return line
    observed, client = report.by_source.get("observed", 0), report.by_source.get("client", 0)
    more = f"{observed + client:,} operations from Akamai's clients ({observed:,} observed, {client:,} client)"
    replaced = f", {report.replaced:,} replaced" if report.replaced else ""
    return f"{line}; beyond them {report.client_documents:,} documents, {more}{replaced}"


def check_documents(
    root: Path,
    guide: Guide | None = None,
    progress: Progress = lambda _: None,
    read_default: Callable[[], Guides] = dict,
    check_examples: CheckExamples = lambda _: (),
) -> Report:
    """Check every document in a folder tree; `progress` gets each document's name before it is validated.

    `read_default` gives the notes for documents that have none, as they are served with. `check_examples` yields what is wrong
    with the examples of a catalogue.
    """
    files = find_documents(root)
    index = open_index(Source(root=root, files=files, guides=read_default), cache=None)
    catalogue = Catalogue(index, root, "check")
    entries = catalogue.entries()
    remarks, invalid = [], _unserved(catalogue, files)
    declared: Counter[str] = Counter()
    for file in files:
        progress(file.name)
        wrong, odd = _validate(file)
        invalid.setdefault(file.name, wrong)
        remarks += [Fault(document=file.name, reason=reason) for reason in odd]
        declared.update(_declared_as(file.name, method, template) for method, template in declared_operations(file))
    ours = {product.document for product in catalogue.products() if product.source}
    report = Report(
        documents=len({file.name for file in files} - ours - _replaced_whole(catalogue)),
        operations=sum(not entry.source for entry in entries),
        client_documents=len(ours),
        by_source=Counter(entry.source for entry in entries if entry.source),
        replaced=len(catalogue.replaced()),
        per_product=tuple(_rows(catalogue)),
        lost=tuple(sorted((declared - _accounted_for(catalogue)).elements())),
        collisions=tuple(_collisions(catalogue, entries)),
        invalid=tuple(Fault(document=name, reason=reason) for name, reasons in sorted(invalid.items()) for reason in reasons),
        guide_problems=(
            *_guide_problems(files, entries, guide),
            *_mark_problems(catalogue),
            *_answer_problems(catalogue, CorrectionFile(root / FILE_NAME)),
            *check_examples(catalogue),
        ),
        remarks=tuple(remarks),
    )
    catalogue.close()
    return report


def _mark_problems(catalogue: Catalogue) -> Iterator[str]:
    """What the marks of the inventory say that their operations do not have."""
    for entry in catalogue.marked():
        yield from mark_misfits(read_note(entry.inventory or {}), catalogue.operation(entry))


def _answer_problems(catalogue: Catalogue, corrections: CorrectionFile) -> Iterator[str]:
    """What the corrections of answers name that no operation has."""
    for key, found in groupby(corrections, key=lambda one: one.operation):
        if (entry := catalogue.find(key)) is None:
            yield f"answers of {key}: names no operation"
        else:
            yield from misfits(catalogue.operation(entry).responses, found)


def _accounted_for(catalogue: Catalogue) -> Counter[str]:
    """The operations in service, and those that another document's operation replaces."""
    served = Counter(_declared_as(entry.document, entry.method, entry.template) for entry in catalogue.entries())
    served.update(_declared_as(*replaced) for replaced in catalogue.replaced())
    return served


def _replaced_whole(catalogue: Catalogue) -> set[str]:
    served = {product.document for product in catalogue.products()}
    return {document for document, *_ in catalogue.replaced()} - served


def _declared_as(document: str, method: str, template: str) -> str:
    return f"{document}: {method} {template}"


def _unserved(catalogue: Catalogue, files: Iterable[DocumentFile]) -> dict[str, list[str]]:
    """The documents with a fault or without any operation in service, and the reasons."""
    served = {product.document for product in catalogue.products()} | _replaced_whole(catalogue)
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for document, reason in catalogue.problems():
        reasons[document].append(reason)
    return {file.name: reasons[file.name] for file in files if file.name not in served or reasons[file.name]}


def _rows(catalogue: Catalogue) -> Iterator[ProductRow]:
    for product in catalogue.products():
        yield ProductRow(
            product=product.product, version=product.version, document=product.document, operations=product.operations
        )


def _guide_problems(files: Iterable[DocumentFile], entries: Iterable[Entry], guide: Guide | None) -> Iterator[str]:
    if guide:
        yield from check_guide(guide, _identifiers(entries))
    documents = {}
    for file in files:
        with contextlib.suppress(DocumentError):  # reported as invalid
            documents[file] = load_raw(file)
        yield from check_effects(file)
    yield from document_problems(documents, {entry.key for entry in entries})


def _collisions(catalogue: Catalogue, entries: Iterable[Entry]) -> Iterator[str]:
    """The tool names that several operations share; the index gives all but the first a name with a digest."""
    tool_keys = {(one.product, one.version): one.guide.get("tool_key") for one in catalogue.products()}
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        tool_key = tool_keys.get((entry.product, entry.version)) or default_tool_key(entry.product, entry.version)
        keys[tool_name(tool_key, entry.key)].append(entry.key)
    yield from (f"{name} is {' and '.join(same)}" for name, same in sorted(keys.items()) if len(same) > 1)


def _identifiers(entries: Iterable[Entry]) -> dict[tuple[str, str], frozenset[str]]:
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        names[entry.product, entry.version].add(entry.operation_id)
    return {document: frozenset(of_one) for document, of_one in names.items()}


def _validate(file: DocumentFile) -> tuple[list[str], list[str]]:
    """(faults, remarks) of a document, at most MAX_REASONS of each."""
    wrong: dict[str, None] = {}
    odd: dict[str, None] = {}
    try:
        for error, is_harmless in _errors(_self_contained(file)):
            (odd if is_harmless else wrong)[_reason(error)] = None
    except DocumentError as error:
        return [error.message], []
    except Exception as error:  # noqa: BLE001 - the validator raises whatever a malformed document makes it raise
        wrong[clean(f"{type(error).__name__}: {error}", MAX_REASON)] = None
    return list(wrong)[:MAX_REASONS], list(odd)[:MAX_REASONS]


def _self_contained(file: DocumentFile) -> Mapping[str, Any]:
    """The document with references to other files resolved, because the validator would fetch any URL in them."""
    raw = load_raw(file)
    return plain(load_document(file)) if any(not ref.startswith("#") for ref in references(raw)) else raw


def _errors(document: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    """(error, is harmless) for every error that openapi-spec-validator reports."""
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # 0.25 s
    from openapi_spec_validator.validation.exceptions import ExtraParametersError, OpenAPIValidationError

    is_30 = str(document.get("openapi", "")).startswith("3.0")
    validator = (OpenAPIV30SpecValidator if is_30 else OpenAPIV31SpecValidator)(dict(document))
    misshapen = list(validator.schema_validator.iter_errors(document))
    yield from ((error, False) for error in misshapen)
    # The second pass needs properties whose absence the first pass reports, so it runs only after a clean first pass.
    for error in [] if misshapen else validator.root_validator(validator.schema_path):
        # JSON Schema lets `required` name a property that only oneOf declares, but the validator checks allOf alone.
        if not isinstance(error, ExtraParametersError):
            # Any other error type is a default that its own schema rejects, which harms no call.
            is_default = not isinstance(error, OpenAPIValidationError)
            yield error, is_default or list(error.absolute_schema_path)[-2:] == ["enum", "uniqueItems"]


def _reason(error: Any) -> str:
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    location = "/".join(str(part) for part in error.absolute_path)
    # A message starts with the rejected value, which may be a whole schema, and ends with the reason.
    message = error.message if len(error.message) <= MAX_MESSAGE else f"…{error.message[-MAX_MESSAGE:]}"
    return clean(f"{location}: {message}" if location else message, MAX_REASON)
