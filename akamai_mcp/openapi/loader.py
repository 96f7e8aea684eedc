"""Read OpenAPI documents from a folder and resolve their references with jsonref.

A reference may point into its own document or to another file in the same folder tree. Any
other reference (a URL, a path outside the folder) makes the document fail, so a document
cannot make the server read or fetch arbitrary data.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.files.folder import MAX_DOCUMENT_BYTES, SNIFF_BYTES, SUFFIXES, FolderContent, declares_openapi
from akamai_mcp.openapi.files.yaml_text import parse_yaml
from akamai_mcp.openapi.visible_text import visible

CLIENTS_STEM = "openapi.clients"  # undocumented operations, learned from Akamai's own clients
# A chain of references longer than this is treated as circular.
MAX_CHAIN = 50
MAX_NODES = 100_000  # in one resolved schema or guide; the largest official one has 4,254
MAX_DEPTH = 200
MAX_SLUG = 64
_VERSION_FOLDER = re.compile(r"v\d[\w.-]*\Z", re.IGNORECASE)
_LETTERS = re.compile(r"[^a-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file that declares itself an OpenAPI document; with `content` it is read as its folder was, not from the disk."""

    path: Path
    root: Path
    content: FolderContent | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The path relative to the root folder, with `/` on every platform."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def base(self) -> Path:
        """The absolute path that its references start from."""
        # Links are followed on the disk alone: a folder's content has files under the names that it had.
        return self.path.resolve() if self.content is None else self.path.absolute()


def find_documents(root: Path) -> tuple[DocumentFile, ...]:
    """Every OpenAPI document in a folder tree, sorted by path; loading one of Swagger 2.0 fails and says why."""
    # Sorted, so that every platform serves the same document when two have one key.
    found = (path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES and path.is_file())
    return tuple(DocumentFile(path=path, root=root) for path in found if _declares_openapi(path))


def documents_of(root: Path, content: FolderContent) -> tuple[DocumentFile, ...]:
    """Every OpenAPI 3 document in a folder's content, sorted by path."""
    return tuple(DocumentFile(path=root / name, root=root, content=content) for name in content.documents())


def _declares_openapi(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return declares_openapi(file.read(SNIFF_BYTES))
    except OSError:  # keep an unreadable file: loading it fails again, and that failure is reported to the operator
        return True


def load_document(file: DocumentFile) -> Mapping[str, Any]:
    """The document with every `$ref` replaced by a lazy jsonref proxy.

    Raises DocumentError, which names the file, if the file cannot be read, is not an OpenAPI object,
    or contains a reference to anything outside the folder.
    """
    return resolve(load_raw(file), file)


def load_outline(file: DocumentFile) -> Mapping[str, Any]:
    """The document without schemas, bodies and responses, which are most of the work to resolve.

    A request body becomes an empty object. Raises DocumentError as `load_document` does.
    """
    return resolve(_shorten(load_raw(file)), file)


def _shorten(document: dict[str, Any]) -> dict[str, Any]:
    components = document.get("components")
    kept = {name: part for name, part in components.items() if name != "schemas"} if isinstance(components, dict) else components
    paths = {template: _shorten_item(item) for template, item in document.get("paths", {}).items()}
    return document | {"components": kept, "paths": paths}


def _shorten_item(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: _shorten_operation(part) if isinstance(part, dict) else part for name, part in item.items()}


def _shorten_operation(operation: dict[str, Any]) -> dict[str, Any]:
    kept = {name: part for name, part in operation.items() if name not in {"responses", "requestBody", "callbacks"}}
    return kept | ({"requestBody": {}} if operation.get("requestBody") is not None else {})


@cache
def _jsonref() -> Any:
    """The library jsonref, without requests: it would fetch references over HTTP with it, which `_load_reference` refuses."""
    unwanted = {} if "requests" in sys.modules else {"requests": None}
    sys.modules.update(unwanted)  # type: ignore[arg-type] # None lets an import of it fail, as if it were not installed
    try:
        import jsonref  # 20 ms, and 50 ms more with requests
    finally:
        for name in unwanted:
            del sys.modules[name]
    return jsonref


def resolve(raw: Mapping[str, Any], file: DocumentFile) -> Mapping[str, Any]:
    """A document of this file, or a part of it, with every `$ref` replaced by a lazy jsonref proxy."""
    jsonref = _jsonref()
    resolved: Mapping[str, Any] = jsonref.replace_refs(
        raw,
        base_uri=file.base.as_uri(),
        loader=partial(_load_reference, document=file),
        lazy_load=True,
    )
    return resolved


def load_raw(file: DocumentFile) -> dict[str, Any]:
    """The parsed file, with its references unresolved. Raises DocumentError."""
    document = _read(file.path, file)
    if not isinstance(document, dict) or not isinstance(document.get("paths", {}), dict):
        raise DocumentError(
            f"{file.name} is not an OpenAPI object with paths.",
            document=file.name,
            advice="An OpenAPI 3 document is an object with openapi, info and paths.",
        )
    if "openapi" not in document and "swagger" in document:
        raise DocumentError(
            f"{file.name} is a Swagger 2.0 document, and only OpenAPI 3 is served: convert it.",
            document=file.name,
            advice="Convert it to OpenAPI 3.",
        )
    return document


def identify(file: DocumentFile, document: Mapping[str, Any]) -> tuple[str, str]:
    """The document's (product, version), taken from its folders, or else from its file name and `info`.

    `papi/v1/openapi.json` is ("papi", "v1"), and so is `papi/v1/openapi.clients.json`; `my-api.yaml` with info.version
    "2.1.0" is ("my-api", "v2").
    """
    # A folder such as `v1` is the version, and the folder above it the product.
    folders = list(file.path.relative_to(file.root).parent.parts)
    version = folders.pop() if folders and _VERSION_FOLDER.match(folders[-1]) else _info_version(document)
    stem = file.path.stem
    is_main = stem.lower() in {"openapi", CLIENTS_STEM, "swagger", "index", "api"}
    product = folders[-1] if is_main and folders else stem
    return _slug(product), _slug(version)


def _info_version(document: Mapping[str, Any]) -> str:
    info = document.get("info")
    text = str(info.get("version", "1")) if isinstance(info, Mapping) else "1"
    major = re.match(r"v?(\d{1,6})", text)
    return f"v{major.group(1)}" if major else "v1"


def _slug(text: str) -> str:
    return _LETTERS.sub("-", text.lower()).strip("-")[:MAX_SLUG] or "api"


def _load_reference(uri: str, *, document: DocumentFile) -> Any:
    parts = urlsplit(uri)
    target = Path(unquote(parts.path))
    if parts.scheme != "file" or not _is_inside(target, document):
        raise DocumentError(
            f"{document.name} refers to {uri.split('#', maxsplit=1)[0]!r}, which is outside the specs folder.",
            document=document.name,
            advice="Move that file into the specs folder and use a relative path in the $ref.",
        )
    return _read(target, document)


def _is_inside(target: Path, document: DocumentFile) -> bool:
    if document.content is not None:
        return document.content.is_inside(_name(target, document))
    # Resolve symlinks first: otherwise a link in the folder could point outside it.
    return target.resolve().is_relative_to(document.root.resolve())


def _name(path: Path, document: DocumentFile) -> str:
    return Path(os.path.relpath(path, document.root.absolute())).as_posix()


def _read_bytes(path: Path, document: DocumentFile) -> bytes:
    if document.content is not None:
        return document.content.read(_name(path.absolute(), document))
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise ValueError(f"larger than {MAX_DOCUMENT_BYTES} bytes")
    return path.read_bytes()


def _read(path: Path, document: DocumentFile) -> Any:
    try:
        content = _read_bytes(path, document)
        return orjson.loads(content) if path.suffix == ".json" else parse_yaml(content)
    except (OSError, ValueError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise DocumentError(
            f"{document.name} cannot be read ({reason[:300]}).",
            document=document.name,
            advice="Fix the file or remove it from the specs folder; the other documents are served.",
        ) from error


class NodeBudget:
    """Counts the nodes of a resolved schema: nested references let a short document expand beyond any memory."""

    def __init__(self, nodes: int = MAX_NODES) -> None:
        self._left = nodes

    def take(self, depth: int = 0) -> None:
        """Count one node. Raises DocumentError beyond MAX_NODES or MAX_DEPTH."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise _endless()


def plain(node: Any) -> Any:
    """A plain copy of a resolved node: proxies unwrapped, recursion replaced by an empty schema, hidden characters removed.

    Raises DocumentError beyond MAX_NODES or MAX_DEPTH.
    """
    try:
        return _plain(node, (), NodeBudget())
    except RecursionError as error:
        raise _endless() from error


def _endless() -> DocumentError:
    return DocumentError(
        "Part of a document is nested too deeply or is too large, or its references form a circle.",
        document="",
        advice=f"Make every $ref end at a schema, and keep each resolved schema below {MAX_NODES} nodes.",
    )


def _plain(node: Any, above: tuple[int, ...], budget: NodeBudget) -> Any:
    node = subject(node)
    budget.take(len(above))
    if isinstance(node, Mapping):
        # `above` holds the ids of the enclosing objects: meeting one again means that the schema contains itself.
        if id(node) in above:
            return {}
        return {visible(str(key)): _plain(value, (*above, id(node)), budget) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, (*above, id(node)), budget) for value in node]
    return visible(node) if isinstance(node, str) else node


def subject(node: Any) -> Any:
    """The target of a jsonref proxy, or the node itself if it is not one.

    Raises DocumentError if the reference does not resolve or is circular.
    """
    jsonref = _jsonref()
    seen = 0
    while isinstance(node, jsonref.JsonRef):
        try:
            node = node.__subject__
        except jsonref.JsonRefError as error:
            if isinstance(error.cause, DocumentError):
                raise error.cause from error
            raise DocumentError(
                f"A reference does not resolve: {node.__reference__.get('$ref')!r}.",
                document="",
                advice="Correct the $ref or add its target.",
            ) from error
        except RecursionError as error:
            raise _endless() from error
        seen += 1
        if seen > MAX_CHAIN:
            return {}
    return node


def members(node: Any) -> Iterator[tuple[str, Any]]:
    """The (key, resolved value) pairs of a node that should be an object; none if it is not."""
    node = subject(node)
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield str(key), subject(value)
