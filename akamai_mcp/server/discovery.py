"""The fixed tools: search and browse, describe, call by effect, raw request, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp import __version__
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.visibility import Visibility
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
from akamai_mcp.calls.prepare import MAX_ARGUMENT_BYTES, RawArguments, check_size
from akamai_mcp.catalogue.catalogue import MAX_LIMIT, Catalogue, Filter
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.errors import AccessError, ArgumentError
from akamai_mcp.openapi.schema import Json, size
from akamai_mcp.pipeline.stack import Pipeline
from akamai_mcp.request.arguments import ABSENT
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.store import HANDLE_PREFIX
from akamai_mcp.server.tool_results import report_progress
from akamai_mcp.server.tools import Argument, FixedTool, fixed_tool

DEFAULT_LIMIT: Final = 10
BROAD: Final = 25
MAX_ROW: Final = 240
MAX_DESCRIBED: Final = 3
MAX_OFFSET: Final = 1_000_000  # what SQLite takes has a bound of 64 bits
CALLERS: Final[Mapping[EffectName, str]] = {"read": "akamai_read", "write": "akamai_write", "destroy": "akamai_destroy"}

NAME: Final = Argument(name="name", kind="string", about="Tool name or key from akamai_list_operations", required=True)
ARGUMENTS: Final = Argument(name="arguments", kind="object", about="What describe names: parameters flat, body under body")
READ_CONTROLS: Final = (SELECT, PAGINATE, PAGES, BYTES, CACHE, WAIT, SECONDS, CUSTOMER, CONFIRM)
WRITE_CONTROLS: Final = (DRY_RUN, SELECT, BYTES, WAIT, SECONDS, CUSTOMER, CONFIRM)
RAW_CONTROLS: Final = (PAGINATE, PAGES, SELECT, BYTES, CACHE, DRY_RUN, WAIT, SECONDS, CUSTOMER, CONFIRM)

INSTRUCTIONS: Final = """\
The whole Akamai platform: {documented} API operations of {documents} documents{clients} (delivery properties, \
certificates, cache purge, DNS, GTM, WAF, bots, EdgeWorkers, identity, logs, reports, support cases and more).

1. akamai_list_operations finds operations: put the task in plain words in `query` ("flush these URLs", "who changed this \
property"), or browse with `product`. Each row names an operation and its effect.
2. akamai_describe_operation shows one operation's arguments, body, an example call, and which operation lists each id.
3. Call it with akamai_read, akamai_write or akamai_destroy, as its effect says: name + arguments. Every operation can also be \
called as a tool by its own name, listed or not.

Ids come from other operations: describe says which. Removing, disabling, purging, production activations and reads that show \
credentials ask first: the user is asked, or the call is refused with a token for `confirm` once the user agreed. dryRun: true \
shows a request without sending it. Errors carry Akamai's problem document and a line of advice; schemaMismatches are hints, \
not refusals. akamai_raw_request gives full control of path, query, headers and body."""


class Discovery:
    """The work behind the fixed tools."""

    def __init__(
        self, catalogue: Catalogue, invoker: Invoker, customers: CallerCustomers, pipeline: Pipeline, visibility: Visibility
    ) -> None:
        self._catalogue = catalogue
        self._visibility = visibility
        self._search = Search(catalogue)
        self._invoker = invoker
        self._customers = customers
        self._pipeline = pipeline

    def instructions(self) -> str:
        """What a client tells its model about the server, at most 2,048 characters."""
        counts = self._catalogue.counts()
        clients = f" and {counts['fromClients']} that only Akamai's own clients show" if counts["fromClients"] else ""
        return INSTRUCTIONS.format(documented=counts["documented"], documents=counts["documents"], clients=clients)

    async def list_operations(self, given: Mapping[str, Any]) -> Answer:
        """Search where there is a query, else browse."""
        limit, offset = _page(given)
        chosen = Filter(
            product=given.get("product"),
            method=given.get("method"),
            tag=given.get("tag"),
            effect="read" if given.get("readOnly") else None,
            paginatable=given.get("paginatable"),
            keys=self._visibility.view().keys,
        )
        if question := str(given.get("query", "")).strip():
            return self._found(question, chosen, limit, offset)
        entries, total = self._catalogue.browse(chosen, limit=limit, offset=offset)
        content = _rows(entries, total, limit, offset)
        if not given:
            content["products"] = {f"{p.product}/{p.version}": p.title for p in self._catalogue.products()}
        elif not total and given.get("product"):
            content["advice"] = (
                f"No product {given['product']!r}; known: {', '.join(sorted({p.product for p in self._catalogue.products()}))}"
            )
        return Answer(content=content)

    def _found(self, question: str, chosen: Filter, limit: int, offset: int) -> Answer:
        hits = self._search.find(question, chosen, limit=limit, offset=offset)
        content = _rows(list(hits.entries), hits.total, limit, offset)
        if not hits.total:
            near = f" Did you mean {', '.join(hits.suggestions)}?" if hits.suggestions else ""
            content["advice"] = f"Nothing matches: use other words, or fewer filters.{near}"
        elif hits.total > BROAD and len(hits.products) > 1:
            top = sorted(hits.products.items(), key=lambda item: -item[1])[:5]
            content["alsoIn"] = dict(top)
        return Answer(content=content)

    async def describe(self, given: Mapping[str, Any]) -> Answer:
        """Describe one operation, or up to three separated by commas."""
        names = [name for name in str(given["name"]).replace(",", " ").split() if name]
        if not 1 <= len(names) <= MAX_DESCRIBED:
            raise ArgumentError(
                f"{len(names)} names were given.", advice=f"Describe one to {MAX_DESCRIBED} operations at a time."
            )
        at = str(given.get("at", ""))
        described = [describe_operation(self._catalogue, self._catalogue.get(name), at) for name in names]
        return Answer(content=described[0] if len(described) == 1 else {"operations": described})

    def caller(self, effect: EffectName) -> Any:
        """The work of the caller for one effect: it refuses operations of another by naming theirs."""

        async def call(given: Mapping[str, Any]) -> Answer:
            if effect == "read" and str(given["name"]).startswith(HANDLE_PREFIX):
                return await self._invoker.stored.read(str(given["name"]), read_controls(given))
            entry = self._catalogue.get(str(given["name"]))
            arguments = dict(given.get("arguments") or {})
            check_effect(entry, arguments, effect)
            controls = {name: given[name] for name in CONTROLS if name in given}
            return await self._invoker.call(entry, arguments | controls, report_progress)

        return call

    async def raw_request(self, given: Mapping[str, Any]) -> Answer:
        """Call an operation with its path, query, headers and body given apart."""
        check_size(given)
        raw = RawArguments(
            path=given.get("pathParams") or {},
            query=given.get("queryParams") or {},
            headers=given.get("headers") or {},
            body=given.get("body", ABSENT),
        )
        controls = read_controls(given)
        if "toolName" in given and ("method" in given or "path" in given):
            raise ArgumentError("Both an operation and a method or path are given.", advice="Give toolName, or method and path.")
        if "toolName" in given:
            return await self._invoker.call_raw(self._catalogue.get(str(given["toolName"])), raw, controls, report_progress)
        if "method" not in given or "path" not in given:
            raise ArgumentError(
                "Neither an operation nor a method and path are given.", advice="Give toolName, or method and path."
            )
        return await self._invoker.call_path(str(given["method"]), str(given["path"]), raw, controls, report_progress)

    async def stats(self, _: Mapping[str, Any]) -> Answer:
        """Figures of the registry and where its documents came from."""
        counts = self._catalogue.counts()
        problems = [f"{document}: {reason}" for document, reason in self._catalogue.problems()] + [*self._customers.problems]
        content = {"version": __version__, "specs": self._catalogue.source, **counts, "customer": self._customers.default}
        content["pipeline"] = self._pipeline.counters.as_dict()
        if circuits := self._pipeline.breaker.open_circuits():
            content["openCircuits"] = {api: f"tried again in {seconds:.0f} s" for api, seconds in circuits}
        return Answer(content=content | ({"problems": problems} if problems else {}))

    def tools(self) -> tuple[FixedTool, ...]:
        """The fixed tools in the order in which an agent meets them."""
        return (*self._finders(), *self._callers(), self._raw(), *self._figures())

    def _finders(self) -> tuple[FixedTool, ...]:
        return (
            fixed_tool(
                "akamai_list_operations",
                "Find Akamai operations",
                "Start here. Find the operation for a task among all Akamai APIs: put the task in plain words in query, or "
                "browse by product. Rows: name, effect, summary, request. Then describe it, then call it with the caller of "
                "its effect.",
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
                    NAME,
                    Argument(name="at", kind="string", about="A part to show whole: body.rules or 200.items"),
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
                "Asks the user first, or is refused with a token for confirm.",
                WRITE_CONTROLS,
            ),
        )

    def _raw(self) -> FixedTool:
        return fixed_tool(
            "akamai_raw_request",
            "Raw Akamai request",
            "Full control: call an operation with path, query, headers and body given apart. Prefer the callers.",
            (
                Argument(name="toolName", kind="string", about="Tool name or key; or method and path:"),
                Argument(name="method", kind="string", values=RAW_METHODS),
                Argument(name="path", kind="string", about="/papi/v1/..., also one that no document has"),
                Argument(name="pathParams", kind="object"),
                Argument(name="queryParams", kind="object"),
                Argument(name="headers", kind="object"),
                Argument(name="body", kind="any", about="Any JSON, text, or {base64} or {file}"),
                *(_argument(control) for control in RAW_CONTROLS),
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
                "How many operations, documented and from clients, by product, method and effect; where documents came from.",
                (),
                self.stats,
            ),
        )


def _caller(discovery: Discovery, effect: EffectName, title: str, text: str, controls: tuple[Control, ...]) -> FixedTool:
    arguments = (NAME, ARGUMENTS, *(_argument(control) for control in controls))
    return fixed_tool(CALLERS[effect], title, text, arguments, discovery.caller(effect), effect=effect, open_world=True)


def _argument(control: Control) -> Argument:
    return Argument(name=control.name, kind=control.kind, about=control.about, values=control.values)


def check_effect(entry: Entry, arguments: Mapping[str, Any], caller: EffectName) -> None:
    """Refuse an operation of another effect by naming the right caller. Raises AccessError."""
    actual = entry.effect.of(arguments)
    if actual != caller:
        raise AccessError(
            f"With these arguments {entry.name} is a {actual} operation, and {CALLERS[caller]} only takes {caller}.",
            advice=f"Call it with {CALLERS[actual]}.",
        )


def _page(given: Mapping[str, Any]) -> tuple[int, int]:
    limit, offset = int(given.get("limit", DEFAULT_LIMIT)), int(given.get("offset", 0))
    if limit < 1 or offset < 0:
        raise ArgumentError("limit is less than 1 or offset is negative.", advice="Give limit >= 1 and offset >= 0.")
    return min(limit, MAX_LIMIT), min(offset, MAX_OFFSET)


def to_row(entry: Entry) -> Json:
    """One operation in a list, at most 60 tokens: a path that is too long loses its beginning."""
    row: Json = {
        "name": entry.name,
        "effect": entry.effect.worst,
        "summary": entry.summary[:110],
        "request": f"{entry.method} {entry.path}",
    }
    row |= {"deprecated": True} if entry.deprecated else {}
    path = entry.path
    while size(row) > MAX_ROW and "/" in path[1:]:
        path = path[path.index("/", 1) :]
        row["request"] = f"{entry.method} ...{path}"
    return row


def _rows(entries: list[Entry], total: int, limit: int, offset: int) -> Json:
    content: Json = {"operations": [to_row(entry) for entry in entries], "total": total}
    if offset + limit < total:
        content["nextOffset"] = offset + limit
    return content
