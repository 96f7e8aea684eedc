"""Where parts are kept between sessions: a SQLite file of the user's own, Redis where there are replicas, or nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from akamai_mcp.inventory.policy import FILE
from akamai_mcp.inventory.records import Part, read_part, write_part

if TYPE_CHECKING:
    from akamai_mcp.replicas.encryption import Keyring
    from akamai_mcp.replicas.results import SharedResults

PRIVATE: Final = 0o600
KEPT_SECONDS: Final = 14 * 86_400.0  # what nobody asked for that long is forgotten
WRITE: Final = "write"
WRITES_SECONDS: Final = 86_400.0
MOST_BYTES: Final = 512 * 1024 * 1024
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS parts (owner TEXT, name TEXT, read_at REAL, content BLOB, PRIMARY KEY (owner, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS writes (account TEXT, path BLOB, until REAL);
"""
_DAMAGED: Final = (ValueError, KeyError, TypeError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of this server's own: the path that it changed, and until when its effect may still come."""

    path: str
    until: float


class Shelf(Protocol):
    """A place where parts are kept, by whose they are, and the writes that made them stale, by account."""

    async def load(self, owner: str) -> list[Part]:
        """Every part that is kept."""

    async def save(self, owner: str, part: Part) -> None:
        """Keep a part."""

    async def writes(self, account: str) -> list[Write]:
        """The writes of the last day, those of other processes too."""

    async def note(self, account: str, write: Write) -> None:
        """Remember a write."""

    def close(self) -> None:
        """Close what is open."""


class NoShelf:
    """Keeps nothing beyond the process."""

    async def load(self, owner: str) -> list[Part]:  # noqa: ARG002 - of the protocol
        """Nothing."""
        return []

    async def save(self, owner: str, part: Part) -> None:
        """Keep nothing."""

    async def writes(self, account: str) -> list[Write]:  # noqa: ARG002 - of the protocol
        """Nothing."""
        return []

    async def note(self, account: str, write: Write) -> None:
        """Remember nothing."""

    def close(self) -> None:
        """There is nothing to close."""


class FileShelf:
    """Keeps parts in a SQLite file that only its user may read, sealed where a key is set.

    A file that cannot be written or read is left alone: the inventory is then that of the process.
    """

    def __init__(self, folder: Path, keyring: Keyring | None = None) -> None:
        self._path = folder / FILE
        self._keyring = keyring
        self._connection: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()

    async def load(self, owner: str) -> list[Part]:
        """Every part that is kept; one that is damaged or sealed with another key is left out."""
        rows = await self._ask("SELECT name, content FROM parts WHERE owner = ? ORDER BY read_at", (self._owner(owner),))
        return await asyncio.to_thread(lambda: [part for row in rows if (part := self._open(owner, *row)) is not None])

    async def save(self, owner: str, part: Part) -> None:
        """Keep a part."""
        name = self._name(owner, part.name)
        content = await asyncio.to_thread(self._close_up, owner, name, part)
        row = (self._owner(owner), name, part.read_at, content)
        await self._ask("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)", row)

    async def writes(self, account: str) -> list[Write]:
        """The writes of the last day."""
        rows = await self._ask("SELECT path, until FROM writes WHERE account = ?", (self._owner(account),))
        # Rows that an earlier code or a stranger wrote may have any type.
        sound = [row for row in rows if isinstance(row[0], bytes) and isinstance(row[1], float) and isfinite(row[1])]
        opened = ((self._unsealed(account, WRITE, path), until) for path, until in sound)
        return [Write(path=path.decode(errors="replace"), until=until) for path, until in opened if path is not None]

    async def note(self, account: str, write: Write) -> None:
        """Remember a write, and forget those of the day before."""
        await self._ask("DELETE FROM writes WHERE until < ?", (write.until - WRITES_SECONDS,))
        path = self._sealed(account, WRITE, write.path.encode())
        await self._ask("INSERT INTO writes VALUES (?, ?, ?)", (self._owner(account), path, write.until))

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _ask(self, statement: str, values: Iterable[object]) -> list[tuple[Any, Any]]:
        async with self._turn:
            return await asyncio.to_thread(self._execute, statement, tuple(values))

    def _execute(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, Any]]:
        try:
            self._connection = self._connection or self._connect()
            return self._connection.execute(statement, values).fetchall()
        except (OSError, sqlite3.Error):
            return []

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made before SQLite opens it, so that at no time others may read it; its journal gets the same mode.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, PRIVATE))
        self._path.chmod(PRIVATE)
        connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=5.0)
        connection.text_factory = lambda content: content.decode(errors="replace")  # one damaged text must not hide the others
        connection.executescript(_SCHEMA)
        connection.execute("DELETE FROM parts WHERE read_at < (SELECT max(read_at) FROM parts) - ?", (KEPT_SECONDS,))
        return connection

    def _owner(self, owner: str) -> str:
        return self._keyring.name("inventory", owner) if self._keyring else owner

    def _name(self, owner: str, name: str) -> str:
        return self._keyring.name("inventory", owner, name) if self._keyring else name

    def _close_up(self, owner: str, name: str, part: Part) -> bytes:
        return self._sealed(owner, name, zlib.compress(write_part(part), 6))

    def _open(self, owner: str, name: object, content: object) -> Part | None:
        if not isinstance(name, str) or not isinstance(content, bytes):
            return None
        packed = self._unsealed(owner, name, content)
        return unpack(packed) if packed is not None else None

    def _sealed(self, owner: str, name: str, content: bytes) -> bytes:
        return self._keyring.seal(owner, name, content) if self._keyring else content

    def _unsealed(self, owner: str, name: str, content: bytes) -> bytes | None:
        return self._keyring.unseal(owner, name, content) if self._keyring else content


class SharedShelf:
    """Keeps parts in Redis for all replicas, encrypted as results are."""

    def __init__(self, shared: SharedResults) -> None:
        self._shared = shared

    async def load(self, owner: str) -> list[Part]:
        """Every part that is kept."""
        contents = [await self._shared.get(_handle(owner, name)) for name in await self._listed(owner)]
        return [part for content in contents if content is not None and (part := unpack(content)) is not None]

    async def save(self, owner: str, part: Part) -> None:
        """Keep a part, and its name in the list of them."""
        await self._shared.put(_handle(owner, part.name), zlib.compress(write_part(part), 6), WRITES_SECONDS)
        await self._list(owner, part.name)

    async def writes(self, account: str) -> list[Write]:
        """The writes that any replica noted."""
        lines = (line.rpartition(" ") for line in await self._listed(account))
        return [Write(path=path, until=float(until)) for path, _, until in lines if _NUMBER.fullmatch(until)]

    async def note(self, account: str, write: Write) -> None:
        """Remember a write."""
        await self._list(account, f"{write.path} {write.until}")

    def close(self) -> None:
        """The connection is the replicas' own."""

    async def _listed(self, owner: str) -> list[str]:
        content = await self._shared.get(_handle(owner))
        with contextlib.suppress(ValueError):
            listed = orjson.loads(content) if content else []
            return [str(one) for one in listed] if isinstance(listed, list) else []
        return []

    async def _list(self, owner: str, line: str) -> None:
        lines = await self._listed(owner)
        if line not in lines:
            await self._shared.put(_handle(owner), orjson.dumps([*lines, line][-MOST_LINES:]), WRITES_SECONDS)


MOST_LINES: Final = 5_000
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def _handle(owner: str, name: str = "") -> str:
    return f"inventory {owner} {name}"


def unpack(content: bytes) -> Part | None:
    """The part of what a shelf keeps; None if it is damaged."""
    try:
        unpacked = zlib.decompressobj()
        text = unpacked.decompress(content, MOST_BYTES)
        return read_part(text)
    except _DAMAGED:
        return None
