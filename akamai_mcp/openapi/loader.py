"""Read OpenAPI documents from a folder and resolve their references with jsonref.

A reference may point into the same document or to another file below the folder; anything
else (http, a path that climbs out) makes the document fail, so that a document can never
make the server read or fetch something of its choosing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.yaml_text import parse_yaml

SUFFIXES = frozenset({".json", ".yaml", ".yml"})
CLIENTS_STEM = "openapi.clients"  # what Akamai's clients call, beside what its documents describe
MAX_CHAIN = 50
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
MAX_NODES = 100_000  # of one schema or guide with its references filled in; the largest official one has 4,254
MAX_DEPTH = 200
MAX_SLUG = 64
_SNIFF_BYTES = 64 * 1024
_DECLARES_OPENAPI = re.compile(rb"""(?:^|[{,\n])\s*["']?openapi["']?\s*:\s*["']?3\.""")
_VERSION_FOLDER = re.compile(r"v\d[\w.-]*\Z", re.IGNORECASE)
# Control characters, line separators, and the marks that make text run in another direction than it is read.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LETTERS = re.compile(r"[^a-z0-9.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file that declares itself an OpenAPI 3 document."""

    path: Path
    root: Path

    @property
    def name(self) -> str:
        """The path below the folder, with `/` on every system."""
        return self.path.relative_to(self.root).as_posix()


def find_documents(root: Path) -> tuple[DocumentFile, ...]:
    """Every OpenAPI 3 document below a folder, in the order of their names."""
    found = (path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES and path.is_file())
    return tuple(DocumentFile(path=path, root=root) for path in found if _declares_openapi(path))


def _declares_openapi(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _DECLARES_OPENAPI.search(file.read(_SNIFF_BYTES)) is not None
    except OSError:  # whether it is one nobody can say: reading it fails again, and that is told as its problem
        return True


def load_document(file: DocumentFile) -> Mapping[str, Any]:
    """The document with every `$ref` replaced by a lazy jsonref proxy.

    Raises DocumentError naming the file where it is not readable, not an OpenAPI 3 object,
    or refers to something outside its folder.
    """
    return _resolve(load_raw(file), file)


def load_outline(file: DocumentFile) -> Mapping[str, Any]:
    """The document without schemas, bodies and answers, its references resolved: walking those is most of the work.

    A body that is there is an empty object. Raises DocumentError as `load_document` does.
    """
    return _resolve(_shorten(load_raw(file)), file)


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


def _resolve(raw: dict[str, Any], file: DocumentFile) -> Mapping[str, Any]:
    import jsonref  # 87 ms (it brings requests): wanted only when a document is really read

    resolved: Mapping[str, Any] = jsonref.replace_refs(
        raw,
        base_uri=file.path.resolve().as_uri(),
        loader=partial(_load_reference, document=file),
        lazy_load=True,
    )
    return resolved


def load_raw(file: DocumentFile) -> dict[str, Any]:
    """The document as it stands in its file, with references unresolved."""
    document = _read(file.path, file)
    if not isinstance(document, dict) or not isinstance(document.get("paths", {}), dict):
        raise DocumentError(
            f"{file.name} is not an OpenAPI object with paths.",
            document=file.name,
            advice="An OpenAPI 3 document is an object with openapi, info and paths.",
        )
    return document


def identify(file: DocumentFile, document: Mapping[str, Any]) -> tuple[str, str]:
    """The document's (product, version), from its folders or else from its file name and info.

    `papi/v1/openapi.json` is ("papi", "v1"), and so is `papi/v1/openapi.clients.json`; `my-api.yaml` with info.version
    "2.1.0" is ("my-api", "v2").
    """
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
    target = Path(unquote(parts.path)).resolve()
    if parts.scheme != "file" or not target.is_relative_to(document.root.resolve()):
        raise DocumentError(
            f"{document.name} refers to {uri.split('#', maxsplit=1)[0]!r}, which is outside the specs folder.",
            document=document.name,
            advice="Put the file it refers to below the specs folder and refer to it by a relative path.",
        )
    return _read(target, document)


def _read(path: Path, document: DocumentFile) -> Any:
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise ValueError(f"larger than {MAX_DOCUMENT_BYTES} bytes")
        content = path.read_bytes()
        return orjson.loads(content) if path.suffix == ".json" else parse_yaml(content)
    except (OSError, ValueError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise DocumentError(
            f"{document.name} cannot be read ({reason[:300]}).",
            document=document.name,
            advice="Mend the file or take it out of the specs folder; the other documents are served.",
        ) from error


class Ration:
    """Counts the nodes of what references are filled in: a short document can stand for more of them than any memory holds."""

    def __init__(self, nodes: int = MAX_NODES) -> None:
        self._left = nodes

    def take(self, depth: int = 0) -> None:
        """One node more. Raises DocumentError where it is one too many, or too deep."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise _endless()


def plain(node: Any) -> Any:
    """A plain copy of a resolved node: proxies unwrapped, each recursion cut with an empty schema, no control characters.

    Raises DocumentError where it would be larger or deeper than any schema is.
    """
    try:
        return _plain(node, (), Ration())
    except RecursionError as error:
        raise _endless() from error


def _endless() -> DocumentError:
    return DocumentError(
        "A part of a document is nested too deeply or grows too large, or its references lead in a circle.",
        document="",
        advice=f"Give each $ref something else than another $ref to point to, and no schema more than {MAX_NODES} nodes.",
    )


def _plain(node: Any, above: tuple[int, ...], ration: Ration) -> Any:
    node = subject(node)
    ration.take(len(above))
    if isinstance(node, Mapping):
        if id(node) in above:
            return {}
        return {visible(str(key)): _plain(value, (*above, id(node)), ration) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value, (*above, id(node)), ration) for value in node]
    return visible(node) if isinstance(node, str) else node


def visible(text: str) -> str:
    """A text with a space for each character that is not seen but acts: controls, marks that turn the direction of writing."""
    return text if text.isprintable() else UNSEEN.sub(" ", text)


def subject(node: Any) -> Any:
    """What a jsonref proxy stands for, or the node itself.

    Raises DocumentError where the reference leads nowhere or in a circle.
    """
    import jsonref

    seen = 0
    while isinstance(node, jsonref.JsonRef):
        try:
            node = node.__subject__
        except jsonref.JsonRefError as error:
            if isinstance(error.cause, DocumentError):
                raise error.cause from error
            raise DocumentError(
                f"A reference leads nowhere: {node.__reference__.get('$ref')!r}.",
                document="",
                advice="Correct the $ref or add what it points to.",
            ) from error
        except RecursionError as error:
            raise _endless() from error
        seen += 1
        if seen > MAX_CHAIN:
            return {}
    return node


def members(node: Any) -> Iterator[tuple[str, Any]]:
    """The (key, resolved value) pairs of a node that should be an object; nothing if it is not."""
    node = subject(node)
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield str(key), subject(value)
