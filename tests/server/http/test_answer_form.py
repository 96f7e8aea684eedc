"""A short call over HTTP is answered with one JSON document, a long one and one that asks for progress with an event stream."""

from __future__ import annotations

from typing import Any

import pytest
from service_stage import OpenService

ACCEPT = {"accept": "application/json, text/event-stream"}
READ: dict[str, Any] = {"name": "akamai_read", "arguments": {"name": "papi/v1#get-groups"}}
FORMS = (
    ("tools/list", {}, "application/json"),
    ("tools/call", READ, "application/json"),
    ("tools/call", {"name": "akamai_papi_get_groups", "arguments": {}}, "application/json"),
    ("tools/call", READ | {"_meta": {"progressToken": 0}}, "text/event-stream"),
    ("tools/call", {"name": "akamai_papi_get_groups", "arguments": {"wait": True}}, "text/event-stream"),
    ("tools/call", {"name": "akamai_read", "arguments": READ["arguments"] | {"paginate": True}}, "text/event-stream"),
    ("tools/call", {"name": "akamai_query", "arguments": {"program": "1"}}, "text/event-stream"),
    ("tools/call", {"name": "akamai_run", "arguments": {"program": "1"}}, "text/event-stream"),
    ("tools/call", {"name": "akamai_read", "arguments": []}, "application/json"),
    ("tools/call", {"name": ["akamai_run"], "arguments": {}}, "application/json"),
)


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25"])
async def test_the_form_of_an_answer_follows_from_how_long_the_call_can_take(open_service: OpenService, version: str) -> None:
    forms = []
    async with open_service() as service:
        for method, params, _ in FORMS:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = await service.request("POST", "/mcp", json=message, headers=ACCEPT | {"mcp-protocol-version": version})
            forms.append((method, params, answer.headers["content-type"].partition(";")[0]))
            assert '"id":1' in answer.text
    assert forms == list(FORMS)
