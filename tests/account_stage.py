"""An account in the sandbox with a client that signs: what the tests of the account and of the habits stand on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from openapi_schema_validator import OAS30Validator, OAS31Validator

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.responses import json_schema
from akamai_mcp.sandbox.routing import Match, Route, Router

NOW = 1_750_000_000.0
# PAPI has members in rule trees that its document does not declare; Akamai's client reads a list of hostnames from the other.
# No value fits what the document of reports says of their lists. The documents of GTM have one schema, that of a resource, in many places.
UNDECLARED = (
    "/reporting-api/v1/reports",
    "/reports/{name}/versions",
    "/rules",
    "/appsec/v1/hostname-coverage",
    "/config-gtm/v1/domains",
    "/datacenters",
    "/resources",
    "-maps",
    "{allowedInputTypeParam}",
)


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
        answer = await self.send("GET", path, params=query or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Any request, with a JSON body where there is one; a success must be what the document declares."""
        answer = await self.client.request(method, path, json=body, **more)
        if answer.is_success and answer.headers.get("content-type", "").endswith("json"):
            match = self.fake.router.match(method, answer.request.url.raw_path.decode().partition("?")[0])
            assert isinstance(match, Match)
            assert list(mismatches(self.fake.router, match.route, answer.json())) == []
        return answer


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


def mismatches(router: Router, route: Route, value: Any) -> Iterator[str]:
    schema = json_schema(router.operation(route))
    validator = OAS31Validator if str(route.document.get("openapi", "")).startswith("3.1") else OAS30Validator
    if schema is None or route.template.endswith(UNDECLARED):
        return
    for error in validator(schema).iter_errors(value):
        yield f"{error.json_path}: {error.message[:200]} {json.dumps(error.instance)[:100]}"
