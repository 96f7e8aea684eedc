"""Pages through MCP: followed, merged, told about, continued."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_stage import MIB, OpenStage, Stage, peak_memory, start_child
from samples import item_number

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

ZONES = {"name": "config-dns/v2#get-zones"}
RECORDS = "config-dns/v2#get-zones-zone-recordsets"


@pytest.fixture(autouse=True)
def many_items(fake: FakeAkamai) -> Iterator[None]:
    fake.collections.items, fake.collections.page_size = 23, 5
    yield
    fake.collections.items = None


@pytest.mark.smoke
async def test_every_page_is_merged_where_the_items_stand(stage: Stage) -> None:
    reply = await stage.ask("akamai_read", ZONES, paginate=True, arguments={"pageSize": 5})
    assert len(reply.content["body"]["zones"]) == 23
    assert (reply.content["_pages"]["pages"], reply.content["_pages"]["more"]) == (5, False)


async def test_a_bound_of_pages_leaves_arguments_to_go_on_with(stage: Stage) -> None:
    first = await stage.ask("akamai_read", ZONES, paginate=True, maxPages=2, arguments={"pageSize": 5})
    pages = first.content["_pages"]
    assert (len(first.content["body"]["zones"]), pages["more"]) == (10, True)
    rest = await stage.ask("akamai_read", ZONES, paginate=True, arguments={"pageSize": 5, **pages["continueWith"]})
    names = [item_number(zone) for reply in (first, rest) for zone in reply.content["body"]["zones"]]
    assert (len(names), len(set(names))) == (23, 23)


async def test_ten_thousand_pages_come_in_rounds_that_end_and_take_no_more_memory_each(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    fake.collections.items, fake.collections.page_size = 10_000, 1
    names: list[int] = []
    memory: list[int] = []
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        go_on: dict[str, int] = {}
        for begins in (0, 0, 0, 9_951):  # the last round is the end of the listing
            go_on = {"page": begins} if begins else go_on
            asked = {"pageSize": 1, **go_on}
            answer = await child.call("akamai_read", **ZONES, paginate=True, maxPages=100, maxBytes=2_000_000, arguments=asked)
            content = answer["result"]["structuredContent"]
            names += [item_number(zone) for zone in content["body"]["zones"]]
            memory.append(peak_memory(child.process.pid))
            go_on = content["_pages"].get("continueWith", {})
    assert names == [*range(300), *range(9_950, 10_000)]
    assert content["_pages"]["more"] is False
    assert len(fake.requests) == 300 + 50 + 1  # the last page is full, so only an empty one shows that it was the last
    assert memory[-1] - memory[0] < 5 * MIB


async def test_a_page_that_fails_leaves_what_came_before_it_and_is_no_success(stage: Stage) -> None:
    stage.fake.faults.add(Fault(delay=0.0), Fault(delay=0.0), Fault(status=500))
    reply = await stage.ask("akamai_read", ZONES, paginate=True, arguments={"pageSize": 5})
    assert reply.failed
    assert len(reply.content["body"]["zones"]) == 10
    assert reply.content["_pages"]["error"]["status"] == 500
    assert reply.content["_pages"]["continueWith"]


async def test_a_position_that_the_document_does_not_declare_is_taken(stage: Stage) -> None:
    name = "crux/v1#get-app-versions"
    first = await stage.ask("akamai_read", name=name, paginate=True, maxPages=1, arguments={"applicationId": "a"})
    rest = await stage.ask("akamai_read", name=name, arguments={"applicationId": "a", **first.content["_pages"]["continueWith"]})
    assert not rest.failed


async def test_the_selection_is_made_of_all_pages(stage: Stage) -> None:
    reply = await stage.ask("akamai_read", ZONES, paginate=True, select="length(zones)", arguments={"pageSize": 5})
    assert reply.content["body"] == 23


async def test_progress_is_told_page_by_page(stage: Stage) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    arguments = {**ZONES, "paginate": True, "arguments": {"pageSize": 5}}
    await stage.client.call_tool("akamai_read", arguments, progress_handler=hear)
    assert heard == [1, 2, 3, 4, 5]


async def test_an_operation_without_pages_says_so(stage: Stage) -> None:
    reply = await stage.agreed(
        "akamai_raw_request",
        toolName="ccu/v3#post-invalidate-url",
        pathParams={"network": "staging"},
        body={"objects": ["https://www.example.com/"]},
        paginate=True,
    )
    assert reply.content["_pages"]["more"] is False


async def test_a_users_own_document_says_how_its_pages_follow_and_what_its_tools_are_called(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    pages = {"style": "page", "position": "page", "size": "pageSize", "first": 1, "items": "zones"}
    operation = {"operationId": "get-zones", "responses": {}, "x-guide": {"pages": pages}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Our zones", "version": "1"},
        "servers": [{"url": "https://{hostname}/config-dns/v2"}],
        "paths": {"/zones": {"get": operation}},
        "x-guide": {"tool_key": "ours"},
    }
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "our-zones.json").write_text(json.dumps(document), encoding="utf-8")
    async with open_stage(specs_dir=tmp_path / "specs") as stage:
        described = (await stage.ask("akamai_describe_operation", name="akamai_ours_get_zones")).content
        assert (described["key"], described["pages"]["style"]) == ("our-zones/v1#get-zones", "page")
        reply = await stage.ask("akamai_ours_get_zones", {"pageSize": 5, "paginate": True})
    assert len({item_number(zone) for zone in reply.content["body"]["zones"]}) == 23
    assert (reply.content["_pages"]["pages"], reply.content["_pages"]["more"]) == (5, False)


async def test_a_list_that_goes_on_says_so_without_being_asked(stage: Stage) -> None:
    first = (await stage.ask("akamai_read", ZONES, arguments={"pageSize": 5})).content
    assert (len(first["body"]["zones"]), first["_pages"]["more"]) == (5, True)
    second = (await stage.ask("akamai_read", ZONES, arguments={"pageSize": 5, **first["_pages"]["continueWith"]})).content
    assert not {str(zone) for zone in first["body"]["zones"]} & {str(zone) for zone in second["body"]["zones"]}


async def test_a_list_says_how_much_of_it_was_read(stage: Stage) -> None:
    records = [{"name": f"a{number}.example.com", "type": "A", "ttl": 60, "rdata": ["192.0.2.1"]} for number in range(25)]
    answer = {"metadata": {"page": 1, "pageSize": 25, "totalElements": 60}, "recordsets": records}
    stage.fake.faults.add(Fault(body=json.dumps(answer).encode(), content_type="application/json"))
    content = (await stage.ask("akamai_read", name=RECORDS, arguments={"zone": "example.com"})).content
    assert content["_pages"] == {"pages": 1, "items": 25, "more": True, "total": 60, "continueWith": {"page": 2}}


@pytest.mark.parametrize("size", [23, 24, 100])
async def test_a_list_that_is_whole_says_nothing_of_pages(stage: Stage, size: int) -> None:
    answer = {"metadata": {"page": 1, "pageSize": size, "totalElements": 23}, "zones": [{"zone": str(n)} for n in range(23)]}
    stage.fake.faults.add(Fault(body=json.dumps(answer).encode(), content_type="application/json"))
    assert "_pages" not in (await stage.ask("akamai_read", ZONES)).content
