"""The programs about lists, zones, certificates and many properties, from the question to what Akamai has afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from mcp_stage import Reply, Stage

from akamai_mcp.sandbox.faults import Fault

LIST, ZONE = "38012_BLOCKEDSCRAPERS", "alpenglow.test"
NEW, THERE = "192.0.2.77", "192.0.2.25"


def changes(stage: Stage) -> list[str]:
    """The methods of the requests that changed something."""
    return [request.method for request in stage.fake.requests if request.method != "GET"]


async def run(stage: Stage, program: str, **inputs: Any) -> Reply:
    """Run a program for a user who agrees to its plan."""
    asked = await stage.ask("akamai_run", program=program, inputs=inputs, maxBytes=100_000)
    return await stage.ask("akamai_run", confirm=asked.content["confirm"]) if "confirm" in asked.content else asked


async def query(stage: Stage, name: str, arguments: dict[str, Any]) -> Any:
    return (await stage.ask("akamai_read", name=name, arguments=arguments, cache="refresh", maxBytes=100_000)).content["body"]


async def network_list(stage: Stage) -> Any:
    return await query(stage, "network-lists/v2#get-network-list", {"networkListId": LIST, "includeElements": True})


async def test_addresses_are_blocked_and_unblocked_on_both_networks(stage: Stage) -> None:
    gone = (await network_list(stage))["list"][4]
    inputs = {"list": LIST, "add": [NEW, THERE], "remove": [gone, "203.0.113.200"]}
    asked = await stage.ask("akamai_run", program="@block-in-list", inputs=inputs)
    assert "4 changes by one program, of which 2 need your agreement" in asked.content["would"]
    assert changes(stage) == []
    body = (await stage.ask("akamai_run", confirm=asked.content["confirm"])).content["body"]
    assert (body["added"], body["removed"], body["thereAlready"], body["notThere"]) == ([NEW], [gone], [THERE], ["203.0.113.200"])
    assert (body["staging"], body["production"]) == ("ACTIVE", "ACTIVE")
    entries = (await network_list(stage))["list"]
    assert (NEW in entries, gone in entries) == (True, False)


async def test_a_list_that_is_changed_on_no_network_is_not_activated(stage: Stage) -> None:
    reply = await run(stage, "@block-in-list", list=LIST, add=[NEW], networks=[])
    assert (reply.failed, changes(stage)) == (False, ["POST"])


async def test_a_client_list_takes_entries_too(stage: Stage) -> None:
    one = (await query(stage, "client-lists/v1#get-client-lists", {}))["content"][0]
    reply = await run(stage, "@block-in-list", list=one["listId"], add=[NEW])
    assert (reply.content["body"]["kind"], reply.content["body"]["production"]) == ("client list", "ACTIVE")
    items = (await query(stage, "client-lists/v1#get-client-list-items", {"listId": one["listId"]}))["content"]
    assert NEW in [item["value"] for item in items]


async def test_a_list_that_nobody_has_is_told(stage: Stage) -> None:
    reply = await run(stage, "@block-in-list", list="Nothing", add=[NEW])
    assert (reply.failed, reply.content["sent"], "0 lists are called Nothing" in reply.problem) == (True, False, True)


async def test_a_name_that_two_lists_have_is_told_with_their_ids(stage: Stage) -> None:
    reply = await run(stage, "@block-in-list", list=(await network_list(stage))["name"], add=[NEW])
    assert (reply.failed, changes(stage)) == (True, [])
    assert LIST in reply.problem


async def test_a_failed_activation_tells_that_the_entry_was_added(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="*/activate", method="POST", status=500, times=None))
    reply = await run(stage, "@block-in-list", list=LIST, add=[NEW])
    assert reply.failed
    assert reply.content["changed"][-1]["request"].endswith("/append")
    assert "do not repeat" in reply.advice
    assert NEW in (await network_list(stage))["list"]


async def record(stage: Stage, name: str, kind: str) -> Any:
    where = {"zone": ZONE, "name": f"{name}.{ZONE}", "type": kind}
    answer = await stage.ask("akamai_read", name="config-dns/v2#get-zone-name-type", arguments=where, cache="refresh")
    return answer.content.get("body")


async def test_record_sets_are_created_replaced_and_deleted_with_what_was_before(stage: Stage) -> None:
    before = await record(stage, "www", "CNAME")
    wanted = [
        {"name": "www", "type": "cname", "ttl": 60},
        {"name": f"new.{ZONE}.", "type": "TXT", "ttl": 300, "rdata": ['"x"']},
    ]
    reply = await run(stage, "@dns-change", zone=ZONE, changes=wanted)
    www, new = reply.content["body"]["rows"]
    assert (www["before"]["ttl"], www["after"]["ttl"], new["before"]) == (before["ttl"], 60, None)
    assert (await record(stage, "www", "CNAME")) == {**before, "ttl": 60}
    assert (await record(stage, "new", "TXT"))["rdata"] == ['"x"']
    gone = [{"name": "new", "type": "TXT", "delete": True}]
    asked = await stage.ask("akamai_run", program="@dns-change", inputs={"zone": ZONE, "changes": gone})
    assert "destroy: DELETE" in asked.content["would"]
    reply = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (reply.content["body"]["rows"][0]["after"], await record(stage, "new", "TXT")) == (None, None)


async def test_record_sets_that_are_as_they_shall_be_are_left_alone(stage: Stage) -> None:
    before = await record(stage, "www", "CNAME")
    wanted = [{"name": "www", "type": "CNAME", "rdata": before["rdata"]}, {"name": "gone", "type": "A", "delete": True}]
    reply = await run(stage, "@dns-change", zone=ZONE, changes=wanted)
    assert (reply.content["body"]["changed"], changes(stage)) == (0, [])


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ([{"name": "new", "type": "A", "ttl": 60}], "give its ttl and its rdata"),
        ([{"name": "a", "type": "A", "ttl": 1, "rdata": ["192.0.2.1"]}] * 2, "named twice"),
    ],
)
async def test_changes_that_are_not_clear_change_nothing(stage: Stage, wanted: list[dict[str, Any]], told: str) -> None:
    reply = await run(stage, "@dns-change", zone=ZONE, changes=wanted)
    assert (reply.failed, changes(stage)) == (True, [])
    assert told in reply.problem


async def test_a_failure_among_record_sets_tells_which_were_changed(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="*/names/two.*", method="POST", status=422))
    wanted = [{"name": name, "type": "A", "ttl": 60, "rdata": ["192.0.2.1"]} for name in ("one", "two", "three")]
    reply = await run(stage, "@dns-change", zone=ZONE, changes=wanted)
    assert (reply.failed, reply.content["changes"]) == (True, {"done": 2, "failed": 1})
    assert reply.content["changed"][0]["request"].endswith("/names/two.alpenglow.test/types/A")


async def test_certificates_come_soonest_first_and_no_later_than_asked(stage: Stage) -> None:
    every = (await run(stage, "@certificates-ending", days=3650)).content["body"]
    left = [row["daysLeft"] for row in every["rows"]]
    assert left == sorted(left)
    assert len(left) == every["certificates"] > 2
    some = (await run(stage, "@certificates-ending", days=left[1])).content["body"]
    assert [row["daysLeft"] for row in some["rows"]] == left[:2]
    assert changes(stage) == []


async def test_a_text_is_replaced_in_the_rules_of_every_property_that_has_it(stage: Stage) -> None:
    reply = await run(stage, "@replace-in-rules", find="origin-api.", replace="origin-new.", whole=False)
    rows = reply.content["body"]["rows"]
    assert {row["property"] for row in rows} == {"api.nordwind.test", "api.alpenglow.test"}
    assert changes(stage) == ["POST", "POST", "PATCH", "PATCH"]
    found = (await run(stage, "@search-rules", text="origin-new.", network="LATEST")).content["body"]["rows"]
    assert {(row["property"], row["version"]) for row in found} == {(row["property"], row["version"]) for row in rows}
    assert (await run(stage, "@search-rules", text="origin-new.")).content["body"]["rows"] == []


async def test_a_replacement_is_planned_for_all_and_active_on_staging_where_wanted(stage: Stage) -> None:
    inputs = {"find": "origin-api.", "replace": "origin-new.", "staging": True}
    refused = await stage.ask("akamai_run", program="@replace-in-rules", inputs=inputs)
    assert "Give notifyEmails" in refused.problem
    inputs |= {"notifyEmails": ["ops@alpenglow.test"]}
    plan = await stage.ask("akamai_run", program="@replace-in-rules", inputs=inputs, dryRun=True)
    assert (plan.content["changes"], changes(stage)) == (6, [])
    reply = await run(stage, "@replace-in-rules", **inputs)
    assert reply.content["changes"] == {"done": 6}
    found = (await run(stage, "@search-rules", text="origin-new.", network="STAGING")).content["body"]
    assert found["properties"] == 2


async def test_a_replacement_that_finds_nothing_changes_nothing(stage: Stage) -> None:
    reply = await run(stage, "@replace-in-rules", find="nothing has this", replace="x")
    assert (reply.content["body"]["changed"], changes(stage)) == (0, [])
