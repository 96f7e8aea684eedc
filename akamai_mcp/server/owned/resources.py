"""What the account owns for clients that browse: a resource for each kind, and names that complete the arguments of prompts."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastmcp import FastMCP
from fastmcp.exceptions import ValidationError

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.inventory.lazy import LazyInventory
from akamai_mcp.server.text_resources import resource

INVENTORY: Final = "akamai://inventory/{kind}"


class Owned:
    """The inventory of the default customer as resources and completions."""

    def __init__(self, lazy: LazyInventory) -> None:
        self._lazy = lazy

    def add(self, server: FastMCP[Any]) -> None:
        """Add the resources to a server."""

        @resource(server, INVENTORY, name="inventory", title="What the account owns")
        async def inventory(kind: str) -> str:
            """All that the account owns of one kind, as rows, and which lists are not read yet."""
            try:
                return orjson.dumps(await self._lazy.inventory.rows(kind)).decode()
            except AkamaiMcpError as error:
                raise ValidationError(f"{error.message} {error.advice}") from error

    async def values(self, uri: str, argument: str) -> list[str]:
        """The values of an argument of a resource of this module."""
        return list(self._lazy.inventory.kinds()) if (uri, argument) == (INVENTORY, "kind") else []

    async def names(self, argument: str, customer: str | None) -> list[str]:
        """The names of what an argument of a prompt is about, as far as they are known; nothing is sent to complete them."""
        try:
            return await self._lazy.inventory.names(argument, customer)
        except AkamaiMcpError:
            return []
