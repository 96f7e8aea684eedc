"""Every kind of error response has one line of advice that is right in its case; a table that names each kind once at least."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samples import operation, parameter

from akamai_mcp.edgegrid.credentials import DEFAULT_MAX_BODY
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.advice.kinds import KINDS, UNKNOWN_BEFORE, advise, kind_of
from akamai_mcp.result.advice.refusal import Refusal, Sent

AUTHN = "https://problems.luna.akamaiapis.net/-/pep-authn"
AUTHZ = "https://problems.luna.akamaiapis.net/-/pep-authz"
READ = operation()
WRITE = operation(method="POST")
BY_ID = operation(parameter("propertyId", "path"), parameter("contractId"), parameter("limit"), path="/pets/{propertyId}")
IN_QUERY = operation(parameter("contractId"), parameter("limit"))
WARNINGS = {"title": "Unacknowledged Warnings", "warnings": [{"messageId": "msg_1", "detail": "a"}, {"messageId": "msg_2"}]}


def refused(status: int, problem: Any = None, /, content: bytes | None = None, **more: Any) -> Refusal:
    body = json.dumps(problem or {}).encode() if content is None else content
    return Refusal(response=Response(status=status, headers=(), content=body), **({"operation": READ} | more))


def at_the_gateway(status: int, detail: str, kind: str = f"{AUTHN}/deny", **more: Any) -> Refusal:
    return refused(status, {"type": kind, "title": "Not authorized", "detail": detail}, **more)


# A refusal, and the words that its advice must and must not have.
ROWS = [
    (refused(429, retry_after=2.2), ["Too many requests: nothing was done", "in 3 s"], ["Retry-After"]),
    (refused(503, content=b"", retry_after=9.0), ["Akamai failed"], ["nothing was done"]),
    (refused(429), ["wait for a while"], ["nothing was done"]),
    (
        at_the_gateway(400, "denied by the WAF deny rule IPBLOCK-BURST4-1", f"{AUTHN}/request-error", retry_after=5.0),
        ["Too many requests", "in 5 s"],
        ["akamai_describe_operation"],
    ),
    (at_the_gateway(400, "Invalid timestamp", f"{AUTHN}/request-error"), ["clock", "arguments are not the cause"], ["describe"]),
    (at_the_gateway(401, "Invalid timestamp"), ["clock", "NTP"], [".edgerc"]),
    (
        at_the_gateway(401, "Signature does not match", sent=Sent(signed_bytes=5000, max_body=2048)),
        ["max_body = 2048", "131072", ".edgerc"],
        [],
    ),
    (
        at_the_gateway(401, "Signature does not match", sent=Sent(signed_bytes=200_000, max_body=8_388_608)),
        ["max_body = 8388608"],
        [],
    ),
    (at_the_gateway(401, "Signature does not match", sent=Sent(signed_bytes=2000, max_body=2048)), ["signature"], ["max_body"]),
    (at_the_gateway(401, "Signature does not match", sent=Sent(signed_bytes=200_000)), ["signature"], ["max_body"]),
    (at_the_gateway(401, "Inactive client token"), ["tokens", ".edgerc"], ["signature"]),
    *(
        (at_the_gateway(401, said), ["tokens"], ["signature"])
        for said in ("Invalid access token", "The client is inactive", "It has expired")
    ),
    (at_the_gateway(400, "Missing mandatory HTTP header", f"{AUTHN}/request-error"), ["not about the arguments"], ["describe"]),
    (refused(401), ["signature or the credentials", "the section of .edgerc"], []),
    (
        at_the_gateway(403, "The client does not have the grant needed for the request", f"{AUTHZ}/deny"),
        ["no grant for", "akamai_list_customers"],
        ["contract"],
    ),
    *(
        (refused(403, {"detail": said}, sent=Sent(switched=True)), ["account_key"], ["grant"])
        for said in ("Unknown account switch", "Wrong accountSwitchKey", "The switch key is unknown")
    ),
    (refused(403, {"detail": "Invalid account switch key"}), ["grants", "account"], ["account_key"]),
    (refused(403, content=b"<HTML><HEAD><TITLE>Access Denied</TITLE>"), ["edge", "reference"], ["grants"]),
    (refused(403), ["grants", "contract or group"], []),
    (refused(400, WARNINGS, operation=WRITE), ['acknowledgeWarnings: ["msg_1", "msg_2"]', "user"], ["describe"]),
    (refused(400, {"title": "Bad", "warnings": [{"messageId": "m"}]}), ["akamai_describe_operation"], ["acknowledge"]),
    (refused(404, operation=BY_ID), ["check each id (propertyId, contractId)", "lists it"], ["limit"]),
    (refused(404, operation=IN_QUERY), ["check each id (contractId)"], []),
    (refused(404, operation=None), ["Nothing is served at this path"], ["each id"]),
    (refused(404), ["Nothing is served at this path", "product"], ["each id"]),
    (refused(405), ["method"], []),
    (refused(406), ["accept"], []),
    (refused(408), ["gave up waiting"], []),
    (refused(409), ["read it again"], []),
    (refused(410), ["deleted"], []),
    (refused(412), ["ETag"], []),
    (refused(413), ["too large"], []),
    (refused(414), ["fewer values"], []),
    (refused(415), ["contentType"], []),
    (refused(422), ["rejects a value"], []),
    (refused(423), ["locked"], []),
    (refused(428), ["ifMatch"], []),
    (refused(451), ["akamai_describe_operation"], []),
    (refused(501), ["does not offer"], []),
    (refused(500), ["Akamai failed", "repeat the call after a short wait"], ["taken effect"]),
    (refused(504, operation=WRITE), ["Akamai failed", "may have taken effect"], ["after a short wait"]),
    (refused(504, operation=None), ["may have taken effect"], []),
    (refused(302), ["Location"], []),
    (refused(199), ["none of HTTP"], ["Location"]),
    (refused(999), ["none of HTTP"], ["Location"]),
]


@pytest.mark.parametrize(("refusal", "has", "lacks"), ROWS, ids=[f"{row[0].response.status}-{n}" for n, row in enumerate(ROWS)])
def test_the_advice_is_right_in_its_case(refusal: Refusal, has: list[str], lacks: list[str]) -> None:
    line = advise(refusal)
    assert [word for word in has if word not in line] == []
    assert [word for word in lacks if word in line] == []
    assert "\n" not in line
    assert "{" not in line


NO_GRANT = (
    "The API client lacks permission: it has no grant for {}. Add it to the client's grants in Control Center; "
    "akamai_list_customers with check shows which customers have it."
)
REDIRECTED = "The API redirects to the address in Location, which was not followed: "


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (refused(429, retry_after=0.0), "Too many requests: nothing was done. Repeat the call in 0 s, and send fewer at once."),
        (
            Refusal(response=Response(status=503, headers=(("retry-after", "3"),), content=b""), operation=READ, retry_after=3.0),
            "Akamai cannot take the request now: nothing was done. Repeat the call in 3 s, and send fewer at once.",
        ),
        (at_the_gateway(403, "no grant", f"{AUTHZ}/deny"), NO_GRANT.format("zoo/v1")),
        (at_the_gateway(403, "no grant", f"{AUTHZ}/deny", operation=None), NO_GRANT.format("this API")),
        (
            refused(302),
            f"{REDIRECTED}Only 302, 303, 307 and 308 of a GET or HEAD are. Call the operation of that address yourself.",
        ),
        (
            Refusal(response=Response(status=302, headers=(), content=b"", not_followed="It leads to another host.")),
            f"{REDIRECTED}It leads to another host.",
        ),
    ],
)
def test_a_fact_in_the_advice_is_that_of_the_refusal(refusal: Refusal, line: str) -> None:
    assert advise(refusal) == line


@pytest.mark.parametrize(
    ("signed", "most", "differs"),
    [
        (2048, 2048, False),
        (2049, 2048, True),
        (DEFAULT_MAX_BODY, 8_388_608, False),
        (DEFAULT_MAX_BODY + 1, 8_388_608, True),
        (DEFAULT_MAX_BODY + 1, DEFAULT_MAX_BODY, False),
    ],
)
def test_a_body_is_signed_otherwise_only_beyond_the_bytes_that_both_sides_read(signed: int, most: int, differs: bool) -> None:
    assert refused(401, sent=Sent(signed_bytes=signed, max_body=most)).is_signed_otherwise is differs
    assert not refused(401, sent=Sent(max_body=0)).is_signed_otherwise  # a call without a body


@pytest.mark.parametrize("member", ["type", "title", "detail"])
def test_a_problem_says_a_word_in_its_type_its_title_or_its_detail(member: str) -> None:
    assert refused(403, {member: "The Account Switch key"}).says("account switch")
    assert not refused(403, {"instance": "account switch"}).says("account switch")
    assert not refused(403, {"title": "account", "detail": "switch"}).says("accountswitch")


def test_every_kind_has_a_row() -> None:
    seen = {id(kind_of(refusal)) for refusal, *_ in ROWS}
    assert [kind for kind in KINDS if id(kind) not in seen] == []


def test_every_error_status_has_one_line_of_advice() -> None:
    assert {status: lines for status in range(300, 600) if len(lines := advise(refused(status)).splitlines()) != 1} == {}


def test_a_refusal_after_an_attempt_that_may_have_taken_effect_says_so() -> None:
    later = Response(status=404, headers=(), content=b"", after_unknown=True)
    assert advise(Refusal(response=later, operation=READ, retry_after=3.0)).endswith(UNKNOWN_BEFORE)
