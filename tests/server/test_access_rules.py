"""The operator's rules at every entry point: what they refuse is refused everywhere, and nothing reaches Akamai."""

from __future__ import annotations

import json
from typing import Any

import pytest
from entry_points import ACTIVATION, DESTROY, NEW, PROPERTY, READ, READS, WRITE, WRITES
from fastmcp.exceptions import McpError
from mcp_stage import OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault

RULES: dict[str, dict[str, Any]] = {
    "denied product": {"deny": "papi"},
    "denied product by glob": {"deny": "PAP*"},
    "denied path": {"deny": "/papi/v1/properties*"},
    "product not allowed": {"allow": "ccu,config-dns"},
    "path not allowed": {"allow": "/papi/v1/groups"},
}


@pytest.mark.parametrize("rule", RULES)
async def test_what_a_rule_refuses_is_refused_at_every_entry_point(open_stage: OpenStage, rule: str) -> None:
    async with open_stage(**RULES[rule], confirm="never") as stage:
        for entry_point, ask in {**READS, **{f"{name}, writing": ask for name, ask in WRITES.items()}}.items():
            reply = await ask(stage)
            assert "is not allowed by this server" in reply.problem, entry_point
            assert "operator" in reply.advice, entry_point
        assert len(stage.fake.requests) == 0


@pytest.mark.parametrize("confirm", ["never", "destructive"])
async def test_a_read_only_server_changes_nothing_through_any_entry_point(open_stage: OpenStage, confirm: str) -> None:
    async with open_stage(read_only=True, allow="papi", confirm=confirm) as stage:
        for entry_point, ask in WRITES.items():
            assert "read-only" in (await ask(stage)).problem, entry_point
        assert len(stage.fake.requests) == 0
        assert not (await stage.ask("akamai_read", name=READ, arguments=PROPERTY)).failed


async def test_a_read_only_server_lists_nothing_that_changes_anything(open_stage: OpenStage) -> None:
    async with open_stage(read_only=True, tools="discover,papi") as stage:
        names = {tool.name for tool in await stage.client.list_tools()}
        assert {"akamai_write", "akamai_destroy"} & names == set()
        assert "akamai_papi_get_property" in names
        assert "akamai_papi_delete_property" not in names
        found = (await stage.ask("akamai_list_operations", product="papi", limit=200)).content
        assert {row["effect"] for row in found["operations"]} == {"read"}
        asked = (await stage.ask("akamai_list_operations", query="delete a property", limit=50)).content
        assert {row["effect"] for row in asked["operations"]} <= {"read"}
        product = json.loads((await stage.client.read_resource("akamai://products/papi"))[0].text)
        assert all("(read)" in line for line in product["operations"])


async def test_a_denied_product_is_not_found(open_stage: OpenStage) -> None:
    async with open_stage(deny="ccu") as stage:
        found = (await stage.ask("akamai_list_operations", query="flush these URLs from the cache", limit=50)).content
        assert not any("_ccu_" in row["name"] for row in found["operations"])
        assert (await stage.ask("akamai_list_operations", product="ccu")).content["total"] == 0


async def test_rules_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, open_stage: OpenStage) -> None:
    monkeypatch.setenv("AKAMAI_MCP_READ_ONLY", "true")
    monkeypatch.setenv("AKAMAI_MCP_DENY", "papi, ccu")
    async with open_stage() as stage:
        assert "denied by 'papi'" in (await stage.refused(READ, PROPERTY)).problem
        assert "read-only" in (await stage.refused("akamai_dns_delete_zones_zone_key", zone="example.com")).problem


async def test_a_stored_answer_is_refused_to_another_customer_by_handle_and_as_a_resource(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        stage.fake.faults.add(Fault(body=json.dumps({"networkLists": [{"uniqueId": str(n)} for n in range(500)]}).encode()))
        reply = await stage.ask("akamai_read", name="network-lists/v2#get-network-lists", maxBytes=600)
        handle = reply.content["_cut"]["whole"]
        sent = len(stage.fake.requests)
        other = await stage.ask("akamai_read", name=handle, customer="second")
        assert other.failed
        assert "belongs to customer 'default'" in other.problem
        assert not (await stage.ask("akamai_read", name=handle, select="networkLists[0]")).failed
        assert len(stage.fake.requests) == sent


async def test_a_continuation_obeys_the_rules_as_the_first_page_did(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        stage.fake.collections.items, stage.fake.collections.page_size = 23, 5
        first = await stage.ask(
            "akamai_read", name="config-dns/v2#get-zones", paginate=True, maxPages=1, arguments={"pageSize": 5}
        )
        further = first.content["_pages"]["continueWith"]
    async with open_stage(deny="config-dns") as stage:
        await stage.refused("akamai_read", name="config-dns/v2#get-zones", paginate=True, arguments=further)


async def test_a_handle_that_nobody_kept_reads_nothing(stage: Stage) -> None:
    with pytest.raises(McpError, match="Nothing is stored"):
        await stage.client.read_resource("akamai://results/AAAAAAAAAAAAAAAA")


async def test_a_dry_run_shows_the_request_and_sends_nothing(either: Stage) -> None:
    arguments = {"propertyId": "prp_1", "body": ACTIVATION}
    for entry_point, given in {
        DESTROY: {**arguments, "dryRun": True},
        "akamai_destroy": {"name": DESTROY, "arguments": arguments, "dryRun": True},
        "akamai_raw_request": {"toolName": DESTROY, "pathParams": {"propertyId": "prp_1"}, "body": ACTIVATION, "dryRun": True},
    }.items():
        reply = await either.ask(entry_point, given)
        assert (reply.failed, reply.content["dryRun"], reply.content["sent"]) == (False, True, False), entry_point
        request = reply.content["request"]
        assert (request["method"], request["body"]) == ("POST", ACTIVATION)
        assert request["url"].endswith("/papi/v1/properties/prp_1/activations")
        assert 'for customer "default"' in reply.content["would"]
    assert len(either.fake.requests) == 0


async def test_a_dry_run_is_what_would_have_been_sent(stage: Stage) -> None:
    shown = (await stage.ask(WRITE, NEW, dryRun=True)).content["request"]
    await stage.ask(WRITE, NEW)
    assert (shown["method"], shown["body"]) == (stage.seen.method, json.loads(stage.seen.body))
    assert shown["url"].endswith(stage.seen.target)
    for name, value in shown["headers"].items():
        if name != "Authorization":
            assert stage.seen.header(name) == value
    assert shown["headers"]["Authorization"] == "EG1-HMAC-SHA256 ***"


async def test_a_dry_run_masks_what_is_secret(stage: Stage) -> None:
    body = {"password": "hunter2", "nested": [{"clientSecret": "hunter3"}], "key": "-----BEGIN RSA PRIVATE KEY-----\nhunter4\n"}
    call = {"method": "POST", "path": "/new/v1/x", "body": body, "queryParams": {"apiToken": "hunter5"}, "dryRun": True}
    reply = await stage.ask("akamai_raw_request", call, customer="switched")
    assert "hunter" not in reply.text
    assert "PLANTED" not in reply.text
    assert reply.content["request"]["url"].endswith("?apiToken=***&accountSwitchKey=***")


async def test_a_dry_run_is_refused_where_the_call_could_not_be_made(stage: Stage) -> None:
    assert "needs propertyId" in (await stage.refused("papi/v1#get-property", {"dryRun": True})).problem
