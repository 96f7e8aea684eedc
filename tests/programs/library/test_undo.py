"""`@undo`: what a run changed is brought back, latest first, asked for as one plan; and what cannot be is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Reply, Stage

ZONE, LIST = "alpenglow.test", "38012_BLOCKEDSCRAPERS"
OTHER_THAN_CONTENT = {"syncPoint", "updateDate", "updatedBy", "lastModifiedDate"}


@pytest.fixture
async def kept(open_stage: OpenStage, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that keeps what was there before."""
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        yield stage


async def run(stage: Stage, program: str, **inputs: Any) -> Reply:
    """Run a program for a user who agrees to its plan."""
    reply = await stage.agreed("akamai_run", program=program, inputs=inputs, maxBytes=200_000)
    if "confirm" in reply.content:
        reply = await stage.ask("akamai_run", confirm=reply.content["confirm"])
    assert not reply.failed, reply.text
    return reply


async def undo(stage: Stage, changed: Reply) -> Reply:
    """Take a run back for a user who agrees."""
    asked = await stage.ask("akamai_run", program="@undo", inputs={"run": changed.content["run"]})
    return await stage.ask("akamai_run", confirm=asked.content["confirm"]) if "confirm" in asked.content else asked


async def read(stage: Stage, name: str, **arguments: Any) -> Any:
    reply = await stage.ask("akamai_read", name=name, arguments=arguments, cache="off", maxBytes=1_000_000, paginate=True)
    assert not reply.failed, reply.text
    return reply.content["body"]


def sent(stage: Stage) -> list[Any]:
    """The bodies of the changes that arrived."""
    return [json.loads(request.body) for request in stage.fake.requests if request.method != "GET" and request.body]


async def records(stage: Stage) -> bytes:
    """The record sets of the zone as bytes, by name and type; each change of a zone moves on the serial of its SOA."""
    rows = (await read(stage, "config-dns/v2#get-zones-zone-recordsets", zone=ZONE, showAll=True))["recordsets"]
    rows = sorted((row for row in rows if row["type"] != "SOA"), key=lambda row: (row["name"], row["type"]))
    return json.dumps(rows).encode()


async def network_list(stage: Stage) -> bytes:
    """The list's content as bytes; each change moves on its sync point and its date."""
    one = await read(stage, "network-lists/v2#get-network-list", networkListId=LIST, includeElements=True)
    return json.dumps({name: value for name, value in one.items() if name not in OTHER_THAN_CONTENT}).encode()


async def test_a_run_on_a_zone_is_taken_back_byte_for_byte(kept: Stage) -> None:
    before = await records(kept)
    rows = [row for row in json.loads(before) if row["type"] == "CNAME"]
    changes = [
        {"name": "new.alpenglow.test", "type": "TXT", "ttl": 300, "rdata": ['"hello"']},
        {"name": rows[0]["name"], "type": "CNAME", "ttl": 77},
        {"name": rows[1]["name"], "type": "CNAME", "delete": True},
    ]
    changed = await run(kept, "@dns-change", zone=ZONE, changes=changes)
    assert changed.content["changes"] == {"done": 3}
    assert await records(kept) != before
    asked = await kept.ask("akamai_run", program="@undo", inputs={"run": changed.content["run"]})
    assert "3 changes by one program" in asked.content["would"]
    done = await kept.ask("akamai_run", confirm=asked.content["confirm"])
    assert (done.failed, len(done.content["body"]["takenBack"]), done.content["body"]["left"]) == (False, 3, [])
    assert await records(kept) == before


async def test_a_run_on_a_network_list_is_taken_back_byte_for_byte(kept: Stage) -> None:
    before = await network_list(kept)
    gone = json.loads(before)["list"][2]
    inputs = {"list": LIST, "add": ["192.0.2.77", "198.51.100.7"], "remove": [gone], "networks": []}
    changed = await run(kept, "@block-in-list", **inputs)
    assert await network_list(kept) != before
    done = await undo(kept, changed)
    assert (done.failed, done.content["changes"]) == (False, {"done": 1}), "one replacement takes both changes back"
    assert len(done.content["body"]["takenBack"][0]) == 2
    assert await network_list(kept) == before


async def test_what_was_activated_is_activated_again_after_its_content_is_back(kept: Stage) -> None:
    before = json.loads(await network_list(kept))["list"]
    changed = await run(kept, "@block-in-list", list=LIST, add=["192.0.2.77"], networks=["STAGING"])
    first = len(kept.fake.requests)
    done = await undo(kept, changed)
    assert not done.failed
    sent = [(request.method, request.target.rpartition("/")[2]) for request in list(kept.fake.requests)[first:]]
    assert [one for one in sent if one[0] != "GET"] == [("PUT", LIST), ("POST", "activate")]
    assert json.loads(await network_list(kept))["list"] == before


async def test_a_client_list_gets_back_the_entries_that_it_had(kept: Stage) -> None:
    lists = (await read(kept, "client-lists/v1#get-client-lists"))["content"]
    identifier = lists[0]["listId"]
    items = (await read(kept, "client-lists/v1#get-client-list-items", listId=identifier))["content"]
    inputs = {"add": ["192.0.2.77", items[0]["value"]], "remove": [items[1]["value"]], "networks": []}
    changed = await run(kept, "@block-in-list", list=identifier, **inputs)
    done = await undo(kept, changed)
    assert (done.failed, done.content["body"]["left"]) == (False, [])
    after = (await read(kept, "client-lists/v1#get-client-list-items", listId=identifier))["content"]
    assert {item["value"] for item in after} == {item["value"] for item in items}


async def test_a_property_goes_back_to_the_version_that_was_active_and_fast_within_the_hour(kept: Stage) -> None:
    rows = (await read(kept, "papi/v1#get-hostnames", network="PRODUCTION", limit=1))["hostnames"]["items"]
    where = {"propertyId": rows[0]["propertyId"], "contractId": rows[0]["contractId"], "groupId": rows[0]["groupId"]}
    one = (await read(kept, "papi/v1#get-property", **where))["properties"]["items"][0]
    program = """
made = await call("papi/v1#post-property-versions", inputs | {"body": {"createFromVersion": inputs.pop("from")}})
version = int(made["versionLink"].partition("?")[0].rsplit("/", 1)[-1])
body = {"propertyVersion": version, "network": "PRODUCTION", "activationType": "ACTIVATE", "notifyEmails": ["a@example.com"],
        "acknowledgeAllWarnings": True, "complianceRecord": {"noncomplianceReason": "NO_PRODUCTION_TRAFFIC"}}
await call("papi/v1#post-property-activations", inputs | {"body": body})
version
"""
    changed = await run(kept, program, **where, **{"from": one["productionVersion"]})
    done = await undo(kept, changed)
    (left,) = done.content["body"]["left"]
    assert (done.failed, left["request"].startswith("POST"), left["request"].endswith("/versions")) == (False, True, True)
    body = sent(kept)[-1]
    assert (body["useFastFallback"], body["propertyVersion"]) == (True, one["productionVersion"])
    await run(kept, "@undo", run=done.content["run"])
    assert sent(kept)[-1]["propertyVersion"] == changed.content["body"]


async def test_without_what_was_there_before_a_change_is_left_and_told(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(runs_dir=tmp_path / "runs") as stage:
        changed = await run(stage, "@block-in-list", list=LIST, add=["192.0.2.77"], networks=[])
        done = await undo(stage, changed)
        ((left),) = done.content["body"]["left"]
        assert (done.content["body"]["takenBack"], "AKAMAI_MCP_KEEP_BEFORE" in left["reason"]) == ([], True)


async def test_what_nothing_takes_back_says_why(kept: Stage) -> None:
    program = (
        'await call("ccu/v3#post-invalidate-url", {"network": "staging", "body": {"objects": ["https://www.alpenglow.test/"]}})'
    )
    changed = await run(kept, program)
    (left,) = (await undo(kept, changed)).content["body"]["left"]
    assert "nothing brings back the old objects" in left["reason"]
    told = await kept.ask("akamai_describe_operation", name="ccu/v3#post-invalidate-url")
    assert told.content["undoneBy"] == {"never": left["reason"]}


async def test_a_run_that_is_not_the_callers_takes_nothing_back(kept: Stage) -> None:
    reply = await kept.ask("akamai_run", program="@undo", inputs={"run": "nothing"})
    assert (reply.failed, "There is no run" in reply.text) == (True, True)
    assert reply.content["cause"]["problem"]["title"] == "The run cannot be taken back"
    assert reply.problem == "What it asked for was refused; `cause` says why."


async def test_describe_says_what_takes_a_call_back(kept: Stage) -> None:
    told = await kept.ask("akamai_describe_operation", name="papi/v1#post-property-activations")
    assert "fast fallback" in told.content["undoneBy"]["how"]
    assert told.content["undoneBy"]["name"] == "akamai_papi_post_property_activations"
