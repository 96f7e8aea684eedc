"""Misspelt and invented names: spelled otherwise they answer, and all others are answered with the tool or operation they mean."""

from __future__ import annotations

import re

import pytest
from mcp_stage import OpenStage, Stage

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.naming import spellings
from akamai_mcp.cli.install.arguments import ENTRY

CLAUDE_CODE_LIMIT = 64
FOUND = re.compile(r"akamai_[a-z0-9_]+")

SPELLED = [
    "AKAMAI_READ",
    "akamai.read",
    "akamai-read",
    "akamai read",
    "AkamaiRead",
    "akamaiRead",
    "mcp__akamai__akamai_read",
    "mcp_akamai_akamai_read",
    "functions.akamai_read",
    "akamai:akamai_read",
    "akamai/read",
    "read",
]
OPERATION_SPELLED = [
    "AKAMAI_PAPI_GET_CONTRACTS",
    "akamai-papi-get-contracts",
    "akamai.papi.get_contracts",
    "akamaiPapiGetContracts",
    "mcp__akamai__akamai_papi_get_contracts",
    "papi_get_contracts",
    "PAPI/V1#GET-CONTRACTS",
    "papi_v1_get_contracts",
]
OWN = {
    "akamai_list_operation": "akamai_list_operations",
    "akamai_lst_operations": "akamai_list_operations",
    "akamai_listoperations": "akamai_list_operations",
    "akamai_search_operations": "akamai_list_operations",
    "akamai_search": "akamai_list_operations",
    "akamai_describe_operations": "akamai_describe_operation",
    "akamai_describe": "akamai_describe_operation",
    "akamai_destory": "akamai_destroy",
    "akamai_wirte": "akamai_write",
    "akamai_raw_requests": "akamai_raw_request",
    "akamai_list_customer": "akamai_list_customers",
    "mcp__akamai__akamai_registry_stat": "akamai_registry_stats",
}
INVENTED = {
    "akamai_property_list": "akamai_papi_get_properties",
    "akamai_list_properties": "akamai_papi_get_properties",
    "akamai_create_property": "akamai_papi_post_properties",
    "akamai_papi_get_contract": "akamai_papi_get_contracts",
    "akamai_papi_list_contracts": "akamai_papi_get_contracts",
    "akamai_list_zones": "akamai_dns_get_zones",
    "akamai_list_network_lists": "akamai_netlists_get_network_lists",
    "akamai_list_security_configs": "akamai_appsec_get_configs",
    "akamai_list_cpcodes": "akamai_papi_get_cpcodes",
    "akamai_gtm_list_domains": "akamai_gtm_get_domains",
    "akamai_list_enrollments": "akamai_cps_get_enrollments",
    "akamai_list_client_lists": "akamai_clientlists_get_client_lists",
    "akamai_list_edge_hostnames": "akamai_hapi_get_edge_hostnames",
    "akamai_activate_property": "akamai_papi_post_property_activations",
    "akamai_purge_url": "akamai_ccu_post_invalidate_url",
    "akamai_list_products": "akamai_papi_get_products",
    "akamai_whoami": "akamai_iam_v3_get_api_client_self",
    "akamai_list_api_clients": "akamai_iam_v3_get_api_clients",
    "listProperties": "akamai_papi_get_properties",
}
# More than one operation does what these names say.
EITHER = {
    "akamai_list_contracts": {"akamai_papi_get_contracts", "akamai_contracts_get_contract_ids"},
    "akamai_list_groups": {"akamai_papi_get_groups", "akamai_iam_v3_get_groups"},
    "akamai_create_dns_record": {"akamai_dns_post_zones_zone_recordsets", "akamai_dns_post_zones_zone_names_name_types_type"},
}


@pytest.mark.parametrize("name", SPELLED)
async def test_a_tool_answers_however_its_name_is_spelled(stage: Stage, name: str) -> None:
    reply = await stage.ask(name, {"name": "papi/v1#get-contracts"})
    assert (reply.failed, reply.content["status"]) == (False, 200)


@pytest.mark.parametrize("name", OPERATION_SPELLED)
async def test_an_operation_answers_however_its_name_is_spelled(stage: Stage, name: str) -> None:
    assert (await stage.ask(name)).content["status"] == 200
    assert (await stage.ask("akamai_read", {"name": name})).content["status"] == 200


@pytest.mark.parametrize(("name", "tool"), OWN.items())
async def test_a_misspelt_tool_of_the_servers_own_comes_before_operations(stage: Stage, name: str, tool: str) -> None:
    for reply in (await stage.refused(name), await stage.refused("akamai_describe_operation", {"name": name})):
        assert FOUND.findall(reply.advice)[0] == tool


@pytest.mark.parametrize(("name", "operation"), INVENTED.items())
async def test_an_invented_name_is_answered_with_the_operation_it_means_and_the_call(
    stage: Stage, name: str, operation: str
) -> None:
    effect = (await stage.ask("akamai_describe_operation", {"name": operation})).content["callWith"].partition(";")[0]
    for reply in (await stage.refused(name), await stage.refused("akamai_read", {"name": name})):
        assert FOUND.findall(reply.advice)[0] == operation
        assert f'Call {effect} with {{"name": "{operation}"' in reply.advice


@pytest.mark.parametrize(("name", "operations"), EITHER.items())
async def test_an_invented_name_that_two_operations_fit_is_answered_with_both_of_them(
    stage: Stage, name: str, operations: set[str]
) -> None:
    advice = (await stage.refused(name)).advice
    assert FOUND.findall(advice)[0] in operations
    assert operations <= set(FOUND.findall(advice))


async def test_what_a_rule_hides_is_not_suggested(open_stage: OpenStage) -> None:
    async with open_stage(deny=("papi",)) as stage:
        assert "akamai_papi" not in (await stage.refused("akamai_list_properties")).advice


async def test_an_operation_of_another_effect_is_not_called_by_another_spelling(stage: Stage) -> None:
    reply = await stage.refused("akamai_read", {"name": "NETWORK-LISTS/V2#POST-NETWORK-LISTS"})
    assert "akamai_write" in reply.advice


def test_a_name_fits_with_the_prefix_that_claude_code_gives_the_entry_that_install_writes(catalogue: Catalogue) -> None:
    longest = CLAUDE_CODE_LIMIT - len(f"mcp__{ENTRY}__")
    assert [entry.name for entry in catalogue.entries() if len(entry.name) > longest] == []


def test_a_former_name_of_52_characters_still_leads_to_its_operation(catalogue: Catalogue) -> None:
    former = [entry for entry in catalogue.entries() if entry.former_name]
    assert {len(entry.former_name) for entry in former} == {52}
    assert len(former) == 18
    for entry in former:
        assert catalogue.get(entry.former_name) == entry


def test_the_longest_part_of_a_spelling_comes_first() -> None:
    assert spellings("mcp__akamai__akamai_read")[:2] == ["akamai_akamai_read", "akamai_read"]
    assert spellings("read") == ["akamai_read"]
    assert spellings("x" * 100_000) == [f"akamai_{'x' * 200}"]
