"""Strict validation: what openapi-core has against a call. Loaded only if AKAMAI_MCP_VALIDATION is strict, since it takes 0.3 s.

openapi-core reads some serializations otherwise than OpenAPI means them (exploded objects, arrays with a comma in a member,
empty query values). So it gets a document in which every parameter has `content` of JSON instead of a `style`, and a
request with the arguments in that form: what it judges is the value, not how the value is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.exceptions import (
    MissingRequestBodyError,
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
from akamai_mcp.request.validation.mismatches import describe_error, read_as_type, shorten, undeclared_mismatches

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
    media = media_type_of(operation, placed) if operation.request_body else None
    for error in _validator_of(operation, media).iter_errors(to_request(operation, media, placed)):
        yield from describe(error)
    yield from undeclared_mismatches(operation, placed)
    if is_body_missing(operation, media, placed):
        yield "body: required but missing"


def is_body_missing(operation: Operation, media: MediaType | None, placed: Placed) -> bool:
    """Whether a required body that openapi-core does not judge is missing."""
    declared = operation.request_body
    return bool(declared and declared.required and media and not is_json(media.name) and placed.body is ABSENT)


def _validator_of(operation: Operation, media: MediaType | None) -> Validator:
    key = (id(operation), media.name if media else "")
    if key not in _validators:
        _validators[key] = (operation, create_validator(operation, media))
    return _validators[key][1]


def create_validator(operation: Operation, media: MediaType | None) -> Validator:
    """A validator of one operation, whose body has this media type."""
    kind = V31RequestValidator if operation.dialect == "3.1" else V30RequestValidator
    # Without validators `format` is an annotation (JSON Schema 2020-12, section 7), as it is where mismatches are advice.
    bounded = SchemaValidatorsFactory(BoundedOAS31 if operation.dialect == "3.1" else BoundedOAS30)
    return kind(SchemaPath.from_dict(to_document(operation, media)), format_validators={}, schema_validators_factory=bounded)


def to_document(operation: Operation, media: MediaType | None) -> dict[str, Any]:
    """What openapi-core reads of a document, of one operation; a body that is no JSON is left out: its bytes are not judged."""
    node: dict[str, Any] = {"parameters": [_to_parameter(parameter) for parameter in operation.parameters]}
    if operation.request_body and media and is_json(media.name):
        node["requestBody"] = {"required": operation.request_body.required, "content": {JSON_TYPE: {"schema": media.schema}}}
    return {"paths": {PATH: {operation.method.lower(): node}}}


def _to_parameter(parameter: Parameter) -> dict[str, Any]:
    content = {JSON_TYPE: {"schema": parameter.schema}}
    return {"name": parameter.name, "in": parameter.location, "required": parameter.must_be_given, "content": content}


def to_request(operation: Operation, media: MediaType | None, placed: Placed) -> CheckedRequest:
    """The arguments as the request that openapi-core judges."""
    values: dict[str, dict[str, bytes]] = {location: {} for location in LOCATIONS}
    for parameter in operation.parameters:
        value = _value_of(parameter, placed)
        if value is not None:
            values[parameter.location][parameter.name] = json.dumps(read_as_type(value, parameter.schema)).encode()
    body = _json_body(placed.body, media) if media and is_json(media.name) else None
    return CheckedRequest(method=operation.method.lower(), parameters=RequestParameters(**values), body=body)


def _value_of(parameter: Parameter, placed: Placed) -> Any:
    values: Mapping[str, Any] = getattr(placed, parameter.location)
    value = values.get(parameter.name)
    return placed.standard_headers.get(parameter.name.lower()) if value is None and parameter.location == "header" else value


def _json_body(body: Any, media: MediaType) -> bytes | None:
    """The body as it is sent. Raises BodyError where it is text and no JSON."""
    return None if body is ABSENT else encode_json(body, media.schema)


def describe(error: Exception) -> Iterator[str]:
    """An error of openapi-core as `path: message`, one for each mismatch in it."""
    name = error.name if isinstance(error, ParameterValidationError) else "body"
    if isinstance(error, MissingRequiredParameter | MissingRequestBodyError):
        yield f"{name}: required but missing"
    elif isinstance(error.__cause__, InvalidSchemaValue):
        yield from (f"{name}{describe_error(found)}" for found in error.__cause__.schema_errors)
    else:
        yield f"{name}: {shorten(str(error.__cause__ or error))}"
