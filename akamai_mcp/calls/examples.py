"""A call of an operation that works: the guide's example, or one made from the document and the guide's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.media_types import is_json, is_text
from akamai_mcp.openapi.media_choice import Nothing, media_type_of
from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.openapi.schema import Json, merge_alternatives, type_of
from akamai_mcp.request.arguments import BODY, argument_keys

EXAMPLE_DEPTH: Final = 3
EXAMPLE_MEMBERS: Final = 3  # members of an object that requires none
EXAMPLE_FILE: Final[Json] = {"base64": "SGVsbG8="}
LISTED: Final[Mapping[str, type]] = {"string": str, "integer": int}
TEXT: Final = "example"
ADDRESS, URL, HOST, MAIL = "192.0.2.10", "https://www.example.com/", "www.example.com", "ops@example.com"
TIME, DAY = "2026-11-01T00:00:00Z", "2026-11-01"
BY_FORMAT: Final[Mapping[str, str]] = {
    "date-time": TIME, "date": DAY, "email": MAIL, "uri": URL, "url": URL, "hostname": HOST, "ipv4": ADDRESS, "ip": ADDRESS,
    "uuid": "00000000-0000-4000-8000-000000000001",
}  # fmt: skip
# The end of a field's name, without its plural, says what a text without a format is.
BY_NAME: Final[Mapping[str, str]] = {
    "email": MAIL, "url": URL, "uri": URL, "href": URL, "hostname": HOST, "host": HOST, "domain": HOST, "ip": ADDRESS,
    "ipaddr": ADDRESS,
    "date": DAY, "createdon": TIME, "modified": TIME, "phone": "+1-503-555-0100", "path": "/example",
}  # fmt: skip


def example_of(entry: Entry, operation: Operation, notes: FieldNotes) -> Json:
    """The arguments of the guide's example, or else of one that is made from the document and the guide's fields."""
    return dict(entry.example) if entry.example is not None else example_arguments(operation, notes)


def example_arguments(operation: Operation, notes: FieldNotes) -> Json:
    """Arguments for a first call: every required one, in the format that the guide or the schema gives."""
    arguments: Json = {}
    for key, parameter in argument_keys(operation).items():
        if parameter.must_be_given:
            arguments[key] = notes.form(parameter.name, parameter.schema) or example_value(parameter.schema, 1)
    if operation.request_body:
        path = {
            parameter.name: arguments[key] for key, parameter in argument_keys(operation).items() if parameter.location == "path"
        }
        arguments[BODY] = _example_body(media_type_of(operation, Nothing(path=path)), notes)
    return arguments


def _example_body(media: MediaType, notes: FieldNotes) -> Any:
    if not (is_json(media.name) or media.schema.get("properties")):
        return "example" if is_text(media.name) else dict(EXAMPLE_FILE)
    value = example_value(media.schema, EXAMPLE_DEPTH, notes)
    # A body without a declared type is almost always an object.
    return {} if isinstance(value, str) and media.schema.get("type") != "string" else value


def example_value(schema: Mapping[str, Any], depth: int, notes: FieldNotes | None = None, name: str = "") -> Any:
    """A value of the schema's type with only its required members."""
    merged = merge_alternatives(schema)
    for keyword in ("default", "example"):
        if merged.get(keyword) not in (None, ""):
            return merged[keyword]
    if isinstance(merged.get("enum"), list) and merged["enum"]:
        return merged["enum"][0]
    kind = type_of(merged)
    if kind == "object":
        return _example_object(merged, depth, notes)
    if kind == "array":
        return _example_list(merged, depth, notes, name)
    known = notes.form(name, merged) if notes and name else None
    if known is not None and "type" not in merged:
        known = read_form(known)
    number = merged.get("minimum", 1)
    return known or {"integer": number, "number": number, "boolean": True}.get(kind, _example_text(merged, name))


def _example_list(schema: Json, depth: int, notes: FieldNotes | None, name: str) -> list[Any]:
    items = schema.get("items")
    kind = items.get("type") if isinstance(items, Mapping) else None
    listed = read_form(notes.form(name, {})) if notes else None
    # Without a type, as in what only clients show, the guide alone says what the members are.
    if isinstance(listed, list) and listed and (kind is None or {type(one) for one in listed} == {LISTED.get(str(kind))}):
        return listed
    own = "" if isinstance(listed, list) else name  # the format of a whole list is not that of a member
    return [example_value(items, depth - 1, notes, own)] if isinstance(items, Mapping) and depth > 0 else []


def read_form(form: Any) -> Any:
    """The value that a format of the guide writes as text: a list or an object in JSON, or else a list of words."""
    if not isinstance(form, str) or form[:1] not in {"[", "{"}:
        return form
    try:
        return orjson.loads(form)
    except orjson.JSONDecodeError:
        words = form[1:-1].split(",") if form.startswith("[") and "{" not in form else []
        return [word.strip() for word in words] or form


def _example_text(schema: Json, name: str) -> str:
    """A text for a schema, by its format or its name, no longer than it may be."""
    folded = name.lower().replace("_", "").removesuffix("s")
    by_name = next((text for end, text in BY_NAME.items() if folded.endswith(end)), TEXT)
    text = BY_FORMAT.get(str(schema.get("format")), by_name)
    longest = schema.get("maxLength")
    return text[:longest] if isinstance(longest, int) and longest > 0 else text


def _example_object(schema: Json, depth: int, notes: FieldNotes | None) -> Json:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or depth <= 0:
        return {}
    required = [name for name in schema.get("required") or () if name in properties]
    most = schema.get("maxProperties")
    limit = min(most, EXAMPLE_MEMBERS) if isinstance(most, int) else EXAMPLE_MEMBERS
    optional = [name for name, part in properties.items() if isinstance(part, Mapping) and not part.get("readOnly")]
    chosen = required or optional[:limit]
    return {
        name: example_value(properties[name], depth - 1, notes, name) for name in chosen if isinstance(properties[name], Mapping)
    }
