"""Every entry point and every reason to refuse: each pair refuses, says why, and nothing reaches Akamai."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastmcp.exceptions import McpError
from mcp_stage import OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault

ACTIVATION = {"propertyVersion": 1, "network": "PRODUCTION", "notifyEmails": ["a@example.com"]}
ACTIVATE, DELETE, CREATE, TOKEN = (
    "papi/v1#post-property-activations",
    "papi/v1#delete-property",
    "papi/v1#post-properties",
    "edgekv/v1#get-token",
)
PROPERTY = {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1"}
NEW = {"contractId": "ctr_1", "groupId": "grp_1", "body": {"propertyName": "x", "productId": "prd_A"}}
LARGE = json.dumps({"items": [{"id": number} for number in range(500)]}).encode()
KEPT = {"toolName": ACTIVATE, "pathParams": {"propertyId": "prp_1"}, "body": ACTIVATION, "maxBytes": 600}
UNKEPT = "akamai://results/AAAAAAAAAAAAAAAA"

# The entry points that make a call: a tool and its arguments, all of them about Property Manager or a token of EdgeKV.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "own tool": ("akamai_papi_delete_property", PROPERTY),
    "caller of reads": ("akamai_read", {"name": TOKEN, "arguments": {"tokenName": "t"}}),
    "caller of writes": ("akamai_write", {"name": CREATE, "arguments": NEW}),
    "caller of what destroys": ("akamai_destroy", {"name": ACTIVATE, "arguments": {"propertyId": "prp_1", "body": ACTIVATION}}),
    "raw by name": ("akamai_raw_request", {"toolName": DELETE, "pathParams": {"propertyId": "prp_1"}}),
    "raw by method and path": ("akamai_raw_request", {"method": "DELETE", "path": "/papi/v1/properties/prp_1"}),
    "raw by a path that no document has": ("akamai_raw_request", {"method": "POST", "path": "/papi/v1/properties/prp_1/new"}),
    "page continuation": ("akamai_raw_request", {"method": "POST", "path": "/papi/v1/search", "queryParams": {"page": 2}, "paginate": True}),
}  # fmt: skip
# The entry points to a stored answer of a call that destroyed something.
STORED = ("stored result by its handle", "stored result as a resource")
ENTRY_POINTS = (*CALLS, *STORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a call is refused: settings of the server, or what the customers file comes to say of `acme`; `why` is told."""

    settings: dict[str, Any] = field(default_factory=dict)
    rule: str = ""
    why: str


RULES = {
    "server is read-only": Reason(settings={"read_only": True}, why="this server: read-only"),
    "customer is read-only": Reason(rule="read_only = true", why="customer acme: read-only"),
    "product denied by the server": Reason(settings={"deny": "papi,edgekv"}, why="this server: denied by"),
    "product denied to the customer": Reason(rule='deny = ["papi", "edgekv"]', why="customer acme: denied by"),
    "product not among the server's": Reason(settings={"allow": "ccu"}, why="this server: no allow rule"),
    "product not among the customer's": Reason(rule='products = ["ccu"]', why="customer acme: no allow rule"),
    "path denied by the server": Reason(settings={"deny": "/papi/v1/*,/edgekv/v1/*"}, why="this server: denied by"),
    "path denied to the customer": Reason(rule='deny = ["/papi/v1/*", "/edgekv/v1/*"]', why="customer acme: denied by"),
    "path not among the customer's": Reason(rule='allow = ["GET /ccu/*"]', why="customer acme: no allow rule"),
}
ASKS = {"confirm": "writes"}
# A read that shows a credential is no change, so a read-only server asks about it as any server does.
READ_ONLY_ASKS = {
    (entry_point, rule) for entry_point in ("caller of reads",) for rule in ("server is read-only", "customer is read-only")
}


def put(path: Path, rule: str = "", name: str = "acme") -> None:
    """Write the customers file: one with the rule, another without, both behind the default credentials."""
    path.write_text(f'[{name}]\nsection = "default"\n{rule}\n[other]\nsection = "second"\n', encoding="utf-8")
    path.chmod(0o600)


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A customers file that forbids nothing yet."""
    path = tmp_path / "customers.toml"
    put(path)
    return path


async def keep(stage: Stage) -> str:
    """The handle of an answer of acme's that was too large."""
    stage.fake.faults.add(Fault(body=LARGE))
    reply = await stage.agreed("akamai_raw_request", KEPT, customer="acme")
    return str(reply.content["_cut"]["whole"])


async def read_handle(stage: Stage, entry_point: str, handle: str, customer: str = "acme") -> str:
    """Ask for what is kept; what the refusal says."""
    if entry_point == "stored result by its handle":
        return (await stage.refused("akamai_read", name=handle, customer=customer)).problem
    with pytest.raises(McpError) as refused:
        await stage.client.read_resource(handle)
    return str(refused.value)


Attempt = Callable[[Stage, str], Awaitable[str]]


def calling(entry_point: str) -> Attempt:
    async def attempt(stage: Stage, _: str) -> str:
        tool, arguments = CALLS[entry_point]
        reply = await stage.refused(tool, arguments, customer="acme")
        return f"{reply.problem} {reply.content['problem']['title']}"

    return attempt


def reading(entry_point: str) -> Attempt:
    async def attempt(stage: Stage, handle: str) -> str:
        return await read_handle(stage, entry_point, handle)

    return attempt


ATTEMPTS = {
    **{entry_point: calling(entry_point) for entry_point in CALLS},
    **{entry_point: reading(entry_point) for entry_point in STORED},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
async def test_a_rule_refuses_every_entry_point(open_stage: OpenStage, customers: Path, entry_point: str, rule: str) -> None:
    reason, handle = RULES[rule], UNKEPT
    async with open_stage(customers_file=customers, **reason.settings) as stage:
        if entry_point in STORED and reason.rule:  # a server whose own rules refuse the call keeps no answer of it
            handle = await keep(stage)
        put(customers, reason.rule)
        stage.fake.requests.clear()
        told = await ATTEMPTS[entry_point](stage, handle)
        assert len(stage.fake.requests) == 0
    expected = "Nothing is stored" if handle == UNKEPT and entry_point in STORED else reason.why
    assert ("needs a confirmation" if (entry_point, rule) in READ_ONLY_ASKS else expected) in told


@pytest.mark.parametrize("entry_point", CALLS)
async def test_what_asks_is_refused_without_a_confirmation(open_stage: OpenStage, customers: Path, entry_point: str) -> None:
    async with open_stage(customers_file=customers, **ASKS) as stage:
        assert "needs a confirmation" in await ATTEMPTS[entry_point](stage, "")
        assert len(stage.fake.requests) == 0


@pytest.mark.parametrize("entry_point", CALLS)
async def test_the_token_of_another_customer_confirms_nothing(open_stage: OpenStage, customers: Path, entry_point: str) -> None:
    tool, arguments = CALLS[entry_point]
    async with open_stage(customers_file=customers, **ASKS) as stage:
        token = (await stage.refused(tool, arguments, customer="other")).content["confirm"]
        assert "is for another call" in (await stage.refused(tool, arguments, customer="acme", confirm=token)).problem
        assert len(stage.fake.requests) == 0
        assert (await stage.ask(tool, arguments, customer="other", confirm=token)).content.get("sent") is not False
        assert len(stage.fake.requests) >= 1  # the token was good where it belonged


@pytest.mark.parametrize("entry_point", STORED)
async def test_a_call_that_was_not_confirmed_keeps_no_answer(open_stage: OpenStage, customers: Path, entry_point: str) -> None:
    async with open_stage(customers_file=customers, **ASKS) as stage:
        assert "_cut" not in (await stage.refused("akamai_raw_request", KEPT, customer="acme")).content
        assert "Nothing is stored" in await read_handle(stage, entry_point, UNKEPT)
        assert len(stage.fake.requests) == 0


async def test_the_handle_of_another_customer_reads_nothing(open_stage: OpenStage, customers: Path) -> None:
    async with open_stage(customers_file=customers) as stage:
        handle = await keep(stage)
        stage.fake.requests.clear()
        assert "belongs to customer 'acme'" in await read_handle(stage, STORED[0], handle, customer="other")
        assert len(stage.fake.requests) == 0


@pytest.mark.parametrize("entry_point", STORED)
async def test_the_handle_of_a_customer_who_is_gone_reads_nothing(
    open_stage: OpenStage, customers: Path, entry_point: str
) -> None:
    async with open_stage(customers_file=customers) as stage:
        handle = await keep(stage)
        put(customers, name="successor")
        stage.fake.requests.clear()
        assert "acme" in await read_handle(stage, entry_point, handle)
        assert len(stage.fake.requests) == 0


@pytest.mark.parametrize("entry_point", STORED)
async def test_a_handle_reads_as_long_as_its_call_is_allowed(open_stage: OpenStage, customers: Path, entry_point: str) -> None:
    async with open_stage(customers_file=customers) as stage:
        handle = await keep(stage)
        for rule, allowed in (('deny = ["ccu"]', True), ('deny = ["papi"]', False), ("", True)):
            put(customers, rule)
            if not allowed:
                assert "not allowed" in await read_handle(stage, entry_point, handle)
            elif entry_point == STORED[0]:
                assert not (await stage.ask("akamai_read", name=handle, customer="acme", select="items[499]")).failed
            else:
                assert (await stage.client.read_resource(handle))[0].text == LARGE.decode().replace(" ", "")


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        ({"deny": "papi/v1#get-property-activation"}, ""),
        ({"deny": "GET /papi/v1/properties/*/activations/*"}, ""),
        ({}, 'deny = ["papi/v1#get-property-activation"]'),
        ({}, 'allow = ["papi/v1#post-property-activations"]'),
    ],
    ids=["operation denied", "path denied", "operation denied to the customer", "operation not among the customer's"],
)
async def test_waiting_for_an_outcome_obeys_the_rules_of_the_call_that_shows_it(
    open_stage: OpenStage, customers: Path, rules: dict[str, Any], rule: str
) -> None:
    put(customers, rule)
    async with open_stage(customers_file=customers, **rules) as stage:
        arguments = {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1", "body": ACTIVATION}
        reply = await stage.agreed(
            "akamai_destroy", name=ACTIVATE, arguments=arguments, wait=True, waitSeconds=3, customer="acme"
        )
        assert "is not allowed" in json.dumps(reply.content["outcome"])
        assert [request.method for request in stage.fake.requests] == ["POST"]
