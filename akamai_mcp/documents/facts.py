"""Reduce an official OpenAPI document to its facts, without its prose.

It keeps servers, paths, methods, operationIds, tags, parameters, bodies, media types, success schemas, status codes,
enumerations, defaults, bounds and deprecation. It drops prose, examples, extensions and error schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.documents.ids.forms import ID_FORM
from akamai_mcp.openapi.loader import NodeBudget, members, plain, subject
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS, clean, derive_operation_id

Facts = dict[str, Any]

SCHEMA_VALUES: Final = frozenset(
    {
        "type",
        "format",
        "enum",
        "const",
        "default",
        "nullable",
        "required",
        "readOnly",
        "writeOnly",
        "deprecated",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "discriminator",
        "xml",
        "contentEncoding",
        "contentMediaType",
        "minContains",
        "maxContains",
        "dependentRequired",
        ID_FORM,
    }
)
SCHEMA_NODES: Final = frozenset({"items", "not", "additionalProperties", "contains", "propertyNames", "if", "then", "else"})
SCHEMA_LISTS: Final = frozenset({"oneOf", "anyOf", "allOf", "prefixItems"})
SCHEMA_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
PARAMETER_VALUES: Final = ("name", "in", "required", "deprecated", "style", "explode", "allowReserved")
ENCODING_VALUES: Final = ("contentType", "style", "explode", "allowReserved")


def extract_facts(document: Mapping[str, Any], *, title: str, keep_text: bool = False) -> Facts:
    """The facts of a resolved document; `keep_text` also keeps its summaries and descriptions."""
    text = _describe if keep_text else _silence
    info = subject(document.get("info")) or {}
    return {
        "openapi": str(document["openapi"]),
        "info": {"title": title, "version": str(info.get("version", "1"))},
        "servers": _servers(document),
        "paths": {path: _path_item(item, path, text) for path, item in members(document.get("paths"))},
    }


Describe = Callable[[Mapping[str, Any]], Facts]


def _silence(_: Mapping[str, Any]) -> Facts:
    return {}


def _describe(node: Mapping[str, Any]) -> Facts:
    return {key: clean(node[key], 4000) for key in ("summary", "description") if isinstance(node.get(key), str)}


def _servers(level: Mapping[str, Any]) -> list[Facts]:
    return [{"url": str(subject(server)["url"])} for server in subject(level.get("servers")) or ()]


def _own_servers(level: Mapping[str, Any]) -> Facts:
    servers = _servers(level)
    return {"servers": servers} if servers else {}


def _path_item(item: Mapping[str, Any], path: str, text: Describe) -> Facts:
    facts: Facts = _own_servers(item)
    if parameters := _parameters(item, text):
        facts["parameters"] = parameters
    for method in PATH_ITEM_METHODS:
        operation = subject(item.get(method))
        if isinstance(operation, Mapping):
            facts[method] = _operation(operation, method, path, text)
    return facts


def _operation(node: Mapping[str, Any], method: str, path: str, text: Describe) -> Facts:
    operation_id = clean(node.get("operationId")) or derive_operation_id(method, path)
    facts: Facts = {"operationId": operation_id, **text(node), **_own_servers(node)}
    if tags := [clean(tag) for tag in node.get("tags") or () if isinstance(tag, str)]:
        facts["tags"] = tags
    if node.get("deprecated") is True:
        facts["deprecated"] = True
    if parameters := _parameters(node, text):
        facts["parameters"] = parameters
    body = subject(node.get("requestBody"))
    if isinstance(body, Mapping):
        required: Facts = {"required": True} if body.get("required") is True else {}
        facts["requestBody"] = {**required, "content": _content(body, text)}
    facts["responses"] = {status: _response(status, r, text) for status, r in members(node.get("responses"))}
    return facts


def _parameters(level: Mapping[str, Any], text: Describe) -> list[Facts]:
    nodes = (subject(node) for node in subject(level.get("parameters")) or ())
    return [_parameter(node, text) for node in nodes if isinstance(node, Mapping)]


def _parameter(node: Mapping[str, Any], text: Describe) -> Facts:
    # False is the default of every value but `explode`, whose default depends on the style.
    facts: Facts = {key: node[key] for key in PARAMETER_VALUES if node.get(key) or (key, node.get(key)) == ("explode", False)}
    facts |= text(node)
    content = _content(node, text)
    return facts | ({"content": content} if content else {"schema": schema_facts(node.get("schema"), text)})


def _response(status: str, node: Any, text: Describe) -> Facts:
    facts: Facts = {"description": phrase(status)}
    # Error schemas are left out: problems are read without them, and they are large.
    if not isinstance(node, Mapping) or status[0] not in "23":
        return facts
    if headers := _headers(node, text):
        facts["headers"] = headers
    if content := _content(node, text):
        facts["content"] = content
    return facts


def phrase(status: str) -> str:
    """The reason phrase of a status code (RFC 9110 section 15), or the code itself."""
    try:
        return HTTPStatus(int(status)).phrase
    except ValueError:
        return status


def _content(node: Mapping[str, Any], text: Describe) -> Facts:
    content: Facts = {}
    for name, media in members(node.get("content")):
        if isinstance(media, Mapping):
            schema = media.get("schema")
            content[name] = {"schema": schema_facts(schema, text)} if schema is not None else {}
            if encoding := {name: _encoding(part, text) for name, part in members(media.get("encoding"))}:
                content[name]["encoding"] = encoding
    return content


def _encoding(node: Any, text: Describe) -> Facts:
    facts: Facts = {key: node[key] for key in ENCODING_VALUES if key in node}
    if headers := _headers(node, text):
        facts["headers"] = headers
    return facts


def _headers(node: Mapping[str, Any], text: Describe) -> Facts:
    return {name: {"schema": schema_facts(h.get("schema"), text)} for name, h in members(node.get("headers"))}


def schema_facts(node: Any, text: Describe = _silence) -> Any:
    """The constraints of a schema without its titles, descriptions and examples."""
    return _schema_facts(node, text, (), NodeBudget())


def _schema_facts(node: Any, text: Describe, above: tuple[int, ...], budget: NodeBudget) -> Any:
    node = subject(node)
    budget.take(len(above))
    if isinstance(node, bool):
        return node
    # A recursive schema is cut here: an empty schema accepts anything.
    if not isinstance(node, Mapping) or id(node) in above:
        return {}
    inside = (*above, id(node))
    facts: Facts = {}
    for key, value in members(node):
        if key in SCHEMA_VALUES:
            facts[key] = plain(value)
        elif key in SCHEMA_NODES:
            facts[key] = _schema_facts(value, text, inside, budget)
        elif key in SCHEMA_LISTS and isinstance(value, list):
            facts[key] = [_schema_facts(part, text, inside, budget) for part in value]
        elif key in SCHEMA_MAPS and isinstance(value, Mapping):
            facts[key] = {name: _schema_facts(part, text, inside, budget) for name, part in members(value)}
    return facts | {k: v for k, v in text(node).items() if k == "description"}
