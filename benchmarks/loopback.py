"""The constant upstream as a child process, with its counts."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson
import trustme

from benchmarks.subjects import UPSTREAM, Place

LOOPBACK: Final = "127.0.0.1"
SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The upstream's counts: requests so far, open connections now."""

    requests: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The running upstream: its address and its CA certificate."""

    host: str
    ca: str
    process: Process

    async def counted(self) -> Counted:
        """The counts so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        return Counted(**orjson.loads(await asyncio.wait_for(self.process.stdout.readline(), SECONDS)))


@asynccontextmanager
async def running_upstream(place: Place, command: tuple[str, ...] = UPSTREAM) -> AsyncIterator[Upstream]:
    """Run an upstream, with a certificate of a temporary authority."""
    authority = trustme.CA()
    ca, chain = place.folder / "ca.pem", place.folder / "upstream.pem"
    authority.cert_pem.write_to_path(str(ca))
    authority.issue_cert(LOOPBACK).private_key_and_cert_chain_pem.write_to_path(str(chain))
    process = await asyncio.create_subprocess_exec(*command, str(chain), stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), SECONDS))
        yield Upstream(host=f"{LOOPBACK}:{port}", ca=str(ca), process=process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
