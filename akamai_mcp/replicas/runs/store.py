"""Runs in Redis, encrypted, which every replica can go on with: a lease says who drives each.

They live as long as the Redis process that has them. One that was started anew may have lost the last lines, by which a change
would be sent twice, so nothing of an earlier process is gone on with.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, cast

from akamai_mcp.errors import RunError
from akamai_mcp.pipeline.call import Shared
from akamai_mcp.replicas.connection import RedisConnection, pairs
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import Membership, RedisUnavailableError
from akamai_mcp.replicas.runs import scripts
from akamai_mcp.replicas.runs.room import Kept, is_full, leaving
from akamai_mcp.runs.faults import no_room, no_run, not_held
from akamai_mcp.runs.record import ChangeState, Run, RunChange, RunPolicy, Status
from akamai_mcp.runs.rows import pack, unpack_change, unpack_run

PURPOSE: Final = "run"
INDEX: Final = "runs"
BY_QUESTION: Final = "run-question"
# A call of Akamai waits for Redis far shorter, since it can do without; a change of a run cannot.
PATIENCE: Final = 5.0
LOOK_AGAIN: Final = 0.05
CUT_OFF: Final = "Redis, which keeps the runs of all replicas, cannot be reached, so nothing further is changed."
REPLICA: Final = "replica"
LATER: Final = "Reads still work; go on with the run once Redis is back."


class RedisRuns:
    """The store of runs of all replicas. Methods raise RunError while Redis cannot be reached."""

    is_durable = True

    def __init__(self, membership: Membership, keyring: Keyring, policy: RunPolicy) -> None:
        self._membership = membership
        self._keyring = keyring
        self._policy = policy
        self._lease = int(policy.lease_seconds * 1000)
        self._me = secrets.token_hex(8)
        self._held: set[str] = set()
        self._beating: asyncio.Task[None] | None = None

    async def begin(self, run: Run) -> None:
        """Store a new run and hold it."""
        await self._make_room()
        _require(await self._write(scripts.BEGIN, run))
        self._hold(run.name)
        name = self._seal(INDEX, run.name.encode())
        await self._ask(lambda redis: redis.do(("ZADD", redis.key(INDEX), run.created, name)))

    async def claim(self, name: str) -> tuple[Run, Sequence[RunChange]]:
        """Hold a run that nobody holds any more."""
        match await self._evaluate(scripts.CLAIM, name, self._me, self._lease):
            case 0:
                raise no_run(name)
            case 2:
                raise not_held(REPLICA, name)
        self._hold(name)
        found = await self._whole(name)
        assert found is not None, "it was claimed just now"
        return found

    async def save(self, run: Run) -> None:
        """Store the run's new state."""
        if run.token:
            await self._note_token(run)
        _require(await self._write(scripts.SAVE, run))
        if run.status != "running":
            self._held.discard(run.name)

    async def intend(self, name: str, change: RunChange) -> None:
        """Store a change before it is sent."""
        content = self._seal(name, pack(change))
        _require(await self._evaluate(scripts.INTEND, name, self._me, self._lease, change.number, content))

    async def settle(self, name: str, change: RunChange) -> None:
        """Store what became of a change."""
        await self._evaluate(scripts.SETTLE, name, change.number, self._seal(name, pack(change)), change.state)

    def abandon(self, name: str) -> None:
        """Let go of a run without waiting; where Redis cannot be reached, its lease ends."""
        self._held.discard(name)
        self._membership.hold(self._abandon(name))

    async def stop(self, name: str) -> Run | None:
        """Stop a run: at once if nobody holds it, else before its next change; one that is over stays as it is."""
        await self._evaluate(scripts.STOP, name)
        found = await self.find(name)
        return found[0] if found else None

    async def find(self, name: str) -> tuple[Run, Sequence[RunChange]] | None:
        """A run and its changes."""
        found = await self._whole(name)
        if found is None or found[0].status != "running" or await self._evaluate(scripts.LEFT, name):
            return found
        run = replace(found[0], status="paused", reason="the replica that drove it ended", due=found[0].updated)
        return run, found[1]

    async def find_by_token(self, token: str) -> Run | None:
        """The run that waits for this question's answer."""
        (sealed,) = await self._ask(lambda redis: redis.get(redis.key(BY_QUESTION, token)))
        name = self._unseal(token, sealed or b"")
        found = await self.find(name.decode()) if name else None
        return found[0] if found and found[0].status == "asks" and found[0].token == token else None

    async def list(self) -> Sequence[Run]:
        """All runs, newest first."""
        (sealed,) = await self._ask(lambda redis: redis.do(("ZRANGE", redis.key(INDEX), 0, -1, "REV")))
        names = [name.decode() for one in sealed if (name := self._unseal(INDEX, one))]
        found = [await self.find(name) for name in names]
        return [replace(one[0], sealed=b"") for one in found if one]

    async def aclose(self) -> None:
        """Stop to renew leases; the connection is the replica's."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating

    async def _make_room(self) -> None:
        """Drop the oldest runs until there is room for one more. Raises RunError where those under way take it."""
        kept = await self._kept()
        for one in leaving(kept):
            if one.state and not is_full(kept, self._policy):
                return
            if await self._evaluate(scripts.DROP, one.name):
                await self._unlist(one.listed)
                kept = [other for other in kept if other is not one]
        if is_full(kept, self._policy):
            raise no_room()

    async def _unlist(self, line: bytes) -> None:
        await self._ask(lambda redis: redis.do(("ZREM", redis.key(INDEX), line)))

    async def _kept(self) -> Sequence[Kept]:
        """All runs in the order in which they were begun."""
        (lines,) = await self._ask(lambda redis: redis.do(("ZRANGE", redis.key(INDEX), 0, -1)))
        named = [(line, name.decode()) for line in lines if (name := self._unseal(INDEX, line))]
        if not named:
            return []
        keys = [self._name(name) for _, name in named]
        rooms = await self._ask(lambda redis: redis.do(*(("EVAL", scripts.ROOM, 1, redis.key(PURPOSE, key)) for key in keys)))
        found = [(room[0].decode(), int(room[1])) if room else ("", 0) for room in rooms]
        return [
            Kept(listed=line, name=name, state=state, size=size) for (line, name), (state, size) in zip(named, found, strict=True)
        ]

    def _hold(self, name: str) -> None:
        self._held.add(name)
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        """Renew the leases of the runs that are driven here, three times in each."""
        while True:
            await asyncio.sleep(self._lease / 3000)
            for name in tuple(self._held):
                with suppress(RunError):
                    await self._evaluate(scripts.RENEW, name, self._me, self._lease)

    async def _abandon(self, name: str) -> None:
        with suppress(RunError):
            await self._evaluate(scripts.ABANDON, name, self._me)

    async def _note_token(self, run: Run) -> None:
        name, keep = self._seal(run.token, run.name.encode()), self._policy.keep_seconds
        await self._ask(lambda redis: redis.put(redis.key(BY_QUESTION, run.token), name, keep))

    async def _write(self, script: str, run: Run) -> Any:
        keep = int(self._policy.keep_seconds * 1000)
        return await self._evaluate(script, run.name, self._me, self._lease, keep, self._seal(run.name, pack(run)), run.status)

    async def _whole(self, name: str) -> tuple[Run, Sequence[RunChange]] | None:
        (flat,) = await self._ask(lambda redis: redis.do(("HGETALL", redis.key(PURPOSE, self._name(name)))))
        fields = {field.decode(): value for field, value in pairs(flat)}
        packed = self._unseal(name, fields.get("run", b""))
        if packed is None:
            return None
        run = replace(unpack_run(packed), status=cast("Status", fields["status"].decode()))
        return run, sorted(self._changes(name, fields), key=lambda change: change.number)

    def _changes(self, name: str, fields: dict[str, bytes]) -> Iterator[RunChange]:
        for field, value in fields.items():
            if field.startswith("c:") and (packed := self._unseal(name, value)) is not None:
                state = fields[f"s:{field[2:]}"].decode()
                yield replace(unpack_change(packed), state=cast("ChangeState", state))

    def _name(self, name: str) -> str:
        return self._keyring.name(PURPOSE, "", name)

    def _seal(self, name: str, content: bytes) -> bytes:
        return self._keyring.seal(PURPOSE, name, content)

    def _unseal(self, name: str, sealed: bytes) -> bytes | None:
        return self._keyring.unseal(PURPOSE, name, sealed) if sealed else None

    async def _evaluate(self, script: str, name: str, *arguments: Any) -> Any:
        # Written twice by the same holder these say the same; a claim would let two calls of one replica drive a run.
        again = script in {scripts.BEGIN, scripts.SAVE, scripts.INTEND, scripts.SETTLE}
        key = self._name(name)
        return await self._ask(lambda redis: redis.evaluate(script, redis.key(PURPOSE, key), *arguments), again=again)

    async def _ask(self, work: Callable[[RedisConnection], Awaitable[Any]], *, again: bool = False) -> Any:
        """Run work on Redis, and `again` after a lost reply if it may be. Raises RunError if it is not reached within seconds."""
        for attempt in range(1 + again):
            await self._join()
            try:
                return await self._membership.ask(Shared(state="", left=PATIENCE), work)
            except RedisUnavailableError as error:
                if attempt == again:
                    raise RunError(CUT_OFF, advice=LATER) from error
        raise AssertionError

    async def _join(self) -> None:
        """Wait a little for a connection that was cut: nothing was sent over it yet, so waiting repeats nothing."""
        if self._membership.is_new:
            await self._membership.first_attempt()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self._membership.run:  # noqa: ASYNC110 - the membership tells nobody of a new connection
                    await asyncio.sleep(LOOK_AGAIN)


def _require(done: object) -> None:
    if not done:
        raise not_held(REPLICA)
