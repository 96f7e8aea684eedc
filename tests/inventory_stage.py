"""A keeper of inventories with fakes below it: who may see what is told by the names of the things that reads bring."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from pipeline_fakes import FakeClock, credentials

from akamai_mcp.access.callers import current_caller
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.inventory.note import InventoryNote
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.inventory.keeper import Keeper
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part
from akamai_mcp.inventory.shelf import Shelf, Write
from akamai_mcp.inventory.sources import Source
from akamai_mcp.pipeline.off_loop import OffLoop
from akamai_mcp.result.answer import Answer


class FakeShelf:
    """Keeps parts in memory, as a file or Redis does."""

    def __init__(self) -> None:
        self.parts: dict[tuple[str, str], Part] = {}
        self.noted: dict[str, list[Write]] = {}

    async def load(self, owner: str) -> list[Part]:
        await asyncio.sleep(0)
        return [part for (one, _), part in self.parts.items() if one == owner]

    async def save(self, owner: str, part: Part) -> None:
        await asyncio.sleep(0)
        self.parts[owner, part.name] = part

    async def writes(self, account: str) -> list[Write]:
        return self.noted.get(account, [])

    async def note(self, account: str, write: Write) -> None:
        self.noted.setdefault(account, []).append(write)

    def close(self) -> None: ...


class FakeCustomers:
    """Two customers with credentials of their own."""

    def get(self, name: str | None) -> Customer:
        return Customer(name=name or "acme", credentials=credentials(name or "acme"))


class FakeVisibility:
    """The rights of the current caller: its name stands for them."""

    def rights(self, customer: Customer) -> str:
        del customer
        return current_caller().name


@dataclass
class FakeInvoker:
    """Answers a list with one thing, named after the customer and the caller who asked, as Akamai and the rules would."""

    version: int = 1
    asked: list[tuple[str, str]] = field(default_factory=list)
    stored: Any = field(default_factory=lambda: SimpleNamespace(off_loop=OffLoop()))

    def wait_for_share(self, share: float) -> float:
        del share
        return 0.0

    def intend(self, entry: Any, values: Any, controls: Any, *, keep_items: bool) -> Any:
        assert not keep_items
        return SimpleNamespace(entry=entry, values=values, controls=controls)

    def prepare(self, intent: Any) -> Any:
        return SimpleNamespace(request=SimpleNamespace(path=intent.entry.path))

    async def make(self, intent: Any, prepared: Any) -> Answer:
        del prepared
        caller = current_caller().name
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert current_caller().name == caller
        self.asked.append((intent.controls.customer, caller))
        name = f"thing of {intent.controls.customer} for {caller} v{self.version}"
        return Answer(content={"status": 200, "body": [{"id": "1", "name": name}]}, size=100)


@dataclass(kw_only=True)
class KeeperStage:
    """A keeper, its fakes, and the one source that there is."""

    source: Source
    invoker: FakeInvoker = field(default_factory=FakeInvoker)
    shelf: FakeShelf = field(default_factory=FakeShelf)
    clock: FakeClock = field(default_factory=FakeClock)
    policy: InventoryPolicy = field(default_factory=InventoryPolicy)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, shelf: Shelf | None = None) -> None:
        """A new process over the same shelf, or another."""
        self.keeper = Keeper(
            cast("Any", self.invoker),
            cast("Any", FakeVisibility()),
            cast("Any", FakeCustomers()),
            self.policy,
            shelf or self.shelf,
            list,
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    async def names(self, customer: str, *, wait: bool = True) -> list[str]:
        """What the current caller knows of a customer, after reading what is due."""
        held = await self.keeper.hold(customer)
        await self.keeper.read(held, held.due(held.wanted(self.source), self.policy, self.clock()), None if wait else 0.0)
        return [record.name for record in held.index.of_kind("thing")]


def stage_of(catalogue: Catalogue, **changes: Any) -> KeeperStage:
    """A stage with one list of things under the path of network lists."""
    entry = catalogue.get("network-lists/v2#get-network-lists")
    note = InventoryNote(**({"kind": "thing", "id": ("id",), "name": ("name",)} | changes))
    return KeeperStage(source=Source(entry=replace(entry, paginatable=False), note=note))
