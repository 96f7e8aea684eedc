"""Three tasks by single calls and by one program: turns, tokens, seconds. Then another caller beside an audit.

A turn is a call of a tool; tokens are a quarter of the bytes of its arguments and its answer. What an agent needs to find the
operations is the same on both sides and left out.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import running_upstream
from benchmarks.stdio import BenchmarkError, StdioServer
from benchmarks.subjects import ACCOUNT, OURS, Place

BYTES_PER_TOKEN: Final = 4
GROUP: Final = {"contractId": "ctr_1", "groupId": "grp_1"}
RULES: Final = "papi/v1#get-property-version-rules"
RECORDS: Final = "config-dns/v2#get-zone-name-type"
FEWER_BAR: Final = Bar(most=0.05, of_ratio=True)
WORST_BAR: Final = Bar(most=50)
MEMORY_BAR: Final = Bar(most=200)
AUDITS: Final = 3
PAUSE: Final = 0.01

AUDIT: Final = """
import asyncio
group = {"contractId": "ctr_1", "groupId": "grp_1"}
found = await call("papi/v1#get-properties", group)
async def one(p):
    given = {"propertyId": p["propertyId"], "propertyVersion": p["latestVersion"], **group}
    tree = await call("papi/v1#get-property-version-rules", given)
    origins = [b["options"]["hostname"] for b in tree["rules"]["behaviors"] if b["name"] == "origin"]
    return p["propertyName"], tree["ruleFormat"], origins
rows = await asyncio.gather(*[one(p) for p in found["properties"]["items"]])
{
    "origin": [name for name, _, origins in rows if "origin.old.example.com" in origins],
    "format": [[name, form] for name, form, _ in rows if form < "v2023"],
}
"""
CERTIFICATES: Final = """
import asyncio
group = {"contractId": "ctr_1", "groupId": "grp_1"}
async def ends(e):
    return e, await call("cps/v2#get-deployments-production", {"enrollmentId": e["id"]})
async def hosts(p):
    given = {"propertyId": p["propertyId"], "propertyVersion": p["productionVersion"], **group}
    answer = await call("papi/v1#get-property-version-hostnames", given)
    return [(item["cnameFrom"], p["propertyName"]) for item in answer["hostnames"]["items"]]
listed = await call("cps/v2#get-enrollments", {"contractId": "ctr_1"})
found = await call("papi/v1#get-properties", group)
certificates = await asyncio.gather(*[ends(e) for e in listed["enrollments"]])
names = {}
for pairs in await asyncio.gather(*[hosts(p) for p in found["properties"]["items"]]):
    names.update(dict(pairs))
rows = [(e["csr"]["cn"], d["primaryCertificate"]["expiry"]) for e, d in certificates]
[[cn, expiry[:10], names.get(cn)] for cn, expiry in rows if expiry < "2026-12-31"]
"""
ZONES: Final = """
import asyncio
async def read(zone):
    return zone, await call("config-dns/v2#get-zone-name-type", {"zone": zone, "name": "www." + zone, "type": "A"})
listed = await call("config-dns/v2#get-zones", {"showAll": True})
found = await asyncio.gather(*[read(z["zone"]) for z in listed["zones"]])
async def change(zone, record):
    at = {"zone": zone, "name": record["name"], "type": "A"}
    if record["rdata"] == ["192.0.2.1"]:
        await call("config-dns/v2#put-zones-zone-names-name-types-type", {**at, "body": {**record, "rdata": ["192.0.2.2"]}})
    elif record["rdata"] == ["192.0.2.66"]:
        await call("config-dns/v2#delete-zone-name-type", at)
await asyncio.gather(*[change(zone, record) for zone, record in found])
"done"
"""


@dataclass(slots=True)
class Agent:
    """Calls tools one after the other, agrees where it is asked, and counts."""

    server: StdioServer
    turns: int = 0
    questions: int = 0
    size: int = 0
    begun: float = field(default_factory=time.perf_counter)

    async def ask(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """The answer of a call; one that asks for a confirmation gets it, which is a turn and a question to the user."""
        content = await self._turn(tool, arguments)
        if "confirm" in content:
            self.questions += 1
            again = {} if "program" in arguments else arguments
            content = await self._turn(tool, {**again, "confirm": content["confirm"]})
        if "problem" in content:
            raise BenchmarkError(f"{tool}: {str(content)[:400]}")
        return content.get("body")

    async def _turn(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        result = await self.server.request("tools/call", {"name": tool, "arguments": arguments})
        self.turns += 1
        self.size += len(orjson.dumps(arguments)) + len(result["content"][0]["text"].encode())
        return dict(result["structuredContent"])

    async def call(self, name: str, arguments: Mapping[str, Any], select: str = "", effect: str = "read") -> Any:
        """One operation by its name."""
        return await self.ask(f"akamai_{effect}", {"name": name, "arguments": arguments} | ({"select": select} if select else {}))


async def audit_by_calls(agent: Agent) -> None:
    """Which properties use the old origin or rule format."""
    items = await agent.call("papi/v1#get-properties", GROUP, "properties.items[].[propertyId, latestVersion]")
    select = "{format: ruleFormat, origin: rules.behaviors[?name==`origin`].options.hostname}"
    for identifier, version in items:
        await agent.call(RULES, {"propertyId": identifier, "propertyVersion": version, **GROUP}, select)


async def certificates_by_calls(agent: Agent) -> None:
    """Which certificates end within 30 days, with the properties of their names."""
    listed = await agent.call("cps/v2#get-enrollments", {"contractId": "ctr_1"}, "enrollments[].[id, csr.cn]")
    for number, _ in listed:
        await agent.call("cps/v2#get-deployments-production", {"enrollmentId": number}, "primaryCertificate.expiry")
    items = await agent.call("papi/v1#get-properties", GROUP, "properties.items[].[propertyId, productionVersion]")
    for identifier, version in items:
        given = {"propertyId": identifier, "propertyVersion": version, **GROUP}
        await agent.call("papi/v1#get-property-version-hostnames", given, "hostnames.items[].cnameFrom")


async def zones_by_calls(agent: Agent) -> None:
    """Change 20 record sets and delete 14, in 40 zones."""
    listed = await agent.call("config-dns/v2#get-zones", {"showAll": True}, "zones[].zone")
    for zone in listed:
        at = {"zone": zone, "name": f"www.{zone}", "type": "A"}
        record = await agent.call(RECORDS, at)
        if record["rdata"] == ["192.0.2.1"]:
            body = {**record, "rdata": ["192.0.2.2"]}
            await agent.call("config-dns/v2#put-zones-zone-names-name-types-type", {**at, "body": body}, effect="write")
        elif record["rdata"] == ["192.0.2.66"]:
            await agent.call("config-dns/v2#delete-zone-name-type", at, effect="destroy")


def by_program(tool: str, source: str) -> Callable[[Agent], Awaitable[Any]]:
    """The same by one program."""

    async def run(agent: Agent) -> None:
        await agent.ask(tool, {"program": source})

    return run


TASKS: Final = (
    ("audit of 200 properties", audit_by_calls, by_program("akamai_query", AUDIT)),
    ("certificates and hostnames", certificates_by_calls, by_program("akamai_query", CERTIFICATES)),
    ("40 zones, 34 changes", zones_by_calls, by_program("akamai_run", ZONES)),
)


async def measure_programs(place: Place) -> list[Figure]:
    """The three tasks, then another caller's small reads beside an audit, and the memory of the process."""
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(running_upstream(place, ACCOUNT))
        environment = place.ours(edgerc=place.write_edgerc(upstream.host), ca_bundle=upstream.ca, cache="false", rate="10000")
        figures: list[Figure] = []
        for name, calls, program in TASKS:
            figures += await _task(environment, name, calls, program)
        return figures + await _beside(environment)


async def _task(environment: dict[str, str], name: str, *ways: Callable[[Agent], Awaitable[Any]]) -> list[Figure]:
    agents = []
    for way in ways:
        async with StdioServer(OURS, environment) as server:
            await server.initialize()
            agents.append(agent := Agent(server))
            await way(agent)
            agent.begun = time.perf_counter() - agent.begun
    few = FEWER_BAR if name != TASKS[-1][0] else None
    rows: list[Figure] = []
    for what, unit, read, bar in (
        ("turns", "turns", lambda agent: agent.turns, None),
        ("questions", "questions", lambda agent: agent.questions, None),
        ("tokens", "tokens", lambda agent: agent.size / BYTES_PER_TOKEN, few),
        ("seconds", "s", lambda agent: agent.begun, None),
    ):
        single, program = ([float(read(agent))] for agent in agents)
        measure = Measure(what=f"{name}: {what}", unit=unit)
        rows += [measure.of("single calls", single), measure.of("one program", program, single if single[0] else None, bar)]
    return rows


async def _beside(environment: dict[str, str]) -> list[Figure]:
    """How long a small read takes while a program audits 200 rule trees of 25 kB."""
    async with StdioServer(OURS, environment) as server:
        await server.initialize()
        await Agent(server).ask(
            "akamai_query", {"program": "await call('papi/v1#get-properties', {'contractId': 'ctr_1', 'groupId': 'grp_1'})\n1"}
        )
        times: list[float] = []
        for number in range(AUDITS):
            audit = asyncio.create_task(Agent(server).ask("akamai_query", {"program": AUDIT}))
            while not audit.done():
                begun = time.perf_counter()
                given = {"propertyId": f"prp_{number}-{len(times)}", **GROUP}
                await server.call("akamai_read", {"name": "papi/v1#get-property", "arguments": given})
                times.append((time.perf_counter() - begun) * 1000)
                await asyncio.sleep(PAUSE)
            await audit
        what = Measure(what="another caller's read beside an audit", unit="ms")
        return [
            what.of("akamai-mcp, median", times),
            what.of("akamai-mcp, worst", [max(times)], bar=WORST_BAR),
            what.of("akamai-mcp, 99 of 100", [statistics.quantiles(times, n=100)[-1]]),
            Measure(what="peak memory beside an audit", unit="MB").of("akamai-mcp", [server.peak_memory()], bar=MEMORY_BAR),
        ]
