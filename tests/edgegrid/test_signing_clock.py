"""A clock that is off is learnt from the refusal and corrected once."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import pytest
from pipeline_fakes import credentials

from akamai_mcp.edgegrid.auth import EdgeGridAuth
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.logs import configure_logs

HOST = "akab-test.luna.akamaiapis.net"
NOW = 1_700_000_000.0


def refusal(seconds: float, status: int = 401) -> httpx.Response:
    return httpx.Response(status, headers={"date": formatdate(NOW + seconds, usegmt=True)})


def signed_times(*answers: httpx.Response) -> list[str]:
    """The timestamps of the requests that an auth flow sends, given what each is answered."""
    clock = SigningClock(lambda: NOW)
    flow = EdgeGridAuth(credentials(), clock=clock, nonce=lambda: "n").auth_flow(
        httpx.Request("POST", f"https://{HOST}/x", content=b"1")
    )
    sent = [next(flow)]
    times = [sent[0].headers["authorization"].split("timestamp=")[1].split(";")[0]]
    for answer in answers:
        try:
            times.append(flow.send(answer).headers["authorization"].split("timestamp=")[1].split(";")[0])
        except StopIteration:
            break
    return times


def test_a_refusal_from_a_host_in_another_time_is_signed_again_with_its_time() -> None:
    assert signed_times(refusal(3600)) == ["20231114T22:13:20+0000", "20231114T23:13:20+0000"]


def test_it_is_tried_again_only_once() -> None:
    assert len(signed_times(refusal(3600), refusal(7200))) == 2


@pytest.mark.parametrize(
    "answer",
    [
        refusal(10),
        refusal(3600, status=403),
        refusal(3600, status=200),
        httpx.Response(401),
        httpx.Response(401, headers={"date": "soon"}),
    ],
)
def test_nothing_is_learnt_from_other_answers(answer: httpx.Response) -> None:
    assert len(signed_times(answer)) == 1


@pytest.mark.parametrize(
    ("status", "seconds", "is_learnt"),
    [(400, 31, True), (401, 31, True), (401, -31, True), (400, -3600, True)]
    + [(status, seconds, False) for status in (400, 401) for seconds in (30, -30, 0)]
    + [(status, 3600, False) for status in (200, 399, 402, 403, 404, 429, 500)],
)
def test_a_clock_is_off_where_a_host_refuses_and_names_a_time_more_than_half_a_minute_away(
    status: int, seconds: int, is_learnt: bool
) -> None:
    clock = SigningClock(lambda: NOW)
    assert clock.learn(HOST, status, formatdate(NOW + seconds, usegmt=True)) is is_learnt
    assert clock.now(HOST) == NOW + seconds * is_learnt
    assert (clock.seconds_off(HOST), clock.seconds_off("other")) == (-seconds, None)
    assert not clock.learn(HOST, status, formatdate(NOW + seconds, usegmt=True))  # it is right now, or was


def test_an_answer_without_a_time_says_nothing_of_the_clock() -> None:
    clock = SigningClock(lambda: NOW)
    for date in (None, "", "soon"):
        assert not clock.learn(HOST, 401, date)
    assert clock.seconds_off(HOST) is None


def test_what_was_learnt_serves_later_calls_to_that_host_only(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "console")
    corrections: list[int] = []
    clock = SigningClock(lambda: NOW, on_correction=lambda: corrections.append(1))
    assert clock.learn(HOST, 401, formatdate(NOW - 100, usegmt=True))
    assert (clock.now(HOST), clock.now("other"), corrections) == (NOW - 100, NOW, [1])
    assert "clock is off" in capsys.readouterr().err
