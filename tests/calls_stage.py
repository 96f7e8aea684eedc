"""The one path of a call over a zoo of the tests' own and an Akamai that is told what to answer: no server, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents.document_samples import document

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import LOCAL, Caller
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.quotas import Quotas
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import Invoker, InvokerPolicies
from akamai_mcp.calls.prepare import RawArguments
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.answer import Answer

ZOO = "/things/v1"
ENOUGH = 100  # requests of one test
EDGERC = "[{0}]\nhost = {0}.example\nclient_token = ct-{0}\nclient_secret = cs-{0}\naccess_token = at-{0}\n"
CUSTOMERS = '[acme]\nsection = "one"\naccount_switch_key = "1-ACME"\n[acme.defaults]\ncontractId = "ctr_1"\n'


def operation(name: str, *parameters: Any, body: Any = None, shows: Any = None, **note: Any) -> dict[str, Any]:
    """An operation with JSON bodies and what the guide says of it."""
    content = {"application/json": {"schema": body}}
    answered = {"content": {"application/json": {"schema": shows}}} if shows else {}
    return {
        "operationId": name,
        "parameters": [*parameters],
        "responses": {"200": {"description": "Done.", **answered}},
        **({"requestBody": {"content": content}} if body else {}),
        "x-guide": note,
    }


def parameter(name: str, location: str = "path", kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "schema": {"type": kind}, **({"required": True} if location == "path" else {}), **more}


SWITCH = {
    "type": "object",
    "required": ["network"],
    "properties": {"network": {"type": "string", "enum": ["STAGING", "PRODUCTION"]}},
}
JOB, ANY = parameter("jobId", kind="integer"), {"type": "object"}
# Jobs show their outcome by themselves, boxes in a list beside others; a shop is read page by page, and tokens are credentials.
PATHS: dict[str, Any] = {
    "/jobs": {
        "post": operation(
            "post-job",
            parameter("contractId", "query", required=True),
            parameter("kind.of", "query"),
            body={"type": ["object", "string"], "properties": {"kind": {"type": "string"}}},
            outcome="zoo/v1#get-job",
            outcome_else="zoo/v1#get-boxes-of",
            until={
                "body.kind": {"START": ["ACTIVE"], "STOP": ["STOPPED"]},
                "answer.kind": {"PAUSE": ["STOPPED"]},
                "kind.of": {"ENDS": ["STOPPED"]},
            },
        ),
        "get": operation("get-jobs"),
    },
    "/jobs/{jobId}": {
        "get": operation(
            "get-job",
            JOB,
            parameter("view", "query"),
            progress={
                "at": ["status"],
                "pending": ["PENDING"],
                "done": ["ACTIVE", "STOPPED"],
                "failed": ["BROKEN"],
                "needs": ["ASKS"],
                "wants": "asks[].type",
                "answer_with": "zoo/v1#put-job",
            },
        ),
        "put": operation(
            "put-job",
            JOB,
            parameter("If-Match", "header", schema={"type": "string", "pattern": "^[0-9]+$"}),
            body=ANY,
            outcome="zoo/v1#get-job",
            until=["STOPPED"],
            touches=["/things/v1/rooms/{roomId}/boxes", "/things/v1/jobs"],
        ),
        "delete": operation("delete-job", JOB, outcome="zoo/v1#get-job"),
    },
    "/boxes": {
        "get": operation(
            "get-boxes",
            progress={
                "at": ["boxes[].state"],
                "pending": ["MOVING"],
                "done": ["THERE"],
                "needs": ["STUCK"],
                "match": {"id": "boxId", "to": "body.to"},
            },
        )
    },
    "/rooms/{roomId}": {"delete": operation("delete-room", parameter("roomId"), outcome="zoo/v1#get-job")},
    # `b%2Fkey` is a box to most servers, and the key of a box to a lenient one.
    "/boxes/{boxId}": {
        "get": operation("get-box", parameter("boxId")),
        "post": operation("post-box", parameter("boxId"), body=ANY),
    },
    "/boxes/{boxId}/key": {"get": operation("get-box-key", parameter("boxId"), secret=True)},
    "/boxes/{boxId}/burn": {"post": operation("burn-box", parameter("boxId"), effect="destroy")},
    "/boxes/{boxId}/move": {"post": operation("move-box", parameter("boxId"), body=ANY, outcome="zoo/v1#get-boxes")},
    "/rooms/{roomId}/boxes": {"get": operation("get-boxes-of", parameter("roomId"))},
    "/tokens": {
        "post": operation("post-token", body=ANY, outcome="zoo/v1#get-token"),
        "get": operation("get-tokens", secret="part"),
    },
    "/shop": {
        "get": operation(
            "get-shop",
            parameter("page", "query", "integer"),
            parameter("pageSize", "query", "integer"),
            shows={"type": "object", "properties": {"items": {"type": "array", "items": ANY}, "totalItems": {"type": "integer"}}},
        )
    },
    "/names": {"post": operation("post-name", body={"type": "string", "maxLength": 3})},
    # A search whose pages are asked for in its body.
    "/search": {
        "post": operation(
            "post-search",
            body={"type": "object", "properties": {"start": {"type": "integer"}, "limit": {"type": "integer"}}},
            pages={"style": "offset", "at": "body", "position": "start", "size": "limit", "items": "found", "total": "count"},
            effect="read",
        )
    },
    "/stock": {
        "get": operation(
            "get-stock",
            parameter("contractId", "query", schema={"type": "string", "x-id": "bare"}),
            pages={"style": "offset", "position": "offset", "size": "limit"},
            cache="hours",
        )
    },
    # Harmless on staging; of the lever no document says what decides, so the worst is believed.
    "/switches": {"post": operation("post-switch", body=SWITCH, effect={"write_when": {"body.network": "STAGING"}})},
    "/levers": {"post": operation("post-lever", body=SWITCH, effect={"write_when": {"body.side": "LEFT"}})},
    "/elsewhere": {"get": operation("get-elsewhere") | {"servers": [{"url": "https://elsewhere.example"}]}},
    "/tokens/{tokenId}": {"get": operation("get-token", parameter("tokenId"), secret=True)},
}


def zoo_catalogue(folder: Path, paths: Mapping[str, Any] = PATHS, about: Mapping[str, Any] | None = None) -> Catalogue:
    """The catalogue of one document with these paths, whose product is zoo; `about` is what the guide says of all of it."""
    (folder / "specs").mkdir()
    (folder / "specs" / "zoo.json").write_text(
        json.dumps(document(paths=paths, **({"x-guide": about} if about else {}))), encoding="utf-8"
    )
    return open_catalogue(locate(folder / "specs"), folder / "cache")


def zoo_customers(folder: Path) -> Customers:
    """`one`, the default, `two`, and `acme`, which has the credentials of `one` with a switch key, and defaults."""
    for name, text in ((".edgerc", EDGERC.format("one") + EDGERC.format("two")), ("customers.toml", CUSTOMERS)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")
    return Customers(CredentialsSource(edgerc=folder / ".edgerc", environment={}), "one", file=folder / "customers.toml")


def shown(body: Any, status: int = 200, **headers: str) -> Response:
    """A response with a JSON body."""
    named = ("content-type", "application/json"), *((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status=status, headers=named, content=json.dumps(body).encode())


@dataclass
class ToldAkamai:
    """Answers a method and path below the zoo with the next of what it was told, the last one for ever; it knows nothing else."""

    told: dict[str, list[Response | AkamaiMcpError]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def tell(self, request: str, *endings: Response | AkamaiMcpError) -> None:
        self.told[request] = list(endings)

    @property
    def asked(self) -> list[str]:
        """The requests so far."""
        return [f"{call.request.method} {call.request.target.removeprefix(ZOO)}" for call in self.calls]

    async def __call__(self, call: Call) -> Response:
        self.calls.append(call)
        assert len(self.calls) < ENOUGH, "it is asked without end"
        endings = self.told[f"{call.request.method} {call.path.removeprefix(ZOO)}"]
        ending = endings.pop(0) if len(endings) > 1 else endings[0]
        if isinstance(ending, AkamaiMcpError):
            raise ending
        return ending


class CallsStage:
    """An invoker of one's own, whose gate and policies are as given: by themselves they allow everything and ask for nothing."""

    def __init__(
        self,
        catalogue: Catalogue,
        customers: Customers,
        *,
        rules: Rules | None = None,
        quotas: Quotas | None = None,
        policies: InvokerPolicies | None = None,
        confirmations: Confirmations | None = None,
        audit: AuditLog | None = None,
        **more: Any,
    ) -> None:
        self.catalogue = catalogue
        self.akamai = ToldAkamai()
        self.caller: Caller = LOCAL
        self.gate = Gate(
            rules or Rules(source="the test"),
            confirmations or Confirmations(ConfirmationPolicy(mode="never")),
            audit or AuditLog(AuditPolicy()),
            get_caller=lambda: self.caller,
            quotas=quotas,
        )
        self.customers = CallerCustomers(customers, lambda: self.caller)
        policies = policies or InvokerPolicies(files=FilePolicy())
        self.invoker = Invoker(catalogue, self.customers, self.gate, self.akamai, policies, **more)

    async def call(self, operation: str, report: Any = None, check: Any = None, **arguments: Any) -> Answer:
        """Call an operation of the zoo by its operationId."""
        given = ({"report": report} if report else {}) | ({"check": check} if check else {})
        return await self.invoker.call(self.catalogue.get(f"zoo/v1#{operation}"), arguments, **given)

    async def call_path(self, method: str, path: str, raw: Mapping[str, Any] | None = None, **controls: Any) -> Answer:
        """Call a path below the zoo."""
        given = RawArguments(**{"path": {}, "query": {}, "headers": {}} | dict(raw or {}))
        return await self.invoker.call_path(method, f"{ZOO}{path}", given, Controls(**controls))
