"""Serves one connection that carries whole messages both ways: stdio or a WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.message import SessionMessage

from akamai_mcp.server.messages.folded import unfold
from akamai_mcp.server.messages.lines import LongLine
from akamai_mcp.server.messages.reading import Refusal, read_message, refuse_oversize
from akamai_mcp.server.messages.refusal_log import RefusalLog

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from fastmcp import FastMCP

Incoming = AsyncIterator[bytes | LongLine]
Write = Callable[[str], Awaitable[bool]]


async def serve_connection(server: FastMCP[Any], incoming: Incoming, write: Write, log: RefusalLog) -> None:
    """Serve until `incoming` ends, or `write` returns False because the client is gone."""
    arriving, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    answer, leaving = anyio.create_memory_object_stream[SessionMessage](0)
    core = server._mcp_server  # noqa: SLF001 - as FastMCP's own transports do
    async with anyio.create_task_group() as group:
        group.start_soon(_receive, incoming, arriving, answer.clone(), log)
        group.start_soon(_send, leaving, write)
        await core.run(read, answer, core.create_initialization_options())


async def _receive(
    incoming: Incoming,
    arriving: MemoryObjectSendStream[SessionMessage | Exception],
    refusals: MemoryObjectSendStream[SessionMessage],
    log: RefusalLog,
) -> None:
    async with arriving, refusals:
        async for data in incoming:
            read = read_message(unfold(data)) if isinstance(data, bytes) else refuse_oversize(data.head, data.tail)
            try:
                if isinstance(read, Refusal):
                    log.write(read)
                    await refusals.send(SessionMessage(read.answer()))
                    if reply := read.reply():
                        await arriving.send(SessionMessage(reply))
                else:
                    await arriving.send(SessionMessage(read))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):  # the client is gone
                return


async def _send(leaving: MemoryObjectReceiveStream[SessionMessage], write: Write) -> None:
    async with leaving:
        async for message in leaving:
            if not await write(message.message.model_dump_json(by_alias=True, exclude_unset=True)):
                return
