"""Many large reads of one caller do not delay the small read of another."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from service_stage import OpenService, TokenBook, bearer

from akamai_mcp.sandbox.faults import Fault

MANY = 80
LARGE = {"name": "network-lists/v2#get-network-lists"}
SMALL = {"name": "papi/v1#get-groups"}
BODY = json.dumps({"networkLists": [{"name": f"list {number}", "type": "IP"} for number in range(700)]}).encode()
HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("known", [True, False], ids=["by tokens", "without tokens"])
async def test_the_read_of_another_caller_overtakes_many_large_ones(
    open_service: OpenService, book: TokenBook, known: bool
) -> None:
    book.give(alice="reader", bob="reader")
    answered: list[str] = []
    async with (
        open_service(**({"auth_tokens_file": book.path} if known else {})) as service,
        httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=60) as client,
    ):
        service.fake.faults.add(Fault(path="/network-list/*", times=None, body=BODY))

        async def read(caller: str, arguments: dict[str, object]) -> None:
            call = {"name": "akamai_read", "arguments": {**arguments, "cache": "off"}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            headers = HEADERS | (bearer(book.token(caller)) if known else {})
            assert 'isError":false' in (await client.post("/mcp", json=message, headers=headers)).text
            answered.append(caller)

        await read("bob", SMALL)
        large = [asyncio.create_task(read("alice", LARGE)) for _ in range(MANY)]
        while len(answered) < 2:  # until the large ones are under way
            await asyncio.sleep(0)
        before = len(answered)
        await read("bob", SMALL)
        meanwhile = len(answered) - before
        await asyncio.gather(*large)
    # In the order in which they came it would have waited for all of them. A busy machine lets more than a few be counted first.
    assert meanwhile < MANY / 2
