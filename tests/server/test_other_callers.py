"""While one call does long work, another caller's read is answered within a second, and the memory stays bounded."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import MIB, MOST_MEMORY, Child, peak_memory, start_child

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

LISTS = {"name": "network-lists/v2#get-network-lists", "cache": "off"}
ITEMS = b'{"networkLists":[' + b'{"a":1,"b":"x"},' * 200_000 + b'{"a":1}]}'
HOSTILE: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a list doubled and written": (ITEMS, {"select": "|".join(["[@,@]"] * 26 + ["to_string(@)"])}),
    "many alternatives": (ITEMS, {"select": f"networkLists[?{' || '.join(['a==`-1`'] * 100)}]"}),
    "many objects": (ITEMS, {"select": "networkLists[].{a: a, b: b, c: a, d: b}"}),
    "millions of lists": (b"[" + b"[1]," * 2_500_000 + b"0]", {}),
    "the largest answer": (b"[" + (b'{"name":"a list","type":"IP"},' * (16 * MIB // 30 - 9))[:-1] + b"]", {}),
}


@pytest.mark.parametrize(("body", "controls"), HOSTILE.values(), ids=HOSTILE)
async def test_another_caller_is_answered_within_a_second(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, body: bytes, controls: dict[str, Any]
) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        await child.call("akamai_read", **LISTS)
        fake.faults.add(Fault(body=body))
        await child.write(request("long", {**LISTS, **controls}))
        await asyncio.sleep(0.05)
        slowest, answered = 0.0, False
        while not answered:
            begun = time.monotonic()
            await child.write(request("short", {"name": "network-lists/v2#get-network-lists"}))
            names = {(await answer(child))}
            while "short" not in names:
                names.add(await answer(child))
            slowest = max(slowest, time.monotonic() - begun)
            answered = "long" in names
        assert slowest < 1
        assert peak_memory(child.process.pid) < MOST_MEMORY


def request(identifier: str, arguments: dict[str, Any]) -> str:
    params = {"name": "akamai_read", "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": params})


async def answer(child: Child) -> str:
    """The id of the next answer, which is no failure of the server."""
    message = json.loads(await child.read())
    assert "The server failed" not in json.dumps(message)
    return str(message.get("id"))


async def test_many_large_answers_at_once_stay_within_the_memory_of_a_few(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    body = b'{"text":"' + b"x" * (12 * MIB) + b'"}'
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        fake.faults.add(Fault(body=body, times=16))
        for number in range(16):
            await child.write(request(f"{number}", {**LISTS, "select": f"text[{number}:9]"}))
        assert {await answer(child) for _ in range(16)} == {f"{number}" for number in range(16)}
        assert peak_memory(child.process.pid) < MOST_MEMORY
