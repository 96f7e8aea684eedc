"""Large answers: cut to their size budget, stored under a handle, and read again by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from akamai_mcp.access.action import Action
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.gate import Gate
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.prepare import Preparation
from akamai_mcp.calls.text_lines import split_lines
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import find_target, undocumented_entry
from akamai_mcp.errors import AccessError, ArgumentError
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.off_loop import LARGER, OffLoop
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy, suggested_name
from akamai_mcp.request.arguments import Placed
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.files.address import parse_address
from akamai_mcp.result.files.parts import find_part
from akamai_mcp.result.shaping import shape
from akamai_mcp.result.store import ResultStore, Source, StoredResult


class StoredResults:
    """The store of large answers, as calls use it. Reading one needs the same permission as the call that stored it."""

    def __init__(
        self,
        store: ResultStore,
        downloads: DownloadPolicy,
        catalogue: Catalogue,
        customers: CallerCustomers,
        gate: Gate,
        preparation: Preparation,
    ) -> None:
        self._store = store
        self._downloads = downloads
        self._catalogue = catalogue
        self._customers = customers
        self._gate = gate
        self._preparation = preparation
        self.off_loop = OffLoop()

    async def find(self, handle: str) -> StoredResult:
        """Return the answer with this handle, whatever part the handle names.

        Raises ArgumentError if it is gone, AccessError if it may not be read.
        """
        stored = await self._store.fetch(handle.partition("?")[0])
        if stored is None or stored.caller != self._gate.get_caller().name:
            raise ArgumentError(
                f"Nothing is stored under {handle[:80]!r}.", advice="Stored answers expire after a while: repeat the call."
            )
        for source in stored.sources:
            self._permit(source)
        return stored

    def _permit(self, source: Source) -> None:
        """Check that the caller may still make the call that a result comes from. Raises AccessError, CredentialsError."""
        entry = self._catalogue.find(source.operation) or undocumented_entry(source.method, source.path)
        customer = self._customers.get(source.customer)
        self._gate.permit(customer, self._preparation.action(entry, Placed(), entry.effect.mildest, source.path, customer))

    async def read(self, handle: str, controls: Controls) -> Answer:
        """Return a stored answer, or a part of it, without asking Akamai. Raises ArgumentError if it is gone."""
        address = parse_address(handle)
        stored = await self.find(address.handle)
        if controls.customer not in {None, *stored.customers}:
            owners = ", ".join(map(repr, sorted(stored.customers)))
            raise ArgumentError(
                f"The answer stored under {handle[:80]!r} belongs to customer {owners}.", advice="Omit `customer`."
            )

        def work() -> Answer:
            whole = find_part(stored.value(), address)
            by_lines = isinstance(whole, str) and controls.select  # JMESPath cannot select a part of a string
            named = {"operation": stored.operation} if stored.operation else {}
            answer = Answer(content={**named, "body": split_lines(whole) if by_lines else whole})
            return shape(
                answer,
                select=controls.select,
                max_bytes=controls.max_bytes,
                keep=lambda _: address.text,
                embed=address.embed,
            )

        is_part = address.member or address.search  # a small archive may be large when it is unpacked
        return await self.off_loop.run(work, size=LARGER if is_part else weight(controls, len(stored.content)))

    async def shape(self, entry: Entry, controls: Controls, action: Action, answer: Answer) -> Answer:
        """Apply `select` and `maxBytes` to an answer; store what does not fit, where other replicas can find it."""
        handles: list[str] = []

        def keep(value: Any) -> str | None:
            handle = self._keep(entry, action, answer, value)
            handles.extend([handle] if handle else [])
            return handle

        save = partial(self._save, entry)
        work = partial(shape, answer, select=controls.select, max_bytes=controls.max_bytes, keep=keep, save=save)
        shaped = await self.off_loop.run(work, size=weight(controls, answer.size))
        for handle in handles:
            await self._store.publish(handle)
        return shaped

    def _keep(self, entry: Entry, action: Action, answer: Answer, value: Any) -> str | None:
        """Store a large answer, but never one that contains a credential."""
        if entry.secret:
            return None
        sources = (source_of(action), *self.hops(action, answer))
        return self._store.keep(sources, value, caller=action.caller)

    def hops(self, action: Action, answer: Answer) -> Iterator[Source]:
        """The calls that a read was redirected to."""
        for target in answer.content.get("redirected", ()):
            path = target.partition("?")[0]
            operation = find_target(self._catalogue, action.method, path).entry.key
            yield Source(customer=action.customer, operation=operation, method=action.method, path=path)

    async def shape_program(self, answer: Answer, max_bytes: int, sources: tuple[Source, ...], *, secret: bool) -> Answer:
        """Apply the size budget to the result of a program; store what does not fit, unless it may hold a credential."""
        handles: list[str] = []

        def keep(value: Any) -> str | None:
            handle = None if secret else self._store.keep(sources, value, caller=self._gate.get_caller().name)
            handles.extend([handle] if handle else [])
            return handle

        shaped = await self.off_loop.run(partial(shape, answer, select=None, max_bytes=max_bytes, keep=keep), size=LARGER)
        for handle in handles:
            await self._store.publish(handle)
        return shaped

    async def keep_lines(self, lines: list[str], actions: Iterable[Action]) -> str | None:
        """Store lines about these actions and return their handle; None if they are too many."""
        sources = tuple({source_of(action) for action in actions})
        handle = self._store.keep(sources, "\n\n".join(lines), caller=self._gate.get_caller().name)
        if handle:
            await self._store.publish(handle)
        return handle

    def _save(self, entry: Entry, disposition: str | None, content: bytes) -> Path | None:
        name = suggested_name(disposition, f"{entry.product}-{entry.operation_id}.bin")
        try:
            return self._downloads.save(name, content)
        except AccessError:  # the call was made, so its answer is stored in memory instead
            get_logger().warning("the download folder cannot be written")
            return None


def source_of(action: Action) -> Source:
    """The call that an action is."""
    return Source(customer=action.customer, operation=action.operation, method=action.method, path=action.path)


def weight(controls: Controls, size: int) -> int:
    """The size by which work is judged: a selection or merged pages count as large, whatever one response had."""
    return max(size, LARGER) if controls.select or controls.paginate else size
