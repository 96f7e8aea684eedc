from __future__ import annotations

import pytest
from mcp_stage import OPERATIONS

from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.routing import Match, Miss, Route, Router


def concrete(template: str) -> str:
    return "/".join(f"value-{placeholder(segment)}" if placeholder(segment) else segment for segment in template.split("/"))


def test_every_operation_is_found_by_its_own_path(router: Router) -> None:
    routes = list(router)
    found = [router.match(route.method, concrete(route.template)) for route in routes]
    assert len(routes) == OPERATIONS - 7
    assert [match.route if isinstance(match, Match) else match for match in found] == routes


def test_only_operations_of_another_host_are_left_out(routes: tuple[Route, ...], router: Router) -> None:
    known = set(router)
    assert len(routes) == OPERATIONS
    assert {route.product for route in routes if route not in known} == {"netstorage-usage-api"}


def test_a_literal_segment_wins_over_a_parameter(router: Router) -> None:
    literal = router.match("GET", "/config-dns/v2/zones/example.com/versions/diff")
    parameter = router.match("GET", "/config-dns/v2/zones/example.com/versions/other")
    assert isinstance(literal, Match)
    assert isinstance(parameter, Match)
    assert literal.route.template.endswith("/diff")
    assert parameter.values == {"zone": "example.com", "uuid": "other"}


def test_a_parameter_is_taken_where_the_literal_has_not_the_method(router: Router) -> None:
    match = router.match("GET", "/config-dns/v2/zones/delete-requests")
    assert isinstance(match, Match)
    assert match.values == {"zone": "delete-requests"}


def test_values_are_decoded_after_the_path_is_split(router: Router) -> None:
    match = router.match("GET", "/config-dns/v2/zones/a%2Fb%20c")
    assert isinstance(match, Match)
    assert match.values == {"zone": "a/b c"}


@pytest.mark.parametrize("path", ["/network-list/v2/network-lists", "/network-list/v2/network-lists/"])
def test_a_trailing_slash_is_ignored(router: Router, path: str) -> None:
    match = router.match("GET", path)
    assert isinstance(match, Match)
    assert match.route.name == "network-lists/v2#get-network-lists"


def test_an_unknown_path_gives_404_and_an_unknown_method_405(router: Router) -> None:
    assert router.match("GET", "/nowhere/v1/things") == Miss(status=404)
    assert router.match("GET", "/config-dns/v2/zones//names") == Miss(status=404)
    assert router.match("PATCH", "/network-list/v2/network-lists") == Miss(status=405, allow=("GET", "POST"))


def test_head_falls_back_to_get(router: Router) -> None:
    match = router.match("HEAD", "/network-list/v2/network-lists")
    assert isinstance(match, Match)
    assert match.route.method == "GET"


def test_an_operation_is_parsed_once(router: Router) -> None:
    route = next(iter(router))
    assert router.operation(route) is router.operation(route)
