"""Inventories belong to one account and one set of rights, grow old, and are stale at once after a write."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from inventory_stage import KeeperStage, stage_of
from pipeline_fakes import HeldStore, credentials
from redis_stage import RedisProcess, open_replicas

from akamai_mcp.access.callers import Caller, calling
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.inventory.records import Part, Record
from akamai_mcp.inventory.shelf import FileShelf, SharedShelf, Write
from akamai_mcp.pipeline.call import identity_of
from akamai_mcp.replicas.encryption import Keyring

PATH = "/network-list/v2/network-lists"
INTERLEAVINGS = 10_000


@pytest.fixture
def stage(catalogue: Catalogue) -> KeeperStage:
    return stage_of(catalogue)


async def names_for(stage: KeeperStage, caller: str, customer: str) -> list[str]:
    """What a caller knows of a customer."""
    with calling(lambda: Caller(name=caller)):
        return await stage.names(customer)


async def test_nothing_of_one_customer_or_role_is_found_by_another_in_10000_interleavings(stage: KeeperStage) -> None:
    chance = random.Random(11)
    seen = 0

    async def one(caller: str, customer: str) -> None:
        nonlocal seen
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        found = await names_for(stage, caller, customer)
        assert all(name.startswith(f"thing of {customer} for {caller} ") for name in found), found
        seen += len(found)

    done = 0
    while done < INTERLEAVINGS:
        batch = [(chance.choice(("reader", "admin")), chance.choice(("acme", "globex"))) for _ in range(20)]
        await asyncio.gather(*(one(*who) for who in batch))
        done += len(batch)
        stage.clock.now += chance.choice((0.0, 10.0, 4_000.0))
        if chance.random() < 0.2:
            stage.invoker.version += 1
            stage.keeper.note_write(identity_of(credentials(chance.choice(("acme", "globex")))), PATH, 0.0)
        if chance.random() < 0.1:
            await stage.keeper.aclose()
            stage.restart()
    assert seen >= INTERLEAVINGS
    assert set(stage.invoker.asked) == {(c, r) for c in ("acme", "globex") for r in ("reader", "admin")}
    await stage.keeper.aclose()


async def test_a_list_is_read_again_once_it_is_old_and_not_before(stage: KeeperStage) -> None:
    await stage.names("acme")
    stage.invoker.version = 2
    stage.clock.now += stage.policy.fresh - 1
    assert (await stage.names("acme"))[0].endswith("v1")
    stage.clock.now += 2
    assert (await stage.names("acme"))[0].endswith("v2")
    await stage.keeper.aclose()


@pytest.mark.parametrize(
    ("path", "is_seen"),
    [(PATH, True), (f"{PATH}/1_X", True), ("/network-list/v2", True), ("/network-list/v2/other", False), ("/papi/v1/x", False)],
)
async def test_a_write_makes_stale_what_it_touches(stage: KeeperStage, path: str, *, is_seen: bool) -> None:
    await stage.names("acme")
    stage.invoker.version = 2
    stage.keeper.note_write(identity_of(credentials("acme")), path, 0.0)
    assert (await stage.names("acme"))[0].endswith("v2" if is_seen else "v1")
    await stage.keeper.aclose()


async def test_a_write_of_another_account_makes_nothing_stale(stage: KeeperStage) -> None:
    await stage.names("acme")
    stage.invoker.version = 2
    stage.keeper.note_write(identity_of(credentials("globex")), PATH, 0.0)
    assert (await stage.names("acme"))[0].endswith("v1")
    await stage.keeper.aclose()


async def test_what_a_write_started_is_looked_at_often_for_a_while(stage: KeeperStage) -> None:
    stage.keeper.note_write(identity_of(credentials("acme")), PATH, 0.0)
    stage.clock.now += 1
    await stage.names("acme")
    reads = []
    for _ in range(30):
        stage.clock.now += stage.policy.details + 1
        await stage.names("acme")
        reads.append(len(stage.invoker.asked))
    assert reads[13] > reads[12], "a quarter of an hour after the write it is still looked at"
    assert reads[-1] == reads[16], "and later only when it is old"
    await stage.keeper.aclose()


async def test_a_write_before_a_restart_is_known_after_it(stage: KeeperStage, tmp_path: Path) -> None:
    stage.restart(FileShelf(tmp_path))
    await stage.names("acme")
    stage.invoker.version = 2
    stage.keeper.note_write(identity_of(credentials("acme")), PATH, 0.0)
    await stage.keeper.aclose()
    stage.restart(FileShelf(tmp_path))
    assert (await stage.names("acme"))[0].endswith("v2")
    await stage.keeper.aclose()


async def test_what_was_read_is_there_after_a_restart(stage: KeeperStage, tmp_path: Path) -> None:
    stage.restart(FileShelf(tmp_path))
    await stage.names("acme")
    await stage.keeper.aclose()
    stage.restart(FileShelf(tmp_path))
    assert await stage.names("acme") == ["thing of acme for local v1"]
    assert len(stage.invoker.asked) == 1
    await stage.keeper.aclose()


PART = Part(operation="x/v1#y", arguments={"a": 1}, read_at=5.0, records=(Record(kind="thing", id="1", name="PLANTED-NAME"),))


async def test_a_sealed_file_shows_nothing_and_opens_with_its_key_alone(tmp_path: Path) -> None:
    sealed = FileShelf(tmp_path, Keyring(b"k" * 32))
    await sealed.save("owner", PART)
    await sealed.note("account", Write(path="/PLANTED/path", until=7.0))
    assert await sealed.load("owner") == [PART]
    assert await sealed.load("another") == []
    assert await sealed.writes("account") == [Write(path="/PLANTED/path", until=7.0)]
    sealed.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"PLANTED-NAME" not in content
    assert b"x/v1#y" not in content
    assert b"PLANTED/path" not in content
    other = FileShelf(tmp_path, Keyring(b"x" * 32))
    assert await other.load("owner") == []
    other.close()


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 50])
async def test_a_file_that_is_no_database_keeps_nothing_and_breaks_nothing(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "inventory.sqlite").write_bytes(damage)
    shelf = FileShelf(tmp_path)
    await shelf.save("owner", PART)
    assert await shelf.load("owner") in ([], [PART])
    assert await shelf.load("nobody") == []
    shelf.close()


async def test_replicas_share_parts_and_writes_through_redis(redis: RedisProcess) -> None:
    async with open_replicas(redis, HeldStore()) as replicas:
        first, second = (SharedShelf(one.replicas.results) for one in replicas[:2])
        await first.save("owner", PART)
        await first.note("account", Write(path="/a b", until=7.5))
        assert await second.load("owner") == [PART]
        assert await second.load("another") == []
        assert await second.writes("account") == [Write(path="/a b", until=7.5)]
