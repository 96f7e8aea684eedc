from __future__ import annotations

import tracemalloc
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import body, operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError, UpstreamTimeout
from akamai_mcp.openapi.model import MediaType, Operation, Response
from akamai_mcp.pipeline.call import Response as Arrived
from akamai_mcp.request.arguments import ABSENT, Placed, argument_keys
from akamai_mcp.result.answer import Answer, to_answer
from akamai_mcp.result.page_rules import PageRule, answer_rule, find_page_rule
from akamai_mcp.result.page_steps import FOREIGN, UNREAD_BODY, PageResult, Step, begin, find_list, next_step, to_page
from akamai_mcp.result.paging import (
    MAX_COLLECTED_BYTES,
    NO_LIST,
    REPEATED_CALL,
    REPEATED_PAGE,
    TOO_LARGE,
    Paged,
    collect_pages,
    note_more,
    note_single,
    take_undeclared,
)

HOST = "akab-1.example"
PATH = "/papi/v1/properties/{propertyId}/hostnames"
KEYS = {name: name for name in ("offset", "limit", "page", "pageSize", "cursor", "groupId", "ids")}
OFFSET = PageRule(style="offset", position="offset", size="limit", items="items", path=PATH, keys=KEYS)
PAGE = PageRule(style="page", position="page", size="pageSize", first=1, page_size=2, items="items", path=PATH, keys=KEYS)
CURSOR = PageRule(style="cursor", position="cursor", next_from="nextCursor", items="items", path=PATH, keys=KEYS)
LINK = PageRule(style="link", path=PATH, keys=KEYS)


def rule_of(catalogue: Catalogue, key: str) -> PageRule | None:
    """The rule of an operation in the documents, with what the guide says of it."""
    entry = catalogue.get(key)
    return find_page_rule(catalogue.operation(entry), entry.pages)


def following(rule: PageRule, placed: Placed, page: PageResult) -> Placed | None:
    """The call for the page after this one, or None at the end."""
    return next_step(rule, placed, page).placed


def a_page(content: Any, *, headers: Iterable[tuple[str, str]] = (), size: int = 0) -> PageResult:
    answer = Answer(content={"status": 200, "body": content}, size=size)
    return PageResult(answer=answer, headers=tuple(headers), host=HOST)


def a_failure(status: int = 503) -> PageResult:
    return PageResult(answer=Answer(content={"status": status}, is_error=True))


def a_call(path: Mapping[str, Any] | None = None, **query: Any) -> Placed:
    return Placed(path=path or {"propertyId": "prp_1"}, query=query)


def serve(*pages: Any) -> tuple[Callable[[Placed], Awaitable[PageResult]], list[Placed]]:
    """A fetch that gives these pages one after the other, and what it was asked."""
    left, asked = list(pages), []

    async def fetch(placed: Placed) -> PageResult:
        asked.append(placed)
        page = left.pop(0)
        if isinstance(page, Exception):
            raise page
        return page if isinstance(page, PageResult) else a_page(page)

    return fetch, asked


def paged_operation(*names: str, schema: Mapping[str, Any] | None = None, **more: Any) -> Operation:
    parameters = [parameter(name, schema={"type": "integer"}) for name in names]
    media = MediaType(name="application/json", schema=schema or {"type": "array", "items": {"type": "object"}})
    return operation(*parameters, responses=(Response(status="200", content=(media,)),), **more)


def test_the_names_that_a_rule_uses_are_arguments_of_its_operation_or_undeclared(catalogue: Catalogue):
    found = ((catalogue.operation(entry), entry.pages) for entry in catalogue.entries())
    for one, note in found:
        if (rule := find_page_rule(one, note)) and rule.at == "query":
            used = [name for name in (rule.position, rule.size) if name and name not in rule.undeclared]
            assert {rule.keys[name] for name in used} <= argument_keys(one).keys(), one.key


@pytest.mark.parametrize(
    "key",
    [
        "reporting-api/v1#get-report-version-data",  # start and end are times, and the page that it answers cannot be asked for
        "config-dns/v2#get-zone-versions-diff",  # from and to are versions
        "contract-api/v1#get-contract-product-summaries",  # from and to are dates
        "imaging/v2#get-images",  # a limit without an offset
        "imaging/v2#get-errors",  # size is a width in pixels
        "crux/v1#get-application-reports",
        "edgekv/v1#get-group-items",  # maxItems of a random choice
        "edge-data-stream/v1#get-topic-group",  # reading acknowledges
        "siem/v1#get-config",  # a stream of lines, its offset in the last one
        "etp-report/v3#get-events-details",  # answers a page number and does not say how to ask for one
        "papi/v1#get-property-hostname-activation",
        "papi/v1#delete-property-hostname-activations",
        "cloudlets/v3#get-policy",  # links of an item
        "crux/v1#post-directory",  # a body that holds a limit and an offset
        "config-dns/v2#get-keys",
    ],
)
def test_parameters_that_only_look_like_paging_give_no_rule(catalogue: Catalogue, key: str):
    assert rule_of(catalogue, key) is None


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        (
            "config-dns/v2#get-zones",
            {
                "style": "page",
                "position": {"name": "page", "in": "query"},
                "size": {"name": "pageSize", "in": "query"},
                "first": 1,
                "pageSize": 25,
                "items": "zones",
            },
        ),
        (
            "etp-report/v3#post-threat-event-details",
            {
                "style": "page",
                "position": {"name": "pageNumber", "in": "body"},
                "size": {"name": "pageSize", "in": "body"},
                "first": 1,
                "items": "dataRows",
                "total": "pageInfo.totalRecords",
            },
        ),
        ("event-viewer/v1#get-events", {"style": "link", "items": "events"}),
    ],
)
def test_a_rule_is_shown_in_plain_words(catalogue: Catalogue, key: str, facts: dict[str, Any]):
    rule = rule_of(catalogue, key)
    assert rule is not None
    assert rule.as_json() == facts


@pytest.mark.parametrize(
    ("names", "style"),
    [
        (("offset", "limit"), "offset"),
        (("page", "perPage"), "page"),
        (("page_number", "page_size"), "page"),
        (("limit",), None),
        (("offset",), None),
        (("start", "end", "limit"), None),
    ],
)
def test_a_position_pages_only_with_a_size(names: tuple[str, ...], style: str | None):
    rule = find_page_rule(paged_operation(*names), None)
    assert (rule.style if rule else None) == style


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD"])
def test_only_reads_are_paged_by_their_query(method: str):
    assert find_page_rule(paged_operation("offset", "limit", method=method), None) is None
    assert answer_rule(paged_operation(method=method)) is None


@pytest.mark.parametrize(
    ("name", "schema", "style", "next_from"),
    [
        ("cursor", {"properties": {"items": {"type": "array"}, "nextCursor": {"type": "string"}}}, "cursor", "nextCursor"),
        ("other", {"properties": {"items": {"type": "array"}, "nextLink": {"type": "string"}}}, "link", ""),
        ("other", {"properties": {"list": {"properties": {"nextLink": {"type": "string"}}}}}, "link", ""),
    ],
)
def test_a_cursor_or_a_next_link_in_the_schema_is_a_rule(name: str, schema: dict[str, Any], style: str, next_from: str):
    media = MediaType(name="application/json", schema=schema)
    rule = find_page_rule(operation(parameter(name), responses=(Response(status="200", content=(media,)),)), None)
    assert rule is not None
    assert (rule.style, rule.next_from) == (style, next_from)


@pytest.mark.parametrize("kind", ["string", "integer"])
@pytest.mark.parametrize(
    ("name", "told"),
    [("start", "nextPageStart"), ("cursor", "nextCursor"), ("cursor", "next_cursor"), ("pageToken", "nextPageToken")],
)
def test_what_an_answer_says_of_the_next_page_goes_into_its_parameter(name: str, told: str, kind: str):
    answered = {"properties": {"items": {"type": "array"}, "paging": {"properties": {told: {"type": kind}}}}}
    media = MediaType(name="application/json", schema=answered)
    paged = operation(parameter(name, schema={"type": kind}), responses=(Response(status="200", content=(media,)),))
    rule = find_page_rule(paged, None)
    assert rule is not None
    assert (rule.style, rule.position, rule.next_from) == ("cursor", name, f"paging.{told}")
    assert following(rule, a_call(), a_page({"items": [1], "paging": {told: "b"}})) == a_call(**{name: "b"})


@pytest.mark.parametrize("told", ["nextPageStart", "nextCursor", "next_cursor", "nextPageToken"])
def test_a_cursor_that_no_schema_names_is_found_by_the_names_of_the_field(told: str):
    rule = replace(CURSOR, next_from="")
    assert following(rule, a_call(), a_page({"items": [1], told: "b"})) == a_call(cursor="b")


def test_a_body_with_a_page_number_pages_only_where_the_answer_counts():
    fields = {"properties": {"pageNumber": {"type": "integer"}, "pageSize": {"type": "integer"}}}
    request = body(MediaType(name="application/json", schema=fields))
    counted = {"properties": {"rows": {"type": "array"}, "pageInfo": {"properties": {"totalRecords": {"type": "integer"}}}}}
    paged = find_page_rule(paged_operation(method="POST", request_body=request, schema=counted), None)
    assert paged is not None
    assert (paged.at, paged.position, paged.items) == ("body", "pageNumber", "rows")
    assert find_page_rule(paged_operation(method="POST", request_body=request), None) is None


@pytest.mark.parametrize(
    "address",
    [
        "/papi/v1/properties/prp_1/hostnames?offset=2&limit=2",
        "/papi/v1/properties/prp_1/hostnames/?offset=2&limit=2",
        f"https://{HOST}/papi/v1/properties/prp_1/hostnames?offset=2&limit=2",
        "/properties/1/hostnames?offset=2&limit=2&accountSwitchKey=other",
        "?limit=2&offset=2",
    ],
)
@pytest.mark.parametrize("place", ["nextLink", "meta", "links", "_links", "header"])
def test_only_the_query_of_a_next_link_is_followed(address: str, place: str):
    contents = {
        "nextLink": {"nextLink": address},
        "meta": {"meta": {"next": address}},
        "links": {"links": [{"rel": "self", "href": "/x"}, {"rel": "next", "href": address}]},
        "_links": {"_links": {"next": {"href": address}}},
        "header": {},
    }
    headers = [("link", f'<https://elsewhere.example/>; rel="last", <{address}>; rel="next"')] if place == "header" else []
    page = a_page({"items": [1, 2], **contents[place]}, headers=headers)
    assert following(OFFSET, a_call(limit=2, groupId="grp_1"), page) == a_call(limit=2, groupId="grp_1", offset=2)


@pytest.mark.parametrize("relation", ["rel=next", "rel=NEXT", 'rel="prev next"', 'title="x"; rel="next"'])
def test_a_link_header_may_be_written_in_several_ways(relation: str):
    page = a_page([{}], headers=[("Link", f"<?cursor=b>; {relation}")])
    assert following(LINK, a_call(), page) == a_call(cursor="b")


@pytest.mark.parametrize(
    "linked",
    [
        {"nextLink": "?cursor=b"},
        {"next": "?cursor=b"},
        {"next_page": "?cursor=b"},
        {"nextUrl": "?cursor=b"},
        {"meta": {"next": "?cursor=b"}},
        {"links": [{"rel": "self", "href": "/x"}, {"rel": "next", "href": "?cursor=b"}]},
        {"links": {"next": "?cursor=b"}},
        {"_links": {"next": {"href": "?cursor=b"}}},
        {"_links": {"self": {"href": "/x"}, "next": {"href": "?cursor=b"}}},
    ],
)
def test_a_next_link_is_found_where_nothing_else_names_the_next_page(linked: dict[str, Any]):
    assert following(LINK, a_call(), a_page({"items": [1], **linked})) == a_call(cursor="b")


@pytest.mark.parametrize(
    "linked",
    [
        {"nextLink": ""},
        {"nextLink": None},
        {"links": [{"rel": "prev", "href": "?cursor=a"}]},
        {"_links": {"self": {"href": "/x"}}},
        {"links": "?cursor=b"},
    ],
)
def test_without_a_next_link_there_is_no_next_page(linked: dict[str, Any]):
    assert following(LINK, a_call(), a_page({"items": [1], **linked})) is None


@pytest.mark.parametrize("relation", ['rel="nextpage"', "rel=prev", "", 'title="next"'])
def test_a_link_header_of_another_relation_is_not_the_next_page(relation: str):
    assert following(LINK, a_call(), a_page([{}], headers=[("link", f"<?cursor=b>; {relation}")])) is None


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/papi/v1/properties/prp_1/hostnames?offset=2",
        "http://akab-1.example/papi/v1/properties/prp_1/hostnames?offset=2",
        "//elsewhere.example/papi/v1/properties/prp_1/hostnames?offset=2",
        "/papi/v1/properties/prp_2/hostnames?offset=2",
        "/papi/v1/properties/prp_1/versions?offset=2",
        "/other/papi/v1/properties/prp_1/hostnames?offset=2",
        "file:///etc/passwd?offset=2",
        "https://[",
        "",
        "/papi/v1/properties/prp_1/hostnames",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(address: str):
    page = a_page({"items": [1, 2], "nextLink": address})
    assert following(LINK, a_call(), page) is None
    assert bool(next_step(LINK, a_call(), page).note) == bool(address)


def test_the_counts_decide_if_a_link_leads_elsewhere():
    page = a_page({"items": [1, 2], "nextLink": "https://elsewhere.example/?offset=9", "totalItems": 5})
    assert following(OFFSET, a_call(limit=2), page) == a_call(limit=2, offset=2)


def test_a_link_changes_the_parameters_it_has_and_keeps_equal_values_as_they_were():
    page = a_page({"items": [1], "nextLink": "?limit=20&ids=1&ids=2&token=x&groupId=grp_2"})
    moved = following(LINK, a_call(limit="20", ids=["1", "2"], groupId="grp_1"), page)
    assert moved is not None
    assert (moved.query, moved.extra_query) == ({"limit": "20", "ids": ["1", "2"], "groupId": "grp_2"}, {"token": "x"})


@pytest.mark.parametrize(
    ("content", "goes_on"),
    [
        ({"items": [1, 2], "totalItems": 3}, True),
        ({"items": [1, 2], "totalItems": 2}, False),
        ({"items": [1, 2], "hasMoreData": False, "totalItems": 9}, False),
        ({"items": [1, 2], "metadata": {"hasMoreData": True}, "limit": 3}, True),
        ({"items": [1, 2]}, True),
        ({"items": [1]}, False),
        ({"items": [], "totalItems": 9}, False),
        ({"items": [1, 2], "nextLink": None, "totalItems": 3}, True),
        ({"items": [1, 2], "nextLink": None}, False),
        ({"items": [1, 2], "meta": {"limit": 3}}, False),
        ({"items": "none"}, False),
        ("text", False),
        (None, False),
    ],
)
def test_counts_say_whether_a_page_follows(content: Any, goes_on: bool):
    assert following(OFFSET, a_call(limit=2), a_page(content)) == (a_call(limit=2, offset=2) if goes_on else None)


@pytest.mark.parametrize(
    ("content", "goes_on"),
    [
        ({"items": [1, 2], "page": {"number": 2, "totalPages": 3}}, True),
        ({"items": [1, 2], "metadata": {"page": 2, "lastPage": 2}}, False),
        ({"items": [1, 2], "totalSize": 4}, False),
        ({"items": [1, 2], "totalSize": 5}, True),
        # Three a page were said and two came: there may be more than the arithmetic says.
        ({"items": [1, 2], "pageSize": 3, "totalSize": 4}, True),
    ],
)
def test_pages_are_counted_from_the_first(content: Any, goes_on: bool):
    assert following(PAGE, a_call(page=2), a_page(content)) == (a_call(page=3) if goes_on else None)


def test_a_page_is_full_at_the_most_that_the_api_gives():
    rule = replace(OFFSET, max_size=2)
    assert following(rule, a_call(limit=50), a_page({"items": [1, 2]})) == a_call(limit=50, offset=2)
    assert following(rule, a_call(limit=50), a_page({"items": [1]})) is None


def test_the_page_number_in_a_response_counts_if_none_was_requested():
    assert following(PAGE, a_call(), a_page({"items": [1, 2], "page": 0})) == a_call(page=1)
    assert following(PAGE, a_call(page="4"), a_page({"items": [1, 2], "page": 0})) == a_call(page=5)


def test_the_number_of_a_page_is_no_offset():
    assert following(PAGE, a_call(), a_page({"items": [1, 2], "number": 0})) == a_call(page=1)
    assert following(OFFSET, a_call(), a_page({"items": [1, 2], "number": 7})) == a_call(offset=2)


@pytest.mark.parametrize(
    ("rule", "stated", "goes_on"),
    [
        (OFFSET, {"limit": 3}, True),
        (OFFSET, {"limit": 4}, False),
        (OFFSET, {"pageSize": 4}, False),
        (OFFSET, {"page_size": 3}, True),
        (OFFSET, {"size": 4}, True),  # of something else, such as the whole list
        (replace(PAGE, page_size=None), {"size": 4}, False),
        (replace(PAGE, page_size=None), {"size": 3}, True),
        (replace(PAGE, page_size=4), {}, False),
        (replace(PAGE, page_size=4), {"pageSize": 3}, True),
    ],
)
def test_a_page_is_full_at_the_size_that_the_answer_states(rule: PageRule, stated: dict[str, int], goes_on: bool):
    assert (following(rule, a_call(), a_page({"items": [1, 2, 3], **stated})) is not None) is goes_on


@pytest.mark.parametrize(("asked", "most", "goes_on"), [(3, None, True), (4, None, False), (9, 3, True), (9, 4, False)])
def test_without_a_stated_size_the_requested_one_counts_up_to_the_largest(asked: int, most: int | None, goes_on: bool):
    rule = replace(OFFSET, page_size=100, max_size=most)
    assert (following(rule, a_call(limit=asked), a_page({"items": [1, 2, 3]})) is not None) is goes_on


def test_a_cursor_is_taken_from_the_answer():
    assert following(CURSOR, a_call(), a_page({"items": [1], "nextCursor": "b"})) == a_call(cursor="b")
    assert following(CURSOR, a_call(), a_page({"items": [1], "nextCursor": None})) is None


async def test_pages_become_one_body_and_the_rest_of_the_first_stays():
    rule = PageRule(style="offset", position="offset", size="limit", items="versions.items", path=PATH, keys=KEYS)
    first = {"id": 7, "versions": {"items": [1, 2], "totalItems": 3, "kind": "v"}}
    fetch, asked = serve(first, {"id": 8, "versions": {"items": [3], "totalItems": 3}})
    paged = await collect_pages(rule, a_call(), fetch)
    assert paged.body == {"id": 7, "versions": {"items": [1, 2, 3], "totalItems": 3, "kind": "v"}}
    assert paged.as_json() == {"pages": 2, "items": 3, "more": False, "total": 3}
    assert paged.answer.content == {"status": 200, "_pages": paged.as_json(), "body": paged.body}
    assert first["versions"]["items"] == [1, 2]
    assert [call.query.get("offset") for call in asked] == [None, 2]


async def test_a_list_that_is_the_whole_answer_is_joined():
    fetch, _ = serve([{"a": 1}, {"a": 2}], [{"a": 3}], [])
    rule = PageRule(style="offset", position="offset", size="limit", items="", path=PATH, keys=KEYS)
    assert (await collect_pages(rule, a_call(), fetch)).body == [{"a": 1}, {"a": 2}, {"a": 3}]


async def test_a_response_with_a_next_link_is_paged_without_a_rule():
    rule = answer_rule(paged_operation("cursor", path="/pets"))
    assert rule is not None
    pages = ({"links": [1], "pets": [{"n": 1}], "nextLink": "/pets?cursor=2"}, {"links": [], "pets": [{"n": 2}]})
    fetch, asked = serve(*pages)
    paged = await collect_pages(rule, Placed(), fetch)
    assert (paged.body["pets"], asked[1].query) == ([{"n": 1}, {"n": 2}], {"cursor": "2"})


async def test_at_the_page_limit_the_answer_says_how_to_continue():
    told: list[tuple[int, int, int | None]] = []

    async def tell(number: int, items: int, total: int | None) -> None:
        told.append((number, items, total))

    fetch, asked = serve(*({"items": [n, n + 1], "totalItems": 9} for n in (1, 3, 5)))
    paged = await collect_pages(OFFSET, a_call(limit=2), fetch, max_pages=2, on_page=tell)
    assert paged.as_json() == {"pages": 2, "items": 4, "more": True, "total": 9, "continueWith": {"offset": 4}}
    assert told == [(1, 2, 9), (2, 4, 9)]
    assert len(asked) == 2


@pytest.mark.parametrize("pages", [0, -1, 101])
async def test_no_fewer_than_one_page_and_no_more_than_a_hundred(pages: int):
    with pytest.raises(ArgumentError):
        await collect_pages(OFFSET, a_call(), serve()[0], max_pages=pages)


@pytest.mark.parametrize("failure", [a_failure(), UpstreamTimeout("No answer in 30 seconds.")])
async def test_a_page_that_fails_leaves_its_error_and_how_to_continue(failure: Any):
    fetch, _ = serve({"items": [1, 2], "totalItems": 4}, failure)
    paged = await collect_pages(OFFSET, a_call(limit=2), fetch)
    assert (paged.body["items"], paged.pages, paged.more, paged.go_on) == ([1, 2], 1, True, {"offset": 2})
    assert paged.error is not None
    assert paged.error.is_error
    assert paged.answer.is_error
    assert "error" in paged.answer.content["_pages"]


async def test_a_page_that_fails_is_all_there_is_where_items_alone_are_not_wanted():
    fetch, _ = serve({"items": [1, 2], "totalItems": 4}, a_failure())
    paged = await collect_pages(OFFSET, a_call(limit=2), fetch, keep_items=False)
    assert (paged.answer.content, paged.answer.is_error) == ({"status": 503}, True)
    fetch, _ = serve({"items": [1, 2], "totalItems": 4}, UpstreamTimeout("No answer in 30 seconds."))
    with pytest.raises(UpstreamTimeout):
        await collect_pages(OFFSET, a_call(limit=2), fetch, keep_items=False)


async def test_an_error_of_the_first_page_is_raised():
    with pytest.raises(UpstreamTimeout):
        await collect_pages(OFFSET, a_call(), serve(UpstreamTimeout("No answer."))[0])


async def test_a_cursor_that_repeats_stops():
    fetch, asked = serve({"items": [1], "nextCursor": "b"}, {"items": [2], "nextCursor": "c"}, {"items": [3], "nextCursor": "b"})
    paged = await collect_pages(CURSOR, a_call(), fetch)
    assert (paged.body["items"], paged.note, paged.more, len(asked)) == ([1, 2, 3], REPEATED_CALL, False, 3)


async def test_an_api_that_ignores_the_page_is_read_once():
    fetch, _ = serve({"items": [1, 2], "totalItems": 9}, {"items": [1, 2], "totalItems": 9})
    paged = await collect_pages(OFFSET, a_call(), fetch)
    assert (paged.body["items"], paged.note, paged.more) == ([1, 2], REPEATED_PAGE, False)


async def test_an_answer_without_a_list_is_left_as_it_is():
    fetch, _ = serve({"message": "none"})
    paged = await collect_pages(OFFSET, a_call(), fetch)
    assert (paged.body, paged.items, paged.note) == ({"message": "none"}, 0, NO_LIST)


async def test_a_name_that_the_next_page_begins_with_arrives_once():
    rule = PageRule(
        style="cursor",
        position="from_name",
        size="limit",
        page_size=2,
        items="",
        next_from="[-1].name",
        inclusive=True,
        path="/d",
    )
    fetch, asked = serve([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "c"}], [{"name": "c"}])
    paged = await collect_pages(rule, Placed(), fetch)
    assert (paged.body, len(asked)) == ([{"name": "a"}, {"name": "b"}, {"name": "c"}], 3)


@pytest.mark.parametrize("given", [{"file": "report.json"}, {"base64": "e30="}, "{}", [1]])
async def test_a_body_that_is_not_an_object_is_not_paged(given: Any):
    rule = PageRule(style="page", at="body", position="pageNumber", size="pageSize", first=1, items="items", path="/r")
    fetch, asked = serve({"items": [1], "totalItems": 2})
    paged = await collect_pages(rule, Placed(body=given), fetch)
    assert len(asked) == 1
    assert paged.note.startswith("The page cannot be set in a body")


@pytest.mark.parametrize("given", [{"file": "report.json"}, "{}", [1]])
async def test_a_page_in_the_query_needs_no_body_that_can_hold_one(given: Any):
    rule = PageRule(style="page", position="page", size="pageSize", first=1, items="items", path="/r")
    fetch, asked = serve({"items": [1], "totalItems": 2}, {"items": [2], "totalItems": 2})
    paged = await collect_pages(rule, Placed(body=given), fetch)
    assert [call.body for call in asked] == [given, given]
    assert paged.note == ""


async def test_without_a_body_the_page_is_the_body():
    rule = PageRule(style="page", at="body", position="pageNumber", size="pageSize", first=1, items="items", path="/r")
    fetch, asked = serve({"items": [1], "totalItems": 2}, {"items": [2], "totalItems": 2})
    await collect_pages(rule, Placed(), fetch)
    assert [call.body for call in asked] == [ABSENT, {"pageNumber": 2}]


async def test_undeclared_query_values_are_listed_apart():
    fetch, _ = serve({"items": [1], "nextLink": "?token=x&limit=5"})
    paged = await collect_pages(LINK, a_call(), fetch, max_pages=1)
    assert (paged.more, paged.go_on, paged.go_on_query) == (True, {"limit": 5}, {"token": "x"})
    assert paged.as_json()["continueQuery"] == {"token": "x"}


IN_BODY = PageRule(style="page", at="body", position="pageNumber", size="pageSize", first=1, items="items", path="/r")


async def test_a_page_in_a_body_leaves_the_rest_of_it_and_is_counted_by_what_it_asks_for():
    """The second of two pages is not full, and an answer that counts nothing has no other end."""
    fetch, asked = serve({"items": [1, 2]}, {"items": [3, 4]}, {"items": [5]})
    given = {"filter": "x", "pageSize": 2, "pageNumber": 3}
    paged = await collect_pages(IN_BODY, Placed(body=given), fetch)
    assert [call.body for call in asked] == [given, {**given, "pageNumber": 4}, {**given, "pageNumber": 5}]
    assert (paged.items, paged.more, paged.go_on, paged.note) == (5, False, {}, "")


async def test_a_continuation_in_a_body_is_the_whole_body():
    fetch, _ = serve({"items": [1], "totalItems": 9})
    given = {"filter": "x", "pageSize": 1}
    paged = await collect_pages(IN_BODY, Placed(body=given), fetch, max_pages=1)
    assert (paged.more, paged.go_on, paged.go_on_query) == (True, {"body": {**given, "pageNumber": 2}}, {})


async def test_a_continuation_in_the_query_does_not_repeat_the_body():
    fetch, _ = serve({"items": [1], "totalItems": 9})
    paged = await collect_pages(OFFSET, replace(a_call(limit=1), body={"filter": "x"}), fetch, max_pages=1)
    assert paged.go_on == {"offset": 1}


async def test_the_last_item_of_a_page_is_taken_off_the_next_one_alone():
    rule = PageRule(
        style="cursor", position="from", size="limit", page_size=3, items="", next_from="[-1]", inclusive=True, path="/d"
    )
    fetch, asked = serve(["a", "b", "c"], ["c", "d", "e"], ["x", "f"])
    paged = await collect_pages(rule, Placed(), fetch)
    assert (paged.body, len(asked)) == (["a", "b", "c", "d", "e", "x", "f"], 3)


@pytest.mark.parametrize("most", [0, -1, 101])
async def test_a_number_of_pages_out_of_its_range_is_refused_before_anything_is_asked(most: int):
    fetch, asked = serve({"items": [1]})
    with pytest.raises(ArgumentError) as refused:
        await collect_pages(OFFSET, a_call(), fetch, max_pages=most)
    assert refused.value.message == f"maxPages is {most}."
    assert refused.value.advice == "Use 1 to 100, and continue with `continueWith`."
    assert asked == []


async def test_the_same_items_in_another_spelling_are_the_same_page():
    fetch, asked = serve({"items": [{"a": 1, "b": 2}]}, {"items": [{"b": 2, "a": 1}]})
    paged = await collect_pages(OFFSET, a_call(), fetch)
    assert (paged.items, paged.note, len(asked)) == (1, REPEATED_PAGE, 2)


async def test_a_total_that_only_one_page_states_is_kept():
    fetch, _ = serve(
        {"items": [1], "totalItems": 3, "hasMore": True}, {"items": [2], "hasMore": True}, {"items": [3], "hasMore": False}
    )
    assert (await collect_pages(OFFSET, a_call(), fetch)).total == 3


async def test_the_items_of_later_pages_are_where_those_of_the_first_are():
    fetch, asked = serve({"rows": [{"id": 1}], "hasMore": True}, {"rows": [], "things": [{"id": 2}], "hasMore": True})
    paged = await collect_pages(ANYWHERE, a_call(), fetch)
    assert (paged.body["rows"], paged.more, len(asked)) == ([{"id": 1}], False, 2)


@pytest.mark.parametrize("body", [ABSENT, None, {"filter": "x"}])
async def test_a_page_that_was_read_is_not_read_again_whatever_the_body(body: Any):
    fetch, asked = serve({"items": [1], "nextLink": "?token=a"}, {"items": [2], "nextLink": "?token=a"})
    paged = await collect_pages(LINK, replace(a_call(), body=body), fetch)
    assert (paged.items, paged.note, len(asked)) == (2, REPEATED_CALL, 2)


async def test_unless_it_is_told_how_many_paging_stops_after_ten():
    fetch, asked = serve(*({"items": [n], "hasMore": True} for n in range(20)))
    paged = await collect_pages(OFFSET, a_call(), fetch)
    assert (len(asked), paged.pages, paged.more, paged.go_on) == (10, 10, True, {"offset": 10})


async def test_what_is_told_of_pages_is_what_there_is_to_tell():
    failed, first = a_failure(), a_page({"items": [1], "totalItems": 9})
    fetch, _ = serve(first, failed)
    paged = await collect_pages(OFFSET, a_call(limit=1), fetch)
    told = {"pages": 1, "items": 1, "more": True, "total": 9, "continueWith": {"offset": 1}, "error": {"status": 503}}
    assert paged.as_json() == told
    assert paged.answer == Answer(content={"status": 200, "_pages": told, "body": {"items": [1], "totalItems": 9}}, is_error=True)
    repeated = await collect_pages(OFFSET, a_call(), serve({"items": [1]}, {"items": [1]})[0])
    assert repeated.as_json() == {"pages": 2, "items": 1, "more": False, "note": REPEATED_PAGE}
    alone = await collect_pages(OFFSET, a_call(), serve(failed)[0], keep_items=False)
    assert alone == Paged(first=failed, body=None, pages=0, items=0, more=False)


def test_an_operation_without_pages_says_so_beside_its_answer():
    answer = note_single(Answer(content={"status": 200, "body": {"a": 1}}, size=7))
    note = {"pages": 1, "more": False, "note": "This operation has no pages."}
    assert answer == Answer(content={"status": 200, "body": {"a": 1}, "_pages": note}, size=7)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            a_page({"items": [1, 2], "totalItems": 3}),
            {"pages": 1, "items": 2, "more": True, "total": 3, "continueWith": {"offset": 2}},
        ),
        (a_page({"items": [1, 2], "hasMore": True}), {"pages": 1, "items": 2, "more": True, "continueWith": {"offset": 2}}),
        (a_page({"items": [1, 2], "totalItems": 2}), None),
        (a_page({"items": [1, 2]}), None),
        (a_page({"message": "none"}), None),
        (PageResult(answer=Answer(content={"status": 400, "body": {"items": [1, 2], "totalItems": 3}}, is_error=True)), None),
    ],
)
def test_a_single_page_tells_how_to_go_on_only_where_it_says_that_there_is_more(page: PageResult, told: dict[str, Any] | None):
    answer = note_more(OFFSET, a_call(), page)
    assert answer == (page.answer if told is None else Answer(content={"status": 200, "_pages": told, "body": page.body}))


@pytest.mark.parametrize(("size", "first"), [(25, 25), (None, 100)])
def test_a_required_size_that_has_no_default_is_a_hundred(size: int | None, first: int):
    rule = replace(OFFSET, page_size=size, required=("offset", "limit"))
    assert begin(rule, a_call(groupId="grp_1")) == a_call(groupId="grp_1", offset=0, limit=first)
    assert begin(rule, a_call(offset=7, limit=1)) == a_call(offset=7, limit=1)


@pytest.mark.parametrize(
    ("step", "query", "content", "offset"),
    [
        ("items", {"limit": 5}, {"items": [1, 2], "hasMore": True}, 2),
        ("size", {"limit": 5}, {"items": [1, 2], "hasMore": True}, 5),
        ("size", {"limit": "5", "offset": "5"}, {"items": [1, 2], "hasMore": True}, 10),
        ("size", {"limit": 5}, {"items": [1, 2], "hasMore": True, "limit": 3}, 3),
        ("size", {}, {"items": [1, 2], "hasMore": True}, 2),
    ],
)
def test_an_offset_moves_by_the_items_or_by_the_size_of_a_page(step: Any, query: dict[str, Any], content: Any, offset: int):
    assert following(replace(OFFSET, step=step), a_call(**query), a_page(content)) == a_call(**query | {"offset": offset})


@pytest.mark.parametrize(
    ("asked", "position"),
    [("5", 5), (5, 5), (True, 0), (None, 0), ("", 0), ("-1", 0), (1.5, 0), ("\u00b2", 0), ("x", 0), ([5], 0)],
)
def test_a_position_is_a_number_or_its_digits_else_it_is_the_first(asked: Any, position: int):
    moved = following(OFFSET, a_call(offset=asked), a_page({"items": [1, 2], "hasMore": True}))
    assert moved is not None
    assert moved.query["offset"] == position + 2


@pytest.mark.parametrize(
    ("inclusive", "query", "items", "cursor"),
    [
        (False, {"limit": 2}, [{"id": 7}, {"id": 8}], 9),
        (True, {"limit": 2}, [{"id": 7}, {"id": 8}], 8),
        (False, {"limit": 2}, [{"id": "a"}, {"id": "b"}], "b"),
        (False, {"limit": 3}, [{"id": 7}, {"id": 8}], None),
        (False, {}, [{"id": 7}], 8),
        (False, {"limit": 1}, [{"name": 7}], None),
    ],
)
def test_a_cursor_in_the_last_item_goes_on_where_the_page_is_full(inclusive: bool, query: Any, items: Any, cursor: Any):
    rule = replace(CURSOR, size="limit", next_from="[-1].id", inclusive=inclusive)
    moved = following(rule, a_call(**query), a_page({"items": items}))
    assert moved == (None if cursor is None else a_call(**query | {"cursor": cursor}))


def test_undeclared_parameters_of_a_rule_are_taken_from_the_arguments():
    rule = PageRule(style="offset", position="offset", size="limit", path="/pets", keys={"kind": "kind"})
    assert rule.undeclared == ("offset", "limit")
    assert take_undeclared(operation(parameter("kind")), rule, {"kind": "cat", "limit": 5, "offset": None}) == (
        {"kind": "cat"},
        {"limit": 5},
    )


def test_only_missing_required_parameters_are_filled_in():
    rule = PageRule(
        style="page", position="page", size="size", required=("page", "size"), path="/", keys={"page": "page", "size": "size"}
    )
    assert begin(rule, Placed(query={"size": 10})).query == {"size": 10, "page": 0}
    assert begin(PAGE, Placed()) == Placed()


def test_a_page_is_made_of_a_response_and_its_answer():
    response = Arrived(
        status=200, headers=(("content-type", "application/json"), ("link", "<?page=2>; rel=next")), content=b"[1]"
    )
    page = to_page(to_answer(None, response), response, HOST)
    assert (page.body, page.answer.size, page.host, page.is_error) == ([1], 3, HOST, False)


async def test_pages_are_large_at_the_bound_and_not_below_it():
    sizes = (MAX_COLLECTED_BYTES - 1, 1, 1)
    fetch, asked = serve(*(a_page({"items": [n], "totalItems": 9}, size=size) for n, size in enumerate(sizes)))
    paged = await collect_pages(OFFSET, a_call(limit=1), fetch)
    assert (len(asked), paged.note) == (2, TOO_LARGE)


async def test_large_pages_stop_with_a_continuation():
    fetch, asked = serve(*(a_page({"items": [n], "totalItems": 9}, size=MAX_COLLECTED_BYTES // 2) for n in range(9)))
    paged = await collect_pages(OFFSET, a_call(limit=1), fetch)
    assert (len(asked), paged.note, paged.go_on) == (2, TOO_LARGE, {"offset": 2})


async def test_only_the_items_of_endless_pages_are_kept():
    async def fetch(placed: Placed) -> PageResult:
        start = placed.query.get("offset", 0)
        return a_page({"items": [start], "hasMoreData": True, "filling": "x" * 1_000_000 + str(start)})

    tracemalloc.start()
    paged = await collect_pages(OFFSET, a_call(limit=1), fetch, max_pages=100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (paged.items, paged.go_on) == (100, {"offset": 100})
    assert peak < 8_000_000


counts = st.integers(min_value=0, max_value=60)
sizes = st.integers(min_value=1, max_value=12)


@given(total=counts, asked=sizes, most=sizes, first=st.sampled_from([0, 1]), says=st.sets(st.sampled_from(["total", "link"])))
async def test_pages_of_any_size_arrive_whole(total: int, asked: int, most: int, first: int, says: set[str]):
    """A server that counts from 0 or 1 and gives at most so many; without a total it is one that keeps to the size."""
    told, linked = "total" in says, "link" in says
    size = min(asked, most) if told else asked

    async def fetch(placed: Placed) -> PageResult:
        number = int(placed.query.get("page", first))
        start = (number - first) * size
        items = list(range(start, min(start + size, total)))
        more = {"nextLink": "?" + urlencode({"page": number + 1})} if linked and start + size < total else {}
        return a_page({"items": items, **({"totalItems": total} if told else {}), **more})

    rule = PageRule(style="page", position="page", size="pageSize", first=first, items="items", path=PATH, keys=KEYS)
    paged = await collect_pages(rule, a_call(pageSize=asked), fetch, max_pages=100)
    assert (paged.body["items"], paged.more, paged.note) == (list(range(total)), False, "")


@given(
    total=counts, asked=st.none() | sizes, most=sizes, begun=counts, told=st.sampled_from(["total", "more", "limit", "nothing"])
)
async def test_offsets_of_any_size_arrive_whole(total: int, asked: int | None, most: int, begun: int, told: str):
    """A server that gives at most so many; where it says nothing of that, one that keeps to the size or has its own."""
    size = min(asked or most, most) if told != "nothing" else asked or most

    async def fetch(placed: Placed) -> PageResult:
        start = int(placed.query.get("offset", 0))
        items = list(range(start, min(start + size, total)))
        said = {"total": {"totalItems": total}, "more": {"hasMoreData": start + size < total}, "limit": {"meta": {"limit": size}}}
        return a_page({"items": items, **said.get(told, {})})

    query = {"offset": begun, **({"limit": asked} if asked else {})}
    paged = await collect_pages(OFFSET, a_call(**query), fetch, max_pages=100)
    assert (paged.body["items"], paged.more, paged.note) == (list(range(begun, total)), False, "")


@given(total=counts, size=sizes, pages=st.integers(min_value=1, max_value=5))
async def test_continuations_join_without_a_gap(total: int, size: int, pages: int):
    async def fetch(placed: Placed) -> PageResult:
        start = int(placed.query.get("offset", 0))
        return a_page({"items": list(range(start, min(start + size, total))), "totalItems": total})

    items: list[int] = []
    arguments: dict[str, Any] = {"limit": size}
    more = True
    while more:
        paged = await collect_pages(OFFSET, a_call(**arguments), fetch, max_pages=pages)
        items += paged.body["items"]
        more, arguments = paged.more, arguments | dict(paged.go_on)
    assert items == list(range(total))


# --- lists that are empty or in another place ----------------------------------------------------------------------------

ANYWHERE = replace(OFFSET, items=None)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ([], ""),
        ({"rows": []}, "rows"),
        ({"rows": [], "data": {"more": []}}, "rows"),
        ({"rows": [], "things": [{"id": 1}]}, "things"),
        ({"ids": [1], "data": {"things": [{"id": 1}]}}, "data.things"),
        ({"ids": [1], "things": []}, "ids"),
    ],
)
def test_a_list_is_found_wherever_it_is_and_may_be_empty(content: Any, place: str):
    found = find_list(ANYWHERE, content)
    assert found is not None
    assert found.path == place


@pytest.mark.parametrize("content", [[], {"rows": []}, {"rows": [], "nextLink": "?offset=2"}, {"items": []}, {}, None, "text"])
def test_an_empty_page_is_the_last_one(content: Any):
    assert next_step(ANYWHERE, a_call(limit=2), a_page(content)) == Step()


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ({"items": [1], "nextLink": "https://elsewhere.example/?cursor=b"}, FOREIGN),
        ({"items": [1], "nextLink": ""}, ""),
        ({"items": [1], "nextLink": None}, ""),
        ({"items": [1]}, ""),
    ],
)
def test_an_end_is_explained_only_where_a_link_was_not_followed(content: Any, note: str):
    assert next_step(LINK, a_call(), a_page(content)) == Step(note=note)


@pytest.mark.parametrize(("given", "note"), [({"file": "a.json"}, UNREAD_BODY), ("{}", UNREAD_BODY), ({}, ""), (ABSENT, "")])
def test_a_page_is_set_only_in_a_body_that_can_be_read(given: Any, note: str):
    rule = PageRule(style="page", at="body", position="pageNumber", size="pageSize", first=1, items="items", path=PATH, keys=KEYS)
    step = next_step(rule, replace(a_call(), body=given), a_page({"items": [1], "totalItems": 9}))
    assert step.note == note
    assert (step.placed is None) == bool(note)
