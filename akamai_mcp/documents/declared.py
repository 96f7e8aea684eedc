"""The operations in a document's text: what is counted against what is served, so that none is lost unnoticed.

The text is read again here, since a parsed document has only the last of two equal keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import DocumentFile, load_document, members
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as (key, value) pairs, including duplicate keys."""


def declared_operations(file: DocumentFile) -> list[tuple[str, str]]:
    """(METHOD, template) of every operation in a document's text, duplicates included; none if it cannot be read."""
    try:
        document = _read(file)
        return list(_operations(file, document)) if isinstance(document, _Pairs) else []
    except (OSError, ValueError, RecursionError, DocumentError):
        return []


def _operations(file: DocumentFile, document: _Pairs) -> Iterator[tuple[str, str]]:
    for paths in (value for key, value in document if key == "paths"):
        for template, item in paths if isinstance(paths, _Pairs) else ():
            names = [name for name, _ in item] if isinstance(item, _Pairs) else []
            if "$ref" in names:
                names = _referred(file, template)
            yield from ((name.upper(), template) for name in names if name in PATH_ITEM_METHODS)


def _referred(file: DocumentFile, template: str) -> list[str]:
    item = dict(members(load_document(file).get("paths"))).get(template)
    return [name for name, _ in members(item)]


def _read(file: DocumentFile) -> Any:
    content = file.path.read_bytes()
    return json.loads(content, object_pairs_hook=_Pairs) if file.path.suffix == ".json" else _read_yaml(content)


def _read_yaml(content: bytes) -> Any:
    import yaml  # 40 ms: only for YAML

    try:
        return _yaml_pairs(yaml.compose(content, Loader=yaml.CSafeLoader), depth=3)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _yaml_pairs(node: Any, depth: int) -> Any:
    """The pairs of a YAML mapping down to the operations and no deeper, since aliases can make a text endless."""
    import yaml  # 40 ms: only for YAML

    if not isinstance(node, yaml.MappingNode) or depth == 0:
        return None
    return _Pairs((str(key.value), _yaml_pairs(value, depth - 1)) for key, value in node.value)
