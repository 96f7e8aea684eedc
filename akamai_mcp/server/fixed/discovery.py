"""The fixed tools: search and browse, describe, call by effect, raw request, registry figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from akamai_mcp import __version__
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.visibility import MAX_SHOWN, Visibility
from akamai_mcp.calls.controls import (
    BYTES,
    CACHE,
    CONFIRM,
    CONTROLS,
    CUSTOMER,
    DRY_RUN,
    PAGES,
    PAGINATE,
    SECONDS,
    SELECT,
    WAIT,
    Control,
    read_controls,
)
from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.calls.prepare import RawArguments
from akamai_mcp.catalogue.catalogue import MAX_LIMIT, Catalogue
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.meanings import own_tool
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.errors import AccessError, ArgumentError, UnknownOperationError
from akamai_mcp.openapi.schema import Json, size
from akamai_mcp.pipeline.stack import Pipeline
from akamai_mcp.request.arguments import ABSENT
from akamai_mcp.request.lengths import MAX_ARGUMENT_BYTES
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.store import HANDLE_PREFIX
from akamai_mcp.server.fixed.customers import NAME as CUSTOMERS
from akamai_mcp.server.tool_results import report_progress
from akamai_mcp.server.tools import Argument, FixedTool, control_argument, fixed_tool

DEFAULT_LIMIT: Final = 10
BROAD: Final = 25  # hits, from which on the products with most of them are listed
MAX_ROW: Final = 240  # bytes, which are about 60 tokens
MAX_DESCRIBED: Final = 3
MOST_LIMITS: Final = 50  # rows of the figures
MAX_OFFSET: Final = 1_000_000  # SQLite integers have 64 bits
CALL_TOOLS: Final[Mapping[EffectName, str]] = {"read": "akamai_read", "write": "akamai_write", "destroy": "akamai_destroy"}

NAME: Final = Argument(name="name", kind="string", about="Tool name or key from akamai_list_operations", required=True)
ARGUMENTS: Final = Argument(name="arguments", kind="object", about="As describe shows: parameters flat, body under body")
READ_CONTROLS: Final = (SELECT, PAGINATE, PAGES, BYTES, CACHE, WAIT, SECONDS, CUSTOMER, CONFIRM)
WRITE_CONTROLS: Final = (DRY_RUN, SELECT, BYTES, WAIT, SECONDS, CUSTOMER, CONFIRM)
RAW_CONTROLS: Final = (PAGINATE, PAGES, SELECT, BYTES, CACHE, DRY_RUN, WAIT, SECONDS, CUSTOMER, CONFIRM)

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


class Discovery:
    """The functions behind the fixed tools."""

    def __init__(
        self,
        catalogue: Catalogue,
        invoker: Invoker,
        customers: CallerCustomers,
        pipeline: Pipeline,
        visibility: Visibility,
        now: Callable[[], datetime] = local_time,
        *,
        has_programs: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._visibility = visibility
        self._search = Search(catalogue)
        self._invoker = invoker
        self._customers = customers
        self._pipeline = pipeline
        self._now = now
        self._has_programs = has_programs

    def instructions(self) -> str:
        """The server's instructions for a model, at most 2,048 characters."""
        counts = self._catalogue.counts()
        clients = f" and {counts['fromClients']} known only from Akamai's own clients" if counts["fromClients"] else ""
        now = self._now()
        return INSTRUCTIONS.format(
            documented=counts["documented"],
            documents=counts["documents"],
            clients=clients,
            today=now.date().isoformat(),
            zone=now.strftime("UTC%z"),
            programs=PROGRAMS if self._has_programs else "",
        )

    async def list_operations(self, arguments: Mapping[str, Any]) -> Answer:
        """Search if there is a query, else browse."""
        limit, offset = _page(arguments)
        chosen = Filter(
            product=arguments.get("product"),
            method=arguments.get("method"),
            tag=arguments.get("tag"),
            effect="read" if arguments.get("readOnly") else None,
            paginatable=arguments.get("paginatable"),
        )
        if question := str(arguments.get("query", "")).strip():
            return self._found(question, chosen, limit, offset)
        known = self._visibility.catalogue()
        entries, total = known.browse(chosen, limit=limit, offset=offset)
        content = _rows(entries, total, limit, offset) | self._catalogue.text_source()
        if not arguments:
            content["products"] = {f"{p.product}/{p.version}": p.title for p in known.products()}
        elif not total and arguments.get("product"):
            products = ", ".join(sorted({p.product for p in known.products()}))
            content["advice"] = f"There is no product {arguments['product']!r}. Known products: {products}."
        return Answer(content=content)

    def _found(self, question: str, chosen: Filter, limit: int, offset: int) -> Answer:
        hits = self._search.find(question, replace(chosen, keys=self._visibility.view().keys), limit=limit, offset=offset)
        content = _rows(list(hits.entries), hits.total, limit, offset) | self._catalogue.text_source()
        if not hits.total:
            near = f" Did you mean {', '.join(hits.suggestions)}?" if hits.suggestions else ""
            content["advice"] = f"Nothing matches: use other words or fewer filters.{near}"
        elif hits.total > BROAD and len(hits.products) > 1:
            top = sorted(hits.products.items(), key=lambda item: -item[1])[:5]
            content["alsoIn"] = dict(top)
        return Answer(content=content)

    async def describe(self, arguments: Mapping[str, Any]) -> Answer:
        """Describe one operation, or up to three separated by commas. Raises ArgumentError."""
        names = [name for name in str(arguments["name"]).replace(",", " ").split() if name]
        if not 1 <= len(names) <= MAX_DESCRIBED:
            raise ArgumentError(
                f"{len(names)} names were given.", advice=f"Describe one to {MAX_DESCRIBED} operations at a time."
            )
        at = str(arguments.get("at", ""))
        described = [describe_operation(self._visibility.catalogue(), self._allowed(name), at) for name in names]
        return Answer(content=described[0] if len(described) == 1 else {"operations": described})

    def _allowed(self, name: str) -> Entry:
        return self._visibility.get(self._named(name).key)

    def _named(self, name: str) -> Entry:
        try:
            return self._visibility.named(name)
        except UnknownOperationError:
            if own := own_tool(name, dict.fromkeys([*(tool.name for tool in self.tools()), CUSTOMERS])):
                raise ArgumentError(f"No operation is named {name[:MAX_SHOWN]!r}.", advice=f"Call the tool {own}.") from None
            raise

    def caller(self, effect: EffectName) -> Any:
        """Return the function that calls operations of one effect; it refuses others and names the right tool."""

        async def call(arguments: Mapping[str, Any]) -> Answer:
            if effect == "read" and str(arguments["name"]).startswith(HANDLE_PREFIX):
                return await self._invoker.stored.read(str(arguments["name"]), read_controls(arguments))
            entry = self._named(str(arguments["name"]))
            operation_arguments = dict(arguments.get("arguments") or {})
            if effect not in {entry.effect.mildest, entry.effect.worst}:
                check_effect(entry, effect, entry.effect.worst)
            controls = {name: arguments[name] for name in CONTROLS if name in arguments}
            return await self._invoker.call(
                entry, operation_arguments | controls, report_progress, lambda action: check_effect(entry, effect, action.effect)
            )

        return call

    async def raw_request(self, arguments: Mapping[str, Any]) -> Answer:
        """Call an operation or path with separate path, query, headers and body. Raises AkamaiMcpError."""
        raw = RawArguments(
            path=arguments.get("pathParams") or {},
            query=arguments.get("queryParams") or {},
            headers=arguments.get("headers") or {},
            body=arguments.get("body", ABSENT),
        )
        controls = read_controls(arguments)
        if "toolName" in arguments and ("method" in arguments or "path" in arguments):
            raise ArgumentError("Both an operation and a method or path are given.", advice="Set toolName, or method and path.")
        if "toolName" in arguments:
            entry = self._named(str(arguments["toolName"]))
            return await self._invoker.call_raw(entry, raw, controls, report_progress)
        if "method" not in arguments or "path" not in arguments:
            raise ArgumentError(
                "Neither an operation nor a method and path are given.", advice="Set toolName, or method and path."
            )
        return await self._invoker.call_path(str(arguments["method"]), str(arguments["path"]), raw, controls, report_progress)

    async def stats(self, _: Mapping[str, Any]) -> Answer:
        """Count the operations, and show where their documents came from and what the pipeline did."""
        known, bounded = self._visibility.catalogue(), self._visibility.view().keys is not None
        counts = known.counts()
        problems = [f"{document}: {reason}" for document, reason in known.problems()] + [*self._customers.problems]
        content = {"version": __version__, "specs": self._catalogue.source, **counts, "customer": self._customers.default}
        content["now"] = self._now().isoformat(timespec="seconds")
        content["pipeline"] = self._pipeline.counters.as_dict()
        open_circuits = {api: f"next attempt in {seconds:.0f} s" for api, seconds in self._pipeline.breaker.open_circuits()}
        if circuits := {api: text for api, text in open_circuits.items() if not bounded or api in counts["byProduct"]}:
            content["openCircuits"] = circuits
        if limits := [one for one in self._limits() if not bounded or one["api"] in counts["byProduct"]]:
            content["rateLimits"] = limits[:MOST_LIMITS]
        return Answer(content=content | ({"problems": problems} if problems else {}))

    def _limits(self) -> Iterator[dict[str, Any]]:
        """What Akamai's responses said of limits, for the customers that the caller may act for."""
        customers = {*self._customers.names}
        for one, seconds in self._pipeline.limits.known_limits():
            if one.customer in customers:
                limit = {"limit": one.limit.limit, "remaining": one.limit.remaining, "windowSeconds": one.limit.window}
                yield {"customer": one.customer, "api": one.api, **limit, "endsInSeconds": round(seconds)}

    def tools(self) -> tuple[FixedTool, ...]:
        """The fixed tools, in the order in which an agent needs them."""
        return (*self._finders(), *self._callers(), self._raw(), *self._figures())

    def _finders(self) -> tuple[FixedTool, ...]:
        return (
            fixed_tool(
                "akamai_list_operations",
                "Find Akamai operations",
                "Start here. Find the operation for a task among all Akamai APIs: describe the task in plain words in query, or "
                "browse by product. Rows: name, effect, summary, request. Then describe it, then call it with the tool of its "
                "effect.",
                (
                    Argument(
                        name="query",
                        kind="string",
                        about="The task in plain words, a name, or a path",
                        longest=MAX_ARGUMENT_BYTES,
                    ),
                    Argument(name="product", kind="string", about="papi, appsec, config-dns, ..."),
                    Argument(name="method", kind="string", values=RAW_METHODS),
                    Argument(name="tag", kind="string"),
                    Argument(name="readOnly", kind="boolean"),
                    Argument(name="paginatable", kind="boolean"),
                    Argument(name="limit", kind="integer", about=f"Default {DEFAULT_LIMIT}, at most {MAX_LIMIT}"),
                    Argument(name="offset", kind="integer"),
                ),
                self.list_operations,
            ),
            fixed_tool(
                "akamai_describe_operation",
                "Describe an Akamai operation",
                "Arguments, body schema, an example call, where each id comes from, what it returns and changes. Use before "
                "a first call.",
                (
                    replace(NAME, many=True),
                    Argument(name="at", kind="string", about="Part to show in full: body.rules or 200.items"),
                ),
                self.describe,
            ),
        )

    def _callers(self) -> tuple[FixedTool, ...]:
        return (
            _caller(self, "read", "Read from Akamai", "Call an operation whose effect is read. Changes nothing.", READ_CONTROLS),
            _caller(self, "write", "Change things at Akamai", "Call an operation whose effect is write.", WRITE_CONTROLS),
            _caller(
                self,
                "destroy",
                "Remove or go live at Akamai",
                "Call an operation whose effect is destroy: deletes, purges, deactivations, revocations, production activations. "
                "Needs confirmation: asks the user, or is refused with a token for confirm.",
                WRITE_CONTROLS,
            ),
        )

    def _raw(self) -> FixedTool:
        return fixed_tool(
            "akamai_raw_request",
            "Raw Akamai request",
            "Full control: separate path, query, headers and body. Prefer the tools above.",
            (
                Argument(name="toolName", kind="string", about="Tool name or key; or method and path:"),
                Argument(name="method", kind="string", values=RAW_METHODS),
                Argument(name="path", kind="string", about="/papi/v1/..., documented or not"),
                Argument(name="pathParams", kind="object"),
                Argument(name="queryParams", kind="object"),
                Argument(name="headers", kind="object"),
                Argument(name="body", kind="any", about="Any JSON, text, or {base64} or {file}"),
                *(control_argument(control) for control in RAW_CONTROLS),
            ),
            self.raw_request,
            effect="destroy",
            open_world=True,
        )

    def _figures(self) -> tuple[FixedTool, ...]:
        return (
            fixed_tool(
                "akamai_registry_stats",
                "Registry figures",
                "Counts of operations, documented and from clients, by product, method and effect; sources of the documents.",
                (),
                self.stats,
            ),
        )


def _caller(discovery: Discovery, effect: EffectName, title: str, text: str, controls: tuple[Control, ...]) -> FixedTool:
    arguments = (NAME, ARGUMENTS, *(control_argument(control) for control in controls))
    return fixed_tool(CALL_TOOLS[effect], title, text, arguments, discovery.caller(effect), effect=effect, open_world=True)


def check_effect(entry: Entry, caller: EffectName, actual: EffectName) -> None:
    """Check that a call has the tool's effect. Raises AccessError, which names the right tool."""
    if actual != caller:
        raise AccessError(
            f"With these arguments {entry.name} is a {actual} operation, and {CALL_TOOLS[caller]} only takes {caller}.",
            advice=f"Call it with {CALL_TOOLS[actual]}. Its effect: {entry.effect.text}.",
        )


def _page(arguments: Mapping[str, Any]) -> tuple[int, int]:
    limit, offset = int(arguments.get("limit", DEFAULT_LIMIT)), int(arguments.get("offset", 0))
    if limit < 1 or offset < 0:
        raise ArgumentError("limit is less than 1 or offset is negative.", advice="Set limit >= 1 and offset >= 0.")
    return min(limit, MAX_LIMIT), min(offset, MAX_OFFSET)


def to_row(entry: Entry) -> Json:
    """Format one operation for a list, in at most 60 tokens; a long path loses its beginning."""
    row: Json = {
        "name": entry.name,
        "effect": entry.effect.short,
        "summary": entry.summary[:110],
        "request": f"{entry.method} {entry.path}",
    }
    row |= {"deprecated": True} if entry.deprecated else {}
    path = entry.path
    while size(row) > MAX_ROW and "/" in path[1:]:
        path = path[path.index("/", 1) :]
        row["request"] = f"{entry.method} ...{path}"
    if (excess := size(row) - MAX_ROW) > 0:
        row["summary"] = row["summary"][:-excess]
    return row


def _rows(entries: list[Entry], total: int, limit: int, offset: int) -> Json:
    content: Json = {"operations": [to_row(entry) for entry in entries], "total": total}
    if offset + limit < total:
        content["nextOffset"] = offset + limit
    return content
