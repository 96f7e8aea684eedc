"""Several servers over one Redis, through MCP: what one of them gave out the others take, once, and what one changed all see."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from mcp_stage import CHILD_SECONDS, Child, MakeSettings, Stage, start_child
from redis_stage import KEY, RedisProcess, until

from akamai_mcp.errors import SettingsError
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.settings import Settings, load_settings

LISTS = {"name": "network-lists/v2#get-network-lists"}
LARGE = json.dumps({"networkLists": [{"uniqueId": str(n), "name": f"list {n}"} for n in range(5000)]}).encode()
PURGE = {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}}
CREATE = {
    "name": "config-dns/v2#post-zone",
    "arguments": {"contractId": "C-1", "body": {"zone": "example.com", "type": "PRIMARY", "comment": "old"}},
}
CHANGE = {
    "name": "config-dns/v2#put-zone",
    "arguments": {
        "zone": "example.com",
        "skipSignAndServeSafetyCheck": False,
        "body": {"zone": "example.com", "type": "PRIMARY", "comment": "new"},
    },
}
ZONE = {"name": "config-dns/v2#get-zone", "arguments": {"zone": "example.com"}}


class PatientSettings(Settings):
    """Settings whose server waits for Redis as long as a busy machine needs, and shares from the first second."""

    def sharing_policy(self) -> SharingPolicy | None:
        policy = super().sharing_policy()
        return replace(policy, patience=1.0, settling=0.0, beat=0.1) if policy else None


Servers = list[tuple[AkamaiServer, Stage]]


@pytest.fixture
async def three(redis: RedisProcess, settings: MakeSettings, fake: FakeAkamai) -> AsyncIterator[Servers]:
    told = settings(redis_url=redis.url, shared_key=KEY)
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(3):
            server = build_server(PatientSettings(**told.model_dump()))
            client: Client[Any] = await stack.enter_async_context(Client(server))
            opened.append((server, Stage(client=client, fake=fake)))
        for server, _ in opened:
            await joined(server)
        yield opened


async def joined(server: AkamaiServer) -> None:
    assert server.parts.replicas
    replicas = server.parts.replicas
    await until(lambda: replicas.health().joined and not replicas.health().silent_replicas)


async def test_what_one_server_read_another_answers(three: Servers) -> None:
    (_, first), (_, second), _ = three
    read = await first.ask("akamai_read", LISTS)
    again = await second.ask("akamai_read", LISTS)
    assert again.content["_cache"]["hit"]
    assert (again.content["body"], len(first.fake.requests)) == (read.content["body"], 1)


@pytest.mark.smoke
async def test_a_change_through_one_server_is_seen_through_the_others(three: Servers) -> None:
    (_, first), (_, second), (_, third) = three
    assert not (await first.ask("akamai_write", CREATE)).failed
    for stage in (first, second, third):
        assert (await stage.ask("akamai_read", ZONE)).content["body"]["comment"] == "old"
    assert not (await third.ask("akamai_write", CHANGE)).failed
    for stage in (first, second, third):
        assert (await stage.ask("akamai_read", ZONE)).content["body"]["comment"] == "new"


async def test_a_refusal_that_says_what_was_read_is_old_makes_it_old_for_every_server(three: Servers) -> None:
    (_, first), (_, second), (_, third) = three
    assert not (await first.ask("akamai_write", CREATE)).failed
    first.fake.faults.add(Fault(method="GET", headers={"etag": '"a"'}, body=b"{}", times=3))
    for stage in (first, second, third):
        assert (await stage.ask("akamai_read", ZONE)).content["headers"]["etag"] == '"a"'
    first.fake.faults.clear()
    first.fake.faults.add(Fault(method="PUT", status=412), Fault(method="GET", headers={"etag": '"b"'}, body=b"{}", times=3))
    assert (await second.ask("akamai_write", CHANGE)).content["status"] == 412
    for stage in (first, second, third):
        assert (await stage.ask("akamai_read", ZONE)).content["headers"]["etag"] == '"b"'


async def test_a_handle_is_good_at_every_server(three: Servers) -> None:
    (_, first), (_, second), (_, third) = three
    first.fake.faults.add(Fault(body=LARGE))
    handle = (await first.ask("akamai_read", LISTS, maxBytes=2000)).content["_cut"]["whole"]
    rest = await second.ask("akamai_read", name=handle, select="networkLists[4998:].uniqueId")
    assert rest.content["body"] == ["4998", "4999"]
    assert len(json.loads((await third.client.read_resource(handle))[0].text)["networkLists"]) == 5000
    assert len(first.fake.requests) == 1


async def test_a_confirmation_of_one_server_is_good_at_another_and_at_all_of_them_once(three: Servers) -> None:
    (_, first), (_, second), (_, third) = three
    asked = await first.refused("akamai_destroy", PURGE)
    done = await second.ask("akamai_destroy", PURGE, confirm=asked.content["confirm"])
    assert (done.failed, len(first.fake.requests)) == (False, 1)
    for stage in (first, second, third):
        again = await stage.refused("akamai_destroy", PURGE, confirm=asked.content["confirm"])
        assert "was used before, or has expired" in again.problem


async def test_without_redis_nothing_can_be_confirmed_and_reads_go_on(three: Servers, redis: RedisProcess) -> None:
    (server, stage), (_, second), _ = three
    token = (await stage.refused("akamai_destroy", PURGE)).content["confirm"]
    redis.pause()
    for one in (stage, second):
        refused = await one.refused("akamai_destroy", PURGE, confirm=token)
        assert refused.content["problem"]["title"] == "The confirmation cannot be checked"
    assert not (await stage.ask("akamai_read", LISTS)).failed
    assert server.parts.replicas
    assert not server.parts.replicas.health().joined
    redis.resume()
    await joined(server)
    assert not (await stage.agreed("akamai_destroy", PURGE)).failed


async def test_a_confirmation_from_before_a_restart_of_redis_is_asked_for_anew(three: Servers, redis: RedisProcess) -> None:
    (server, stage), *_ = three
    token = (await stage.refused("akamai_destroy", PURGE)).content["confirm"]
    assert not (await stage.ask("akamai_destroy", PURGE, confirm=token)).failed
    redis.restart()
    assert server.parts.replicas
    await until(lambda: not server.parts.replicas.health().joined)  # type: ignore[union-attr]
    await until(lambda: server.parts.replicas.health().joined)  # type: ignore[union-attr]
    again = await stage.refused("akamai_destroy", PURGE, confirm=token)
    assert "confirm" in again.content


async def test_what_travels_with_a_question_is_good_at_every_server_with_the_same_key(
    three: Servers, settings: MakeSettings
) -> None:
    (first, _), (second, _), _ = three
    stranger = build_server(settings(redis_url="redis://127.0.0.1:1", shared_key=KEY[::-1]))
    codecs = [server._request_state_security.codec for server in (first, second, stranger)]  # type: ignore[union-attr]
    sealed = codecs[0].seal(b"state")
    assert codecs[1].unseal(sealed) == b"state"
    with pytest.raises(Exception, match=r".*"):
        codecs[2].unseal(sealed)


class Gate:
    """A delay of the fake Akamai, which runs in a thread of its own: it lasts until a test opens it."""

    def __init__(self) -> None:
        self.open = threading.Event()

    async def __call__(self, seconds: float) -> None:
        while seconds and not self.open.is_set():
            await asyncio.sleep(0.005)


async def test_a_change_whose_process_was_killed_is_seen_through_the_others(
    redis: RedisProcess,
    child_environment: dict[str, str],
    tmp_path: Path,
    fake: FakeAkamai,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = child_environment | {"AKAMAI_MCP_REDIS_URL": redis.url, "AKAMAI_MCP_SHARED_KEY": KEY}
    async with AsyncExitStack() as stack:
        children = [await stack.enter_async_context(start_child(environment, tmp_path)) for _ in range(3)]
        for child in children:
            await child.hello()
        await until(lambda: redis.members() == 3)
        redis.settle()
        dies, *live = children
        assert not (await dies.call("akamai_write", **CREATE))["result"]["isError"]
        assert {await comment(child) for child in live} == {"old"}
        gate = Gate()
        monkeypatch.setattr(fake, "_sleep", gate)
        fake.faults.add(Fault(method="PUT", delay=1.0))  # and then it takes effect, though nobody waits for it
        sent = len(fake.requests)
        dying = asyncio.ensure_future(dies.call("akamai_write", **CHANGE))
        await until(lambda: len(fake.requests) > sent)
        dies.process.kill()
        with pytest.raises(AssertionError, match="the server ended"):
            await dying
        assert {await comment(child) for child in live} == {"old"}  # what they see now must not be kept
        gate.open.set()
        async with asyncio.timeout(CHILD_SECONDS):
            while await comment(live[0], cache="off") == "old":
                await asyncio.sleep(0.05)
        assert [await comment(child) for child in (*live, *live)] == ["new"] * 4


async def comment(child: Child, **controls: str) -> str:
    result = (await child.call("akamai_read", **ZONE, **controls))["result"]
    return str(result["structuredContent"]["body"]["comment"])


def test_a_server_that_shares_nothing_imports_nothing_for_it() -> None:
    code = (
        "import sys; from akamai_mcp.server.app import build_server; from akamai_mcp.settings import Settings;"
        "build_server(Settings(edgerc='/nonexistent'));"
        "print([name for name in sys.modules if name.split('.')[0] == 'redis' or name == 'akamai_mcp.replicas.membership'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"redis_url": "redis://127.0.0.1"}, "AKAMAI_MCP_SHARED_KEY is not"),
        ({"redis_url": "http://planted-secret", "shared_key": KEY}, "AKAMAI_MCP_REDIS_URL"),
        ({"redis_url": "redis://127.0.0.1", "shared_key": "planted-secret"}, "AKAMAI_MCP_SHARED_KEY"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(changes: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        build_server(load_settings(edgerc="/nonexistent", **changes))
    assert says in str(refused.value)
    assert "planted-secret" not in f"{refused.value!r} {refused.value.advice}"


def test_the_key_and_the_address_are_taken_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("REDIS_URL", "redis://:planted@127.0.0.1"), ("SHARED_KEY", KEY)):
        (tmp_path / name).write_text(value + "\n")
        monkeypatch.setenv(f"AKAMAI_MCP_{name}_FILE", str(tmp_path / name))
    policy = load_settings().sharing_policy()
    assert policy
    assert (policy.url, policy.key) == ("redis://:planted@127.0.0.1", KEY.encode())
    assert "planted" not in repr(policy)
    assert KEY not in repr(policy)
