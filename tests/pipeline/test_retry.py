"""What is sent again, after how long, and what never is."""

from __future__ import annotations

import asyncio

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok
from virtual_time import VirtualLoop, run

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
from akamai_mcp.pipeline.retry import Retry, RetryPolicy, wait_seconds

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
BURST = b'{"type": "https://problems.luna.akamaiapis.net/-/pep-authn/request-error", "detail": "denied by IPBLOCK-BURST4-54013"}'
UNTOUCHED: list[Response | Exception] = [
    UpstreamConnectError("c"),
    ok(status=429),
    ok(status=429, x_ratelimit_next="1970-01-01T00:16:42Z"),
    ok(b'{"detail": "Too many. Try after 1970-01-01T00:16:42Z"}', status=403),
    ok(BURST, status=400),
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
@pytest.mark.parametrize("outcome", [*LOST, *UNTOUCHED])
async def test_safe_and_idempotent_calls_go_again(method: str, outcome: Response | Exception) -> None:
    kit = Kit(outcome, ok(b"1"))
    assert (await kit.layer(call(method))).content == b"1"
    assert len(kit.upstream.calls) == 2


@pytest.mark.parametrize("method", CREATES)
@pytest.mark.parametrize("outcome", LOST)
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


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 412])
async def test_a_later_refusal_says_how_the_resource_is_and_that_an_earlier_attempt_may_have_taken_effect(status: int) -> None:
    refusal = await Kit(UpstreamTimeout("t"), ok(status=status)).layer(call("DELETE"))
    assert (refusal.status, refusal.after_unknown, refusal.effect) == (status, True, "unknown")
    alone = await Kit(ok(status=status)).layer(call("DELETE"))
    assert (alone.after_unknown, alone.effect) == (False, "none")


async def test_a_refusal_of_a_read_is_as_it_came() -> None:
    assert not (await Kit(UpstreamTimeout("t"), ok(status=404)).layer(call("GET"))).after_unknown


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


@pytest.mark.parametrize(
    ("refusal", "slept"),
    [
        (ok(status=429, retry_after="7"), 7.0),
        (ok(status=503, retry_after="0.25"), 0.25),
        (ok(status=429, x_ratelimit_next="1970-01-01T00:16:50Z"), 10.0),  # the clock is at 1,000 seconds
        (ok(b'{"detail": "try after 1970-01-01T00:16:43.5Z"}', status=429), 3.5),
        (ok(BURST, status=400), 5.0),
        (ok(status=429, retry_after="soon"), 0.5),
    ],
)
async def test_the_time_that_a_refusal_names_is_waited_for(refusal: Response, slept: float) -> None:
    kit = Kit(refusal, ok())
    await kit.layer(call("POST"))
    assert kit.clock.slept == [slept]


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    kit = Kit(ok(status=429, retry_after="600"), deadline=180)
    assert (await kit.layer(call())).status == 429
    assert kit.clock.slept == []


async def test_a_wait_that_would_end_at_the_deadline_is_not_begun() -> None:
    assert (await Kit(ok(status=503), ok(), first_wait=10.0, deadline=10.0).layer(call())).status == 503
    kit = Kit(ok(status=503), ok(b"1"), first_wait=9.9, deadline=10.0)
    assert (await kit.layer(call())).content == b"1"
    assert kit.clock.slept == [9.9]


async def test_the_deadline_counts_from_the_first_attempt() -> None:
    kit = Kit(ok(status=429, retry_after="6"), deadline=10, attempts=9)
    assert (await kit.layer(call())).status == 429
    assert kit.clock.slept == [6.0]


def test_a_call_that_takes_longer_than_its_deadline_in_all_is_a_timeout_that_says_what_to_do() -> None:
    loop = VirtualLoop()
    upstream = FakeUpstream(UpstreamConnectError("c"))

    async def wait(_: object) -> None:
        await asyncio.sleep(40.0)

    upstream.before = wait
    policy = RetryPolicy(deadline=90.5, first_wait=1.0)
    retry = Retry(upstream, policy, Counters(), clock=loop.wall, jitter=lambda: 1.0)
    with pytest.raises(UpstreamTimeout) as late:
        run(retry(call("POST")), loop)
    assert (loop.time(), len(upstream.calls)) == (90.5, 3)
    assert (late.value.message, late.value.advice) == (
        "akab-test.luna.akamaiapis.net did not answer within 90.5 s in all.",
        "Raise AKAMAI_MCP_DEADLINE, or ask for less; read the resource before repeating a write.",
    )
    assert late.value.effect == "unknown"
