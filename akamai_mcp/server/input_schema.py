"""The input schema of an operation's own tool: flat parameters, the body under `body`, at most 8 KB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from akamai_mcp.calls.controls import Control
from akamai_mcp.media_types import base_type, is_form, is_json, is_multipart, is_text
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import Operation, Parameter
from akamai_mcp.openapi.schema import FREE_FORM, POINTER, Json, simplify, size
from akamai_mcp.request.arguments import BODY, argument_keys
from akamai_mcp.result.page_rules import PageRule

MAX_SCHEMA_BYTES: Final = 8 * 1024  # of one tool; larger ones fill an agent's context before it calls anything
MAX_ABOUT: Final = 300  # characters
DEPTHS: Final = (6, 4, 3, 2, 1)
PARAMETER_DEPTH: Final = 2
FILE: Final[Json] = {
    "type": "object",
    "description": 'The file: {"base64": "..."} or {"file": "path below the files folder"}.',
    "properties": {"base64": {"type": "string"}, "file": {"type": "string"}, "filename": {"type": "string"}},
}

Note = Callable[[str], str]


def build_input_schema(operation: Operation, note: Note, controls: Iterable[Control], rule: PageRule | None) -> Json:
    """Build a tool's input schema of at most 8 KB: its body is cut in depth until it fits, at worst without notes."""
    own: dict[str, Json] = {control.name: control.schema() for control in controls}
    if rule:
        own |= {name: {"type": "integer"} for name in rule.undeclared}
    for depth in DEPTHS:
        schema = _compose(operation, _body(operation, depth, note), note, own, min(depth, PARAMETER_DEPTH))
        if size(schema) <= MAX_SCHEMA_BYTES:
            return schema
    opaque: Json = {"type": "object", **FREE_FORM, "description": POINTER}
    return _compose(operation, opaque if operation.request_body else None, lambda _: "", own, 1)


def _compose(operation: Operation, body: Json | None, note: Note, controls: Mapping[str, Json], depth: int) -> Json:
    keys = argument_keys(operation)
    properties = {key: _parameter(parameter, note(parameter.name), depth) for key, parameter in keys.items()}
    required = [key for key, p in keys.items() if p.must_be_given]
    if operation.request_body and body is not None:
        properties[BODY] = body
        required += [BODY] if operation.request_body.required else []
    schema: Json = {"type": "object", "properties": properties | dict(controls)}
    return schema | ({"required": required} if required else {})


def _parameter(parameter: Parameter, note: str, depth: int) -> Json:
    if parameter.name.endswith("*"):
        text = f"Further headers {parameter.name}: an object from suffix to value."
        return {"type": "object", **FREE_FORM, "description": text}
    schema = simplify(parameter.schema, depth)
    text = " ".join(part for part in (note or parameter.description, schema.get("description", "")) if part)
    if parameter.default is not None:
        schema["default"] = parameter.default == "true" if schema["type"] == "boolean" else parameter.default
    return schema | ({"description": text[:MAX_ABOUT]} if text else {})


def _body(operation: Operation, depth: int, note: Note) -> Json | None:
    if operation.request_body is None:
        return None
    media = media_type_of(operation)
    name = base_type(media.name)
    if is_json(name) or is_form(name):
        return simplify(media.schema, depth, note)
    if is_multipart(name):
        return _with_files(simplify(media.schema, depth, note), media.schema.get("properties"))
    return {"type": "string", "description": f"Text of type {name}."} if is_text(name) else FILE


def _with_files(form: Json, properties: object) -> Json:
    """Let the binary fields of a multipart form take a file instead of a string."""
    declared = properties if isinstance(properties, Mapping) else {}
    for name, field in form.get("properties", {}).items():
        if isinstance(declared.get(name), Mapping) and declared[name].get("format") == "binary":
            form["properties"][name] = FILE | {"description": f"{field.get('description', '')} {FILE['description']}".strip()}
    return form
