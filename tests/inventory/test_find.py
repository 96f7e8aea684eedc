"""akamai_find as an agent uses it: one call for what took many, gently read, stale at once after a write, nobody else's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage

from akamai_mcp.inventory.held import Held
from akamai_mcp.sandbox.account.papi.state import Property
from akamai_mcp.sandbox.faults import Fault

HOST = "www.nordwind.test"


async def find(stage: Stage, query: str, **more: Any) -> dict[str, Any]:
    reply = await stage.ask("akamai_find", query=query, **more)
    assert not reply.failed, reply.text
    return reply.content


async def settled(stage: Stage) -> Held:
    """Wait until nothing is read any more; the inventory of the default customer."""
    keeper = stage.client.transport.server.parts.inventory.inventory.keeper  # type: ignore[attr-defined]
    held = await keeper.hold(None)
    await keeper.settle(held)
    return held


def served_by(stage: Stage, host: str) -> Property:
    """The property of the account that has a hostname."""
    return next(
        one
        for one in stage.fake.account.papi.properties.values()
        if any(host in {row["cnameFrom"] for row in version.hostnames} for version in one.versions.values())
    )


async def test_one_call_tells_which_property_serves_a_hostname_what_is_live_who_made_it_and_what_protects_it(
    stage: Stage,
) -> None:
    content = await find(stage, HOST)
    wanted, about = served_by(stage, HOST), content["about"]
    live = wanted.active("PRODUCTION", stage.fake.account.now)
    assert content["found"][0]["kind"] == "hostname"
    assert about["property"]["ids"]["propertyId"] == f"prp_{wanted.number}"
    assert about["property"]["production"] == live
    activation = next(one for one in about["activation"] if one["network"] == "PRODUCTION")
    assert (activation["version"], activation["status"]) == (live, "ACTIVE")
    versions = about["version"] if isinstance(about["version"], list) else [about["version"]]
    assert {one["version"]: one["by"] for one in versions}[live] == wanted.versions[live].user
    assert about["certificate"]["ends"]
    policy = stage.fake.account.security.configurations[int(about["security-config"]["id"])].versions[2].policies
    assert about["security-policy"]["id"] in policy
    assert about["security-policy"]["mode"] == policy[about["security-policy"]["id"]].mode
    assert about["record-set"]["values"] == [f"{HOST}.edgekey.net."]
    assert about["edge-hostname"]["name"] == f"{HOST}.edgekey.net"
    assert about["cp-code"]["name"] == HOST


@pytest.mark.parametrize("prefix", ["prp_", ""])
async def test_an_id_is_found_in_both_spellings_and_shown_as_operations_take_it(stage: Stage, prefix: str) -> None:
    number = next(iter(stage.fake.account.papi.properties))
    (row, *_) = (await find(stage, f"{prefix}{number}", kind="property"))["found"]
    assert (row["id"], row["ids"]["propertyId"]) == (str(number), f"prp_{number}")
    assert row["production"] == stage.fake.account.papi.properties[number].active("PRODUCTION", stage.fake.account.now)
    described = await stage.ask("akamai_describe_operation", name=row["next"][0])
    assert not described.failed


async def test_what_is_known_is_found_without_another_request(stage: Stage) -> None:
    await find(stage, HOST)
    await settled(stage)
    before = len(stage.fake.requests)
    again = await find(stage, HOST)
    assert again["found"][0]["id"] == HOST
    assert len(stage.fake.requests) == before


async def test_the_account_is_read_in_at_most_40_calls_and_each_list_once(stage: Stage) -> None:
    await find(stage, "Blocked scrapers")
    held = await settled(stage)
    asked = Counter(request.target for request in stage.fake.requests)
    assert max(asked.values()) == 1
    assert 20 <= len(stage.fake.requests) <= 40
    assert held.index.kinds["hostname"] == 470
    assert held.index.kinds["property"] == 60


async def test_a_rename_by_a_write_of_this_server_is_seen_at_once(stage: Stage) -> None:
    (number, code), *_ = stage.fake.account.papi.cpcodes.items()
    old = code.row["cpcodeName"]
    assert (await find(stage, old, kind="cp-code"))["found"][0]["id"] == str(number)
    body = {"cpcodeId": number, "cpcodeName": "renamed-just-now", "accessGroup": {}, "purgeable": True}
    changed = await stage.agreed("akamai_write", name="cprg/v1#put-cpcode", arguments={"cpcodeId": number, "body": body})
    assert not changed.failed, changed.text
    assert (await find(stage, "renamed-just-now"))["found"][0]["id"] == str(number)
    assert all(row["id"] != str(number) for row in (await find(stage, old, kind="cp-code"))["found"][:1])


async def test_a_rename_from_outside_is_seen_once_the_list_is_old_or_asked_for_anew(open_stage: OpenStage) -> None:
    async with open_stage(inventory_seconds=3600.0) as stage:
        (number, code), *_ = stage.fake.account.papi.cpcodes.items()
        await find(stage, code.row["cpcodeName"], kind="cp-code")
        code.row["cpcodeName"] = "renamed-outside"
        assert (await find(stage, "renamed-outside", kind="cp-code"))["found"] == []
        assert (await find(stage, "renamed-outside", kind="cp-code", refresh=True))["found"][0]["id"] == str(number)


async def test_what_the_rules_deny_is_not_found(open_stage: OpenStage) -> None:
    async with open_stage(deny=("appsec", "network-lists")) as stage:
        assert "security-config" not in {row["kind"] for row in (await find(stage, "Nordwind WAF"))["found"]}
        about = (await find(stage, HOST))["about"]
        assert "security-config" not in about
        refused = await stage.ask("akamai_find", query="Blocked scrapers", kind="network-list")
        assert refused.failed
        assert "network-list" not in refused.advice
        assert not any(request.target.startswith(("/appsec", "/network-list")) for request in stage.fake.requests)


async def test_a_list_that_cannot_be_read_is_told_and_the_rest_is_found(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="/network-list/v2/network-lists", status=403))
    content = await find(stage, "Blocked scrapers")
    assert content["found"][0]["kind"] == "client-list"
    assert any(line.startswith("network-list: 1 of 1 lists are not read (403") for line in content["missing"])


async def test_everything_is_of_kinds_that_can_be_asked_for(stage: Stage) -> None:
    await find(stage, HOST)
    content = await find(stage, "*", limit=100)
    kinds = stage.client.transport.server.parts.inventory.inventory.kinds()  # type: ignore[attr-defined]
    held = await settled(stage)
    assert "record-set" in held.index.kinds
    assert content["total"] == sum(count for kind, count in held.index.kinds.items() if kind in kinds)


async def test_a_refresh_that_fails_says_of_when_the_rows_are(stage: Stage) -> None:
    await find(stage, "Blocked scrapers", kind="network-list")
    stage.fake.faults.add(Fault(path="/network-list/v2/network-lists", status=503, times=9))
    content = await find(stage, "Blocked scrapers", kind="network-list", refresh=True)
    assert content["found"]
    assert content["missing"][0].startswith("network-list: could not be read again (503")
    assert ", as of 20" in content["missing"][0]


async def test_an_unknown_kind_and_an_empty_query_are_told(stage: Stage) -> None:
    refused = await stage.refused("akamai_find", query="x", kind="spaceship")
    assert "certificate" in refused.advice
    assert "Did you mean property?" in (await stage.refused("akamai_find", query="x", kind="proprety")).advice
    assert (await stage.refused("akamai_find", query="   ")).problem
    for limit in (0, 101):
        assert "100" in (await stage.refused("akamai_find", query="x", limit=limit)).advice


async def test_the_tool_is_gone_where_the_inventory_is_off(open_stage: OpenStage) -> None:
    async with open_stage(inventory="off") as stage:
        assert "akamai_find" not in {tool.name for tool in await stage.client.list_tools()}
        assert (await stage.ask("akamai_find", query="x")).failed
