"""One call works at a time, callers in rotation, and none holds the others up."""

from __future__ import annotations

import asyncio

import pytest
from virtual_time import VirtualLoop, run

from akamai_mcp.calls.turns import Turn, Turns, in_turn, out_of_turn

SOON = 0.001


class Calls:
    """Calls that take turns; `log` has their names in the order in which they work."""

    def __init__(self, longest: float = 60.0) -> None:
        self.turns = Turns(longest)
        self.log: list[str] = []

    async def call(self, name: str, until: asyncio.Event | None = None) -> None:
        """Work in turn, until an event if there is one; the caller is the name without its number."""
        async with in_turn(self.turns, name.rstrip("0123456789")):
            self.log.append(name)
            if until:
                await until.wait()

    async def start(self, name: str, until: asyncio.Event | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task(self.call(name, until))
        await settle()
        return task


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_callers_take_turns_in_rotation_and_the_calls_of_each_in_order() -> None:
    calls, end = Calls(), asyncio.Event()
    tasks = [await calls.start("a0", end), *[await calls.start(name) for name in ("a1", "a2", "a3", "b1", "c1", "b2")]]
    assert calls.log == ["a0"]
    end.set()
    await asyncio.gather(*tasks)
    assert calls.log == ["a0", "a1", "b1", "c1", "a2", "b2", "a3"]


async def test_a_call_whose_turn_has_come_keeps_the_others_waiting() -> None:
    calls, first, second = Calls(), asyncio.Event(), asyncio.Event()
    tasks = [await calls.start("a0", first), await calls.start("a1", second), await calls.start("b0"), await calls.start("c0")]
    first.set()
    await settle()
    assert calls.log == ["a0", "a1"]
    second.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert calls.log == ["a0", "a1", "b0", "c0"]


def test_a_request_that_has_its_turn_goes_on_at_once() -> None:
    async def work() -> float:
        turns = Turns(longest=60.0)
        turn = Turn(turns, "a")
        async with asyncio.timeout(30):
            await turns.take(turn)
            await turns.take(turn)
        return asyncio.get_running_loop().time()

    assert run(work(), VirtualLoop()) == 0.0


async def test_a_call_that_is_cancelled_as_another_of_its_request_is_called_leaves_the_turn_to_that() -> None:
    calls, end, working = Calls(), asyncio.Event(), asyncio.Event()
    turn = Turn(calls.turns, "several")

    async def work(name: str) -> None:
        await calls.turns.take(turn)
        calls.log.append(name)
        await working.wait()
        calls.turns.leave(turn)

    holding = await calls.start("a", end)
    cancelled, called = asyncio.create_task(work("one")), asyncio.create_task(work("two"))
    await settle()
    other = await calls.start("b")
    end.set()
    cancelled.cancel()
    await settle()
    assert calls.log == ["a", "two"]
    working.set()
    await asyncio.wait_for(asyncio.gather(holding, called, other), 5)
    assert calls.log == ["a", "two", "b"]


async def test_a_call_that_waits_for_akamai_lets_others_work_and_takes_a_turn_again() -> None:
    calls, answered, working = Calls(), asyncio.Event(), asyncio.Event()

    async def ask() -> None:
        async with in_turn(calls.turns, "asks"):
            async with out_of_turn():
                await answered.wait()
            calls.log.append("answered")

    asking = asyncio.create_task(ask())
    await settle()
    other = await calls.start("b", working)
    answered.set()
    await settle()
    assert calls.log == ["b"]
    working.set()
    await asyncio.gather(asking, other)
    assert calls.log == ["b", "answered"]


@pytest.mark.parametrize("cancelled", [0, 1, 2])
async def test_a_cancelled_call_passes_its_turn_on(cancelled: int) -> None:
    calls, end = Calls(), asyncio.Event()
    tasks = [await calls.start("a0", end), await calls.start("a1", end), await calls.start("b0", end)]
    tasks[cancelled].cancel()
    await settle()
    end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    await calls.call("c")
    assert [name for name in calls.log if name != ["a0", "a1", "b0"][cancelled]][-1] == "c"
    assert len(calls.log) >= 3


async def test_a_call_that_is_called_and_cancelled_at_once_passes_its_turn_on() -> None:
    calls, end = Calls(), asyncio.Event()
    first, second, third = [await calls.start("a0", end), await calls.start("a1"), await calls.start("b0")]
    end.set()
    while not first.done():
        await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second, third], timeout=10)
    assert calls.log[-1] == "b0"


async def test_a_call_that_waits_for_something_else_loses_its_turn() -> None:
    calls, end = Calls(SOON), asyncio.Event()
    holding = await calls.start("a0", end)
    await calls.call("b0")
    assert calls.log == ["a0", "b0"]
    end.set()
    await holding
    await calls.call("c0")


def test_a_turn_that_is_taken_again_lasts_as_long_as_the_first() -> None:
    async def work() -> list[str]:
        calls = Calls(longest=1.0)

        async def ask() -> None:
            async with in_turn(calls.turns, "a"):
                await asyncio.sleep(0.6)
                async with out_of_turn():
                    pass
                await asyncio.sleep(0.6)  # beyond the end that the first turn would have had
                calls.log.append("a")

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.7)
        await asyncio.gather(asking, calls.call("b"))
        return calls.log

    assert run(work(), VirtualLoop()) == ["a", "b"]


async def test_outside_of_a_turn_nothing_waits_and_none_is_taken() -> None:
    calls = Calls()
    async with in_turn(calls.turns, "a"):
        pass
    async with out_of_turn():
        pass
    await asyncio.wait_for(calls.call("b"), 5)


async def test_calls_of_one_request_at_the_same_time_share_its_turn() -> None:
    calls, working, answered = Calls(), asyncio.Event(), asyncio.Event()

    async def ask(name: str) -> None:
        async with out_of_turn():
            await answered.wait()
        calls.log.append(name)

    async def request() -> None:
        async with in_turn(calls.turns, "several"):
            await asyncio.gather(ask("one"), ask("two"), ask("three"))

    asking = asyncio.create_task(request())
    await settle()
    other = await calls.start("b", working)
    answered.set()
    await settle()
    working.set()
    await asyncio.wait_for(asyncio.gather(asking, other), 10)
    assert sorted(calls.log) == ["b", "one", "three", "two"]
