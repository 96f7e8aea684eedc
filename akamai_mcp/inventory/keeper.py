"""Keeps the inventories that are in memory: loads them, reads their parts, saves them, and goes on reading in the background."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager
from contextvars import Context
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any, Final

from cachetools import LRUCache

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import calling_again
from akamai_mcp.access.quotas import SOON
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.inventory.filling import KnownLimits, Pace, Reader, Sleep
from akamai_mcp.inventory.held import Held
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part
from akamai_mcp.inventory.shelf import Shelf, Write
from akamai_mcp.inventory.sources import Source, Wanted
from akamai_mcp.pipeline.call import identity_of

FORMAT: Final = 1  # raise it when parts change their form, so that old ones are not read
KEPT_IN_MEMORY: Final = 16  # accounts and sets of rights
NOT_KEPT: Final = frozenset({"unreachable", "quota"})  # troubles that the next process need not know
TRIES: Final = 10
AHEAD: Final = 60.0  # seconds that the clocks of replicas may differ
PAUSE: Final = 5.0  # seconds; to look through an account with hundreds of groups takes some milliseconds
SMALL: Final = 500  # records; more are put into an index beside the event loop


async def _wait(tasks: list[asyncio.Task[None]], ends: float | None) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=None if ends is None else max(0.0, ends - monotonic()))


Work = Callable[[], Coroutine[Any, Any, None]]


class Keeper:
    """The inventories in memory, each that of one account and one set of rights, and the tasks that read them."""

    def __init__(
        self,
        invoker: Invoker,
        visibility: Visibility,
        customers: CallerCustomers,
        policy: InventoryPolicy,
        shelf: Shelf,
        known_limits: KnownLimits,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self._invoker = invoker
        self._visibility = visibility
        self._customers = customers
        self._shelf = shelf
        self._sleep = sleep
        self._pace = Pace(policy, known_limits, clock=clock, sleep=sleep)
        self._held: LRUCache[str, Held] = LRUCache(KEPT_IN_MEMORY)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def hold(self, customer: str | None) -> Held:
        """The inventory of a customer as the current caller may know it. Raises CredentialsError."""
        chosen = self._customers.get(customer)
        account, owner = self._owner(chosen)
        held = self._held.get(owner)
        if held is None:
            held = self._held[owner] = Held(owner=owner, account=account, customer=chosen.name)
        async with held.turn:
            if not held.is_loaded:
                # What claims to come from later than other clocks may differ would never grow old.
                kept = [part for part in await self._shelf.load(owner) if part.read_at <= self.clock() + AHEAD]
                await asyncio.to_thread(held.index.put, *kept)
                held.is_loaded = True
            # Other processes and replicas write too.
            known = {(one.path, one.until): one for one in (*held.writes, *await self._shelf.writes(account))}
            held.writes = [one for one in known.values() if one.until > self.clock() - self.policy.fresh - self.policy.unsettled]
        return held

    def known(self, customer: str | None) -> Held | None:
        """The inventory of a customer if it is in memory. Raises CredentialsError."""
        return self._held.get(self._owner(self._customers.get(customer))[1])

    def _owner(self, customer: Customer) -> tuple[str, str]:
        """The account of a customer, and whose its inventory is: that of the account and of all with the caller's rights."""
        account = identity_of(customer.credentials)
        return account, sha256(f"{FORMAT}\0{account}\0{self._visibility.rights(customer)}".encode()).hexdigest()

    async def read(self, held: Held, wanted: Iterable[Wanted], seconds: float | None) -> None:
        """Read parts, so many at once, and wait at most some seconds for them; what is not read then goes on."""
        wanted = [*wanted]
        ends = None if seconds is None else monotonic() + seconds
        of_others = [one for one in wanted if one.name in held.reading]
        await _wait([self._begin(held, one) for one in wanted], ends)
        # What another caller's quota kept from being read, this caller may have the quota for.
        await _wait([self._begin(held, one) for one in of_others if held.has_trouble(one.name, "quota")], ends)

    def go_on(self, held: Held, sources: Iterable[Source]) -> None:
        """Read in the background what is missing or old, unless that is being done, or was a moment ago."""
        if held.background is None or (held.background.done() and self.clock() - held.checked_at > PAUSE):
            held.background = self._spawn(partial(self._fill, held, [*sources]))

    async def settle(self, held: Held) -> None:
        """Wait until nothing is read any more."""
        while waiting := [task for task in (*held.reading.values(), held.background) if task and not task.done()]:
            await asyncio.wait(waiting)

    def note_write(self, account: str, path: str, seconds: float) -> None:
        """Remember that a path was written, and for how long its effect may still come."""
        write = Write(path=path, until=self.clock() + seconds)
        for held in self._held.values():
            if held.account == account:
                held.writes.append(write)
        self._spawn(partial(self._shelf.note, account, write))

    async def aclose(self) -> None:
        """End the reads, finish what is being saved and close the file."""
        for held in self._held.values():
            for task in (*held.reading.values(), held.background):
                if task:
                    task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._shelf.close()

    def _begin(self, held: Held, wanted: Wanted) -> asyncio.Task[None]:
        if (task := held.reading.get(wanted.name)) is None:
            task = held.reading[wanted.name] = self._spawn(partial(self._read, held, wanted))
            task.add_done_callback(lambda _: held.reading.pop(wanted.name, None))
        return task

    def _spawn(self, work: Work) -> asyncio.Task[None]:
        # In a context of its own: the turn, the record and the dialog of the call that started it are not its own.
        task = asyncio.get_running_loop().create_task(self._as_caller(work, calling_again()), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @staticmethod
    async def _as_caller(work: Work, caller: AbstractContextManager[None]) -> None:
        with caller:
            await work()

    async def _read(self, held: Held, wanted: Wanted) -> None:
        part = await self._ask(held, wanted)
        async with held.turn:
            if not held.take(part):
                return
            await self._put(held, part)
        if part.trouble not in NOT_KEPT:
            await self._shelf.save(held.owner, part)

    async def _ask(self, held: Held, wanted: Wanted) -> Part:
        """Read a part, once more where the caller had too many calls under way: those of this inventory end soon."""
        reader = Reader(invoker=self._invoker, customer=held.customer, clock=self.clock, quota_left=self.policy.quota_left)
        for _ in range(TRIES):
            async with held.places:
                self._pace.note(held.customer, wanted.source.api)
                part = await reader.read(wanted)
            if part.trouble != "quota" or self._invoker.wait_for_share(self.policy.quota_left) > 0:
                break
            await self._sleep(SOON)  # without a place: others have a quota of their own
        return part

    async def _put(self, held: Held, part: Part) -> None:
        if len(part.records) <= SMALL:
            held.index.put(part)
        else:
            await asyncio.to_thread(held.index.put, part)

    async def _fill(self, held: Held, sources: list[Source]) -> None:
        """Read every list that is missing or old, one part after the other."""
        for source in sources:
            if source.note.fill == "first" or source.entry.key in held.asked:
                for wanted in held.due(held.wanted(source), self.policy, self.clock()):
                    await self._pace.take(held.customer, source.api)
                    while (wait := self._invoker.wait_for_share(self.policy.quota_left)) > 0:
                        await self._sleep(wait)
                    await self._begin(held, wanted)
            async with held.turn:
                held.forget(source, self.policy, self.clock())
        held.checked_at = self.clock()
