"""Put right what the clients' facts lack or have wrong: media types, members and values, from the notes of `learning.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.catalogue.precedence import endpoint_of
from akamai_mcp.documents.clients.notes import LearningNotes
from akamai_mcp.documents.clients.official import split_path
from akamai_mcp.documents.facts import Facts
from akamai_mcp.media_types import JSON_TYPE


def correct(row: Facts, notes: LearningNotes) -> Facts:
    """The facts of an endpoint with the values that its API has learned since, and with what the notes say of itself."""
    further = notes.values.get(split_path(row["path"])[0], {})
    own = notes.facts.get(endpoint_of(row["method"], row["path"]), {})
    query = {name: _with_values(schema, further.get(name, ())) for name, schema in row["query"].items()}
    return row | {
        "query": query | dict(own.get("query", {})),
        "joined": list(own.get("joined", ())),
        "body": _body(_with_member_values(row["body"], further), own.get("body")),
        "answers": {"2XX": {"type": own["answer"]}} if "answer" in own else row["answers"],
    }


def _with_values(schema: Facts, further: tuple[str, ...]) -> Facts:
    """The schema with further values in its enumeration, or in that of its items."""
    if "items" in schema:
        return schema | {"items": _with_values(schema["items"], further)}
    if "enum" not in schema:
        return schema
    return schema | {"enum": list(dict.fromkeys([*schema["enum"], *further]))}


def _with_member_values(body: Facts | None, further: Mapping[str, tuple[str, ...]]) -> Facts | None:
    if not body or "properties" not in body["schema"]:
        return body
    members = {name: _with_values(schema, further.get(name, ())) for name, schema in body["schema"]["properties"].items()}
    return body | {"schema": body["schema"] | {"properties": members}}


def _body(body: Facts | None, own: Mapping[str, Any] | None) -> Facts | None:
    """The body with the media type and members of its own note; a member without a schema is left out."""
    if own is None:
        return body
    body = body or {"type": JSON_TYPE, "schema": {}}
    members = {**body["schema"].get("properties", {}), **own.get("members", {})}
    known = {name: schema for name, schema in members.items() if schema is not None}
    schema = {"type": "object", "properties": known, "additionalProperties": True} if known else dict(own.get("schema", {}))
    return {"type": own.get("type", body["type"]), "schema": schema or body["schema"]}
