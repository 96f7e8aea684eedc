"""What a problem says of itself: its members, whose it is, and by which identifier Akamai finds the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from akamai_mcp.pipeline.responses.gateway import gateway_of
from akamai_mcp.pipeline.responses.problem import find_request_id, read_problem


@pytest.mark.parametrize(
    ("content", "members"),
    [
        (b'{"title": "x", "status": 400}', {"title": "x", "status": 400}),
        (b' \n{"title": "x"} ', {"title": "x"}),
        (b"{}", {}),
        (b"", {}),
        (b'[{"title": "x"}]', {}),
        (b'"title"', {}),
        (b"null", {}),
        (b'{"title": ', {}),
        (b"<html>{}</html>", {}),
        (b'{"title": "\xff"}', {}),
        (b"[" * 10_000, {}),
    ],
)
def test_a_problem_is_a_json_object_and_all_else_says_nothing(content: bytes, members: dict[str, Any]) -> None:
    assert read_problem(content) == members


# In the order in which they count.
HEADERS = ("x-request-id", "x-akamai-request-id", "x-trace-id", "akamai-request-id", "akamai-grn")
MEMBERS = ("requestId", "traceId", "supportId", "instance")


def found(headers: Mapping[str, str], problem: Mapping[str, Any]) -> str:
    return find_request_id(headers.get, problem)


def test_each_header_and_member_may_have_the_identifier_and_the_first_that_has_one_counts() -> None:
    headers, members = {name: f"in {name}" for name in HEADERS}, {name: f"in {name}" for name in MEMBERS}
    for name in HEADERS:
        assert found(headers, members) == f"in {name}"
        assert found({name: "here"}, {}) == "here"
        headers[name] = ""
    for name in MEMBERS:
        assert found(headers, members) == f"in {name}"
        assert found({}, {name: "here"}) == "here"
        members[name] = ""
    assert found(headers, members) == ""
    assert found({}, dict.fromkeys(MEMBERS, 5)) == ""


@pytest.mark.parametrize(
    ("kind", "gateway"),
    [
        ("https://problems.luna.akamaiapis.net/-/pep-authn/deny", "authentication"),
        ("/-/pep-authz/deny", "authorization"),
        ("/-/pep-authn", "authentication"),
        ("/-/pep-authz", "authorization"),
        ("/-/pep-authnz/deny", None),
        ("/-/pep-authn_", None),
        ("/-/pep-auth/deny", None),
        ("/pep-authn/deny", None),
        ("about:blank", None),
        ("", None),
        (7, None),
    ],
)
def test_the_gateways_problems_are_known_by_their_type(kind: object, gateway: str | None) -> None:
    assert gateway_of({"type": kind}) == gateway
    assert gateway_of({"title": kind}) is None
