"""Work on large values runs in a thread, one piece at a time, and its error holds none of them."""

from __future__ import annotations

import asyncio
import threading
import weakref

import pytest
from pipeline_fakes import turns

from akamai_mcp.pipeline.off_loop import LARGE, OffLoop


@pytest.mark.parametrize(("size", "at_once"), [(0, True), (LARGE, True), (LARGE + 1, False)])
async def test_only_what_is_larger_than_the_bound_leaves_the_thread_of_the_loop(size: int, at_once: bool) -> None:
    assert (await OffLoop().run(threading.get_ident, size=size) == threading.get_ident()) is at_once


async def test_large_pieces_wait_for_each_other_and_small_ones_for_none() -> None:
    off_loop, go, begun = OffLoop(), threading.Event(), []

    def work(name: str) -> str:
        begun.append(name)
        go.wait(10)
        return name

    first = asyncio.create_task(off_loop.run(lambda: work("first"), size=LARGE + 1))
    while not begun:
        await asyncio.sleep(0)
    second = asyncio.create_task(off_loop.run(lambda: work("second"), size=LARGE + 1))
    await turns(50)
    assert (begun, await off_loop.run(lambda: "small", size=LARGE)) == (["first"], "small")
    go.set()
    assert await asyncio.gather(first, second) == ["first", "second"]


class Value:
    """What an answer has, to be seen going."""


@pytest.mark.parametrize("is_told", [True, False])
async def test_an_error_is_the_works_own_and_holds_no_value_of_it_nor_of_what_caused_it(*, is_told: bool) -> None:
    held: list[weakref.ref[Value]] = []

    def inner() -> None:
        value = Value()
        held.append(weakref.ref(value))
        raise ValueError("inner")

    def work() -> None:
        value = Value()
        held.append(weakref.ref(value))
        try:
            inner()
        except ValueError as error:
            if is_told:
                raise RuntimeError("outer") from error
            raise RuntimeError("outer")  # noqa: B904 - the case itself

    with pytest.raises(RuntimeError, match="outer") as failed:
        await OffLoop().run(work, size=LARGE + 1)
    assert isinstance(failed.value.__context__, ValueError)
    assert [one() for one in held] == [None, None]
