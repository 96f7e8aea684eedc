"""Every answer of the account is what the operation's document says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from account_stage import AccountStage
from openapi_schema_validator import OAS30Validator, OAS31Validator

from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.routes import ROUTES
from akamai_mcp.sandbox.responses import json_schema
from akamai_mcp.sandbox.routing import Route, Router

# PAPI has members in rule trees that its document does not declare.
UNDECLARED = ("/rules",)


def known_values(account: Account) -> dict[str, str]:
    """A value of each path parameter, which the account has."""
    site = account.estate.sites[0]
    one = account.papi.properties[site.property_id]
    include = next(iter(account.papi.includes.values()))
    return {
        "propertyId": f"prp_{one.number}",
        "propertyVersion": str(one.latest),
        "includeId": f"inc_{include.number}",
        "includeVersion": "1",
        "cpcodeId": f"cpc_{site.cpcode_id}",
        "edgeHostnameId": f"ehn_{site.edge_hostname_id}",
        "/properties/activationId": f"atv_{min(one.activations)}",
        "/includes/activationId": f"atv_{min(include.activations)}",
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    def value(name: str) -> str:
        special = next(
            (
                text
                for key, text in values.items()
                if key.startswith("/") and key.endswith(f"/{name}") and f"{key[: -len(name)]}" in template
            ),
            None,
        )
        return special or values[name]

    return "/".join(value(placeholder(part)) if placeholder(part) else part for part in template.split("/"))


def test_every_route_of_the_account_is_an_operation_of_a_document(router: Router) -> None:
    unknown = [key for key in ROUTES if key[0] not in router.methods(key[1])]
    assert unknown == []


@pytest.mark.parametrize("key", [key for key in ROUTES if key[0] == "GET"], ids=" ".join)
async def test_a_read_is_answered_with_what_the_document_declares(
    account: AccountStage, router: Router, key: tuple[str, str]
) -> None:
    path = filled(key[1], known_values(account.fake.account))
    answer = await account.client.get(path)
    assert answer.status_code in {200, 302}, answer.text
    faults = list(mismatches(router, router.methods(key[1])["GET"], answer.json()))
    assert faults == []


def mismatches(router: Router, route: Route, value: Any) -> Iterator[str]:
    schema = json_schema(router.operation(route))
    validator = OAS31Validator if str(route.document.get("openapi", "")).startswith("3.1") else OAS30Validator
    if schema is None or route.template.endswith(UNDECLARED):
        return
    for error in validator(schema).iter_errors(value):
        yield f"{error.json_path}: {error.message[:200]} {json.dumps(error.instance)[:100]}"
