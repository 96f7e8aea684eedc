"""The subjects of the measurements: their commands, and the folder and environment in which they run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Final

HERE: Final = Path(__file__).resolve().parent
STOCK: Final = (sys.executable, str(HERE / "stock_server.py"))
BARE: Final = (sys.executable, str(HERE / "bare_server.py"))
COMMAND: Final = (sys.executable, "-m", "akamai_mcp")
OURS: Final = (*COMMAND, "serve")
CONSTANT: Final = (sys.executable, str(HERE / "constant_server.py"))
UPSTREAM: Final = (sys.executable, str(HERE / "upstream.py"))
ACCOUNT: Final = (sys.executable, str(HERE / "account_upstream.py"))
CHECKOUT: Final = Path(os.environ.get("BENCH_CHECKOUT", HERE.parent.parent / "shared" / "akamai-apis" / "apis"))
TOKENS: Final = ("akab-client-0123456789abcdef", "c2VjcmV0IG9mIGEgYmVuY2htYXJrLCBub3QgcmVhbA==", "akab-access-0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A temporary folder, and an environment for children without the user's Akamai settings."""

    folder: Path
    environment: dict[str, str]

    def ours(self, **settings: str) -> dict[str, str]:
        """The environment of our server with these settings."""
        return self.environment | {f"AKAMAI_MCP_{name.upper()}": value for name, value in settings.items()}

    def empty_cache(self) -> str:
        """A new folder for prepared indexes."""
        return mkdtemp(prefix="cache-", dir=self.folder)

    def write_edgerc(self, host: str, *further: str) -> str:
        """A credentials file for a host, with the default customer and others, each with its own access token."""
        path = self.folder / f"edgerc-{host.rpartition(':')[2]}"
        names = ("client_token", "client_secret", "access_token")
        lines: list[str] = []
        for customer in ("default", *further):
            tokens = TOKENS if customer == "default" else (*TOKENS[:2], f"{TOKENS[2]}-{customer}")
            lines += [f"[{customer}]", f"host = {host}", *(f"{n} = {token}" for n, token in zip(names, tokens, strict=True))]
        path.touch(mode=0o600)  # readable by others it would be warned of, which loads the library that writes log lines
        path.write_text("\n".join([*lines, ""]))
        return str(path)


@contextmanager
def prepared_place() -> Iterator[Place]:
    """A temporary workspace; subjects that start with a prepared index share its cache folder."""
    with TemporaryDirectory(prefix="akamai-mcp-bench-") as name:
        folder = Path(name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AKAMAI_", "BARE_", "FASTMCP_"))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode, and so has every subject
        environment |= {
            "FASTMCP_CHECK_FOR_UPDATES": "off",
            "NO_PROXY": "127.0.0.1",
            "XDG_CACHE_HOME": str(folder / "xdg-cache"),
            "XDG_DATA_HOME": str(folder / "xdg-data"),
            "AKAMAI_MCP_CACHE_DIR": str(folder / "cache"),
            "AKAMAI_MCP_EDGERC": str(folder / "absent"),
        }
        yield Place(folder=folder, environment=environment)
