"""Finding operations: search and browse, and the description of one to three of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.describe import Defaults, describe_operation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.advice import advise
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.schema import Json, size
from akamai_mcp.programs.library.program import SIGN
from akamai_mcp.request.lengths import MAX_ARGUMENT_BYTES
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.fixed.caller_inventory import CallerInventory
from akamai_mcp.server.fixed.caller_library import CallerLibrary
from akamai_mcp.server.fixed.names import DESCRIBE, LIST, find_entry
from akamai_mcp.server.fixed.tool import NAME, Argument, FixedTool, fixed_tool

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 200
BROAD: Final = 25  # hits, from which on the products with most of them are listed
MAX_ROW: Final = 240  # bytes, which are about 60 tokens
MAX_DESCRIBED: Final = 3
MAX_OFFSET: Final = 1_000_000  # SQLite integers have 64 bits


class Finding:
    """The functions behind the tools that find operations."""

    def __init__(
        self,
        catalogue: Catalogue,
        visibility: Visibility,
        library: CallerLibrary | None = None,
        inventory: CallerInventory | None = None,
        get_defaults: Callable[[], Defaults] = dict,
    ) -> None:
        self._get_defaults = get_defaults
        self._catalogue = catalogue
        self._visibility = visibility
        self._library = library
        self._inventory = inventory

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
        content = _rows(known, entries, total, limit, offset) | self._catalogue.text_source()
        if not arguments:
            content["products"] = {f"{p.product}/{p.version}": p.title for p in known.products()}
        elif not total and (advice := advise(known, chosen)):
            content["advice"] = advice
        return Answer(content=content)

    def _found(self, question: str, chosen: Filter, limit: int, offset: int) -> Answer:
        hits = self._visibility.search(question, chosen, limit=limit, offset=offset)
        rows = _rows(self._visibility.catalogue(), list(hits.entries), hits.total, limit, offset)
        content = self._pointers(question, chosen, offset, hits.nearest) | rows | self._catalogue.text_source()
        if not hits.total:
            content["advice"] = advise(self._visibility.catalogue(), chosen, hits.suggestions)
        elif hits.total > BROAD and len(hits.products) > 1:
            top = sorted(hits.products.items(), key=lambda item: -item[1])[:5]
            content["alsoIn"] = dict(top)
        return Answer(content=content)

    def _pointers(self, question: str, chosen: Filter, offset: int, nearest: float) -> Json:
        """What answers a question as a whole; nothing for more rows, or for those of one product, method or tag."""
        if offset or chosen.product or chosen.method or chosen.tag or chosen.paginatable is not None:
            return {}
        programs = self._library.rows(question, nearest, only_reads=chosen.effect == "read") if self._library else []
        inventory = self._inventory.pointer(question) if self._inventory else {}
        return {**({"programs": programs} if programs else {}), **({"inventory": inventory} if inventory else {})}

    async def describe(self, arguments: Mapping[str, Any]) -> Answer:
        """Describe one operation, or up to three separated by commas. Raises ArgumentError."""
        names = [name for name in str(arguments["name"]).replace(",", " ").split() if name]
        if not 1 <= len(names) <= MAX_DESCRIBED:
            raise ArgumentError(
                f"{len(names)} names were given.", advice=f"Describe one to {MAX_DESCRIBED} operations at a time."
            )
        at = str(arguments.get("at", ""))
        described = [self._describe(name, at) for name in names]
        return Answer(content=described[0] if len(described) == 1 else {"operations": described})

    def _describe(self, name: str, at: str) -> Json:
        if self._library and name.startswith(SIGN):
            return self._library.describe(name, at)
        return describe_operation(self._visibility.catalogue(), self._allowed(name), at, self._get_defaults())

    def _allowed(self, name: str) -> Entry:
        return self._visibility.get(find_entry(self._visibility, name).key)

    def tools(self) -> tuple[FixedTool, ...]:
        """The tools, in the order in which an agent needs them."""
        return (
            fixed_tool(
                LIST,
                "Find Akamai operations",
                "Start here. Find the operation for a task among all Akamai APIs: describe the task in plain words in query, or "
                "browse by product. Rows: name, effect, summary, request. Then describe it, then call it with the tool of its "
                "effect. programs (@name) and inventory do a whole job.",
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
                DESCRIBE,
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


def _page(arguments: Mapping[str, Any]) -> tuple[int, int]:
    limit, offset = int(arguments.get("limit", DEFAULT_LIMIT)), int(arguments.get("offset", 0))
    if limit < 1 or offset < 0:
        raise ArgumentError("limit is less than 1 or offset is negative.", advice="Set limit >= 1 and offset >= 0.")
    return min(limit, MAX_LIMIT), min(offset, MAX_OFFSET)


def to_row(entry: Entry, better: Entry | None = None, title: str = "") -> Json:
    """Format one operation for a list, in at most 60 tokens; a long path loses its beginning.

    `better` is the operation to use in place of a deprecated one, `title` the name of a product whose code says nothing.
    """
    row: Json = {
        "name": entry.name,
        **({"product": title} if title else {}),
        "effect": entry.effect.short,
        "summary": entry.summary[:110],
        "request": f"{entry.method} {entry.path}",
    }
    row |= {"deprecated": f"use {better.name}" if better else True} if entry.deprecated else {}
    path = entry.path
    while size(row) > MAX_ROW and "/" in path[1:]:
        path = path[path.index("/", 1) :]
        row["request"] = f"{entry.method} ...{path}"
    if (excess := size(row) - MAX_ROW) > 0:
        row["summary"] = row["summary"][:-excess]
    return row


def _rows(known: Catalogue, entries: list[Entry], total: int, limit: int, offset: int) -> Json:
    titles = {name: known.product_of(entry).telling_title for name, entry in {one.document: one for one in entries}.items()}
    rows = [to_row(entry, known.find(entry.instead) if entry.instead else None, titles[entry.document]) for entry in entries]
    content: Json = {"operations": rows, "total": total}
    if offset + limit < total:
        content["nextOffset"] = offset + limit
    return content
