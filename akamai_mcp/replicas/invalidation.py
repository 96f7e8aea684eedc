"""The layer around the cache: reads learn the state that replicas agree on, changes are told of before their results are.

Without Redis a read is neither answered from what is kept nor joined with another: who else has changed what cannot be
known. A change is sent, and its result held back until the others must have noticed that this replica is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from akamai_mcp.errors import CacheMissError, UpstreamBusyError
from akamai_mcp.pipeline.cache import is_unsettled, may_have_taken_effect
from akamai_mcp.pipeline.call import Call, Handler, Response, Shared
from akamai_mcp.replicas.membership import Link
from akamai_mcp.replicas.versions import Notice, States

LOOK_AGAIN = 0.05


class Announced:
    """Gives each call what it needs to know of the other replicas, and tells them of its changes."""

    def __init__(
        self,
        inner: Handler,
        link: Link,
        states: States,
        *,
        unsettled: float,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._link = link
        self._states = states
        self._unsettled = unsettled
        self._sleep = sleep

    async def __call__(self, call: Call) -> Response:
        """Pass the call on. Raises UpstreamBusyError for a change that the others could never learn of."""
        self._link.start()
        shared = self._link.patience()
        return await (self._read(call, shared) if call.is_safe else self._write(call, shared))

    async def _read(self, call: Call, shared: Shared) -> Response:
        if call.cache == "off":
            return await self._inner(replace(call, shared=shared))
        shared.state = await self._states.learn(call, shared)
        if shared.state:
            return await self._inner(replace(call, shared=shared))
        if call.cache == "only":
            raise CacheMissError
        return await self._inner(replace(call, shared=shared, cache="off"))

    async def _write(self, call: Call, shared: Shared) -> Response:
        await self._require_link()
        notice = await self._states.announce(call, shared)
        outcome: Response | BaseException
        try:
            outcome = response = await self._inner(replace(call, shared=shared))
        except BaseException as error:
            outcome = error
            raise
        finally:
            await self._end(notice, shared, outcome)
        return response

    async def _require_link(self) -> None:
        if self._link.is_new:
            await self._link.tried()
        if not self._link.may_change():
            raise UpstreamBusyError(
                "Redis, through which this server tells its other replicas of changes, cannot be reached.",
                retry_after=LOOK_AGAIN,
                advice="Nothing was sent. Reads go on; changes are sent again once Redis is back.",
            )

    async def _end(self, notice: Notice, shared: Shared, outcome: Response | BaseException) -> None:
        ending = self._link.hold(self._close(notice, shared, outcome))
        if not isinstance(outcome, asyncio.CancelledError):  # nobody waits for the result of what was cancelled
            await asyncio.shield(ending)

    async def _close(self, notice: Notice, shared: Shared, outcome: Response | BaseException) -> None:
        took_effect = may_have_taken_effect(outcome)
        quiet_for = self._unsettled if took_effect and is_unsettled(outcome) else 0.0
        if await self._states.close(notice, shared, for_seconds=quiet_for) or not took_effect:
            return
        self._link.cut(error=TimeoutError())
        self._link.owe(quiet_for=quiet_for)
        while (wait := self._link.unheard_for()) > 0:
            await self._sleep(min(wait, LOOK_AGAIN))
            if await self._states.close(notice, self._link.patience(), for_seconds=quiet_for):
                return
