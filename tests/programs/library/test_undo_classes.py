"""In an account, what a run changed of each class of resources is brought back byte for byte, or is gone again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage
from programs.library.test_undo_attacks import read, run, undo

# Where to look, as a query that returns arguments, and a change of what is found there.
FIND_POLICY = """
config = (await call("appsec/v1#get-configs"))["configurations"][0]
where = {"configId": config["id"], "versionNumber": config["latestVersion"]}
policies = (await call("appsec/v1#get-policies", where))["policies"]
rates = (await call("appsec/v1#get-rate-policies", where))["ratePolicies"]
targets = (await call("appsec/v1#get-match-targets", where))["matchTargets"]["websiteTargets"]
where | {"policyId": policies[0]["policyId"], "ratePolicyId": rates[0]["id"], "targetId": targets[0]["targetId"]}
"""
FIND_DOMAIN = """
name = (await call("config-gtm/v1#get-domains"))["items"][0]["name"]
domain = await call("config-gtm/v1#get-domain", {"domainName": name})
maps = domain.get("geographicMaps") or domain.get("cidrMaps") or domain.get("asMaps") or []
{"domainName": name, "propertyName": domain["properties"][0]["name"], "datacenterId": domain["datacenters"][0]["datacenterId"]}
"""
FIND_WORKER = """
one = [one for one in (await call("edgeworkers/v1#get-ids"))["edgeWorkerIds"]][0]
{"edgeWorkerId": one["edgeWorkerId"]}
"""
FIND_LIST = '{"listId": (await call("client-lists/v1#get-client-lists"))["content"][0]["listId"]}'


def put(operation: str, read_by: str, change: str, *names: str) -> str:
    """A program that reads a resource, changes `one` and puts it back; with the names of its arguments."""
    where = ", ".join(f'"{name}": inputs["{name}"]' for name in names)
    return f"""
where = {{{where}}}
one = await call("{read_by}", where)
{change}
await call("{operation}", where | {{"body": one}})
"""


VERSION = ("configId", "versionNumber")
POLICY = (*VERSION, "policyId")
CASES: dict[str, tuple[str, str, tuple[str, ...], str, str]] = {
    # the query, the read, its arguments, the change, the operation
    "rate policy": (FIND_POLICY, "appsec/v1#get-rate-policy", (*VERSION, "ratePolicyId"), 'one["averageThreshold"] = 77', "appsec/v1#put-rate-policy"),
    "match target": (FIND_POLICY, "appsec/v1#get-match-target", (*VERSION, "targetId"), 'one["filePaths"] = ["/new/*"]', "appsec/v1#put-match-target"),
    "IP/geo firewall": (FIND_POLICY, "appsec/v1#get-policy-ip-geo-firewall", POLICY, 'one["block"] = "blockSpecificIPGeo"; one["note"] = "x"', "appsec/v1#put-policy-ip-geo-firewall"),
    "protections": (FIND_POLICY, "appsec/v1#get-policy-protections", POLICY, 'one["applyBotmanControls"] = not one.get("applyBotmanControls")', "appsec/v1#put-policy-protections"),
    "notes of a version": (FIND_POLICY, "appsec/v1#get-version-notes", VERSION, 'one = {"notes": "another"}', "appsec/v1#put-version-notes"),
    "GTM property": (FIND_DOMAIN, "config-gtm/v1#get-property", ("domainName", "propertyName"), 'one["handoutLimit"] = 5; one["comments"] = "x"', "config-gtm/v1#put-property"),
    "GTM datacenter": (FIND_DOMAIN, "config-gtm/v1#get-datacenter", ("domainName", "datacenterId"), 'one["city"] = "Elsewhere"', "config-gtm/v1#put-datacenter"),
    "client list": (FIND_LIST, "client-lists/v1#get-client-list", ("listId",), 'one = {"name": "another", "notes": "n", "tags": ["t"]}', "client-lists/v1#put-client-list"),
    "EdgeWorker": (FIND_WORKER, "edgeworkers/v1#get-id", ("edgeWorkerId",), 'one = {"name": "another", "groupId": one["groupId"]}', "edgeworkers/v1#put-id"),
}  # fmt: skip
VOLATILE = {
    "updateDate",
    "lastModified",
    "lastModifiedDate",
    "lastModifiedTime",
    "modifiedDate",
    "updatedBy",
    "lastModifiedBy",
    "version",
}


@pytest.fixture
async def kept(open_stage: OpenStage, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        yield stage


async def found(stage: Stage, program: str) -> dict[str, Any]:
    reply = await stage.ask("akamai_query", program=program)
    assert not reply.failed, reply.text[:1500]
    return dict(reply.content["body"])


async def shown(stage: Stage, name: str, where: dict[str, Any]) -> str:
    """The resource as bytes with its members in order, but for when and by whom it was changed last."""
    reply = await stage.ask("akamai_read", name=name, arguments=where, cache="off", maxBytes=1_000_000)
    body = reply.content.get("body")
    kept = {name: value for name, value in body.items() if name not in VOLATILE} if isinstance(body, dict) else body
    return json.dumps(kept, sort_keys=True)


@pytest.mark.parametrize("case", CASES)
async def test_what_was_replaced_is_as_it_was(kept: Stage, case: str) -> None:
    query, read_by, names, change, operation = CASES[case]
    inputs = await found(kept, query)
    where = {name: inputs[name] for name in names}
    before = await shown(kept, read_by, where)
    changed = await run(kept, put(operation, read_by, change, *names), **where)
    assert await shown(kept, read_by, where) != before
    done = await undo(kept, changed)
    assert (len(done["takenBack"]), done["left"]) == (1, [])
    assert await shown(kept, read_by, where) == before


async def test_a_gtm_map_that_was_made_is_gone_and_one_that_was_deleted_is_there_again(kept: Stage) -> None:
    where = {"domainName": (await found(kept, FIND_DOMAIN))["domainName"], "mapName": "ours"}
    body = {"name": "ours", "defaultDatacenter": {"datacenterId": 5400, "nickname": "default"}, "assignments": []}
    absent = await shown(kept, "config-gtm/v1#get-geographic-map", where)
    made = await run(
        kept, 'await call("config-gtm/v1#put-geographic-map", inputs["where"] | {"body": inputs["body"]})', where=where, body=body
    )
    there = await shown(kept, "config-gtm/v1#get-geographic-map", where)
    assert there != absent
    gone = await run(kept, 'await call("config-gtm/v1#delete-geographic-map", inputs["where"])', where=where)
    assert await shown(kept, "config-gtm/v1#get-geographic-map", where) == absent
    assert (await undo(kept, gone))["left"] == []
    assert await shown(kept, "config-gtm/v1#get-geographic-map", where) == there
    assert (await undo(kept, made))["left"] == []
    assert await shown(kept, "config-gtm/v1#get-geographic-map", where) == absent


async def test_an_item_of_edgekv_is_taken_back_wherever_it_came_from(kept: Stage) -> None:
    where = {"network": "staging", "namespaceId": "default", "groupId": "ours", "itemId": "greeting"}
    write = 'await call("edgekv/v1#put-item", inputs["where"] | {"body": inputs["body"]})'
    await run(kept, write, where=where, body={"text": "first"})
    changed = await run(kept, write, where=where, body={"text": "second"})
    assert (await undo(kept, changed))["left"] == []
    assert await read(kept, "edgekv/v1#get-item", **where) == {"text": "first"}
    gone = await run(kept, 'await call("edgekv/v1#delete-item", inputs["where"])', where=where)
    assert (await undo(kept, gone))["left"] == []
    assert await read(kept, "edgekv/v1#get-item", **where) == {"text": "first"}


@pytest.mark.parametrize(
    ("create", "body", "read_by", "name"),
    [
        ("client-lists/v1#post-client-list", {"name": "ours", "type": "IP", "contractId": "1-1TJZH5", "groupId": 1}, "client-lists/v1#get-client-list", "listId"),
        ("network-lists/v2#post-network-lists", {"name": "ours", "type": "IP", "list": ["192.0.2.9"]}, "network-lists/v2#get-network-list", "networkListId"),
    ],
)  # fmt: skip
async def test_what_was_made_is_gone(kept: Stage, create: str, body: dict[str, Any], read_by: str, name: str) -> None:
    made = await run(kept, f'await call("{create}", {{"body": inputs["body"]}})', body=body)
    where = {name: made.content["body"].get(name) or made.content["body"]["uniqueId"]}
    assert await read(kept, read_by, **where)
    done = await undo(kept, made)
    assert (len(done["takenBack"]), done["left"]) == (1, [])
    assert (await kept.ask("akamai_read", name=read_by, arguments=where, cache="off")).content["status"] == 404


async def test_a_security_configuration_goes_back_to_the_version_that_was_active(kept: Stage) -> None:
    query = """
config = (await call("appsec/v1#get-configs"))["configurations"][0]
{"configId": config["id"], "latest": config["latestVersion"], "active": config["productionVersion"]}
"""
    found_here = await found(kept, query)
    body = {
        "action": "ACTIVATE",
        "network": "PRODUCTION",
        "note": "new",
        "notificationEmails": ["ops@example.com"],
        "activationConfigs": [{"configId": found_here["configId"], "configVersion": found_here["latest"]}],
    }
    changed = await run(kept, 'await call("appsec/v1#post-activations", {"body": inputs["body"]})', body=body)
    done = await undo(kept, changed)
    assert (len(done["takenBack"]), done["left"]) == (1, [])
    sent = [json.loads(request.body) for request in kept.fake.requests if request.method == "POST"]
    assert [one["activationConfigs"][0]["configVersion"] for one in sent] == [found_here["latest"], found_here["active"]]


async def test_an_edgeworker_goes_back_to_the_version_that_was_active(kept: Stage) -> None:
    query = """
one = (await call("edgeworkers/v1#get-ids"))["edgeWorkerIds"][0]
where = {"edgeWorkerId": one["edgeWorkerId"]}
active = [row for row in (await call("edgeworkers/v1#get-activations", where))["activations"] if row["network"] == "PRODUCTION"]
versions = (await call("edgeworkers/v1#get-versions", where))["versions"]
where | {"active": max(active, key=lambda row: row["activationId"])["version"], "versions": [row["version"] for row in versions]}
"""
    found_here = await found(kept, query)
    other = next(version for version in found_here["versions"] if version != found_here["active"])
    program = 'await call("edgeworkers/v1#post-activations", {"edgeWorkerId": inputs["id"], "body": inputs["body"]})'
    changed = await run(kept, program, id=found_here["edgeWorkerId"], body={"network": "PRODUCTION", "version": other})
    done = await undo(kept, changed)
    assert (len(done["takenBack"]), done["left"]) == (1, [])
    sent = [json.loads(request.body)["version"] for request in kept.fake.requests if request.method == "POST"]
    assert sent == [other, found_here["active"]]
