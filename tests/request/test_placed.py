"""A call's arguments by their location, all of them together, and as what they are decided on."""

from __future__ import annotations

from akamai_mcp.request.arguments import ABSENT, Placed, sanitize_key

FULL = Placed(
    path={"a": 1},
    query={"a": 2, "b": 2},
    header={"b": 3, "c": 3},
    cookie={"c": 4, "d": 4},
    extra_query={"d": 5, "e": 5},
    standard_headers={"accept": "x"},
    body=None,
)


def test_where_locations_have_the_same_name_the_one_that_says_more_of_the_resource_counts() -> None:
    assert FULL.flat() == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "body": None}
    assert Placed().flat() == {}


def test_every_value_is_located_and_an_absent_body_is_none() -> None:
    assert FULL.located() == {
        "path": {"a": 1},
        "query": {"a": 2, "b": 2},
        "extraQuery": {"d": 5, "e": 5},
        "header": {"b": 3, "c": 3},
        "standardHeader": {"accept": "x"},
        "cookie": {"c": 4, "d": 4},
        "body": None,
    }
    assert "body" not in Placed(body=ABSENT).located()


def test_the_content_type_is_the_calls_own_or_that_of_a_declared_header() -> None:
    declared, own = {"Content-Type": "text/csv"}, {"content-type": "text/plain"}
    assert Placed(header=declared, standard_headers=own).content_type == "text/plain"
    assert Placed(header=declared).content_type == "text/csv"
    assert Placed(header={"Accept": "a"}).content_type is None


def test_a_key_has_only_characters_that_every_client_takes() -> None:
    assert [sanitize_key(name) for name in ("a b[]", "X-Meta-*", "é", "", "x" * 70)] == ["a_b__", "X-Meta-_", "_", "_", "x" * 64]
