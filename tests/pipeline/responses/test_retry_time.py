"""Every form in which Akamai says when a call may be sent again."""

from __future__ import annotations

import time

import pytest
from pipeline_fakes import ok

from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.retry_time import BURST_SECONDS, read_time

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
AUTHN = "https://problems.luna.akamaiapis.net/-/pep-authn/request-error"


def burst(kind: str = AUTHN, detail: str = "The WAF deny rule IPBLOCK-BURST4-54013 refused it", status: int = 400) -> Response:
    return ok(f'{{"type": "{kind}", "status": 400, "detail": "{detail}"}}'.encode(), status=status)


@pytest.mark.parametrize("zone", ["UTC0", "EST5", "IST-5:30"])
def test_a_time_without_an_offset_is_that_of_utc_wherever_the_server_runs(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [read_time(text, NOW) for text in ("2023-11-14T22:13:50", "Tue, 14 Nov 2023 22:13:50 -0000")] == [30.0, 30.0]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0.25", 0.25),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tuesday, 14-Nov-23 22:13:50 GMT", 30.0),
        ("Tue Nov 14 22:13:50 2023", 30.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        ("2023-11-14T22:13:50Z", 30.0),
        ("2023-11-14t22:13:50z", 30.0),
        ("2023-11-14T22:13:50.500Z", 30.5),
        ("2023-11-14T22:13:50.123456789Z", 30.123456),
        ("2023-11-15T00:13:50+02:00", 30.0),
        ("2023-11-14T22:13:50", 30.0),
        ("2023-11-14T22:13:00Z", 0.0),
        ("", None),
        (None, None),
        ("soon", None),
        ("-1", None),
        ("\u00b2", None),
        ("\u0663", None),
        ("1e3", None),
        ("1,5", None),
        (".5", None),
        ("2023-11-14", None),
        ("2023-13-14T22:13:50Z", None),
        ("Thu, 32 Foo 9999", None),
        ("5; 6", None),
    ],
)
def test_a_time_is_seconds_or_a_date_of_either_standard(text: str | None, seconds: float | None) -> None:
    found = read_time(text, NOW)
    assert found == (seconds if seconds is None else pytest.approx(seconds, abs=1e-5))


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (ok(status=429, retry_after="7"), 7.0),
        (ok(status=503, retry_after="Tue, 14 Nov 2023 22:13:50 GMT"), 30.0),
        (ok(status=202, retry_after="7"), 7.0),
        (ok(status=429, x_ratelimit_next="2023-11-14T22:13:50Z"), 30.0),
        (ok(status=503, x_ratelimit_next="2023-11-14T22:13:50Z"), 30.0),
        (ok(status=429, retry_after="7", x_ratelimit_next="2023-11-14T22:13:50Z"), 30.0),
        (ok(status=429, retry_after="70", x_ratelimit_next="2023-11-14T22:13:50Z"), 70.0),
        (ok(status=200, x_ratelimit_next="2023-11-14T22:13:50Z"), None),
        (ok(status=404, x_ratelimit_next="2023-11-14T22:13:50Z"), None),
        (ok(b'{"title": "x", "detail": "Too many. Please try after 2023-11-14T22:13:50Z."}', status=429), 30.0),
        (ok(b'{"errors": [{"detail": "Try again after: 2023-11-14T22:13:50.5+00:00"}]}', status=403), 30.5),
        (ok(b"Limit reached, try after 2023-11-14T22:13:50Z", status=503), 30.0),
        (ok(b"\xff\xfe Limit reached, try after 2023-11-14T22:13:50Z", status=503), 30.0),
        (ok(b'{"detail": "created after 2023-11-14T22:13:50Z"}', status=429), None),
        (ok(b'{"note": "try after 2023-11-14T22:13:50Z"}', status=200), None),
        (burst(), BURST_SECONDS),
        (burst("/-/pep-authn/request-error/"), BURST_SECONDS),
        (burst(detail="denied by IPBLOCK-BURST"), BURST_SECONDS),
        (burst("/-/pep-authz/deny"), None),
        (burst(AUTHN + "_"), None),
        (burst(detail="The timestamp is not valid"), None),
        (burst(status=401), None),
        (ok(b"IPBLOCK-BURST4", status=400), None),
        (ok(b"[1, IPBLOCK-BURST", status=400), None),
        (ok(status=429), None),
        (ok(status=400), None),
        (ok(), None),
    ],
)
def test_a_response_says_when_to_try_again(response: Response, seconds: float | None) -> None:
    assert response.retry_after(NOW) == seconds


@pytest.mark.parametrize(
    ("response", "limited"),
    [
        (ok(status=429), True),
        (burst(), True),
        (ok(b'{"detail": "try after 2023-11-14T22:13:50Z"}', status=409), True),
        (ok(b'{"detail": "try after 2023-11-14T22:13:50Z"}', status=503), False),
        (ok(status=503, retry_after="1"), False),
        (ok(status=400), False),
        (burst(detail="bad"), False),
        (ok(status=200), False),
    ],
)
def test_a_refusal_by_a_limit_is_told_from_others(response: Response, limited: bool) -> None:
    assert response.is_rate_limited is limited


def test_a_huge_problem_is_searched_at_its_beginning_only() -> None:
    late = b"x" * 70_000 + b" try after 2023-11-14T22:13:50Z"
    assert ok(late, status=429).retry_after(NOW) is None
