"""`specs learn`: what Akamai's clients call -> one line of facts for each endpoint, from which `specs build` writes documents.

Two files are read: `endpoints.jsonl`, methods and paths with the names and types that a client declares, and `observed.jsonl`,
exchanges as they were on the wire. Where the two disagree the wire is right.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from akamai_mcp.catalogue.naming import words
from akamai_mcp.documents.facts import Facts
from akamai_mcp.documents.inference import infer
from akamai_mcp.documents.operation_ids import derive_id
from akamai_mcp.openapi.loader import find_documents, load_document
from akamai_mcp.openapi.parser import outline_document

# Endpoints that only exchanges show.
ONLY_OBSERVED: Final = tuple(
    line.split()
    for line in """
    GET /appsec/v1/configs/{configId}/versions/{versionNumber}/api-endpoints
    GET /appsec/v1/configs/{configId}/versions/{versionNumber}/match-targets/sequence
    GET /appsec/v1/configs/{configId}/versions/{versionNumber}/advanced-settings/transactional-endpoint-protection/custom-code
    PUT /appsec/v1/configs/{configId}/versions/{versionNumber}/advanced-settings/transactional-endpoint-protection/custom-code
    POST /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/protections
    PUT /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/{policyId}/attack-groups/{attackGroupId}/action-condition-exception
    PUT /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/{policyId}/eval-groups/{attackGroupId}/action-condition-exception
    PUT /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/{policyId}/eval-rules/{ruleId}/action-condition-exception
    PUT /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/{policyId}/rules/{ruleId}/action-condition-exception
    GET /appsec/v1/configs/{configId}/versions/{versionNumber}/security-policies/{policyId}/wap-selected-hostnames
    POST /client-list/v1/lists/{listId}/activations
    DELETE /cloudlets/api/v2/policies/{policyId}/properties/{propertyId}
    POST /config-gtm/v1/domains/delete-requests
    GET /config-gtm/v1/domains/delete-requests/{requestId}
    GET /imaging/v2/network/{network}/policysets
    GET /imaging/v2/network/{network}/policysets/{policySetId}
    GET /network-list/v2/notifications/subscriptions
    GET /papi/v1/properties/{propertyId}/versions/{propertyVersion}/external-resources
    """.strip().splitlines()
)
# Products of their own under another's base path, by the client's module; the last by its path.
_PRODUCTS: Final[Mapping[str, str]] = {
    "AccountProtector": "account-protector",
    "BotManagement": "bot-manager",
    "ContentProtector": "content-protector",
}
_BOT_MANAGER: Final = "transactional-endpoint-protection"
_BASES: Final[Mapping[str, str]] = {
    "/client-list": "client-lists",
    "/cloudlets/api": "cloudlets",
    "/network-list": "network-lists",
    "/-/client-api": "client-api",
}
_BASE_PATH: Final = re.compile(r"(?P<name>/.+?)/(?P<version>v\d+)(?=/)|(?P<bare>/-/[^/]+)")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
# A body that a client sends as it is given, and of which it does not say what it is.
_ANY_BODY: Final = frozenset({"/config-dns/v2/proxies/{ProxyID}/zones/{Name}/manual-filter-names/zone-file"})


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """A method and path, what a client declares of it, and the exchanges with it."""

    method: str
    path: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    exchanges: list[Mapping[str, Any]] = field(default_factory=list)

    def values_of(self, parameter: str) -> list[str]:
        """What stood in the place of a path parameter on the wire."""
        place = self.path.split("/").index(f"{{{parameter}}}")
        return [urlsplit(exchange["target"]).path.split("/")[place] for exchange in self.exchanges]


def learn(folder: Path, specs: Path) -> list[Facts]:
    """A row of facts for every endpoint that no official document of `specs` has, in the order of product and path."""
    endpoints = read_endpoints(folder)
    assign(endpoints, _read(folder / "observed.jsonl"))
    official = Official.read(specs)
    rows = (to_row(endpoint, official) for endpoint in endpoints)
    new = (row for row in rows if (row["method"], normal(row["path"])) not in official.places)
    return sorted(new, key=lambda row: (row["product"], row["version"], row["path"], row["method"]))


def read_endpoints(folder: Path) -> list[Endpoint]:
    """The endpoints of a folder's facts and those that only its exchanges show."""
    declared = [Endpoint(method=row["method"], path=row["path"], declared=row) for row in _read(folder / "endpoints.jsonl")]
    return declared + [Endpoint(method=method, path=path) for method, path in ONLY_OBSERVED]


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def assign(endpoints: Iterable[Endpoint], exchanges: Iterable[Mapping[str, Any]]) -> None:
    """Give each exchange to the endpoint of its method and path, the one with the fewest parameters first."""
    known = sorted(endpoints, key=lambda endpoint: endpoint.path.count("{"))
    patterns = [(endpoint, re.compile(_PLACEHOLDER.sub("[^/]+", endpoint.path) + r"\Z")) for endpoint in known]
    for exchange in exchanges:
        path = urlsplit(exchange["target"]).path
        found = (one for one, pattern in patterns if one.method == exchange["method"] and pattern.match(path))
        next(found).exchanges.append(exchange)


def normal(path: str) -> str:
    """A path template whatever its parameters are called."""
    return _PLACEHOLDER.sub("{}", path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """What the official documents say of the same APIs: which places they have, and what they call path parameters."""

    places: frozenset[tuple[str, str]]
    parameters: Mapping[str, Mapping[str, Facts]]

    @classmethod
    def read(cls, specs: Path) -> Official:
        """Read every `openapi.json` below a folder."""
        places: set[tuple[str, str]] = set()
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for file in find_documents(specs):
            if file.path.name != "openapi.json":
                continue
            document = load_document(file)
            for outline in outline_document(document):
                places.add((outline.method, normal(outline.path)))
                nodes = (*document["paths"][outline.template].get("parameters", ()), *_own_parameters(document, outline))
                found[split_path(outline.path)[0]].update(
                    json.dumps(
                        {"name": node["name"], "type": node.get("schema", {}).get("type"), "enum": node["schema"].get("enum")}
                    )
                    for node in nodes
                    if node["in"] == "path" and "schema" in node
                )
        return cls(places=frozenset(places), parameters={base: _by_word(counted) for base, counted in found.items()})


def _own_parameters(document: Mapping[str, Any], outline: Any) -> Iterable[Mapping[str, Any]]:
    nodes: Iterable[Mapping[str, Any]] = document["paths"][outline.template][outline.method.lower()].get("parameters", ())
    return nodes


def _by_word(counted: Counter[str]) -> dict[str, Facts]:
    """The commonest declaration of each parameter, by its name in small letters."""
    found: dict[str, Facts] = {}
    for text, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        node = json.loads(text)
        found.setdefault(node["name"].casefold(), {key: value for key, value in node.items() if value is not None})
    return found


def split_path(path: str) -> tuple[str, str]:
    """(base path, the rest): the base path ends with the version."""
    match = _BASE_PATH.match(path)
    return (match[0], path[match.end() :]) if match else ("", path)


def to_row(endpoint: Endpoint, official: Official) -> Facts:
    """The facts of an endpoint."""
    base = split_path(endpoint.path)[0]
    known = official.parameters.get(base, {})
    names = {name: known.get(name.casefold(), {}).get("name") or camel(name) for name in _PLACEHOLDER.findall(endpoint.path)}
    path = _PLACEHOLDER.sub(lambda match: f"{{{names[match[1]]}}}", endpoint.path)
    product, version = product_of(endpoint, base)
    row: Facts = {
        "product": product,
        "version": version,
        "id": derive_id(endpoint.method, base, path.removeprefix(base)),
        "method": endpoint.method,
        "path": path,
        "source": "observed" if endpoint.exchanges else "client",
        "parameters": {new: path_schema(endpoint, old, known.get(old.casefold(), {})) for old, new in names.items()},
        "query": query_schemas(endpoint),
        "body": body_facts(endpoint),
        "answers": answer_facts(endpoint),
    }
    return {key: value for key, value in row.items() if value not in ({}, None)}


def product_of(endpoint: Endpoint, base: str) -> tuple[str, str]:
    """The product and version whose document has an endpoint."""
    match = _BASE_PATH.match(endpoint.path)
    assert match is not None
    name = match["name"] or match["bare"]
    own = _PRODUCTS.get(endpoint.declared.get("api", ""), "bot-manager" if _BOT_MANAGER in endpoint.path else "")
    return own or _BASES.get(name, name.strip("/")), match["version"] or "v1"


def camel(name: str) -> str:
    """A parameter's name as Akamai's documents write such names: `CASetID` is `caSetId`."""
    first, *rest = words(name)
    return first + "".join(word.capitalize() for word in rest)


def path_schema(endpoint: Endpoint, name: str, official: Facts) -> Facts:
    """A path parameter: as an official document of the same API has it, else as the client declares it."""
    declared = declared_schema((endpoint.declared.get("path_types") or {}).get(name))
    schema = {key: value for key, value in official.items() if key != "name"} or declared or {"type": "string"}
    seen = endpoint.values_of(name)
    if schema.get("type") in {"integer", "number"} and not all(value.isdigit() for value in seen):
        return {"type": "string"}
    return widened(schema, seen)


def declared_schema(node: Mapping[str, Any] | None) -> Facts:
    """The schema of what a client declares: a type or `array of <type>`, and the values that it allows."""
    kind = (node or {}).get("type")
    values = (node or {}).get("enum")
    if kind is None:
        return {}
    schema: Facts = {"type": kind.removeprefix("array of ")} | ({"enum": values} if values else {})
    return {"type": "array", "items": schema} if kind.startswith("array of ") else schema


def widened(schema: Facts, seen: Iterable[Any]) -> Facts:
    """A schema whose enumeration also has what was on the wire, in the wire's case."""
    if "enum" not in schema:
        return schema
    values = [value for value in seen if value not in schema["enum"]]
    folded = {str(value).casefold() for value in values}
    kept = [value for value in schema["enum"] if str(value).casefold() not in folded]
    return schema | {"enum": [*kept, *dict.fromkeys(values)]}


def query_schemas(endpoint: Endpoint) -> dict[str, Facts]:
    """The query parameters that the client declares and those on the wire."""
    declared = {name: declared_schema(node) for name, node in (endpoint.declared.get("query") or {}).items()}
    seen: defaultdict[str, list[str]] = defaultdict(list)
    repeated: set[str] = set()
    for exchange in endpoint.exchanges:
        pairs = parse_qsl(urlsplit(exchange["target"]).query)
        repeated |= {name for name, times in Counter(name for name, _ in pairs).items() if times > 1}
        for name, value in pairs:
            seen[name].append(value)
    return {name: _query_schema(declared.get(name, {}), seen[name], name in repeated) for name in {**declared, **seen}}


def _query_schema(declared: Facts, seen: list[str], is_repeated: bool) -> Facts:
    schema = widened(declared, seen) if declared or not seen else {"type": text_type(seen)}
    return {"type": "array", "items": schema} if is_repeated and schema.get("type") != "array" else schema


def text_type(values: Iterable[str]) -> str:
    """The type that all of some texts can be read as."""
    values = list(values)
    if all(value in {"true", "false"} for value in values):
        return "boolean"
    return "integer" if all(value.isdigit() for value in values) else "string"


def body_facts(endpoint: Endpoint) -> Facts | None:
    """The media type and schema of the body, or None where there is none."""
    sent = [exchange for exchange in endpoint.exchanges if exchange["body"] is not None]
    if sent:
        schema = infer(exchange["body"] for exchange in sent)
        types = {media_type(exchange["content_type"]) for exchange in sent}
        assert len(types) == 1, endpoint.path
        return {"type": types.pop(), "schema": with_declared(schema, endpoint, [exchange["body"] for exchange in sent])}
    if endpoint.path in _ANY_BODY:
        return {"type": "*/*", "schema": {}}
    declared = endpoint.declared
    if declared.get("body"):
        return {
            "type": "application/json",
            "schema": with_declared({"type": "object", "additionalProperties": True}, endpoint, []),
        }
    if declared.get("takes_body") or endpoint.method in {"PUT", "PATCH"}:
        return {"type": "application/json", "schema": {}}
    return None


def with_declared(schema: Facts, endpoint: Endpoint, bodies: Iterable[Any]) -> Facts:
    """A body's schema with the members that the client declares, in the wire's types where it shows them."""
    declared = {name: declared_schema(node) for name, node in (endpoint.declared.get("body") or {}).items()}
    if schema.get("type") != "object" or not declared:
        return schema
    observed = schema.get("properties", {})
    members = {name: _member(node, observed.get(name), name, bodies) for name, node in declared.items()}
    return {"type": "object", "properties": observed | members, "additionalProperties": True}


def _member(declared: Facts, observed: Facts | None, name: str, bodies: Iterable[Any]) -> Facts:
    if observed is None:
        return declared
    if declared.get("type") != observed.get("type"):
        return observed
    seen = [body[name] for body in bodies if name in body]
    return widened(declared, seen) if "enum" in declared else observed


def answer_facts(endpoint: Endpoint) -> Facts:
    """Media type and schema of the success answers by status."""
    answers: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for exchange in endpoint.exchanges:
        answers[str(exchange["response_status"])].append(exchange)
    return {status: _answer(found) for status, found in sorted(answers.items())}


def _answer(exchanges: list[Mapping[str, Any]]) -> Facts:
    bodies = [exchange["response_body"] for exchange in exchanges if exchange["response_body"] is not None]
    return {"type": media_type(exchanges[0]["accept"]), "schema": infer(bodies)} if bodies else {}


def media_type(header: str) -> str:
    """A media type without its parameters."""
    return header.split(";", 1)[0].strip()
