"""Programs that the tests run, and a person who answers the question for a plan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from mcp_stage import BuildServer, MakeSettings, Stage

from akamai_mcp.sandbox.app import FakeAkamai

LISTS = "network-lists/v2#get-network-lists"
# 20 lists are replaced, which does not ask, and 14 deleted, which does; a read comes first.
TIDY = """
import asyncio
await call("network-lists/v2#get-network-lists")
async def replace(i):
    body = {"name": f"n{i}", "type": "IP", "list": ["192.0.2.1"], "syncPoint": 1}
    return await call("network-lists/v2#put-network-list", {"networkListId": f"{i}_A", "body": body})
await asyncio.gather(*[replace(i) for i in range(20)])
for i in range(14):
    await call("network-lists/v2#delete-network-list", {"networkListId": f"{i}_A"})
"done"
"""
DELETE = 'await call("network-lists/v2#delete-network-list", {"networkListId": "1_A"})'


@dataclass(slots=True)
class FakeUser:
    """A person in front of a client that shows forms."""

    says: str = "accept"
    asked: list[str] = field(default_factory=list)

    async def __call__(self, message: str, _kind: Any, _params: Any, _context: Any) -> ElicitResult[Any]:
        self.asked.append(message)
        return ElicitResult(action=self.says, content={} if self.says == "accept" else None)  # type: ignore[arg-type]


OpenWithUser = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def open_with_user(settings: MakeSettings, fake: FakeAkamai, served: BuildServer) -> OpenWithUser:
    """Open a server and a client of an era whose user answers questions."""

    @asynccontextmanager
    async def opened(era: str, user: FakeUser, **changes: Any) -> AsyncIterator[Stage]:
        async with Client(served(settings(**changes)), mode=era, elicitation_handler=user) as client:
            yield Stage(client=client, fake=fake)

    return opened


def methods(stage: Stage) -> list[str]:
    """The methods of the requests that arrived."""
    return [request.method for request in stage.fake.requests]
