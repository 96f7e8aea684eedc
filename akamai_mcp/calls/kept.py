"""Large answers: cut to their budget, kept under a handle, read again by it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from akamai_mcp.access.action import Action
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.gate import Gate
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.prepare import Preparation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import undocumented_entry
from akamai_mcp.errors import AccessError, ArgumentError
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy, suggested_name
from akamai_mcp.request.arguments import Placed
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.shaping import shape
from akamai_mcp.result.store import HANDLE_PREFIX, ResultStore, StoredResult


class KeptAnswers:
    """The store of large answers as calls use it; who reads one passes the same rules as who made the call."""

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

    async def find(self, handle: str) -> StoredResult:
        """What is kept under a handle. Raises ArgumentError where it is gone, AccessError where it is no longer allowed."""
        kept = await self._store.fetch(handle)
        if kept is None or kept.caller != self._gate.get_caller().name:
            raise ArgumentError(
                f"Nothing is kept under {handle[:80]!r}.", advice="Kept answers are forgotten after a while: repeat the call."
            )
        entry = self._catalogue.find(kept.operation) or undocumented_entry(kept.method, kept.path)
        customer = self._customers.get(kept.customer)
        self._gate.permit(customer, self._preparation.action(entry, Placed(), kept.path, customer))
        return kept

    async def read(self, handle: str, controls: Controls) -> Answer:
        """A kept answer, or a part of it, without asking Akamai. Raises ArgumentError where it is gone."""
        kept = await self.find(handle)
        if controls.customer not in {None, kept.customer}:
            raise ArgumentError(
                f"What is kept under {handle[:80]!r} belongs to customer {kept.customer!r}.", advice="Leave `customer` out."
            )
        whole = kept.value()
        by_lines = isinstance(whole, str) and controls.select  # JMESPath takes no part of a string
        answer = Answer(content={"operation": kept.operation, "body": whole.splitlines() if by_lines else whole})
        return shape(
            answer,
            select=controls.select,
            max_bytes=controls.max_bytes,
            keep=lambda _: HANDLE_PREFIX + handle.removeprefix(HANDLE_PREFIX),
        )

    async def shape(self, entry: Entry, controls: Controls, action: Action, answer: Answer) -> Answer:
        """The answer as its controls want it; what does not fit is kept, and other replicas can find it."""
        handles: list[str] = []

        def keep(value: Any) -> str | None:
            handle = self._keep(entry, action, value)
            handles.extend([handle] if handle else [])
            return handle

        save = partial(self._save, entry)
        shaped = shape(answer, select=controls.select, max_bytes=controls.max_bytes, keep=keep, save=save)
        for handle in handles:
            await self._store.publish(handle)
        return shaped

    def _keep(self, entry: Entry, action: Action, value: Any) -> str | None:
        """Keep a large answer, but never one that holds a credential."""
        if entry.secret:
            return None
        return self._store.keep(
            action.customer, operation=action.operation, method=action.method, path=action.path, value=value, caller=action.caller
        )

    def _save(self, entry: Entry, disposition: str | None, content: bytes) -> Path | None:
        name = suggested_name(disposition, f"{entry.product}-{entry.operation_id}.bin")
        try:
            return self._downloads.save(name, content)
        except AccessError:  # the answer is there all the same, and is kept instead
            get_logger().warning("download folder cannot be written")
            return None
