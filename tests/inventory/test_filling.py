"""How gently the background reads, and what is read of an operator's own document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mcp_stage import OpenStage, Stage
from pipeline_fakes import FakeClock

from akamai_mcp.catalogue.inventory.note import read_note
from akamai_mcp.inventory import filling
from akamai_mcp.inventory.filling import LONGER, Pace, Reader
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part
from akamai_mcp.inventory.sources import Source, Wanted
from akamai_mcp.pipeline.limits import KnownLimit
from akamai_mcp.pipeline.responses.rate_limits import RateLimit
from akamai_mcp.sandbox.faults import Fault
from benchmarks.inventory import BARS, ask_all, draw_questions

ACME = "acme"
API = "papi/v1"


def most_in_a_minute(times: list[float]) -> int:
    return max(sum(start <= one < start + 60.0 for one in times) for start in times)


async def paced(pace: Pace, clock: FakeClock, count: int) -> list[float]:
    """The times of so many reads that the background makes."""
    times = []
    for _ in range(count):
        await pace.take(ACME, API)
        pace.note(ACME, API)
        times.append(clock.now)
    return times


async def test_500_reads_of_one_api_stay_within_100_a_minute() -> None:
    clock = FakeClock()
    times = await paced(Pace(InventoryPolicy(), list, clock=clock, sleep=clock.sleep), clock, 500)
    assert most_in_a_minute(times) <= 95
    assert times[-1] - times[0] <= 10 * 60


async def test_reads_of_a_question_count_and_other_apis_do_not() -> None:
    clock = FakeClock()
    pace = Pace(InventoryPolicy(), list, clock=clock, sleep=clock.sleep)
    for _ in range(30):
        pace.note(ACME, "cps/v2")
    start = clock.now
    await pace.take(ACME, API)
    assert clock.now == start
    for _ in range(30):
        pace.note(ACME, API)
    await pace.take(ACME, API)
    assert clock.now >= start + 1.0


@pytest.mark.parametrize(("remaining", "waits"), [(80, False), (26, False), (25, True), (0, True)])
async def test_the_last_quarter_of_a_limit_is_left_to_others(remaining: int, *, waits: bool) -> None:
    clock = FakeClock()
    ends = clock.now + 40.0
    known = KnownLimit(customer=ACME, api=API, limit=RateLimit(limit=100, remaining=remaining), ends=ends)
    pace = Pace(InventoryPolicy(), lambda: [(known, max(0.0, ends - clock.now))], clock=clock, sleep=clock.sleep)
    await pace.take("globex", API)
    assert clock.now < ends
    await pace.take(ACME, API)
    assert (clock.now >= ends) is waits


async def test_an_operation_of_an_own_document_is_a_source_by_its_mark(open_stage: OpenStage, tmp_path: Path) -> None:
    mark = {"kind": "hosted-list", "items": "networkLists", "id": "uniqueId", "name": "name", "next": ["own/v1#lists"]}
    operation = {"operationId": "lists", "x-guide": {"inventory": mark}, "responses": {"200": {"description": "all of them"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Own", "version": "1"},
        "servers": [{"url": "https://{hostname}/network-list/v2"}],
        "paths": {"/network-lists": {"get": operation}},
    }
    (tmp_path / "own" / "v1").mkdir(parents=True)
    (tmp_path / "own" / "v1" / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    async with open_stage(specs_dir=tmp_path, cache_dir=tmp_path / "cache") as stage:
        reply = await stage.ask("akamai_find", query="Blocked scrapers")
        (row,) = reply.content["found"]
        assert (row["kind"], row["next"]) == ("hosted-list", ["akamai_own_v1_lists"])


async def test_questions_of_every_form_find_what_they_mean(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        inventory = stage.client.transport.server.parts.inventory.inventory  # type: ignore[attr-defined]
        judged = await ask_all(inventory, draw_questions(stage.fake.account, 120))
        first = sum(one.place == 1 for one in judged) / len(judged)
        five = sum(1 <= one.place <= 5 for one in judged) / len(judged)
        missed = [one.asked for one in judged if one.place != 1]
        assert first >= BARS["first"], missed
        assert five >= BARS["five"], missed


HOSTNAMES = "papi/v1#get-hostnames"


async def read_hostnames(stage: Stage, limit: int) -> Part:
    """The part of the account's hostnames on production, read in pages of so many."""
    parts = stage.client.transport.server.parts  # type: ignore[attr-defined]
    entry = parts.catalogue.get(HOSTNAMES)
    source = Source(entry=entry, note=read_note(entry.inventory))
    return await Reader(invoker=parts.invoker, customer=None).read(
        Wanted(source=source, arguments={"network": "PRODUCTION", "limit": limit})
    )


@pytest.mark.parametrize(
    ("fault", "trouble", "reason"),
    [
        (Fault(status=500, times=None), "unreachable", "500"),
        (Fault(status=403, times=None), "refused", "403"),
        (Fault(drop=True, times=None), "unreachable", "No usable response from Akamai"),
    ],
)
async def test_a_list_of_which_a_later_page_fails_is_no_list(stage: Stage, fault: Fault, trouble: str, reason: str) -> None:
    stage.fake.faults.add(Fault(), fault)  # the first page comes
    part = await read_hostnames(stage, 100)
    assert (part.records, part.trouble) == ((), trouble)
    assert part.failure.startswith(reason)


async def test_a_list_that_is_longer_than_what_is_read_has_its_beginning_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "MAX_PAGES", 2)
    part = await read_hostnames(stage, 100)
    assert (len(part.records), part.trouble, part.failure) == (200, "cut", LONGER)
    monkeypatch.setattr(filling, "MAX_PAGES", 100)
    assert (await read_hostnames(stage, 100)).failure == ""
