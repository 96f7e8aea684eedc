"""A name that a model invents for a tool of the server leads to the tool that does it."""

from __future__ import annotations

import pytest

from akamai_mcp.catalogue.naming import spellings
from akamai_mcp.catalogue.search.meanings import OTHER_WORDS, own_tool

TOOLS = {
    f"akamai_{name}": name
    for name in (
        "list_operations", "describe_operation", "read", "write", "destroy", "raw_request", "registry_stats", "list_customers",
        "query", "run",
    )
}  # fmt: skip
MEANT = {
    "list_operations": """search find discover list_tools list_apis list_endpoints find_operations search_operations
        get_operations operations_list list_operation listoperations""",
    "describe_operation": "describe get_operation operation_describe describe_tool describe_operations",
    "read": "get execute_read read_operation call_read",
    "write": "create update write_operation wirte",
    "destroy": "delete remove destroy_operation destory",
    "raw_request": "request raw http_request api_request call call_api raw_requests",
    "registry_stats": "stats registry_stat",
    "list_customers": "customers accounts list_accounts get_customers list_customer",
}


@pytest.mark.parametrize(("name", "tool"), [(name, tool) for tool, names in MEANT.items() for name in names.split()])
def test_an_invented_name_means_a_tool_with_and_without_the_prefix(name: str, tool: str) -> None:
    assert own_tool(f"akamai_{name}", TOOLS) == f"akamai_{tool}"
    assert own_tool(name, TOOLS) == f"akamai_{tool}"


def test_the_table_has_no_name_that_no_call_can_be_read_as() -> None:
    assert [name for name in OTHER_WORDS if f"akamai_{name}" not in spellings(name)] == []
    assert {name for names in MEANT.values() for name in names.split()} >= set(OTHER_WORDS)


@pytest.mark.parametrize("name", ["akamai_papi_get_property", "akamai_dns_read_zone", "x", ""])
def test_another_name_means_no_tool(name: str) -> None:
    assert own_tool(name, TOOLS) is None


@pytest.mark.parametrize("name", ["find", "akamai_find", "FIND", "mcp__akamai__akamai_find"])
def test_the_name_of_a_tool_means_that_tool_whatever_else_it_may_be_called_for(name: str) -> None:
    assert own_tool(name, {**TOOLS, "akamai_find": "find"}) == "akamai_find"


def test_a_tool_that_the_server_does_not_offer_is_not_meant() -> None:
    assert own_tool("akamai_delete", {"akamai_read": 1}) is None
