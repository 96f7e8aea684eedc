"""Redirects of a read: followed on the customer's own host, each hop judged as a call of its own, and never for a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastmcp.exceptions import McpError
from mcp_stage import ACCOUNT_KEY, OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

READ = "papi/v1#get-property"
FROM = "/papi/v1/properties/prp_1"
TO = "/papi/v1/properties/1?contractId=C-1&groupId=2"


def redirect(location: str, status: int = 302, **more: object) -> Fault:
    return Fault(status=status, headers={"Location": location}, **more)  # type: ignore[arg-type]


def targets(stage: Stage) -> list[str]:
    return [request.target for request in stage.fake.requests]


@pytest.mark.parametrize("status", [302, 303, 307, 308])
async def test_a_read_follows_a_redirect_to_its_own_host_with_a_signature_of_its_own(either: Stage, status: int) -> None:
    either.fake.faults.add(redirect(TO, status))
    reply = await either.ask(READ, propertyId="prp_1", contractId="", groupId="")
    assert (reply.failed, reply.content["status"], reply.content["redirected"]) == (False, 200, [TO])
    assert targets(either)[1:] == [TO]
    first, second = (request.header("authorization") for request in either.fake.requests)
    assert first != second


@pytest.mark.parametrize("form", ["https://{host}{to}", "//{host}{to}", "1?contractId=C-1&groupId=2", "https://{host}{to}#part"])
async def test_every_way_to_write_an_address_of_the_same_host_is_followed(
    stage: Stage, sandbox: SandboxServer, form: str
) -> None:
    stage.fake.faults.add(redirect(form.format(host=sandbox.host, to=TO)))
    assert (await stage.ask("akamai_raw_request", method="GET", path=FROM)).content["redirected"] == [TO]


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example{to}",
        "http://{host}{to}",
        "//elsewhere.example{to}",
        "https://{host}@elsewhere.example{to}",
        "https://user@{host}{to}",
        "https://127.0.0.1:8443{to}",
        "/papi/v1/properties/%2e%2e/contracts",
        "/papi/v1/properties/1?accountSwitchKey=1-OTHER",
        "/papi/v1/properties/1?_method=DELETE",
        "",
    ],
)
async def test_no_redirect_leads_to_another_host_account_or_method(stage: Stage, sandbox: SandboxServer, location: str) -> None:
    stage.fake.faults.add(redirect(location.format(host=sandbox.host, to=TO)))
    reply = await stage.ask("akamai_raw_request", method="GET", path=FROM)
    assert (reply.failed, reply.content["status"], targets(stage)) == (True, 302, [FROM])
    assert "redirected" not in reply.content
    assert "not followed" in reply.advice


@pytest.mark.parametrize("status", [302, 303, 307, 308])
@pytest.mark.parametrize(
    "call",
    [
        ("PUT", "/papi/v1/properties/1/versions/1/hostnames"),
        ("DELETE", "/papi/v1/properties/1"),
        ("POST", "/papi/v1/search/find-by-value"),
    ],
)
async def test_no_other_method_than_get_and_head_follows_a_redirect(stage: Stage, status: int, call: tuple[str, str]) -> None:
    method, path = call
    stage.fake.faults.add(redirect(TO, status))
    reply = await stage.agreed("akamai_raw_request", method=method, path=path, body={})
    assert (reply.failed, len(stage.fake.requests)) == (True, 1)
    assert "not followed" in reply.advice


async def test_three_hops_are_followed_and_a_fourth_is_an_error(stage: Stage) -> None:
    stage.fake.faults.add(*(redirect(f"/papi/v1/properties/{n}") for n in (2, 3, 4)))
    reply = await stage.ask("akamai_raw_request", method="GET", path="/papi/v1/properties/1")
    assert (reply.failed, reply.content["redirected"]) == (False, [f"/papi/v1/properties/{n}" for n in (2, 3, 4)])
    stage.fake.faults.add(redirect("/papi/v1/groups?a=1", times=None))
    reply = await stage.ask("akamai_raw_request", method="GET", path="/papi/v1/contracts")
    assert (reply.failed, reply.content["status"], len(reply.content["redirected"])) == (True, 302, 3)
    assert len(stage.fake.requests) == 4 + 4


async def test_a_hop_that_the_rules_deny_is_not_sent(open_stage: OpenStage) -> None:
    async with open_stage(deny="cps") as stage:
        stage.fake.faults.add(redirect("/cps/v2/enrollments/1"))
        reply = await stage.ask("akamai_raw_request", method="GET", path=FROM)
        assert (reply.failed, targets(stage)) == (True, [FROM])
        assert "denied by 'cps'" in reply.advice


async def test_a_hop_to_an_operation_that_returns_a_credential_needs_a_call_of_its_own(stage: Stage) -> None:
    stage.fake.faults.add(redirect("/edgekv/v1/tokens/mine"))
    reply = await stage.ask("akamai_raw_request", method="GET", path=FROM)
    assert (reply.failed, targets(stage), "redirected" in reply.content) == (True, [FROM], False)
    assert "not followed" in reply.advice


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("to", ["/config-dns/v2/zones/example.com", "/crux/v1/mgmt-pop/idp/1", "/config-dns/v1/keys"])
async def test_a_hop_to_an_answer_with_a_credential_among_others_needs_a_call_of_its_own(
    stage: Stage, to: str, method: str
) -> None:
    stage.fake.faults.add(redirect(to))
    reply = await stage.ask("akamai_raw_request", method=method, path="/papi/v1/contracts")
    assert (reply.failed, targets(stage)) == (True, ["/papi/v1/contracts"])
    assert "needs a call of its own" in reply.advice


async def test_a_kept_answer_is_read_as_long_as_each_request_it_took_is_allowed(open_stage: OpenStage, tmp_path: Path) -> None:
    customers = tmp_path / "customers.toml"

    def deny(rule: str) -> None:
        customers.write_text(f'[acme]\nsection = "default"\ndeny = ["{rule}"]\n', encoding="utf-8")
        customers.chmod(0o600)

    deny("ccu")
    async with open_stage(customers_file=customers) as stage:
        stage.fake.faults.add(redirect("/cps/v2/enrollments?contractId=1"))
        stage.fake.faults.add(
            Fault(status=200, content_type="application/json", body=json.dumps({"enrollments": ["x" * 9] * 900}).encode())
        )
        reply = await stage.ask("akamai_raw_request", method="GET", path=FROM, customer="acme", maxBytes=600)
        handle = reply.content["_cut"]["whole"]
        assert not (await stage.ask("akamai_read", name=handle)).failed
        for rule in ("cps", "cps/v2#get-enrollments", "/cps/v2/*"):
            deny(rule)
            assert "is not allowed" in (await stage.refused("akamai_read", name=handle)).problem
            with pytest.raises(McpError, match="is not allowed"):
                await stage.client.read_resource(handle)


async def test_the_customers_own_account_key_in_a_location_is_left_to_the_transport(stage: Stage) -> None:
    stage.fake.faults.add(redirect(f"{TO}&accountSwitchKey={ACCOUNT_KEY}"))
    reply = await stage.ask("akamai_raw_request", method="GET", path=FROM, customer="switched")
    assert (reply.failed, reply.content["redirected"]) == (False, [TO])
    assert stage.seen.target.startswith(TO)
    assert stage.seen.target.count("accountSwitchKey") == 1
    assert ACCOUNT_KEY not in reply.text


async def test_an_answer_behind_a_redirect_is_cached_by_its_own_address(stage: Stage) -> None:
    stage.fake.faults.add(redirect(TO))
    await stage.ask("akamai_raw_request", method="GET", path=FROM)
    again = await stage.ask(READ, propertyId="1", contractId="C-1", groupId="2")
    assert (again.content["_cache"]["hit"], len(stage.fake.requests)) == (True, 2)


async def test_headers_of_the_call_go_with_it_except_those_about_the_first_address(stage: Stage) -> None:
    stage.fake.faults.add(redirect(TO))
    given = {"PAPI-Use-Prefixes": "false", "If-None-Match": '"e"', "Prefer": "return=minimal"}
    await stage.ask("akamai_raw_request", method="GET", path=FROM, headers=given)
    sent = {name: stage.seen.header(name.lower()) for name in given}
    assert sent == {**given, "If-None-Match": None}


async def test_the_status_of_a_security_activation_leads_to_the_activation(stage: Stage) -> None:
    stage.fake.faults.add(redirect("/appsec/v1/activations/1234", 303))
    reply = await stage.ask("appsec/v1#get-activations-status", statusId="b1c7ab4c")
    assert (reply.failed, reply.content["status"], reply.content["redirected"]) == (False, 200, ["/appsec/v1/activations/1234"])


async def test_a_redirect_of_strictly_checked_calls_is_followed_too(open_stage: OpenStage) -> None:
    async with open_stage(strict_validation=True) as stage:
        to = "/papi/v1/properties/1/versions?limit=3&contractId=C-1&groupId=2"
        stage.fake.faults.add(redirect(to))
        reply = await stage.ask(READ, propertyId="prp_1", contractId="ctr_1", groupId="grp_2")
        assert reply.content["redirected"] == [to]


async def test_an_address_that_moved_for_good_is_shown_and_not_followed(stage: Stage) -> None:
    stage.fake.faults.add(redirect("/papi/v1/groups", 301))
    reply = await stage.ask("papi/v1#get-contracts")
    assert (reply.failed, reply.content["status"], reply.content["headers"]["location"]) == (True, 301, "/papi/v1/groups")
    assert "not followed" in reply.advice
    assert targets(stage) == ["/papi/v1/contracts"]


async def test_a_redirect_that_the_document_declares_is_followed_like_others(either: Stage) -> None:
    reply = await either.ask("akamai_papi_get_latest_property_version", propertyId="prp_1", contractId="c", groupId="g")
    assert (reply.failed, reply.content["status"]) == (False, 200)
    assert reply.content["redirected"] == ["/papi/v1/properties/prp_1/versions/1"]
