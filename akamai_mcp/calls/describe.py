"""The result of `akamai_describe_operation`: everything that a call of the operation needs, within a size budget."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from akamai_mcp.calls.examples import example_of
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.catalogue.outcomes.undo import UndoNote, read_undo
from akamai_mcp.errors import ArgumentError
from akamai_mcp.media_types import is_json, is_media_type, is_text
from akamai_mcp.openapi.media_choice import OTHERWISE, accept_of, media_type_of
from akamai_mcp.openapi.model import MediaNote, MediaType, Operation, Parameter
from akamai_mcp.openapi.schema import Json, fit_depth, size, step_into
from akamai_mcp.openapi.shape import CUT, to_shape
from akamai_mcp.request.adjusting.operator_defaults import applicable
from akamai_mcp.request.arguments import BODY, argument_keys
from akamai_mcp.result.budget import fit, name_cuts
from akamai_mcp.result.page_rules import find_page_rule

PART_BUDGET: Final = 19_000  # bytes
SCHEMA_BUDGET: Final = 1_000  # bytes
SHAPE_BUDGET: Final = 600  # characters
ANSWER_BUDGET: Final = 240  # characters
MAX_RELATED: Final = 5
MAX_DEFAULTS: Final = 5  # customers

Defaults = Mapping[str, Mapping[str, Any]]
SOURCES: Final[Mapping[str, str]] = {
    "observed": "Not in a public document: derived from recorded exchanges of Akamai's own client.",
    "client": "Not in a public document: derived from what Akamai's own client sends; its response is unknown.",
}
MAX_DESCRIPTION_BYTES: Final = 80_000  # no official document comes near; a user's own may contain anything


def describe_operation(catalogue: Catalogue, entry: Entry, at: str = "", defaults: Defaults | None = None) -> Json:
    """Describe an operation; `at` is a dotted path into its body or response, to show that part in full.

    `defaults` has what the operator declared for arguments that a call leaves out, by customer.
    """
    operation = catalogue.operation(entry)
    if at:
        return {"name": entry.name, "at": at, **catalogue.text_source(entry.document), "schema": _part(operation, at)}
    notes = FieldNotes(catalogue, catalogue.product_of(entry))
    facts: Json = {
        "name": entry.name,
        "key": entry.key,
        "summary": entry.summary,
        "request": f"{entry.method} {entry.path}",
        **({"source": SOURCES[entry.source]} if entry.source else {}),
        **catalogue.text_source(entry.document),
        "effect": _effect(entry),
        "callWith": _caller(entry),
        **({"replaces": _replaces(catalogue, entry)} if entry.replaces else {}),
        "arguments": {key: _argument(parameter, notes) for key, parameter in argument_keys(operation).items()},
    }
    if operation.request_body:
        facts["body"] = _body(operation)
    facts |= _defaults(operation, defaults or {})
    facts["example"] = {"name": entry.name, "arguments": example_of(entry, operation, notes)}
    facts["returns"] = _returns(operation)
    if rule := find_page_rule(operation, entry.pages):
        facts["pages"] = rule.as_json() | {"follow": "paginate: true, maxPages"}
    if to_see := _cut_parts(facts):
        facts["more"] = f"at: {to_see} shows all of it"
    facts |= _flags(catalogue, entry) | _tag_source(catalogue, entry, operation)
    fitted = fit(facts, MAX_DESCRIPTION_BYTES)
    cut: Json = {"_cut": name_cuts(fitted.cuts)} if fitted.cuts else {}
    return {**fitted.value, **cut}


def _defaults(operation: Operation, defaults: Defaults) -> Json:
    """The operator's defaults that a call may leave to the server, by customer."""
    found = {name: used for name, values in defaults.items() if (used := applicable(operation, values))}
    return {"operatorDefaults": dict(islice(found.items(), MAX_DEFAULTS))} if found else {}


def _effect(entry: Entry) -> str:
    if entry.effect.conditions:
        return f"{entry.effect.text} (needs confirmation)"
    secret = " (returns credentials: needs confirmation)" if entry.reveals else ""
    return {"read": f"read{secret}", "write": f"write{secret}", "destroy": "destroy (needs confirmation)"}[entry.effect.worst]


def _caller(entry: Entry) -> str:
    if entry.effect.conditions:
        return f"akamai_{entry.effect.mildest}; akamai_{entry.effect.worst} if its effect is {entry.effect.worst}"
    return f"akamai_{entry.effect.worst}"


def _replaces(catalogue: Catalogue, entry: Entry) -> str:
    read = catalogue.read_of(entry)
    first = f"read it with {read}, change that, and send all of it back" if read and entry.method == "PUT" else "send all of it"
    return f"What is left out is lost: {first}."


def _cut_parts(facts: Json) -> str:
    """The parts whose shape is not whole, as `at` takes them."""
    answers = {status: answer for status, answer in facts["returns"].items() if isinstance(answer, dict)}
    parts = {"body": facts.get("body", {}), **answers}
    shapes = {name: part["shape"] for name, part in parts.items() if "shape" in part}
    return " or ".join(name for name, shape in shapes.items() if name == "body" or CUT in shape or ": " not in shape)


def _argument(parameter: Parameter, notes: FieldNotes) -> Json:
    facts: Json = {"in": parameter.location, **_bounds(parameter.schema)}
    if parameter.must_be_given:
        facts["required"] = True
    if parameter.default is not None:
        facts["default"] = parameter.default
    if note := notes(parameter.name, parameter.schema) or parameter.description:
        facts["about"] = note
    return facts


def _bounds(schema: Mapping[str, Any]) -> Json:
    return {key: value for key, value in schema.items() if key not in {"description", "title", "properties"}}


def _body(operation: Operation) -> Json:
    body = operation.request_body
    assert body is not None
    media = media_type_of(operation)
    facts: Json = {"contentType": media.name, "required": body.required}
    if not (is_json(media.name) or media.schema.get("properties")):
        facts["form"] = "a string" if is_text(media.name) else '{"base64": "..."} or {"file": "path below the files folder"}'
    elif size(media.schema) <= SCHEMA_BUDGET:
        facts["schema"] = media.schema
    else:
        facts["shape"] = to_shape(media.schema, SHAPE_BUDGET)
    return facts | _by_argument(operation.content_type) | _others(body.content, media, "contentType")


def _others(content: tuple[MediaType, ...], media: MediaType, control: str) -> Json:
    """The other media types of a body or an answer, and the control that chooses one."""
    others = [other.name for other in content if other.name != media.name and is_media_type(other.name)]
    return {"otherContentTypes": others, "toChoose": f"set {control} to one of them"} if others else {}


def _by_argument(note: MediaNote) -> Json:
    """Which arguments of a call decide on its media type, where the guide names some."""
    return {"contentTypeBy": dict(note)} if note.keys() - {OTHERWISE} else {}


def _returns(operation: Operation) -> Json:
    accept = accept_of(operation)
    succeeding = (response for response in operation.responses if response.is_success)
    return {response.status: _answer(response.content, accept, operation.accept) for response in succeeding}


def _answer(content: tuple[MediaType, ...], accept: str, note: MediaNote) -> Any:
    if not content:
        return "no body"
    media = next((m for m in content if m.name == accept), content[0])
    is_asked = not is_media_type(media.name) or (is_json(media.name) and is_json(accept))
    facts: Json = {"contentType": accept if is_asked else media.name}
    if media.schema:
        facts["shape"] = to_shape(media.schema, ANSWER_BUDGET, marks=False)
    return facts | _by_argument(note) | _others(content, media, "accept")


def _flags(catalogue: Catalogue, entry: Entry) -> Json:
    facts: Json = {}
    if entry.outcome and (outcome := catalogue.find(entry.outcome)):
        facts["outcomeShownBy"] = outcome.name
    if entry.undo:
        facts["undoneBy"] = _undone_by(catalogue, read_undo(entry.undo))
    if entry.secret:
        facts["secret"] = "The response contains a credential." if entry.reveals else "The response may contain a credential."
    if entry.deprecated:
        better = catalogue.find(entry.instead)
        facts["deprecated"] = f"use {better.name}" if better else True
    if entry.refusal:
        facts["cannotBeSent"] = entry.refusal
    if names := related(catalogue, entry):
        facts["related"] = names
    return facts


def _undone_by(catalogue: Catalogue, note: UndoNote) -> Any:
    """The operations that take a call back, and until when."""
    if note.never:
        return {"never": note.never}
    keys = dict.fromkeys(way.undo.call for way in note.ways)
    names = [entry.name for key in keys if (entry := catalogue.find(key))]
    facts: Json = {"names": names} if len(names) > 1 else {"name": names[0]} if names else {}
    kept = {"needs": "AKAMAI_MCP_KEEP_BEFORE, in a program"} if note.read else {}
    return facts | kept | ({"how": note.about} if note.about else {})


def _tag_source(catalogue: Catalogue, entry: Entry, operation: Operation) -> Json:
    """For an operation with If-Match: which read returns the entity tag (RFC 9110 section 13.1.1)."""
    if not any(p.name.lower() == "if-match" for p in operation.parameters_in("header")):
        return {}
    read = catalogue.read_of(entry)
    where = f"the ETag that {read} returns" if read else "the ETag of the latest read of the same resource"
    return {"ifMatch": f"Set If-Match (or ifMatch) to {where}; a 412 means that the resource changed since: read it again."}


def related(catalogue: Catalogue, entry: Entry) -> list[str]:
    """Operations of the same document on the same path, then on its parent and children."""
    own = entry.path.removesuffix("/")
    parent = own.rpartition("/")[0]
    beside = [(name, path.removesuffix("/")) for name, path in sorted(catalogue.beside(entry))]
    same = [name for name, path in beside if path == own]
    near = [name for name, path in beside if path == parent or path.rpartition("/")[0] == own]
    return [*same, *near][:MAX_RELATED]


def _part(operation: Operation, at: str) -> Any:
    root, _, path = at.partition(".")
    if root == BODY and operation.request_body:
        schema: Any = media_type_of(operation).schema
    else:
        schema = next((r.content[0].schema for r in operation.responses if r.status == root and r.content), None)
    part = step_into(schema, path) if schema is not None else None
    if part is None:
        raise ArgumentError(
            f"The operation has nothing at {at[:120]!r}.",
            advice="Start with body or a status such as 200, then name properties: body.rules.behaviors",
        )
    return fit_depth(part, PART_BUDGET)
