"""Shots through an MCP client at a whole server, with the sandbox behind it: signing, HTTP and the protocol included."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from fastmcp import Client
from mcp_stage import one_router

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai, RecordedRequest
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.sandbox.signature import Credentials
from akamai_mcp.server.app import build_server
from akamai_mcp.settings import Settings
from fuzzing.core import SECRETS, in_batches, show
from fuzzing.hostile import Shot, hostile_bytes, hostile_headers
from fuzzing.judge import SIGNED, Broken, judge_given_headers, judge_request, judge_result, judge_values, require

ACCOUNTS = {name: Credentials(client_token=t, client_secret=s, access_token=a) for name, (t, s, a, _) in SECRETS.items()}
LEAST_SHOWN = 20
MOST_PAGES = 3
STATUSES = (200, 201, 202, 302, 400, 403, 404, 409, 412)  # 5xx would open the circuit, and nothing more would be sent


def write_edgerc(sandbox: SandboxServer, folder: Path) -> Path:
    """Credentials of the two customers for the sandbox."""
    path = folder / "sandbox.edgerc"
    for name, account in ACCOUNTS.items():
        sandbox.write_edgerc(path, name, account)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"account_key = {SECRETS[name][3]}\n")
    return path


class Shooter:
    """Fires shots through a client, and judges what came back and what reached the sandbox."""

    def __init__(self, client: Client[Any], fake: FakeAkamai, random: Random) -> None:
        self._client = client
        self._fake = fake
        self._random = random
        self.counts: Counter[str] = Counter()

    async def fire(self, shots: Sequence[Shot]) -> list[tuple[Shot, str]]:
        """Fire shots; those that broke a promise, and which."""
        broken: list[tuple[Shot, str]] = []
        for shot in shots:
            try:
                await self.take(self._paged(shot))
            except Broken as error:
                broken.append((shot, str(error)))
            except Exception as error:  # noqa: BLE001 - a fuzz run says what escaped and goes on
                broken.append((shot, f"{type(error).__name__} escaped: {error}"[:300]))
        return broken

    async def take(self, shot: Shot) -> None:
        """Fire one shot. Raises Broken where a promise does not hold."""
        self._fake.reset()
        if self._random.random() < 0.5:
            self._fake.faults.add(self._fault(shot))
        result = await self._client.call_tool(shot.tool, shot.arguments, raise_on_error=False)
        text = "".join(block.text for block in result.content if block.type == "text")
        seen = list(self._fake.requests)
        self.counts["sent" if seen else "answered without sending"] += 1
        secrets = [secret for known in SECRETS.values() for secret in known]
        judge_result(text, result.structured_content, failed=bool(result.is_error), sent=len(seen), secrets=secrets)
        paged = shot.arguments.get("paginate") is True
        require(len(seen) <= (MOST_PAGES if paged else 1), f"{len(seen)} requests reached the sandbox")
        for request in seen:
            self._judge(shot, request)

    def _paged(self, shot: Shot) -> Shot:
        if self._random.random() < 0.95:
            return shot
        return replace(shot, arguments={**shot.arguments, "paginate": True, "maxPages": MOST_PAGES})

    def _fault(self, shot: Shot) -> Fault:
        customer = shot.arguments.get("customer")
        headers = hostile_headers(self._random)
        kind = headers.pop("content-type").encode("ascii", "ignore").decode()
        status = self._random.choice(STATUSES) if self._random.random() < 0.5 else None
        body = hostile_bytes(self._random, SECRETS["second" if customer == "second" else "default"])
        return Fault(status=status, body=body, headers=headers, content_type=kind or None)

    def _judge(self, shot: Shot, request: RecordedRequest) -> None:
        judge_values(request.target.partition("?")[0], shot.entry.path if shot.entry else "", shot.path_values)
        customer = shot.arguments.get("customer") or "default"
        token, _, access, key = SECRETS[customer]
        judge_request(request.method, without_key(request.target, key), request.headers, shot.entry)
        judge_given_headers((name, value) for name, value in request.headers if name not in SIGNED)
        signed = request.header("authorization") or ""
        require(f"client_token={token};access_token={access};" in signed, f"not signed for {customer}")
        for name in ("host", "authorization"):
            require(sum(known == name for known, _ in request.headers) == 1, f"not one {name}")
        require(shot.arguments.get("dryRun") is not True, "a dry run was sent")
        if shot.tool == "akamai_read" and shot.entry:
            require(shot.entry.effect.mildest == "read", "a reader changed something")


def without_key(target: str, key: str) -> str:
    """The target without the account switch key that the transport adds, which has to be the customer's own."""
    for mark in "?&":
        ending = f"{mark}accountSwitchKey={key.replace(':', '%3A')}"
        if target.endswith(ending):
            return target.removesuffix(ending)
    raise Broken(f"the account key is missing: {target[-100:]!r}")


async def fuzz_protocol(catalogue: Catalogue, folder: Path, shots: int, seed: int) -> Counter[str]:
    """Fire through MCP, half in each era of the protocol; what broke under its own words."""
    broken: Counter[str] = Counter()
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    with SandboxServer(FakeAkamai(one_router(), accounts=tuple(ACCOUNTS.values()))) as sandbox:
        chosen = settings(sandbox, folder)
        for number, era in enumerate(("auto", "legacy")):
            random = Random(seed + number)
            share = shots * (number + 1) // 2 - shots * number // 2
            async with Client(build_server(chosen), mode=era) as client:
                shooter = Shooter(client, sandbox.fake, random)
                for entry, batch in in_batches(catalogue, random, share, wild=False):
                    for shot, what in await shooter.fire(batch):
                        broken[what[:60]] += 1
                        if broken.total() <= LEAST_SHOWN:
                            print(show(entry, shot, what), flush=True)
            counts += shooter.counts
    seconds = time.monotonic() - begun
    print(f"MCP: {counts.total()} inputs in {seconds:.0f} s, {dict(counts)}, {broken.total()} broke a promise", flush=True)
    return broken


def settings(sandbox: SandboxServer, folder: Path) -> Settings:
    """Nothing is asked about, kept or sent twice, so that each input meets the network."""
    files = folder / "files"
    files.mkdir(exist_ok=True)
    return Settings(
        edgerc=write_edgerc(sandbox, folder),
        ca_bundle=sandbox.ca_bundle,
        cache_dir=folder,
        cache=False,
        retries=0,
        confirm="never",
        files_dir=files,
        log_level="error",
        rate=100_000,
    )
