"""What a call and a response say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pipeline_fakes import call, credentials, ok

from akamai_mcp.pipeline.call import Shared, identity_of

OWN = credentials("acme", account_switch_key="1-A")


@pytest.mark.parametrize("member", ["host", "client_token", "client_secret", "access_token", "account_switch_key"])
def test_another_client_or_account_is_another_identity(member: str) -> None:
    assert identity_of(replace(OWN, **{member: "other"})) != identity_of(OWN)


def test_what_is_signed_and_how_makes_no_other_identity_and_no_secret_shows_in_it() -> None:
    same = replace(OWN, max_body=1, headers_to_sign=("X-A",), ignored=("x",))
    assert identity_of(same) == identity_of(replace(OWN)) == call(credentials=OWN).identity
    assert not [secret for secret in ("acme", "1-A") if secret in identity_of(OWN)]
    assert identity_of(credentials("a", client_secret="bc")) != identity_of(credentials("ab", client_secret="c"))


@pytest.mark.parametrize(
    ("method", "safe", "idempotent"),
    [
        ("GET", True, True),
        ("HEAD", True, True),
        ("PUT", False, True),
        ("DELETE", False, True),
        ("POST", False, False),
        ("PATCH", False, False),
    ],
)
def test_a_method_is_safe_or_idempotent_as_http_has_it(method: str, safe: bool, idempotent: bool) -> None:
    assert (call(method).is_safe, call(method).is_idempotent) == (safe, idempotent)


def test_a_call_counts_for_its_document_or_for_that_of_the_operation_it_may_be() -> None:
    assert call(operation="papi/v1#get-x").api == "papi/v1"
    assert call(operation="undocumented/papi-v1#GET /x", counts_as="papi/v1#get-x").api == "papi/v1"
    assert call(target="/a/b?c=/d?e").path == "/a/b"
    assert (call().state, call(shared=Shared(state="s", left=1.0)).state) == ("", "s")


def test_a_header_is_found_in_any_case_and_the_first_of_several_counts() -> None:
    response = replace(ok(), headers=(("etag", "1"), ("etag", "2"), ("age", "")))
    assert [response.header(name) for name in ("ETag", "etag", "Age", "none")] == ["1", "1", "", None]


@pytest.mark.parametrize(
    ("content", "status", "limited", "refused"),
    [
        (b"{}", 429, True, False),
        (b"{}", 400, False, False),
        (b'{"type": "https://x/-/pep-authn/deny"}', 401, False, True),
        (b'{"type": "https://x/-/pep-authz/deny"}', 403, False, True),
        (b'{"type": "https://x/-/pep-authz/deny"}', 503, False, False),
        (b'{"type": "https://x/-/pep-authn/request-error", "detail": "IPBLOCK-BURST4-1"}', 400, True, True),
    ],
)
def test_a_refusal_before_the_api_is_known_by_its_status_and_problem(
    content: bytes, status: int, limited: bool, refused: bool
) -> None:
    response = ok(content, status=status)
    assert (response.is_rate_limited, response.is_gateway_refusal) == (limited, refused)


def test_the_request_id_of_a_problem_counts_only_in_an_error() -> None:
    assert ok(b'{"requestId": "r"}', status=400).request_id == "r"
    assert ok(b'{"requestId": "r"}').request_id == ""
    assert ok(b'{"requestId": "r"}', status=500, x_request_id="h").request_id == "h"
