"""What an agent reads before and after a call: rows, descriptions, notes of select, the date."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from mcp_stage import Stage

from akamai_mcp.sandbox.faults import Fault

TREE: dict[str, Any] = {
    "rules": {
        "name": "default",
        "behaviors": [{"name": "origin", "options": {"hostname": "origin.example.com"}}],
        "children": [{"name": "Images", "behaviors": [{"name": "caching", "options": {"ttl": "7d"}}], "children": []}],
    }
}
RULES = {"name": "papi/v1#get-property-version-rules", "arguments": {"propertyId": "prp_1", "propertyVersion": 1}}


async def described(stage: Stage, key: str) -> dict[str, Any]:
    return (await stage.ask("akamai_describe_operation", name=key)).content


async def rows(stage: Stage, **query: Any) -> dict[str, dict[str, Any]]:
    found = (await stage.ask("akamai_list_operations", query)).content["operations"]
    return {row["name"]: row for row in found}


def answer(stage: Stage, body: Any) -> None:
    stage.fake.faults.add(Fault(status=200, body=json.dumps(body).encode(), content_type="application/json"))


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        ("papi/v1#post-property-activations", "write; destroy on production or by activationType"),
        ("edgeworkers/v1#post-activations", "write; destroy on production"),
        ("network-lists/v2#post-network-list-activate", "write; destroy on production"),
        ("datastream-config-api/v2#post-stream", "write; destroy by activate"),
        ("ccu/v3#post-invalidate-url", "destroy"),
        ("papi/v1#get-property", "read"),
    ],
)
async def test_a_row_says_how_the_effect_depends_on_the_arguments(stage: Stage, key: str, effect: str) -> None:
    row = next(iter((await rows(stage, query=key)).values()))
    assert row["effect"] == effect


async def test_a_deprecated_operation_comes_after_the_one_that_replaces_it_and_names_it(stage: Stage) -> None:
    shown = await rows(stage, query="edgeworkers secure token for enhanced debug headers")
    found = list(shown)
    old, new = "akamai_edgeworkers_get_secure_token", "akamai_edgeworkers_post_secure_token"
    assert found.index(new) < found.index(old)
    assert (await described(stage, old))["deprecated"] == shown[old]["deprecated"] == f"use {new}"


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("config-dns/v2#put-zones-zone-names-name-types-type", "akamai_dns_get_zone_name_type"),
        ("config-gtm/v1#put-property", "akamai_gtm_get_property"),
        ("papi/v1#put-property-version-rules", "akamai_papi_get_property_version_rules"),
    ],
)
async def test_a_write_that_replaces_says_what_is_lost_and_what_to_read_first(stage: Stage, key: str, read: str) -> None:
    said = (await described(stage, key))["replaces"]
    assert said.startswith("What is left out is lost")
    assert read in said


@pytest.mark.parametrize(
    "key",
    [
        "papi/v1#patch-property-version-rules",
        "network-lists/v2#put-network-list-elements",
        "edgekv/v1#put-reauthorize-namespace",
        "papi/v1#post-properties",
    ],
)
async def test_a_write_that_keeps_the_rest_does_not_claim_to_replace(stage: Stage, key: str) -> None:
    assert "replaces" not in await described(stage, key)


async def test_the_question_to_a_person_says_that_a_call_replaces_by_the_operation_not_by_the_method(stage: Stage) -> None:
    zone_file = {"zone": "example.com", "body": "example.com. 300 IN A 192.0.2.1"}
    replaces = await stage.ask("akamai_dns_post_zones_zone_zone_file", zone_file, dryRun=True)
    assert "what is left out is lost" in replaces.content["would"]
    adds = await stage.ask("akamai_netlists_put_network_list_elements", networkListId="1_A", element="192.0.2.1", dryRun=True)
    assert "left out" not in adds.content["would"]


async def test_a_description_starts_small_and_says_where_the_rest_is(stage: Stage) -> None:
    facts = await described(stage, "papi/v1#post-property-activations")
    assert facts["returns"]["201"]["shape"].startswith("{")
    whole = await described(stage, "config-gtm/v1#put-property")
    assert "body" in whole["more"]
    body = await stage.ask("akamai_describe_operation", name="config-gtm/v1#put-property", at="body")
    assert "trafficTargets" in body.content["schema"]["properties"]


async def test_a_version_that_is_text_is_described_and_taken_as_text(stage: Stage) -> None:
    facts = await described(stage, "edgeworkers/v1#get-version")
    assert facts["arguments"]["version"]["type"] == "string"
    assert facts["example"]["arguments"]["version"] == "1.4"
    reply = await stage.ask("akamai_read", name="edgeworkers/v1#get-version", arguments={"edgeWorkerId": 42, "version": "1.4"})
    assert (reply.failed, stage.seen.target) == (False, "/edgeworkers/v1/ids/42/versions/1.4")


async def test_an_argument_that_akamai_does_not_require_may_be_left_out(stage: Stage) -> None:
    assert "required" not in (await described(stage, "cps/v2#get-enrollments"))["arguments"]["contractId"]
    assert not (await stage.ask("akamai_read", name="cps/v2#get-enrollments")).failed


async def test_the_format_of_another_kind_of_argument_is_not_shown(stage: Stage) -> None:
    group = (await described(stage, "edgekv/v1#get-group"))["arguments"]["groupId"]
    assert group["type"] == "integer"
    assert "countries" not in group["about"]


async def test_figures_and_instructions_have_the_date_and_zone_of_the_server(stage: Stage) -> None:
    now = datetime.fromisoformat((await stage.ask("akamai_registry_stats")).content["now"])
    assert now.tzinfo is not None
    assert abs((datetime.now(now.tzinfo) - now).total_seconds()) < 3600
    instructions = stage.client.instructions or ""
    assert "Today is 20" in instructions
    assert "UTC" in instructions


async def test_a_select_whose_types_do_not_fit_says_why_and_keeps_the_whole_under_a_handle(stage: Stage) -> None:
    answer(stage, {"rules": [{"name": "x" * 50}] * 1000, "etag": "e"})
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts", select="sum(rules)")
    assert len(reply.text) < 3_000
    assert "select was not applied: sum() takes" in reply.content["note"]
    assert "The answer has rules, etag" in reply.content["note"]
    whole = await stage.ask("akamai_read", name=reply.content["_cut"]["whole"], select="length(rules)")
    assert whole.content["body"] == 1000


async def test_an_answer_that_is_never_stored_is_shown_whatever_becomes_of_select(stage: Stage) -> None:
    answer(stage, {"rules": [{"name": "x" * 50}] * 100})
    reply = await stage.ask("akamai_read", RULES, select="sum(rules)")
    assert "select was not applied" in reply.content["note"]
    assert len(reply.content["body"]["rules"]) == 100


async def test_a_select_that_starts_outside_the_body_is_told_where_to_start(stage: Stage) -> None:
    answer(stage, TREE)
    reply = await stage.ask("akamai_read", RULES, select="body.rules.name", cache="off")
    assert "select starts inside body: leave out `body.`" in reply.content["note"]


async def test_select_finds_a_behavior_at_any_depth(stage: Stage) -> None:
    answer(stage, TREE)
    reply = await stage.ask("akamai_read", RULES, select="descend(@)[?name=='caching'].options.ttl", cache="off")
    assert reply.content["body"] == ["7d"]


async def test_looking_at_any_depth_again_and_again_is_bounded(stage: Stage) -> None:
    answer(stage, {"items": [{"a": {"b": {"c": {"d": {}}}}}] * 2000})
    nested = "descend(" * 12 + "@" + ")" * 12
    reply = await stage.ask("akamai_read", RULES, select=nested, cache="off")
    assert "select was not applied" in reply.content["note"]


async def test_tools_and_instructions_say_where_select_starts(stage: Stage) -> None:
    tools = {tool.name: tool for tool in await stage.client.list_tools()}
    assert "inside body" in tools["akamai_read"].input_schema["properties"]["select"]["description"]
    assert "descend(@)" in stage.client.instructions or ""
