"""Identifiers with Property Manager's prefix where an API takes them bare: sent bare, and the answer says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage


@pytest.mark.parametrize(
    ("name", "arguments", "target", "adjusted"),
    [
        ("cps/v2#get-enrollments", {"contractId": "ctr_C-0N7RAC7"}, "/cps/v2/enrollments?contractId=C-0N7RAC7", {"contractId": "C-0N7RAC7"}),
        ("config-dns/v2#get-zones", {"contractIds": "ctr_C-1,3-2ABC"}, "/config-dns/v2/zones?contractIds=C-1%2C3-2ABC", {"contractIds": "C-1,3-2ABC"}),
        ("cprg/v1#get-cpcode", {"cpcodeId": "cpc_1234"}, "/cprg/v1/cpcodes/1234", {"cpcodeId": 1234}),
        ("identity-management/v3#get-group", {"groupId": "grp_15166"}, "/identity-management/v3/user-admin/groups/15166", {"groupId": 15166}),
    ],
)  # fmt: skip
async def test_a_known_prefix_is_taken_off_where_the_document_takes_the_id_bare(
    either: Stage, name: str, arguments: dict[str, Any], target: str, adjusted: dict[str, Any]
) -> None:
    reply = await either.ask(name, arguments)
    assert (either.seen.target, reply.content["adjusted"]) == (target, adjusted)


async def test_property_manager_gets_its_ids_as_they_are(stage: Stage) -> None:
    for wanted in ("prp_1", "1"):
        reply = await stage.ask("papi/v1#get-property", propertyId=wanted, contractId="ctr_C-1", groupId="grp_2")
        assert stage.seen.target == f"/papi/v1/properties/{wanted}?contractId=ctr_C-1&groupId=grp_2"
        assert "adjusted" not in reply.content


@pytest.mark.parametrize("text", ["ctr_", "grp_1", "xctr_1", "ctr_C 1", "CTR_C-1", "ctr_ctr_1"])
async def test_other_texts_are_left_as_they_are(stage: Stage, text: str) -> None:
    reply = await stage.ask("cps/v2#get-enrollments", contractId=text)
    assert "adjusted" not in reply.content
    assert stage.seen.target.startswith("/cps/v2/enrollments?contractId=" + text[:4].replace(" ", "%20"))


BODY = {"name": "prp_1", "contractId": "ctr_C-1", "groupId": "grp_2", "type": "IP", "list": ["ctr_1"]}


@pytest.mark.parametrize("as_text", [False, True])
async def test_members_of_a_body_are_adjusted_and_what_is_asked_and_shown_is_what_is_sent(stage: Stage, as_text: bool) -> None:
    body = json.dumps(BODY) if as_text else BODY
    shown = await stage.ask("network-lists/v2#post-network-lists", body=body, dryRun=True)
    reply = await stage.agreed("network-lists/v2#post-network-lists", body=body)
    sent = {**BODY, "contractId": "C-1", "groupId": 2}
    assert json.loads(stage.seen.body) == sent
    assert shown.content["adjusted"] == reply.content["adjusted"] == {"body.contractId": "C-1", "body.groupId": 2}
    assert shown.content["request"]["body"] == sent
    assert "ctr_C-1" not in shown.content["would"]


async def test_a_raw_request_is_adjusted_like_the_operation_that_it_is(stage: Stage) -> None:
    reply = await stage.ask(
        "akamai_raw_request", method="GET", path="/cprg/v1/cpcodes/cpc_7", queryParams={"contractId": "ctr_1"}
    )
    assert stage.seen.target == "/cprg/v1/cpcodes/7?contractId=ctr_1"
    assert reply.content["adjusted"] == {"cpcodeId": 7}


async def test_the_audit_trail_has_the_ids_that_were_sent(open_stage: OpenStage, tmp_path: Any) -> None:
    trail = tmp_path / "audit.jsonl"
    async with open_stage(audit_file=trail) as stage:
        await stage.agreed("network-lists/v2#post-network-lists", body=BODY)
    assert "ctr_C-1" not in trail.read_text()


@pytest.mark.parametrize("text", ['{"contractId": "ctr_C-1", "name": "a", "name": "b"}', '{"contractId": "ctr_C-1", "n": NaN}'])
async def test_json_text_that_readers_differ_on_is_sent_as_it_is(stage: Stage, text: str) -> None:
    reply = await stage.agreed("akamai_raw_request", toolName="network-lists/v2#post-network-lists", body=text)
    assert stage.seen.body == text.encode()
    assert "adjusted" not in reply.content


async def test_an_id_keeps_each_of_its_digits(stage: Stage) -> None:
    await stage.ask("cprg/v1#get-cpcode", cpcodeId="cpc_0123")
    assert stage.seen.target == "/cprg/v1/cpcodes/0123"
