"""Whether the example of an operation is a call that works: it builds, and its schema accepts it as strict validation does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from akamai_mcp.calls.examples import example_of
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.documents.guide import Guide
from akamai_mcp.errors import AkamaiMcpError, ArgumentError
from akamai_mcp.openapi.model import MediaType
from akamai_mcp.request.arguments import place
from akamai_mcp.request.builder import build_request
from akamai_mcp.request.content import FileContent
from akamai_mcp.request.validation.check import find_mismatches


def check_examples(catalogue: Catalogue, guide: Guide) -> Iterator[str]:
    """What is wrong with the examples of every operation, a line each.

    All are built. Those written by hand and those of the operations that people use most are compared with the schema strictly.
    """
    for entry in catalogue.entries():
        if not entry.refusal:
            yield from (f"example of {entry.key}: {fault}" for fault in _faults(catalogue, entry, guide))


def _faults(catalogue: Catalogue, entry: Entry, guide: Guide) -> Iterator[str]:
    try:
        operation = catalogue.operation(entry)
        placed = place(operation, example_of(entry, operation, FieldNotes(catalogue, catalogue.product_of(entry))))
        build_request(operation, placed, _no_file)
    except AkamaiMcpError as error:
        yield error.message
        return
    used, contradictory = entry.key in guide.examples, entry.key in guide.contradictory
    if (used or entry.example is not None) and not contradictory:
        yield from find_mismatches(operation, placed, strict=True)
    if used and entry.example is None and operation.request_body and _is_unknown(operation.request_body.content):
        yield "nothing says what its body has, so write the example by hand"


def _is_unknown(content: Iterable[MediaType]) -> bool:
    return not any(media.schema for media in content)


def _no_file(path: str) -> FileContent:
    raise ArgumentError(f"The example sends the file {path}: write its content as base64.", advice="Replace `file` by `base64`.")
