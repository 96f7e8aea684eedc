"""The mistakes of other servers, each shown not to be made here."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp_stage import FIRST, OpenStage, Reply, Stage, operations_in_files

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.faults import Fault

ROOT = Path(__file__).parents[2]
OWN_TOOLS = {
    "akamai_list_operations", "akamai_describe_operation", "akamai_read", "akamai_write", "akamai_destroy", "akamai_raw_request",
    "akamai_registry_stats", "akamai_list_customers", "akamai_query", "akamai_run", "akamai_find",
    "akamai_unknown_operation",
}  # fmt: skip
# Not tools: the package, the scheme of an example, the prefixes that examples of names stand for, the type of an event.
OTHER_WORDS = {"akamai_mcp", "akamai_product_v1", "akamai_host", "akamai_siem"}
TEXTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/*.md",
    "specs/guide/**/*.json",
    "specs/guide/**/*.yaml",
    "akamai_mcp/**/*.py",
)


async def test_a_patch_is_sent_as_patch(either: Stage) -> None:
    await either.ask("case-management/v3#patch-case", caseId="F-1", body={"severity": "1"})
    assert (either.seen.method, either.seen.target, either.seen.body) == (
        "PATCH",
        "/case-management/v3/cases/F-1",
        b'{"severity":"1"}',
    )


async def test_head_is_supported(either: Stage) -> None:
    reply = await either.ask("datastore/v1#head-datastore-key", key="a")
    assert (either.seen.method, reply.failed, reply.content) == ("HEAD", False, {"status": 200})


async def test_the_body_of_a_delete_is_sent(either: Stage) -> None:
    await either.agreed("storage/v1#delete-cpcode-age-deletions", cpcodeId=7, body={"a": "b"})
    assert (either.seen.method, either.seen.body) == ("DELETE", b"a=b")


@pytest.mark.parametrize(
    ("name", "arguments", "content_type"),
    [
        ("config-dns/v2#post-changelists-zone-recordsets", {"zone": "example.com", "body": "www 300 IN A 192.0.2.1"}, "text/dns"),
        ("config-gtm/v1#put-datacenter", {"domainName": "d", "datacenterId": 1, "body": {}}, "application/vnd.config-gtm.v1.4+json"),
        ("edgekv/v1#put-item", {"network": "staging", "namespaceId": "n", "groupId": "g", "itemId": "i", "body": "x", "contentType": "text/plain"},
         "text/plain"),
    ],
)  # fmt: skip
async def test_the_content_type_is_the_documents_and_not_forced_to_json(
    stage: Stage, name: str, arguments: dict[str, Any], content_type: str
) -> None:
    assert not (await stage.agreed(name, arguments)).failed
    assert stage.seen.header("content-type") == content_type


async def test_a_string_body_is_not_quoted(stage: Stage) -> None:
    await stage.ask("config-dns/v2#post-changelists-zone-recordsets", zone="example.com", body="www 300 IN A 192.0.2.1")
    assert stage.seen.body == b"www 300 IN A 192.0.2.1"
    await stage.ask("network-lists/v2#post-network-lists", body='{"name": "a"}')
    assert json.loads(stage.seen.body) == {"name": "a"}


async def stored_bytes(stage: Stage, reply: Reply) -> bytes:
    [embedded] = (await stage.ask("akamai_read", name=f"{reply.content['body']['whole']}?embed=true")).attachments
    return base64.b64decode(embedded.blob)


async def test_a_binary_answer_is_not_decoded_as_text(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=b"\xff\xfe\x00\x80", content_type="application/octet-stream"))
    reply = await stage.ask("edge-data-stream/v1#get-retained-topic", topic="t")
    assert await stored_bytes(stage, reply) == b"\xff\xfe\x00\x80"


async def test_a_text_answer_that_is_not_text_loses_nothing(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=b"\xff\xfe\x00\x80", content_type="text/plain; charset=utf-8"))
    reply = await stage.ask("papi/v1#get-contracts")
    assert await stored_bytes(stage, reply) == b"\xff\xfe\x00\x80"
    assert reply.content["note"] == "the response has the Content-Type text/plain; charset=utf-8 but is not utf-8 text"


async def test_path_level_parameters_are_not_ignored(stage: Stage) -> None:
    await stage.ask("appsec/v1#get-version-number", configId=12, versionNumber=0)
    assert stage.seen.target.split("?")[0] == "/appsec/v1/configs/12/versions/0"


async def test_required_headers_are_not_dropped(stage: Stage) -> None:
    await stage.ask("imaging/v2#get-policies", {"network": "staging", "Contract": "C-1", "Policy-Set": "set-1"})
    assert (stage.seen.header("contract"), stage.seen.header("policy-set")) == ("C-1", "set-1")
    await stage.ask(
        "papi/v1#put-property-version-hostnames", {"propertyId": "p", "propertyVersion": 1, "If-Match": '"e"', "body": []}
    )
    assert stage.seen.header("if-match") == '"e"'
    await stage.ask(
        "datastore/v1#put-datastore-upload-key", {"key": "k", "X-AK-Meta-_": {"Owner": "me"}, "body": {"base64": "AA=="}}
    )
    assert stage.seen.header("x-ak-meta-owner") == "me"


async def test_zero_and_false_are_not_taken_for_missing(stage: Stage) -> None:
    await stage.ask("appsec/v1#get-version-number", configId=0, versionNumber=0)
    assert stage.seen.target.split("?")[0] == "/appsec/v1/configs/0/versions/0"
    await stage.ask("network-lists/v2#get-network-lists", includeElements=False, extended=False)
    assert parse_qs(urlsplit(stage.seen.target).query) == {"includeElements": ["false"], "extended": ["false"]}
    await stage.ask("network-lists/v2#post-network-lists", body=0)
    assert stage.seen.body == b"0"
    await stage.ask("network-lists/v2#post-network-lists", body=False)
    assert stage.seen.body == b"false"


async def test_201_and_204_are_not_reported_as_200(stage: Stage) -> None:
    created = await stage.ask("network-lists/v2#post-network-lists", body={"name": "a", "type": "IP", "list": []})
    empty = await stage.ask("papi/v1#head-property-version-rules", propertyId="p", propertyVersion=1)
    started = await stage.ask("cps/v2#post-enrollment", contractId="C-1", body={})
    assert [reply.content["status"] for reply in (created, empty, started)] == [201, 204, 202]


async def test_location_is_not_lost(stage: Stage) -> None:
    created = await stage.ask(
        "papi/v1#post-properties", contractId="c", groupId="g", body={"propertyName": "x", "productId": "p"}
    )
    assert re.fullmatch(r"/papi/v1/properties/\d+", created.content["headers"]["location"])


async def test_the_problem_document_is_not_lost(stage: Stage) -> None:
    problem = {"type": "/papi/v1/errors/validation", "title": "Invalid", "errors": [{"field": "productId", "detail": "unknown"}]}
    stage.fake.faults.add(Fault(status=422, body=json.dumps(problem).encode()))
    reply = await stage.ask("papi/v1#post-properties", contractId="c", groupId="g", body={})
    assert (reply.failed, reply.content["problem"]) == (True, problem)


async def test_an_object_in_a_query_is_written_by_its_style(stage: Stage) -> None:
    where = {"configId": 1, "startTimeSec": 1, "endTimeSec": 2, "dimension": "domain"}
    filters = {"domain": {"in": ["a&b.example"]}, "list": "x"}
    await stage.ask(
        "akamai_raw_request",
        toolName="etp-report/v3#get-aup-events",
        pathParams={"configId": 1},
        queryParams={**where, "filters": filters},
    )
    query = parse_qs(urlsplit(stage.seen.target).query, strict_parsing=True)
    assert "object" not in stage.seen.target
    assert json.loads(query["filters"][0]) == filters


@pytest.mark.parametrize("value", ["..", ".", "", "../..", "..%2f..", "a/../../b", "%2e%2e", "..;", "\\..\\"])
async def test_a_path_value_that_would_climb_is_refused(either: Stage, value: str) -> None:
    for tool, arguments in ways_to_give(value):
        assert "would address another resource" in (await either.refused(tool, arguments)).problem


@pytest.mark.parametrize("value", ["a/b", "..a/b..", "a%2Fb", "...", "x?y=1", "x#y", "//evil.example", "a;b"])
async def test_a_path_value_with_delimiters_stays_one_segment_of_its_path(either: Stage, value: str) -> None:
    for tool, arguments in ways_to_give(value):
        await either.ask(tool, arguments, cache="off")
        path = re.fullmatch(r"/papi/v1/properties/([^/?#]+)", either.seen.target)
        assert path is not None
        assert unquote(path[1]) == value
        assert either.seen.operation == "papi/v1#get-property"


def ways_to_give(value: str) -> list[tuple[str, dict[str, Any]]]:
    """The ways to give a path value."""
    raw = {"toolName": "papi/v1#get-property", "pathParams": {"propertyId": value}}
    return [
        ("papi/v1#get-property", {"propertyId": value}),
        ("akamai_read", {"name": "papi/v1#get-property", "arguments": {"propertyId": value}}),
        ("akamai_raw_request", raw),
    ]


async def test_neither_authorization_nor_bodies_are_logged(
    open_stage: OpenStage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(log_level="debug") as stage:
        caplog.set_level(logging.DEBUG)
        await stage.ask("network-lists/v2#post-network-lists", body={"name": "planted-body-word", "type": "IP", "list": []})
        assert b"planted-body-word" in stage.seen.body
        signature = (stage.seen.header("authorization") or "").rpartition("signature=")[2]
    output = capfd.readouterr()
    for text in (caplog.text, output.out, output.err):
        assert not [word for word in ("planted-body-word", "EG1-HMAC", signature, FIRST.client_token) if word in text]


async def test_documents_of_another_host_are_not_sent_to_the_accounts_host(stage: Stage) -> None:
    await stage.refused("netstorage-usage-api/v1#list-all-event-subscriptions", cpCode=1)
    raw = {"toolName": "netstorage-usage-api/v1#list-all-event-subscriptions", "pathParams": {"cpCode": 1}}
    await stage.refused("akamai_raw_request", raw)


async def test_the_account_key_is_sent(stage: Stage) -> None:
    await stage.ask("akamai_read", name="papi/v1#get-contracts", customer="switched")
    assert parse_qs(urlsplit(stage.seen.target).query) == {"accountSwitchKey": ["1-PLANTED:1-2RBL"]}


@pytest.mark.parametrize("fault", [Fault(status=404), Fault(status=500), Fault(drop=True), Fault(truncate=True)])
async def test_an_error_is_never_a_success(either: Stage, fault: Fault) -> None:
    either.fake.faults.add(fault)
    reply = await either.ask("papi/v1#get-contracts")
    assert reply.failed
    assert reply.content["problem"]
    assert reply.advice


def named_in(text: str) -> set[str]:
    """Every word that looks like a tool's name or an operation's key."""
    tools = {name.rstrip("_") for name in re.findall(r"\bakamai_[a-z0-9_]+\b(?![<*{-])", text)}
    return tools | set(re.findall(r"\b[a-z][a-z0-9-]+/v\d+#[A-Za-z0-9][A-Za-z0-9-]+", text))


def test_every_operation_that_a_text_of_ours_names_exists(catalogue: Catalogue) -> None:
    known = OWN_TOOLS | OTHER_WORDS | set(catalogue.names()) | {one.key for one in operations_in_files()}
    files = [file for pattern in TEXTS for file in ROOT.glob(pattern)]
    missing = {
        f"{file.relative_to(ROOT)}: {name}" for file in files for name in named_in(file.read_text(encoding="utf-8")) - known
    }
    assert missing == set()
    assert len(files) > 60


async def test_every_tool_that_the_instructions_name_exists(stage: Stage) -> None:
    listed = {tool.name for tool in await stage.client.list_tools()}
    assert named_in(stage.client.instructions or "") <= listed
    described = "".join(tool.model_dump_json() for tool in await stage.client.list_tools())
    assert named_in(described) <= listed


async def test_a_call_of_an_operation_that_does_not_exist_is_no_empty_success(stage: Stage) -> None:
    reply = await stage.refused("akamai_read", name="papi/v1#get-everything")
    assert reply.problem == "No operation is named 'papi/v1#get-everything'."


async def test_no_operation_is_lost_to_a_collision_of_names(stage: Stage) -> None:
    documented = [one for one in operations_in_files() if not one.source]
    versions = [one.key.partition("/")[0] + "#" + one.key.partition("#")[2] for one in documented]
    assert sum(count > 1 for count in Counter(versions).values()) == 90
    names = []
    for product in ("identity-management/v2", "identity-management/v3", "cloudlets/v2", "cloudlets/v3"):
        page = await stage.ask("akamai_list_operations", product=product, limit=200)
        names += [row["name"] for row in page.content["operations"]]
    in_documents = [one for one in operations_in_files() if re.match(r"(identity-management/v[23]|cloudlets/v[23])#", one.key)]
    assert len(set(names)) == len(names) == len(in_documents)


async def test_both_versions_of_an_operation_reach_their_own_path(stage: Stage) -> None:
    for version in ("v2", "v3"):
        await stage.ask("akamai_read", name=f"identity-management/{version}#get-roles")
        assert stage.seen.target.startswith(f"/identity-management/{version}/")


async def test_an_answer_without_a_schema_crashes_nothing(either: Stage) -> None:
    item = {"network": "staging", "namespaceId": "n", "groupId": "g", "itemId": "i"}
    described = await either.ask("akamai_describe_operation", name="edgekv/v1#get-item")
    assert (described.failed, described.content["returns"]["200"]) == (False, {"contentType": "application/json"})
    either.fake.faults.add(Fault(body=b'{"any": [1, null]}', content_type="application/json"))
    assert (await either.ask("edgekv/v1#get-item", item)).content["body"] == {"any": [1, None]}
