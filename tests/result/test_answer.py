"""What an agent reads of an answer, a refusal and a failure of our own."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from samples import answers, operation

from akamai_mcp.errors import (
    AkamaiMcpError,
    ConfirmationRequired,
    QuestionRequired,
    QuotaExceeded,
    UploadChangedError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamTooLargeError,
    ValidationRefused,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.advice.kinds import advise
from akamai_mcp.result.advice.refusal import Refusal
from akamai_mcp.result.answer import Answer, Attachment, is_failure, shown_headers, to_answer, to_error_answer

JSON = ("content-type", "application/json")
GET = operation()


def response(status: int = 200, content: bytes = b"{}", *headers: tuple[str, str], age: float | None = None) -> Response:
    return Response(status=status, headers=headers or (JSON,), content=content, age=age)


def advice(status: int) -> str:
    return advise(Refusal(response=response(status), operation=GET))


def test_a_success_is_its_status_and_body() -> None:
    answer = to_answer(GET, response(200, b'{"a": [0, false, ""]}'))
    assert (answer.is_error, answer.content) == (False, {"status": 200, "body": {"a": [0, False, ""]}})


@pytest.mark.parametrize("body", [b"null", b"0", b"false", b'""', b"[]", b"{}"])
def test_an_empty_json_value_is_a_body(body: bytes) -> None:
    assert "body" in to_answer(GET, response(200, body)).content


def test_an_answer_holds_all_that_a_response_says() -> None:
    given = Response(
        status=200,
        headers=(("content-type", "application/x-ndjson"), ("etag", '"e"'), ("x-request-id", "r1"), ("retry-after", "3")),
        content=b'{"a": 1}\n{"a": 2}\n',
        age=12.34,
        warning="not written",
        redirected=("/a", "/b"),
    )
    assert to_answer(GET, given) == Answer(
        content={
            "status": 200,
            "redirected": ["/a", "/b"],
            "_cache": {"hit": True, "ageSeconds": 12.3},
            "headers": {"etag": '"e"', "retry-after": "3"},
            "body": [{"a": 1}, {"a": 2}],
            "lines": {"count": 2, "last": {"a": 2}},
            "auditWarning": "not written",
        },
        pause=3.0,
        size=18,
        request_id="r1",
    )


def test_content_is_read_by_its_type_and_what_does_not_fit_it_is_noted() -> None:
    assert to_answer(GET, response(200, b"5", ("content-type", "text/plain"))).content == {"status": 200, "body": "5"}
    noted = to_answer(GET, response(200, b"<a>"))
    note = "the response has the Content-Type application/json but is not JSON"
    assert noted.content == {"status": 200, "body": "<a>", "note": note}


def test_a_response_in_a_file_is_answered_with_its_path() -> None:
    saved = Response(status=200, headers=(("content-type", "image/png"),), content=b"", file=Path("/downloads/a"), size=9)
    body = {"contentType": "image/png", "bytes": 9, "savedTo": "/downloads/a"}
    assert to_answer(GET, saved).content == {"status": 200, "body": body}


def test_empty_content_is_no_body() -> None:
    assert to_answer(GET, response(204, b"")).content == {"status": 204}


def test_only_headers_that_an_agent_can_use_are_shown() -> None:
    given = (
        JSON, ("location", "/x"), ("etag", '"e"'), ("retry-after", "5"), ("link", "</n>; rel=next"), ("x-ratelimit-remaining", "8"),
        ("akamai-ratelimit-limit", "9"), ("set-cookie", "secret"), ("server", "x"), ("authorization", "secret"), ("date", "now"),
    )  # fmt: skip
    useful = {"location", "etag", "retry-after", "link"}
    assert shown_headers(response(200, b"{}", *given), 0.0).keys() == useful
    assert shown_headers(response(429, b"{}", *given), 0.0).keys() == useful | {"x-ratelimit-remaining", "akamai-ratelimit-limit"}


@pytest.mark.parametrize(
    ("name", "always"),
    [
        *((name, True) for name in ("location", "etag", "last-modified", "retry-after", "link", "content-disposition")),
        *((name, True) for name in ("deprecation", "sunset")),
        *((name, False) for name in ("x-ratelimit-limit", "akamai-ratelimit-remaining", "x-rate-limit-reset", "x-limit-left")),
        *((name, False) for name in ("x-akamai-ratelimit-next", "ratelimit", "ratelimit-policy")),
        *(
            (name, None)
            for name in ("set-cookie", "authorization", "x-location", "content-type", "x-request-id", "x-ratelimited")
        ),
    ],
)
def test_a_header_is_shown_always_or_beside_a_refusal_or_never(name: str, always: bool | None) -> None:
    shown = {status: name in shown_headers(response(status, b"{}", (name, "5")), 0.0) for status in (200, 404)}
    assert shown == {200: always is True, 404: always is not None}


def test_what_is_attached_is_not_written_where_an_answer_is() -> None:
    attached = Attachment(uri="akamai://results/1", media_type="image/png", size=3, base64="QUJD")
    assert "QUJD" not in repr(Answer(content={}, attachment=attached, picture="QUJD"))


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "80"}, 0),
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "24"}, 2),
        ({"ratelimit-policy": '"d";q=100;w=60', "ratelimit": '"d";r=90;t=30'}, 0),
        ({"ratelimit-policy": '"d";q=100;w=60', "ratelimit": '"d";r=9;t=30'}, 2),
        ({"akamai-ratelimit-limit": "100"}, 0),
    ],
)
def test_headers_of_a_limit_are_shown_when_little_is_left_of_it(headers: dict[str, str], shown: int) -> None:
    assert len(shown_headers(response(200, b"{}", JSON, *headers.items()), 0.0)) == shown


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
        "advice": advice(400),
        "schemaMismatches": ["body.a: wrong"],
    }


def test_mismatches_are_not_shown_beside_a_server_error() -> None:
    assert "schemaMismatches" not in to_answer(GET, response(500), ("body.a: wrong",)).content


def test_a_failure_without_a_body_still_has_status_and_advice() -> None:
    assert to_answer(GET, response(404, b"")).content == {"status": 404, "advice": advice(404)}


@pytest.mark.parametrize(
    ("headers", "content", "found"),
    [
        ((("x-request-id", "h"),), b'{"requestId": "p"}', "h"),
        ((("akamai-grn", "g"),), b"", "g"),
        ((("akamai-grn", "g"), ("x-request-id", "h")), b"", "h"),
        ((), b'{"requestId": "p"}', "p"),
        ((), b' {"instance": "/errors/1"}', "/errors/1"),
        ((), b'{"requestId": 5, "traceId": "t"}', "t"),
        ((), b'{"requestId": "", "supportId": "s"}', "s"),
        ((), b'{"requestId"', ""),
        ((), b"text", ""),
        ((), b"[]", ""),
        ((), b"\xff\xfe", ""),
        ((), b"{" * 10_000, ""),
    ],
)
def test_the_request_id_is_found_in_header_or_problem(headers: tuple[tuple[str, str], ...], content: bytes, found: str) -> None:
    assert Response(status=400, headers=headers, content=content).request_id == found
    if not headers:  # the body of a success is data
        assert Response(status=200, headers=(), content=content).request_id == ""


NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("given", "pause"),
    [
        (response(202, b"{}", JSON, ("retry-after", "3")), 3.0),
        (response(202, b"{}", JSON, ("retry-after", "1.5")), 1.5),
        (response(202, b"{}", JSON, ("retry-after", "Tue, 14 Nov 2023 22:13:50 GMT")), 30.0),
        (response(202, b'{"retryAfter": 4}'), 4.0),
        (response(202, b'{"retryAfter": "4"}'), 4.0),
        (response(202, b'{"retryAfter": "2023-11-14T22:13:50Z"}'), 30.0),
        (response(202, b'{"retryAfter": 4}', JSON, ("retry-after", "3")), 3.0),
        (response(429, b"{}", JSON, ("x-ratelimit-next", "2023-11-14T22:13:50Z")), 30.0),
        (response(200, b'{"retryAfter": -5}'), None),
        (response(200, b'{"retryAfter": 0}'), None),
        (response(200, b'{"retryAfter": "soon"}'), None),
        (response(200, '{"retryAfter": "\u00b2"}'.encode()), None),
        (response(200, b'{"retryAfter": true}'), None),
        (response(200, b'{"retryAfter": null}'), None),
        (response(200, b"[]"), None),
        (response(200), None),
    ],
)
def test_an_answer_says_how_long_to_wait_before_it_is_asked_for_again(given: Response, pause: float | None) -> None:
    assert to_answer(GET, given, clock=lambda: NOW).pause == pause


BURST = b'{"type": "https://x/-/pep-authn/request-error", "detail": "IPBLOCK-BURST4-1"}'


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (response(429, b"{}", JSON, ("retry-after", "2.46")), 2.5),
        (response(429, b"{}", JSON, ("x-ratelimit-next", "2023-11-14T22:13:50Z")), 30.0),
        (response(429, b'{"detail": "try after 2023-11-14T22:13:50Z"}'), 30.0),
        (response(400, BURST), 5.0),
        (response(503, b"{}", JSON, ("retry-after", "Tue, 14 Nov 2023 22:13:50 GMT")), 30.0),
    ],
)
def test_a_refusal_that_names_a_time_is_answered_with_it_and_names_no_header(given: Response, seconds: float) -> None:
    content = to_answer(GET, given, clock=lambda: NOW).content
    assert content["retryAfterSeconds"] == seconds
    assert f"Repeat the call in {math.ceil(seconds)} s" in content["advice"]
    assert "nothing was done" in content["advice"]
    assert "Retry-After" not in content["advice"]
    assert "akamai_describe_operation" not in content["advice"]


def test_too_many_requests_without_a_time_is_told_without_one() -> None:
    content = to_answer(GET, response(429)).content
    assert "retryAfterSeconds" not in content
    assert content["advice"] == advice(429)


def test_a_failure_of_akamais_with_a_time_does_not_say_that_nothing_was_done() -> None:
    content = to_answer(GET, response(500, b"{}", JSON, ("retry-after", "9"))).content
    assert (content["retryAfterSeconds"], content["advice"]) == (9.0, advice(500))


def test_a_refusal_after_an_attempt_that_may_have_taken_effect_says_so() -> None:
    refused = Response(status=404, headers=(), content=b"", after_unknown=True)
    assert to_answer(GET, refused).content["advice"].startswith(advice(404))
    assert "may have taken effect" in to_answer(GET, refused).content["advice"]


def test_a_warning_about_the_audit_trail_goes_with_successes_and_failures() -> None:
    for status in (200, 400):
        warned = Response(status=status, headers=(), content=b"", warning="not written")
        assert to_answer(GET, warned).content["auditWarning"] == "not written"
    assert "auditWarning" not in to_answer(GET, response()).content


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
        (UploadChangedError("x", "changed"), False),
        (UpstreamTimeout("x"), None),
        (UpstreamProtocolError("x"), None),
        (UpstreamTooLargeError("x"), None),
    ],
)
def test_sent_is_false_only_if_nothing_was_sent(error: AkamaiMcpError, sent: bool | None) -> None:
    assert to_error_answer(error).content.get("sent") is sent


@pytest.mark.parametrize(
    "error", [UpstreamBusyError("x", retry_after=2.26, advice="y"), QuotaExceeded("ci", "2 writes an hour", retry_after=2.26)]
)
def test_a_call_that_was_held_back_says_when_to_retry(error: UpstreamBusyError | QuotaExceeded) -> None:
    assert to_error_answer(error) == Answer(
        content={
            "problem": {"title": error.title, "detail": error.message},
            "advice": error.advice,
            "retryAfterSeconds": 2.3,
            "sent": False,
        },
        is_error=True,
        pause=2.26,
    )


def test_a_question_says_what_the_call_would_do_and_keeps_its_state_to_itself() -> None:
    asked = QuestionRequired(line="Delete it?", state="sealed")
    assert to_error_answer(asked) == Answer(
        content={
            "problem": {"title": asked.title, "detail": "Delete it?"},
            "advice": asked.advice,
            "would": "Delete it?",
            "sent": False,
        },
        is_error=True,
        size=0,
    )


def test_a_strict_refusal_lists_every_mismatch() -> None:
    answer = to_error_answer(ValidationRefused(("a: wrong", "b: missing")))
    assert answer.content["schemaMismatches"] == ["a: wrong", "b: missing"]
    assert "AKAMAI_MCP_VALIDATION=advise" in answer.content["advice"]
