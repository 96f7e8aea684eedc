"""Calls through MCP to the fake Akamai: what arrives there, and what comes back."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import ACCOUNT_KEY, OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault

RULES = {"rules": {"name": "default", "behaviors": []}}
PATCH = [{"op": "replace", "path": "/rules/name", "value": ""}]
GTM = "/config-gtm/v1/domains/example.akadns.net"
PURGE = {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}


@pytest.mark.parametrize(
    ("name", "arguments", "sent"),
    [
        ("papi/v1#get-property", {"propertyId": "prp_1", "contractId": "ctr_C-1", "groupId": "grp_2"},
         ("GET", "/papi/v1/properties/prp_1?contractId=ctr_C-1&groupId=grp_2", b"", None)),
        ("papi/v1#head-property-version-rules", {"propertyId": "prp_1", "propertyVersion": 2},
         ("HEAD", "/papi/v1/properties/prp_1/versions/2/rules", b"", None)),
        ("network-lists/v2#post-network-lists", {"body": {"name": "a", "type": "IP", "list": []}},
         ("POST", "/network-list/v2/network-lists", b'{"name":"a","type":"IP","list":[]}', "application/json")),
        ("papi/v1#put-property-version-rules", {"propertyId": "prp_1", "propertyVersion": 2, "If-Match": '"e"', "body": RULES},
         ("PUT", "/papi/v1/properties/prp_1/versions/2/rules", b'{"rules":{"name":"default","behaviors":[]}}', "application/json")),
        ("papi/v1#patch-property-version-rules", {"propertyId": "prp_1", "propertyVersion": 2, "If-Match": '"e"', "body": PATCH},
         ("PATCH", "/papi/v1/properties/prp_1/versions/2/rules", b'[{"op":"replace","path":"/rules/name","value":""}]', "application/json-patch+json")),
        ("papi/v1#delete-property", {"propertyId": "prp_1", "contractId": "ctr_C-1", "groupId": "grp_2"},
         ("DELETE", "/papi/v1/properties/prp_1?contractId=ctr_C-1&groupId=grp_2", b"", None)),
        ("storage/v1#delete-cpcode-age-deletions", {"cpcodeId": 7, "body": {"path": "a b", "n": 0}},
         ("DELETE", "/storage/v1/cpcodes/7/age-deletions", b"path=a+b&n=0", "application/x-www-form-urlencoded")),
        ("cps/v2#post-enrollment", {"contractId": "C-1", "body": {"ra": "lets-encrypt"}},
         ("POST", "/cps/v2/enrollments?contractId=C-1", b'{"ra":"lets-encrypt"}', "application/vnd.akamai.cps.enrollment.v11+json")),
        ("config-gtm/v1#put-domain", {"domainName": "example.akadns.net", "body": {"type": "basic"}},
         ("PUT", GTM, b'{"type":"basic"}', "application/vnd.config-gtm.v1.4+json")),
        ("crux/v1#post-users", {"body": {"users": ["a", "b"], "notify": False}},
         ("POST", "/crux/v1/mgmt-pop/directories/createusers", b"users=a&users=b&notify=false", "application/x-www-form-urlencoded")),
    ],
)  # fmt: skip
async def test_every_method_and_media_type_arrives_as_the_document_has_it(
    either: Stage, name: str, arguments: dict[str, Any], sent: tuple[str, str, bytes, str | None]
) -> None:
    reply = await either.agreed(name, arguments)
    assert not reply.failed
    seen = either.seen
    assert (seen.method, seen.target, seen.body, seen.header("content-type")) == sent
    assert seen.operation == name


@pytest.mark.smoke
async def test_a_multipart_body_arrives_with_its_file(either: Stage) -> None:
    body = {"attachment": {"base64": "aGk=", "filename": "a.txt", "contentType": "text/plain"}}
    reply = await either.ask("akamai_cases_post_attachments", caseId="F-1", body=body)
    kind, _, boundary = (either.seen.header("content-type") or "").partition("; boundary=")
    assert (reply.failed, reply.content["status"], kind) == (False, 202, "multipart/form-data")
    assert (
        either.seen.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="attachment"; filename="a.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\nhi\r\n--{boundary}--\r\n"
        ).encode()
    )


async def test_zero_false_and_empty_text_arrive_as_such(either: Stage) -> None:
    body = {"propertyName": "", "ruleFormat": None, "cloneFrom": {"version": 0, "copyHostnames": False}}
    await either.ask("papi/v1#post-properties", contractId="", groupId="0", body=body)
    assert either.seen.target == "/papi/v1/properties?contractId=&groupId=0"
    assert json.loads(either.seen.body) == body
    await either.ask("papi/v1#put-property-version-rules", propertyId=0, propertyVersion=0, dryRun_query=False, body={})
    assert either.seen.target == "/papi/v1/properties/0/versions/0/rules?dryRun=false"
    assert either.seen.body == b"{}"


async def test_path_level_parameters_are_arguments_and_fill_the_path(either: Stage) -> None:
    described = await either.ask("akamai_describe_operation", name="appsec/v1#get-config")
    assert described.content["arguments"]["configId"]["in"] == "path"
    assert not (await either.ask("appsec/v1#get-config", configId=77)).failed
    assert either.seen.target == "/appsec/v1/configs/77"


async def test_a_missing_path_value_is_refused_by_its_name(stage: Stage) -> None:
    reply = await stage.refused("appsec/v1#get-config")
    assert reply.problem == "appsec/v1#get-config needs configId for its path /appsec/v1/configs/{configId}."


async def test_a_misspelt_argument_is_refused_with_the_nearest(stage: Stage) -> None:
    reply = await stage.refused("papi/v1#get-property", propertyID="prp_1")
    assert "'propertyID'" in reply.problem
    assert "Did you mean propertyId" in reply.advice


async def test_the_header_that_every_papi_call_wants_is_there_by_default(stage: Stage) -> None:
    await stage.ask("papi/v1#get-contracts")
    assert stage.seen.header("papi-use-prefixes") == "true"
    await stage.ask("papi/v1#get-contracts", {"PAPI-Use-Prefixes": False})
    assert stage.seen.header("papi-use-prefixes") == "false"


async def test_what_is_asked_for_as_accept_is_what_is_asked_of_akamai(stage: Stage) -> None:
    reply = await stage.ask("akamai_gtmreports_get_liveness_tests_error_codes", accept="text/csv")
    assert stage.seen.header("accept") == "text/csv"
    assert isinstance(reply.content["body"], str)


@pytest.mark.smoke
async def test_a_creation_shows_201_and_where_it_put_what_it_made(either: Stage) -> None:
    reply = await either.ask(
        "akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": "x", "productId": "prd_A"}
    )
    assert (reply.failed, reply.content["status"]) == (False, 201)
    assert reply.content["headers"]["location"] == reply.content["body"]["propertyLink"]
    assert reply.content["headers"]["location"].startswith("/papi/v1/properties/")


async def test_an_answer_without_a_body_shows_its_status_and_no_body(either: Stage) -> None:
    reply = await either.ask("akamai_papi_head_property_version_rules", propertyId="prp_1", propertyVersion=2)
    assert (reply.failed, reply.content) == (False, {"status": 204})


async def test_a_zone_file_goes_out_and_comes_back_as_text(either: Stage) -> None:
    zone = "example.com. 300 IN A 192.0.2.1\n"
    sent = await either.agreed("akamai_dns_post_zones_zone_zone_file", zone="example.com", body=zone)
    assert (sent.failed, sent.content["status"]) == (False, 204)
    assert (either.seen.body, either.seen.header("content-type")) == (zone.encode(), "text/dns")
    read = await either.ask("akamai_dns_get_zones_zone_zone_file", zone="example.com")
    assert either.seen.header("accept") == "text/dns"
    assert "IN SOA" in read.content["body"]


@pytest.mark.smoke
async def test_a_gzip_answer_is_a_link_to_a_resource_with_its_type(either: Stage) -> None:
    reply = await either.ask("akamai_edgeworkers_get_version_content", edgeWorkerId=5, version="1.0")
    body = reply.content["body"]
    [resource] = await either.client.read_resource(body["whole"])
    content = base64.b64decode(resource.blob, validate=True)
    assert (resource.mime_type, content[:2]) == ("application/gzip", b"\x1f\x8b")
    assert (body["contentType"], body["bytes"], reply.attachments) == ("application/gzip", len(content), ())
    assert resource.blob not in reply.text


async def test_the_same_json_stands_in_the_text_and_in_the_structured_content(either: Stage) -> None:
    for reply in [await either.ask("papi/v1#get-contracts"), await either.ask("papi/v1#get-property")]:
        assert json.loads(reply.text) == reply.content


async def test_a_problem_comes_back_whole_as_an_error_with_request_id_and_advice(either: Stage) -> None:
    either.fake.faults.add(Fault(status=403, headers={"X-Request-ID": "req-1"}))
    reply = await either.ask("papi/v1#get-contracts")
    assert reply.failed
    assert reply.content["problem"] == {
        "type": "https://problems.sandbox.example/403",
        "title": "Forbidden",
        "status": 403,
        "detail": "A fault was injected into the sandbox.",
        "instance": "/papi/v1/contracts",
    }
    assert (reply.content["status"], reply.content["requestId"]) == (403, "req-1")
    assert "grants" in reply.advice
    assert "sent" not in reply.content


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "akamai_describe_operation"), (401, "clock"), (403, "grants"), (404, "Nothing is served"), (409, "read it again"),
        (412, "ETag"), (415, "contentType"), (422, "errors name the field"), (428, "ifMatch"), (429, "fewer at once"), (500, "Akamai failed"),
        (503, "Akamai failed"), (451, "akamai_describe_operation"),
    ],
)  # fmt: skip
async def test_every_refusal_is_an_error_with_advice_of_its_own(stage: Stage, status: int, advice: str) -> None:
    stage.fake.faults.add(Fault(status=status))
    reply = await stage.ask("papi/v1#get-contracts")
    assert (reply.failed, reply.content["status"]) == (True, status)
    assert advice in reply.advice


async def test_a_400_shows_beside_it_where_the_arguments_differ_from_the_schema(either: Stage) -> None:
    either.fake.faults.add(Fault(status=400))
    reply = await either.ask("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": 5})
    assert reply.content["schemaMismatches"] == [
        "body: 'productId' is a required property",
        "body.propertyName: 5 is not of type 'string'",
    ]
    assert len(either.fake.requests) == 1


async def test_what_the_schema_refuses_is_sent_all_the_same_by_default(stage: Stage) -> None:
    reply = await stage.ask("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": 5})
    assert (reply.failed, reply.content["status"]) == (False, 201)
    assert "schemaMismatches" not in reply.content


async def test_strict_validation_refuses_first_and_sends_nothing(open_stage: OpenStage) -> None:
    async with open_stage(validation="strict") as stage:
        reply = await stage.refused("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": 5})
        assert "body.propertyName: 5 is not of type 'string'" in reply.content["schemaMismatches"]
        good = {"propertyName": "x", "productId": "prd_A"}
        assert (await stage.ask("akamai_papi_post_properties", contractId="c", groupId="g", body=good)).content["status"] == 201


@pytest.mark.smoke
async def test_what_destroys_is_sent_only_once_it_is_confirmed(either: Stage) -> None:
    reply = await either.refused("akamai_ccu_post_delete_url", PURGE)
    assert 'POST /ccu/v3/delete/url/staging for customer "default": destroy.' in reply.problem
    assert f"confirm: '{reply.content['confirm']}'" in reply.advice
    assert (await either.agreed("akamai_ccu_post_delete_url", PURGE)).content["status"] == 201
    assert (either.seen.target, json.loads(either.seen.body)) == ("/ccu/v3/delete/url/staging", PURGE["body"])


@pytest.mark.parametrize("given", [True, 1])
async def test_a_confirmation_that_is_no_token_is_refused_with_what_to_do(stage: Stage, given: Any) -> None:
    reply = await stage.refused("akamai_ccu_post_delete_url", PURGE, confirm=given)
    assert "`confirm` is not of type string" in reply.problem
    assert "refused with the token" in reply.advice


@pytest.mark.parametrize("given", ["true", "yes", "A" * 36, "ü", "="])
async def test_a_made_up_token_confirms_nothing_and_brings_a_real_one(stage: Stage, given: str) -> None:
    reply = await stage.refused("akamai_ccu_post_delete_url", PURGE, confirm=given)
    assert "is for another call" in reply.problem
    assert not (await stage.ask("akamai_ccu_post_delete_url", PURGE, confirm=reply.content["confirm"])).failed


async def test_confirmations_can_be_turned_off_by_the_settings_alone(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        assert (await stage.ask("akamai_ccu_post_delete_url", PURGE)).content["status"] == 201


async def test_the_account_key_of_a_customer_is_sent_and_never_shown(either: Stage) -> None:
    good = await either.ask("papi/v1#get-property", propertyId="prp_1", contractId="c", groupId="g", customer="switched")
    assert either.seen.target == "/papi/v1/properties/prp_1?contractId=c&groupId=g&accountSwitchKey=1-PLANTED%3A1-2RBL"
    either.fake.faults.add(Fault(status=400))
    bad = await either.ask("papi/v1#get-contracts", customer="switched")
    assert either.seen.target == "/papi/v1/contracts?accountSwitchKey=1-PLANTED%3A1-2RBL"
    refused = await either.ask("ccu/v3#post-delete-url", PURGE, customer="switched")
    assert (good.failed, bad.failed, refused.failed) == (False, True, True)
    assert "PLANTED" in ACCOUNT_KEY
    assert not any("PLANTED" in reply.text for reply in (good, bad, refused))


async def test_a_customer_without_an_account_key_sends_none(stage: Stage) -> None:
    await stage.ask("papi/v1#get-contracts")
    assert "accountSwitchKey" not in stage.seen.target


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        (
            "netstorage-usage-api/v1#list-all-event-subscriptions",
            {"cpCode": 1},
            "its document names another host ({apiKey}-nsu.akamaihd.net)",
        ),
        (
            "netstorage-usage-api/v1#delete-event-subscription",
            {"cpCode": 1, "subscriptionName": "a"},
            "another host",
        ),
    ],
)
async def test_documents_of_other_hosts_are_listed_but_nothing_is_sent_for_them(
    either: Stage, name: str, arguments: dict[str, Any], reason: str
) -> None:
    reply = await either.refused(name, arguments)
    assert f"{name} cannot be sent" in reply.problem
    assert reason in reply.problem


LOAD = {"domain": "d.akadns.net", "resource": "connections", "datacenterId": 3131}


@pytest.mark.parametrize("door", ["name", "own tool", "raw by name", "raw by path"])
async def test_load_of_traffic_management_is_read_by_https_and_signed_at_every_door(stage: Stage, door: str) -> None:
    key, path = "gtm-load-data/v1#get-domain-resource", "/gtm-load-data/v1/d.akadns.net/connections/3131"
    calls = {
        "name": ("akamai_read", {"name": key, "arguments": LOAD}),
        "own tool": (key, LOAD),
        "raw by name": ("akamai_raw_request", {"toolName": key, "pathParams": LOAD}),
        "raw by path": ("akamai_raw_request", {"method": "GET", "path": path}),
    }
    await stage.agreed(*calls[door])
    assert (stage.seen.method, stage.seen.target, stage.seen.operation) == ("GET", path, key)
    assert str(stage.seen.header("authorization")).startswith("EG1-HMAC-SHA256 ")


async def test_load_is_reported_to_traffic_management(stage: Stage) -> None:
    await stage.agreed("gtm-load-data/v1#post-domain-resource", {**LOAD, "body": {"current-load": 5}})
    assert (stage.seen.method, json.loads(stage.seen.body)) == ("POST", {"current-load": 5})
    assert stage.seen.header("accept") == "application/problem+json"


async def test_all_seven_operations_of_another_host_are_refused(stage: Stage) -> None:
    found = await stage.ask("akamai_list_operations", product="netstorage-usage-api", limit=50)
    listed = [row["name"] for row in found.content["operations"]]
    described = [(await stage.ask("akamai_describe_operation", name=name)).content for name in listed]
    assert len(described) == 7
    assert all(facts["cannotBeSent"] for facts in described)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "bundle.tgz").write_bytes(b"\x1f\x8b\x08bundle")
    (tmp_path / "secret.txt").write_bytes(b"outside")
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    return folder


async def test_a_body_is_read_from_the_allowed_folder(open_stage: OpenStage, files: Path) -> None:
    async with open_stage(files_dir=files) as stage:
        reply = await stage.ask("akamai_edgeworkers_post_versions", edgeWorkerId=5, body={"file": "sub/bundle.tgz"})
        assert (reply.failed, reply.content["status"]) == (False, 201)
        assert (stage.seen.body, stage.seen.header("content-type")) == (b"\x1f\x8b\x08bundle", "application/gzip")


@pytest.mark.parametrize(
    "name", ["../secret.txt", "sub/../../secret.txt", "/etc/passwd", "link", "sub", "", "no-such-file", "a\x00b", "x" * 5000]
)
async def test_no_file_outside_the_allowed_folder_is_read(open_stage: OpenStage, files: Path, name: str) -> None:
    async with open_stage(files_dir=files) as stage:
        reply = await stage.refused("akamai_edgeworkers_post_versions", edgeWorkerId=5, body={"file": name})
        assert reply.problem.startswith("There is no file ")
        assert "AKAMAI_MCP_FILES_DIR" in reply.advice


async def test_without_an_allowed_folder_no_file_is_read(stage: Stage) -> None:
    reply = await stage.refused("akamai_edgeworkers_post_versions", edgeWorkerId=5, body={"file": "/etc/hostname"})
    assert reply.problem == "Bodies from files are not allowed."


async def test_binary_content_can_be_given_as_base64(stage: Stage) -> None:
    await stage.ask("akamai_edgeworkers_post_versions", edgeWorkerId=5, body={"base64": "H4sI AA=="})
    assert stage.seen.body == b"\x1f\x8b\x08\x00"
    reply = await stage.refused("akamai_edgeworkers_post_versions", edgeWorkerId=5, body={"base64": "%%%"})
    assert "base64" in reply.problem


async def test_what_was_written_is_read_back_at_once_though_reads_are_cached(either: Stage) -> None:
    made = await either.ask("akamai_netlists_post_network_lists", body={"name": "first", "type": "IP", "list": ["192.0.2.1"]})
    where = {"networkListId": made.content["body"]["uniqueId"]}
    assert (await either.ask("akamai_netlists_get_network_list", where)).content["body"]["name"] == "first"
    await either.ask("akamai_netlists_put_network_list", where, body={"name": "second", "type": "IP", "list": []})
    assert (await either.ask("akamai_netlists_get_network_list", where)).content["body"]["name"] == "second"


async def test_a_cached_answer_says_so_and_stays_with_its_customer(stage: Stage) -> None:
    await stage.ask("papi/v1#get-contracts")
    again = await stage.ask("papi/v1#get-contracts")
    assert (again.content["_cache"]["hit"], len(stage.fake.requests)) == (True, 1)
    other = await stage.ask("papi/v1#get-contracts", customer="second")
    assert ("_cache" in other.content, len(stage.fake.requests)) == (False, 2)


async def test_a_part_of_an_answer_is_given_where_only_that_is_wanted(either: Stage) -> None:
    reply = await either.ask("akamai_read", name="papi/v1#get-contracts", select="contracts.items[].contractId")
    assert isinstance(reply.content["body"], list)
    assert all(isinstance(one, str) for one in reply.content["body"])


async def test_a_large_answer_is_cut_says_so_and_can_be_read_on(either: Stage) -> None:
    items = json.dumps({"items": [{"id": number, "text": "x" * 100} for number in range(2000)]}).encode()
    either.fake.faults.add(Fault(body=items, content_type="application/json"))
    reply = await either.ask("akamai_read", name="papi/v1#get-contracts")
    assert len(reply.text) < 45_000
    assert reply.content["_cut"]["cuts"][0] == {
        "path": "items",
        "kept": len(reply.content["body"]["items"]),
        "of": 2000,
        "unit": "items",
    }
    rest = await either.ask("akamai_read", name=reply.content["_cut"]["whole"], select="items[1999].id")
    assert (rest.failed, rest.content["body"], len(either.fake.requests)) == (False, 1999, 1)
