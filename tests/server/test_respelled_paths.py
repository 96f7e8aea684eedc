"""A path that a server may read as another operation is judged as that one too, through MCP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage
from service_stage import OpenService, TokenBook

from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy
from akamai_mcp.sandbox.faults import Fault

RAW = "akamai_raw_request"
LARGE = json.dumps({"keys": [{"secret": "x" * 50} for _ in range(100)]}).encode()
KEYS = "/config-dns/v2/keys"
RESPELLED = [
    "/config-dns/v2/%6beys",
    "/config-dns/v2/keys;x",
    "/%63onfig-dns/v2/keys",
    "/config-dns/v2/KEYS",
    "/config-dns/v2/keys.",
    "/config-dns/v2/keys%20",
    "/config-dns/v2/%256beys",
    "/config-dns/v2/keys.json",
    "/config-dns/v2/keys.geojson",
    "/config-dns/v2/keys.mp4",
    "/config-dns/v2/keys/",
    "/config-dns/v2/keys/;x",
    "/config-dns/v2/keys..",
    "/config-dns/v2/keys+",
    "/config-dns/v2/%20keys",
    "/config-dns/v2/keys%25ff",
    "/config-dns/v2/keys%2500.png",
    "/config-dns/v2/keys%23a",
    "/config-dns/v2/keys%253Fa=b",
    "/config-dns/v2/keys%0d%0a",
    "/config-dns/v2/keys%E3%80%80",
    "/config-dns/v2/%EF%BD%8Beys",
    "/config-dns/v2/%E2%84%AAeys",
    "/config-dns/v2/key%C5%BF",
    "/config-dns/v2/k%C3%A9ys",
    "/config-dns/v2/ke%C2%ADys",
    "/config-dns/v2/keys%F3%A0%80%A1",
    "/config-dns/v2/%25%36%62eys",
    "/config-dns/v2%252fkeys",
    "/config-dns/v2%25c0%25afkeys",
    "/config-dns/v2%EF%BC%8Fkeys",
    "/config-dns/v2%E2%88%95keys",
    "/config-dns/v2%255Ckeys",
    "/config-dns;a=b/v2;/keys",
    "/;x/config-dns/v2/keys",
    "/config-dns/v%EF%BC%92/keys",
    "/CONFIG-DNS/V2/Keys",
]
AS_VALUES: list[dict[str, Any]] = [
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com/key"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com%2Fkey"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com\\KEY"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com/key;x"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com\u2215key"}},
    {"method": "GET", "path": "/config-dns/v2/{what}", "pathParams": {"what": "keys"}},
    {"method": "GET", "path": "/config-dns/v2/{what}", "pathParams": {"what": "KEYS;x"}},
    {"method": "GET", "path": "/config-dns/{version}/{what}", "pathParams": {"version": "v2", "what": "keys"}},
    {"method": "HEAD", "path": "/config-dns/v2/keys"},
    {"method": "HEAD", "path": "/config-dns/v2/%6Beys"},
]
# Versions that no document describes, and the path without one.
OTHER_VERSIONS = [
    "/config-dns/v1/keys",
    "/config-dns/v3/keys",
    "/config-dns/v2.1/keys",
    "/config-dns/v1-beta/keys",
    "/config-dns/keys",
    "/CONFIG-DNS/V1/%6beys;x",
    "/config-dns/v1/zones/example.com/key",
    "/edgekv/v3/tokens/t",
    "/apikey-manager-api/v7/keys/1",
]
# Refused as they are: they climb, or are no path of the customer's host.
REFUSED = [
    "/config-dns/v2/x/..;/keys",
    "/config-dns/v2/x/%252e%252e/keys",
    "/config-dns/v2/.;/keys",
    "/config-dns/v2//keys",
    "/config-dns/v2/./keys",
    "/config-dns/v2%5Ckeys",
    "/config-dns/v2%2Fkeys",
    "/config-dns/v2/keys%C0%80",
    "/config-dns/v2/keys?x",
    "/config-dns/v2/keys#x",
    "https://host/config-dns/v2/keys",
    "//host/config-dns/v2/keys",
    "config-dns/v2/keys",
]
CALLS = [*({"method": "GET", "path": path} for path in RESPELLED), *AS_VALUES]


async def test_a_call_that_may_show_credentials_is_asked_about(stage: Stage) -> None:
    for call in CALLS:
        refused = await stage.refused(RAW, call)
        assert "confirm" in refused.content, call
        assert "credentials" in refused.text, call


async def test_another_version_of_what_shows_credentials_is_judged_as_it(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        for path in OTHER_VERSIONS:
            for method in ("GET", "HEAD"):
                refused = await stage.refused(RAW, method=method, path=path)
                assert "credentials" in refused.content["would"], path
    async with open_stage(deny="config-dns/v2#get-keys,config-dns/v2#*-key,edgekv/*#*,apikey-*", confirm="never") as stage:
        for path in OTHER_VERSIONS:
            assert "is not allowed by this server" in (await stage.refused(RAW, method="GET", path=path)).problem, path
    async with open_stage(confirm="never") as stage:
        stage.fake.faults.add(Fault(times=None, status=200, content_type="application/json", body=LARGE))
        for path in OTHER_VERSIONS:
            reply = await stage.ask(RAW, method="GET", path=path, maxBytes=1000)
            assert "_cut" in reply.content
            assert "akamai://results" not in reply.text


async def test_another_version_of_a_plain_read_is_a_plain_read(stage: Stage) -> None:
    for path in ("/config-dns/v1/zones", "/papi/v0/contracts", "/identity-management/v9/user-admin/ui-identities"):
        await stage.ask(RAW, method="GET", path=path)
        assert stage.seen.target == path


async def test_a_path_that_climbs_or_has_no_plain_form_is_refused(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        for path in REFUSED:
            assert "confirm" not in (await stage.refused(RAW, method="GET", path=path)).content, path


@pytest.mark.parametrize(
    "rule", ["config-dns/v2#get-keys,config-dns/v2#get-zones-zone-key", f"{KEYS},/config-dns/v2/zones/*/key"]
)
async def test_an_operation_that_is_denied_is_denied_in_every_spelling(open_stage: OpenStage, rule: str) -> None:
    async with open_stage(deny=rule, confirm="never") as stage:
        for call in CALLS:
            assert "is not allowed by this server" in (await stage.refused(RAW, call)).problem, call


async def test_what_may_show_credentials_is_audited_and_never_cached(open_stage: OpenStage, tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    async with open_stage(audit_file=trail, confirm="never") as stage:
        for call in CALLS:
            before = len(stage.fake.requests)
            await stage.ask(RAW, call)
            await stage.ask(RAW, call)
            assert len(stage.fake.requests) == before + 2, call
    assert len([json.loads(line) for line in trail.read_text().splitlines()]) >= 2 * len(CALLS)


async def test_what_may_show_credentials_is_never_kept(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        stage.fake.faults.add(Fault(times=None, status=200, content_type="application/json", body=LARGE))
        for call in CALLS:
            if call.get("method") != "HEAD":
                reply = await stage.ask(RAW, call, maxBytes=1000)
                assert "_cut" in reply.content, call
                assert "akamai://results" not in reply.text, call


async def test_a_role_that_may_see_no_credentials_gets_none_in_any_spelling(open_service: OpenService, book: TokenBook) -> None:
    book.give(ann="reader")
    async with open_service(auth_tokens_file=book.path) as service, service.enter("http", book.token("ann")) as stage:
        for call in [*CALLS, *({"method": "GET", "path": path} for path in OTHER_VERSIONS)]:
            assert "may not see credentials" in (await stage.refused(RAW, call)).problem, call
        assert not (await stage.ask(RAW, method="GET", path="/config-dns/v2/zones")).failed


async def test_a_role_is_denied_an_operation_in_every_spelling(
    open_service: OpenService, book: TokenBook, tmp_path: Path
) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text(
        '[zones]\nsecrets = true\ndeny = ["config-dns/v2#get-keys", "/config-dns/v2/zones/*/key"]\n', encoding="utf-8"
    )
    book.give(ann="zones")
    async with (
        open_service(auth_tokens_file=book.path, auth_roles_file=roles, confirm="never") as service,
        service.enter("http", book.token("ann")) as stage,
    ):
        for call in CALLS:
            refused = await stage.refused(RAW, call)
            assert "is not allowed by caller token:ann, role zones: denied by" in refused.problem, call


async def test_failures_in_any_spelling_open_the_circuit_of_the_operations_api(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        stage.fake.faults.add(Fault(times=None, status=500))
        for path in RESPELLED[: BreakerPolicy().failures]:
            await stage.ask(RAW, method="GET", path=path)
        before = len(stage.fake.requests)
        assert (await stage.ask("akamai_read", name="config-dns/v2#get-zones")).failed
        assert len(stage.fake.requests) == before


async def test_a_change_in_any_spelling_is_seen_by_the_next_read(open_stage: OpenStage) -> None:
    lists = {"name": "network-lists/v2#get-network-lists"}
    async with open_stage(confirm="never") as stage:
        for path in (
            "/Network-List/v2/network-lists",
            "/network-list/v2/network-lists;x",
            "/network-list/v2/network-lists%2Ejson",
        ):
            await stage.ask("akamai_read", lists)
            stage.fake.faults.add(Fault(method="POST", status=201, content_type="application/json", body=b"{}"))
            await stage.ask(RAW, method="POST", path=path, body={"name": "a", "type": "IP", "list": []})
            before = len(stage.fake.requests)
            await stage.ask("akamai_read", lists)
            assert len(stage.fake.requests) == before + 1, path


@pytest.mark.parametrize("deny", ["/papi/v1/properties/prp_1", "/papi/v1/properties/1", "/PAPI/v1/properties/prp_1*"])
async def test_an_identifier_is_denied_with_and_without_its_prefix_by_every_tool(open_stage: OpenStage, deny: str) -> None:
    async with open_stage(deny=deny) as stage:
        for identifier in ("1", "prp_1", "PRP_1"):
            arguments = {"propertyId": identifier}
            assert "denied by" in (await stage.refused("akamai_papi_get_property", arguments)).problem
            assert "denied by" in (await stage.refused("akamai_read", name="papi/v1#get-property", arguments=arguments)).problem
            assert "denied by" in (await stage.refused(RAW, toolName="papi/v1#get-property", pathParams=arguments)).problem
            assert "denied by" in (await stage.refused(RAW, method="GET", path=f"/papi/v1/properties/{identifier}")).problem


async def test_the_question_names_what_the_path_may_be(stage: Stage) -> None:
    refused = await stage.refused(RAW, AS_VALUES[0])
    assert "A server may read the path as" in refused.text


async def test_a_value_with_a_slash_that_is_no_operation_is_sent(stage: Stage) -> None:
    reply = await stage.ask(RAW, toolName="config-dns/v2#get-zone", pathParams={"zone": "a/b"})
    assert ("confirm" in reply.content, stage.seen.target) == (False, "/config-dns/v2/zones/a%2Fb")
