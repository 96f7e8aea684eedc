"""Beside operations an agent is shown what does the whole job: a program, or one question to the inventory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mcp_stage import OpenStage, Stage

OWN = '''"""
summary: Shops whose opening hours are missing
asks: [Shops without hours]
effect: read
inputs: {type: object, properties: {}}
"""
1
'''


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("all hostnames of all contracts", {"query": "*", "kind": "hostname"}),
        ("which property serves www.example.com", {"query": "www.example.com"}),
    ],
)
async def test_a_question_about_the_account_names_the_call_that_answers_it(
    stage: Stage, question: str, arguments: dict[str, str]
) -> None:
    content = (await stage.ask("akamai_list_operations", query=question)).content
    assert content["inventory"] == {"callWith": "akamai_find", "arguments": arguments}
    assert content["operations"]


async def test_the_call_that_is_named_is_one_that_works(stage: Stage) -> None:
    named = (await stage.ask("akamai_list_operations", query="list every network list of the account")).content["inventory"]
    assert not (await stage.ask(named["callWith"], named["arguments"])).failed


@pytest.mark.parametrize(
    ("question", "more"),
    [
        ("get the rule tree of www.example.com", {}),
        ("delete every network list", {}),
        ("all hostnames of all contracts", {"product": "papi"}),
        ("all hostnames of all contracts", {"offset": 10}),
    ],
)
async def test_where_operations_are_asked_for_nothing_stands_beside_them(
    stage: Stage, question: str, more: dict[str, object]
) -> None:
    assert "inventory" not in (await stage.ask("akamai_list_operations", query=question, **more)).content


async def test_without_an_inventory_nothing_points_to_it(open_stage: OpenStage) -> None:
    async with open_stage(inventory="off") as stage:
        assert "inventory" not in (await stage.ask("akamai_list_operations", query="all hostnames of all contracts")).content


async def test_what_the_caller_may_not_list_is_not_pointed_to(open_stage: OpenStage) -> None:
    async with open_stage(deny="config-dns") as stage:
        assert "inventory" not in (await stage.ask("akamai_list_operations", query="list all zones")).content


async def test_a_pointer_costs_few_tokens(stage: Stage) -> None:
    content = (await stage.ask("akamai_list_operations", query="which certificates expire soon")).content
    assert [row["name"] for row in content["programs"]][:1] == ["@certificates-ending"]
    assert len(json.dumps(content["programs"])) <= 2 * 60 * 4


@pytest.mark.parametrize("question", ["@shop-hours", "shop-hours", "shops with missing opening hours", "shops without hours"])
async def test_a_team_s_own_program_is_found_by_its_name_title_and_asks(
    open_stage: OpenStage, tmp_path: Path, question: str
) -> None:
    (tmp_path / "shop-hours.py").write_text(OWN)
    async with open_stage(programs_dir=tmp_path) as stage:
        content = (await stage.ask("akamai_list_operations", query=question)).content
        assert content["programs"][0]["name"] == "@shop-hours"


async def test_a_question_for_two_things_shows_the_best_of_each_first(stage: Stage) -> None:
    content = (await stage.ask("akamai_list_operations", query="create a property and activate it on staging", limit=2)).content
    assert [row["name"] for row in content["operations"]] == [
        "akamai_papi_post_properties",
        "akamai_papi_post_property_activations",
    ]
