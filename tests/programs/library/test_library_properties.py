"""The programs about properties, from the question to what Akamai has afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mcp_stage import Stage

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

NAME = "www.alpenglow.test"
EMAILS = ["ops@alpenglow.test"]
COMMENT = [{"op": "replace", "path": "/rules/comments", "value": "Changed by a test"}]


async def read(stage: Stage, name: str = NAME) -> dict[str, Any]:
    """A property as Akamai has it."""
    found = await stage.ask("akamai_read", name="papi/v1#post-search-find-by-value", arguments={"body": {"propertyName": name}})
    arguments = {"propertyId": found.content["body"]["versions"]["items"][0]["propertyId"]}
    answer = await stage.ask("akamai_read", name="papi/v1#get-property", arguments=arguments, cache="refresh")
    return dict(answer.content["body"]["properties"]["items"][0])


def changes(stage: Stage) -> list[str]:
    """The requests that changed something."""
    found = [request for request in stage.fake.requests if request.method != "GET" and "/search/" not in request.target]
    return [f"{request.method} {request.target.partition('?')[0].rpartition('/')[2]}" for request in found]


async def activate(stage: Stage, **inputs: Any) -> Any:
    return await stage.ask(
        "akamai_run", program="@activate-property", inputs={"property": NAME, "notifyEmails": EMAILS, **inputs}
    )


async def test_a_change_goes_to_production_after_one_question(stage: Stage) -> None:
    before = await read(stage)
    asked = await activate(stage, patch=COMMENT, production=True, acknowledgeWarnings=True)
    assert (asked.failed, changes(stage)) == (True, [])
    assert "4 changes by one program, of which 1 need your agreement" in asked.content["would"]
    done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    version = before["latestVersion"] + 1
    assert (done.failed, done.content["body"]["version"]) == (False, version)
    assert changes(stage) == ["POST versions", "PATCH rules", "POST activations", "POST activations"]
    after = await read(stage)
    assert [after[f"{word}Version"] for word in ("latest", "staging", "production")] == [version] * 3
    compared = await stage.ask(
        "akamai_query", program="@compare-versions", inputs={"property": NAME, "from": before["latestVersion"]}
    )
    [row] = compared.content["body"]["rows"]
    assert (row["where"], row["to"]) == ("default | comments", "Changed by a test")


async def test_staging_alone_asks_for_nothing(stage: Stage) -> None:
    before = await read(stage)
    done = await activate(stage)
    assert (done.failed, done.content["body"]["staging"]["status"]) == (False, "ACTIVE")
    after = await read(stage)
    assert (after["stagingVersion"], after["productionVersion"]) == (before["latestVersion"], before["productionVersion"])
    again = await activate(stage)
    assert changes(stage) == ["POST activations"]
    assert again.content["body"]["staging"]["note"]


async def test_the_dry_run_shows_the_plan_and_sends_nothing(stage: Stage) -> None:
    reply = await stage.ask(
        "akamai_run",
        program="@activate-property",
        inputs={"property": NAME, "notifyEmails": EMAILS, "patch": COMMENT},
        dryRun=True,
    )
    assert (reply.failed, reply.content["changes"], changes(stage)) == (False, 3, [])


async def test_a_failure_in_the_middle_tells_what_was_changed(stage: Stage) -> None:
    before = await read(stage)
    stage.fake.faults.add(
        Fault(path=f"/papi/v1/properties/{before['propertyId']}/activations", method="POST", status=422, times=1)
    )
    reply = await activate(stage, patch=COMMENT)
    assert (reply.failed, reply.content["changes"]) == (True, {"done": 2, "failed": 1})
    assert reply.content["cause"]["status"] == 422
    assert (await read(stage))["stagingVersion"] == before["stagingVersion"]


@pytest.fixture
def slow_work(fake: FakeAkamai) -> Iterator[None]:
    """Activations take long: each look sees one a little further."""
    usual, fake.habits = fake.habits, replace(fake.habits, work=True, looks=3, seconds=1_000_000)
    fake.reset()
    yield
    fake.habits = usual
    fake.reset()


@pytest.mark.usefixtures("slow_work")
async def test_an_activation_that_takes_long_is_told_and_goes_on_where_it_was(stage: Stage) -> None:
    first = (await activate(stage, waitSeconds=0)).content["body"]
    assert first["staging"]["status"] not in {"ACTIVE", "PLANNED"}
    assert f"version {first['version']}" in first["next"]
    second = (await activate(stage, version=first["version"], waitSeconds=0)).content["body"]
    assert second["staging"]["activationId"] == first["staging"]["activationId"]
    assert changes(stage) == ["POST activations"]


@pytest.mark.usefixtures("slow_work")
async def test_production_is_not_begun_before_staging_is_active(stage: Stage) -> None:
    asked = await activate(stage, production=True, acknowledgeWarnings=True, waitSeconds=0)
    body = (await stage.ask("akamai_run", confirm=asked.content["confirm"])).content["body"]
    assert ("production" in body, changes(stage)) == (False, ["POST activations"])
    assert body["next"]


async def test_warnings_that_were_not_read_hold_production(stage: Stage) -> None:
    asked = await activate(stage, production=True)
    reply = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (reply.failed, reply.content["changes"]) == (True, {"done": 1, "failed": 1})
    assert "warnings" in reply.text


async def test_a_patch_that_does_not_fit_activates_nothing(stage: Stage) -> None:
    reply = await activate(stage, patch=[{"op": "test", "path": "/rules/name", "value": "other"}])
    assert (reply.failed, changes(stage)) == (True, ["POST versions", "PATCH rules"])


async def test_a_roll_back_goes_to_the_version_before(stage: Stage) -> None:
    before = (await read(stage))["productionVersion"]
    asked = await activate(stage, production=True, acknowledgeWarnings=True)
    await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (await read(stage))["productionVersion"] != before
    inputs = {"property": NAME, "notifyEmails": EMAILS}
    asked = await stage.ask("akamai_run", program="@roll-back-property", inputs=inputs)
    assert "1 change by one program" in asked.content["would"]
    done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (done.content["body"]["to"], done.content["body"]["status"]) == (before, "ACTIVE")
    assert (await read(stage))["productionVersion"] == before


async def test_the_search_looks_at_every_property(stage: Stage) -> None:
    found = (
        await stage.ask("akamai_query", program="@search-rules", inputs={"text": "ORIGIN-www.alpenglow", "name": "origin"})
    ).content
    assert found["body"]["searched"] == stage.fake.habits.properties
    assert [(row["property"], row["option"]) for row in found["body"]["rows"]] == [(NAME, "hostname")]


@pytest.mark.parametrize("program", ["@compare-versions", "@roll-back-property", "@activate-property"])
async def test_a_property_that_is_not_there_is_told_and_nothing_is_changed(stage: Stage, program: str) -> None:
    inputs = {"property": "www.nothing.test"} | ({} if program == "@compare-versions" else {"notifyEmails": EMAILS})
    reply = await stage.ask("akamai_run", program=program, inputs=inputs)
    assert (reply.failed, reply.content["sent"]) == (True, False)
    assert "There is no property named www.nothing.test" in reply.problem
