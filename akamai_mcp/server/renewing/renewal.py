"""Keeps documents and programs in step with their files while the server runs, and tells clients when lists have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from akamai_mcp.background import running
from akamai_mcp.documents.renewal.watching import FolderStamp, Renewable, Settling
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.logs import get_logger

Announce = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPolicy:
    """Seconds between two looks at the files. A change is read at the second look that sees it."""

    pause: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is renewed, and the state of its files when it was read first."""

    what: Renewable
    first: FolderStamp


@asynccontextmanager
async def renewing(watched: Sequence[Watched], announce: Announce, policy: RenewalPolicy | None = None) -> AsyncIterator[None]:
    """Renew beside what is done within; nothing is started if nothing is watched."""
    async with AsyncExitStack() as stack:
        for one in watched:
            await stack.enter_async_context(running(_renew(one, announce, policy or RenewalPolicy())))
        yield


async def _renew(watched: Watched, announce: Announce, policy: RenewalPolicy) -> None:
    settling = Settling(watched.first)
    while True:
        await asyncio.sleep(policy.pause)
        # In a thread: a folder may be on a network, and reading documents takes seconds.
        if settling.has_settled(await asyncio.to_thread(watched.what.stamp)) and await _read(watched.what):
            await announce()


async def _read(what: Renewable) -> bool:
    try:
        return what.take(await asyncio.to_thread(what.read))
    except (OSError, AkamaiMcpError) as error:
        get_logger().warning("not renewed", error=type(error).__name__)
        return False
