"""Read the endpoints that Akamai's clients call: what a client declares of each, and the recorded exchanges."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from akamai_mcp.documents.facts import Facts
from akamai_mcp.media_types import base_type
from akamai_mcp.openapi.templates import match, placeholder, specificity

DECLARED: Final = "endpoints*.jsonl"
_BARE: Final = "*"  # stands for the name of a body that has none, since it is a list
_PAGES: Final = frozenset({"page", "pageSize", "paginate"})

Exchange = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """A method and path, the types, query and body that a client declares, and the recorded exchanges.

    `items` is the schema of a body that is a bare list, `statuses` and `accept` what the client expects as an answer.
    """

    method: str
    path: str
    api: str = ""
    functions: frozenset[str] = frozenset()
    takes_body: bool = False
    path_types: Mapping[str, Facts] = field(default_factory=dict)
    query: dict[str, Facts] = field(default_factory=dict)
    body: Mapping[str, Facts] = field(default_factory=dict)
    items: Facts = field(default_factory=dict)
    statuses: tuple[int, ...] = ()
    accept: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    def values_of(self, parameter: str) -> list[str]:
        """The values of a path parameter in the recorded exchanges."""
        found = (match(self.path, urlsplit(exchange["target"]).path) for exchange in self.exchanges)
        return [values[parameter] for values in found if values is not None]

    def queries(self) -> list[list[tuple[str, str]]]:
        """The (name, value) pairs in the query of each exchange."""
        return [parse_qsl(urlsplit(exchange["target"]).query) for exchange in self.exchanges]


def read_endpoints(folder: Path, only_observed: Iterable[tuple[str, str]]) -> list[Endpoint]:
    """Every endpoint in a folder's facts and those that no client declares, with the exchanges of each."""
    declared = [_endpoint(row) for path in sorted(folder.glob(DECLARED)) for row in _read(path)]
    endpoints = declared + [Endpoint(method=method, path=path) for method, path in only_observed]
    leave_pages_to_lists(endpoints)
    agree_on_types(endpoints)
    assign(endpoints, _read(folder / "observed.jsonl"))
    return endpoints


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    def schemas(kind: str) -> dict[str, Facts]:
        return {name: declared_schema(node) for name, node in (row.get(kind) or {}).items()}

    body = schemas("body")
    return Endpoint(
        method=row["method"],
        path=row["path"],
        api=row["api"],
        functions=frozenset(row["client_functions"]),
        takes_body=row.get("takes_body") is True,
        path_types=schemas("path_types"),
        query=schemas("query"),
        body={name: schema for name, schema in body.items() if name != _BARE},
        items=body.get(_BARE, {}),
        statuses=tuple(row.get("answers") or ()),
        accept=base_type(row.get("accept") or ""),
    )


def declared_schema(node: Mapping[str, Any]) -> Facts:
    """The schema of a client's declaration (a type or `array of <type>`, and its values); empty if the type is unknown."""
    kind, values = node["type"], node["enum"]
    if kind is None:
        return {}
    schema: Facts = {"type": kind.removeprefix("array of ")} | ({"enum": values} if values else {})
    return {"type": "array", "items": schema} if kind.startswith("array of ") else schema


def leave_pages_to_lists(endpoints: Iterable[Endpoint]) -> None:
    """Remove page parameters from single items: a client declares the same query for a function's list and its items."""
    known = list(endpoints)
    lists = {(function, one.path) for one in known if one.method == "GET" for function in one.functions}
    for one in known:
        parent, _, last = one.path.rpartition("/")
        if placeholder(last) and any((function, parent) in lists for function in one.functions):
            one.query = {name: schema for name, schema in one.query.items() if name not in _PAGES}


def agree_on_types(endpoints: Iterable[Endpoint]) -> None:
    """Give a query parameter without a type the type that all other endpoints declare for its name."""
    known = list(endpoints)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for one in known:
        for name, schema in one.query.items():
            kinds[name] |= {schema["type"]} if schema else set()
    for one in known:
        agreed = {name: {"type": next(iter(kinds[name]))} for name in one.query if len(kinds[name]) == 1}
        one.query = {name: schema or agreed.get(name, {}) for name, schema in one.query.items()}


def assign(endpoints: Iterable[Endpoint], exchanges: Iterable[Exchange]) -> None:
    """Assign each exchange to the endpoint of its method and path; of several, the one with the fewest parameters."""
    # A path such as /lists/items also matches /lists/{listId}; the more concrete endpoint is meant.
    known = sorted(endpoints, key=lambda endpoint: specificity(endpoint.path))
    for exchange in exchanges:
        method, path = exchange["method"], urlsplit(exchange["target"]).path
        found = (one for one in known if one.method == method and match(one.path, path) is not None)
        next(found).exchanges.append(exchange)


def repeated_names(endpoint: Endpoint) -> set[str]:
    """The query parameters that are repeated within one target."""
    counted = (Counter(name for name, _ in query) for query in endpoint.queries())
    return {name for counts in counted for name, times in counts.items() if times > 1}
