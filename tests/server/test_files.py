"""Answers that are archives or lines, through MCP: listed, read and searched by the handle, never embedded unasked."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from archive_samples import tar_of, zip_of
from mcp_stage import Stage

from akamai_mcp.sandbox.faults import Fault

BUNDLE = {"name": "edgeworkers/v1#get-version-content", "arguments": {"edgeWorkerId": 1, "version": "1"}}
SIEM = {"name": "siem/v1#get-config", "arguments": {"configId": "14227", "offset": "NULL", "limit": 3}}
SOURCE = "".join(f"// line {n}\n" for n in range(5000)) + "export function onClientRequest(request) {}\n"
FILES = {"main.js": SOURCE.encode(), "lib/a b&c.js": b"export const a = 1;\n", "bundle.json": b'{"edgeworker-version": "1.0"}'}


def sent(content: bytes, kind: str = "application/gzip") -> Fault:
    return Fault(body=content, content_type=kind)


ARCHIVES = [
    ("tar.gz", tar_of(FILES), "application/gzip"),
    ("tar.gz", tar_of(FILES), "application/octet-stream"),
    ("tar", tar_of(FILES, mode="w"), "application/x-tar"),
    ("zip", zip_of(FILES), "application/zip"),
]


@pytest.mark.parametrize(("form", "content", "kind"), ARCHIVES)
async def test_an_archive_is_listed_with_sizes_and_linked_and_its_bytes_are_not_in_the_result(
    either: Stage, form: str, content: bytes, kind: str
) -> None:
    either.fake.faults.add(sent(content, kind))
    result = await either.client.call_tool("akamai_read", BUNDLE)
    body = (result.structured_content or {})["body"]
    assert body["archive"]["format"] == form
    assert {row["name"]: row["bytes"] for row in body["archive"]["members"]} == {n: len(c) for n, c in FILES.items()}
    [link] = [block for block in result.content if block.type != "text"]
    assert (link.type, link.uri, link.mime_type, link.size) == ("resource_link", body["whole"], kind, len(content))
    assert base64.b64encode(content[:60]).decode() not in json.dumps(result.structured_content)


@pytest.mark.parametrize(("_", "content", "kind"), ARCHIVES)
async def test_a_member_is_read_by_lines_and_all_are_searched_without_another_request(
    stage: Stage, _: str, content: bytes, kind: str
) -> None:
    stage.fake.faults.add(sent(content, kind))
    whole = (await stage.ask("akamai_read", BUNDLE)).content["body"]["whole"]
    part = await stage.ask("akamai_read", name=f"{whole}?member=main.js", select="[4998:5001]")
    assert part.content["body"] == ["// line 4998", "// line 4999", "export function onClientRequest(request) {}"]
    named = f"{whole}?member={quote('lib/a b&c.js', safe='')}"
    assert (await stage.ask("akamai_read", name=named)).content["body"] == "export const a = 1;\n"
    found = (await stage.ask("akamai_read", name=f"{whole}?search=on[A-Z][a-z]+Request|version")).content["body"]
    assert [(match["member"], match["line"]) for match in found["matches"]] == [("main.js", 5000), ("bundle.json", 0)]
    only = (await stage.ask("akamai_read", name=f"{whole}?member=bundle.json&search=export")).content["body"]
    assert only == {"matches": []}
    [resource] = await stage.client.read_resource(f"{whole}?member=main.js&offset=1&limit=2")
    assert (resource.text, resource.mime_type) == ("// line 1\n// line 2\n", "text/plain")
    assert len(stage.fake.requests) == 1


async def test_a_long_member_is_cut_and_says_how_to_read_on(stage: Stage) -> None:
    stage.fake.faults.add(sent(tar_of(FILES)))
    whole = (await stage.ask("akamai_read", BUNDLE)).content["body"]["whole"]
    cut = (await stage.ask("akamai_read", name=f"{whole}?member=main.js", maxBytes=2000)).content["_cut"]
    assert cut["whole"] == f"{whole}?member=main.js"
    assert (await stage.ask("akamai_read", name=cut["whole"], select="[-1]")).content["body"].startswith("export")


async def test_the_bytes_are_embedded_where_they_are_asked_for(stage: Stage) -> None:
    content = tar_of({"a.bin": b"\0\1\2"})
    stage.fake.faults.add(sent(content))
    whole = (await stage.ask("akamai_read", BUNDLE)).content["body"]["whole"]
    asked = await stage.ask("akamai_read", name=f"{whole}?embed=true")
    assert base64.b64decode(asked.attachments[0].blob) == content
    member = await stage.ask("akamai_read", name=f"{whole}?member=a.bin&embed=true")
    assert base64.b64decode(member.attachments[0].blob) == b"\0\1\2"
    assert (await stage.ask("akamai_read", name=f"{whole}?member=a.bin")).attachments == ()
    assert len(stage.fake.requests) == 1


CLIMBING = ("../../etc/passwd", "/etc/passwd", "a/../../b", "..\\b", "C:\\b", "a\nb")


@pytest.mark.parametrize("make", [tar_of, zip_of])
async def test_names_that_climb_and_links_are_refused_and_the_others_are_read(stage: Stage, make: object) -> None:
    files = {**dict.fromkeys(CLIMBING, b"secret"), "good.txt": b"good"}
    content = tar_of(files, links={"link": "good.txt"}) if make is tar_of else zip_of(files)
    stage.fake.faults.add(sent(content))
    body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
    safe = [row["name"] for row in body["archive"]["members"] if "refused" not in row]
    assert safe == ["good.txt"]
    for row in body["archive"]["members"]:
        if "refused" in row:
            await stage.refused("akamai_read", name=f"{body['whole']}?member={quote(row['name'], safe='')}")
    found = (await stage.ask("akamai_read", name=f"{body['whole']}?search=.")).content["body"]["matches"]
    assert [match["member"] for match in found] == ["good.txt"]


async def test_a_bomb_is_named_in_the_listing_and_refused_when_it_is_read(stage: Stage) -> None:
    bomb = tar_of({"zeros": bytes(70 * 1024 * 1024)})
    stage.fake.faults.add(sent(bomb))
    body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
    assert "unpacks to more than" in body["archive"]["refused"]
    assert "unpacks to more than" in (await stage.refused("akamai_read", name=f"{body['whole']}?member=zeros")).problem


async def test_a_zip_that_states_small_sizes_is_still_bounded(stage: Stage) -> None:
    stage.fake.faults.add(sent(zip_of({"zeros": bytes(20 * 1024 * 1024)}), "application/zip"))
    body = (await stage.ask("akamai_read", BUNDLE)).content["body"]
    assert "is larger than" in (await stage.refused("akamai_read", name=f"{body['whole']}?member=zeros")).problem


async def test_wrong_parts_of_a_handle_are_explained(stage: Stage) -> None:
    stage.fake.faults.add(sent(tar_of(FILES)))
    whole = (await stage.ask("akamai_read", BUNDLE)).content["body"]["whole"]
    for part, words in (("member=no.js", "no member"), ("search=(?=a)", "RE2"), ("file=a", "no part"), ("search=(", "RE2")):
        assert words in (await stage.refused("akamai_read", name=f"{whole}?{part}")).problem


async def test_the_listing_can_be_selected_from(stage: Stage) -> None:
    stage.fake.faults.add(sent(tar_of({f"{n}.js": b"" for n in range(300)})))
    reply = await stage.ask("akamai_read", BUNDLE)
    archive = reply.content["body"]["archive"]
    assert (len(archive["members"]), archive["moreMembers"]) == (100, 200)
    last = await stage.ask("akamai_read", name=reply.content["body"]["whole"], select="archive.members[-1].name")
    assert last.content["body"] == "299.js"


EVENTS = [{"attackData": {"rule": str(n)}} for n in range(500)]
LAST = {"total": 500, "offset": "abc;def", "limit": 500}
LINES = "".join(json.dumps(line) + "\n" for line in [*EVENTS, LAST]).encode()


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "application/jsonl; charset=utf-8"])
async def test_lines_of_json_are_an_array_whose_last_line_survives_every_cut(stage: Stage, kind: str) -> None:
    stage.fake.faults.add(sent(LINES, kind), sent(LINES, kind))
    cut = await stage.agreed("akamai_read", SIEM, maxBytes=1500)
    assert cut.content["body"][0] == EVENTS[0]
    assert cut.content["lines"] == {"count": 501, "last": LAST}
    part = await stage.agreed("akamai_read", SIEM, select="[?attackData].attackData.rule | [-1]")
    assert (part.content["body"], part.content["lines"]["last"]["offset"]) == ("499", "abc;def")


async def test_kept_lines_are_read_on_by_slices(stage: Stage) -> None:
    stage.fake.faults.add(sent(LINES, "application/x-ndjson"))
    cut = await stage.ask("akamai_read", name="network-lists/v2#get-network-lists", maxBytes=1500)
    [resource] = await stage.client.read_resource(f"{cut.content['_cut']['whole']}?offset=499&limit=2")
    assert json.loads(resource.text) == [EVENTS[499], LAST]
