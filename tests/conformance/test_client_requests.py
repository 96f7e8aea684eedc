"""The requests that Akamai's own Go client puts on the wire, made again from the same values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import pytest
from samples import no_file, whole

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, argument_keys, place, place_raw
from akamai_mcp.request.builder import Request, build_request

ROWS: Final = Path(__file__).parents[3] / "shared" / "conformance" / "client_requests.jsonl"
REQUESTS: list[dict[str, Any]] = [json.loads(line) for line in ROWS.read_text().splitlines()] if ROWS.is_file() else []
# The client ends these with a slash that the document does not have; the data's README takes either.
SLASH_OR_NOT: Final = {"appsec/v1#get-policies"}

pytestmark = pytest.mark.skipif(not REQUESTS, reason=f"the captured requests are not here ({ROWS})")


def wanted_body(row: dict[str, Any]) -> Any:
    return ABSENT if row["body"] is None else row["body"]


def raw_request(operation: Operation, row: dict[str, Any]) -> Request:
    """The request of `akamai_raw_request`: values sorted by location, and the client's own headers."""
    headers = {"Accept": row["accept"]} | ({"Content-Type": row["content_type"]} if row["body"] is not None else {})
    placed = place_raw(operation, path=row["path_params"], query=row["query_params"], headers=headers, body=wanted_body(row))
    return build_request(operation, placed, no_file)


def tool_request(operation: Operation, row: dict[str, Any]) -> Request:
    """The request of the operation's own tool: flat arguments under the keys that the tool shows."""
    keys = {(parameter.location, parameter.name): key for key, parameter in argument_keys(operation).items()}
    arguments: dict[str, Any] = {"accept": row["accept"]}
    arguments |= {keys[("path", name)]: value for name, value in row["path_params"].items()}
    arguments |= {keys[("query", name)]: value for name, value in row["query_params"].items()}
    if row["body"] is not None:
        arguments |= {"body": row["body"], "contentType": row["content_type"]}
    return build_request(operation, place(operation, arguments), no_file)


def parts(target: str, row: dict[str, Any]) -> tuple[list[str], Counter[tuple[str, str]]]:
    """The decoded segments of a target and its query's pairs, whose order means nothing."""
    path, _, query = target.partition("?")
    path = path.removesuffix("/") if row["operation"] in SLASH_OR_NOT else path
    return [unquote(segment) for segment in path.split("/")], Counter(parse_qsl(query, keep_blank_values=True))


def content_of(request: Request, row: dict[str, Any]) -> Any:
    """The body as the row has it: decoded JSON, or text where that is what the row has."""
    if request.content is None:
        return None
    content = whole(request.content)
    return content.decode() if isinstance(row["body"], str) else json.loads(content)


def bare_request(operation: Operation, row: dict[str, Any]) -> Request:
    """The request without the client's choice of headers, and without its body."""
    return build_request(operation, place_raw(operation, path=row["path_params"], query=row["query_params"], headers={}), no_file)


def target_of(request: Request, row: dict[str, Any]) -> tuple[Any, ...]:
    return request.method, parts(request.target, row)


def target_in(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["method"], parts(row["target"], row)


def whole_of(request: Request, row: dict[str, Any]) -> tuple[Any, ...]:
    headers = {name.lower(): value for name, value in request.headers}
    return (*target_of(request, row), content_of(request, row), headers["accept"], headers.get("content-type"))


def whole_in(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*target_in(row), row["body"], row["accept"], row["content_type"] if row["body"] is not None else None)


def test_all_321_requests_are_here() -> None:
    assert len(REQUESTS) == 321


@pytest.mark.parametrize(
    ("make", "found", "wanted"),
    [(raw_request, whole_of, whole_in), (tool_request, whole_of, whole_in), (bare_request, target_of, target_in)],
    ids=["from sorted values", "from the tools' flat arguments", "without its choice of headers"],
)
def test_the_clients_requests_are_made(
    catalogue: Catalogue,
    make: Callable[[Operation, dict[str, Any]], Request],
    found: Callable[[Request, dict[str, Any]], Any],
    wanted: Callable[[dict[str, Any]], Any],
) -> None:
    made = [(row, found(make(catalogue.operation(catalogue.get(row["operation"])), row), row)) for row in REQUESTS]
    assert [(row["id"], one, wanted(row)) for row, one in made if one != wanted(row)] == []
