"""Compares an answer with what its document declares, by openapi-core. Loaded only where answers are checked: it takes 0.3 s."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from cachetools import LRUCache
from jsonschema_path import SchemaPath
from openapi_core import V30ResponseValidator, V31ResponseValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory

from akamai_mcp.contract.difference import Answered, Difference, schema_differences
from akamai_mcp.media_types import JSON_TYPE, charset, is_json, is_media_type
from akamai_mcp.openapi.model import MediaType, Operation, Response
from akamai_mcp.openapi.parser import clean
from akamai_mcp.request.validation.bounded import BoundedAnswer30, BoundedAnswer31, ComparisonTooLong, time_limit

CACHED: Final = 256
MOST: Final = 50  # differences of one answer
LONGEST: Final = 2.0  # seconds of processor time for one answer
PATH: Final = "/"

Validator = V30ResponseValidator | V31ResponseValidator


@dataclass(slots=True, kw_only=True)
class _Request:
    """The request in the form of openapi-core's protocol."""

    method: str
    host_url: str = "https://localhost"
    path: str = PATH
    path_pattern: str = PATH
    parameters: RequestParameters = field(default_factory=RequestParameters)
    body: bytes | None = None
    content_type: str = JSON_TYPE


@dataclass(slots=True, kw_only=True)
class _Response:
    """The answer in the form of openapi-core's protocol."""

    status_code: int
    data: bytes
    content_type: str = JSON_TYPE
    headers: dict[str, Any] = field(default_factory=dict)


# By identity, because an operation holds schemas and has no hash; each is stored, so that no other gets its id.
_validators: Final[LRUCache[int, tuple[Operation, Validator]]] = LRUCache(maxsize=CACHED)


def find_differences(answered: Answered) -> tuple[Difference, ...]:
    """The differences between an answer and its document, each once, at most MOST."""
    found: dict[Difference, None] = {}
    try:
        with time_limit(LONGEST):
            found.update(dict.fromkeys(islice(_differences(answered), MOST)))
    except ComparisonTooLong:
        found[_at(answered, "body", "takes too long to compare")] = None
    except RecursionError:
        found[_at(answered, "body", "is nested too deeply to compare")] = None
    return tuple(found)


def _differences(answered: Answered) -> Iterator[Difference]:
    declared = declared_for(answered.operation, answered.status)
    if declared is None:
        yield _at(answered, str(answered.status), "is a status that is not declared")
        return
    if not declared.content:
        return
    if not answered.content:
        yield _at(answered, "body", "is empty, declared with content")
    elif not _media_of(declared, answered.content_type):
        kind = clean(answered.content_type.partition(";")[0], 60) or "none"
        yield _at(answered, "Content-Type", f"is {kind}, declared as {', '.join(media.name for media in declared.content)}")
    elif is_json(answered.content_type):
        yield from _schema_differences(answered)


def _schema_differences(answered: Answered) -> Iterator[Difference]:
    response = _Response(status_code=answered.status, data=_in_unicode(answered))
    request = _Request(method=answered.operation.method.lower())
    for error in _validator_of(answered.operation).iter_errors(request, response):
        cause = error.__cause__
        if isinstance(cause, InvalidSchemaValue):
            for one in cause.schema_errors:
                yield from schema_differences(one, answered.key)
        else:
            yield _at(answered, "body", "is not JSON")


def _in_unicode(answered: Answered) -> bytes:
    """The content in an encoding that JSON is recognized in (RFC 8259 section 8.1 and its predecessors)."""
    named = charset(answered.content_type)
    with suppress(ValueError, LookupError):  # another encoding than its charset names, or none that is known
        if not codecs.lookup(named).name.startswith("utf"):
            return answered.content.decode(named).encode()
    return answered.content


def _at(answered: Answered, place: str, text: str) -> Difference:
    return Difference(operation=answered.key, place=place, text=text)


def declared_for(operation: Operation, status: int) -> Response | None:
    """What a document declares for a status: by its code, its range or `default` (OpenAPI 3.0.3, "Responses Object")."""
    by_status = {response.status.upper(): response for response in operation.responses}
    return by_status.get(str(status)) or by_status.get(f"{status // 100}XX") or by_status.get("DEFAULT")


def _media_of(declared: Response, content_type: str) -> MediaType | None:
    """The declared media type of an answer; those of JSON stand for each other, and what is no media type for any."""
    name = content_type.partition(";")[0].strip().lower()
    fits = (
        media
        for media in declared.content
        if not is_media_type(media.name) or media.name.lower() == name or (is_json(media.name) and is_json(name))
    )
    return next(fits, None)


def _validator_of(operation: Operation) -> Validator:
    if id(operation) not in _validators:
        _validators[id(operation)] = (operation, create_validator(operation))
    return _validators[id(operation)][1]


def create_validator(operation: Operation) -> Validator:
    """A validator of the answers of one operation."""
    is_newest = operation.dialect == "3.1"
    kind = V31ResponseValidator if is_newest else V30ResponseValidator
    bounded = SchemaValidatorsFactory(BoundedAnswer31 if is_newest else BoundedAnswer30)
    # Without validators `format` is an annotation (JSON Schema 2020-12, section 7), as it is for requests.
    return kind(SchemaPath.from_dict(to_document(operation)), format_validators={}, schema_validators_factory=bounded)


def to_document(operation: Operation) -> dict[str, Any]:
    """An OpenAPI document of the JSON answers of one operation."""
    responses = {response.status: _to_response(response) for response in operation.responses} or {"default": {"description": ""}}
    version = "3.1.0" if operation.dialect == "3.1" else "3.0.3"
    info = {"title": operation.product, "version": operation.version}
    return {"openapi": version, "info": info, "paths": {PATH: {operation.method.lower(): {"responses": responses}}}}


def _to_response(response: Response) -> dict[str, Any]:
    media = next((media for media in response.content if is_json(media.name) or not is_media_type(media.name)), None)
    return {"description": "", "content": {JSON_TYPE: {"schema": media.schema if media else {}}}}
