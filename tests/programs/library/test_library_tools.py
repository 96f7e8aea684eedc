"""Programs of the library are found, described and run by the tools."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp_stage import OpenStage, Stage

OWN = '''"""
summary: Our own
asks: [Count the widgets of the shop]
effect: read
inputs: {type: object, properties: {a: {type: integer, default: 1, description: A number}}}
"""
inputs["a"] + 1
'''


async def test_a_question_finds_programs_before_operations(stage: Stage) -> None:
    reply = await stage.ask("akamai_list_operations", query="compare staging with production")
    first = reply.content["programs"][0]
    assert (first["name"], first["kind"], first["effect"]) == ("@compare-versions", "program", "read")
    assert len(reply.content["programs"]) <= 2
    assert reply.content["operations"]


@pytest.mark.parametrize("more", [{"product": "papi"}, {"method": "GET"}, {"offset": 5}, {"readOnly": True}])
async def test_programs_are_not_shown_where_they_do_not_fit(stage: Stage, more: dict[str, object]) -> None:
    reply = await stage.ask("akamai_list_operations", query="roll back the property to the previous version", **more)
    assert "programs" not in reply.content


async def test_describe_shows_inputs_and_on_demand_the_source(stage: Stage) -> None:
    told = (await stage.ask("akamai_describe_operation", name="@roll-back-property")).content
    assert (told["callWith"], told["effect"]) == ("akamai_run", "destroy")
    assert told["example"] == {
        "program": "@roll-back-property",
        "inputs": {"property": "www.example.com", "notifyEmails": ["ops@example.com"]},
    }
    assert "source" not in told
    whole = (await stage.ask("akamai_describe_operation", name="@roll-back-property", at="source")).content
    assert 'await call("papi/v1#get-property"' in whole["source"]


async def test_a_program_that_is_not_known_is_refused_with_near_names(stage: Stage) -> None:
    for tool, arguments in (
        ("akamai_describe_operation", {"name": "@search-rule"}),
        ("akamai_query", {"program": "@search-rule"}),
        ("akamai_run", {"program": " @search-rule "}),
    ):
        assert "@search-rules" in (await stage.refused(tool, arguments)).advice


async def test_a_query_refuses_a_program_that_changes_things(stage: Stage) -> None:
    inputs = {"property": "www.alpenglow.test", "notifyEmails": ["a@b.test"]}
    reply = await stage.refused("akamai_query", program="@roll-back-property", inputs=inputs)
    assert "akamai_run" in reply.advice


async def test_inputs_are_checked_before_anything_is_sent(stage: Stage) -> None:
    reply = await stage.refused("akamai_run", program="@roll-back-property", inputs={"property": 5})
    assert "notifyEmails" in reply.problem


async def test_a_caller_who_may_only_read_is_shown_what_only_reads(open_stage: OpenStage) -> None:
    async with open_stage(read_only=True) as stage:
        reply = await stage.ask("akamai_list_operations", query="roll back the property to the previous version")
        assert "programs" not in reply.content
        assert "do not allow" in (await stage.refused("akamai_describe_operation", name="@roll-back-property")).problem
        assert not (await stage.ask("akamai_describe_operation", name="@compare-versions")).failed


async def test_a_program_that_calls_what_the_rules_deny_is_not_shown(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi") as stage:
        question = "who changed what this week"
        assert "programs" not in (await stage.ask("akamai_list_operations", query=question)).content
        refused = await stage.refused("akamai_describe_operation", name="@who-changed-what", at="source")
        assert "papi/v1" not in refused.text
        assert not (await stage.ask("akamai_describe_operation", name="@dns-change")).failed
        shown = {prompt.name for prompt in await stage.client.list_prompts()}
        assert {"dns-change", "who-changed-what"} & shown == {"dns-change"}


async def test_a_team_s_own_programs_are_served_beside_ours(open_stage: OpenStage, tmp_path: Path) -> None:
    (tmp_path / "our-own.py").write_text(OWN)
    (tmp_path / "faulty.py").write_text("1 +")
    async with open_stage(programs_dir=tmp_path) as stage:
        assert (await stage.ask("akamai_query", program="@our-own", inputs={"a": 4})).content["body"] == 5
        assert "it is no Python" in (await stage.refused("akamai_query", program="@faulty")).problem
        assert not (await stage.ask("akamai_describe_operation", name="@compare-versions")).failed
        found = (await stage.ask("akamai_list_operations", query="count the widgets of our shop")).content
        assert [row["name"] for row in found["programs"]] == ["@our-own"]
