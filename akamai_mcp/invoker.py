"""The one path of a call, from an operation and its arguments to the answer: place, decide, build, send, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from akamai_mcp.access.confirmation import ConfirmationPolicy, require_confirmation
from akamai_mcp.access.files import FilePolicy
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import AccessError, ArgumentError, ValidationRefused
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import CACHE_MODES, CacheClass, CacheMode, Call, Handler
from akamai_mcp.request.arguments import ABSENT, Placed, place, place_raw
from akamai_mcp.request.builder import build_request
from akamai_mcp.request.validation import find_mismatches
from akamai_mcp.result.answer import Answer, to_answer

MAX_ARGUMENT_BYTES: Final = 4 * 1024 * 1024
CONTROLS: Final = ("customer", "confirm", "cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArguments:
    """Arguments that come sorted by location, as `akamai_raw_request` takes them."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the caller says about the call itself."""

    customer: str | None = None
    confirmed: bool = False
    cache: CacheMode = "use"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokerPolicies:
    """What is decided before anything is sent."""

    confirmation: ConfirmationPolicy
    files: FilePolicy
    strict_validation: bool = False


class Invoker:
    """Carries calls: every door (own tool, callers, raw request, command line) comes through here."""

    def __init__(self, catalogue: Catalogue, customers: Customers, handler: Handler, policies: InvokerPolicies) -> None:
        self._catalogue = catalogue
        self._customers = customers
        self._handler = handler
        self._policies = policies

    async def call(self, entry: Entry, arguments: Mapping[str, Any]) -> Answer:
        """Call an operation with the flat arguments of its own tool. Raises AkamaiMcpError."""
        check_size(arguments)
        values = {name: value for name, value in arguments.items() if name not in CONTROLS}
        operation = self._catalogue.operation(entry)
        return await self._send(entry, operation, place(operation, values), read_controls(arguments))

    async def call_raw(self, entry: Entry, raw: RawArguments, controls: Controls) -> Answer:
        """Call an operation with arguments sorted by location. Raises AkamaiMcpError."""
        operation = self._catalogue.operation(entry)
        placed = place_raw(operation, path=raw.path, query=raw.query, headers=raw.headers, body=raw.body)
        return await self._send(entry, operation, placed, controls)

    async def _send(self, entry: Entry, operation: Operation, placed: Placed, controls: Controls) -> Answer:
        if entry.refusal:
            raise AccessError(f"{entry.key} cannot be sent: {entry.refusal}.", advice="Use Akamai's own tools for this one.")
        if self._policies.strict_validation and (mismatches := find_mismatches(operation, placed)):
            raise ValidationRefused(mismatches)
        request = build_request(operation, placed, self._policies.files.read)
        require_confirmation(
            self._policies.confirmation,
            entry,
            entry.effect.of(placed.flat()),
            target=request.target,
            customer=controls.customer or self._customers.default,
            confirmed=controls.confirmed,
        )
        name, credentials = self._customers.get(controls.customer)
        response = await self._handler(
            Call(
                operation=entry.key,
                customer=name,
                credentials=credentials,
                request=request,
                keep=keep_class(entry),
                cache=controls.cache,
            )
        )
        refused = 400 <= response.status < 500  # noqa: PLR2004 - the class of answers that arguments cause
        return to_answer(operation, response, find_mismatches(operation, placed) if refused else ())


def read_controls(arguments: Mapping[str, Any]) -> Controls:
    """The caller's customer and confirmation. Raises ArgumentError where they are of another type."""
    customer, confirm, cache = (arguments.get(name) for name in CONTROLS)
    if customer is not None and not isinstance(customer, str):
        raise ArgumentError("`customer` is not a string.", advice="Give the name of a customer.")
    if confirm is not None and not isinstance(confirm, bool):
        raise ArgumentError("`confirm` is not true or false.", advice="Give confirm: true as a boolean.")
    if cache is not None and cache not in CACHE_MODES:
        raise ArgumentError("`cache` is not one of its modes.", advice=f"Give one of {', '.join(CACHE_MODES)}.")
    return Controls(customer=customer or None, confirmed=confirm is True, cache=cache or "use")


def keep_class(entry: Entry) -> CacheClass:
    """How long an operation's answer stays true; one that holds a credential is never kept."""
    if entry.secret or entry.effect.worst != "read":
        return "never"
    return "hours" if entry.cache == "hours" else "never" if entry.cache == "never" else "minutes"


def check_size(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of more than 4 MiB, or nested too deeply to be JSON. Raises ArgumentError."""
    try:
        size = len(orjson.dumps(arguments))
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"The arguments are not plain JSON ({error}).", advice="Nest less deeply.") from error
    if size > MAX_ARGUMENT_BYTES:
        raise ArgumentError(
            f"The arguments are {size} bytes, over {MAX_ARGUMENT_BYTES}.",
            advice='Send a large body from a file: {"file": "name below AKAMAI_MCP_FILES_DIR"}.',
        )
