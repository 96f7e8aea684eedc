"""Identical reads of one customer at the same time are one request."""

from __future__ import annotations

import asyncio

import pytest
from pipeline_fakes import FakeUpstream, call, ok, turns

from akamai_mcp.errors import UpstreamTimeout
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.coalesce import Coalesce
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.versions import Versions


class Kit:
    """A coalescer over an upstream that answers when it is let go."""

    def __init__(self, *outcomes: Response | BaseException) -> None:
        self.go = asyncio.Event()
        self.cancelled = 0
        self.upstream = FakeUpstream(*outcomes)
        self.upstream.before = self._hold
        self.versions = Versions()
        self.counters = Counters()
        self.layer = Coalesce(self.upstream, self.versions, self.counters)

    async def _hold(self, _: Call) -> None:
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def start(self, count: int, **changes: object) -> list[asyncio.Task[Response]]:
        tasks = [asyncio.ensure_future(self.layer(call(**changes))) for _ in range(count)]  # type: ignore[arg-type]
        await turns(20)
        return tasks


async def test_a_hundred_identical_reads_are_one_request() -> None:
    kit = Kit(ok(b"1"))
    tasks = await kit.start(100)
    kit.go.set()
    answers = await asyncio.gather(*tasks)
    assert ({a.content for a in answers}, len(kit.upstream.calls), kit.counters["coalesced"]) == ({b"1"}, 1, 99)


async def test_a_hundred_reads_of_two_customers_are_two_requests() -> None:
    kit = Kit()
    tasks = await kit.start(50, customer="acme") + await kit.start(50, customer="other")
    kit.go.set()
    await asyncio.gather(*tasks)
    assert [c.customer for c in kit.upstream.calls] == ["acme", "other"]


async def test_cancelling_the_first_caller_does_not_cancel_the_others() -> None:
    kit = Kit(ok(b"1"))
    tasks = await kit.start(3)
    tasks[0].cancel()
    await asyncio.sleep(0)
    kit.go.set()
    assert [a.content for a in await asyncio.gather(*tasks[1:])] == [b"1", b"1"]
    assert kit.cancelled == 0


async def test_the_request_is_cancelled_with_its_last_caller_and_nobody_joins_it() -> None:
    kit = Kit(ok(b"1"))
    tasks = await kit.start(2)
    for task in tasks:
        task.cancel()
    late = asyncio.ensure_future(kit.layer(call()))
    kit.go.set()
    assert (await late).content == b"1"
    assert kit.cancelled <= 1
    assert len(kit.upstream.calls) == 2


async def test_a_request_that_nobody_waits_for_any_more_is_cancelled_and_one_that_somebody_waits_for_is_not() -> None:
    kit = Kit()
    first, second = await kit.start(2)
    for task, cancelled in ((first, 0), (second, 1)):
        task.cancel()
        await turns(20)
        assert (task.cancelled(), kit.cancelled) == (True, cancelled)


async def test_an_error_goes_to_all_and_is_not_remembered() -> None:
    kit = Kit(UpstreamTimeout("slow"), ok(b"2"))
    tasks = await kit.start(3)
    kit.go.set()
    assert all(isinstance(r, UpstreamTimeout) for r in await asyncio.gather(*tasks, return_exceptions=True))
    assert (await kit.layer(call())).content == b"2"


@pytest.mark.parametrize("failure", [UpstreamTimeout("slow"), asyncio.CancelledError()], ids=["error", "cancelled"])
async def test_a_caller_that_asks_again_at_once_never_joins_the_request_that_failed(failure: BaseException) -> None:
    kit = Kit(failure, ok(b"2"))

    async def insist() -> Response:
        try:
            return await kit.layer(call())
        except (UpstreamTimeout, asyncio.CancelledError):  # the others have not seen it yet
            return await kit.layer(call())

    tasks = [asyncio.ensure_future(insist()) for _ in range(3)]
    await turns(20)
    kit.go.set()
    assert {response.content for response in await asyncio.wait_for(asyncio.gather(*tasks), 5)} == {b"2"}
    assert len(kit.upstream.calls) == 2


async def test_a_response_can_be_joined_until_all_who_waited_for_it_have_it() -> None:
    kit = Kit(ok(b"1"), ok(b"2"))
    joined: list[Response] = []

    async def then_join() -> None:
        await kit.layer(call())
        joined.append(await kit.layer(call()))

    tasks = [asyncio.ensure_future(then_join()), *await kit.start(2)]
    kit.go.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert ([response.content for response in joined], len(kit.upstream.calls)) == ([b"1"], 1)
    assert (await kit.layer(call())).content == b"2"


async def test_a_read_after_a_write_never_joins_one_from_before_it() -> None:
    kit = Kit(ok(b"old"), ok(b"new"))
    before = await kit.start(1)
    kit.versions.write(call().identity, call().path)
    after = await kit.start(1)
    kit.go.set()
    await asyncio.gather(*before, *after)
    assert len(kit.upstream.calls) == 2


@pytest.mark.parametrize(
    "apart", [*({"method": method} for method in ("POST", "PUT", "PATCH", "DELETE")), {"cache": "off"}], ids=str
)
async def test_writes_and_reads_that_want_an_answer_of_their_own_are_never_joined(apart: dict[str, object]) -> None:
    kit = Kit()
    tasks = await kit.start(3, **apart)
    kit.go.set()
    await asyncio.gather(*tasks)
    assert (len(kit.upstream.calls), kit.counters["coalesced"]) == (3, 0)
