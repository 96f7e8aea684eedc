"""The pipeline as it is put together: in which order a call meets the layers, what is counted, and who is told."""

from __future__ import annotations

import asyncio

import pytest
from pipeline_fakes import FakeUpstream, call, ok

from akamai_mcp.errors import UpstreamTlsError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import EVENTS, Counters
from akamai_mcp.pipeline.record import LAYERS, open_record
from akamai_mcp.pipeline.stack import PipelinePolicies, Sharing, build_pipeline
from akamai_mcp.pipeline.timing import NotingCounters


class Replicas:
    """What replicas would share: two layers that write down their names, and a bucket that always has a token."""

    def __init__(self) -> None:
        self.met: list[str] = []
        self.sharing = Sharing(
            around=lambda inner: self._layer("around", inner),
            below=lambda inner: self._layer("below", inner),
            bucket=self._bucket,
        )

    def _layer(self, name: str, inner: Handler) -> Handler:
        async def pass_on(call: Call) -> Response:
            self.met.append(name)
            return await inner(call)

        return pass_on

    async def _bucket(self, _: Call, __: float) -> float | None:
        self.met.append("bucket")
        return 0.0


def counted(counters: Counters) -> dict[str, int]:
    return {event: count for event, count in counters.as_dict().items() if count}


async def test_a_call_meets_every_layer_from_the_outermost_to_the_innermost() -> None:
    replicas = Replicas()
    pipeline = build_pipeline(FakeUpstream(), PipelinePolicies(), NotingCounters(), replicas.sharing, timed=True)
    for met in (["around", "below", "bucket"], ["around"]):  # the second call is a hit of the cache
        replicas.met.clear()
        with open_record(lambda _: None) as record:
            await pipeline.handler(call())
        assert replicas.met == met
        chain = [visit.layer for visit in record.visits]
        assert chain == list(LAYERS[: len(chain)])
        assert [visit.outer for visit in record.visits] == [None, *record.visits[:-1]]
    assert len(chain) == 2


async def test_without_replicas_nothing_of_theirs_is_met() -> None:
    pipeline = build_pipeline(FakeUpstream(), PipelinePolicies(), NotingCounters(), timed=True)
    with open_record(lambda _: None) as record:
        await pipeline.handler(call())
    assert [visit.layer for visit in record.visits] == [layer for layer in LAYERS if layer not in {"announce", "replicas"}]


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (ok(), {"calls": 1, "cacheMisses": 1, "cacheStored": 1, "upstream": 1}),
        (ok(status=404), {"calls": 1, "cacheMisses": 1, "upstream": 1}),
        (UpstreamTlsError("x"), {"calls": 1, "cacheMisses": 1, "upstream": 1, "failures": 1}),
    ],
)
async def test_a_call_counts_once_and_is_in_flight_until_it_ends(outcome: Response | Exception, counts: dict[str, int]) -> None:
    upstream, counters = FakeUpstream(outcome), Counters()
    pipeline = build_pipeline(upstream, PipelinePolicies(), counters)
    seen: list[int] = []

    async def look(_: Call) -> None:
        seen.append(pipeline.handler.in_flight)

    upstream.before = look
    assert pipeline.handler.in_flight == 0
    await asyncio.gather(pipeline.handler(call()), return_exceptions=True)
    assert (seen, pipeline.handler.in_flight, counted(counters)) == ([1], 0, counts)
    assert pipeline.counters is counters


async def test_a_write_through_the_whole_pipeline_is_told() -> None:
    told: list[tuple[str, str, float]] = []
    pipeline = build_pipeline(FakeUpstream(), PipelinePolicies(), on_write=lambda *written: told.append(written))
    written = call("PUT", "/a/1")
    await pipeline.handler(written)
    assert told == [(written.identity, "/a/1", 0.0)]


@pytest.mark.parametrize("kind", [Counters, NotingCounters])
def test_every_event_is_counted_one_by_one_or_several_at_once(kind: type[Counters]) -> None:
    counters = kind()
    assert counters.as_dict() == dict.fromkeys(EVENTS, 0)
    with open_record(lambda _: None) as record:
        for event in EVENTS:
            counters.add(event)
            counters.add(event, 3)
    assert (counters.as_dict(), counters["upstream"]) == (dict.fromkeys(EVENTS, 4), 4)
    assert dict(record.events) == (dict.fromkeys(EVENTS, 4) if kind is NotingCounters else {})
