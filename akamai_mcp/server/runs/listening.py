"""Tells clients that listen how their tasks stand: `notifications/tasks` on the stream of `subscriptions/listen`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from fastmcp.server.dependencies import bind_request_context
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import (
    METHOD_NOT_FOUND,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from akamai_mcp.errors import RunError
from akamai_mcp.server.protocol import LISTEN, refuse
from akamai_mcp.server.runs.shapes import ENDS, TaskNotification
from akamai_mcp.server.runs.tasks import RunTasks

MOST_STREAMS: Final = 256
MOST_TASKS: Final = 100  # of one stream
# A stream goes on with the rights that its caller had when it was opened, so a caller has to come again.
LONGEST_STREAM: Final = 3600.0  # seconds
TASK_IDS: Final = "taskIds"


class TaskStreams:
    """Streams of clients that listen to tasks; what serves those that listen to lists stays as it is."""

    def __init__(self, core: Server[Any], tasks: RunTasks) -> None:
        self._tasks = tasks
        self._lists = core.get_request_handler(LISTEN)
        self._streams: set[asyncio.Task[Any]] = set()
        core.add_request_handler(LISTEN, SubscriptionsListenRequestParams, self)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams) -> Any:
        """Tell how the tasks stand until all are over, for an hour at most. Raises MCPError."""
        wanted = (params.notifications.model_extra or {}).get(TASK_IDS)
        if not wanted:
            return await self._listen_to_lists(ctx, params)
        self._tasks.require_declared(ctx)
        meta = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        with bind_request_context(ctx), self._counted():
            names = await self._known(_names(wanted))
            honored = SubscriptionFilter.model_validate({TASK_IDS: names})
            acknowledged = SubscriptionsAcknowledgedNotificationParams(notifications=honored, _meta=meta)
            await _send(ctx, SubscriptionsAcknowledgedNotification(params=acknowledged))
            await self._follow_all(ctx, names, meta)
        return SubscriptionsListenResult(_meta=meta)

    async def _listen_to_lists(self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams) -> Any:
        if self._lists is None:
            raise MCPError(code=METHOD_NOT_FOUND, message="Nothing but tasks can be listened to here: no list changes.")
        return await self._lists.handler(ctx, params)

    async def _known(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if await self._tasks.find(name) is not None]

    async def _follow_all(self, ctx: ServerRequestContext[Any, Any], names: Sequence[str], meta: Mapping[str, Any]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_STREAM), asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self._follow(ctx, name, meta))

    async def _follow(self, ctx: ServerRequestContext[Any, Any], name: str, meta: Mapping[str, Any]) -> None:
        """Tell each state of one task; what is due goes on as at a poll."""
        last: Any = None
        while True:
            move = self._tasks.driving.next_move  # taken first, so that none is missed
            if (run := await self._tasks.find(name)) is None:
                return
            try:
                state = await self._tasks.tell(run)
            except RunError:  # a store that cannot be read now: a poll says so
                return
            compared = (state["status"], state.get("inputRequests"), run.reason)
            if compared != last:
                await _send(ctx, TaskNotification(params={**state, "_meta": dict(meta)}))
            if state["status"] in ENDS:
                return
            last = compared
            await _within(state["pollIntervalMs"] / 1000, move)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Hold one of the places of streams. Raises MCPError."""
        if len(self._streams) >= MOST_STREAMS:
            raise refuse(f"{MOST_STREAMS} streams of tasks are open: poll with tasks/get.")
        stream = asyncio.current_task()
        assert stream is not None
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    def close(self) -> None:
        """End every stream."""
        for stream in self._streams:
            stream.cancel()


def _names(wanted: Any) -> list[str]:
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted) or len(wanted) > MOST_TASKS:
        raise refuse(f"{TASK_IDS} is not a list of at most {MOST_TASKS} names of tasks.")
    return list(dict.fromkeys(wanted))


async def _send(ctx: ServerRequestContext[Any, Any], notification: Any) -> None:
    await ctx.session.send_notification(notification, related_request_id=ctx.request_id)


async def _within(seconds: float, move: asyncio.Event) -> None:
    """Wait for a move, for some seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await move.wait()
