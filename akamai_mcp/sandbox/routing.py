"""Route a request to its operation: literal segments before parameters, documents in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from akamai_mcp.openapi.loader import find_documents, identify, load_document
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import Outline, outline_document, parse_operation
from akamai_mcp.openapi.templates import placeholder, segments

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """An operation's outline and its document."""

    product: str
    version: str
    outline: Outline
    document: Mapping[str, Any] = field(repr=False)

    @property
    def method(self) -> str:
        """The HTTP method in upper case."""
        return self.outline.method

    @property
    def template(self) -> str:
        """The path template, including the server's base path."""
        return self.outline.path

    @property
    def name(self) -> str:
        """The full key, `product/version#operationId`."""
        return f"{self.product}/{self.version}#{self.outline.operation_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A route, the decoded segments of the request's path, and the parameter values."""

    route: Route
    key: Key
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """No route: 404, or 405 with the methods of the path."""

    status: int
    allow: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """Every route of a set of documents, as a tree of path segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        self._items: dict[str, str] = {}
        self._templates: dict[str, dict[str, Route]] = {}
        self._operations: dict[Route, Operation] = {}
        for route in routes:
            self._add(route)

    def __iter__(self) -> Iterator[Route]:
        for methods in self._templates.values():
            yield from methods.values()

    def match(self, method: str, path: str) -> Match | Miss:
        """The route of a method and a percent-encoded path; HEAD falls back to GET."""
        key = split_path(path)
        found = list(_ends(self._root, key))
        # A server answers HEAD like GET, without the body (RFC 9110 section 9.3.2).
        for wanted in (method, "GET") if method == "HEAD" else (method,):
            for node in found:
                if wanted in node.routes:
                    route = node.routes[wanted]
                    return Match(route=route, key=key, values=_values(route.template, key))
        allow = sorted({name for node in found for name in node.routes})
        return Miss(status=405 if allow else 404, allow=tuple(allow))

    def operation(self, route: Route) -> Operation:
        """The complete operation, parsed on first use."""
        if route not in self._operations:
            self._operations[route] = parse_operation(
                route.document,
                product=route.product,
                version=route.version,
                operation_id=route.outline.operation_id,
                template=route.outline.template,
                method=route.method,
            )
        return self._operations[route]

    def methods(self, template: str) -> Mapping[str, Route]:
        """The routes of a template, by method."""
        return self._templates.get(template.rstrip("/"), {})

    def item_template(self, template: str) -> str | None:
        """The template of a collection's items, one parameter below it, or None."""
        return self._items.get(template.rstrip("/"))

    def _add(self, route: Route) -> None:
        node = self._root
        template = route.template.rstrip("/")
        for segment in segments(template):
            if placeholder(segment):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        node.routes.setdefault(route.method, route)
        self._templates.setdefault(template, {}).setdefault(route.method, route)
        collection, _, last = template.rpartition("/")
        if placeholder(last):
            self._items.setdefault(collection, template)


def load_router(specs: Path) -> Router:
    """A router of every document in a folder tree, without the operations on other hosts."""
    return Router(route for route in load_routes(specs) if not route.outline.refusal)


def load_routes(specs: Path) -> Iterator[Route]:
    """The route of each operation of the documents in a folder tree."""
    for file in find_documents(specs):
        document = load_document(file)
        product, version = identify(file, document)
        for outline in outline_document(document):
            yield Route(product=product, version=version, outline=outline, document=document)


def split_path(path: str) -> Key:
    """The decoded segments of a path, without a trailing slash."""
    return tuple(unquote(segment) for segment in segments(path))


def _values(template: str, key: Key) -> dict[str, str]:
    pairs = zip(map(placeholder, segments(template)), key, strict=True)
    return {name: value for name, value in pairs if name}


def _ends(node: _Node, key: Key) -> Iterator[_Node]:
    if not key:
        if node.routes:
            yield node
        return
    first, rest = key[0], key[1:]
    if first in node.literals:
        # Literals first, as OpenAPI requires ("Path Templating"); backtrack if they lead nowhere.
        yield from _ends(node.literals[first], rest)
    if first and node.parameter is not None:
        yield from _ends(node.parameter, rest)
