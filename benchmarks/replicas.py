"""Run replicas of the server that share a Redis, nginx in front of them with deploy/nginx.conf, and wrk as the client."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import trustme

from benchmarks.stdio import BenchmarkError
from benchmarks.subjects import HERE, OURS, Place

LOOPBACK: Final = "127.0.0.1"
SECONDS: Final = 60.0
THREADS: Final = 2
PATIENCE: Final = "15s"
CONFIGURATION: Final = HERE.parent / "deploy/nginx.conf"
BALANCED: Final = re.compile(r"( +server )server-\d:8000( [^\n]+\n)")
SBIN: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
# Only the servers are measured, not what they let through to Akamai.
UNBOUND: Final = {"rate": "100000", "concurrency": "1000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs that must be installed."""

    redis: str
    nginx: str
    wrk: str

    @classmethod
    def find(cls) -> Programs:
        """Find the programs. Raises BenchmarkError if one is missing."""
        found = {name: shutil.which(name, path=SBIN) or "" for name in ("redis-server", "nginx", "wrk")}
        if missing := [name for name, path in found.items() if not path]:
            raise BenchmarkError(f"Not installed: {', '.join(missing)}.")
        return cls(redis=found["redis-server"], nginx=found["nginx"], wrk=found["wrk"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The results of one wrk: calls by result, and their latency."""

    answered: int
    refused: int
    broken: int
    cut_off: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def failed(self) -> int:
        """The calls without Akamai's response: a tool error, a status other than 200, or an incomplete response."""
        return self.refused + self.broken + self.cut_off

    @property
    def rate(self) -> float:
        """Answered calls per second."""
        return self.answered / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One server and its port."""

    port: int
    process: Process


def free_port() -> int:
    """A free port on the loopback interface."""
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        return int(held.getsockname()[1])


@asynccontextmanager
async def running(command: Sequence[str], environment: dict[str, str], log: Path) -> AsyncIterator[Process]:
    """Run a child with its output in a file, and end it afterwards."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=DEVNULL, stdout=output, stderr=output)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def until_open(port: int, process: Process, name: str) -> None:
    """Wait until a child accepts connections."""
    async with asyncio.timeout(SECONDS):
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                return
            await asyncio.sleep(0.02)
    raise BenchmarkError(f"{name} ended with {process.returncode}.")


@asynccontextmanager
async def running_redis(programs: Programs, place: Place) -> AsyncIterator[str]:
    """Run a Redis without persistence, and yield its URL."""
    port = free_port()
    command = (programs.redis, "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(place.folder))
    async with running(command, place.environment, place.folder / "redis.log") as process:
        await until_open(port, process, "redis-server")
        yield f"redis://{LOOPBACK}:{port}/0"


@asynccontextmanager
async def running_replicas(place: Place, count: int, redis: str, **settings: str) -> AsyncIterator[list[Replica]]:
    """Run servers that share a Redis, and yield them once they are ready."""
    key = secrets.token_hex(32)
    async with AsyncExitStack() as stack:
        replicas = []
        for _ in range(count):
            port = free_port()
            environment = place.ours(
                transport="http", port=str(port), redis_url=redis, shared_key=key, log_level="error", **UNBOUND, **settings
            )
            process = await stack.enter_async_context(running(OURS, environment, place.folder / "replicas.log"))
            await until_open(port, process, "akamai-mcp")
            replicas.append(Replica(port=port, process=process))
        for replica in replicas:
            await _until_ready(replica)
        yield replicas


async def _until_ready(replica: Replica) -> None:
    async with asyncio.timeout(SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while (await client.get(f"http://{LOOPBACK}:{replica.port}/readyz")).status_code != httpx.codes.OK:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running_nginx(programs: Programs, place: Place, replicas: Sequence[Replica]) -> AsyncIterator[str]:
    """Run nginx with deploy/nginx.conf in front of the replicas, and yield the MCP URL."""
    port = free_port()
    certificate = trustme.CA().issue_cert(LOOPBACK)
    certificate.private_key_pem.write_to_path(str(place.folder / "tls_key"))
    certificate.cert_chain_pems[0].write_to_path(str(place.folder / "tls_certificate"))
    path = place.folder / f"nginx-{port}.conf"
    path.write_text(write_configuration(place.folder, port, [replica.port for replica in replicas]), encoding="utf-8")
    command = (programs.nginx, "-e", "stderr", "-p", str(place.folder), "-c", str(path), "-g", "daemon off;")
    async with running(command, place.environment, place.folder / "nginx.log") as process:
        await until_open(port, process, "nginx")
        yield f"https://{LOOPBACK}:{port}/mcp"


def write_configuration(folder: Path, port: int, upstreams: Sequence[int]) -> str:
    """deploy/nginx.conf with the ports and folders of this run and without its log, otherwise unchanged."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    found = BALANCED.search(text)
    if found is None:
        raise BenchmarkError("deploy/nginx.conf names no server.")
    servers = "".join(f"{found[1]}{LOOPBACK}:{at}{found[2]}" for at in upstreams)
    text = text[: found.start()] + servers + BALANCED.sub("", text[found.end() :])
    text = re.sub(r"(?<= )/tmp/", f"{folder}/", text).replace("/run/secrets/", f"{folder}/")
    text = text.replace("listen 8443", f"listen {LOOPBACK}:{port}").replace("access_log /dev/stdout plain", "access_log off")
    return ("user root;\n" if os.geteuid() == 0 else "") + text


async def drive(programs: Programs, url: str, kind: str, seconds: int, connections: int) -> Run:
    """Let wrk make calls of one kind for a number of seconds."""
    options = ("-t", str(THREADS), "-c", str(connections), "-d", f"{seconds}s", "--timeout", PATIENCE)
    script = (str(HERE / "load.lua"), url, "--", kind, f"{kind}-{secrets.token_hex(4)}")
    process = await asyncio.create_subprocess_exec(programs.wrk, *options, "-s", *script, stdout=PIPE, stderr=PIPE)
    try:
        output, errors = await asyncio.wait_for(process.communicate(), seconds + SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told: dict[str, Any] | None = next((orjson.loads(line) for line in output.splitlines() if line.startswith(b"{")), None)
    if told is None:
        raise BenchmarkError(f"wrk ended with {process.returncode}: {errors.decode(errors='replace')[:300]}")
    return Run(**told)
