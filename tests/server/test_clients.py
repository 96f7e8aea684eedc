"""The suite of real clients (`make clients`): its scenario notices what clients lose, and its page says what the run found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from mcp_stage import Stage

from clients.report import ARRIVED, COLUMNS, REPORT, Outcome, write_report
from clients.run import arrived
from clients.scenario import NAMES, NOT_OFFERED, PASSED, PURGED, READ, NotOffered, find_object, go_through
from clients.subjects import SUBJECTS

WHOLE = dict.fromkeys(COLUMNS, PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainClient:
    """A client that hands everything on as it is."""

    stage: Stage

    async def tools(self) -> list[str]:
        return [tool.name for tool in await self.stage.client.list_tools()]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        return (await self.stage.ask(tool, arguments)).text

    async def read(self, uri: str) -> str:
        return "".join(part.text for part in await self.stage.client.read_resource(uri))


class ForgetfulClient(PlainClient):
    """A client whose converter drops what is inside a free-form object."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        return await PlainClient.call(self, tool, arguments | ({"arguments": {}} if "arguments" in arguments else {}))


class ToolsOnlyClient(PlainClient):
    """A client without resources, which puts words of its own before each answer."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        return f"Tool {{name}} answered: {await PlainClient.call(self, tool, arguments)}"

    async def read(self, uri: str) -> str:
        raise NotOffered(uri)


async def test_a_client_that_hands_everything_on_takes_every_step(stage: Stage) -> None:
    assert await go_through(PlainClient(stage=stage)) == dict.fromkeys(NAMES, PASSED)
    assert arrived(stage.fake.requests) == {ARRIVED: PASSED}


async def test_a_client_that_drops_bodies_and_queries_is_noticed(stage: Stage) -> None:
    results = await go_through(ForgetfulClient(stage=stage))
    assert {name for name, result in results.items() if result != PASSED} >= {"dry runs", "confirms"}
    assert arrived(stage.fake.requests)[ARRIVED] != PASSED


async def test_a_feature_that_a_client_does_not_have_is_no_failure(stage: Stage) -> None:
    results = await go_through(ToolsOnlyClient(stage=stage))
    assert results == dict.fromkeys(NAMES, PASSED) | {"reads a resource": NOT_OFFERED}


@pytest.mark.parametrize("change", [{"body": b'{"objects": []}'}, {"target": "/network-list/v2/network-lists"}])
async def test_a_request_that_arrives_shortened_is_noticed(stage: Stage, change: dict[str, Any]) -> None:
    await go_through(PlainClient(stage=stage))
    read, purge = stage.fake.requests
    assert arrived([read, purge]) == {ARRIVED: PASSED}
    shortened = [read, replace(purge, **change)] if "body" in change else [replace(read, **change), purge]
    assert arrived(shortened)[ARRIVED] != PASSED
    assert arrived([read])[ARRIVED] != PASSED
    assert arrived([read, purge, purge])[ARRIVED] != PASSED


def test_the_scenario_sends_what_converters_are_known_to_lose() -> None:
    assert all(isinstance(value, str) for value in PURGED["objects"])
    assert any(isinstance(value, bool) for value in READ["arguments"].values())


def test_an_object_is_found_among_words() -> None:
    assert find_object('a {b} c: {"d": {"e": "}"}} f') == {"d": {"e": "}"}}
    with pytest.raises(ValueError, match="no JSON object"):
        find_object("nothing {here")


def test_the_page_says_what_was_not_installed_and_what_failed() -> None:
    subject = SUBJECTS[0]
    passed = Outcome(subject=subject, way="stdio", version="1.0", sdk="2.0", results=WHOLE)
    missing = Outcome(subject=subject, way="http", version="", results={}, problem="pip ended with 1")
    failed = replace(passed, results=WHOLE | {"dry runs": "got nothing", "reads a resource": NOT_OFFERED})
    page = write_report([passed, missing, failed])
    assert f"| {subject.name} | 1.0 | 2.0 | stdio |{' yes |' * len(COLUMNS)}" in page
    assert "| not installed |" in page
    assert "not installed: pip ended with 1" in page
    assert "dry runs: got nothing" in page
    assert (passed.passed, missing.passed, failed.passed) == (True, False, False)


def test_the_page_has_a_row_of_each_client_on_each_way() -> None:
    lines = REPORT.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert rows[0][4:] == list(COLUMNS)
    told = {(row[0], row[3]) for row in rows[1:]}
    assert told == {(subject.name, way) for subject in SUBJECTS for way in subject.ways}
    assert all(row[1] for row in rows[1:])
