"""The invalidation layer, around the cache: reads learn the agreed version of a path, changes move it on.

Other replicas learn of a change before its result is returned. Without Redis nobody knows what the others have changed, so a
read is neither answered from the cache nor coalesced. A change is still sent, and its result is delayed until the others must
have noticed that this replica is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from akamai_mcp.errors import CacheMissError, UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Handler, Response, Shared
from akamai_mcp.pipeline.responses.effect import Ending, may_still_come, voids_reads
from akamai_mcp.replicas.membership import Membership
from akamai_mcp.replicas.versions import Change, SharedVersions

LOOK_AGAIN = 0.05  # seconds between two attempts to reach Redis


class Invalidation:
    """Gives each read the version of its path, and invalidates what a change touches, at all replicas."""

    def __init__(
        self,
        inner: Handler,
        membership: Membership,
        versions: SharedVersions,
        *,
        unsettled: float,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._membership = membership
        self._versions = versions
        self._unsettled = unsettled
        self._sleep = sleep

    async def __call__(self, call: Call) -> Response:
        """Pass the call on. Raises UpstreamBusyError for a change that the other replicas could never learn of."""
        self._membership.start()
        shared = self._membership.patience()
        return await (self._read(call, shared) if call.is_safe else self._write(call, shared))

    async def _read(self, call: Call, shared: Shared) -> Response:
        if call.cache == "off":
            return await self._inner(replace(call, shared=shared))
        shared.state = await self._versions.learn(call, shared)
        if shared.state:
            return await self._inner(replace(call, shared=shared))
        if call.cache == "only":
            raise CacheMissError
        return await self._inner(replace(call, shared=shared, cache="off"))

    async def _write(self, call: Call, shared: Shared) -> Response:
        await self._require_membership()
        change = await self._versions.announce(call, shared)
        ending: Ending
        try:
            ending = response = await self._inner(replace(call, shared=shared))
        except BaseException as error:
            ending = error
            raise
        finally:
            await self._end(change, shared, ending)
        return response

    async def _require_membership(self) -> None:
        if self._membership.is_new:
            await self._membership.first_attempt()
        if not self._membership.may_change():
            raise UpstreamBusyError(
                "Redis, through which replicas learn of changes, cannot be reached.",
                retry_after=LOOK_AGAIN,
                advice="Nothing was sent. Reads still work; repeat the change once Redis is back.",
            )

    async def _end(self, change: Change, shared: Shared, ending: Ending) -> None:
        closing = self._membership.hold(self._close(change, shared, ending))
        if not isinstance(ending, asyncio.CancelledError):  # nobody waits for the result of a cancelled call
            # Shielded: a cancellation now must not stop the others from learning of the change.
            await asyncio.shield(closing)

    async def _close(self, change: Change, shared: Shared, ending: Ending) -> None:
        void = voids_reads(ending)
        quiet_for = self._unsettled if may_still_come(ending) else 0.0
        if await self._versions.close(change, shared, for_seconds=quiet_for) or not void:
            return
        self._membership.cut(error=TimeoutError())
        self._membership.require_new_epoch(quiet_for=quiet_for)
        while (wait := self._membership.seconds_until_silent()) > 0:
            await self._sleep(min(wait, LOOK_AGAIN))
            if await self._versions.close(change, self._membership.patience(), for_seconds=quiet_for):
                return
