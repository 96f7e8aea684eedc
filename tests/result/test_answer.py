"""What an agent reads of an answer, a refusal and a failure of our own."""

from __future__ import annotations

from typing import Any

import pytest
from samples import answers, operation

from akamai_mcp.errors import (
    AkamaiMcpError,
    ConfirmationRequired,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
    ValidationRefused,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.answer import ADVICE, advice_for, find_request_id, is_failure, shown_headers, to_answer, to_error_answer

JSON = ("content-type", "application/json")
GET = operation()


def response(status: int = 200, content: bytes = b"{}", *headers: tuple[str, str], age: float | None = None) -> Response:
    return Response(status=status, headers=headers or (JSON,), content=content, age=age)


def test_a_success_is_its_status_and_body() -> None:
    answer = to_answer(GET, response(200, b'{"a": [0, false, ""]}'))
    assert (answer.is_error, answer.content) == (False, {"status": 200, "body": {"a": [0, False, ""]}})


@pytest.mark.parametrize("body", [b"null", b"0", b"false", b'""', b"[]", b"{}"])
def test_an_empty_json_value_is_a_body(body: bytes) -> None:
    assert "body" in to_answer(GET, response(200, body)).content


def test_empty_content_is_no_body() -> None:
    assert to_answer(GET, response(204, b"")).content == {"status": 204}


def test_only_headers_that_an_agent_can_use_are_shown() -> None:
    given = (
        JSON, ("location", "/x"), ("etag", '"e"'), ("retry-after", "5"), ("link", "</n>; rel=next"), ("x-ratelimit-remaining", "1"),
        ("akamai-ratelimit-limit", "9"), ("set-cookie", "secret"), ("server", "x"), ("authorization", "secret"), ("date", "now"),
    )  # fmt: skip
    assert shown_headers(response(200, b"{}", *given)).keys() == {
        "location", "etag", "retry-after", "link", "x-ratelimit-remaining", "akamai-ratelimit-limit",
    }  # fmt: skip


def test_an_answer_from_the_cache_says_its_age() -> None:
    assert to_answer(GET, response(age=12.34)).content["_cache"] == {"hit": True, "ageSeconds": 12.3}
    assert to_answer(GET, response(age=0.0)).content["_cache"] == {"hit": True, "ageSeconds": 0.0}


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        (200, False),
        (201, False),
        (207, False),
        (299, False),
        (304, False),
        (300, True),
        (302, True),
        (400, True),
        (404, True),
        (500, True),
        (599, True),
    ],
)
def test_successes_and_not_modified_are_not_failures(status: int, failed: bool) -> None:
    assert is_failure(GET, status) is failed
    assert is_failure(None, status) is failed


def test_a_declared_redirect_is_not_a_failure() -> None:
    declared = operation(responses=answers("application/json", status="302"))
    assert (is_failure(declared, 302), is_failure(declared, 303), is_failure(declared, 404)) == (False, True, True)


def test_a_failure_has_problem_request_id_advice_and_mismatches() -> None:
    answer = to_answer(GET, response(400, b'{"title": "Bad"}', JSON, ("x-request-id", "r1")), ("body.a: wrong",))
    assert answer.is_error
    assert answer.content == {
        "status": 400,
        "problem": {"title": "Bad"},
        "requestId": "r1",
        "advice": ADVICE[400],
        "schemaMismatches": ["body.a: wrong"],
    }


def test_mismatches_are_not_shown_beside_a_server_error() -> None:
    assert "schemaMismatches" not in to_answer(GET, response(500), ("body.a: wrong",)).content


def test_a_failure_without_a_body_still_has_status_and_advice() -> None:
    assert to_answer(GET, response(404, b"")).content == {"status": 404, "advice": ADVICE[404]}


@pytest.mark.parametrize("status", range(400, 600))
def test_every_error_status_has_one_line_of_advice(status: int) -> None:
    assert advice_for(status)
    assert "\n" not in advice_for(status)


@pytest.mark.parametrize(
    ("headers", "problem", "found"),
    [
        ((("x-request-id", "h"),), {"requestId": "p"}, "h"),
        ((("akamai-grn", "g"),), None, "g"),
        ((), {"requestId": "p"}, "p"),
        ((), {"instance": "/errors/1"}, "/errors/1"),
        ((), {"requestId": 5, "traceId": "t"}, "t"),
        ((), "text", None),
        ((), [], None),
    ],
)
def test_the_request_id_is_found_in_header_or_problem(
    headers: tuple[tuple[str, str], ...], problem: Any, found: str | None
) -> None:
    assert find_request_id(Response(status=400, headers=headers, content=b""), problem) == found


def every_error(kind: type[AkamaiMcpError] = AkamaiMcpError) -> list[type[AkamaiMcpError]]:
    """The whole tree of the project's errors."""
    return [kind, *(below for child in kind.__subclasses__() for below in every_error(child))]


def test_every_error_class_has_its_own_title() -> None:
    titles = {kind.title for kind in every_error() if kind is not AkamaiMcpError}
    assert AkamaiMcpError.title not in titles
    assert len(every_error()) > 15


def test_an_error_of_this_server_has_the_shape_of_akamais_problems() -> None:
    answer = to_error_answer(ConfirmationRequired("", line="Really?", token="t0", seconds=60))
    assert answer.is_error
    assert answer.content == {
        "problem": {"title": "The call needs a confirmation", "detail": "Really?"},
        "advice": "If the user agrees, repeat this exact call with confirm: 't0' within 1 minutes.",
        "would": "Really?",
        "confirm": "t0",
        "sent": False,
    }


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (UpstreamConnectError("x"), False),
        (UpstreamTlsError("x"), False),
        (UpstreamBusyError("x", retry_after=1), False),
        (UpstreamTimeout("x"), None),
        (UpstreamProtocolError("x"), None),
    ],
)
def test_sent_is_false_only_if_nothing_was_sent(error: AkamaiMcpError, sent: bool | None) -> None:
    assert to_error_answer(error).content.get("sent") is sent


def test_a_call_that_was_held_back_says_when_to_retry() -> None:
    assert to_error_answer(UpstreamBusyError("x", retry_after=2.26)).content["retryAfterSeconds"] == 2.3


def test_a_strict_refusal_lists_every_mismatch() -> None:
    answer = to_error_answer(ValidationRefused(("a: wrong", "b: missing")))
    assert answer.content["schemaMismatches"] == ["a: wrong", "b: missing"]
    assert "AKAMAI_MCP_VALIDATION=advise" in answer.content["advice"]
