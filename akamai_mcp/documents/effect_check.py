"""The effects that a document's `x-guide` gives, against the operations that the document describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from akamai_mcp.catalogue.conditions import find_misfits
from akamai_mcp.catalogue.effects import parse_effect
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import DocumentFile, identify, load_document
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import Outline, outline_document, parse_operation

# What reading a document raises if a node does not have the type that OpenAPI requires.
MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)


def check_effects(file: DocumentFile) -> Iterator[str]:
    """What is wrong with the effects of a document, a line each; such operations are served as destructive."""
    try:
        document = load_document(file)
        for outline in outline_document(document):
            yield from (f"{file.name}: {outline.operation_id}: {fault}" for fault in _faults(file, document, outline))
    except (DocumentError, *MALFORMED):
        return  # a document that cannot be read is a fault of another kind, and serves nothing


def _faults(file: DocumentFile, document: Mapping[str, Any], outline: Outline) -> Iterator[str]:
    note = outline.guide.get("effect") if isinstance(outline.guide, Mapping) else None
    effect = parse_effect(outline.method, note)
    if effect.conditions:
        try:
            yield from find_misfits(effect, _operation(file, document, outline))
        except (DocumentError, *MALFORMED):
            yield "effect: the operation cannot be read, so that nothing is known of the arguments"


def _operation(file: DocumentFile, document: Mapping[str, Any], outline: Outline) -> Operation:
    product, version = identify(file, document)
    return parse_operation(
        document,
        product=product,
        version=version,
        operation_id=outline.operation_id,
        template=outline.template,
        method=outline.method,
    )
