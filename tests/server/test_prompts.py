"""Prompts and skills: what a person may pick is what the caller may run, and says how it is called."""

from __future__ import annotations

from typing import Any

import pytest
from mcp_stage import OpenStage, Stage
from mcp_types import PromptReference

from akamai_mcp.server.prompts.general import GENERAL
from akamai_mcp.server.prompts.provider import read_text

GENERAL_NAMES = {task.name for task in GENERAL}


async def written(stage: Stage, name: str, **given: str) -> str:
    """The text of a prompt."""
    [message] = (await stage.client.get_prompt(name, given)).messages
    return str(message.content.text)  # type: ignore[union-attr]


async def skills(stage: Stage) -> dict[str, str]:
    """The skill files by their addresses."""
    listed = [str(one.uri) for one in await stage.client.list_resources() if str(one.uri).startswith("skill://")]
    return {uri: (await stage.client.read_resource(uri))[0].text for uri in listed}  # type: ignore[union-attr]


async def test_each_program_has_a_prompt_and_so_have_three_general_tasks(either: Stage) -> None:
    prompts = {prompt.name: prompt for prompt in await either.client.list_prompts()}
    assert len(GENERAL_NAMES) == 3
    assert prompts.keys() > GENERAL_NAMES
    arguments = {one.name: one.required for one in prompts["roll-back-property"].arguments or ()}
    assert (arguments["property"], arguments["network"], arguments["customer"]) == (True, False, False)
    assert all(prompt.description for prompt in prompts.values())


async def test_a_prompt_names_the_tool_the_program_and_what_was_given(stage: Stage) -> None:
    text = await written(stage, "roll-back-property", property="www.alpenglow.test", fast="false", customer="second")
    assert 'Call akamai_run with program @roll-back-property and inputs {"property":"www.alpenglow.test","fast":false}' in text
    assert "for the customer second" in text
    assert "Find out notifyEmails first" in text


async def test_a_general_prompt_has_what_was_given(stage: Stage) -> None:
    for task in GENERAL:
        text = await written(stage, task.name, **dict.fromkeys(task.inputs, "the value"), customer="second")
        assert text.count("the value") == len(task.inputs)
        assert "customer: second" in text


async def test_general_prompts_name_what_exists(stage: Stage) -> None:
    prompts = {prompt.name for prompt in await stage.client.list_prompts()}
    tools = {tool.name for tool in await stage.client.list_tools()}
    for task in GENERAL:
        named = {word.strip("(),.:;") for word in task.text.split()}
        assert {word[1:] for word in named if word.startswith("@") and word not in {"@names", "@name"}} <= prompts
        assert {word for word in named if word.startswith("akamai_")} <= tools


async def test_each_prompt_is_a_skill_file_with_the_same_name(stage: Stage) -> None:
    files = await skills(stage)
    assert set(files) == {f"skill://{prompt.name}/SKILL.md" for prompt in await stage.client.list_prompts()}
    for uri, text in files.items():
        assert text.startswith(f"---\nname: {uri.removeprefix('skill://').removesuffix('/SKILL.md')}\ndescription: ")


async def test_who_may_only_read_is_shown_what_only_reads(open_stage: OpenStage) -> None:
    async with open_stage(read_only=True) as stage:
        names = {prompt.name for prompt in await stage.client.list_prompts()}
        assert "compare-versions" in names
        assert "roll-back-property" not in names
        assert "skill://roll-back-property/SKILL.md" not in await skills(stage)


@pytest.mark.parametrize(
    ("prompt", "argument", "typed", "values"),
    [
        ("roll-back-property", "customer", "SEC", ["second"]),
        ("audit-account", "customer", "def", ["default"]),
        ("roll-back-property", "network", "", ["PRODUCTION", "STAGING"]),
        ("roll-back-property", "network", "st", ["STAGING"]),
        ("block-in-list", "networks", "", ["STAGING", "PRODUCTION"]),
        ("roll-back-property", "fast", "f", ["false"]),
        ("roll-back-property", "property", "w", []),
        ("nothing", "network", "", []),
    ],
)
async def test_arguments_are_completed(stage: Stage, prompt: str, argument: str, typed: str, values: list[str]) -> None:
    reference = PromptReference(type="ref/prompt", name=prompt)
    completion = await stage.client.complete(reference, {"name": argument, "value": typed})
    assert completion.values == values


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "12", "12"),
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "many", "many"),
        ({"type": "boolean"}, "true", True),
        ({"type": "array"}, '["a"]', ["a"]),
        ({"type": "array"}, "a@b.test, c@d.test", ["a@b.test", "c@d.test"]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": ["string", "integer"]}, "PRODUCTION", "PRODUCTION"),
        ({"type": ["string", "integer"]}, "7", 7),
    ],
)
def test_what_is_typed_is_read_by_the_type_of_its_input(schema: dict[str, Any], text: str, value: object) -> None:
    assert read_text(schema, text) == value
