"""What every client does, from the list of tools to a resource. Needs only the standard library."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

PASSED: Final = "ok"
NOT_OFFERED: Final = "the client has none"
LONGEST: Final = 300  # characters of a complaint

READ: Final[dict[str, Any]] = {
    "name": "network-lists/v2#get-network-lists",
    "arguments": {"search": "scrapers", "includeElements": True},
}
NETWORK_LIST: Final[dict[str, Any]] = {
    "name": "Blocked scrapers",
    "type": "IP",
    "description": "true",
    "list": ["192.0.2.7", "198.51.100.0/24"],
}
WRITE: Final[dict[str, Any]] = {"name": "network-lists/v2#post-network-lists", "arguments": {"body": NETWORK_LIST}}
PURGED: Final[dict[str, Any]] = {"objects": ["https://www.example.com/a?b=1&c=%20", "https://www.example.com/ü"]}
PURGE: Final[dict[str, Any]] = {
    "name": "ccu/v3#post-invalidate-url",
    "arguments": {"network": "staging", "body": PURGED},
}
TASK: Final = "flush these URLs from the cache"
RESOURCE: Final = f"akamai://operations/{PURGE['name']}"
TOOLS: Final = frozenset(
    "akamai_list_operations akamai_describe_operation akamai_read akamai_write akamai_destroy akamai_raw_request".split()
)


class NotOffered(Exception):
    """The client has no such feature."""


class Talk(Protocol):
    """A client that is connected to the server."""

    async def tools(self) -> list[str]:
        """The names of the tools, as the client offers them to a model."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """Call a tool as the client does it for a model; return the text that the model gets, of a failure too."""

    async def read(self, uri: str) -> str:
        """The text of a resource. Raises NotOffered."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One client on its way through the scenario."""

    talk: Talk
    token: str = ""
    results: dict[str, str] = field(default_factory=dict)

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return the JSON object in the text that a model gets."""
        return find_object(await self.talk.call(tool, arguments))


def find_object(text: str) -> dict[str, Any]:
    """The first JSON object in a text; clients put words of their own around it. Raises ValueError if there is none."""
    decoder = json.JSONDecoder()
    for place, letter in enumerate(text):
        if letter == "{":
            try:
                value, _ = decoder.raw_decode(text, place)
            except ValueError:
                continue
            return dict(value)
    raise ValueError(f"no JSON object in {text[:LONGEST]!r}")


def expect(condition: object, found: object) -> None:
    """Raise ValueError with what was found instead."""
    if not condition:
        raise ValueError(f"got {str(found)[:LONGEST]}")


async def lists(run: Run) -> None:
    """The client lists the server's tools."""
    names = set(await run.talk.tools())
    expect(names >= TOOLS, sorted(names))


async def searches(run: Run) -> None:
    """A task in plain words finds its operation."""
    found = await run.ask("akamai_list_operations", query=TASK, limit=5)
    expect("akamai_ccu_post_invalidate_url" in [row["name"] for row in found["operations"]], found)


async def describes(run: Run) -> None:
    """An operation is described by its key."""
    facts = await run.ask("akamai_describe_operation", name=PURGE["name"])
    expect(facts["callWith"] == "akamai_destroy", facts)


async def reads(run: Run) -> None:
    """A read with a query is answered."""
    answer = await run.ask("akamai_read", **READ)
    expect(answer["status"] == 200, answer)


async def dry_runs(run: Run) -> None:
    """A dry run of a write shows the whole body."""
    shown = await run.ask("akamai_write", **WRITE, dryRun=True)
    expect(shown["sent"] is False and shown["request"]["body"] == NETWORK_LIST, shown)


async def is_refused(run: Run) -> None:
    """A purge that nobody confirmed is refused with a token."""
    refused = await run.ask("akamai_destroy", **PURGE)
    expect(refused["sent"] is False, refused)
    run.token = refused["confirm"]


async def confirms(run: Run) -> None:
    """With the token it is sent."""
    answer = await run.ask("akamai_destroy", **PURGE, confirm=run.token)
    expect(answer["status"] == 201, answer)


async def reads_a_resource(run: Run) -> None:
    """An operation is read as a resource by its key."""
    facts = find_object(await run.talk.read(RESOURCE))
    expect(facts["key"] == PURGE["name"], facts)


STEPS: Final[tuple[Callable[[Run], Awaitable[None]], ...]] = (
    lists,
    searches,
    describes,
    reads,
    dry_runs,
    is_refused,
    confirms,
    reads_a_resource,
)
NAMES: Final = tuple(step.__name__.replace("_", " ") for step in STEPS)


async def go_through(talk: Talk) -> dict[str, str]:
    """Take every step; the result of each: `ok`, that the client has none, or what came instead."""
    run = Run(talk=talk)
    for name, step in zip(NAMES, STEPS, strict=True):
        try:
            await step(run)
            run.results[name] = PASSED
        except NotOffered:
            run.results[name] = NOT_OFFERED
        except Exception as error:  # noqa: BLE001 - whatever a client raises is the result of its step
            run.results[name] = f"{type(error).__name__}: {error}"[:LONGEST]
    return run.results
