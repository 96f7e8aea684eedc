"""Refused tokens and handshakes: a 401 of one line whatever was sent, one line of ours at a bounded rate, and a counter."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from service_stage import OpenService, TokenBook
from signed_tokens import AUDIENCE, ISSUER, Signer

from akamai_mcp.server.http.refusals import MAX_ADDRESS, Refusals, challenge

SIGNER = Signer.fresh()


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def forged(header: str, claims: str = "{}", signature: str = "AAAA") -> str:
    return f"{encoded(header)}.{encoded(claims)}.{signature}"


RS256 = '{"alg":"RS256"}'
TOKENS = {
    "nested header": forged('{"alg":"RS256","x":' + "[" * 5000 + "]" * 5000 + "}"),
    "nested claims": forged(RS256, "[" * 5000),
    "unknown critical header": forged('{"alg":"RS256","crit":["x"]}'),
    "critical header of numbers": forged('{"alg":"RS256","crit":[1]}'),
    "algorithm none": forged('{"alg":"none"}', '{"sub":"ann"}', ""),
    "algorithm as a list": forged('{"alg":["RS256"]}'),
    "algorithm as an object": forged('{"alg":{"a":1}}'),
    "header as a list": forged("[]"),
    "header as a number": forged("1"),
    "header as null": forged("null"),
    "unpaired surrogate": forged('{"alg":"RS256","kid":"\\ud800"}'),
    "not base64": "%%%.%%%.%%%",
    "two parts": "a.b",
    "nine parts": "a.b.c.d.e.f.g.h.i",
    "only dots": "..",
    "no ASCII": "\xe4.\xf6.\xfc",
    "large": "a" * 20_000,
    "large number": forged('{"alg":"RS256","n":' + "9" * 5000 + "}"),
    "Infinity as expiry": SIGNER.sign(exp=float("inf")),
    "minus Infinity as start": SIGNER.sign(nbf=float("-inf")),
    "not a number as expiry": SIGNER.sign(exp=float("nan")),
    "text as expiry": SIGNER.sign(exp="soon"),
    "list as expiry": SIGNER.sign(exp=[1]),
    "object as subject": SIGNER.sign(sub={"a": 1}),
    "list as issuer": SIGNER.sign(iss=[[]]),
}


@pytest.fixture
def public_key(tmp_path: Path) -> Path:
    path = tmp_path / "public.pem"
    path.write_text(SIGNER.public)
    return path


async def test_whatever_cannot_be_verified_is_a_401_of_one_line(
    open_service: OpenService, public_key: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_service(auth_public_key=public_key, auth_issuer=ISSUER, auth_audience=AUDIENCE, metrics=True) as service:
        for name, token in TOKENS.items():
            answer = await service.request("POST", "/mcp", headers={"Authorization": f"Bearer {token}".encode("latin-1")})
            assert (answer.status_code, answer.text.count("\n")) == (401, 0), name
            assert answer.json()["error"] == "invalid_token"
            assert "authorization server" in answer.json()["error_description"]
        assert await service.request_status(Authorization=f"Bearer {SIGNER.sign()}") == 200
        metrics = await service.request("GET", "/metrics", headers={"Authorization": f"Bearer {SIGNER.sign()}"})
    assert f'akamai_mcp_refused_total{{kind="token"}} {len(TOKENS)}.0' in metrics.text
    written = capfd.readouterr().err
    assert "Traceback" not in written
    assert written.count("token refused") == 1


async def test_the_401_of_a_tokens_file_says_nothing_of_registering(open_service: OpenService, book: TokenBook) -> None:
    book.give(ann="admin")
    async with open_service(auth_tokens_file=book.path) as service:
        answer = await service.request("POST", "/mcp", headers={"Authorization": "Bearer another"})
        assert answer.status_code == 401
        assert "regist" not in answer.text + answer.headers["www-authenticate"]
        assert "operator" in answer.json()["error_description"]
        without = await service.request("POST", "/mcp")
        assert (without.status_code, without.headers["www-authenticate"], without.content) == (401, "Bearer", b"")


async def test_refused_handshakes_are_one_line_of_ours_and_no_error_of_the_framework(
    open_service: OpenService, book: TokenBook, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    book.give(ann="admin")
    async with open_service(auth_tokens_file=book.path) as service:
        for token in ("", "wrong", "PLANTED-token"):
            assert await service.websocket_status(token=token) == 401
        assert await service.websocket_status(token=book.token("ann"), subprotocols=["chat"]) == 400
        assert await service.websocket_status(token=book.token("ann"), host="evil.example") >= 400
        assert await service.websocket_status(token=book.token("ann")) == 101
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    written = capfd.readouterr().err
    assert written.count("handshake refused") == 1
    assert "client=127.0.0.1" in written
    assert "PLANTED" not in written


def test_a_kind_of_refusal_is_logged_once_in_ten_seconds_with_the_number_since_the_last_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    for second in range(21):
        now[0] = float(second)
        refusals.note("token", "192.0.2.1")
    assert refusals.counts["token"] == 21
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("refusals=")[1] for line in lines] == ["1", "10", "10"]


def test_the_address_in_a_line_is_bounded_and_printable(capsys: pytest.CaptureFixture[str]) -> None:
    Refusals().note("token", "\x1b[31m\n" + "9" * 500)
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert line.count("9") <= MAX_ADDRESS + 20  # the time stamp has digits too


def test_the_challenge_keeps_where_to_log_in() -> None:
    original = 'Bearer error="invalid_token", error_description="x", resource_metadata="https://a.example/.well-known/x"'
    assert challenge(original, "Text.") == (
        'Bearer error="invalid_token", error_description="Text.", resource_metadata="https://a.example/.well-known/x"'
    )
