"""Strict validation: what openapi-core has against a call. Loaded only if AKAMAI_MCP_VALIDATION is strict, since it takes 0.3 s.

openapi-core reads some serializations otherwise than OpenAPI means them (exploded objects, arrays with a comma in a member,
empty query values). So it gets a document in which every parameter has `content` of JSON instead of a `style`, and a
request with the arguments in that form: what it judges is the value, not how the value is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.exceptions import (
    MissingRequiredParameter,
    ParameterValidationError,
)
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory

from akamai_mcp.media_types import JSON_TYPE, is_json
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import MediaType, Operation, Parameter
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.bodies import encode_json
from akamai_mcp.request.validation.bounded import BoundedOAS30, BoundedOAS31
from akamai_mcp.request.validation.mismatches import describe_error, read_as_type, shorten, undeclared_mismatches, value_of

KEPT_VALIDATORS: Final = 256
PATH: Final = "/"  # the document has one path, and the values of path parameters are set beside it
LOCATIONS: Final = ("path", "query", "header", "cookie")

Validator = V30RequestValidator | V31RequestValidator


@dataclass(slots=True, kw_only=True)
class CheckedRequest:
    """A call in the form of openapi-core's protocol `Request`."""

    method: str
    parameters: RequestParameters
    body: bytes | None
    content_type: str = JSON_TYPE
    host_url: str = "https://localhost"
    path: str = PATH


# By identity, because an operation holds schemas and has no hash; each is stored, so that no other gets its id.
_validators: Final[LRUCache[tuple[int, str], tuple[Operation, Validator]]] = LRUCache(maxsize=KEPT_VALIDATORS)


def strict_mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    """The differences between arguments and document, each as `path: message`."""
    media = _judged_media(operation, placed)
    for error in _validator_of(operation, media).iter_errors(to_request(operation, media, placed)):
        yield from describe(error)
    yield from undeclared_mismatches(operation, placed)
    declared = operation.request_body
    if declared and declared.required and placed.body is ABSENT:
        yield "body: required but missing"


def _judged_media(operation: Operation, placed: Placed) -> MediaType | None:
    """The media type of a body of JSON, which is judged; None for any other, since its bytes are not."""
    media = media_type_of(operation, placed)
    return media if operation.request_body and is_json(media.name) else None


def _validator_of(operation: Operation, media: MediaType | None) -> Validator:
    key = (id(operation), media.name if media else "")
    if key not in _validators:
        _validators[key] = (operation, create_validator(operation, media))
    return _validators[key][1]


def create_validator(operation: Operation, media: MediaType | None) -> Validator:
    """A validator of one operation, whose body of JSON has this media type."""
    later = (V31RequestValidator, BoundedOAS31)
    kind, bounded = later if operation.dialect == "3.1" else (V30RequestValidator, BoundedOAS30)
    document = SchemaPath.from_dict(to_document(operation, media))
    # Without validators `format` is an annotation (JSON Schema 2020-12, section 7), as it is where mismatches are advice.
    return kind(document, format_validators={}, schema_validators_factory=SchemaValidatorsFactory(bounded))


def to_document(operation: Operation, media: MediaType | None) -> dict[str, Any]:
    """What openapi-core reads of a document, of one operation; whether its body is missing is for others to say."""
    node: dict[str, Any] = {"parameters": [_to_parameter(parameter) for parameter in operation.parameters]}
    if media:
        node["requestBody"] = {"content": {JSON_TYPE: {"schema": media.schema}}}
    return {"paths": {PATH: {operation.method.lower(): node}}}


def _to_parameter(parameter: Parameter) -> dict[str, Any]:
    content = {JSON_TYPE: {"schema": parameter.schema}}
    return {"name": parameter.name, "in": parameter.location, "required": parameter.must_be_given, "content": content}


def to_request(operation: Operation, media: MediaType | None, placed: Placed) -> CheckedRequest:
    """The arguments as the request that openapi-core judges."""
    values: dict[str, dict[str, bytes]] = {location: {} for location in LOCATIONS}
    for parameter in operation.parameters:
        value = value_of(parameter, placed)
        if value is not None:
            values[parameter.location][parameter.name] = json.dumps(read_as_type(value, parameter.schema)).encode()
    # Raises BodyError where the body is text and no JSON.
    body = encode_json(placed.body, media.schema) if media and placed.body is not ABSENT else None
    return CheckedRequest(method=operation.method.lower(), parameters=RequestParameters(**values), body=body)


def describe(error: Exception) -> Iterator[str]:
    """An error of openapi-core as `path: message`, one for each mismatch in it."""
    name = error.name if isinstance(error, ParameterValidationError) else "body"
    if isinstance(error, MissingRequiredParameter):
        yield f"{name}: required but missing"
    elif isinstance(error.__cause__, InvalidSchemaValue):
        yield from (f"{name}{describe_error(found)}" for found in error.__cause__.schema_errors)
    else:
        yield f"{name}: {shorten(str(error.__cause__ or error))}"
