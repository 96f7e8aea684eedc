"""A raw request by method and path: known operations keep their rules, unknown paths are safe by default."""

from __future__ import annotations

from typing import Any

import pytest
from mcp_stage import Stage

RAW = "akamai_raw_request"


async def test_a_path_that_an_operation_has_is_that_operation(stage: Stage) -> None:
    reply = await stage.ask(RAW, method="GET", path="/papi/v1/properties/prp_1", queryParams={"contractId": "ctr_1"})
    assert (reply.failed, stage.seen.operation, stage.seen.target) == (
        False,
        "papi/v1#get-property",
        "/papi/v1/properties/prp_1?contractId=ctr_1",
    )
    assert stage.seen.header("papi-use-prefixes") == "true"


async def test_its_effect_is_that_operations_effect(stage: Stage) -> None:
    path = "/papi/v1/properties/prp_1/activations"
    body = {"propertyVersion": 1, "network": "PRODUCTION", "notifyEmails": ["a@example.com"]}
    refused = await stage.refused(RAW, method="POST", path=path, body=body)
    assert "confirm" in refused.advice
    assert not (await stage.ask(RAW, method="POST", path=path, body={**body, "network": "STAGING"})).failed


async def test_placeholders_take_their_values_from_path_params(stage: Stage) -> None:
    await stage.ask(RAW, method="GET", path="/papi/v1/properties/{propertyId}", pathParams={"propertyId": "a/b c"})
    assert stage.seen.target == "/papi/v1/properties/a%2Fb%20c"


async def test_a_path_that_no_document_has_can_be_read(stage: Stage) -> None:
    reply = await stage.ask(RAW, method="GET", path="/new-api/v9/things", queryParams={"limit": 0})
    assert (reply.content["status"], stage.seen.method, stage.seen.target) == (404, "GET", "/new-api/v9/things?limit=0")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_no_document_describes_needs_a_confirmation_unless_it_reads(stage: Stage, method: str) -> None:
    await stage.refused(RAW, method=method, path="/new-api/v9/things", body={"a": 1})
    await stage.agreed(RAW, method=method, path="/new-api/v9/things", body={"a": 1})
    assert (stage.seen.method, stage.seen.body) == (method, b'{"a":1}')


@pytest.mark.parametrize(
    "path",
    [
        "papi/v1/properties",
        "https://evil.example/papi/v1",
        "//evil.example/papi",
        "/papi/../etc",
        "/papi/%2e%2e/etc",
        "/papi/%2E./etc",
        "/papi/%252e%252e/etc",
        "/papi/v1/properties/%252e%252e",
        "/papi/v1/properties/..;",
        "/papi/v1/properties/..%253bx",
        "/papi/v1/x/..%20/properties",
        "/papi/v1/x/%00../properties",
        "/papi/v1/%c0%af",
        "/papi/a%252f..%252fb",
        "/papi/a%2fb",
        "/papi/a%5cb",
        "/papi//v1",
        "/papi/v1?x=1",
        "/papi/v1#x",
        "/papi/v1/a b",
        "/papi/v1/\r\nX-Evil: 1",
        "/@evil.example/%",
        "",
        "/",
    ],
)
async def test_what_is_not_a_plain_path_is_refused(stage: Stage, path: str) -> None:
    refused = await stage.refused(RAW, method="GET", path=path)
    assert refused.content["problem"]["title"] == "The arguments do not fit the operation"


@pytest.mark.parametrize(
    "arguments", [{}, {"method": "GET"}, {"path": "/papi/v1/groups"}, {"method": "TRACE", "path": "/papi/v1/groups"}]
)
async def test_half_an_address_is_refused(stage: Stage, arguments: dict[str, Any]) -> None:
    await stage.refused(RAW, arguments)


async def test_the_host_is_always_the_customers(stage: Stage) -> None:
    await stage.ask(RAW, method="GET", path="/new/v1/x", headers={})
    assert (stage.seen.header("host") or "").startswith("127.0.0.1:")
    await stage.refused(RAW, method="GET", path="/new/v1/x", headers={"Host": "evil.example"})


async def test_an_operation_and_a_path_at_once_are_refused(stage: Stage) -> None:
    await stage.refused(RAW, toolName="papi/v1#get-groups", method="GET", path="/papi/v1/groups")


async def test_a_header_of_many_kilobytes_is_refused(stage: Stage) -> None:
    await stage.refused(RAW, method="GET", path="/papi/v1/groups", headers={"Prefer": "x" * 9000})
