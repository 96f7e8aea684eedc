"""At debug, standard error has our own lines only: no response, token or confirmation, by any transport and in any era."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from mcp_stage import CHILD_SECONDS, ERAS
from planted import found_in
from service_process import free_port, start, until_ready
from service_stage import WAYS, TokenBook, bearer, transport_to

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

ANSWER = "PLANTEDanswer+/of=akamai"
SECRET = "PLANTEDsecret+/of=akamai"
LIST = {"name": "papi/v1#get-contracts", "cache": "off"}
TOKEN = {"name": "edgekv/v1#get-token", "arguments": {"tokenName": "t"}}


async def spoken(client: Client, fake: FakeAkamai) -> list[str]:
    """Read an answer, ask for a secret without and with the token of the refusal; what must not be logged."""
    fake.faults.add(Fault(body=json.dumps({"planted": ANSWER}).encode()))
    assert ANSWER in str(await client.call_tool("akamai_read", LIST))
    refused = await client.call_tool("akamai_read", TOKEN, raise_on_error=False)
    assert refused.structured_content
    confirmation = str(refused.structured_content["confirm"])
    fake.faults.add(Fault(body=json.dumps({"value": SECRET}).encode()))
    assert SECRET in str(await client.call_tool("akamai_read", {**TOKEN, "confirm": confirmation}))
    return [ANSWER, SECRET, confirmation]


@pytest.mark.parametrize("way", WAYS)
async def test_a_server_over_http_logs_no_answer_token_or_confirmation(
    child_environment: dict[str, str], fake: FakeAkamai, book: TokenBook, way: str
) -> None:
    transport, kind, era = WAYS[way]
    book.give(ann="admin")
    port = free_port()
    chosen = {"AKAMAI_MCP_LOG_LEVEL": "debug", "AKAMAI_MCP_AUTH_TOKENS_FILE": str(book.path), "FASTMCP_LOG_LEVEL": "DEBUG"}
    async with start(child_environment | chosen, port, "--transport", transport) as process:
        await until_ready(port)
        async with Client(transport_to(port, kind, bearer(book.token("ann"))), mode=era) as client:
            planted = await spoken(client, fake)
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
    written = errors.decode()
    assert written.count("operation=papi/v1#get-contracts") == 1
    assert found_in(written, [*planted, book.token("ann")]) == []
    assert [line for line in written.splitlines() if "DEBUG" in line] == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_server_on_stdio_logs_no_answer_or_confirmation(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, era: str
) -> None:
    chosen = {"AKAMAI_MCP_LOG_LEVEL": "debug", "FASTMCP_LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "1"}
    log = tmp_path / "stderr"
    transport = StdioTransport(
        sys.executable, ["-m", "akamai_mcp"], env=child_environment | chosen, cwd=str(tmp_path), log_file=log
    )
    async with Client(transport, mode=era) as client:
        planted = await spoken(client, fake)
    await transport.close()
    written = log.read_text()
    assert written.count("operation=papi/v1#get-contracts") == 1
    assert found_in(written, planted) == []
    assert [line for line in written.splitlines() if "DEBUG" in line] == []
