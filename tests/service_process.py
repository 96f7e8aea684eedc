"""The server over HTTP as a child process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from mcp_stage import CHILD_SECONDS
from service_stage import free_socket


def free_port() -> int:
    with free_socket() as found:
        return int(found.getsockname()[1])


@asynccontextmanager
async def start(environment: dict[str, str], port: int, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "akamai_mcp", "serve", *arguments, "--port", str(port)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until_ready(port: int) -> None:
    async with asyncio.timeout(CHILD_SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.02)
