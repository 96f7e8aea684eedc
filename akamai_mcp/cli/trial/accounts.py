"""A fake account on the loopback, and an environment in which it is the only one."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.sandbox.signature import Credentials
from akamai_mcp.settings import load_settings

SECTION: Final = "sandbox"
LOOPBACK: Final = "127.0.0.1"
# Settings that could lead a call to another account than the fake one.
OTHERS: Final = frozenset(f"{PREFIX}{name}" for name in ("CUSTOMER", "CUSTOMERS_FILE", "SPECS_DIR"))


def build_account() -> FakeAkamai:
    """Build a fake account from the embedded documents, with the habits that the settings ask for. Raises SettingsError."""
    return FakeAkamai.from_specs(embedded_folder(), habits=load_settings().habits())


class LazyAccount:
    """A fake account that is built at the first request: a client waits for the start of a server, and not for long."""

    def __init__(self, build: Callable[[], FakeAkamai] = build_account) -> None:
        self._build = build
        self._fake: FakeAkamai | None = None
        self._building = asyncio.Lock()

    @property
    def credentials(self) -> Credentials:
        """The credentials that the account will have."""
        return Credentials()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, the first one after a second."""
        async with self._building:
            if self._fake is None:
                self._fake = await asyncio.to_thread(self._build)
        await self._fake.app(scope, receive, send)


@contextmanager
def fake_account(environment: MutableMapping[str, str] = os.environ) -> Iterator[str]:
    """Serve a fake account and make it the only one of an environment; yields its URL."""
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="akamai-mcp-sandbox-") as folder, SandboxServer(LazyAccount()) as server:
        point_at(environment, server.write_edgerc(Path(folder) / ".edgerc", SECTION), server.ca_bundle, SECTION)
        yield server.url


def point_at(environment: MutableMapping[str, str], edgerc: Path, ca_bundle: Path, section: str) -> None:
    """Make the credentials of a fake account the only ones of an environment; loopback needs no proxy."""
    for name in [name for name in environment if is_of_another(name)]:
        del environment[name]
    environment.update({f"{PREFIX}EDGERC": str(edgerc), f"{PREFIX}SECTION": section, f"{PREFIX}CA_BUNDLE": str(ca_bundle)})
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name, ""), LOOPBACK]))


def is_of_another(variable: str) -> bool:
    """Whether a variable has credentials, or a setting that may lead to another account."""
    return variable in OTHERS or (variable.startswith("AKAMAI_") and not variable.startswith(PREFIX))
