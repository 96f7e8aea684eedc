"""Build the request of a call: method, target (path and query as text), headers, content. The customer adds the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from akamai_mcp.errors import ArgumentError
from akamai_mcp.media_types import is_accept, is_media_type
from akamai_mcp.openapi.media_choice import accept_of, media_type_of
from akamai_mcp.openapi.model import Location, Operation, Parameter
from akamai_mcp.openapi.parser import parse_parameter
from akamai_mcp.openapi.templates import fill
from akamai_mcp.request.arguments import ABSENT, Placed, check_header, refuse_account_key
from akamai_mcp.request.bodies import EncodedBody, FindFile, encode_body
from akamai_mcp.request.content import Content
from akamai_mcp.request.overrides import refuse_overrides
from akamai_mcp.request.serialization import (
    climbs,
    encode,
    serialize_cookie,
    serialize_header,
    serialize_path,
    serialize_query,
)

MAX_TARGET: Final = 64 * 1024
MAX_HEADERS: Final = 100
# These headers decide the request's host, signature and framing (RFC 9112 section 6), so only the transport sets them.
TRANSPORT_HEADERS: Final = frozenset(
    {"host", "authorization", "connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """A request without a host; `target` is the percent-encoded path and query (RFC 9112 section 3.2.1).

    `repr` shows only method and path, because query, headers and body may contain secrets.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    content: Content | None = None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def __repr__(self) -> str:
        return f"Request(method={self.method!r}, path={self.path!r})"


def build_request(operation: Operation, placed: Placed, find_file: FindFile) -> Request:
    """Build the request of a call from its arguments. Raises ArgumentError and BodyError."""
    body = _encoded_body(operation, placed, find_file)
    query = _query(operation, placed)
    path = fill_path(operation, placed.path)
    target = path + (f"{'&' if '?' in path else '?'}{query}" if query else "")
    if len(target) > MAX_TARGET:
        raise ArgumentError(
            f"The path and query have {len(target)} characters; the limit is {MAX_TARGET}.",
            advice="Request fewer values per call.",
        )
    headers = tuple(_headers(operation, placed, body))
    refuse_overrides(target, headers)
    return Request(
        method=operation.method,
        target=target,
        headers=headers,
        content=body.content if body else None,
    )


def fill_path(operation: Operation, values: Mapping[str, Any]) -> str:
    """The operation's path with each placeholder replaced by its serialized value. Raises ArgumentError."""
    parameters = {p.name: p for p in operation.parameters_in("path")}

    def text(name: str) -> str:
        parameter = parameters.get(name) or _undeclared(name, "path")
        if values.get(name) is None:
            raise ArgumentError(f"The path needs {name!r}.", advice=f"Add {name!r}.")
        return serialize_path(parameter, values[name])

    path = fill(operation.path, text)
    # Values that are harmless alone may form a dot segment together.
    if climbs(path) or "#" in path:
        raise ArgumentError("The path would lead to another resource.", advice="Use the plain identifiers as path values.")
    return path


def _undeclared(name: str, location: Location) -> Parameter:
    """A parameter with OpenAPI's defaults, for a name that is used but not declared."""
    return parse_parameter({"name": name, "in": location})


def _query(operation: Operation, placed: Placed) -> str:
    declared = operation.parameters_in("query")
    present = [(p, placed.query[p.name]) for p in declared if placed.query.get(p.name) is not None]
    present += [(_undeclared(name, "query"), value) for name, value in placed.extra_query.items()]
    names = {encode(parameter.name) for parameter in declared}
    pairs: list[tuple[str, str]] = []
    for parameter, value in present:
        for name, text in serialize_query(parameter, value):
            _check_spread(parameter, name, names)
            pairs.append((name, text))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _check_spread(parameter: Parameter, name: str, declared: set[str]) -> None:
    """Refuse an exploded object with a member that has the name of another parameter, since it would replace that one."""
    refuse_account_key(unquote(name))
    if name != encode(parameter.name) and name in declared:
        raise ArgumentError(
            f"{parameter.name[:80]!r} is an object with the member {unquote(name)[:80]!r}, which is another parameter.",
            advice="Set each parameter by its own name.",
        )


def add_query(target: str, name: str, value: str) -> str:
    """The target with one more query parameter."""
    return f"{target}{'&' if '?' in target else '?'}{encode(name)}={encode(value)}"


def _headers(operation: Operation, placed: Placed, body: EncodedBody | None) -> list[tuple[str, str]]:
    lines = [
        line
        for parameter in operation.parameters_in("header")
        if placed.header.get(parameter.name) is not None
        for line in serialize_header(parameter, placed.header[parameter.name])
    ]
    names = {name.lower() for name, _ in lines} | {"content-type"}
    lines += [(name, value) for name, value in placed.standard_headers.items() if name not in names]
    names = {name.lower() for name, _ in lines}
    if "accept" not in names:
        lines.append(("Accept", accept_of(operation, placed)))
    if body:
        # The encoder decides, because a multipart type needs the boundary of this very body.
        lines = [line for line in lines if line[0].lower() != "content-type"] + [("Content-Type", body.content_type)]
    if cookies := [
        serialize_cookie(p, placed.cookie[p.name]) for p in operation.parameters_in("cookie") if p.name in placed.cookie
    ]:
        lines.append(("Cookie", "; ".join(cookies)))
    if len(lines) > MAX_HEADERS:
        raise ArgumentError(f"The call has {len(lines)} headers; the limit is {MAX_HEADERS}.", advice="Send fewer headers.")
    for name, value in lines:
        check_header(name, value)
        _check_media_type(name, value)
        if name.lower() in TRANSPORT_HEADERS and not operation.refusal:  # a refused operation is built but never sent
            raise ArgumentError(f"The header {name!r} is set by the server.", advice="Leave it out.")
    return lines


def _check_media_type(name: str, value: str) -> None:
    """Refuse an Accept or Content-Type that is no media type (RFC 9110 sections 8.3.1 and 12.5.1)."""
    is_right = {"accept": is_accept, "content-type": is_media_type}.get(name.lower())
    if is_right and not is_right(value):
        raise ArgumentError(
            f"{name} cannot be {value[:80]!r}, which is no media type.",
            advice="Leave it out, or write type/subtype such as application/json.",
        )


def _encoded_body(operation: Operation, placed: Placed, find_file: FindFile) -> EncodedBody | None:
    if placed.body is ABSENT:
        return None
    return encode_body(placed.body, media_type_of(operation, placed), find_file)
