"""Catalogues of a few operations whose words are chosen, so that what search makes of each word can be told."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from catalogue_stage import open_small as open_documents
from documents.document_samples import document, operation, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.ranking import Weights
from akamai_mcp.catalogue.search.search import Search

NO_WEIGHTS = Weights(**{one.name: 0.0 for one in fields(Weights)})


class Op(NamedTuple):
    """An operation of a document: its summary is all the words that it is found by, besides its id and path."""

    name: str
    summary: str
    path: str = ""
    method: str = "get"
    more: dict[str, Any] = {}


def described(product: str, version: str, *ops: Op, **more: Any) -> dict[str, Any]:
    """A document; an operation without a path has its id for one."""
    paths: dict[str, Any] = {}
    for op in ops:
        path = op.path or f"/{op.name}"
        names = re.findall(r"{(.+?)}", path)
        parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        paths.setdefault(path, {"parameters": parameters})[op.method] = operation(op.name, summary=op.summary, **op.more)
    return document(**{"servers": [{"url": f"https://{{hostname}}/{product}/{version}"}], "paths": paths, **more})


def open_small(folder: Path, documents: dict[str, tuple[Op, ...]], guides: dict[str, dict[str, Any]] | None = None) -> Catalogue:
    """The catalogue of documents by `product/version`, in memory."""
    for name, ops in documents.items():
        product, _, version = name.partition("/")
        guide = (guides or {}).get(product, {})
        write(folder, f"{name}/openapi.json", described(product, version, *ops, **{"x-guide": guide}))
    return open_documents(folder)


def search_by(catalogue: Catalogue, **weights: float) -> Search:
    """Search with these weights, and the others at zero."""
    return Search(catalogue, replace(NO_WEIGHTS, **weights))


def found(search: Search, question: str, **options: Any) -> list[str]:
    """`product/version#operationId` of what is found, best first."""
    return [entry.key for entry in search.find(question, **options).entries]
