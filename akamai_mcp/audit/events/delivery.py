"""Sends the lines of the audit trail one after the other, and goes on where it ended.

Nothing is queued in memory: what waits is in the trail. One at a time keeps the order, so the changes of a run arrive as they
were made. An event may arrive twice, after a crash between its delivery and the note of it; its id is the same then.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from akamai_mcp.audit.events.cloud_event import sign, to_event
from akamai_mcp.audit.events.trail import Position, Trail
from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.background import running
from akamai_mcp.errors import SettingsError
from akamai_mcp.logs import get_logger

if TYPE_CHECKING:
    import httpx

LONGEST_PAUSE: Final = 60.0  # seconds between two attempts
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPolicy:
    """Where events are sent and the secret that signs them; `pause` is how often the trail is looked at, in seconds."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    pause: float = 1.0
    timeout: float = 10.0


@asynccontextmanager
async def sending(policy: EventPolicy, audit: AuditPolicy, tls: ssl.SSLContext) -> AsyncIterator[None]:
    """Send what is written to the audit trail from now on, beside everything else. Raises SettingsError."""
    assert audit.file is not None, "the settings require it"
    file = AuditFile(audit.file, max_bytes=audit.max_bytes, keep=audit.keep)
    try:
        await asyncio.to_thread(Trail(file).prepare)
    except OSError as error:
        text = f"The position of events cannot be kept beside AKAMAI_MCP_AUDIT_FILE ({error.strerror})."
        raise SettingsError(text, advice="Let the server write to the folder of the audit file.") from error
    async with running(EventDelivery(policy, file, tls).run()):
        yield


class EventDelivery:
    """Delivers events until it is cancelled."""

    def __init__(
        self,
        policy: EventPolicy,
        file: AuditFile,
        tls: ssl.SSLContext,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._policy = policy
        self._trail = Trail(file)
        self._tls = tls
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        """Deliver what stands in the trail and what comes."""
        import httpx  # 60 ms: only where events are sent

        async with httpx.AsyncClient(verify=self._tls, timeout=self._policy.timeout, follow_redirects=False) as client:
            while True:
                try:
                    await self._follow(client)
                except OSError as error:
                    get_logger().warning("events not read", reason=error.strerror)
                    await self._sleep(LONGEST_PAUSE)
                finally:
                    self._trail.release()

    async def _follow(self, client: httpx.AsyncClient) -> None:
        while not await asyncio.to_thread(self._trail.take):
            await self._sleep(self._policy.pause)
        position = await asyncio.to_thread(self._trail.begin)
        while lines := await asyncio.to_thread(self._trail.read, position):
            for line, position in lines:
                await self._deliver(client, line)
                await self._keep(position)
        await self._sleep(self._policy.pause)

    async def _keep(self, position: Position) -> None:
        # To the end even if the server ends meanwhile: the next reader keeps positions in the same file.
        keeping = asyncio.ensure_future(asyncio.to_thread(self._trail.keep, position))
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            with suppress(OSError):
                await keeping
            raise

    async def _deliver(self, client: httpx.AsyncClient, line: bytes) -> None:
        event = to_event(line)
        attempt = 0
        while event is not None:
            body, headers = sign(event, self._policy.secret, int(self._clock()))
            if not (problem := await self._send(client, body, headers)):
                return
            if attempt == 0:
                get_logger().warning("event not delivered", identifier=event["id"], reason=problem)
            await self._sleep(min(LONGEST_PAUSE, 2.0 ** min(attempt, 6)))
            attempt += 1

    async def _send(self, client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> str:
        """Send an event; empty if it was accepted, else what went wrong, without the URL, which may have a token."""
        import httpx  # loaded already

        try:
            # The body of the answer is not read: it says nothing, and could be endless.
            async with (
                asyncio.timeout(self._policy.timeout),
                client.stream("POST", self._policy.url, content=body, headers=headers) as response,
            ):
                return "" if response.is_success else f"status {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return type(error).__name__
