"""Answer an operation: with what the store has, completed by an example of its success schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

from akamai_mcp.media_types import JSON_TYPE, is_json, may_be_json
from akamai_mcp.openapi.model import Response
from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.routes import answer_from
from akamai_mcp.sandbox.effects import EFFECTS
from akamai_mcp.sandbox.examples.matching import types_of
from akamai_mcp.sandbox.examples.shapes import Schema, id_field, identify, is_open, resource_nodes, show
from akamai_mcp.sandbox.examples.values import coerce, example
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.listings import Listings
from akamai_mcp.sandbox.paging import Collections, serve_page
from akamai_mcp.sandbox.responses import (
    chosen_media,
    has_body,
    has_location,
    json_schema,
    sample_content,
    status_of,
    success_response,
)
from akamai_mcp.sandbox.routing import Key, Match, Route, Router
from akamai_mcp.sandbox.store import Store, Stored, uuid_of

READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The known parts of a response: the resource in it, the values to repeat, and the resource's path."""

    echo: Mapping[str, str]
    resource: Mapping[str, Any] = field(default_factory=dict)
    location: str = ""


class Answers:
    """Answers requests for a router's operations from one store."""

    def __init__(
        self,
        router: Router,
        store: Store,
        *,
        remembers: bool = True,
        collections: Collections | None = None,
        account: Account | None = None,
    ) -> None:
        self._router = router
        self._store = store
        self._collections = collections or Collections()
        self._listings = Listings(router=router, store=store)
        self._remembers = remembers
        self.account = account

    def answer(self, ask: Ask) -> Answer:
        """One page of the collection if `collections` sets a number of items, else what the account knows, else an example."""
        return self._page(ask) or self._known(ask) or self._carry_out(ask)

    def _known(self, ask: Ask) -> Answer | None:
        return answer_from(self.account, ask, self._router.operation(ask.match.route)) if self.account is not None else None

    def _page(self, ask: Ask) -> Answer | None:
        if self._collections.items is None:
            return None
        operation = self._router.operation(ask.match.route)
        page = serve_page(operation, _path(ask.match.key), ask.query, ask.body, self._collections)
        if page is None:
            return None
        status, value = page
        if status >= HTTPStatus.BAD_REQUEST:
            return Answer(status=status, problem=value)
        return Answer(status=status, media_type=JSON_TYPE, body=orjson.dumps(value))

    def _carry_out(self, ask: Ask) -> Answer:
        if not self._remembers:
            return self._success(ask, _Known(echo=ask.match.values))
        if ask.method in READS | {"DELETE"} and self._store.is_gone(ask.match.key):
            return Answer(status=HTTPStatus.NOT_FOUND, problem="What was at this path has been deleted.")
        effect = EFFECTS.get((ask.method, ask.match.route.template))
        if effect is not None:
            resource = effect(self._store, ask.match, ask.body, ask.query)
            return self._success(ask, _Known(resource=resource, echo=ask.match.values))
        return self._handler(ask.method)(ask)

    def _handler(self, method: str) -> Callable[[Ask], Answer]:
        handlers = {"POST": self._create, "PUT": self._replace, "PATCH": self._patch, "DELETE": self._delete}
        return handlers.get(method, self._read)

    def _read(self, ask: Ask) -> Answer:
        stored = self._store.get(ask.match.key)
        if stored is None:
            resource = {} if self._listings.is_collection(ask.match) else self._identity(ask.match)
            return self._success(ask, _Known(resource=resource, echo=ask.match.values))
        if not isinstance(stored.value, dict) or json_schema(self._router.operation(ask.match.route)) is None:
            return _stored_answer(stored)
        return self._success(ask, _Known(resource=stored.value, echo=ask.match.values))

    def _create(self, ask: Ask) -> Answer:
        template = self._router.item_template(ask.match.route.template)
        if template is not None and isinstance(ask.body, dict | None):
            return self._create_item(ask, template)
        if isinstance(ask.body, dict) and _last_parameter(ask.match.route.template) and "GET" in self._methods(ask.match):
            return self._replace(ask)
        return self._success(ask, _Known(echo=ask.match.values, location=_path(ask.match.key)))

    def _create_item(self, ask: Ask, template: str) -> Answer:
        parameter = _last_parameter(template)
        name, schema = self._identifier((self._router.methods(template), self._methods(ask.match)), parameter)
        body = ask.body or {}
        chosen = body.get(name)
        identifier = chosen if isinstance(chosen, str | int) and chosen != "" else _new_id(self._store.next_id(), schema)
        # The client may choose the identifier, as with zones or namespaces; else the sandbox numbers it.
        resource = {**body, name: identifier} if name else body
        key = (*ask.match.key, str(identifier))
        self._store.put(key, resource)
        echo = {**ask.match.values, parameter: str(identifier)}
        return self._success(ask, _Known(resource=resource, echo=echo, location=_path(key)))

    def _replace(self, ask: Ask) -> Answer:
        resource = {**self._identity(ask.match), **ask.body} if isinstance(ask.body, dict) else {}
        if ask.body is not None:
            self._store.put(ask.match.key, resource or ask.body, ask.body_type)
        return self._success(ask, _Known(resource=resource, echo=ask.match.values, location=_path(ask.match.key)))

    def _patch(self, ask: Ask) -> Answer:
        stored = self._store.get(ask.match.key)
        before = stored.value if stored is not None and isinstance(stored.value, dict) else {}
        # A list is a JSON Patch (RFC 6902), which the sandbox accepts but does not apply.
        after = {**before, **ask.body} if isinstance(ask.body, dict) else before
        if after:
            self._store.put(ask.match.key, after)
        return self._success(ask, _Known(resource=after, echo=ask.match.values))

    def _delete(self, ask: Ask) -> Answer:
        # A path without parameters is a collection, which still exists after it has been emptied.
        if ask.match.values:
            self._store.delete(ask.match.key)
        return self._success(ask, _Known(resource=self._identity(ask.match), echo=ask.match.values))

    def _success(self, ask: Ask, known: _Known) -> Answer:
        response = success_response(self._router.operation(ask.match.route))
        status, location = status_of(response), _wanted_location(response, known, ask.match.key)
        if not has_body(response):
            return Answer(status=status, location=location)
        media = chosen_media(response, ask.accept)
        if not may_be_json(media.name):
            return Answer(status=status, location=location, media_type=media.name, body=sample_content(media))
        name = media.name if is_json(media.name) else JSON_TYPE
        body = orjson.dumps(self._value(ask, media.schema, known))
        return Answer(status=status, location=location, media_type=name, body=body)

    def _value(self, ask: Ask, schema: Schema, known: _Known) -> Any:
        shown = self._shown(ask, schema, known)
        if ask.method in READS and self._remembers and self._listings.is_collection(ask.match):
            return self._listings.update(ask.match, schema, shown)
        return _with_link(shown, known.location)

    def _shown(self, ask: Ask, schema: Schema, known: _Known) -> Any:
        if not known.resource:
            return example(schema, echo=known.echo)
        if ask.method in READS and self._store.get(ask.match.key) is None:
            return identify(example(schema, echo=known.echo), schema, known.resource)
        if ask.method in READS and is_open(schema):
            return known.resource
        return show(known.resource, schema, known.echo)

    def _identity(self, match: Match) -> dict[str, Any]:
        """The last value of a path, as the resource's identifier field."""
        parameter = _last_parameter(match.route.template)
        if not parameter:
            return {}
        name, schema = self._identifier((self._methods(match),), parameter)
        value = coerce(match.key[-1], schema)
        return {name: value} if name and value is not None else {}

    def _identifier(self, levels: Iterable[Mapping[str, Route]], parameter: str) -> tuple[str, Schema]:
        """The name and schema of the field that a path parameter identifies, from the responses that have it."""
        routes = [route for methods in levels for route in sorted(methods.values(), key=lambda route: route.method != "GET")]
        schemas = (json_schema(self._router.operation(route)) or {} for route in routes)
        for node in (node for schema in schemas for node in resource_nodes(schema)):
            name = id_field(node.fields, parameter)
            if name is not None:
                return name, node.fields[name]
        return "", {}

    def _methods(self, match: Match) -> Mapping[str, Route]:
        return self._router.methods(match.route.template)


def _stored_answer(stored: Stored) -> Answer:
    body = stored.value if isinstance(stored.value, bytes) else orjson.dumps(stored.value)
    return Answer(status=HTTPStatus.OK, media_type=stored.media_type, body=body)


def _new_id(number: int, schema: Schema) -> str | int:
    if set(types_of(schema)) & {"integer", "number"}:
        return number
    return uuid_of(number) if schema.get("format") == "uuid" else str(number)


def _with_link(answer: Any, location: str) -> Any:
    """A response that is only a link (`propertyLink`), pointing to the created resource."""
    if not location or not isinstance(answer, dict) or len(answer) != 1:
        return answer
    return {name: location if name.endswith("Link") else value for name, value in answer.items()}


def _wanted_location(response: Response, known: _Known, key: Key) -> str:
    if response.status.startswith("3"):
        # The redirections in the documents lead from `latest` to a version number.
        return _path((*key[:-1], "1"))
    return known.location if has_location(response) else ""


def _last_parameter(template: str) -> str:
    return placeholder(template.rstrip("/").rpartition("/")[2])


def _path(key: Key) -> str:
    return "/" + "/".join(quote(segment, safe="") for segment in key)
