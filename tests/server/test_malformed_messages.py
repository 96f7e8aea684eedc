"""Each malformed message gets exactly one answer by every transport, and the connection serves the requests around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import websockets
from malformed import EVERY, MALFORMED, NOT_UTF8, REQUEST, Malformed, ping
from mcp_stage import Child, start_child
from service_stage import OpenService

SECONDS = 1.0
BEFORE, AFTER = "before", "after"
Ask = Callable[[bytes], Awaitable[Any]]


def expected(row: Malformed) -> list[tuple[Any, Any]]:
    return sorted([(BEFORE, None), (AFTER, None), (row.id, row.code)], key=repr)


async def answers_around(row: Malformed, send: Callable[[bytes], Awaitable[None]], receive: Callable[[], Awaitable[Any]]) -> Any:
    """Send the message between two requests; (id, error code) of the three answers."""
    for data in (ping(id=BEFORE), row.data, ping(id=AFTER)):
        await send(data)
    async with asyncio.timeout(SECONDS):
        answers = [json.loads(await receive()) for _ in range(3)]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    return sorted([(answer["id"], answer.get("error", {}).get("code")) for answer in answers], key=repr)


async def write_line(child: Child, data: bytes) -> None:
    assert child.process.stdin is not None
    child.process.stdin.write(data + b"\n")
    await child.process.stdin.drain()


async def test_on_stdio_every_malformed_line_has_one_answer(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        for row in EVERY:
            answers = await answers_around(row, lambda data: write_line(child, data), child.read)
            assert answers == expected(row), row.about
        status, errors = await child.end()
        assert (status, len(child.lines)) == (0, 1 + 3 * len(EVERY))
    assert 0 < errors.count("message refused") < len(EVERY)
    assert "Traceback" not in errors
    assert "akamai_read" not in errors


async def test_a_malformed_line_is_answered_before_the_handshake(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.write("[]")
        assert json.loads(await child.read())["error"]["code"] == REQUEST
        await child.hello()


async def test_a_line_that_is_too_long_is_answered_and_the_next_one_served(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        await write_line(child, ping(params={"text": "x" * 5_000_000}))
        refused = json.loads(await child.read())
        assert (refused["id"], refused["error"]["code"]) == (41, REQUEST)
        assert (await child.ask("ping"))["result"] == {}


async def test_on_a_websocket_every_malformed_frame_has_one_answer(open_service: OpenService) -> None:
    async with open_service() as service, service.websocket() as connection:
        for row in MALFORMED:
            answers = await answers_around(row, lambda data: connection.send(data.decode()), connection.recv)
            assert answers == expected(row), row.about


async def test_a_frame_that_is_not_utf_8_ends_the_websocket(open_service: OpenService) -> None:
    async with open_service() as service:
        for row in NOT_UTF8:
            async with service.websocket() as connection:
                await connection.send(row.data, text=True)
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await connection.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1007
