"""The operations that people use most: each example of a description is a call that the sandbox takes, and no description is long."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage, own_guide

from akamai_mcp.calls.examples import example_of, example_value, read_form
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import NONE, read_habits

MOST_TOKENS = 450
HABITS = ("all", "burst=1000000", "papi=1000000", "cps=1000000", "others=1000000")  # no waiting for limits


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


async def described(stage: Stage) -> dict[str, dict[str, Any]]:
    return {key: (await stage.ask("akamai_describe_operation", name=key)).content for key in own_guide().examples}


@pytest.fixture
def live(fake: FakeAkamai) -> Iterator[FakeAkamai]:
    """The fake Akamai with the habits of the live API; not with data of its own, which no example can name."""
    fake.habits = replace(read_habits(HABITS), account=False)
    yield fake
    fake.habits = NONE


async def test_the_examples_of_what_people_use_most_are_calls_that_work(open_stage: OpenStage, live: FakeAkamai) -> None:
    wrong: list[str] = []
    async with open_stage(cache=False) as stage:
        for key in own_guide().examples:
            example = (await stage.ask("akamai_describe_operation", name=key)).content["example"]
            live.reset()  # so that no example finds what another one deleted
            reply = await stage.agreed(example["name"], example["arguments"])
            # A read may follow a redirect to another operation.
            if reply.failed or key not in {request.operation for request in live.requests}:
                wrong.append(f"{key}: {reply.text[:200]}")
    assert len(own_guide().examples) >= 150
    assert wrong == []


async def test_a_description_of_what_people_use_most_is_short(stage: Stage) -> None:
    tokens = [len(json.dumps(facts, separators=(",", ":"))) / 4 for facts in (await described(stage)).values()]
    assert statistics.median(tokens) <= MOST_TOKENS


async def test_no_example_has_a_placeholder_or_a_list_written_as_text(stage: Stage) -> None:
    written = {
        key: [text for text in texts(facts["example"]["arguments"]) if re.fullmatch(r"<.*>|\[.*\]|\{.*\}|\.\.\.", text)]
        for key, facts in (await described(stage)).items()
    }
    assert {key: found for key, found in written.items() if found} == {"appsec/v1#post-custom-deny": ["<p>Blocked</p>"]}


async def test_the_example_of_a_text_record_shows_that_its_value_stands_in_quotes(stage: Stage) -> None:
    facts = await stage.ask("akamai_describe_operation", name="config-dns/v2#put-zones-zone-names-name-types-type")
    arguments = facts.content["example"]["arguments"]
    assert arguments["type"] == arguments["body"]["type"] == "TXT"
    assert all(value.startswith('"') and value.endswith('"') for value in arguments["body"]["rdata"])


@pytest.mark.parametrize(
    ("key", "members"),
    [
        ("reporting-api/v2#post-report-data", {"dimensions", "metrics", "filters", "sortBys", "limit"}),
        ("papi/v1#post-bulk-search-synch", {"bulkSearchQuery"}),
        ("client-lists/v1#post-client-list", {"contractId", "groupId", "name", "type", "tags", "notes", "items"}),
    ],
)
async def test_the_example_of_a_body_that_no_schema_explains_is_written_by_hand(
    stage: Stage, key: str, members: set[str]
) -> None:
    facts = (await stage.ask("akamai_describe_operation", name=key)).content
    assert facts["example"]["arguments"]["body"].keys() == members


async def test_each_operation_of_a_patch_example_has_a_value(stage: Stage) -> None:
    keys = [key for key in own_guide().examples if "#patch" in key]
    for key in keys:
        body = (await stage.ask("akamai_describe_operation", name=key)).content["example"]["arguments"]["body"]
        assert all("value" in change for change in body if isinstance(body, list))
    assert len(keys) >= 4


async def test_a_body_of_several_media_types_says_how_to_choose_one(stage: Stage) -> None:
    body = (await stage.ask("akamai_describe_operation", name="edgekv/v1#put-item")).content["body"]
    assert body["otherContentTypes"]
    assert "contentType" in body["toChoose"]


def test_no_made_example_has_a_placeholder_a_list_written_as_text_or_a_moment_for_a_version(catalogue: Catalogue) -> None:
    odd: list[str] = []
    for entry in catalogue.entries():
        if entry.refusal or entry.example is not None:
            continue
        operation = catalogue.operation(entry)
        example = example_of(entry, operation, FieldNotes(catalogue, catalogue.product_of(entry)))
        odd += [f"{entry.key}: {text[:60]}" for text in texts(example) if re.fullmatch(r"<\w*>|\[.*\]|\{.*\}|\.\.\.", text)]
        moments = [text for text in texts(example.get("version")) if re.match(r"\d{4}-|\d{9}", text)]
        odd += [f"{entry.key}: version {text}" for text in moments]
    assert odd == []


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("[example.org, example.net]", ["example.org", "example.net"]),
        ('["a", "b"]', ["a", "b"]),
        ('{"a": [1]}', {"a": [1]}),
        ("[{a: b}]", "[{a: b}]"),
        ("www.example.com", "www.example.com"),
        (7, 7),
    ],
)
def test_a_format_that_is_a_list_in_words_or_json_is_read_as_one(form: Any, value: Any) -> None:
    assert read_form(form) == value


@pytest.mark.parametrize(
    ("schema", "name", "text"),
    [
        ({"type": "string", "format": "date-time"}, "", "2026-11-01T00:00:00Z"),
        ({"type": "string"}, "notificationEmails", "ops@example.com"),
        ({"type": "string"}, "ipAddr", "192.0.2.10"),
        ({"type": "string", "maxLength": 4}, "key", "exam"),
        ({"type": "string"}, "", "example"),
    ],
)
def test_a_made_text_follows_its_format_name_and_length(schema: dict[str, Any], name: str, text: str) -> None:
    assert example_value(schema, 1, None, name) == text


async def test_a_record_type_says_that_a_value_of_a_text_record_stands_in_quotes(stage: Stage) -> None:
    facts = await stage.ask("akamai_describe_operation", name="config-dns/v2#post-zones-zone-names-name-types-type")
    assert "double quotes" in facts.content["arguments"]["type"]["about"]
