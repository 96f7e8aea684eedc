"""A next link changes the call by its query alone, and only where it leads to the same operation of the same host."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.request.arguments import Placed
from akamai_mcp.result.page_links import COUNTS, LINK_FIELDS, find_link, follow_link, with_query
from akamai_mcp.result.page_rules import PageRule

HOST = "akab-1.example"
RULE = PageRule(
    style="link",
    path="/papi/v1/properties/{propertyId}/hostnames",
    keys={name: name for name in ("cursor", "limit", "ids", "flag")},
)


def followed(address: str, property_id: Any = "prp_1", **query: Any) -> Placed | None:
    return follow_link(RULE, Placed(path={"propertyId": property_id}, query=query), address, HOST)


@pytest.mark.parametrize(
    ("asked", "linked", "is_same"),
    [
        ("prp_1", "prp_1", True), ("prp_1", "1", True), ("1", "prp_1", True), (1, "1", True), (1, "prp_1", True), ("a%b", "a%25b", True),
        ("prp_1", "prp_11", False), ("prp_1", "prp1", False), ("prp_1", "2", False), ("1", "11", False), ("prp_1", "grp_1", False),
    ],
)  # fmt: skip
def test_a_link_names_the_same_resource_with_or_without_its_prefix(asked: Any, linked: str, is_same: bool) -> None:
    assert (followed(f"/papi/v1/properties/{linked}/hostnames?cursor=b", asked) is not None) is is_same


@pytest.mark.parametrize(
    ("address", "leads_here"),
    [
        (f"https://{HOST}/papi/v1/properties/prp_1/hostnames?cursor=b", True),
        (f"https://{HOST.upper()}/papi/v1/properties/prp_1/hostnames?cursor=b", True),
        (f"//{HOST}/papi/v1/properties/prp_1/hostnames?cursor=b", True),
        ("/hostnames?cursor=b", True),
        ("?cursor=b", True),
        ("https:?cursor=b", True),
        (f"http://{HOST}/papi/v1/properties/prp_1/hostnames?cursor=b", False),
        (f"https://{HOST}:8443/papi/v1/properties/prp_1/hostnames?cursor=b", False),
        (f"https://user@{HOST}/papi/v1/properties/prp_1/hostnames?cursor=b", False),
        (f"https://{HOST}.evil.example/papi/v1/properties/prp_1/hostnames?cursor=b", False),
        ("ftp:?cursor=b", False),
        ("/versions?cursor=b", False),
        ("/a/papi/v1/properties/prp_1/hostnames?cursor=b", False),
        ("/papi/v1/properties/prp_1/hostnames", False),
        ("/papi/v1/properties/prp_1/hostnames#?cursor=b", False),
        ("https://[?cursor=b", False),
    ],
)
def test_credentials_go_only_to_the_same_operation_of_the_same_host(address: str, leads_here: bool) -> None:
    assert (followed(address) is not None) is leads_here


@pytest.mark.parametrize(
    ("query", "declared", "extra"),
    [
        ("cursor=b", {"cursor": "b"}, {}),
        ("limit=20", {"limit": 20}, {}),
        ("limit=020&page=07", {"limit": "020"}, {"page": "07"}),
        ("limit=\u00b2", {"limit": "\u00b2"}, {}),
        ("limit=-1&offset=5&page_size=7&startIndex=3", {"limit": "-1"}, {"offset": 5, "page_size": 7, "startIndex": 3}),
        ("cursor=20&count=20", {"cursor": "20"}, {"count": "20"}),
        ("cursor=b&filter=&cursor_2", {"cursor": "b"}, {"filter": "", "cursor_2": ""}),
        ("ids=1&ids=2", {"ids": ["1", "2"]}, {}),
        ("limit=1&limit=2", {"limit": ["1", "2"]}, {}),
        ("a=b%20c+d", {}, {"a": "b c d"}),
        ("cursor=b&accountSwitchKey=other", {"cursor": "b"}, {}),
    ],
)
def test_the_values_of_a_link_are_texts_but_for_positions_and_sizes(query: str, declared: Any, extra: Any) -> None:
    assert followed(f"?{query}") == Placed(path={"propertyId": "prp_1"}, query=declared, extra_query=extra)


@pytest.mark.parametrize(
    ("present", "linked", "kept"),
    [
        ([1, 2], ["1", "2"], [1, 2]),
        ([1, 2], "1,2", [1, 2]),
        ([1, 2], ["1"], ["1"]),
        ("a", "a", "a"),
        (True, "true", True),
        (5, "5", 5),
        (5, "6", "6"),
        (None, "", ""),
    ],
)
def test_a_value_that_a_link_repeats_keeps_its_type(present: Any, linked: Any, kept: Any) -> None:
    call = Placed(query={"flag": present}, extra_query={"x": present})
    moved = with_query(RULE, call, {"flag": linked, "x": linked})
    assert (moved.query, moved.extra_query) == ({"flag": kept}, {"x": kept})
    assert (call.query, call.extra_query) == ({"flag": present}, {"x": present})


def test_what_the_guide_drops_is_not_asked_for_again() -> None:
    rule = PageRule(style="cursor", position="cursor", drops=("filter",), keys={"cursor": "cursor", "filter": "filter"})
    moved = with_query(rule, Placed(query={"filter": "x", "limit": 5}), {"cursor": "b"})
    assert moved == Placed(query={"limit": 5, "cursor": "b"})


def test_the_names_of_links_and_of_counts_are_plain() -> None:
    assert {"nextlink", "next", "nextpage", "nexturl"} == LINK_FIELDS
    assert {"offset", "startindex", "page", "pagenumber", "limit", "pagesize", "size", "perpage", "numitemsperpage"} == COUNTS


@pytest.mark.parametrize(
    ("boxes", "headers", "link"),
    [
        ([{"next": "a"}], [], "a"),
        ([{"next": None}, {"next": "b"}], [], "b"),
        ([{"next": ""}], [], ""),
        ([{"next": None}], [("link", "<c>; rel=next")], "c"),
        ([{"next": 5}, {"next": {"href": "a"}}], [], None),
        ([{"links": [{"rel": "next", "href": 5}, {"rel": "next"}, "x"]}], [], None),
        ([{"links": [{"rel": "next", "href": "a"}]}], [], "a"),
        ([{"_links": {"next": "a"}}], [], "a"),
        ([{"_links": {"next": {"href": "a"}}}], [], "a"),
        ([{"_links": {"next": {"rel": "a"}}}], [], None),
        ([{"other": [{"rel": "next", "href": "a"}]}], [], None),
        ([], [("Link", '<a>; rel="prev", <b>; rel="next"')], "b"),
        ([], [("x-link", "<b>; rel=next")], None),
        ([], [], None),
    ],
)
def test_a_link_is_told_apart_from_one_that_is_empty_and_from_none(
    boxes: list[Any], headers: list[Any], link: str | None
) -> None:
    assert find_link(boxes, headers) == link
