"""Write documents of undocumented operations from the project's facts about Akamai's own clients.

`clients.jsonl` has a line for each endpoint; each product and version gets an `openapi.clients.json`, beside the official
`openapi.json` if there is one, so that an official document of the same endpoints can replace its operations.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from akamai_mcp.documents.clients.official import split_path
from akamai_mcp.documents.facts import Facts, phrase
from akamai_mcp.documents.guide import Guide, add_guide
from akamai_mcp.documents.ids.forms import mark_id_forms
from akamai_mcp.documents.sharing import share_repeats
from akamai_mcp.errors import DocumentError
from akamai_mcp.media_types import JSON_TYPE

FACTS_NAME: Final = "clients.jsonl"
DOCUMENT_NAME: Final = "openapi.clients.json"


def read_rows(path: Path) -> list[Facts]:
    """Read a facts file, one JSON object per line. Raises DocumentError."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise DocumentError(
            f"{path.name} cannot be read: {error}", document=path.name, advice="Learn the facts again."
        ) from error


def copy_client_documents(source: Path, target: Path) -> None:
    """Copy the documents of undocumented operations from one specs folder to another."""
    for path in sorted(source.glob(f"*/*/{DOCUMENT_NAME}")):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def to_lines(rows: Iterable[Facts]) -> str:
    """The text of a facts file."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def client_documents(rows: Iterable[Facts], guide: Guide) -> Iterator[tuple[str, str, Facts]]:
    """(product, version, document) for each product and version of the rows, with the guide's notes."""

    def document_key(row: Facts) -> tuple[str, str]:
        return row["product"], row["version"]

    for (product, version), group in groupby(sorted(rows, key=document_key), key=document_key):
        title = str(guide.product(product).about.get("name", product))
        facts = to_document(list(group), title)
        mark_id_forms(facts, guide.id_forms(product))
        document = share_repeats(facts)
        yield product, version, add_guide(document, guide, product=product, version=version)


def to_document(rows: list[Facts], title: str) -> Facts:
    """The document of a product's rows, which share one base path."""
    base = split_path(rows[0]["path"])[0]
    paths: dict[str, Facts] = {}
    for row in sorted(rows, key=lambda row: (row["path"], row["method"])):
        template = row["path"].removeprefix(base)
        item = paths.setdefault(template, {"parameters": _path_parameters(row)} if row.get("parameters") else {})
        item[row["method"].lower()] = to_operation(row)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": rows[0]["version"]},
        "servers": [{"url": f"https://{{hostname}}{base}"}],
        "paths": paths,
    }


def _path_parameters(row: Facts) -> list[Facts]:
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in row["parameters"].items()]


def to_operation(row: Facts) -> Facts:
    """The operation of a row; what the facts do not say stays unrestricted."""
    operation: Facts = {"operationId": row["id"], "x-source": row["source"]}
    if query := row.get("query"):
        joined = {name: {"explode": False} for name in row.get("joined", ())}
        operation["parameters"] = [
            {"name": name, "in": "query", **joined.get(name, {}), "schema": schema} for name, schema in query.items()
        ]
    if body := row.get("body"):
        operation["requestBody"] = {"content": _content(body)}
    answers = row.get("answers") or {"2XX": {"type": JSON_TYPE}}
    operation["responses"] = {status: _response(status, answer) for status, answer in answers.items()}
    return operation


def _response(status: str, answer: Facts) -> Facts:
    return {"description": phrase(status)} | ({"content": _content(answer)} if answer else {})


def _content(node: Facts) -> Facts:
    return {node["type"]: {"schema": node["schema"]} if node.get("schema") else {}}
