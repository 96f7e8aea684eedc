"""Answers through MCP: selected, cut, kept and read again, saved, followed to their outcome, partial ones told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fastmcp.exceptions import McpError
from mcp_stage import OPERATIONS, OpenStage, Stage, operations_in_files

from akamai_mcp.pipeline import off_loop
from akamai_mcp.sandbox.faults import Fault

T = TypeVar("T")
LISTS = {"name": "network-lists/v2#get-network-lists"}
LARGE = json.dumps({"networkLists": [{"uniqueId": str(n), "name": f"list {n}"} for n in range(5000)]}).encode()
GZIP = base64.b64decode("H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA=") + bytes(60_000)


def large() -> Fault:
    return Fault(body=LARGE)


async def test_a_part_is_selected_and_a_wrong_expression_is_explained_before_anything_is_sent(stage: Stage) -> None:
    stage.fake.faults.add(large())
    assert (await stage.ask("akamai_read", LISTS, select="networkLists[10].name")).content["body"] == "list 10"
    refused = await stage.refused("akamai_read", LISTS, select="networkLists[")
    assert "JMESPath" in refused.problem
    stage.fake.faults.add(large())
    nothing = await stage.ask("akamai_read", LISTS, select="zones", cache="refresh")
    assert "networkLists" in nothing.content["note"]


async def test_a_large_answer_is_cut_says_so_and_is_read_on_without_asking_akamai_again(stage: Stage) -> None:
    stage.fake.faults.add(large())
    reply = await stage.ask("akamai_read", LISTS, maxBytes=2000)
    cut = reply.content["_cut"]
    assert (cut["bytes"], cut["cuts"][0]["of"]) == (len(json.dumps(json.loads(LARGE), separators=(",", ":"))), 5000)
    assert len(json.dumps(reply.content["body"])) < 2500
    rest = await stage.ask("akamai_read", name=cut["whole"], select="networkLists[4998:].uniqueId")
    assert rest.content["body"] == ["4998", "4999"]
    assert len(stage.fake.requests) == 1


class NotingOffLoop(off_loop.OffLoop):
    """Does all work at once, and remembers which of it would have been done in a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.beside: list[bool] = []

    async def run(self, work: Callable[[], T], *, size: int) -> T:
        self.beside.append(size > off_loop.LARGE)
        return work()


async def test_what_may_be_large_is_worked_on_beside_the_event_loop(stage: Stage) -> None:
    server: Any = stage.client.transport
    noting = server.server.parts.invoker.stored.off_loop = NotingOffLoop()

    async def worked_on(**call: Any) -> list[bool]:
        noting.beside.clear()
        await stage.ask("akamai_read", **call)
        return noting.beside

    assert await worked_on(**LISTS) == [False, False]  # reading the response, and its shape
    assert await worked_on(**LISTS, select="networkLists") == [False, True]
    assert (await worked_on(**LISTS, paginate=True))[-1] is True
    stage.fake.faults.add(Fault(status=400))
    assert await worked_on(**LISTS, cache="off") == [True, False]  # the arguments are compared with the schema
    stage.fake.faults.add(Fault(status=429))
    assert await worked_on(**LISTS, cache="off") == [False, False]
    stage.fake.faults.add(Fault(body=b'"%s"' % (b"x" * 3000)))
    handle = (await stage.ask("akamai_read", LISTS, cache="refresh", maxBytes=600)).content["_cut"]["whole"]
    assert await worked_on(name=handle) == [False]
    assert await worked_on(name=handle, select="[0:1]") == [True]
    assert await worked_on(name=f"{handle}?search=x") == [True]


@pytest.mark.smoke
async def test_a_kept_answer_is_a_resource_whole_by_slice_and_by_selection(either: Stage) -> None:
    either.fake.faults.add(large())
    handle = (await either.ask("akamai_read", LISTS, maxBytes=2000)).content["_cut"]["whole"]
    whole = json.loads((await either.client.read_resource(handle))[0].text)
    assert len(whole["networkLists"]) == 5000
    part = json.loads((await either.client.read_resource(f"{handle}?select=networkLists&offset=2&limit=1"))[0].text)
    assert part == [{"uniqueId": "2", "name": "list 2"}]


async def test_an_unknown_handle_is_a_clear_error_by_tool_and_as_a_resource(stage: Stage) -> None:
    await stage.refused("akamai_read", name="akamai://results/unknown")
    with pytest.raises(McpError, match="Nothing is stored"):
        await stage.client.read_resource("akamai://results/unknown")


async def test_an_answer_with_a_credential_is_never_kept(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=json.dumps({"token": "x" * 5000}).encode()))
    reply = await stage.agreed("akamai_read", name="edgekv/v1#get-token", arguments={"tokenName": "t"}, maxBytes=500)
    assert "whole" not in reply.content["_cut"]


BUNDLE = {"name": "edgeworkers/v1#get-version-content", "arguments": {"edgeWorkerId": 1, "version": "1"}}


async def test_a_large_file_is_saved_below_the_download_folder(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(downloads_dir=tmp_path / "downloads") as stage:
        stage.fake.faults.add(
            Fault(
                body=GZIP,
                content_type="application/gzip",
                headers={"content-disposition": 'attachment; filename="../../evil.tgz"'},
            )
        )
        body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
        saved = Path(body["savedTo"])
        assert (saved.parent, saved.name, saved.read_bytes()) == (tmp_path / "downloads", "evil.tgz", GZIP)
        assert (body["bytes"], body["contentType"]) == (len(GZIP), "application/gzip")


async def test_without_a_download_folder_a_large_file_is_kept_as_a_resource(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=GZIP, content_type="application/gzip"))
    body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
    content = (await stage.client.read_resource(body["whole"]))[0]
    assert (base64.b64decode(content.blob), content.mime_type) == (GZIP, "application/gzip")


SMALL = bytes(range(256))


async def test_a_small_file_is_linked_and_the_answer_says_what_it_is(either: Stage) -> None:
    either.fake.faults.add(Fault(body=SMALL, content_type="application/zip"))
    reply = await either.ask("akamai_read", BUNDLE)
    body = reply.content["body"]
    assert (body["bytes"], body["contentType"], reply.attachments) == (256, "application/zip", ())
    [read] = await either.client.read_resource(body["whole"])
    assert (base64.b64decode(read.blob), read.mime_type) == (SMALL, "application/zip")


async def test_a_client_that_shows_the_json_alone_gets_the_bytes_by_the_advice_it_reads(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=SMALL, content_type="application/zip"))
    body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
    assert f"akamai_read with name = {body['whole']}?embed=true" in body["advice"]
    assert "select = base64" in body["advice"]
    text = (await stage.ask("akamai_read", name=body["whole"], select="base64")).content["body"]
    assert base64.b64decode(text) == SMALL
    assert len(stage.fake.requests) == 1


async def test_a_file_over_the_budget_is_given_by_its_handle_with_a_larger_one(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=GZIP, content_type="application/gzip"))
    asked = (await stage.ask("akamai_read", BUNDLE)).content["body"]["whole"] + "?embed=true"
    small = await stage.ask("akamai_read", name=asked)
    assert (small.attachments, "larger maxBytes" in small.content["body"]["advice"]) == ((), True)
    whole = await stage.ask("akamai_read", name=asked, maxBytes=100_000)
    assert base64.b64decode(whole.attachments[0].blob) == GZIP
    assert len(stage.fake.requests) == 1


async def test_a_file_that_is_a_credential_is_given_and_not_kept(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=SMALL, content_type="application/zip"))
    reply = await stage.agreed("akamai_read", name="edgekv/v1#get-token", arguments={"tokenName": "t"})
    assert base64.b64decode(reply.attachments[0].blob) == SMALL
    assert "whole" not in reply.content["body"]
    with pytest.raises(McpError, match="Nothing is stored"):
        await stage.client.read_resource(reply.attachments[0].uri)


async def test_text_that_was_cut_is_read_on_by_its_lines_and_whole_as_text(either: Stage) -> None:
    report = "".join(f"{n},größe\n" for n in range(5000))
    either.fake.faults.add(Fault(body=report.encode(), content_type="text/csv; charset=utf-8"))
    name = "gtm-api/v1#get-liveness-tests-error-codes"
    reply = await either.ask("akamai_read", name=name, arguments={"accept": "text/csv"}, maxBytes=2000)
    assert reply.content["body"].startswith("0,größe\n1,größe\n")
    cut = reply.content["_cut"]
    assert "[200:400]" in cut["advice"]
    part = await either.ask("akamai_read", name=cut["whole"], select="[4998:]")
    assert part.content["body"] == ["4998,größe", "4999,größe"]
    [whole] = await either.client.read_resource(cut["whole"])
    assert (whole.text, whole.mime_type) == (report, "text/plain")
    [slice_] = await either.client.read_resource(f"{cut['whole']}?offset=1&limit=2")
    assert slice_.text == "1,größe\n2,größe\n"
    assert len(either.fake.requests) == 1


ACTIVATE = {
    "name": "papi/v1#post-property-activations",
    "arguments": {
        "propertyId": "prp_1",
        "contractId": "ctr_1",
        "groupId": "grp_1",
        "body": {"propertyVersion": 1, "network": "STAGING", "notifyEmails": ["a@example.com"], "activationType": "ACTIVATE"},
    },
}


async def test_work_that_goes_on_names_the_call_that_shows_its_outcome(stage: Stage) -> None:
    shown = (await stage.ask("akamai_write", ACTIVATE)).content["outcomeShownBy"]
    assert shown["name"] == "akamai_papi_get_property_activation"
    assert not (await stage.ask(shown["name"], shown["arguments"])).failed


async def test_waiting_follows_it_to_its_end(stage: Stage) -> None:
    stage.fake.faults.add(Fault(method="POST", headers={"retry-after": "1"}))
    reply = await stage.ask("akamai_write", ACTIVATE, wait=True, waitSeconds=5)
    assert (reply.failed, reply.content["outcome"]["state"], reply.content["outcome"]["asked"]) == (False, "done", 1)


async def test_a_large_outcome_is_cut_and_kept_like_any_answer(stage: Stage) -> None:
    ended = {"activations": {"items": [{"status": "ACTIVE", "note": f"{n}"} for n in range(2000)]}}
    stage.fake.faults.add(
        Fault(method="POST", headers={"retry-after": "1"}), Fault(method="GET", body=json.dumps(ended).encode())
    )
    outcome = (await stage.ask("akamai_write", ACTIVATE, wait=True, waitSeconds=5)).content["outcome"]
    assert outcome["state"] == "done"
    assert len(json.dumps(outcome)) < 50_000
    rest = await stage.ask("akamai_read", name=outcome["answer"]["_cut"]["whole"], select="activations.items[-1].note")
    assert rest.content["body"] == "1999"


async def test_work_that_failed_is_a_failure(stage: Stage) -> None:
    stage.fake.faults.add(
        Fault(method="POST", headers={"retry-after": "1"}),
        Fault(method="GET", body=b'{"activations": {"items": [{"status": "FAILED"}]}}'),
    )
    reply = await stage.ask("akamai_write", ACTIVATE, wait=True, waitSeconds=5)
    assert (reply.failed, reply.content["outcome"]["status"]) == (True, "FAILED")


@pytest.mark.smoke
async def test_products_and_operations_can_be_read_as_resources(either: Stage) -> None:
    products = json.loads((await either.client.read_resource("akamai://products"))[0].text)
    assert len({row["product"] for row in products}) == 57 + 12
    assert len({(row["product"], row["version"]) for row in products}) == len(products)
    assert sum(row["operations"] for row in products) == OPERATIONS
    dns = json.loads((await either.client.read_resource("akamai://products/config-dns"))[0].text)
    assert any(line.startswith("akamai_dns_get_zones (read)") for line in dns["operations"])
    operation = json.loads((await either.client.read_resource("akamai://operations/akamai_dns_get_zones"))[0].text)
    assert operation["key"] == "config-dns/v2#get-zones"
    with pytest.raises(McpError, match="config-dns"):
        await either.client.read_resource("akamai://products/no-such-product")
    with pytest.raises(McpError, match="akamai_dns_get_zones"):
        await either.client.read_resource("akamai://operations/akamai_dns_get_zone_s")


@pytest.mark.smoke
async def test_arguments_of_the_resources_are_completed(either: Stage) -> None:
    from mcp_types import ResourceTemplateReference

    products = ResourceTemplateReference(type="ref/resource", uri="akamai://products/{product}")
    assert (await either.client.complete(products, {"name": "product", "value": "config-"})).values[:2] == [
        "config-dns",
        "config-gtm",
    ]
    operations = ResourceTemplateReference(type="ref/resource", uri="akamai://operations/{name}")
    found = (await either.client.complete(operations, {"name": "name", "value": "akamai_ccu_"})).values
    assert len(found) == sum(one.key.startswith("ccu/") for one in operations_in_files())


async def test_a_handle_is_not_given_as_another_customers(stage: Stage) -> None:
    stage.fake.faults.add(large())
    handle = (await stage.ask("akamai_read", LISTS, maxBytes=2000)).content["_cut"]["whole"]
    reply = await stage.refused("akamai_read", name=handle, customer="second")
    assert "belongs to customer 'default'" in reply.problem
    assert not (await stage.ask("akamai_read", name=handle, customer="default", maxBytes=2000)).failed


@pytest.mark.parametrize(
    "select",
    [
        "|".join(["[@,@]"] * 60),
        "|".join(["[@,@][]"] * 60),
        'join(\'\', `["ab","cd"]`)|' + "|".join(["join('',[@,@])"] * 60),
        "&networkLists",
        "[&networkLists]",
        "networkLists[::0]",
        "merge(@, `1`)",
        '`"\\ud800"`',
        "`123456789012345678901234567890`",
    ],
)
async def test_a_selection_that_grows_without_end_or_is_no_json_leaves_the_answer_as_it_is(stage: Stage, select: str) -> None:
    reply = await asyncio.wait_for(stage.ask("akamai_read", LISTS, select=select), 20)
    assert (reply.failed, reply.content["status"]) == (False, 200)
    assert "select was not applied" in reply.content["note"]
    assert "networkLists" in reply.content["body"]


async def test_a_change_whose_answer_cannot_be_selected_from_does_not_say_that_it_was_not_sent(stage: Stage) -> None:
    body = {"name": "a", "type": "IP", "list": []}
    reply = await stage.ask("akamai_netlists_post_network_lists", body=body, select="sum(@)")
    assert (reply.failed, reply.content["status"], "sent" in reply.content) == (False, 201, False)
    assert "uniqueId" in reply.content["body"]


@pytest.mark.parametrize(
    ("tool", "name", "arguments"),
    [
        ("akamai_write", "network-lists/v2#post-network-lists", {"body": {"name": "a", "type": "IP", "list": []}}),
        ("akamai_destroy", "ccu/v3#post-delete-url", {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}),
    ],
)
async def test_the_answer_of_a_change_can_be_selected_from_and_bounded_too(
    stage: Stage, tool: str, name: str, arguments: dict[str, object]
) -> None:
    reply = await stage.agreed(tool, name=name, arguments=arguments, select="keys(@)", maxBytes=1000)
    assert (reply.failed, reply.content["status"]) == (False, 201)
    assert reply.content["body"]
    assert all(isinstance(key, str) for key in reply.content["body"])
