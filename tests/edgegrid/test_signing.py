"""Signatures against Akamai's published vectors, and what a signature covers."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h11
import httpx
import pytest

from akamai_mcp.edgegrid.auth import EdgeGridAuth
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.edgegrid.signing import SIGNING_LOGGERS, SignedParts, new_nonce, sign, timestamp

VECTORS = Path(__file__).parents[3] / "shared" / "conformance" / "signing_vectors.json"
HOST = "akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net"
NONCE = "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
NOW = 1395430461.0  # 20140321T19:34:21+0000
# The credentials of Akamai's published vectors.
PUBLISHED = Credentials(
    host=HOST,
    client_token="akab-client-token-xxx-xxxxxxxxxxxxxxxx",
    client_secret="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=",
    access_token="akab-access-token-xxx-xxxxxxxxxxxxxxxx",
    max_body=2048,
    headers_to_sign=("X-Test1", "X-Test2", "X-Test3"),
)
PREFIX = (
    "EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx;"
    "timestamp=20140321T19:34:21+0000;nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature="
)


def signed(method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
    """The Authorization header that an auth flow gives a request."""
    request = httpx.Request(method, f"https://{HOST}{target}", headers=headers, content=body)
    auth = EdgeGridAuth(PUBLISHED, clock=SigningClock(lambda: NOW), nonce=lambda: NONCE)
    return next(auth.auth_flow(request)).headers["Authorization"]


def published_cases() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text())["cases"] if VECTORS.is_file() else []


@pytest.mark.skipif(not VECTORS.is_file(), reason="the published vectors are not on this machine")
def test_the_published_vectors_are_all_here() -> None:
    assert len(published_cases()) == 15
    assert sum(bool(case["fails_with"]) for case in published_cases()) == 1


@pytest.mark.parametrize("case", published_cases(), ids=lambda case: case["name"])
def test_every_published_vector_holds(case: dict[str, Any]) -> None:
    if case["fails_with"]:  # a header value that begins with spaces: HTTP/1.1 cannot carry it, so it is never sent
        with pytest.raises(h11.LocalProtocolError):
            h11.Request(method=case["method"], target="/", headers=list(case["headers"].items()))
        return
    body = (case["body"] or "").encode()
    parts = SignedParts(method=case["method"], url=case["url"], headers=httpx.Headers(case["headers"]), body=body)
    assert sign(parts, PUBLISHED, now=NOW, nonce=NONCE) == case["expected_authorization"]


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "signature"),
    [
        ("GET", "/", b"", {}, "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="),
        ("GET", "/testapi/v1/t1?p1=1&p2=2", b"", {}, "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="),
        ("POST", "/testapi/v1/t3", b"datadatadatadatadatadatadatadata", {}, "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4="),
        ("POST", "/testapi/v1/t3", b"d" * 2048, {}, "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="),
        ("POST", "/testapi/v1/t3", b"d" * 2049, {}, "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="),
        ("POST", "/testapi/v1/t6", b"", {}, "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ="),
        ("GET", "/testapi/v1/t4", b"", {"X-Test1": "test-simple-header"}, "8F9AybcRw+PLxnvT+H0JRkjROrrUgsxJTnRXMzqvcwY="),
        (
            "GET",
            "/testapi/v1/t4",
            b"",
            {"X-Test2": "t2", "X-Test1": "t1", "X-Test3": "t3"},
            "Wus73Nx8jOYM+kkBFF2q8D1EATRIMr0WLWwpLBgkBqY=",
        ),
        ("PUT", "/testapi/v1/t6", b"P" * 31, {}, "GNBWEYSEWOLtu+7dD52da2C39aX/Jchpon3K/AmBqBU="),
    ],
)
def test_published_signatures_hold_for_the_auth_flow(
    method: str, target: str, body: bytes, headers: dict[str, str], signature: str
) -> None:
    assert signed(method, target, body, headers) == PREFIX + signature


@pytest.mark.parametrize("size", [2047, 2048, 2049, 5000])
def test_the_signature_of_a_streamed_body_covers_its_head(size: int) -> None:
    def stream() -> Iterator[bytes]:
        raise AssertionError("the body is read to be signed")
        yield b""

    body = b"d" * size
    request = httpx.Request("POST", f"https://{HOST}/testapi/v1/t3", content=stream())
    auth = EdgeGridAuth(PUBLISHED, clock=SigningClock(lambda: NOW), nonce=lambda: NONCE, head=body[: PUBLISHED.max_body])
    assert next(auth.auth_flow(request)).headers["Authorization"] == signed("POST", "/testapi/v1/t3", body)


def test_no_more_of_a_body_is_signed_than_the_credentials_say() -> None:
    request = httpx.Request("POST", f"https://{HOST}/x", content=b"d" * 200)
    headers = []
    for max_body in (100, 200, 201):
        auth = EdgeGridAuth(replace(PUBLISHED, max_body=max_body), clock=SigningClock(lambda: NOW), nonce=lambda: NONCE)
        headers.append(next(auth.auth_flow(request)).headers["Authorization"])
    assert headers[0] != headers[1] == headers[2]


def test_the_timestamp_is_in_edgegrids_form() -> None:
    assert timestamp(NOW) == "20140321T19:34:21+0000"
    assert timestamp(0) == "19700101T00:00:00+0000"


def test_every_request_gets_a_nonce_and_a_time_of_its_own() -> None:
    now = iter([NOW, NOW + 1, NOW + 2])
    auth = EdgeGridAuth(PUBLISHED, clock=SigningClock(lambda: next(now)))
    headers = [next(auth.auth_flow(httpx.Request("GET", f"https://{HOST}/"))).headers["Authorization"] for _ in range(2)]
    fields = [dict(pair.split("=", 1) for pair in header.removeprefix("EG1-HMAC-SHA256 ").split(";")) for header in headers]
    assert fields[0]["nonce"] != fields[1]["nonce"]
    assert [field["timestamp"] for field in fields] == ["20140321T19:34:21+0000", "20140321T19:34:22+0000"]
    assert fields[0]["signature"] != fields[1]["signature"]


def test_nonces_do_not_repeat() -> None:
    assert len({new_nonce() for _ in range(1000)}) == 1000


def test_the_signed_request_is_otherwise_untouched() -> None:
    request = httpx.Request("POST", f"https://{HOST}/a%2Fb?c=%26", headers={"X-Test1": " a  b "}, content=b"x")
    before = [pair for pair in request.headers.raw if pair[0].lower() != b"authorization"]
    sent = next(EdgeGridAuth(PUBLISHED).auth_flow(request))
    assert [pair for pair in sent.headers.raw if pair[0].lower() != b"authorization"] == before
    assert (sent.url.raw_path, sent.content) == (b"/a%2Fb?c=%26", b"x")


def test_an_answer_ends_the_flow() -> None:
    flow = EdgeGridAuth(PUBLISHED).auth_flow(httpx.Request("GET", f"https://{HOST}/"))
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))


class Listener(logging.Handler):
    """Hears whatever reaches the root of the loggers, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())

    @contextmanager
    def listening(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)


def test_the_signing_library_says_nothing_even_at_debug() -> None:
    signed("GET", "/")  # imports the library
    names = {name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "akamai"}
    assert {"akamai.edgegrid.edgegrid", "akamai.edgegrid.edgerc"} <= names <= {*SIGNING_LOGGERS}
    later = ("akamai.another", "akamai.edgegrid.another")  # of another version of it
    for name in (*names, *later):
        logger = logging.getLogger(name)
        logger.disabled, logger.propagate = False, True
        logger.setLevel(logging.DEBUG)
    listener = Listener()
    with listener.listening():
        signed("POST", "/testapi/v1/t3", b"planted-body")
        for name in later:
            logging.getLogger(name).debug("planted")
    assert listener.heard == []
    assert not any(logging.getLogger(name).isEnabledFor(logging.CRITICAL) for name in SIGNING_LOGGERS)
    for name in later:
        del logging.root.manager.loggerDict[name]
