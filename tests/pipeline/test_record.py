"""The record of a call: what each layer took of its time, and what happened on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import (
    AccessError,
    AkamaiMcpError,
    ArgumentError,
    CacheMissError,
    ConfirmationRequired,
    CredentialsError,
    PolicyRefused,
    QuestionRequired,
    UnknownOperationError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamTimeout,
)
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.record import SEVERAL, CallRecord, current_record, note_failure, note_tool, open_record
from akamai_mcp.pipeline.stack import Pipeline, PipelinePolicies, build_pipeline
from akamai_mcp.pipeline.timing import NotingCounters, Timed


class Slow:
    """A layer that takes its time before and after what is inside it."""

    def __init__(self, inner: Handler, clock: FakeClock, before: float, after: float = 0.0) -> None:
        self._inner, self._clock, self._before, self._after = inner, clock, before, after

    async def __call__(self, call: Call) -> Response:
        self._clock.now += self._before
        try:
            return await self._inner(call)
        finally:
            self._clock.now += self._after


def pipeline(upstream: FakeUpstream) -> Pipeline:
    return build_pipeline(upstream, PipelinePolicies(), NotingCounters(), timed=True)


def ignore(_: CallRecord) -> None:
    """Nobody is told."""


async def test_each_layer_is_told_its_own_time_without_that_of_the_layers_inside() -> None:
    clock = FakeClock()
    inner = Timed("upstream", Slow(FakeUpstream(), clock, 2.0), clock)
    outer = Timed("limits", Slow(inner, clock, 1.0, 0.5), clock)
    with open_record(ignore, clock=clock) as record:
        await outer(call())
    assert record.seconds_by_layer() == {"limits": 1.5, "upstream": 2.0}
    assert record.seconds == 3.5


async def test_passages_of_one_layer_add_up() -> None:
    clock = FakeClock()
    layer = Timed("upstream", Slow(FakeUpstream(), clock, 2.0), clock)
    with open_record(ignore, clock=clock) as record:
        await layer(call())
        await layer(call())
    assert record.seconds_by_layer() == {"upstream": 4.0}


async def test_a_call_comes_through_every_layer_and_a_hit_through_the_cache_alone() -> None:
    handler = pipeline(FakeUpstream(ok(b"12345"))).handler
    with open_record(ignore) as first:
        await handler(call())
    with open_record(ignore) as second:
        await handler(call())
    assert set(first.seconds_by_layer()) == {"cache", "coalesce", "retry", "breaker", "limits", "upstream"}
    assert set(second.seconds_by_layer()) == {"cache"}
    assert [visit.received for visit in first.visits if visit.layer == "upstream"] == [5]
    assert (first.events["upstream"], first.events["cacheStored"], second.events["cacheHits"]) == (1, 1, 1)
    assert (first.status, second.status) == (200, 200)


async def test_who_joins_a_request_waits_in_coalesce_and_sends_nothing() -> None:
    records: list[CallRecord] = []
    handler = pipeline(FakeUpstream()).handler

    async def ask() -> None:
        with open_record(records.append):
            await handler(call())

    await asyncio.gather(ask(), ask())
    leader, follower = sorted(records, key=lambda record: -len(record.visits))
    assert "upstream" in leader.seconds_by_layer()
    assert set(follower.seconds_by_layer()) == {"cache", "coalesce"}
    assert (leader.events["coalesced"], follower.events["coalesced"]) == (0, 1)


async def test_a_call_that_is_given_up_is_closed_while_others_still_wait_for_its_request() -> None:
    records: list[CallRecord] = []
    asked, answer = asyncio.Event(), asyncio.Event()
    upstream = FakeUpstream()

    async def hold(_: Call) -> None:
        asked.set()
        await answer.wait()

    upstream.before = hold
    handler = pipeline(upstream).handler

    async def ask() -> None:
        with open_record(records.append):
            await handler(call())

    leader, follower = asyncio.ensure_future(ask()), asyncio.ensure_future(ask())
    await asked.wait()
    leader.cancel()
    await asyncio.gather(leader, return_exceptions=True)
    (given_up,) = records
    assert all(visit.ended is not None for visit in given_up.visits)
    answer.set()
    await follower
    assert len(records) == 2


async def test_without_a_record_nothing_is_noted_and_the_call_goes_through() -> None:
    assert (await pipeline(FakeUpstream()).handler(call())).status == 200
    note_tool("x")
    note_failure(ValueError())
    assert current_record() is None


def test_layers_are_not_wrapped_where_nobody_listens() -> None:
    assert "Timed" not in repr(vars(build_pipeline(FakeUpstream(), PipelinePolicies()).handler))
    assert "Timed" in repr(vars(pipeline(FakeUpstream()).handler))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConfirmationRequired("", line="", token="", seconds=1), "asked"),
        (PolicyRefused("no"), "refused"),
        (ArgumentError("wrong"), "invalid"),
        (UnknownOperationError("x"), "invalid"),
        (QuestionRequired(line="x", state="t"), "asked"),
        (AccessError("no"), "refused"),
        (CacheMissError(), "notCached"),
        (CredentialsError("none"), "credentials"),
        (UpstreamBusyError("full", retry_after=1), "held"),
        (UpstreamTimeout("late"), "timeout"),
        (UpstreamConnectError("no way"), "unreachable"),
        (AkamaiMcpError("else"), "broken"),
        (ValueError("ours"), "broken"),
    ],
)
def test_a_failure_is_told_by_its_kind(error: Exception, outcome: str) -> None:
    with open_record(ignore) as record:
        note_failure(error)
    assert record.outcome == outcome


@pytest.mark.parametrize(
    ("customers", "told"), [(["acme"], "acme"), (["acme", "acme"], "acme"), (["acme", "other", "acme"], "*")]
)
def test_a_call_names_its_first_operation_and_its_customer_and_of_several_customers_none(customers: list[str], told: str) -> None:
    with open_record(ignore) as record:
        for number, name in enumerate(customers):
            record.concerns(product=f"p{number}", operation=f"p{number}/v1#x", customer=name)
    assert (record.product, record.operation, record.customer) == ("p0", "p0/v1#x", told)
    assert SEVERAL == "*"


def test_the_tool_is_the_one_that_was_noted_last() -> None:
    with open_record(ignore) as record:
        note_tool("one")
        note_tool("two")
    assert record.tool == "two"


def test_a_record_is_the_current_one_until_its_end_and_then_the_one_around_it_is() -> None:
    with open_record(ignore) as outer:
        with open_record(ignore) as inner:
            assert current_record() is inner
        assert current_record() is outer
    assert current_record() is None
    with pytest.raises(RuntimeError), open_record(ignore):
        raise RuntimeError
    assert current_record() is None


@pytest.mark.parametrize(("response", "received"), [(ok(b"12345"), 5), (replace(ok(b"123"), size=9), 9), (ok(b""), 0)])
async def test_a_visit_has_the_status_and_size_of_its_response_and_none_where_there_was_no_response(
    response: Response, received: int
) -> None:
    layer = Timed("upstream", FakeUpstream(response, UpstreamTimeout("late")), FakeClock())
    with open_record(ignore) as record:
        await layer(call())
        with suppress(UpstreamTimeout):
            await layer(call())
    assert [(visit.status, visit.received) for visit in record.visits] == [(200, received), (None, 0)]
    assert record.status is None  # of the last request


def test_the_status_of_a_call_that_sent_nothing_is_none() -> None:
    with open_record(ignore) as record:
        pass
    assert record.status is None


def test_a_call_of_which_nothing_is_noted_ended_well() -> None:
    told: list[CallRecord] = []
    with open_record(told.append, clock=iter((1.0, 3.5)).__next__, wall=lambda: 7.0) as record:
        pass
    assert told == [record]
    assert (record.began_at, record.seconds, record.outcome, record.request_id, record.result_bytes) == (7.0, 2.5, "ok", "", 0)
    assert (record.caller, record.tool, record.product, record.operation, record.customer) == ("",) * 5
    assert (dict(record.events), record.visits, len(record.identifier)) == ({}, [], 16)
