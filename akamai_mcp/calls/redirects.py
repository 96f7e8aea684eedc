"""Follow the redirects of a read: each hop is a call of its own, found, built and judged like any other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl

from akamai_mcp.access.gate import Gate
from akamai_mcp.calls.prepare import Intent, Preparation, Prepared
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.undocumented import find_target
from akamai_mcp.errors import AccessError, AkamaiMcpError
from akamai_mcp.openapi.model import SAFE_METHODS, Operation
from akamai_mcp.pipeline.cache import CONDITIONAL
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.redirect import FOLLOWED_STATUSES, MAX_REDIRECTS, redirect_target
from akamai_mcp.request.arguments import Placed, place_raw

# Of the standard headers only these mean the same at another address; the conditional ones are about the first.
CARRIED: Final = frozenset({"accept", "prefer", "x-request-id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A request of a call: what is meant, and what is sent."""

    intent: Intent
    prepared: Prepared


Send = Callable[[Intent, Prepared], Awaitable[Response]]


class Redirects:
    """Follows redirects, with what finds, builds and judges the call of each hop."""

    def __init__(self, catalogue: Catalogue, preparation: Preparation, gate: Gate) -> None:
        self._catalogue = catalogue
        self._preparation = preparation
        self._gate = gate

    async def follow(self, intent: Intent, prepared: Prepared, response: Response, send: Send) -> Response:
        """The response at the end of the redirects, or the first one that may not be followed, with the reason."""
        passed: tuple[str, ...] = ()
        hop = Hop(intent=intent, prepared=prepared)
        while is_followed(hop.prepared, response):
            try:
                hop = self._next(hop, response, passed)
            except AkamaiMcpError as error:  # the call was made, so its own response is the answer
                return replace(response, redirected=passed, not_followed=error.message)
            response = await send(hop.intent, hop.prepared)
            passed = (*passed, hop.prepared.request.target)
        return replace(response, redirected=passed) if passed else response

    def _next(self, hop: Hop, response: Response, passed: tuple[str, ...]) -> Hop:
        """The next hop, if every rule allows it. Raises AkamaiMcpError."""
        if len(passed) == MAX_REDIRECTS:
            raise AccessError(f"The read was redirected more than {MAX_REDIRECTS} times.")
        customer = hop.prepared.customer
        target = redirect_target(response.header("location"), hop.prepared.request.target, customer.credentials.host)
        intent = self._intent(hop.intent, target)
        prepared = self._preparation.prepare(intent, customer)
        require_read(hop.prepared, prepared)
        self._gate.authorize_next(customer, prepared.action)
        return Hop(intent=intent, prepared=prepared)

    def _intent(self, before: Intent, target: str) -> Intent:
        path, _, query = target.partition("?")
        found = find_target(self._catalogue, before.operation.method, path)
        placed = place_raw(
            found.operation,
            path=found.values,
            query=read_query(query),
            headers=carried_headers(found.operation, before.placed),
        )
        return replace(before, entry=found.entry, operation=found.operation, placed=placed)


def is_followed(prepared: Prepared, response: Response) -> bool:
    """True for a redirect of a plain read; a method that changes something is never repeated at another address."""
    request = prepared.request
    is_read = request.method in SAFE_METHODS and prepared.action.effect == "read" and request.content is None
    return is_read and response.status in FOLLOWED_STATUSES


def require_read(before: Prepared, hop: Prepared) -> None:
    """Refuse a hop to a change, or to another operation whose answer may hold a credential. Raises AccessError."""
    # Such an answer is neither kept nor shown unasked, which is decided by the operation that was called.
    is_shown = hop.entry.key == before.entry.key or not (hop.action.reveals or (hop.entry.secret and not before.entry.secret))
    if hop.action.effect != "read" or not is_shown:
        raise AccessError(f"It leads to {hop.entry.key}, which needs a call of its own.")


def read_query(query: str) -> dict[str, Any]:
    """The values of a query by name; a repeated name has a list."""
    found: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(text)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def carried_headers(operation: Operation, placed: Placed) -> dict[str, Any]:
    """The headers of a call that its next hop takes too."""
    declared = {parameter.name for parameter in operation.parameters_in("header")}
    own = {name: value for name, value in placed.header.items() if name in declared and name.lower() not in CONDITIONAL}
    return own | {name: value for name, value in placed.standard_headers.items() if name in CARRIED}
