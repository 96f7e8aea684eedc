"""A large body waits for a place in memory, which its call keeps until its answer is made."""

from __future__ import annotations

import asyncio

from akamai_mcp.pipeline.transport.large_bodies import keeping_place, receiving


async def test_a_call_keeps_its_place_until_its_answer_is_made() -> None:
    places = asyncio.Semaphore(1)
    with keeping_place():
        async with receiving() as place:
            await place.take(places)
        assert places.locked()
    assert not places.locked()


async def test_a_call_that_reads_several_large_bodies_has_one_place_and_so_never_waits_for_itself() -> None:
    places = asyncio.Semaphore(1)
    with keeping_place():
        for _ in range(3):
            async with receiving() as place:
                await asyncio.wait_for(place.take(places), 1)


async def test_outside_of_a_call_the_place_is_free_once_the_body_is_received() -> None:
    places = asyncio.Semaphore(1)
    async with receiving() as place:
        await place.take(places)
        assert places.locked()
    assert not places.locked()


async def test_bodies_outside_of_a_call_have_a_place_each_also_after_one() -> None:
    places = asyncio.Semaphore(2)
    with keeping_place():
        pass
    async with receiving() as first, receiving() as second:
        await first.take(places)
        assert not places.locked()
        await second.take(places)
        assert places.locked()


async def test_a_call_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    places = asyncio.Semaphore(1)
    await places.acquire()

    async def wait() -> None:
        with keeping_place():
            async with receiving() as place:
                await place.take(places)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    places.release()
    assert not places.locked()


async def test_a_request_that_others_wait_for_gives_back_the_place_of_the_call_that_began_it_and_was_cancelled() -> None:
    places = asyncio.Semaphore(1)
    answered = asyncio.Event()

    async def request() -> None:
        await answered.wait()
        async with receiving() as place:
            await place.take(places)

    with keeping_place():
        running = asyncio.create_task(request())
    answered.set()
    await running
    assert not places.locked()


async def test_a_body_still_under_way_when_its_call_is_cancelled_takes_a_place_again_and_gives_it_back() -> None:
    places = asyncio.Semaphore(1)
    taken, cancelled = asyncio.Event(), asyncio.Event()

    async def request() -> None:
        async with receiving() as place:
            await place.take(places)
            taken.set()
            await cancelled.wait()
            await place.take(places)
            assert places.locked()

    with keeping_place():
        running = asyncio.create_task(request())
        await taken.wait()
    cancelled.set()
    await running
    assert not places.locked()
