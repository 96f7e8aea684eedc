"""Documents and programs that change while the server runs: taken as a whole or not at all, and calls go on."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.messages import MessageHandler
from mcp.client.subscriptions import listen
from mcp_stage import ERAS, BuildServer, MakeSettings, Stage
from mcp_types import Notification

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.server.renewing.renewal import RenewalPolicy

QUICK = RenewalPolicy(pause=0.02)
IN_TIME = 2.0  # seconds
KEPT = "network-list/v2/openapi.json"
ADDED = "ccu/v3/openapi.json"
READ = "akamai_netlists_get_network_lists"
PROGRAM = """'''
summary: {summary}
asks: [count the things of my team]
effect: read
inputs: {{type: object, properties: {{}}}}
'''
1
"""


class Noting(MessageHandler):
    """Notes the notifications that reach a client."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def on_notification(self, message: Notification[Any, Any]) -> None:
        self.seen.append(message.method)


def put(folder: Path, product: str) -> Path:
    """Copy an embedded document into a folder, as a whole."""
    (source,) = (embedded_folder() / product).glob("*/openapi.json")
    target = folder / source.relative_to(embedded_folder())
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "specs", "network-lists")
    return tmp_path / "specs"


OpenChanging = Callable[..., Any]


@pytest.fixture
def open_changing(settings: MakeSettings, served: BuildServer, fake: FakeAkamai, folder: Path, tmp_path: Path) -> OpenChanging:
    @asynccontextmanager
    async def opened(era: str = "auto", handler: MessageHandler | None = None, **changes: Any) -> AsyncIterator[Stage]:
        chosen = {"specs_dir": folder, "cache_dir": tmp_path / "cache", "tools": ("all",)} | changes
        server = served(settings(**chosen))
        server.renewal = QUICK
        async with Client(server, mode=era, message_handler=handler) as client:
            yield Stage(client=client, fake=fake)

    return opened


async def products(stage: Stage) -> set[str]:
    counts = (await stage.ask("akamai_registry_stats")).content
    return {name.partition("/")[0] for name in counts["byProduct"]}


async def problems(stage: Stage) -> list[str]:
    return list((await stage.ask("akamai_registry_stats")).content.get("problems", []))


async def until(wanted: Callable[[], Awaitable[bool]]) -> float:
    """Wait until something holds; the seconds that it took."""
    began = time.monotonic()
    while not await wanted():
        assert time.monotonic() - began < IN_TIME, "it does not hold in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def listed(stage: Stage) -> set[str]:
    return {tool.name for tool in await stage.client.list_tools()}


class Callers:
    """Makes a hundred calls a second until it is stopped, and notes those that failed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.made = 0
        self.failed: list[str] = []
        self._going = True

    async def run(self) -> None:
        while self._going:
            await asyncio.gather(asyncio.sleep(0.1), *(self._call(number) for number in range(10)))

    async def _call(self, number: int) -> None:
        reply = await self.stage.ask(READ, {"cache": "off"} if number == 0 else {})
        self.made += 1
        if reply.failed:
            self.failed.append(reply.text)

    def stop(self) -> None:
        self._going = False


@pytest.mark.parametrize("era", ERAS)
async def test_no_call_fails_while_a_document_is_added_broken_mended_and_removed(
    open_changing: OpenChanging, folder: Path, era: str
) -> None:
    async with open_changing(era) as stage, asyncio.TaskGroup() as group:
        callers = Callers(stage)
        group.create_task(callers.run())
        before = await listed(stage)
        added = put(folder, "ccu")
        await until(lambda: _is(listed(stage), lambda names: len(names) > len(before)))
        after = await listed(stage)
        assert before < after
        whole = added.read_bytes()
        added.write_bytes(whole[: len(whole) // 2])
        await until(lambda: _is(problems(stage), bool))
        assert any("ccu" in line and "stay in service" in line for line in await problems(stage))
        assert await listed(stage) == after
        added.write_bytes(whole)
        await until(lambda: _is(problems(stage), lambda lines: not lines))
        assert await listed(stage) == after
        added.unlink()
        await until(lambda: _is(listed(stage), lambda names: names == before))
        callers.stop()
    assert callers.made > 20
    assert callers.failed == []


async def _is(value: Awaitable[Any], holds: Callable[[Any], Any]) -> bool:
    return bool(holds(await value))


async def test_an_operation_that_was_never_read_is_described_as_it_was_while_its_document_is_broken(
    open_changing: OpenChanging, folder: Path
) -> None:
    async with open_changing() as stage:
        (document,) = folder.rglob("openapi.json")
        document.write_text("{", encoding="utf-8")
        await until(lambda: _is(problems(stage), bool))
        described = await stage.ask("akamai_describe_operation", name="akamai_netlists_post_network_lists")
        assert not described.failed, described.text
        assert described.content["body"]


async def test_a_folder_that_loses_all_its_documents_leaves_those_in_service(open_changing: OpenChanging, folder: Path) -> None:
    async with open_changing() as stage:
        shutil.rmtree(folder)
        await until(lambda: _is(problems(stage), bool))
        assert "no operations" in " ".join(await problems(stage))
        assert await products(stage) == {"network-lists"}


async def test_a_file_that_a_document_refers_to_is_read_anew_with_it(open_changing: OpenChanging, folder: Path) -> None:
    def parameter(text: str) -> str:
        return json.dumps({"name": "kind", "in": "query", "required": True, "description": text, "schema": {"type": "string"}})

    (folder / "parts.json").write_text(parameter("The first text."), encoding="utf-8")
    operation = {"operationId": "get-own", "responses": {}, "parameters": [{"$ref": "parts.json"}]}
    own = {"openapi": "3.0.3", "info": {"title": "Own", "version": "1"}, "paths": {"/own": {"get": operation}}}
    (folder / "own.json").write_text(json.dumps(own), encoding="utf-8")
    async with open_changing() as stage:

        async def text() -> str:
            return (await stage.ask("akamai_describe_operation", name="own/v1#get-own")).text

        assert "The first text." in await text()
        (folder / "parts.json").write_text(parameter("Another text."), encoding="utf-8")
        await until(lambda: _is(text(), lambda told: "Another text." in told))


async def test_a_session_of_the_handshake_is_told_that_lists_have_changed(open_changing: OpenChanging, folder: Path) -> None:
    noting = Noting()
    async with open_changing("legacy", noting) as stage:
        assert stage.client.initialize_result.capabilities.tools.list_changed
        put(folder, "ccu")
        wanted = {f"notifications/{kind}/list_changed" for kind in ("tools", "prompts", "resources")}
        await until(lambda: _is(asyncio.sleep(0), lambda _: wanted <= set(noting.seen)))


async def test_a_client_of_the_newest_protocol_listens_for_changed_lists(open_changing: OpenChanging, folder: Path) -> None:
    async with open_changing() as stage:
        async with listen(stage.client.session, tools_list_changed=True) as events:
            put(folder, "ccu")
            async with asyncio.timeout(IN_TIME):
                assert type(await anext(aiter(events))).__name__ == "ToolsListChanged"
        assert "ccu" in await products(stage)


async def test_no_change_is_announced_where_none_is_watched(stage: Stage) -> None:
    async with stage.client as client:
        capabilities = client.initialize_result or client.session.server_capabilities
        assert "listChanged" not in repr(capabilities)


async def test_a_teams_program_appears_changes_and_keeps_its_last_sound_state(
    open_changing: OpenChanging, tmp_path: Path
) -> None:
    own = tmp_path / "programs"
    own.mkdir()
    file = own / "count-things.py"
    async with open_changing(programs_dir=own) as stage:

        async def summaries() -> list[str]:
            return [prompt.description or "" for prompt in await stage.client.list_prompts() if prompt.name == "count-things"]

        assert await summaries() == []
        file.write_text(PROGRAM.format(summary="Count things"), encoding="utf-8")
        await until(lambda: _is(summaries(), lambda found: found == ["Count things"]))
        file.write_text("no header", encoding="utf-8")
        await asyncio.sleep(10 * QUICK.pause)
        assert await summaries() == ["Count things"]
        file.write_text(PROGRAM.format(summary="Count more things"), encoding="utf-8")
        await until(lambda: _is(summaries(), lambda found: found == ["Count more things"]))
