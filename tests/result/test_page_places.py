"""Where the items of a page are, and where it names the next one."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.request.arguments import Placed
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.page_rules import PageRule, is_item_path
from akamai_mcp.result.page_steps import PageResult, find_list, find_total, next_step, value_at

BOXES = ("metadata", "metaData", "meta", "page", "paging", "pagination", "pageInfo")


@pytest.mark.parametrize(
    ("path", "holds_items"),
    [
        *((path, True) for path in ("items", "data.items", "linked", "rows.meta", "page")),
        *((path, False) for path in ("links", "_links", "columns", "data.links", *(f"{box}.rows" for box in BOXES))),
    ],
)
def test_lists_of_links_and_of_metadata_are_no_items(path: str, holds_items: bool) -> None:
    assert is_item_path(path) is holds_items


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([1], ""),
        ({"_links": [{"rel": "next"}], "links": [{}], "columns": [{}], "names": ["a"]}, "names"),
        ({"names": ["a"], "rows": [{"a": 1}]}, "rows"),
        ({"names": [], "rows": []}, "names"),
        ({"data": {"rows": [{"a": 1}]}, "names": ["a"]}, "data.rows"),
        ({"meta": {"rows": [{"a": 1}]}}, None),
        ({"deep": {"er": {"rows": [1]}}}, None),
        ("text", None),
    ],
)
def test_the_first_list_of_objects_has_the_items_else_the_first_list(body: Any, path: str | None) -> None:
    found = find_list(PageRule(style="link"), body)
    assert (found.path if found else None) == path


def test_a_rule_says_where_the_items_are_but_not_if_there_is_no_list() -> None:
    body = {"names": ["a"], "rows": [{"a": 1}]}
    found = [find_list(PageRule(style="link", items=items), body) for items in ("names", "none")]
    assert [one.path for one in found if one] == ["names", "rows"]


@pytest.mark.parametrize(
    ("path", "body", "cursor"),
    [
        ("paging.after", {"items": [1], "paging": {"after": "b"}}, "b"),
        ("after", {"items": [1], "after": "b", "nextCursor": "c"}, "b"),
        ("after", {"items": [1], "after": "", "nextCursor": "c"}, "c"),
        ("", {"items": [1], "meta": {"next_page_token": "d"}}, "d"),
        ("after", {"items": [1]}, None),
        ("[-1].id", {"items": [{"id": "a"}, {"id": "b"}]}, "b"),
        ("[-1].id", {"items": [{"id": 7}]}, 8),
        ("[-1].a.b", {"items": [{"a": {"b": "x"}}]}, "x"),
    ],
)
def test_the_next_cursor_is_where_the_rule_says_or_in_a_field_of_that_name(path: str, body: Any, cursor: Any) -> None:
    rule = PageRule(style="cursor", position="cursor", next_from=path, items="items", keys={"cursor": "cursor"})
    step = next_step(rule, Placed(), PageResult(answer=Answer(content={"body": body})))
    assert (step.placed.query if step.placed else None) == (None if cursor is None else {"cursor": cursor})


@pytest.mark.parametrize(
    ("total", "body", "found"),
    [
        ("meta.count", {"rows": [1], "meta": {"count": 5}}, 5),
        ("", {"rows": [1], "totalElements": 6}, 6),
        ("count", {"rows": [1], "count": True, "total_items": 7}, 7),
        ("count", {"rows": [1], "count": -1}, None),
        ("count", {"rows": [1], "count": 0}, 0),
        ("count", "text", None),
    ],
)
def test_a_total_is_a_number_of_the_metadata(total: str, body: Any, found: int | None) -> None:
    assert find_total(PageRule(style="link", total=total), body) == found


def test_a_value_is_found_by_its_dotted_path_or_there_is_none() -> None:
    assert [value_at({"a": {"b": 1}}, path) for path in ("a.b", "a", "", "a.c", "a.b.c")] == [
        1,
        {"b": 1},
        {"a": {"b": 1}},
        None,
        None,
    ]


@pytest.mark.parametrize("name", ["totalPages", "total_pages", "totalPageCount", "lastPage", "last-page"])
def test_the_last_page_is_the_one_that_the_answer_counts_up_to(name: str) -> None:
    rule = PageRule(style="page", position="page", size="size", first=1, items="items", keys={"page": "page"})
    page = PageResult(answer=Answer(content={"body": {"items": [1, 2], "meta": {name: 2}}}))
    assert next_step(rule, Placed(query={"page": 1}), page).placed == Placed(query={"page": 2})
    assert next_step(rule, Placed(query={"page": 2}), page).placed is None


@pytest.mark.parametrize("name", ["hasMoreData", "has_more_data", "hasMore", "has-more"])
@pytest.mark.parametrize("more", [True, False])
def test_an_answer_may_say_whether_there_is_more(name: str, more: bool) -> None:
    rule = PageRule(style="offset", position="offset", size="limit", page_size=5, items="items", keys={"offset": "offset"})
    page = PageResult(answer=Answer(content={"body": {"items": [1, 2], "meta": {name: more}}}))
    assert next_step(rule, Placed(), page).placed == (Placed(query={"offset": 2}) if more else None)
