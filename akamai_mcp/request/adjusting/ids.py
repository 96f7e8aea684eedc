"""Take the prefix off an identifier where the document takes it bare: Property Manager's `ctr_C-1` is `C-1` everywhere else.

A prefix is never added, and no other text is changed. The form is a fact of the documents (`x-id`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from akamai_mcp.documents.ids.forms import ID_FORM, NUMBERS, types_of
from akamai_mcp.documents.ids.prefixes import id_prefixes, prefixed_ids
from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import Location, MediaType, Operation, Schema
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.reading import refuse_constant, unambiguous

_NUMBER: Final = re.compile("0|[1-9][0-9]*")  # a zero in front would be lost


@dataclass(slots=True)
class Adjusted:
    """The values that were changed, by their argument: `contractId`, `body.properties[0].propertyId`."""

    values: dict[str, Any] = field(default_factory=dict)

    def read(self, schema: Schema, value: Any, name: str, at: str) -> Any:
        """The value of a place, with the prefix of each identifier in it taken off if the place takes it bare."""
        if not schema:
            return value
        if isinstance(value, str):
            return self._text(schema, value, name, at)
        if isinstance(value, list):
            items = _items(schema)
            return [self.read(items, one, name, f"{at}[{index}]") for index, one in enumerate(value)]
        if isinstance(value, Mapping):
            return {key: self.read(_member(schema, key), one, key, f"{at}.{key}") for key, one in value.items()}
        return value

    def _text(self, schema: Schema, value: str, name: str, at: str) -> Any:
        pattern = prefixed_ids().get(name)
        if pattern is None or schema.get(ID_FORM) != "bare":
            return value
        parts = [found["bare"] if (found := pattern.fullmatch(part)) else part for part in value.split(",")]
        bare = ",".join(parts)
        if bare == value:
            return value
        self.values[at] = int(bare) if NUMBERS & types_of(schema) and _NUMBER.fullmatch(bare) else bare
        return self.values[at]


def adjust_ids(operation: Operation, placed: Placed) -> Placed:
    """The arguments with bare identifiers where the document takes them bare; `adjusted` has the values that were changed."""
    found = Adjusted()
    schemas = {(p.location, p.name): p.schema for p in operation.parameters}

    def read(location: Location, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: found.read(schemas.get((location, name), {}), value, name, name) for name, value in values.items()}

    path, query, header = read("path", placed.path), read("query", placed.query), read("header", placed.header)
    body = _body(operation, placed, found)
    if not found.values:
        return placed
    return replace(placed, path=path, query=query, header=header, body=body, adjusted=found.values)


def _body(operation: Operation, placed: Placed, found: Adjusted) -> Any:
    media = media_type_of(operation, placed)
    if not isinstance(placed.body, str):
        return found.read(media.schema, placed.body, "", "body")
    return _json_text(media, placed.body, found)


def _json_text(media: MediaType, text: str, found: Adjusted) -> Any:
    """The text of a body, written again only if an identifier in it was changed."""
    if not is_json(media.name) or not any(prefix in text for prefix in id_prefixes()):
        return text
    try:
        value = json.loads(text, object_pairs_hook=unambiguous, parse_constant=refuse_constant)
    except (ValueError, RecursionError):  # ambiguous text is sent as it is; what is wrong with it, the encoder says
        return text
    before = len(found.values)
    bare = found.read(media.schema, value, "", "body")
    return bare if len(found.values) > before else text


def _member(schema: Schema, name: str) -> Schema:
    for one in _alternatives(schema):
        properties = one.get("properties")
        if isinstance(properties, Mapping) and isinstance(found := properties.get(name), Mapping):
            return found
    return {}


def _items(schema: Schema) -> Schema:
    found: Schema = next((one["items"] for one in _alternatives(schema) if isinstance(one.get("items"), Mapping)), {})
    return {**found, ID_FORM: schema[ID_FORM]} if ID_FORM in schema else found


def _alternatives(schema: Schema) -> Iterator[Schema]:
    yield schema
    for key in ("allOf", "oneOf", "anyOf"):
        for one in schema.get(key) or ():
            if isinstance(one, Mapping):
                yield from _alternatives(one)
