"""Tells clients that a list has changed: sessions that began with a handshake, and streams that a client opened for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ToolsListChanged
from mcp_types import SubscriptionsListenRequestParams

from akamai_mcp.server.protocol import LISTEN

HANDSHAKE: Final = "initialize"
PATIENCE: Final = 5.0  # seconds: a client that reads nothing must not hold up the others


class Announcements:
    """The clients to tell; those of the newest protocol listen on a stream of their own."""

    def __init__(self, core: Server[Any]) -> None:
        self._connections: WeakSet[Connection] = WeakSet()
        self._bus = InMemorySubscriptionBus()
        self._listening = ListenHandler(self._bus)
        core.add_request_handler(LISTEN, SubscriptionsListenRequestParams, self._listening)

    def note(self, ctx: ServerRequestContext[Any, Any]) -> None:
        """Remember a client that begins a session."""
        if ctx.method == HANDSHAKE:
            self._connections.add(ctx.session._connection)  # noqa: SLF001 - a session ends with its request, this does not

    async def tell(self) -> None:
        """Tell every client that tools, prompts and resources may have changed."""
        for event in (ToolsListChanged(), PromptsListChanged(), ResourcesListChanged()):
            await self._bus.publish(event)
        await asyncio.gather(*(_tell(connection) for connection in list(self._connections)))

    def close(self) -> None:
        """End the streams of clients that listen."""
        self._listening.close()


async def _tell(connection: Connection) -> None:
    with suppress(Exception):  # the client is gone or does not read: it lists anew when it comes back
        async with asyncio.timeout(PATIENCE):
            await connection.send_tool_list_changed()
            await connection.send_prompt_list_changed()
            await connection.send_resource_list_changed()
