"""Serve collections with a set number of items, page by page, by each operation's own parameters.

This module is written from the documents, independently of the server's page rules, so that each can test the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any, Final, Literal, assert_never
from urllib.parse import urlencode

from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.examples.matching import types_of
from akamai_mcp.sandbox.examples.shapes import Schema, find_list, put_at
from akamai_mcp.sandbox.examples.values import example, flatten
from akamai_mcp.sandbox.responses import json_schema

Kind = Literal["offset", "page", "cursor", "each", "event", "time", "name", "sequence"]
Answered = tuple[int, Any]

ITEM: Final = "sandboxItem"
SIZES: Final = ("limit", "pageSize", "size", "numItemsPerPage")
# Products whose first page is 0.
ZERO_BASED: Final = frozenset({"client-lists", "cloudlets", "dcp-api", "etp-config"})
LINKED: Final = frozenset({"case-management", "cloudlets", "event-viewer"})
UNDECLARED: Final = frozenset(
    {"get-app-services", "get-app-versions", "get-device-history", "get-groups-per-app", "get-httpcd-data", "get-httpdl-data",
     "get-msod-pmd-data", "get-ocp-data"}
)  # fmt: skip
# The document's example of this operation links to a path that does not exist.
MISNAMED: Final = "papi/v1#get-property-hostname-activations"
# Stated in the operation's description only.
DEFAULT_SIZES: Final[Mapping[str, int]] = {"papi/v1#get-property-versions": 500}
FIRST_TIME: Final = 1_750_000_000_000
FIRST_SEQUENCE: Final = 5
SEQUENCE_STEP: Final = 3


@dataclass(slots=True, kw_only=True)
class Collections:
    """The number of items of every collection (None: as in its example) and the default page size."""

    items: int | None = None
    page_size: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """The parameters that select an operation's page and its size."""

    kind: Kind
    position: str
    size: str = ""
    at: Literal["query", "body"] = "query"


SPECIAL: Final[Mapping[str, Pager]] = {
    "ccm/v2#get-lineages": Pager(kind="cursor", position="after", size="pageSize"),
    # Real parameters that the document does not have.
    "cloudlets/v2#get-policies": Pager(kind="offset", position="offset", size="pageSize"),
    "cloudlets/v2#get-policy-versions": Pager(kind="offset", position="offset", size="pageSize"),
    "cloudlets/v2#get-policy-activations": Pager(kind="each", position="offset", size="pageSize"),
    "datastore/v1#get-datastore": Pager(kind="name", position="from_name", size="limit"),
    "edge-data-stream/v1#get-topic": Pager(kind="sequence", position="offset", size="limit"),
    "event-viewer/v1#get-events": Pager(kind="event", position="beforeEventId"),
    "ota/v1#get-download-notifications": Pager(kind="time", position="start"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a collection on one page; `following` are the parameters of the next page."""

    start: int
    stop: int
    size: int
    total: int
    position: int
    following: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """The number of pages of the collection."""
        return max(ceil(self.total / self.size), 1)


def pager_of(operation: Operation) -> Pager | None:
    """The pager of an operation, or None if it has no pages."""
    if operation.key in SPECIAL:
        return SPECIAL[operation.key]
    if operation.method == "POST":
        return _body_pager(operation)
    if operation.operation_id in UNDECLARED and operation.product in {"crux", "media-delivery-reports", "media-reports"}:
        return Pager(kind="offset", position="offset", size="limit")
    types = {p.name: types_of(p.schema) for p in operation.parameters_in("query")}
    size = next((name for name in SIZES if name in types), "")
    kinds: tuple[tuple[str, Kind], ...] = (("cursor", "cursor"), ("offset", "offset"), ("page", "page"), ("pageNumber", "page"))
    wanted = "integer" if size else ""
    return next(
        (
            Pager(kind=kind, position=name, size=size)
            for name, kind in kinds
            if name in types and (kind == "cursor" or wanted in types[name])
        ),
        None,
    )


def _body_pager(operation: Operation) -> Pager | None:
    content = operation.request_body.content if operation.request_body else ()
    fields = content[0].schema.get("properties", {}) if content else {}
    answered = flatten(json_schema(operation) or {}).get("properties", {})
    paged = {"pageNumber", "pageSize"} <= fields.keys() and "pageInfo" in answered
    return Pager(kind="page", position="pageNumber", size="pageSize", at="body") if paged else None


def serve_page(
    operation: Operation, path: str, query: Mapping[str, Sequence[str]], body: Any, collections: Collections
) -> Answered | None:
    """The status and value of a page of an operation's collection, or None if it has no pages."""
    pager = pager_of(operation)
    if pager is None:
        return None
    values = {name: texts[0] for name, texts in query.items()}
    arguments = body if pager.at == "body" and isinstance(body, dict) else values
    if {"afterEventId", "beforeEventId"} <= arguments.keys():
        return HTTPStatus.BAD_REQUEST, "Use only one of afterEventId and beforeEventId."
    try:
        window = _window(operation, pager, arguments, collections)
    except ValueError:
        return HTTPStatus.BAD_REQUEST, f"{pager.position} or {pager.size} is not valid for this collection."
    repeated = {name: value for name, value in values.items() if name != "afterEventId"}
    href = f"{path}?{urlencode({**repeated, **window.following})}" if window.following else ""
    return HTTPStatus.OK, _body(operation, pager, window, href)


def _window(operation: Operation, pager: Pager, arguments: Mapping[str, Any], collections: Collections) -> Window:
    total = collections.items or 0
    size = _size(operation, pager, arguments, collections)
    first = 0 if operation.product in ZERO_BASED or pager.kind != "page" else 1
    position = arguments.get(pager.position)
    start = _start(pager.kind, position, size, first)
    stop = min(start + (2 * size if pager.kind == "each" else size), total)
    following = _following(pager.kind, start // size + 1 + first if pager.kind == "page" else stop)
    ends = stop >= total and pager.kind != "time"
    return Window(
        start=start,
        stop=max(stop, start),
        size=size,
        total=total,
        position=start // size + first if pager.kind == "page" else start,
        following={} if ends else {pager.position: following, **({pager.size: size} if pager.size else {})},
    )


def _size(operation: Operation, pager: Pager, arguments: Mapping[str, Any], collections: Collections) -> int:
    schema = next((p.schema for p in operation.parameters_in("query") if p.name == pager.size), {})
    default = DEFAULT_SIZES.get(operation.key) or schema.get("default") or collections.page_size
    size = int(arguments.get(pager.size) or default)
    return min(size, int(schema.get("maximum", size)))


def _start(kind: Kind, position: Any, size: int, first: int) -> int:
    """The number of the first item at a position."""
    if position is None or position == "":
        return 0
    match kind:
        case "page":
            return max(int(position) - first, 0) * size
        case "cursor" | "name":
            return int(str(position).rpartition("-")[2])
        case "event":
            return int(str(position).rpartition("-")[2]) + 1
        case "time":
            return max(int(position) - FIRST_TIME, 0)
        case "sequence":
            return max(ceil((int(position) - FIRST_SEQUENCE) / SEQUENCE_STEP), 0)
        case "each":
            return 2 * int(position)
        case "offset":
            return int(position)
        case _:
            assert_never(kind)


def _following(kind: Kind, number: int) -> Any:
    """The position of an item or a page."""
    match kind:
        case "cursor":
            return f"c-{number}"
        case "event":
            return f"event-{number - 1}"
        case "time":
            return FIRST_TIME + number
        case _:
            return number


def _body(operation: Operation, pager: Pager, window: Window, href: str) -> Any:
    schema = json_schema(operation) or {}
    found = None if pager.kind == "name" or operation.product == "crux" else _list(schema)
    path, inner = found or ((), schema)
    # No document says what such an answer has: Akamai's client reads the next cursor beside a list.
    model = example(inner) if schema else {}
    items = [_item(model, number) for number in range(window.start, window.stop)]
    if operation.product == "crux":
        return {"meta": _crux_meta(window), "objects": items}
    if not schema:
        return {"items": items, "nextCursor": window.following.get(pager.position)}
    if pager.kind == "name" or not path:
        return items
    return _restated(put_at(example(schema), path, items), schema, {**_facts(window), **_links(operation, href)})


def _list(schema: Schema) -> tuple[tuple[str, ...], Schema] | None:
    rows = schema.get("properties", {}).get("rows")
    if rows is not None:
        return ("rows",), rows.get("items", {})
    node = find_list(schema)
    return (node.path, node.schema) if node is not None else None


def _item(model: Any, number: int) -> Any:
    """The example item, made unique by its number."""
    if isinstance(model, dict):
        named = {
            "fileName": f"file-{number:06d}",
            "eventId": f"event-{number}",
            "topicSequenceNumber": FIRST_SEQUENCE + SEQUENCE_STEP * number,
        }
        return {**model, **{name: value for name, value in named.items() if name in model}, ITEM: number}
    return [str(number)] if isinstance(model, list) else number


def _crux_meta(window: Window) -> dict[str, Any]:
    following = f"?{urlencode(window.following)}" if window.following else None
    return {
        "limit": window.size,
        "next": following,
        "offset": window.start,
        "previous": None,
        "total_count": window.total,
    }


def _links(operation: Operation, href: str) -> dict[str, Any]:
    """The links to the next page: `nextLink`, and `links` for products that use them for pages."""
    address = href.replace("/hostname-activations", "/hostnames-activation") if operation.key == MISNAMED else href
    relations = {"self": operation.path, **({"next": href} if href else {})}
    links = [{"href": target, "rel": relation} for relation, target in relations.items()]
    return {"nextLink": address or None, **({"links": links} if operation.product in LINKED else {})}


def _restated(answer: Any, schema: Schema, facts: Mapping[str, Any]) -> Any:
    """An example with the page's own metadata, at the top and one level below."""
    properties = flatten(schema).get("properties", {})
    boxes = {name: _with_facts(box, properties.get(name, {}), facts) for name, box in answer.items() if isinstance(box, dict)}
    return {**_with_facts(answer, schema, facts), **boxes}


def _with_facts(box: Mapping[str, Any], schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    properties = flatten(schema).get("properties", {})
    known = {name: value for name, value in facts.items() if name in properties and "properties" not in properties[name]}
    return {name: value for name, value in {**box, **known}.items() if value is not None or name not in facts}


def _facts(window: Window) -> dict[str, Any]:
    totals = dict.fromkeys(
        ("totalElements", "totalItems", "totalSize", "totalCount", "totalRecords", "totalResultsCount"), window.total
    )
    counts = dict.fromkeys(("totalPages", "totalPageCount", "lastPage"), window.pages)
    positions = dict.fromkeys(("page", "pageNumber", "number", "offset"), window.position)
    sizes = dict.fromkeys(("pageSize", "size", "limit"), window.size)
    return {
        **totals,
        **counts,
        **positions,
        **sizes,
        "currentItemCount": window.stop - window.start,
        "hasMoreData": bool(window.following),
        "nextPageStart": window.following.get("start"),
    }
