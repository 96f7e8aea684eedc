"""What is sent again, after how long, and what never is."""

from __future__ import annotations

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import (
    UploadChangedError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.retry import Retry, RetryPolicy, retry_after, wait_seconds

READS = ["GET", "HEAD", "PUT", "DELETE"]
CREATES = ["POST", "PATCH"]
LOST: list[Response | Exception] = [
    ok(status=500),
    ok(status=502),
    ok(status=503),
    ok(status=504),
    UpstreamTimeout("t"),
    UpstreamProtocolError("p"),
]
UNTOUCHED: list[Response | Exception] = [
    UpstreamConnectError("c"),
    ok(status=429, retry_after="1"),
    ok(status=503, retry_after="1"),
]


class Kit:
    def __init__(self, *outcomes: Response | Exception, **policy: float) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(*outcomes)
        self.counters = Counters()
        self.layer = Retry(
            self.upstream, RetryPolicy(**policy), self.counters, sleep=self.clock.sleep, clock=self.clock, jitter=lambda: 1.0
        )  # type: ignore[arg-type]


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("outcome", [*LOST, *UNTOUCHED, ok(status=429)])
async def test_safe_and_idempotent_calls_go_again(method: str, outcome: Response | Exception) -> None:
    kit = Kit(outcome, ok(b"1"))
    assert (await kit.layer(call(method))).content == b"1"
    assert len(kit.upstream.calls) == 2


@pytest.mark.parametrize("method", CREATES)
@pytest.mark.parametrize("outcome", [*LOST, ok(status=429)])
async def test_post_and_patch_never_go_again_where_they_may_have_taken_effect(method: str, outcome: Response | Exception) -> None:
    kit = Kit(outcome)
    try:
        await kit.layer(call(method))
    except UpstreamError as error:
        assert error is outcome
    assert len(kit.upstream.calls) == 1


@pytest.mark.parametrize("method", CREATES)
@pytest.mark.parametrize("outcome", UNTOUCHED)
async def test_post_and_patch_go_again_where_they_surely_had_no_effect(method: str, outcome: Response | Exception) -> None:
    kit = Kit(outcome, ok(b"1", status=201))
    assert (await kit.layer(call(method))).status == 201


@pytest.mark.parametrize(
    "outcome",
    [
        ok(status=400),
        ok(status=401),
        ok(status=404),
        ok(status=409),
        ok(status=501),
        UpstreamTlsError("x"),
        UpstreamBusyError("b", retry_after=1),
    ],
)
async def test_what_will_not_get_better_is_not_repeated(outcome: Response | Exception) -> None:
    kit = Kit(outcome)
    try:
        await kit.layer(call())
    except UpstreamError as error:
        assert error is outcome
    assert len(kit.upstream.calls) == 1


async def test_the_last_answer_is_given_when_the_attempts_are_used_up() -> None:
    kit = Kit(ok(b"busy", status=503), attempts=4)
    assert (await kit.layer(call())).status == 503
    assert (len(kit.upstream.calls), kit.counters["retries"]) == (4, 3)


NOT_SENT = [
    UpstreamBusyError("b", retry_after=1),
    UpstreamConnectError("c"),
    UpstreamTlsError("x"),
    UploadChangedError("f", "changed"),
]


@pytest.mark.parametrize("last", [*NOT_SENT, ok(status=429), ok(status=503, retry_after="1")], ids=repr)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_attempt_without_effect_does_not_hide_one_that_may_have_had_some(
    method: str, last: Response | Exception
) -> None:
    lost = UpstreamTimeout("t")
    kit = Kit(lost, last, attempts=2)
    with pytest.raises(UpstreamTimeout) as told:
        await kit.layer(call(method))
    assert told.value is lost
    assert len(kit.upstream.calls) == 2


@pytest.mark.parametrize("last", NOT_SENT, ids=repr)
async def test_an_answer_that_may_have_had_an_effect_is_told_rather_than_that_nothing_was_sent(last: Exception) -> None:
    kit = Kit(ok(status=500), last, attempts=2)
    assert (await kit.layer(call("PUT"))).status == 500


async def test_of_attempts_that_may_have_had_an_effect_the_unanswered_one_is_told() -> None:
    kit = Kit(UpstreamProtocolError("p"), ok(status=502), UpstreamConnectError("c"), attempts=3)
    with pytest.raises(UpstreamProtocolError):
        await kit.layer(call("PUT"))


async def test_a_later_answer_of_akamai_s_own_is_told() -> None:
    assert (await Kit(UpstreamTimeout("t"), ok(status=404)).layer(call("DELETE"))).status == 404


@pytest.mark.parametrize("last", NOT_SENT, ids=repr)
async def test_where_no_attempt_had_an_effect_the_last_is_told(last: Exception) -> None:
    kit = Kit(UpstreamConnectError("c"), last, attempts=2)
    with pytest.raises(type(last)) as told:
        await kit.layer(call("PUT"))
    assert told.value is last


async def test_of_a_read_the_last_outcome_is_told_since_it_changes_nothing() -> None:
    kit = Kit(UpstreamTimeout("t"), UpstreamBusyError("b", retry_after=3), attempts=2)
    with pytest.raises(UpstreamBusyError):
        await kit.layer(call("GET"))


async def test_waits_double_up_to_a_bound_and_are_jittered_in_full() -> None:
    policy = RetryPolicy(first_wait=0.5, longest_wait=3.0)
    bounds = [wait_seconds(policy, attempt, UpstreamTimeout("t"), jitter=1.0, now=0) for attempt in (1, 2, 3, 4, 5)]
    assert bounds == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert wait_seconds(policy, 3, UpstreamTimeout("t"), jitter=0.25, now=0) == 0.5


async def test_retry_after_in_seconds_and_as_a_date_is_obeyed() -> None:
    assert retry_after(ok(retry_after="7"), now=0) == 7.0
    assert retry_after(ok(retry_after="Thu, 01 Jan 1970 00:01:00 GMT"), now=50.0) == 10.0
    assert retry_after(ok(retry_after="soon"), now=0) is None
    kit = Kit(ok(status=429, retry_after="7"), ok())
    await kit.layer(call())
    assert kit.clock.slept == [7.0]


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    kit = Kit(ok(status=429, retry_after="600"), deadline=180)
    assert (await kit.layer(call())).status == 429
    assert kit.clock.slept == []
