"""An account in the sandbox with a client that signs: what the tests of the account and of the habits stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.routing import Router

NOW = 1_750_000_000.0


@dataclass(slots=True)
class Clock:
    """A clock that stands still until a test moves it."""

    time: float = NOW

    def __call__(self) -> float:
        return self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStage:
    """The fake with its account, and requests to it."""

    fake: FakeAkamai
    client: httpx.AsyncClient
    clock: Clock = field(default_factory=Clock)

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON of a read that must succeed."""
        answer = await self.client.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Any request, with a JSON body where there is one."""
        return await self.client.request(method, path, json=body, **more)


OpenAccount = Callable[..., Any]


def opener(router: Router, signer: Callable[..., httpx.Auth]) -> OpenAccount:
    """Opens a stage for habits, on a clock of its own."""
    numbers = count()

    @asynccontextmanager
    async def open_account(habits: Habits) -> AsyncIterator[AccountStage]:
        clock = Clock()
        fake = FakeAkamai(router, clock=clock, habits=habits)
        auth = signer(fake.credentials, clock=clock)
        transport = httpx.ASGITransport(fake.app)
        base = f"https://akab-account-{next(numbers)}.example"
        async with httpx.AsyncClient(transport=transport, base_url=base, auth=auth) as client:
            yield AccountStage(fake=fake, client=client, clock=clock)

    return open_account
