"""The inventory, built when it is first asked for: most sessions begin with something else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from akamai_mcp.inventory.policy import FILE, InventoryPolicy

if TYPE_CHECKING:
    from akamai_mcp.access.caller_customers import CallerCustomers
    from akamai_mcp.access.visibility import Visibility
    from akamai_mcp.calls.invoker import Invoker
    from akamai_mcp.inventory.filling import KnownLimits
    from akamai_mcp.inventory.service import Inventory
    from akamai_mcp.inventory.shelf import Shelf
    from akamai_mcp.replicas.results import SharedResults


class LazyInventory:
    """Builds the inventory of what it stands on, which the pipeline that tells it of writes has to exist before."""

    def __init__(self, policy: InventoryPolicy, shared: SharedResults | None = None) -> None:
        self._policy = policy
        self._shared = shared
        self._ground: tuple[Invoker, Visibility, CallerCustomers, KnownLimits] | None = None

    def stand_on(self, invoker: Invoker, visibility: Visibility, customers: CallerCustomers, known_limits: KnownLimits) -> None:
        """Say what reads are made with, and for whom."""
        self._ground = (invoker, visibility, customers, known_limits)

    @cached_property
    def inventory(self) -> Inventory:
        """The inventory. Raises RuntimeError before `stand_on`."""
        from akamai_mcp.inventory.keeper import Keeper  # 20 ms with all that they need
        from akamai_mcp.inventory.service import Inventory

        if self._ground is None:
            raise RuntimeError("The inventory stands on nothing yet.")
        invoker, visibility, customers, known_limits = self._ground
        keeper = Keeper(invoker, visibility, customers, self._policy, self._shelf(), known_limits)
        return Inventory(keeper, visibility)

    @property
    def is_built(self) -> bool:
        """True once somebody has asked for it."""
        return "inventory" in self.__dict__

    def note_write(self, account: str, path: str, seconds: float) -> None:
        """Tell it of a path that a write may have changed, and for how many seconds its effect may still come."""
        if self.is_built or self._is_kept:  # else there is nothing that the write makes stale
            self.inventory.keeper.note_write(account, path, seconds)

    @property
    def _is_kept(self) -> bool:
        """True if an earlier session, or another replica, may have left something."""
        folder = self._policy.folder
        return self._shared is not None or (folder is not None and (folder / FILE).exists())

    async def aclose(self) -> None:
        """End what it reads, if it was ever asked for."""
        if self.is_built:
            await self.inventory.aclose()

    def _shelf(self) -> Shelf:
        from akamai_mcp.inventory.shelf import FileShelf, NoShelf, SharedShelf  # as above

        if self._shared is not None:
            return SharedShelf(self._shared)
        if self._policy.folder is None:
            return NoShelf()
        if self._policy.key is None:
            return FileShelf(self._policy.folder)
        from akamai_mcp.replicas.encryption import Keyring  # cryptography takes 30 ms, and is wanted only with a key

        return FileShelf(self._policy.folder, Keyring(self._policy.key))
