"""Each malformed message gets exactly one answer by every transport, and the connection serves the requests around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from malformed import EVERY, MALFORMED, NOT_UTF8, REQUEST, Malformed, ping
from mcp_stage import HELLO, Child, start_child
from service_stage import OpenService, Service, TokenBook, bearer

from akamai_mcp.sandbox.app import FakeAkamai

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


JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
ERAS = {"legacy": {}, "modern": {"mcp-protocol-version": "2026-07-28"}}


@pytest.mark.parametrize("era", ERAS)
async def test_over_http_every_malformed_body_has_one_answer(open_service: OpenService, era: str) -> None:
    async with open_service() as service, httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        for row in EVERY:
            async with asyncio.timeout(SECONDS):
                answer = await client.post("/mcp", content=row.data, headers=JSON | ERAS[era])
            assert answer.status_code == 400, row.about
            assert (answer.json()["id"], answer.json()["error"]["code"]) == (row.id, row.code), row.about
        served = await client.post("/mcp", content=ping(), headers=JSON)
        assert '"id":41,"result":{}' in served.text


async def test_a_body_that_is_too_large_is_a_413_with_its_id(open_service: OpenService) -> None:
    async with open_service() as service:
        answer = await service.request("POST", "/mcp", content=ping(params={"text": "x" * 5_000_000}), headers=JSON)
        assert (answer.status_code, answer.json()["id"], answer.json()["error"]["code"]) == (413, 41, REQUEST)


async def test_without_a_token_a_malformed_body_is_a_401(open_service: OpenService, book: TokenBook) -> None:
    book.give(alice="reader")
    async with open_service(auth_tokens_file=book.path) as service:
        for token, status in (("", 401), (book.token("alice"), 400)):
            answer = await service.request("POST", "/mcp", content=b"{", headers=JSON | bearer(token))
            assert answer.status_code == status


async def read_events(response: httpx.Response) -> AsyncIterator[str]:
    """The data of the events of a stream."""
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


@asynccontextmanager
async def event_stream(service: Service, token: str = "") -> AsyncIterator[tuple[httpx.AsyncClient, str, AsyncIterator[str]]]:
    """A client with an open event stream, the path of its session, and the events."""
    async with (
        httpx.AsyncClient(base_url=service.url, trust_env=False, headers=bearer(token)) as client,
        client.stream("GET", "/sse") as response,
    ):
        events = read_events(response)
        yield client, await anext(events), events


async def test_over_sse_every_malformed_body_has_one_answer_on_the_stream(
    open_service: OpenService, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_service("sse") as service, event_stream(service) as (client, path, events):

        async def post(data: bytes) -> None:
            assert (await client.post(path, content=data, headers=JSON)).status_code == 202

        await post(ping(id=0, method="initialize", params=HELLO))
        await anext(events)
        for row in EVERY:
            assert await answers_around(row, post, lambda: anext(events)) == expected(row), row.about
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_nobody_answers_into_another_callers_event_stream(open_service: OpenService, book: TokenBook) -> None:
    book.give(alice="reader", bob="reader")
    async with (
        open_service("sse", auth_tokens_file=book.path) as service,
        event_stream(service, book.token("alice")) as (client, path, events),
    ):
        for headers, status in ((bearer(book.token("bob")), 404), ({"authorization": "Bearer none"}, 401), ({}, 202)):
            assert (await client.post(path, content=b"[]", headers=JSON | headers)).status_code == status
        assert json.loads(await anext(events))["error"]["code"] == REQUEST


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_odd_but_valid_text_reaches_akamai_as_it_was_written(
    child_environment: dict[str, str], tmp_path: Path, fake: FakeAkamai, ascii_only: bool
) -> None:
    sent = {
        "name": "\u0000 \ufffd\ufeff\ufffe e\u0301\u00e9 \U0001f98a\u202e\u2028\x7f",
        "type": "IP",
        "list": ["\U0010ffff", ""],
    }
    call = {"name": "akamai_netlists_post_network_lists", "arguments": {"body": sent}}
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        message = {"jsonrpc": "2.0", "id": "odd", "method": "tools/call", "params": call}
        await write_line(child, json.dumps(message, ensure_ascii=ascii_only).encode())
        assert json.loads(await child.read())["result"]["structuredContent"]["status"] == 201
        await write_line(child, json.dumps(message).replace('""', "1e999").encode())
        assert json.loads(await child.read())["result"]["structuredContent"]["sent"] is False
    assert [json.loads(request.body) for request in fake.requests] == [sent]
