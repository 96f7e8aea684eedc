"""Every entry point through which a call can be made, reads and changes apart; each call must be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mcp_stage import Reply, Stage

PROPERTY = {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1"}
ACTIVATION = {"propertyVersion": 1, "network": "PRODUCTION", "notifyEmails": ["a@example.com"]}
READ, WRITE, DESTROY = "papi/v1#get-property", "papi/v1#post-properties", "papi/v1#post-property-activations"
NEW = {"contractId": "ctr_1", "groupId": "grp_1", "body": {"propertyName": "x", "productId": "prd_A"}}

Ask = Callable[[Stage], Awaitable[Reply]]


def own_tool(name: str, arguments: dict[str, Any]) -> Ask:
    return lambda stage: stage.refused(name, arguments)


READS: dict[str, Ask] = {
    "own tool": own_tool("akamai_papi_get_property", PROPERTY),
    "own tool by key": own_tool(READ, PROPERTY),
    "caller": own_tool("akamai_read", {"name": READ, "arguments": PROPERTY}),
    "raw by name": own_tool("akamai_raw_request", {"toolName": READ, "pathParams": {"propertyId": "prp_1"}}),
    "raw by path": own_tool("akamai_raw_request", {"method": "GET", "path": "/papi/v1/properties/prp_1"}),
    "raw by a path that no document has": own_tool("akamai_raw_request", {"method": "GET", "path": "/papi/v1/properties/prp_1/new"}),
    "pages": own_tool("akamai_read", {"name": "papi/v1#get-properties", "paginate": True, "arguments": {"contractId": "c", "groupId": "g"}}),
    "dry run": own_tool(READ, {**PROPERTY, "dryRun": True}),
}  # fmt: skip
WRITES: dict[str, Ask] = {
    "own tool": own_tool(WRITE, NEW),
    "caller write": own_tool("akamai_write", {"name": WRITE, "arguments": NEW}),
    "caller destroy": own_tool("akamai_destroy", {"name": DESTROY, "arguments": {"propertyId": "prp_1", "body": ACTIVATION}}),
    "raw by name": own_tool("akamai_raw_request", {"toolName": WRITE, "queryParams": {"contractId": "c", "groupId": "g"}, "body": NEW["body"]}),
    "raw by path": own_tool("akamai_raw_request", {"method": "POST", "path": "/papi/v1/properties", "body": NEW["body"]}),
    "raw by a path that no document has": own_tool("akamai_raw_request", {"method": "POST", "path": "/papi/v1/properties/prp_1/new"}),
    "dry run": own_tool(WRITE, {**NEW, "dryRun": True}),
}  # fmt: skip
