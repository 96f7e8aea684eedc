from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from akamai_mcp.sandbox.signature import (
    Credentials,
    Nonces,
    SignatureError,
    SignedRequest,
    data_to_sign,
    parse_authorization,
    sign,
    verify,
)

VECTORS = Path("/work/shared/conformance/signing_vectors.json")
HOST = "akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net"
NOW = 1_395_430_461.0  # 2014-03-21T19:34:21Z, when the published vectors were signed
CREDENTIALS = Credentials(
    client_token="akab-client-token-xxx-xxxxxxxxxxxxxxxx",
    client_secret="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
    access_token="akab-access-token-xxx-xxxxxxxxxxxxxxxx",
    headers_to_sign=("X-Test1", "X-Test2", "X-Test3"),
    max_body=2048,
)
PREFIX = (
    "EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx;"
    "timestamp=20140321T19:34:21+0000;nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature="
)
PUBLISHED = {
    "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU=": ("GET", "/", {}, b""),
    "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA=": ("GET", "/testapi/v1/t1?p1=1&p2=2", {}, b""),
    "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4=": ("POST", "/testapi/v1/t3", {}, b"data" * 8),
    "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY=": ("POST", "/testapi/v1/t3", {}, b"d" * 2049),
    "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ=": ("POST", "/testapi/v1/t6", {}, b""),
    "GNBWEYSEWOLtu+7dD52da2C39aX/Jchpon3K/AmBqBU=": ("PUT", "/testapi/v1/t6", {}, b"P" * 31),
    "8F9AybcRw+PLxnvT+H0JRkjROrrUgsxJTnRXMzqvcwY=": ("GET", "/testapi/v1/t4", {"X-Test1": "test-simple-header"}, b""),
    "Wus73Nx8jOYM+kkBFF2q8D1EATRIMr0WLWwpLBgkBqY=": (
        "GET",
        "/testapi/v1/t4",
        {"X-Test2": "t2", "X-Test1": "t1", "X-Test3": "t3", "X-Extra": "not signed"},
        b"",
    ),
}
SIMPLE = PREFIX + "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="
REQUEST = SignedRequest(method="GET", scheme="https", host=HOST, target="/", headers={})


def check(request: SignedRequest = REQUEST, header: str | None = SIMPLE, *, now: float = NOW) -> Credentials:
    return verify(request, header, accounts=(Credentials(), CREDENTIALS), now=now, nonces=Nonces())


def reason(request: SignedRequest = REQUEST, header: str | None = SIMPLE, *, now: float = NOW) -> str:
    with pytest.raises(SignatureError) as refused:
        check(request, header, now=now)
    return refused.value.reason


@pytest.mark.parametrize("signature", PUBLISHED)
def test_a_published_signature_is_accepted(signature: str) -> None:
    method, target, headers, body = PUBLISHED[signature]
    request = SignedRequest(method=method, scheme="https", host=HOST, target=target, headers=headers, body=body)
    assert check(request, PREFIX + signature) is CREDENTIALS


def test_headers_are_signed_in_the_order_of_the_credentials_and_the_others_are_not() -> None:
    signature = "Wus73Nx8jOYM+kkBFF2q8D1EATRIMr0WLWwpLBgkBqY="
    method, target, headers, body = PUBLISHED[signature]
    request = SignedRequest(method=method, scheme="https", host=HOST, target=target, headers=headers, body=body)
    assert check(request, PREFIX + signature) is CREDENTIALS
    signed = data_to_sign(request, parse_authorization(PREFIX + signature), CREDENTIALS)
    assert "\tx-test1:t1\tx-test2:t2\tx-test3:t3\t" in signed


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")
def test_every_published_vector_is_accepted_but_the_one_that_must_fail() -> None:
    outcomes = {}
    cases = json.loads(VECTORS.read_text())["cases"]
    for case in cases:
        url = urlsplit(case["url"])
        request = SignedRequest(
            method=case["method"],
            scheme=url.scheme,
            host=url.netloc,
            target=case["url"].removeprefix(f"{url.scheme}://{url.netloc}"),
            headers=case["headers"],
            body=(case["body"] or "").encode(),
        )
        try:
            check(request, case["expected_authorization"])
        except SignatureError:
            outcomes[case["name"]] = False
        else:
            outcomes[case["name"]] = True
    assert outcomes == {case["name"]: case["fails_with"] is None for case in cases}
    assert len(cases) == 15


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "HEAD"},
        {"scheme": "http"},
        {"host": "elsewhere.example"},
        {"target": "/?a=1"},
        {"headers": {"x-test1": "added"}},
    ],
)
def test_a_change_to_signed_parts_is_detected(changed: dict[str, object]) -> None:
    assert reason(replace(REQUEST, **changed)) == "signature"


def test_a_post_body_is_signed_up_to_the_limit_and_a_put_body_is_not() -> None:
    header = parse_authorization(SIMPLE)

    def signature(method: str, body: bytes) -> str:
        return sign(replace(REQUEST, method=method, body=body), header, CREDENTIALS)

    assert signature("POST", b"a") != signature("POST", b"b")
    assert signature("POST", b"a" * 2048) == signature("POST", b"a" * 2048 + b"b")
    assert signature("PUT", b"a") == signature("PUT", b"b")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer token",
        SIMPLE.removeprefix("EG1-HMAC-SHA256 "),
        SIMPLE + ";",
        SIMPLE + ";nonce=other",
        PREFIX,
        SIMPLE.replace("nonce=", "once="),
    ],
)
def test_a_header_in_another_form_is_refused(header: str | None) -> None:
    assert reason(header=header) == "malformed"


def test_an_unknown_client_token_is_refused() -> None:
    assert reason(header=SIMPLE.replace("akab-client", "akab-other")) == "client_token"


def test_an_access_token_of_another_client_is_refused() -> None:
    assert reason(header=SIMPLE.replace("akab-access", "akab-other")) == "access_token"


def test_a_timestamp_may_be_thirty_seconds_off_and_no_more() -> None:
    assert check(now=NOW + 30) is CREDENTIALS
    assert check(now=NOW - 30) is CREDENTIALS
    assert reason(now=NOW + 31) == "timestamp"
    assert reason(now=NOW - 31) == "timestamp"


def test_an_invalid_timestamp_is_malformed_though_it_is_signed() -> None:
    header = parse_authorization(SIMPLE.replace("20140321T19:34:21+0000", "yesterday"))
    signature = sign(REQUEST, header, CREDENTIALS)
    assert reason(header=f"{header.unsigned}signature={signature}") == "malformed"


def test_a_nonce_is_valid_once() -> None:
    nonces = Nonces()
    verify(REQUEST, SIMPLE, accounts=(CREDENTIALS,), now=NOW, nonces=nonces)
    with pytest.raises(SignatureError, match="nonce"):
        verify(REQUEST, SIMPLE, accounts=(CREDENTIALS,), now=NOW + 1, nonces=nonces)


def test_a_refused_request_does_not_use_up_its_nonce() -> None:
    nonces = Nonces()
    with pytest.raises(SignatureError):
        verify(replace(REQUEST, target="/other"), SIMPLE, accounts=(CREDENTIALS,), now=NOW, nonces=nonces)
    assert len(nonces) == 0


def test_nonces_are_forgotten_once_their_timestamps_are_too_old_and_never_grow_past_the_limit() -> None:
    nonces = Nonces(limit=3)
    assert [nonces.use(text, 0.0) for text in "abca"] == [True, True, True, True]
    assert len(nonces) == 3
    assert nonces.use("d", 61.0)
    assert len(nonces) == 1


def test_a_secret_is_not_in_the_text_of_its_credentials() -> None:
    assert CREDENTIALS.client_secret not in repr(CREDENTIALS)
