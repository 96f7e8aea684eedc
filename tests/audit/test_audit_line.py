"""One line of the audit file, and what is blanked out of it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.audit.line import MAX_REASON, Attempt, AttemptResult, AuditPolicy, Stamp, compose_line, digest, read_line, to_time
from akamai_mcp.request.redaction import redact_target

KEY = b"k" * 32
STAMP = Stamp(at=1_780_000_000.25, identifier="0123456789abcdef")
ATTEMPT = Attempt(
    caller="local",
    customer="acme",
    operation="papi/v1#post-property-activations",
    effect="destroy",
    method="POST",
    target="/papi/v1/properties/prp_1/activations?contractId=ctr_1&apiKey=hidden",
    arguments={"body": {"network": "PRODUCTION", "password": "hidden"}},
)


def line(outcome: AttemptResult, attempt: Attempt = ATTEMPT) -> dict[str, Any]:
    text = compose_line(STAMP, attempt, outcome, KEY)
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    return dict(json.loads(text))


def test_a_line_says_who_did_what_for_whom_and_what_came_of_it() -> None:
    facts = line(AttemptResult(decision="allowed", status=201, request_id="r-1", seconds=0.12345))
    assert facts.pop("arguments").startswith("hmac-sha256:")
    assert facts == {
        "time": "2026-05-28T20:26:40.250Z",
        "id": "0123456789abcdef",
        "who": "local",
        "customer": "acme",
        "operation": "papi/v1#post-property-activations",
        "effect": "destroy",
        "method": "POST",
        "target": "/papi/v1/properties/prp_1/activations?contractId=ctr_1&apiKey=***",
        "decision": "allowed",
        "status": 201,
        "requestId": "r-1",
        "seconds": 0.123,
    }


def test_a_line_holds_no_argument_and_no_secret_of_the_target() -> None:
    told = AttemptResult(decision="refused", reason=f"POST {ATTEMPT.target} is not allowed")
    text = compose_line(STAMP, ATTEMPT, told, KEY).decode()
    assert "hidden" not in text
    assert json.loads(text)["reason"] == f"POST {redact_target(ATTEMPT.target)} is not allowed"


def test_a_line_has_the_run_and_digests_of_arguments_and_question_if_there_is_a_key() -> None:
    attempt = replace(ATTEMPT, run="run-1", question="Do it?", target="/x")
    told = AttemptResult(decision="unknown", status=500, reason="why", seconds=0)
    facts = line(told, attempt)
    assert (facts["arguments"], facts["question"]) == (digest(attempt.arguments, KEY), digest({"question": "Do it?"}, KEY))
    plain = {name: value for name, value in facts.items() if name not in {"arguments", "question"}}
    assert json.loads(compose_line(STAMP, attempt, told, None)) == plain
    assert list(facts)[-5:] == ["question", "decision", "status", "seconds", "reason"]
    assert (plain["run"], plain["status"], plain["seconds"], plain["reason"]) == ("run-1", 500, 0, "why")


def test_the_trail_is_required_and_kept_in_ten_parts_of_sixteen_mebibytes_unless_the_operator_says_otherwise() -> None:
    assert AuditPolicy() == AuditPolicy(file=None, required=True, max_bytes=16_777_216, keep=10)


def test_a_reason_is_bounded() -> None:
    assert len(line(AttemptResult(decision="refused", reason="x" * 10_000))["reason"]) == MAX_REASON


def test_the_digest_is_keyed_and_takes_no_notice_of_the_order_of_members() -> None:
    expected = hmac.new(KEY, b'{"a":[1,"\\u00fc"],"b":null}', hashlib.sha256).hexdigest()
    assert digest({"b": None, "a": [1, "ü"]}, KEY) == f"hmac-sha256:{expected}"
    assert digest({"a": [1, "ü"], "b": None}, b"another") != digest({"a": [1, "ü"], "b": None}, KEY)


@pytest.mark.parametrize("arguments", [{"a": object()}, {"a": {1: 2, "b": 3}}])
def test_arguments_that_are_no_json_have_no_digest(arguments: dict[str, Any]) -> None:
    assert digest(arguments, KEY) is None


def test_arguments_that_nest_too_deeply_have_no_digest() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert digest({"a": deep}, KEY) is None


TEXT = st.text(st.characters(codec=None), max_size=30)  # lone surrogates and control characters too


@given(TEXT, TEXT, TEXT, TEXT)
def test_no_text_can_begin_another_line_or_forge_a_member(customer: str, operation: str, target: str, reason: str) -> None:
    attempt = Attempt(
        caller="local",
        customer=customer,
        operation=operation,
        effect="write",
        method="PUT",
        target=target,
        arguments={"a": reason},
    )
    facts = line(AttemptResult(decision="refused", reason=reason), attempt)
    assert facts["decision"] == "refused"
    assert facts.get("customer", "") == customer
    assert facts.get("operation", "") == operation


def test_times_are_utc_to_the_millisecond() -> None:
    assert to_time(0) == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("target", "masked"),
    [
        ("/a/b", "/a/b"),
        ("/a?", "/a?"),
        ("/a?x=1&y=2", "/a?x=1&y=2"),
        ("/a?apiKey=1&x=2", "/a?apiKey=***&x=2"),
        ("/a?client_secret=1", "/a?client_secret=***"),
        ("/a?ACCESS-TOKEN=1", "/a?ACCESS-TOKEN=***"),
        ("/a?user%5Bpass%77ord%5D=1", "/a?user%5Bpass%77ord%5D=***"),
        ("/a?filter=%7B%22password%22%3A%22x%22%7D", "/a?filter=***"),
        ("/a?filter=password%3Dx", "/a?filter=***"),
        ("/a?sort=key", "/a?sort=key"),
        ("/a?token=", "/a?token="),
        ("/a?token", "/a?token"),
        ("/a?jwt=a=b?c", "/a?jwt=***"),
    ],
)
def test_values_of_parameters_that_may_be_secret_are_blanked_out(target: str, masked: str) -> None:
    assert redact_target(target) == masked


@pytest.mark.parametrize(
    ("text", "facts"), [(b'{"id":"a"}\n', {"id": "a"}), (b'["id"]\n', None), (b"7", None), (b'{"id":"a', None), (b"\xff", None)]
)
def test_what_is_read_of_a_line_is_an_object_or_nothing(text: bytes, facts: dict[str, Any] | None) -> None:
    assert read_line(text) == facts
