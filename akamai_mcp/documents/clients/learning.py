"""`specs learn`: turn what Akamai's clients call into one line of facts per endpoint, the input of `specs build`.

It reads `endpoints*.jsonl`, methods and paths with the names and types that a client declares, and `observed.jsonl`,
recorded exchanges. If the two disagree, the recorded exchange is right; `learning.yaml` says what is right of neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.precedence import endpoint_of
from akamai_mcp.documents.clients.corrections import correct
from akamai_mcp.documents.clients.endpoints import Endpoint, Exchange, read_endpoints, repeated_names
from akamai_mcp.documents.clients.inference import infer
from akamai_mcp.documents.clients.notes import NOTES_NAME, LearningNotes, read_notes
from akamai_mcp.documents.clients.official import Official, read_official, split_path
from akamai_mcp.documents.clients.operation_ids import derive_id
from akamai_mcp.documents.facts import Facts
from akamai_mcp.media_types import JSON_TYPE, base_type
from akamai_mcp.openapi.model import SAFE_METHODS
from akamai_mcp.openapi.templates import names as placeholder_names
from akamai_mcp.openapi.templates import rename, segments

NO_CONTENT: Final = HTTPStatus.NO_CONTENT


def learn(folder: Path, specs: Path) -> list[Facts]:
    """The facts of every endpoint that no official document in `specs` has, by product, version and path."""
    official, notes = read_official(specs), read_notes(specs / NOTES_NAME)
    rows = [to_row(endpoint, official, notes) for endpoint in read_endpoints(folder, notes.only_observed)]
    new = [row for row in rows if endpoint_of(row["method"], row["path"]) not in official.endpoints]
    count_alike(new)
    return sorted(new, key=lambda row: (row["product"], row["version"], row["path"], row["method"]))


def count_alike(rows: Iterable[Facts]) -> None:
    """Let all page numbers of a product start at 0 if an exchange shows that one does: an API counts in one way."""
    known = list(rows)
    from_zero = {(row["product"], row["version"]) for row in known if "minimum" in row.get("query", {}).get("page", {})}
    for row in known:
        if (row["product"], row["version"]) in from_zero and "page" in row.get("query", {}):
            row["query"]["page"] = {"type": "integer", "minimum": 0}


def to_row(endpoint: Endpoint, official: Official, notes: LearningNotes) -> Facts:
    """The facts of an endpoint."""
    base, name, version = split_path(endpoint.path)
    known = {parameter: official.parameter(base, parameter) for parameter in placeholder_names(endpoint.path)}
    names = {parameter: facts.get("name") or camel(parameter) for parameter, facts in known.items()}
    path = rename(endpoint.path, names.__getitem__)
    row: Facts = {
        "product": product_of(endpoint, name, notes),
        "version": version,
        "id": derive_id(endpoint.method, base, path.removeprefix(base), notes),
        "method": endpoint.method,
        "path": path,
        "source": "observed" if endpoint.exchanges else "client",
        "parameters": {names[parameter]: path_schema(endpoint, parameter, facts) for parameter, facts in known.items()},
        "query": query_schemas(endpoint),
        "body": body_facts(endpoint),
        "answers": answer_facts(endpoint),
    }
    return {key: value for key, value in correct(row, notes).items() if value not in ({}, [], None)}


def product_of(endpoint: Endpoint, name: str, notes: LearningNotes) -> str:
    """The product that an endpoint belongs to; `name` is the API's name in its base path."""
    if endpoint.api in notes.products_by_module:
        return notes.products_by_module[endpoint.api]
    own = (product for segment, product in notes.products_by_segment.items() if segment in segments(endpoint.path))
    return next(own, notes.products_by_base_path.get(name, name.strip("/")))


def camel(name: str) -> str:
    """A parameter's name in the style of Akamai's documents: `CASetID` becomes `caSetId`."""
    first, *rest = words(name)
    return first + "".join(word.capitalize() for word in rest)


def path_schema(endpoint: Endpoint, name: str, official: Facts) -> Facts:
    """The schema of a path parameter: from an official document of the same API, else from the client."""
    schema = {key: value for key, value in official.items() if key != "name"} or endpoint.path_types.get(name)
    seen = endpoint.values_of(name)
    if not schema or (schema["type"] == "integer" and not all(value.isdigit() for value in seen)):
        return {"type": "string"}
    return widened(schema, seen)


def widened(schema: Facts, seen: Iterable[Any]) -> Facts:
    """The schema with its enumeration extended by the recorded values, in their case."""
    if "enum" not in schema:
        return schema
    values = [value for value in seen if value not in schema["enum"]]
    folded = {str(value).casefold() for value in values}
    kept = [value for value in schema["enum"] if str(value).casefold() not in folded]
    return schema | {"enum": [*kept, *dict.fromkeys(values)]}


def query_schemas(endpoint: Endpoint) -> dict[str, Facts]:
    """The schemas of the query parameters that the client declares or an exchange has."""
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for query in endpoint.queries():
        for name, value in query:
            seen[name].append(value)
    repeated = repeated_names(endpoint)
    schemas = {name: query_schema(endpoint.query.get(name, {}), seen[name]) for name in {**endpoint.query, **seen}}
    return {name: as_list(schema) if name in repeated else schema for name, schema in schemas.items()}


def query_schema(declared: Facts, seen: list[str]) -> Facts:
    """The schema of a query parameter: as declared, else from its values; a recorded 0 allows counting from 0."""
    schema = widened(declared, seen) if declared or not seen else {"type": text_type(seen)}
    return schema | ({"minimum": 0} if schema.get("type") == "integer" and "0" in seen else {})


def as_list(schema: Facts) -> Facts:
    """The schema of a list of such values, unless it is that of a list."""
    return schema if schema.get("type") == "array" else {"type": "array", "items": schema}


def text_type(values: Iterable[str]) -> str:
    """The JSON type that all texts can be parsed as."""
    values = list(values)
    if all(value in {"true", "false"} for value in values):
        return "boolean"
    return "integer" if all(value.isdigit() for value in values) else "string"


def body_facts(endpoint: Endpoint) -> Facts | None:
    """The media type and schema of the body, or None if there is no body: what a client declares for a GET is none."""
    if endpoint.method in SAFE_METHODS:
        return None
    if sent := [exchange for exchange in endpoint.exchanges if exchange["body"] is not None]:
        bodies = [exchange["body"] for exchange in sent]
        return {"type": media_type(sent, "content_type"), "schema": with_declared(infer(bodies), endpoint.body, bodies)}
    if endpoint.body:
        return {"type": JSON_TYPE, "schema": {"type": "object", "properties": dict(endpoint.body), "additionalProperties": True}}
    if endpoint.items:
        return {"type": JSON_TYPE, "schema": endpoint.items}
    # PUT and PATCH make no sense without a body; other methods may need none.
    return {"type": JSON_TYPE, "schema": {}} if endpoint.takes_body or endpoint.method in {"PUT", "PATCH"} else None


def with_declared(schema: Facts, declared: Mapping[str, Facts], bodies: Iterable[Any]) -> Facts:
    """An observed body's schema with the declared properties added; observed types win."""
    if not declared or schema.get("type") != "object":
        return schema
    observed = schema.get("properties", {})
    members = {name: _member(node, observed, name, bodies) for name, node in declared.items()}
    return schema | {"properties": {**observed, **members}}


def _member(declared: Facts, observed: Mapping[str, Facts], name: str, bodies: Iterable[Any]) -> Facts:
    if name not in observed or declared.get("type") != observed[name].get("type"):
        return observed.get(name, declared)
    seen = [body[name] for body in bodies if name in body]
    return widened(declared, seen) if "enum" in declared else observed[name]


def answer_facts(endpoint: Endpoint) -> Facts:
    """The media type and schema of the success responses, by status."""
    if endpoint.accept and not endpoint.statuses:
        return {"2XX": _expected(endpoint)}
    answers: defaultdict[str, list[Exchange]] = defaultdict(list)
    for exchange in endpoint.exchanges:
        answers[str(exchange["response_status"])].append(exchange)
    known = {status: _answer(found) for status, found in sorted(answers.items())}
    return known or {str(status): {} if status == NO_CONTENT else _expected(endpoint) for status in endpoint.statuses}


def _expected(endpoint: Endpoint) -> Facts:
    """The answer that a client expects, of which no exchange shows a schema."""
    return {"type": endpoint.accept or JSON_TYPE}


def _answer(exchanges: list[Exchange]) -> Facts:
    bodies = [exchange["response_body"] for exchange in exchanges if exchange["response_body"] is not None]
    return {"type": media_type(exchanges, "accept"), "schema": infer(bodies)} if bodies else {}


def media_type(exchanges: list[Exchange], header: str) -> str:
    """The media type of the exchanges, which must be the same, without its parameters."""
    (name,) = {base_type(exchange[header]) for exchange in exchanges}
    return name
