"""Move repeated schemas and parameters of a document to `components` and refer to them.

A component's name is a hint and a digest of its content, so a change elsewhere never renames it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from akamai_mcp.documents.facts import SCHEMA_LISTS, SCHEMA_MAPS, SCHEMA_NODES, Facts
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS

# A `$ref` is not much shorter, so sharing a smaller value saves little.
MIN_SHARED_BYTES: Final = 90


def share_repeats(document: Facts) -> Facts:
    """The document with each repeated schema and parameter replaced by a `$ref` to one component."""
    # Schemas first: parameters are then compared with their schemas already shared.
    schemas = _Sharer("schemas")
    for hint, schema in _schemas_of(document):
        schemas.count(schema, hint)
    document = _map_schemas(document, schemas)
    parameters = _Sharer("parameters")
    for parameter in _parameters_of(document):
        parameters.count_one(parameter, parameter["name"])
    document = _map_parameters(document, parameters)
    components = {
        kind: definitions
        for kind, definitions in (("parameters", parameters.definitions()), ("schemas", schemas.definitions()))
        if definitions
    }
    return document | ({"components": components} if components else {})


class _Sharer:
    """Counts values by content, then replaces those that occur more than once."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._uses: Counter[bytes] = Counter()
        self._hints: defaultdict[bytes, Counter[str]] = defaultdict(Counter)
        self._used: dict[str, Any] = {}

    def count(self, schema: Any, hint: str) -> None:
        """Count a schema and everything inside it."""
        self.count_one(schema, hint)
        for inner_hint, inner in _inner_schemas(schema, hint):
            self.count(inner, inner_hint)

    def count_one(self, value: Any, hint: str) -> None:
        """Count one value."""
        content = _canonical(value)
        self._uses[content] += 1
        self._hints[content][hint] += 1

    def shared(self, value: Any) -> Facts | None:
        """A reference to the value's component, or None if the value is small or occurs only once."""
        content = _canonical(value)
        if self._uses[content] == 1 or len(content) < MIN_SHARED_BYTES:
            return None
        name = self._name(content)
        self._used.setdefault(name, value)
        return {"$ref": f"#/components/{self._kind}/{name}"}

    def definitions(self) -> Facts:
        """The components in use, by name; schemas inside them are shared as well."""
        done: Facts = {}
        while missing := sorted(self._used.keys() - done.keys()):
            for name in missing:
                value = self._used[name]
                # Not the whole value: it would become a reference to itself.
                done[name] = _map_inside(value, self) if self._kind == "schemas" else value
        return dict(sorted(done.items()))

    def _name(self, content: bytes) -> str:
        # The most frequent name, and of equals the first, so that the result does not depend on the order.
        hint = min(self._hints[content].items(), key=lambda item: (-item[1], item[0]))[0]
        word = re.sub(r"[^A-Za-z0-9]+", "_", hint).strip("_") or "any"
        return f"{word}.{hashlib.sha256(content).hexdigest()[:6]}"


def _canonical(value: Any) -> bytes:
    # Documents write the same schema with its keys in different orders.
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _inner_schemas(schema: Any, hint: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(schema, Mapping):
        return
    for key, value in schema.items():
        if key in SCHEMA_NODES and isinstance(value, Mapping):
            yield hint, value
        elif key in SCHEMA_LISTS:
            yield from ((hint, part) for part in value)
        elif key in SCHEMA_MAPS:
            yield from value.items()


def _map_inside(schema: Any, sharer: _Sharer) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    mapped: Facts = {}
    for key, value in schema.items():
        if key in SCHEMA_NODES:
            mapped[key] = _map_schema(value, sharer)
        elif key in SCHEMA_LISTS:
            mapped[key] = [_map_schema(part, sharer) for part in value]
        elif key in SCHEMA_MAPS:
            mapped[key] = {name: _map_schema(part, sharer) for name, part in value.items()}
        else:
            mapped[key] = value
    return mapped


def _map_schema(schema: Any, sharer: _Sharer) -> Any:
    return (sharer.shared(schema) if isinstance(schema, Mapping) else None) or _map_inside(schema, sharer)


def _operations(document: Facts) -> Iterator[tuple[str, Facts]]:
    for item in document["paths"].values():
        for method in PATH_ITEM_METHODS:
            if method in item:
                yield item[method]["operationId"], item[method]


def _levels(document: Facts) -> Iterator[Facts]:
    """The objects that may have a `parameters` list: path items and operations."""
    for item in document["paths"].values():
        yield item
        yield from (item[method] for method in PATH_ITEM_METHODS if method in item)


def _parameters_of(document: Facts) -> Iterator[Facts]:
    for level in _levels(document):
        yield from level.get("parameters", ())


def _media_of(document: Facts) -> Iterator[tuple[str, Facts]]:
    for operation_id, operation in _operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield operation_id, media
        for response in operation["responses"].values():
            yield from ((operation_id, media) for media in response.get("content", {}).values())


def _schemas_of(document: Facts) -> Iterator[tuple[str, Any]]:
    for parameter in _parameters_of(document):
        if "schema" in parameter:
            yield parameter["name"], parameter["schema"]
    for operation_id, media in _media_of(document):
        if "schema" in media:
            yield operation_id, media["schema"]


def _map_schemas(document: Facts, sharer: _Sharer) -> Facts:
    for holder in (*_parameters_of(document), *(media for _, media in _media_of(document))):
        if "schema" in holder:
            holder["schema"] = _map_schema(holder["schema"], sharer)
    return document


def _map_parameters(document: Facts, sharer: _Sharer) -> Facts:
    for level in _levels(document):
        if "parameters" in level:
            level["parameters"] = [sharer.shared(parameter) or parameter for parameter in level["parameters"]]
    return document
