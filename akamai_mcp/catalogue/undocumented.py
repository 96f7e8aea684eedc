"""Find the operation for a method and path: a known one if a template matches, else an undocumented one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import plain_effect
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import ArgumentError
from akamai_mcp.media_types import JSON_TYPE
from akamai_mcp.openapi.model import MediaType, Operation, Parameter, RequestBody
from akamai_mcp.openapi.paths import fold, normalize
from akamai_mcp.openapi.templates import names, segments

RAW_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
UNDOCUMENTED: Final = "undocumented"
MAX_PATH: Final = 8192
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}|\{[A-Za-z_][\w.-]*\})+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The operation at a method and path; `values` are the parameter values found in the path."""

    entry: Entry
    operation: Operation
    values: dict[str, Any]


def find_target(catalogue: Catalogue, method: str, path: str) -> Target:
    """The operation at a method and path on the customer's host. Raises ArgumentError."""
    method = method.upper()
    if method not in RAW_METHODS:
        raise ArgumentError(f"{method[:20]!r} is not a supported HTTP method.", advice=f"Use one of {', '.join(RAW_METHODS)}.")
    check_path(path)
    path = normalize(path)
    if found := catalogue.at_path(method, path):
        entry, values = found
        return Target(entry=entry, operation=catalogue.operation(entry), values=_without_placeholders(values, path))
    entry = undocumented_entry(method, path)
    return Target(entry=entry, operation=undocumented_operation(entry), values={})


def _without_placeholders(values: Mapping[str, str], path: str) -> dict[str, Any]:
    """The values without those that a path such as `/zones/{zone}` leaves to the arguments."""
    open_values = [f"{{{name}}}" for name in names(path)]
    return {name: value for name, value in values.items() if not any(one in value for one in open_values)}


def check_path(path: str) -> None:
    """Refuse hosts, queries, dot segments in any encoding (RFC 3986 section 3.3) and invalid UTF-8. Raises ArgumentError."""
    if len(path) > MAX_PATH:
        raise ArgumentError(f"The path is longer than {MAX_PATH} characters.", advice="Give the path of one resource.")
    segments = [unquote(segment) for segment in path.removesuffix("/").split("/")[1:]]
    climbs = any(segment in {"", ".", ".."} or "/" in segment or "\\" in segment for segment in segments)
    if not _PATH.match(path) or climbs or not _is_utf8(path):
        raise ArgumentError(
            f"{path[:120]!r} is not a path on the customer's host.",
            advice="Start with /, percent-encode values, and put the query in queryParams. Example: /papi/v1/properties.",
        )


def _is_utf8(path: str) -> bool:
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def undocumented_entry(method: str, path: str) -> Entry:
    """The entry of an undocumented path: GET and HEAD count as reads, every other method as destructive."""
    return Entry(
        name="akamai_raw_request",
        product=UNDOCUMENTED,
        # Folded, because limits and circuits go by it.
        version="-".join(segments(fold(path))[:2]),
        operation_id=f"{method} {path}",
        method=method,
        template=path,
        path=path,
        document="",
        summary="Undocumented request",
        ask=(),
        tags=(),
        parameters=names(path),
        # Nothing is known of the operation, so everything but a read needs confirmation.
        effect=plain_effect("read" if method in {"GET", "HEAD"} else "destroy"),
        secret=False,
        reveals=False,
        outcome="",
        # Nothing says how long the response stays valid.
        cache="never",
        touches=(),
        refusal="",
        deprecated=False,
        has_body=True,
        paginatable=False,
        replaces=method == "PUT",
    )


def undocumented_operation(entry: Entry) -> Operation:
    """The operation of an undocumented entry: its placeholders as path parameters, any query, a JSON body."""
    return Operation(
        product=entry.product,
        version=entry.version,
        operation_id=entry.operation_id,
        method=entry.method,
        path=entry.path,
        refusal="",
        summary=entry.summary,
        tags=(),
        deprecated=False,
        parameters=tuple(
            Parameter(name=name, location="path", required=True, style="simple", explode=False, schema={})
            for name in entry.parameters
        ),
        request_body=RequestBody(required=False, content=(MediaType(name=JSON_TYPE, schema={}),)),
        responses=(),
        dialect="3.0",
    )
