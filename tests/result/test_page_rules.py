"""Which rule an operation has for its pages: of its parameters, its body, its schema, and what the guide corrects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.openapi.model import MediaType, Operation, Response
from akamai_mcp.result.page_rules import (
    TOTALS,
    PageRule,
    answer_rule,
    answer_schema,
    find_items,
    find_page_rule,
    find_total,
    plain,
    query_keys,
)

ROWS = {"type": "array", "items": {"type": "object"}}
WORDS = {"type": "array", "items": {"type": "string"}}
NUMBER: Mapping[str, Any] = {"type": "integer"}


def of(**properties: Any) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties}


def reading(*parameters: Any, schema: Any = ROWS, **more: Any) -> Operation:
    media = MediaType(name="application/json", schema=schema)
    return operation(*parameters, responses=(Response(status="200", content=(media,)),), **more)


def number(name: str, required: bool = False, **schema: Any) -> Any:
    return parameter(name, required=required, schema=NUMBER | schema)


def rule(**facts: Any) -> PageRule:
    return PageRule(**({"path": "/pets", "items": ""} | facts))


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ([number("offset"), number("limit")], rule(style="offset", position="offset", size="limit")),
        ([number("page"), number("limit")], rule(style="page", position="page", size="limit", first=1)),
        ([number("page", default=0), number("size")], rule(style="page", position="page", size="size", first=0)),
        ([number("page", minimum=2), number("size")], rule(style="page", position="page", size="size", first=2)),
        ([number("page", default=3, minimum=2), number("size")], rule(style="page", position="page", size="size", first=3)),
        ([number("offset", minimum=1), number("limit")], rule(style="offset", position="offset", size="limit", first=1)),
        ([number("offset", default=True), number("limit")], rule(style="offset", position="offset", size="limit", first=0)),
        (
            [number("offset"), number("limit", default=25, maximum=100)],
            rule(style="offset", position="offset", size="limit", page_size=25, max_size=100),
        ),
        (
            [number("offset"), number("limit", default=True, maximum="100")],
            rule(style="offset", position="offset", size="limit"),
        ),
        (
            [number("offset", required=True), number("limit", required=True)],
            rule(style="offset", position="offset", size="limit", required=("offset", "limit")),
        ),
        ([number("offset"), number("limit", required=True)], rule(style="offset", position="offset", size="limit", required=("limit",))),
        # A page number is surer than an offset.
        ([number("page"), number("offset"), number("limit")], rule(style="page", position="page", size="limit", first=1)),
        ([parameter("cursor")], rule(style="cursor", position="cursor")),
        ([parameter("cursor", required=True), number("limit", default=5)], rule(style="cursor", position="cursor", size="limit", page_size=5, required=("cursor",))),
        ([number("cursor")], None),
        ([parameter("offset"), parameter("limit")], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_parameters_of_a_query_make_a_rule(parameters: list[Any], found: PageRule | None) -> None:
    paged = reading(*parameters)
    keys = {one.name: one.name for one in parameters}
    assert find_page_rule(paged, None) == (found and PageRule(**{**fields(found), "keys": keys}))
    assert find_page_rule(reading(*parameters, method="PUT"), None) is None


@pytest.mark.parametrize("size", ["limit", "pageSize", "size", "perPage", "num_items_per_page"])
@pytest.mark.parametrize("position", ["page", "pageNumber", "offset", "startIndex"])
def test_the_names_of_positions_and_sizes_are_known(position: str, size: str) -> None:
    found = find_page_rule(reading(number(position), number(size)), None)
    assert found is not None
    style = "page" if position.startswith("page") else "offset"
    assert (found.style, found.position, found.size) == (style, position, size)


@pytest.mark.parametrize("name", ["cursor", "pageToken", "next_token", "scrollId"])
def test_the_names_of_cursors_are_known(name: str) -> None:
    found = find_page_rule(reading(parameter(name)), None)
    assert found is not None
    assert (found.style, found.position) == ("cursor", name)


def fields(found: PageRule) -> dict[str, Any]:
    return {name: getattr(found, name) for name in PageRule.__slots__}


def test_the_spelling_of_a_parameters_name_does_not_matter_and_its_own_is_used() -> None:
    assert [plain(name) for name in ("Page-Size", "page_size", "pageSize")] == ["pagesize"] * 3
    found = find_page_rule(reading(number("Page-Number"), number("PAGE_SIZE")), None)
    assert found is not None
    assert (found.style, found.position, found.size) == ("page", "Page-Number", "PAGE_SIZE")


@pytest.mark.parametrize(
    ("name", "schema", "found"),
    [
        (
            "start",
            of(rows=ROWS, nextPageStart={}),
            rule(style="cursor", position="start", next_from="nextPageStart", items="rows"),
        ),
        (
            "cursor",
            of(rows=ROWS, page=of(nextCursor={})),
            rule(style="cursor", position="cursor", next_from="page.nextCursor", items="rows"),
        ),
        ("cursor", of(rows=ROWS), rule(style="cursor", position="cursor", items="rows")),
        (
            "pageToken",
            of(nextPageToken={}, rows=ROWS),
            rule(style="cursor", position="pageToken", next_from="nextPageToken", items="rows"),
        ),
        ("other", of(rows=ROWS, nextLink={}), rule(style="link", items="rows")),
        ("other", of(rows=ROWS, meta=of(next={})), rule(style="link", items="rows")),
        ("other", of(rows=ROWS, data=of(nextLink={})), rule(style="link", items="rows")),
        ("other", of(rows=ROWS, next={}), None),
        ("other", of(rows=ROWS, data=of(next={})), None),
        ("other", of(rows=ROWS, nextCursor={}), None),
    ],
)
def test_what_the_answer_says_of_the_next_page_makes_a_rule(name: str, schema: Any, found: PageRule | None) -> None:
    expected = found and PageRule(**{**fields(found), "keys": {name: name}})
    assert find_page_rule(reading(parameter(name), schema=schema), None) == expected


PAGES = of(pageNumber=NUMBER, pageSize=NUMBER, filter={})
COUNTED = of(rows=ROWS, pageInfo=of(totalRecords=NUMBER))
IN_BODY = rule(
    style="page", at="body", position="pageNumber", size="pageSize", first=1, items="rows", total="pageInfo.totalRecords"
)


@pytest.mark.parametrize(
    ("asked", "answered", "method", "found"),
    [
        (PAGES, COUNTED, "POST", IN_BODY),
        (PAGES, of(rows=ROWS), "POST", None),
        (of(pageNumber=NUMBER), COUNTED, "POST", None),
        (of(pageSize=NUMBER), COUNTED, "POST", None),
        (of(), COUNTED, "POST", None),
        (PAGES, COUNTED, "PUT", None),
        (PAGES, COUNTED, "GET", None),
    ],
)
def test_a_body_with_a_page_and_a_size_makes_a_rule_where_the_answer_counts(
    asked: Any, answered: Any, method: str, found: PageRule | None
) -> None:
    request = body("text/plain", MediaType(name="application/json", schema=asked))
    assert find_page_rule(reading(schema=answered, request_body=request, method=method), None) == found
    assert find_page_rule(reading(schema=answered, method=method), None) is None


@pytest.mark.parametrize(
    ("note", "found"),
    [
        (False, None),
        (None, rule(style="offset", position="offset", size="limit")),
        (True, rule(style="offset", position="offset", size="limit")),
        ({"step": "size", "items": "a.b"}, rule(style="offset", position="offset", size="limit", step="size", items="a.b")),
        ({"step": "items", "at": "query", "inclusive": False, "first": 0}, rule(style="offset", position="offset", size="limit")),
        ({"style": "link"}, rule(style="link", position="offset", size="limit")),
        ({"position": ""}, None),
    ],
)
def test_the_guide_corrects_the_document(note: Any, found: PageRule | None) -> None:
    keys = {"offset": "offset", "limit": "limit"}
    expected = found and PageRule(**{**fields(found), "keys": keys})
    assert find_page_rule(reading(number("offset"), number("limit")), note) == expected


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ({"style": "link"}, rule(style="link")),
        ({"style": "offset"}, None),
        ({"style": "offset", "position": "from"}, rule(style="offset", position="from")),
        ({"position": "from"}, None),
        (True, None),
    ],
)
def test_the_guide_tells_what_no_document_does(note: Any, found: PageRule | None) -> None:
    assert find_page_rule(reading(), note) == found


def test_an_answer_may_show_a_link_that_no_document_does() -> None:
    one = reading(parameter("kind"), parameter("X-Trace", "header"))
    assert query_keys(one) == {"kind": "kind"}
    assert answer_rule(one) == PageRule(style="link", path="/pets", keys={"kind": "kind"})


@pytest.mark.parametrize(
    ("given", "undeclared"),
    [
        (PageRule(style="offset", position="offset", size="limit"), ("offset", "limit")),
        (PageRule(style="offset", position="offset", size="limit", keys={"offset": "offset"}), ("limit",)),
        (PageRule(style="offset", position="offset", keys={"offset": "offset"}), ()),
        (PageRule(style="page", at="body", position="page", size="size"), ()),
        (PageRule(style="link"), ()),
    ],
)
def test_a_rule_names_the_query_parameters_that_the_document_does_not(given: PageRule, undeclared: tuple[str, ...]) -> None:
    assert given.undeclared == undeclared


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (PageRule(style="link"), {"style": "link"}),
        (
            PageRule(style="cursor", position="c", first=1, items="", keys={"c": "c_2"}),
            {"style": "cursor", "position": {"name": "c_2", "in": "query"}, "items": ""},
        ),
        (
            PageRule(style="offset", position="o", size="s", page_size=5, max_size=9, total="n"),
            {"style": "offset", "position": {"name": "o", "in": "query"}, "size": {"name": "s", "in": "query"}, "first": 0}
            | {"pageSize": 5, "maxPageSize": 9, "total": "n"},
        ),
        (
            PageRule(style="page", at="body", position="p", first=1, items="rows"),
            {"style": "page", "position": {"name": "p", "in": "body"}, "first": 1, "items": "rows"},
        ),
    ],
)
def test_an_agent_sees_of_a_rule_what_it_can_use(given: PageRule, shown: dict[str, Any]) -> None:
    assert given.as_json() == shown


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (ROWS, ""),
        (of(words=WORDS, rows=ROWS), "rows"),
        (of(words=WORDS), "words"),
        (of(words=WORDS, data=of(rows=ROWS)), "data.rows"),
        (of(links=ROWS, meta=of(rows=ROWS)), None),
        (of(data=of(more=of(rows=ROWS))), None),
        (of(rows={"type": "array"}), "rows"),
        (of(count=NUMBER), None),
        ({}, None),
    ],
)
def test_the_items_of_an_answer_are_its_first_list_of_objects_else_its_first_list(schema: Any, path: str | None) -> None:
    assert find_items(schema) == path


@pytest.mark.parametrize("name", sorted(TOTALS))
def test_a_total_is_found_by_its_name(name: str) -> None:
    assert find_total(of(a={}, **{name: NUMBER})) == name
    assert find_total(of(meta=of(**{name.replace("total", "total_"): NUMBER}))) == f"meta.{name.replace('total', 'total_')}"
    assert find_total(of(count=NUMBER)) == ""


def test_the_schema_of_an_answer_is_that_of_its_first_success_in_json() -> None:
    def answered(status: str, *media: str) -> Response:
        return Response(
            status=status, content=tuple(MediaType(name=name, schema={"title": f"{status} {name}"}) for name in media)
        )

    given = operation(
        responses=(
            answered("404", "application/json"),
            answered("201", "text/csv", "application/json"),
            answered("200", "application/json"),
        )
    )
    assert answer_schema(given) == {"title": "201 application/json"}
    assert answer_schema(operation(responses=(answered("200", "text/csv"),))) == {}
