"""The programs that answer a question: traffic, protection, changes, errors, grants."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from mcp_stage import Stage

from akamai_mcp.sandbox.faults import Fault

HOST = "www.alpenglow.test"


async def answer(stage: Stage, program: str, **inputs: Any) -> Any:
    """The result of a program that only reads, all of it."""
    reply = await stage.ask("akamai_query", program=program, inputs=inputs, maxBytes=200_000)
    assert not reply.failed, reply.text
    return reply.content["body"]


async def test_traffic_is_summed_over_all_rows_and_shown_largest_first(stage: Stage) -> None:
    hosts = await answer(stage, "@traffic-report", mostRows=1000)
    codes = await answer(stage, "@traffic-report", by="cpcode", mostRows=3)
    hits = [row["hits"] for row in hosts["rows"]]
    assert (hits, len(hits)) == (sorted(hits, reverse=True), hosts["found"])
    assert sum(hits) == hosts["total"]["hits"] == codes["total"]["hits"] > sum(row["hits"] for row in codes["rows"])
    assert 0 < hosts["total"]["offloadOfHits"] < 100


async def test_traffic_is_that_of_the_hostnames_and_days_that_were_asked(stage: Stage) -> None:
    one = await answer(stage, "@traffic-report", hostnames=[HOST], days=2, end="2026-11-03")
    assert (one["start"], one["end"]) == ("2026-11-01", "2026-11-03")
    assert [row["hostname"] for row in one["rows"]] == [HOST]


async def test_traffic_is_drawn_with_its_rows_beside_the_picture(stage: Stage) -> None:
    result = await stage.client.call_tool(
        "akamai_query", {"program": "@traffic-report", "inputs": {"chart": True, "mostRows": 5}}
    )
    [picture] = [block for block in result.content if block.type == "image"]
    assert b64decode(picture.data).startswith(b"\x89PNG")
    rows = await answer(stage, "@traffic-report", mostRows=5)
    assert result.structured_content["body"] == rows["rows"]


async def test_what_serves_and_protects_a_hostname_is_found(stage: Stage) -> None:
    told = await answer(stage, "@what-protects-hostname", hostname=f"{HOST.upper()}.")
    assert (told["hostname"], told["delivered"], told["protected"]) == (HOST, True, True)
    assert told["delivery"]["edgeHostname"].startswith(HOST)
    [covered] = told["security"]
    assert covered["policies"][0]["on"]
    assert HOST in {row["commonName"] for row in told["certificates"]}


async def test_a_hostname_of_nobody_is_neither_delivered_nor_protected(stage: Stage) -> None:
    told = await answer(stage, "@what-protects-hostname", hostname="www.nothing.test")
    assert (told["delivered"], told["protected"], told["certificates"]) == (False, False, [])


async def test_changes_come_newest_first_with_who_made_them(stage: Stage) -> None:
    told = await answer(stage, "@who-changed-what", days=400, mostRows=1000)
    when = [row["when"] for row in told["rows"]]
    assert when == sorted(when, reverse=True)
    assert {row["what"] for row in told["rows"]} == {"property", "security", "edgeworker", "zone"}
    assert all(row["who"] for row in told["rows"])
    assert "unread" not in told


async def test_a_change_that_was_just_made_is_the_newest_one(stage: Stage) -> None:
    inputs = {"property": HOST, "notifyEmails": ["ops@alpenglow.test"], "note": "Made by a test"}
    assert not (await stage.ask("akamai_run", program="@activate-property", inputs=inputs)).failed
    told = await answer(stage, "@who-changed-what", days=1, text="made by a TEST")
    assert [(row["name"], "STAGING" in row["did"]) for row in told["rows"]] == [(HOST, True)]


async def test_what_may_not_be_read_is_told_beside_the_rest(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="/appsec/*", status=403, times=None))
    told = await answer(stage, "@who-changed-what", days=400, kinds=["security", "zone"])
    assert {row["what"] for row in told["rows"]} == {"zone"}
    assert told["unread"][0]["what"] == "security configurations"


@pytest.mark.parametrize("reference", ["9.6f64d440.1318965461.2f2b078", "Reference #9.6f64d440.1318965461.2F2B078 please"])
async def test_an_error_reference_is_explained_however_it_was_copied(stage: Stage, reference: str) -> None:
    told = await answer(stage, "@explain-error", reference=reference)
    assert (told["reference"], told["status"]) == ("9.6f64d440.1318965461.2f2b078", "SUCCESS")
    assert told["reason"]
    assert told["property"] in {site.name for site in stage.fake.account.estate.sites}


async def test_grants_are_those_of_the_client(stage: Stage) -> None:
    told = await answer(stage, "@missing-grants")
    assert told["client"]
    assert [row["api"] for row in told["has"]]
    assert await answer(stage, "@missing-grants", text="nothing has this name") | {"has": []} == {
        **told,
        "has": [],
        "missing": [],
        "readOnlyThough": [],
    }
