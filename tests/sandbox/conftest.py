from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import UTC, datetime
from itertools import count, repeat
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from account_stage import AccountStage, OpenAccount, opener
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from mcp_stage import all_routes, one_router

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.routing import Route, Router
from akamai_mcp.sandbox.signature import TIMESTAMP, Credentials

NOW = 1_750_000_000.0


class EdgeGridSigner(httpx.Auth):
    """Signs with Akamai's own library, at a time and with nonces of the test's choosing."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, clock: Callable[[], float], nonces: Iterator[str]) -> None:
        self._headers = EdgeGridAuthHeaders(
            credentials.client_token,
            credentials.client_secret,
            credentials.access_token,
            headers_to_sign=credentials.headers_to_sign,
            max_body=credentials.max_body,
        )
        self._clock = clock
        self._nonces = nonces

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp = datetime.fromtimestamp(self._clock(), UTC).strftime(TIMESTAMP)
        signable = SimpleNamespace(method=request.method, url=str(request.url), headers=request.headers, body=request.content)
        request.headers["authorization"] = self._headers.make_auth_header(signable, timestamp, next(self._nonces))
        yield request


@pytest.fixture(scope="session")
def specs() -> Path:
    return Path(__file__).parents[2] / "specs"


@pytest.fixture(scope="session")
def routes() -> tuple[Route, ...]:
    return all_routes()


@pytest.fixture(scope="session")
def router() -> Router:
    return one_router()


@pytest.fixture
def fake(router: Router) -> FakeAkamai:
    return FakeAkamai(router, clock=lambda: NOW)


@pytest.fixture(scope="session")
def nonces() -> Iterator[str]:
    return (f"nonce-{number}" for number in count())


@pytest.fixture
def signer(nonces: Iterator[str]) -> Callable[..., EdgeGridSigner]:
    def sign(
        credentials: Credentials, *, at: float = NOW, nonce: str | None = None, clock: Callable[[], float] | None = None
    ) -> EdgeGridSigner:
        return EdgeGridSigner(credentials, clock or (lambda: at), nonces if nonce is None else repeat(nonce))

    return sign


@pytest.fixture
async def client(fake: FakeAkamai, signer: Callable[..., EdgeGridSigner]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(fake.app)
    auth = signer(fake.credentials)
    async with httpx.AsyncClient(transport=transport, base_url="https://akab-sandbox.example", auth=auth) as client:
        yield client


@pytest.fixture
def open_account(router: Router, signer: Callable[..., EdgeGridSigner]) -> OpenAccount:
    return opener(router, signer)


@pytest.fixture
async def account(open_account: OpenAccount) -> AsyncIterator[AccountStage]:
    """An account of the default size whose work ends at once."""
    async with open_account(Habits(account=True, conflicts=True)) as stage:
        yield stage
