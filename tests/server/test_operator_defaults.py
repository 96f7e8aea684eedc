"""What an operator declares for a customer takes the place of arguments that a call leaves out, and nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage

from akamai_mcp.edgegrid.customers_file import parse_customers
from akamai_mcp.errors import CredentialsError

FILE = """
[acme]
section = "default"
defaults = { contractId = "ctr_C-1", groupId = "grp_7", notifyEmails = ["ops@example.com"] }

[other]
section = "second"
"""
LIST, ACTIVATE = "akamai_papi_get_properties", "akamai_papi_post_property_activations"
ACTIVATION: dict[str, Any] = {"network": "STAGING", "propertyVersion": 1, "acknowledgeAllWarnings": True}
DECLARED = {"contractId": "ctr_C-1", "groupId": "grp_7"}


@pytest.fixture
def customers_file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.toml"
    path.write_text(FILE, encoding="utf-8")
    path.chmod(0o600)
    return path


async def test_an_absent_argument_that_a_call_needs_is_the_operators_and_the_answer_says_so(
    open_stage: OpenStage, customers_file: Path
) -> None:
    async with open_stage(customers_file=customers_file, customer="acme") as stage:
        reply = await stage.ask(LIST)
        assert not reply.failed, reply.text
        assert reply.content["operatorDefaults"] == DECLARED
        assert "contractId=ctr_C-1" in stage.seen.target
        assert "groupId=grp_7" in stage.seen.target


async def test_what_a_call_gives_counts_and_another_customer_has_no_defaults(open_stage: OpenStage, customers_file: Path) -> None:
    async with open_stage(customers_file=customers_file, customer="acme") as stage:
        reply = await stage.ask(LIST, contractId="ctr_C-2")
        assert "contractId=ctr_C-2" in stage.seen.target
        assert reply.content["operatorDefaults"] == {"groupId": "grp_7"}
        assert "operatorDefaults" not in (await stage.ask(LIST, customer="other")).content
        assert "ctr_C-1" not in stage.seen.target


async def test_an_optional_argument_and_a_path_are_never_filled(open_stage: OpenStage, customers_file: Path) -> None:
    async with open_stage(customers_file=customers_file, customer="acme") as stage:
        reply = await stage.ask("akamai_papi_get_property", propertyId="prp_1")
        assert "operatorDefaults" not in reply.content
        assert "contractId" not in stage.seen.target
        assert "groupId" in (await stage.refused("identity-management/v3#get-group")).problem


async def test_a_member_that_a_body_needs_is_filled_where_a_body_is_given(open_stage: OpenStage, customers_file: Path) -> None:
    async with open_stage(customers_file=customers_file, customer="acme") as stage:
        given = {"propertyId": "prp_1", "body": ACTIVATION, "dryRun": True}
        reply = await stage.ask(ACTIVATE, given)
        assert reply.content["request"]["body"]["notifyEmails"] == ["ops@example.com"]
        assert reply.content["operatorDefaults"] == {"body.notifyEmails": ["ops@example.com"]}


async def test_a_description_and_the_list_of_customers_show_them(open_stage: OpenStage, customers_file: Path) -> None:
    async with open_stage(customers_file=customers_file, customer="acme") as stage:
        described = (await stage.ask("akamai_describe_operation", name=LIST)).content
        assert described["operatorDefaults"] == {"acme": DECLARED}
        rows = {row["name"]: row for row in (await stage.ask("akamai_list_customers")).content["customers"]}
        assert rows["acme"]["defaults"]["contractId"] == "ctr_C-1"
        assert "defaults" not in rows["other"]


@pytest.mark.parametrize(
    "text",
    [
        '{ network = "PRODUCTION" }',
        '{ customer = "x" }',
        "{ version = 1 }",
        "{ groupId = 7 }",
        '{ notifyEmails = ["nobody"] }',
        '"x"',
    ],
)
def test_other_defaults_and_other_values_are_refused(text: str) -> None:
    with pytest.raises(CredentialsError, match=r"in .*\[acme\]"):
        parse_customers(f"[acme]\ndefaults = {text}\n", "customers.toml", "default")
