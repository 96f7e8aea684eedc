"""Choose which of an operation's declared responses to send, and in which media type."""

from __future__ import annotations

from http import HTTPStatus

from akamai_mcp.media_types import base_type, may_be_json
from akamai_mcp.openapi.model import MediaType, Operation, Response
from akamai_mcp.sandbox.examples.samples import sample
from akamai_mcp.sandbox.examples.shapes import Schema
from akamai_mcp.sandbox.examples.values import example

# RFC 9110 sections 15.3.5 and 15.3.6: 204 and 205 have no content.
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT})


def success_response(operation: Operation) -> Response:
    """The first declared success response, else the first redirection, else an empty 200."""
    successes = [response for response in operation.responses if response.is_success]
    return next(iter(successes + redirections(operation)), Response(status="200", content=()))


def redirections(operation: Operation) -> list[Response]:
    """The declared 3xx responses."""
    return [response for response in operation.responses if response.status.startswith("3")]


def status_of(response: Response) -> int:
    """The status code of a response; a range such as `2XX` gives its first code."""
    return int(response.status.replace("X", "0"))


def has_body(response: Response) -> bool:
    """False for a status without a body (RFC 9110 section 15), whatever the document declares."""
    status = status_of(response)
    return bool(response.content) and status < HTTPStatus.MULTIPLE_CHOICES and status not in BODILESS


def has_location(response: Response) -> bool:
    """True for a 201, and for a response that declares a Location header."""
    return status_of(response) == HTTPStatus.CREATED or any(name.lower() == "location" for name in response.headers)


def chosen_media(response: Response, accept: str) -> MediaType:
    """The media type that Accept names, else the first declared one."""
    accepted = {base_type(part) for part in accept.split(",")}
    return next((media for media in response.content if base_type(media.name) in accepted), response.content[0])


def sample_content(media: MediaType) -> bytes:
    """Example content for a media type that is not JSON."""
    text = example(media.schema) if base_type(media.name) == "text/plain" and media.schema else None
    return text.encode() if isinstance(text, str) else sample(media.name)


def json_schema(operation: Operation) -> Schema | None:
    """The schema of an operation's JSON response, or None if it has none."""
    content = success_response(operation).content
    return next((media.schema for media in content if may_be_json(media.name)), None)
