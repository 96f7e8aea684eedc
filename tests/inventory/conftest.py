"""Fixtures of the tests of the inventory: an account of 60 properties, and servers before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mcp_stage import (  # noqa: F401 - fixtures
    child_environment,
    clean_environment,
    edgerc,
    fake,
    one_authority,
    open_stage,
    sandbox_server,
    served,
    settings,
    stage,
)
from redis_stage import one_redis, redis  # noqa: F401 - fixtures
from service_stage import book, open_service  # noqa: F401 - fixtures

from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A running fake Akamai with an account of 60 properties, 470 hostnames, 25 certificates and 8 zones."""
    with sandbox_server(Habits(account=True, conflicts=True, properties=60)) as running:
        yield running
