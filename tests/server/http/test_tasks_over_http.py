"""Tasks over HTTP and WebSocket: polled and listened to by their caller, by their token, and by nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastmcp import Client
from fastmcp.exceptions import McpError
from mcp_stage import Stage
from programs.test_tasks import ask, settled
from programs.test_waits import Listens, begun, listen
from service_stage import OpenService, Service, TokenBook, bearer, transport_to

KINDS = {"http": "http", "websocket": "ws"}


@asynccontextmanager
async def entered(service: Service, way: str, token: str, listens: Listens | None = None) -> AsyncIterator[Stage]:
    """A client that takes tasks."""
    transport = transport_to(service.port, KINDS[way], bearer(token))
    async with Client(transport, mode="auto", extensions=[listens or Listens()]) as client:
        yield Stage(client=client, fake=service.fake)


@pytest.mark.parametrize("way", KINDS)
async def test_a_task_is_its_callers_by_poll_and_by_stream(open_service: OpenService, book: TokenBook, way: str) -> None:
    book.give(ann="admin", bob="admin")
    listens, others = Listens(), Listens()
    async with (
        open_service(way, auth_tokens_file=book.path) as service,
        entered(service, way, book.token("ann"), listens) as ann,
        entered(service, way, book.token("bob"), others) as bob,
    ):
        task = (await begun(ann, "PENDING", "ACTIVE"))["taskId"]
        for method in ("tasks/get", "tasks/cancel"):
            with pytest.raises(McpError) as refused:
                await ask(bob, method, task)
            assert refused.value.error.code == -32602
        await listen(bob, task)
        async with asyncio.timeout(20):
            await listen(ann, task)
        assert listens.told[-1]["result"]["structuredContent"]["outcome"]["state"] == "done"
        assert others.told == []


async def test_a_caller_who_may_only_read_by_now_still_gets_the_outcome(open_service: OpenService, book: TokenBook) -> None:
    book.give(ann="admin")
    async with open_service("http", auth_tokens_file=book.path) as service:
        async with entered(service, "http", book.token("ann")) as ann:
            task = (await begun(ann, "ACTIVE"))["taskId"]
        book.give(ann="reader")
        async with entered(service, "http", book.token("ann")) as ann:
            async with asyncio.timeout(20):
                told = await settled(ann, task)
            assert told["result"]["structuredContent"]["outcome"]["state"] == "done"
