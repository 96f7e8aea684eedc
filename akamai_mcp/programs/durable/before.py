"""Which read shows a resource before a change to it, so that the change can be taken back. Pure."""

from __future__ import annotations

from typing import Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.outcomes.undo import read_undo
from akamai_mcp.programs.durable.expressions import fill
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.request.arguments import argument_keys

REPLACING: Final = frozenset({"PUT", "DELETE"})


def read_before(catalogue: Catalogue, entry: Entry, request: CallRequest) -> CallRequest | None:
    """The read that the guide names for a change, or that of the same path before a PUT or DELETE; None if there is none."""
    read = read_undo(entry.undo).read if entry.undo else None
    if read is not None:
        arguments = fill(read.arguments, {"arg": request.arguments})
        return CallRequest(name=read.call, arguments=arguments, customer=request.customer)
    name = catalogue.read_of(entry) if entry.method in REPLACING else None
    if not name:
        return None
    known = argument_keys(catalogue.operation(catalogue.get(name)))
    arguments = {key: value for key, value in request.arguments.items() if key in known}
    return CallRequest(name=name, arguments=arguments, customer=request.customer)
