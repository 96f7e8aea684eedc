"""What is sent and read as the kind that the live API takes and gives, through MCP: text, bytes, empty bodies, media types by argument."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_stage import Stage

from akamai_mcp.sandbox.faults import Fault

ITEM = {"network": "staging", "namespaceId": "n", "groupId": "g", "itemId": "i"}
CHANGE = {"enrollmentId": 1, "changeId": 2}


@pytest.mark.parametrize("text", ["hello", "two words", "größe", "a=b&c", ""])
async def test_plain_text_is_stored_as_text(stage: Stage, text: str) -> None:
    await stage.agreed("edgekv/v1#put-item", {**ITEM, "body": text})
    assert (stage.seen.body, stage.seen.header("content-type")) == (text.encode(), "text/plain")


@pytest.mark.parametrize("value", [{"a": [1, 2]}, '{"a": [1, 2]}'])
async def test_an_object_is_stored_as_json(stage: Stage, value: Any) -> None:
    await stage.agreed("edgekv/v1#put-item", {**ITEM, "body": value})
    assert (json.loads(stage.seen.body), stage.seen.header("content-type")) == ({"a": [1, 2]}, "application/json")


async def test_text_for_a_binary_body_is_refused_with_the_form_to_use(stage: Stage) -> None:
    reply = await stage.refused("edgeworkers/v1#post-versions", edgeWorkerId=1, body="H4sIAAAA")
    assert '{"base64": "..."}' in str(reply.content["advice"])
    assert reply.content["sent"] is False


@pytest.mark.parametrize(
    ("key", "arguments"),
    [
        ("reporting-api/v2#post-report-data", {"productFamily": "delivery", "reportingArea": "traffic", "report": "current"}),
        ("network-lists/v2#post-network-list-activate", {"networkListId": "1_L", "environment": "STAGING"}),
        ("apikey-manager-api/v1#post-report", {"type": "usage"}),
    ],
)
async def test_a_body_whose_members_may_all_be_left_out_is_an_empty_object(
    stage: Stage, key: str, arguments: dict[str, Any]
) -> None:
    facts = (await stage.ask("akamai_describe_operation", name=key)).content
    required = {name: 1 for name, one in facts["arguments"].items() if one.get("required")}
    await stage.agreed(key, {**required, **{name: value for name, value in arguments.items() if name in facts["arguments"]}})
    assert (stage.seen.body, stage.seen.header("content-type")) == (b"{}", "application/json")


async def test_a_body_is_not_made_up_for_other_operations(stage: Stage) -> None:
    await stage.agreed("papi/v1#post-search-find-by-value", {})
    assert (stage.seen.body, stage.seen.header("content-type")) == (b"", None)


@pytest.mark.parametrize(
    ("kind", "accept"),
    [
        ("third-party-csr", "csr.v2"),
        ("lets-encrypt-challenges", "dv-challenges.v2"),
        ("change-management-info", "change-management-info.v5"),
    ],
)
async def test_what_a_certificate_waits_on_is_asked_for_as_its_kind(stage: Stage, kind: str, accept: str) -> None:
    await stage.ask("cps/v2#get-change-allowed-input-param", {**CHANGE, "allowedInputTypeParam": kind})
    assert stage.seen.header("accept") == f"application/vnd.akamai.cps.{accept}+json"


@pytest.mark.parametrize("key", ["cps/v2#get-change-allowed-input-param", "cps/v2#post-change-allowed-input-param"])
async def test_the_example_of_a_kind_does_not_contradict_itself(stage: Stage, key: str) -> None:
    facts = (await stage.ask("akamai_describe_operation", name=key)).content
    given = facts["example"]["arguments"]
    assert not {"Accept", "Content-Type", "accept", "contentType"} & given.keys()
    await stage.agreed(key, given)
    if "body" in given:
        assert stage.seen.header("content-type") == "application/vnd.akamai.cps.acknowledgement.v1+json"
        assert facts["body"]["contentTypeBy"]["body.hash"] == "application/vnd.akamai.cps.acknowledgement-with-hash.v1+json"
    else:
        [answer] = facts["returns"].values()
        assert given["allowedInputTypeParam"] in answer["contentTypeBy"]["path.allowedInputTypeParam"]


async def test_an_integer_of_more_than_64_bits_keeps_its_digits(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=b'{"id": 123456789012345678901234567890, "small": 12}', content_type="application/json"))
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts")
    assert reply.content["body"] == {"id": "123456789012345678901234567890", "small": 12}


async def test_the_refusal_of_an_unknown_argument_names_the_tool_that_sends_any(stage: Stage) -> None:
    reply = await stage.refused("papi/v1#get-contracts", madeUp="1")
    assert "akamai_raw_request" in str(reply.content["advice"])
