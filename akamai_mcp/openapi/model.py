"""An operation of an OpenAPI document, as plain frozen values.

The terms are those of the OpenAPI Specification, 3.0.3 section 4.7 and 3.1.0 section 4.8 ("Schema").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Location = Literal["path", "query", "header", "cookie"]
Style = Literal["matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject"]
Dialect = Literal["3.0", "3.1"]
Schema = Mapping[str, Any]
# A media type by the argument that decides, or for each of its values; `otherwise` is for all other calls.
MediaNote = Mapping[str, str | Mapping[str, str]]

NO_NOTE: Final[MediaNote] = {}

SAFE_METHODS = frozenset({"GET", "HEAD"})
# PATCH and POST are neither safe nor idempotent (RFC 9110 section 9.2.2, RFC 5789 section 2).
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})

# A declared parameter of these names only describes what the media types say (OpenAPI 3.0.3, "Parameter Object").
MEDIA_HEADERS: Final = frozenset({"accept", "content-type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A Parameter Object; `style` and `explode` hold the specification's defaults where the document has none.

    `default` is the value of a header that is sent where the call gives none; the guide names it, not the document.
    """

    name: str
    location: Location
    required: bool
    style: Style
    explode: bool
    schema: Schema
    allow_reserved: bool = False
    media_type: str | None = None
    description: str = ""
    deprecated: bool = False
    default: str | None = None

    @property
    def must_be_given(self) -> bool:
        """True if a call without it is incomplete."""
        is_chosen = self.location == "header" and self.name.lower() in MEDIA_HEADERS
        return self.required and self.default is None and not is_chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaType:
    """A Media Type Object; `schema` is empty where the document has none."""

    name: str
    schema: Schema
    encoding: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """A Request Body Object, its media types in the document's order."""

    required: bool
    content: tuple[MediaType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A Response Object; `status` is a code, a range such as `2XX`, or `default`."""

    status: str
    content: tuple[MediaType, ...]
    headers: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """True for 2xx codes and the 2XX range."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An Operation Object with everything needed to call it.

    `path` includes the server's base path. `refusal` is empty, or says why the operation
    can be listed but not called (another host). `accept` and `content_type` are the guide's media types, `empty_body` says
    that a call without a body sends an empty object.
    """

    product: str
    version: str
    operation_id: str
    method: str
    path: str
    refusal: str
    summary: str
    tags: tuple[str, ...]
    deprecated: bool
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    responses: tuple[Response, ...]
    dialect: Dialect
    accept: MediaNote = field(default_factory=lambda: NO_NOTE)
    content_type: MediaNote = field(default_factory=lambda: NO_NOTE)
    empty_body: bool = False

    @property
    def key(self) -> str:
        """The full key, `product/version#operationId`."""
        return f"{self.product}/{self.version}#{self.operation_id}"

    @property
    def is_safe(self) -> bool:
        """True for a safe method (RFC 9110 section 9.2.1)."""
        return self.method in SAFE_METHODS

    @property
    def is_idempotent(self) -> bool:
        """True for an idempotent method (RFC 9110 section 9.2.2)."""
        return self.method in IDEMPOTENT_METHODS

    def parameters_in(self, location: Location) -> tuple[Parameter, ...]:
        """The parameters with this location, in the document's order."""
        return tuple(p for p in self.parameters if p.location == location)
