"""Loads what the start postponed while nobody waits for the server, so that the first call of a session does not pay for it.

Afterwards garbage is collected in such moments. A full collection looks at all that the calls under way refer to: beside 200 of
them it stops every caller for a tenth of a second.

An import holds the interpreter lock, so each step is a module or little more, and the event loop runs between two steps.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Final

from fastmcp.tools.base import ToolResult
from mcp_types import CallToolResult, TextContent, methods
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION
from pydantic import BaseModel

from akamai_mcp.background import running
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.logs import get_logger
from akamai_mcp.parts import Parts
from akamai_mcp.server.tools import OperationTool

# What a call imports on its way, dependencies first, so that each step is short: the longest, aiohttp, takes 60 ms.
FOR_EVERY_CALL: Final = (
    "akamai_mcp.catalogue.search.search",  # most sessions begin with a search
    "akamai_mcp.programs.library.finding",
    "akamai_mcp.inventory.pointing",
    "urllib3",
    "charset_normalizer",
    "requests",
    "jsonref",
    "akamai.edgegrid",
    "rich.progress",
    "rich.syntax",
    "httpcore",
    "httpx",
    "multidict",
    "yarl",
    "aiohttp",
    "akamai_mcp.edgegrid.auth",
    "akamai_mcp.pipeline.transport.errors",
    "akamai_mcp.pipeline.transport.aiohttp_transport",
    "fastmcp.server.providers.prefab_payload",
)
# pydantic builds a model at its first use where the start did not: 1 ms each.
MODELS: Final[tuple[type[BaseModel], ...]] = (CallToolResult, TextContent, ToolResult, OperationTool)
VERSIONS: Final = (LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION)  # each era has models of its own
FOR_STRICT_VALIDATION: Final = (
    "re2",
    "werkzeug.datastructures",
    "openapi_spec_validator",
    "akamai_mcp.request.validation.strict",
    "openapi_core.templating.media_types.finders",
)
# `select`, a response of 4xx with its schemaMismatches, a search among programs, a line in the log.
FOR_SOME_CALLS: Final = (
    "concurrent.futures.thread",
    "akamai_mcp.result.selection_limits",
    "referencing",
    "jsonschema",
    "openapi_schema_validator",
    "re2",
    "akamai_mcp.request.validation.bounded",
    "rich.traceback",
    "structlog",
    "yaml",
)


TOOL_CALL: Final = "tools/call"
META: Final = {
    "io.modelcontextprotocol/protocolVersion": LATEST_MODERN_VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "akamai-mcp", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
EMPTY_CALL: Final = {"name": "akamai_read", "arguments": {}, "_meta": META}
EMPTY_RESULT: Final = {"content": [{"type": "text", "text": ""}], "structuredContent": {}, "resultType": "complete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to load, under the name that the log gives it."""

    name: str
    load: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePolicy:
    """Seconds without work before the first step and between two, and the processor time in a second that is no work.

    `collect_after` collections of the younger objects all are looked at in an idle moment, and after `collect_at_most` in any.
    """

    first_pause: float = 0.1
    pause: float = 0.02
    idle_share: float = 0.1
    collect_after: int = 5
    collect_at_most: int = 50


def postponed_steps(parts: Parts, *, strict_validation: bool = False) -> tuple[Step, ...]:
    """What the start of a server postponed, in the order in which it is wanted."""
    names = FOR_EVERY_CALL + (FOR_STRICT_VALIDATION if strict_validation else ())
    every, some = (
        tuple(Step(name=name, load=partial(import_module, name)) for name in modules) for modules in (names, FOR_SOME_CALLS)
    )
    models = (Step(name=model.__name__, load=model.model_rebuild) for model in MODELS)
    messages = (Step(name=f"messages of {version}", load=partial(_build_messages, version)) for version in VERSIONS)
    client = Step(name="HTTP client", load=parts.transport.open)
    operation = Step(name="operation", load=partial(_read_one, parts))
    # The catalogue sorts a method's paths when it is first asked for one, which takes 20 ms for GET.
    paths = (Step(name=f"paths of {method}", load=partial(parts.catalogue.readable_as, method, "/")) for method in RAW_METHODS)
    return (*every, client, *models, *messages, operation, *paths, *some)


def _build_messages(version: str) -> None:
    """Read a request to call a tool and write its result, as a session of this protocol version does."""
    methods.validate_client_request(TOOL_CALL, version, EMPTY_CALL)
    methods.serialize_server_result(TOOL_CALL, version, EMPTY_RESULT)


def _read_one(parts: Parts) -> None:
    """Read any operation: the first one compiles patterns that all later ones use."""
    entries, _ = parts.catalogue.browse(Filter(), limit=1, offset=0)
    for entry in entries:
        parts.catalogue.operation(entry)


async def load_when_idle(
    steps: Sequence[Step],
    in_flight: Callable[[], int],
    policy: IdlePolicy | None = None,
    clock: Callable[[], float] = time.process_time,
) -> None:
    """Carry out the steps while the process has nothing else to do; one that fails is logged."""
    policy = policy or IdlePolicy()
    pause = policy.first_pause
    for step in steps:
        while not await _is_idle(pause, in_flight, policy.idle_share, clock):
            pause = policy.first_pause
        _load(step)
        pause = policy.pause
    gc.freeze()  # modules are never garbage: collections need not look at them


async def collect_when_idle(
    in_flight: Callable[[], int],
    policy: IdlePolicy,
    clock: Callable[[], float] = time.process_time,
    collect: Callable[[], object] = gc.collect,
    waiting: Callable[[], int] = lambda: gc.get_count()[2],
) -> None:
    """Collect garbage while the process has nothing else to do; while it always has, more seldom than Python would."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, policy.collect_at_most)
    while True:
        if await _is_idle(policy.first_pause, in_flight, policy.idle_share, clock) and waiting() >= policy.collect_after:
            collect()


async def _is_idle(pause: float, in_flight: Callable[[], int], share: float, clock: Callable[[], float]) -> bool:
    """Whether the process did next to nothing for as long as a pause, and no call is under way."""
    before = clock()
    await asyncio.sleep(pause)
    return in_flight() == 0 and clock() - before < share * pause


def _load(step: Step) -> None:
    gc.disable()
    try:
        step.load()
    except Exception as error:  # noqa: BLE001 - loading early is a favour; the call that needs it fails with its own error
        get_logger().warning("not loaded ahead", what=step.name, error=type(error).__name__)
    finally:
        gc.enable()


@asynccontextmanager
async def loading_when_idle(
    steps: Sequence[Step], in_flight: Callable[[], int], after: Callable[[], Awaitable[object]] | None = None
) -> AsyncIterator[None]:
    """Load the steps beside what is done within, once `after` has returned, and then collect garbage; given up in the end."""

    async def load() -> None:
        if after is not None:
            await after()
        await load_when_idle(steps, in_flight)
        await collect_when_idle(in_flight, IdlePolicy())

    async with running(load()):
        yield
