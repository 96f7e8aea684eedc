"""What the server tells a model when a session begins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from akamai_mcp.catalogue.catalogue import Catalogue

INSTRUCTIONS: Final = """\
The whole Akamai platform: {documented} API operations of {documents} documents{clients} (delivery properties, \
certificates, cache purge, DNS, GTM, WAF, bots, EdgeWorkers, identity, logs, reports, support cases and more).

1. akamai_list_operations finds operations: describe the task in plain words in `query` ("flush these URLs", "who changed this \
property"), or browse with `product`. Each row names an operation and its effect.
2. akamai_describe_operation shows one operation's arguments, body, an example call, and which operation lists each id.
3. Call it with akamai_read, akamai_write or akamai_destroy, as its effect says: name + arguments. Every operation can also be \
called as a tool of its own name, listed or not.{programs}

Ids come from other operations: describe says which. Removing, disabling, purging, production activations and reads that return \
credentials need confirmation: the user is asked, or the call is refused with a token for `confirm` once the user agrees. \
dryRun: true shows a request without sending it. Errors carry Akamai's problem document and a line of advice; schemaMismatches \
are hints, not refusals. akamai_raw_request gives full control of path, query, headers and body.

select is JMESPath that starts inside body: `items[0:5].id`, not `body.items`. To look at any depth: \
`descend(@)[?name=='caching']`. Today is {today} (server's date, {zone})."""

PROGRAMS: Final = """
For all of something, or more than about five calls, write a program: akamai_query for reads, akamai_run for changes. \
It costs one turn and one question to the user."""


def local_time() -> datetime:
    """The time by the server's clock, in its zone."""
    return datetime.now().astimezone()


def write_instructions(catalogue: Catalogue, *, has_programs: bool, now: Callable[[], datetime] = local_time) -> str:
    """The server's instructions for a model, at most 2,048 characters."""
    counts = catalogue.counts()
    clients = f" and {counts['fromClients']} known only from Akamai's own clients" if counts["fromClients"] else ""
    today = now()
    return INSTRUCTIONS.format(
        documented=counts["documented"],
        documents=counts["documents"],
        clients=clients,
        programs=PROGRAMS if has_programs else "",
        today=today.date().isoformat(),
        zone=today.strftime("UTC%z"),
    )
