"""No secret leaves the server but in the signed request: not in answers, errors, logs, output or reprs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from mcp_stage import UNANSWERED, MakeSettings, OpenStage, Stage, start_child
from planted import ACCOUNT_KEY, OWN, PLANTED, found_in, leaks, written_otherwise
from samples import credentials_of

from akamai_mcp.edgegrid.credentials import Credentials, CredentialsSource
from akamai_mcp.pipeline.call import Call
from akamai_mcp.request.builder import Request
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.server.app import build_server

READ = {"name": "papi/v1#get-contracts"}
CREATE = "network-lists/v2#post-network-lists"
BODY = {"name": "a", "type": "IP", "list": []}


def test_the_search_for_secrets_finds_them_in_every_spelling() -> None:
    for secret in OWN:
        for text in written_otherwise(secret):
            assert found_in(f"x {text} y", [secret]) == [secret], text


async def drive(stage: Stage) -> str:
    """Calls of every kind, good and bad; all that the client was told, as one text."""
    told: list[str] = []

    async def ask(tool: str, arguments: dict[str, Any] | None = None, fault: Fault | None = None) -> None:
        if fault:
            stage.fake.faults.add(fault)
        reply = await stage.ask(tool, arguments)
        told.append(reply.text + json.dumps(reply.content) + repr(reply))
        stage.fake.faults.clear()

    await ask("akamai_read", READ)
    await ask(CREATE, {"body": BODY})
    await ask(CREATE, {"body": BODY, "cache": "off"}, Fault(status=400))
    for fault in (
        Fault(status=401),
        Fault(status=500),
        Fault(drop=True),
        Fault(truncate=True),
        Fault(malformed_json=True),
        UNANSWERED,
    ):
        await ask("akamai_read", READ | {"cache": "off"}, fault)
    await ask("akamai_read", READ | {"customer": "broken"})
    await ask("akamai_read", READ | {"customer": "nobody"})
    await ask("akamai_destroy", {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": []}}})
    await ask("akamai_raw_request", {"toolName": READ["name"], "headers": {"Authorization": "x"}})
    await ask("akamai_raw_request", {"toolName": READ["name"], "queryParams": {"accountSwitchKey": "x"}})
    await ask("akamai_list_customers")
    await ask("akamai_list_customers", {"check": True})
    await ask("akamai_registry_stats")
    await ask("akamai_nonsense")
    told.extend([tool.model_dump_json() for tool in await stage.client.list_tools()])
    told.append(stage.client.instructions or "")
    return "\n".join(told)


def set_every_logger_to_debug() -> None:
    """As a curious user would, after the server has set its own levels; uvicorn is the fake Akamai's."""
    for name in (None, *logging.Logger.manager.loggerDict):
        # A level of its own, or it would have the root's.
        logging.getLogger(name).setLevel(logging.WARNING if str(name).startswith("uvicorn") else logging.DEBUG)


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """The levels of all loggers, put back after the test."""
    before = {name: logging.getLogger(name).level for name in (None, *logging.Logger.manager.loggerDict)}
    yield
    for name in (None, *logging.Logger.manager.loggerDict):
        logging.getLogger(name).setLevel(before.get(name, logging.NOTSET))


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_no_secret_is_told_or_printed_by_a_server_that_logs_at_debug(
    open_stage: OpenStage, planted: Path, era: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_stage(era, edgerc=planted, log_level="debug", timeout=0.2) as stage:
        told = await drive(stage)
    output = capfd.readouterr()
    assert leaks(f"{told}\n{caplog.text}\n{output.out}\n{output.err}", stage.fake) == []


@pytest.mark.usefixtures("restored_logging")
async def test_no_secret_of_the_signature_is_logged_even_where_every_logger_is_set_to_debug(
    open_stage: OpenStage, planted: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(edgerc=planted, log_level="debug", timeout=0.2) as stage:
        await stage.ask("akamai_read", READ)
        set_every_logger_to_debug()
        told = await drive(stage)
        stage.fake.faults.add(Fault(headers={"set-cookie": "s=PLANTEDcookie"}))
        await stage.ask("akamai_read", READ | {"cache": "off"})
    output = capfd.readouterr()
    assert "PLANTEDcookie" not in f"{told}{caplog.text}{output}"
    text = f"{told}\n{caplog.text}\n{output.out}\n{output.err}"
    assert len(caplog.records) > 10
    assert leaks(text, stage.fake) == []


@pytest.mark.parametrize(
    "more", [{"AKAMAI_MCP_LOG_FORMAT": "console"}, {"AKAMAI_MCP_LOG_FORMAT": "json", "FASTMCP_LOG_LEVEL": "DEBUG"}]
)
async def test_no_secret_is_written_by_the_child_process(
    child_environment: dict[str, str], planted: Path, fake: FakeAkamai, tmp_path: Path, more: dict[str, str]
) -> None:
    environment = child_environment | {
        "AKAMAI_MCP_EDGERC": str(planted),
        "AKAMAI_MCP_LOG_LEVEL": "debug",
        "PYTHONASYNCIODEBUG": "1",
        **more,
    }
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        await child.call("akamai_read", **READ)
        await child.call(CREATE, body=BODY)
        for fault in (Fault(status=400), Fault(status=500), Fault(drop=True), Fault(truncate=True)):
            fake.faults.add(fault)
            await child.call(CREATE, body=BODY)
        await child.call("akamai_read", **READ, customer="broken")
        await child.call("akamai_nonsense")
        await child.write("this is not JSON")
        _, errors = await child.end()
    assert leaks("\n".join((*child.lines, errors)), fake) == []


async def test_credentials_from_the_environment_are_not_written_either(
    child_environment: dict[str, str], sandbox: SandboxServer, planted: Path, fake: FakeAkamai, tmp_path: Path
) -> None:
    credentials = {
        "AKAMAI_HOST": sandbox.host,
        "AKAMAI_CLIENT_TOKEN": PLANTED.client_token,
        "AKAMAI_CLIENT_SECRET": PLANTED.client_secret,
        "AKAMAI_ACCESS_TOKEN": PLANTED.access_token,
        "AKAMAI_ACCOUNT_KEY": ACCOUNT_KEY,
        "AKAMAI_MCP_LOG_LEVEL": "debug",
    }
    async with start_child(child_environment | credentials, tmp_path) as child:
        await child.hello()
        for name in ("papi/v1#get-contracts", "papi/v1#get-groups", "papi/v1#get-products", "appsec/v1#get-configs"):
            await child.call("akamai_read", name=name)
        await child.call("akamai_registry_stats")
        _, errors = await child.end()
    assert leaks("\n".join((*child.lines, errors)), fake) == []
    assert PLANTED.client_token in (fake.requests[0].header("authorization") or "")


def test_no_secret_stands_in_a_repr(planted: Path) -> None:
    source = CredentialsSource(edgerc=planted, environment={})
    credentials = credentials_of(source, "default")
    call = Call(
        operation="papi/v1#x", customer="default", credentials=credentials, request=Request(method="GET", target="/", headers=())
    )
    text = f"{credentials!r} {credentials} {call!r} {source!r}"
    assert "Credentials(host=" in text
    assert credentials.client_secret == PLANTED.client_secret
    assert not any(secret in text for secret in (PLANTED.client_token, PLANTED.client_secret, PLANTED.access_token, ACCOUNT_KEY))


def test_the_environment_is_not_shown_in_a_repr() -> None:
    source = CredentialsSource(edgerc=Path("none"), environment={"AKAMAI_CLIENT_SECRET": PLANTED.client_secret})
    assert PLANTED.client_secret not in repr(source)


def test_what_tells_customers_apart_tells_no_secret(planted: Path) -> None:
    credentials = credentials_of(CredentialsSource(edgerc=planted, environment={}), "default")
    call = Call(operation="a/v1#b", customer="c", credentials=credentials, request=Request(method="GET", target="/", headers=()))
    assert re.fullmatch(r"[0-9a-f]{64}", call.identity)


async def test_a_server_and_its_client_show_no_secret_in_their_reprs(settings: MakeSettings, planted: Path) -> None:
    chosen = settings(edgerc=planted)
    server = build_server(chosen)
    async with Client(server) as client:
        text = f"{chosen!r} {server!r} {client!r}"
    assert not any(secret in text for secret in (PLANTED.client_token, PLANTED.client_secret, PLANTED.access_token, ACCOUNT_KEY))


def test_the_defaults_of_credentials_hold_no_secret() -> None:
    assert Credentials(host="h", client_token="t", client_secret="s", access_token="a").account_switch_key == ""
