"""Derive how an operation's pages are requested, and where its items are, from its parameters and schema.

A position alone does not mean pages: `start` may be a time, `from` a version, `limit` the most that is ever returned. A
rule needs a position and a size, a cursor, or a next link in the schema. The guide corrects what the documents omit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from akamai_mcp.catalogue.page_notes import CURSORS, OFFSETS, PAGES, PageNote
from akamai_mcp.media_types import is_json, may_be_json
from akamai_mcp.openapi.model import Operation, Parameter, Schema
from akamai_mcp.openapi.schema import merge_alternatives, type_of
from akamai_mcp.request.arguments import argument_keys

Style = Literal["offset", "page", "cursor", "link"]

SIZES: Final = ("limit", "pagesize", "size", "perpage", "numitemsperpage")
NEXT_FIELDS: Final[Mapping[str, str]] = {"nextpagestart": "start", "nextcursor": "cursor", "nextpagetoken": "pagetoken"}
NEXT_LINKS: Final = ("nextLink", "meta.next")
TOTALS: Final = frozenset({"totalelements", "totalitems", "totalsize", "totalcount", "totalrecords", "totalresultscount"})
BOXES: Final = ("metadata", "metaData", "meta", "page", "paging", "pagination", "pageInfo")
NOT_ITEMS: Final = frozenset({"links", "_links", "columns"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRule:
    """How the pages of an operation follow each other; `keys` are the argument keys of its query parameters.

    `position` and `size` are parameters in `at`; `first` is the first page's number or offset. A page holds `page_size` items
    by default, and at most `max_size`. `items` and `total` are dotted paths in the response: "" is a response that is the
    list, and None means that the list has to be found. `next_from` is the path of the next cursor, `[-1].name` a field of the
    last item; `inclusive` says that the next page repeats that item. An offset advances by the items received, or by `size`.
    """

    style: Style
    at: Literal["query", "body"] = "query"
    position: str = ""
    size: str = ""
    first: int = 0
    page_size: int | None = None
    max_size: int | None = None
    step: Literal["items", "size"] = "items"
    items: str | None = None
    total: str = ""
    next_from: str = ""
    inclusive: bool = False
    drops: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    path: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def undeclared(self) -> tuple[str, ...]:
        """The query parameters that the rule uses but the document does not declare."""
        used = (self.position, self.size) if self.at == "query" else ()
        return tuple(name for name in used if name and name not in self.keys)

    def as_json(self) -> dict[str, Any]:
        """The rule as the agent sees it."""
        facts: dict[str, Any] = {"style": self.style}
        for name in ("position", "size"):
            if parameter := getattr(self, name):
                facts[name] = {"name": self.keys.get(parameter, parameter), "in": self.at}
        if self.style in {"offset", "page"}:
            facts["first"] = self.first
        known = {"pageSize": self.page_size, "maxPageSize": self.max_size, "items": self.items, "total": self.total or None}
        return facts | {name: value for name, value in known.items() if value is not None}


def find_page_rule(operation: Operation, note: PageNote) -> PageRule | None:
    """The page rule of an operation, or None if neither its document nor the guide shows a way to the next page.

    `note` is the guide's (`Entry.pages`); it takes precedence over the document.
    """
    if note is False:
        return None
    reviewed = note if isinstance(note, Mapping) else {}
    found = _body_pages(operation) if operation.method == "POST" else _query_pages(operation)
    facts = {**(found or {}), **reviewed}
    if not facts.get("style") or (facts["style"] != "link" and not facts.get("position")):
        return None
    schema = answer_schema(operation)
    shown = {"items": find_items(schema), "total": find_total(schema), "path": operation.path, "keys": query_keys(operation)}
    return PageRule(**{**shown, **facts})


def answer_rule(operation: Operation) -> PageRule | None:
    """The rule of a GET whose document shows no way to the next page: follow the next link of the response."""
    if operation.method != "GET":
        return None
    return PageRule(style="link", path=operation.path, keys=query_keys(operation))


def query_keys(operation: Operation) -> dict[str, str]:
    """The argument keys of an operation's query parameters, by parameter name."""
    return {p.name: key for key, p in argument_keys(operation).items() if p.location == "query"}


def plain(name: str) -> str:
    """The name in lower case, without underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")


def _query_pages(operation: Operation) -> dict[str, Any] | None:
    if operation.method != "GET":
        return None
    declared = {plain(p.name): p for p in operation.parameters_in("query")}
    size = _first(declared, SIZES, "integer")
    page, offset = _first(declared, PAGES, "integer"), _first(declared, OFFSETS, "integer")
    if size and (position := page or offset):
        style: Style = "page" if position is page else "offset"
        return {"style": style, "first": _first_position(position, style), **_named(position, size)}
    paths = [path for path, _ in _fields(answer_schema(operation))]
    following = next((path for path in paths if plain(path.rpartition(".")[2]) in NEXT_FIELDS), "")
    named = declared.get(NEXT_FIELDS.get(plain(following.rpartition(".")[2]), ""))
    if cursor := _first(declared, CURSORS, "string") or named:
        return {"style": "cursor", "next_from": following, **_named(cursor, size)}
    return {"style": "link"} if any(path in NEXT_LINKS or path.endswith(".nextLink") for path in paths) else None


def _named(position: Parameter, size: Parameter | None) -> dict[str, Any]:
    used = [position, *([size] if size else [])]
    schema = size.schema if size else {}
    return {
        "position": position.name,
        "size": size.name if size else "",
        "page_size": _integer(schema.get("default")),
        "max_size": _integer(schema.get("maximum")),
        "required": tuple(p.name for p in used if p.required),
    }


def _body_pages(operation: Operation) -> dict[str, Any] | None:
    media = operation.request_body.content if operation.request_body else ()
    schema = next((one.schema for one in media if is_json(one.name)), {})
    fields = {plain(name): name for name in merge_alternatives(schema).get("properties") or ()}
    page, size = (next((fields[name] for name in names if name in fields), "") for names in (PAGES, SIZES))
    # Fields called page and size may be values to store; they mean pages only if the response counts its items.
    if not page or not size or not find_total(answer_schema(operation)):
        return None
    return {"style": "page", "at": "body", "position": page, "size": size, "first": 1}


def _first(declared: Mapping[str, Parameter], names: tuple[str, ...], kind: str) -> Parameter | None:
    return next((declared[name] for name in names if name in declared and type_of(declared[name].schema) == kind), None)


def _first_position(parameter: Parameter, style: Style) -> int:
    for keyword in ("default", "minimum"):
        if (value := _integer(parameter.schema.get(keyword))) is not None:
            return value
    # If the guess of 1 is wrong, one extra call is made; if a guess of 0 were wrong, the last page would be lost.
    return 1 if style == "page" else 0


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def answer_schema(operation: Operation) -> Schema:
    """The schema of an operation's first success response in JSON; empty if there is none."""
    media = (media for response in operation.responses if response.is_success for media in response.content)
    return next((one.schema for one in media if may_be_json(one.name)), {})


def find_items(schema: Schema) -> str | None:
    """The dotted path of the list in a response schema: a list of objects if there is one, else any list, else None."""
    top = merge_alternatives(schema)
    if type_of(top) == "array":
        return ""
    lists = [(path, part) for path, part in _fields(top) if type_of(part) == "array" and is_item_path(path)]
    objects = [path for path, part in lists if type_of(merge_alternatives(part.get("items") or {})) == "object"]
    return next(iter([*objects, *(path for path, _ in lists)]), None)


def find_total(schema: Schema) -> str:
    """The dotted path of the total number of items in a response schema, or an empty text."""
    return next((path for path, _ in _fields(schema) if plain(path.rpartition(".")[2]) in TOTALS), "")


def is_item_path(path: str) -> bool:
    """False for lists of links or columns, and for lists within the response's metadata."""
    box, _, name = path.rpartition(".")
    return box not in BOXES and name not in NOT_ITEMS


def _fields(schema: Schema, box: str = "") -> Iterator[tuple[str, Schema]]:
    """The (dotted path, schema) of the fields of a response and of its objects, the outer fields first."""
    properties = merge_alternatives(schema).get("properties") or {}
    inner = {f"{box}{name}": merge_alternatives(part) for name, part in properties.items() if isinstance(part, Mapping)}
    yield from inner.items()
    for path, part in inner.items() if not box else ():
        yield from _fields(part, f"{path}.")
