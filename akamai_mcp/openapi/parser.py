"""Turn a resolved OpenAPI document into outlines (short, for the index) and operations (complete, for a call).

Rules: OpenAPI 3.0.3 and 3.1.0, "Path Item Object", "Operation Object", "Parameter Object", "Server Object".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.corrections import NOTHING, Corrections, correct_all
from akamai_mcp.openapi.loader import members, plain, subject
from akamai_mcp.openapi.model import Location, MediaType, Operation, Parameter, RequestBody, Response, Style
from akamai_mcp.openapi.visible_text import visible

Read = TypeVar("Read")

SOURCES: Final = frozenset({"observed", "client"})  # the values of x-source: where an undocumented operation was found
# The operation fields of a Path Item Object, in lower case as documents write them.
PATH_ITEM_METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
DEFAULT_STYLE: Final[Mapping[Location, Style]] = {
    "path": "simple",
    "query": "form",
    "header": "simple",
    "cookie": "form",
}
MAX_CLEAN = 600
# Documents give the customer's host as a server variable or as a luna host; both mean the host in .edgerc.
_CUSTOMER_HOST = re.compile(r"(?:\{[A-Za-z_]\w*\}|[a-z0-9-]+\.luna(?:-dev)?\.akamaiapis\.net)\Z")
MAX_NAME = 256
MAX_TAGS = 20
MAX_PATH = 2000
_UNREADABLE = ("", "its document has a server URL that cannot be parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The part of an operation that the index stores: its short fields, without schemas."""

    operation_id: str
    method: str
    template: str
    path: str
    refusal: str
    summary: str
    tags: tuple[str, ...]
    deprecated: bool
    parameters: tuple[tuple[str, Location], ...]
    has_body: bool
    guide: Mapping[str, Any]
    source: str = ""


def outline_document(document: Mapping[str, Any], faults: list[str] | None = None) -> Iterator[Outline]:
    """The outline of each operation of a document, in the document's order.

    An operation with a reference that does not resolve is left out, and the reason is added to `faults`.
    """
    faults = [] if faults is None else faults
    paths = subject(document.get("paths"))
    for template, node in paths.items() if isinstance(paths, Mapping) else ():
        path = clean(str(template), MAX_PATH)
        item = _unless_dangling(partial(subject, node), path, faults)
        if not isinstance(item, Mapping):
            continue
        for method in PATH_ITEM_METHODS:
            read = partial(_outline_of, document, str(template), item, method)
            if outline := _unless_dangling(read, f"{method.upper()} {path}", faults):
                yield outline


def _unless_dangling(read: Callable[[], Read], what: str, faults: list[str]) -> Read | None:
    """What is read, or None with the reason among the faults."""
    try:
        return read()
    except DocumentError as error:
        faults.append(f"{what} is not served. {error.message}")
        return None


def _outline_of(document: Mapping[str, Any], template: str, item: Mapping[str, Any], method: str) -> Outline | None:
    operation = subject(item.get(method))
    return _outline(document, template, item, method, operation) if isinstance(operation, Mapping) else None


def _outline(
    document: Mapping[str, Any], template: str, item: Mapping[str, Any], method: str, operation: Mapping[str, Any]
) -> Outline:
    base_path, refusal = read_server(document, item, operation)
    path = join_path(base_path, template)
    if path != clean(path, MAX_PATH):
        path, refusal = clean(path, MAX_PATH), f"its path is longer than {MAX_PATH} characters or is not a valid path"
    return Outline(
        operation_id=clean(operation.get("operationId"), MAX_NAME) or derive_operation_id(method, template),
        method=method.upper(),
        template=template,
        path=path,
        refusal=refusal,
        summary=clean(operation.get("summary") or operation.get("description")),
        tags=_tags(operation),
        deprecated=operation.get("deprecated") is True,
        parameters=tuple((str(p["name"]), p["in"]) for p in _parameter_nodes(item, operation)),
        has_body=operation.get("requestBody") is not None,
        guide=guide if isinstance(guide := plain(operation.get("x-guide")), Mapping) else {},
        source=source if (source := clean(operation.get("x-source"))) in SOURCES else "",
    )


def parse_operation(
    document: Mapping[str, Any],
    *,
    product: str,
    version: str,
    operation_id: str,
    template: str,
    method: str,
    defaults: Mapping[str, str] | None = None,
    corrections: Corrections = NOTHING,
) -> Operation:
    """The complete operation at a path template and method of a resolved document.

    `defaults` are values of headers by name, `corrections` what the document says wrongly of parameters.
    """
    item = subject(subject(document["paths"])[template])
    node = subject(item[method.lower()])
    base_path, refusal = read_server(document, item, node)
    body = subject(node.get("requestBody"))
    parameters = (_with_default(parse_parameter(p), defaults or {}) for p in _parameter_nodes(item, node))
    return Operation(
        product=product,
        version=version,
        operation_id=operation_id,
        method=method.upper(),
        path=join_path(base_path, template),
        refusal=refusal,
        summary=clean(node.get("summary") or node.get("description")),
        tags=_tags(node),
        deprecated=node.get("deprecated") is True,
        parameters=correct_all(parameters, corrections),
        request_body=_parse_body(body) if isinstance(body, Mapping) else None,
        responses=tuple(_parse_response(status, r) for status, r in members(node.get("responses"))),
        dialect="3.1" if str(document.get("openapi", "")).startswith("3.1") else "3.0",
    )


def _with_default(parameter: Parameter, defaults: Mapping[str, str]) -> Parameter:
    if parameter.location != "header" or parameter.name not in defaults:
        return parameter
    return replace(parameter, default=defaults[parameter.name])


def _tags(operation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(clean(tag, MAX_NAME) for tag in islice(operation.get("tags") or (), MAX_TAGS) if isinstance(tag, str))


def read_server(*levels: Mapping[str, Any]) -> tuple[str, str]:
    """The (base path, refusal) of the `servers` on document, path item and operation; refusal is empty or a reason.

    The most specific `servers` list applies, and its first server is used. Calls go to the customer's own
    host over https only, also where a document names that host with http; any other server gets a refusal.
    """
    url = "/"
    for level in levels:
        servers = subject(level.get("servers"))
        if isinstance(servers, list) and servers:
            server = subject(servers[0])
            url = str(server.get("url", "/")) if isinstance(server, Mapping) else "//"
    try:
        parts = urlsplit(url)
    except ValueError:
        return _UNREADABLE
    if url == "//":
        return _UNREADABLE
    base_path = join_path("", parts.path).rstrip("/")
    if not parts.scheme and not parts.netloc:
        return base_path, ""
    if not _CUSTOMER_HOST.match(parts.netloc):
        return base_path, f"its document names another host ({clean(parts.netloc)}), and only the customer's is used"
    if parts.scheme not in {"https", "http"}:
        return base_path, f"its document asks for {clean(parts.scheme)}, and only https is used"
    return base_path, ""


def join_path(base_path: str, template: str) -> str:
    """The joined path, which always begins with `/`: otherwise its text would extend the host name in the URL."""
    path = base_path + (template if template.startswith("/") or not template else f"/{template}")
    return path or "/"


def derive_operation_id(method: str, template: str) -> str:
    """An operationId for an operation without one: `GET /a/{b}/c` becomes `get-a-b-c`."""
    words = re.findall(r"[A-Za-z0-9]+", template)
    return "-".join([method.lower(), *(word.lower() for word in words)])


def parse_parameter(node: Mapping[str, Any]) -> Parameter:
    """The Parameter Object of a node, with the defaults of style, explode and required filled in."""
    location = cast("Location", node["in"])
    style = cast("Style", node.get("style") or DEFAULT_STYLE[location])
    explode = node.get("explode")
    media_type, schema = next(
        ((name, media.get("schema")) for name, media in members(node.get("content")) if isinstance(media, Mapping)),
        (None, node.get("schema")),
    )
    return Parameter(
        name=str(node["name"]),
        location=location,
        # Path parameters are always required, whatever a document says (OpenAPI 3.0.3, "Parameter Object").
        required=location == "path" or node.get("required") is True,
        style=style,
        # The default of explode is true for form style and false for all others (OpenAPI 3.0.3, "Parameter Object").
        explode=explode if isinstance(explode, bool) else style == "form",
        schema=_schema(schema),
        allow_reserved=node.get("allowReserved") is True,
        media_type=media_type,
        description=clean(node.get("description")),
        deprecated=node.get("deprecated") is True,
    )


def _parameter_nodes(item: Mapping[str, Any], operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The path item's parameters, overridden by the operation's own of the same name and location."""
    merged: dict[tuple[str, str], Mapping[str, Any]] = {}
    for level in (item, operation):
        for node in subject(level.get("parameters")) or ():
            parameter = subject(node)
            if isinstance(parameter, Mapping) and parameter.get("in") in DEFAULT_STYLE and is_name(parameter.get("name")):
                merged[(str(parameter["name"]), parameter["in"])] = parameter
    return list(merged.values())


def is_name(name: Any) -> bool:
    """True for a usable parameter or media type name: not empty, at most MAX_NAME characters, no control characters."""
    return name is not None and 0 < len(str(name)) <= MAX_NAME and visible(str(name)) == str(name)


def _parse_body(node: Mapping[str, Any]) -> RequestBody:
    return RequestBody(required=node.get("required") is True, content=_parse_content(node))


def _parse_response(status: str, node: Any) -> Response:
    if not isinstance(node, Mapping):
        return Response(status=status, content=())
    headers = tuple(name for name, _ in members(node.get("headers")) if is_name(name))
    return Response(status=clean(status.upper(), MAX_NAME), content=_parse_content(node), headers=headers)


def _parse_content(node: Mapping[str, Any]) -> tuple[MediaType, ...]:
    return tuple(
        MediaType(name=name, schema=_schema(media.get("schema")), encoding=plain(media.get("encoding") or {}))
        for name, media in members(node.get("content"))
        if isinstance(media, Mapping) and is_name(name)
    )


def _schema(node: Any) -> Mapping[str, Any]:
    schema = plain(node)
    if isinstance(schema, bool):  # JSON Schema 2020-12 section 4.3.2: true accepts everything, false nothing
        return {} if schema else {"not": {}}
    return schema if isinstance(schema, dict) else {}


def clean(text: Any, limit: int = MAX_CLEAN) -> str:
    """Text from a document, made safe to show: one line, no hidden characters, at most `limit` characters."""
    if not isinstance(text, str):
        return ""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
