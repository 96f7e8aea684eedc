"""Standard input and output are waited for by the loop: lines come whole, large answers block nobody, the end is told late."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from mcp_stage import HELLO

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the SDK's own streams are used on Windows")

if sys.platform != "win32":
    from akamai_mcp.server.stdio import Lines, Output, drain

LARGE = "x" * 1_000_000 + "\n"
SOON = 5.0


async def at_once() -> None:
    """Nothing is under way."""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


async def read_all(lines: Lines) -> list[str]:
    return [line.decode("latin-1") async for line in lines if isinstance(line, bytes)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"o", b"ne\ntw", b"o\n"], ["one", "two"]),
        ([b"one\nwithout an end"], ["one", "without an end"]),
        ([b"\n\n"], ["", ""]),
        ([b"caf\xc3", b"\xa9\n\xff\n"], ["caf\xc3\xa9", "\xff"]),
        ([], []),
    ],
)
async def test_lines_come_whole_however_they_were_written(pipe: tuple[int, int], written: list[bytes], read: list[str]) -> None:
    reading = asyncio.ensure_future(read_all(Lines(pipe[0], at_once)))
    for part in written:
        os.write(pipe[1], part)
        await asyncio.sleep(0)
    os.close(pipe[1])
    assert await asyncio.wait_for(reading, SOON) == read


async def test_a_line_larger_than_a_pipe_comes_whole(pipe: tuple[int, int]) -> None:
    reading = asyncio.ensure_future(read_all(Lines(pipe[0], at_once)))
    await Output(pipe[1]).write(LARGE)
    os.close(pipe[1])
    assert await asyncio.wait_for(reading, SOON) == [LARGE[:-1]]


async def test_a_reader_that_takes_its_time_blocks_nobody_else(pipe: tuple[int, int]) -> None:
    writing = asyncio.ensure_future(Output(pipe[1]).write(LARGE))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not writing.done()
    taken = b""
    os.set_blocking(pipe[0], False)
    while not writing.done():
        with suppress(BlockingIOError):
            taken += os.read(pipe[0], 65536)
        await asyncio.sleep(0)
    assert (taken + os.read(pipe[0], 65536)).decode() == LARGE


async def test_a_reader_that_is_gone_is_an_error(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        await Output(pipe[1]).write("to nobody")


async def test_stopping_ends_the_lines_of_an_open_input(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[0], at_once)
    reading = asyncio.ensure_future(read_all(lines))
    await asyncio.sleep(0)
    lines.stop()
    assert await asyncio.wait_for(reading, SOON) == []


async def test_stopping_drops_a_line_that_is_not_complete(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[0], at_once)
    reading = asyncio.ensure_future(read_all(lines))
    os.write(pipe[1], b"one\ntw")
    await asyncio.wait_for(lines.started.wait(), SOON)
    await asyncio.sleep(0)
    lines.stop()
    assert await asyncio.wait_for(reading, SOON) == ["one"]


async def test_the_end_is_told_when_nothing_is_under_way(pipe: tuple[int, int]) -> None:
    under_way = 1
    reading = asyncio.ensure_future(read_all(Lines(pipe[0], lambda: drain(lambda: under_way, limit=60.0))))
    os.close(pipe[1])
    finished, _ = await asyncio.wait({reading}, timeout=0.3)
    assert not finished
    under_way = 0
    assert await asyncio.wait_for(reading, SOON) == []


async def test_the_end_does_not_wait_for_ever() -> None:
    await asyncio.wait_for(drain(lambda: 1, limit=0.1), SOON)


def test_a_file_may_be_the_input_and_a_file_the_output(child_environment: dict[str, str], tmp_path: Path) -> None:
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
    ]
    asked, told = tmp_path / "asked", tmp_path / "told"
    asked.write_text("\n".join(json.dumps(message) for message in messages), encoding="utf-8")
    with asked.open() as source, told.open("w") as target:
        command = [sys.executable, "-m", "akamai_mcp"]
        subprocess.run(command, stdin=source, stdout=target, env=child_environment, timeout=60, check=True)
    assert [json.loads(line)["id"] for line in told.read_text(encoding="utf-8").splitlines()] == [1, 2]


def test_an_empty_input_is_no_error(child_environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "akamai_mcp"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=child_environment, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
