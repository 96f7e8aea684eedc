"""What the rules deny to a caller is not described, completed or counted."""

from __future__ import annotations

import pytest
from fastmcp.exceptions import McpError
from mcp_stage import OPERATIONS, OpenStage
from mcp_types import ResourceTemplateReference

DENIED = "papi/v1#get-contracts"


async def test_a_denied_operation_is_not_described(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi") as stage:
        for name in (DENIED, "akamai_papi_get_contracts"):
            refused = await stage.refused("akamai_describe_operation", name=name)
            assert "do not allow" in refused.problem
            assert "contractId" not in refused.text
        with pytest.raises(McpError):
            await stage.client.read_resource("akamai://operations/akamai_papi_get_contracts")
        unknown = await stage.refused("akamai_describe_operation", name="akamai_papi_get_contract")
        assert "Search with" in unknown.advice
        assert "papi_" not in unknown.advice


async def test_a_denied_operation_is_neither_completed_nor_counted(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi") as stage:
        reference = ResourceTemplateReference(type="ref/resource", uri="akamai://operations/{name}")
        found = await stage.client.complete(reference, {"name": "name", "value": "akamai_papi"})
        assert found.values == []
        figures = (await stage.ask("akamai_registry_stats")).content
        assert not [name for name in figures["byProduct"] if name.startswith("papi/")]
        assert 0 < figures["operations"] == sum(figures["byMethod"].values()) < OPERATIONS
