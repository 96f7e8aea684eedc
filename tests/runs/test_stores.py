"""Both stores of runs do the same: one holder at a time, nothing intended forgotten, nothing of a run that another holds."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis_stage import RedisProcess, sharing_policy, until

from akamai_mcp.errors import RunError
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import PipelinePolicies
from akamai_mcp.runs.database import FILE
from akamai_mcp.runs.record import OVER, Run, RunChange, RunPolicy, Status
from akamai_mcp.runs.rows import ADDED, CHANGE_COLUMNS, RUN_COLUMNS, SCHEMA, pack, run_row, unpack_change, unpack_run
from akamai_mcp.runs.sealing import seal, unseal
from akamai_mcp.runs.sqlite import SqliteRuns
from akamai_mcp.runs.store import RunStore

NOW = 1_800_000_000.0
RUN = Run(
    name="program-1", caller="ann", customer="default", title="program", program="x", status="running", created=NOW, updated=NOW
)
CHANGE = RunChange(
    number=1,
    step=1,
    call=3,
    name="n",
    state="intended",
    customer="default",
    operation="o",
    method="PUT",
    path="/p",
    at=NOW,
    request=b"{}",
)
OpenStore = Callable[..., Awaitable[RunStore]]


@pytest.fixture(params=["sqlite", "redis"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens a store as another process or replica would."""
    async with AsyncExitStack() as stack:

        async def opened(**changes: Any) -> RunStore:
            policy = replace(RunPolicy(folder=tmp_path), **changes)
            if request.param == "sqlite":
                store: RunStore = SqliteRuns(policy, tmp_path, lambda: NOW)
            else:
                from akamai_mcp.replicas.replica import Replicas

                redis: RedisProcess = request.getfixturevalue("redis")
                replicas = Replicas(sharing_policy(redis.url), PipelinePolicies(), Counters())
                replicas.start()
                stack.push_async_callback(replicas.aclose)
                await until(lambda: replicas.health().joined)
                store = replicas.runs(policy)
            stack.push_async_callback(store.aclose)
            return store

        yield opened


async def settled(store: RunStore) -> None:
    """Wait for what was begun without waiting: what is asked for later comes later."""
    for _ in range(20):
        await store.list()
        await asyncio.sleep(0)


async def test_a_run_is_held_by_one_at_a_time(open_store: OpenStore) -> None:
    ours, other = await open_store(), await open_store()
    await ours.begin(RUN)
    await ours.intend(RUN.name, CHANGE)
    for forbidden in (
        other.claim(RUN.name),
        other.intend(RUN.name, replace(CHANGE, number=2)),
        other.save(replace(RUN, status="ended")),
        other.begin(RUN),
    ):
        with pytest.raises(RunError):
            await forbidden
    ours.abandon(RUN.name)
    await settled(ours)
    run, (change,) = await other.claim(RUN.name)
    assert (run.status, change) == ("paused", replace(CHANGE, state="unknown"))
    with pytest.raises(RunError):
        await ours.intend(RUN.name, replace(CHANGE, number=2))


async def test_what_was_settled_stays_and_what_was_not_is_unknown(open_store: OpenStore) -> None:
    ours = await open_store()
    await ours.begin(RUN)
    await ours.intend(RUN.name, CHANGE)
    await ours.intend(RUN.name, replace(CHANGE, number=2))
    done = replace(CHANGE, state="done", status=200, request_id="id", answer=b"\x00\n\xff")
    await ours.settle(RUN.name, done)
    ours.abandon(RUN.name)
    await settled(ours)
    found = await ours.find(RUN.name)
    assert found
    assert list(found[1]) == [done, replace(CHANGE, number=2, state="unknown")]


async def test_a_run_that_waits_is_found_by_its_question_and_one_that_goes_on_is_not(open_store: OpenStore) -> None:
    ours, other = await open_store(), await open_store()
    await ours.begin(RUN)
    await ours.save(replace(RUN, status="asks", token="digest", sealed=b"state"))
    assert (await other.find_by_token("digest")) is not None
    assert (await other.find_by_token("")) is None
    assert (await other.find_by_token("another")) is None
    run, _ = await other.claim(RUN.name)
    assert run.sealed == b"state"
    await other.save(replace(RUN, status="running", token=""))
    assert (await ours.find_by_token("digest")) is None


async def test_a_run_that_is_stopped_while_it_is_driven_makes_no_further_change(open_store: OpenStore) -> None:
    ours, other = await open_store(), await open_store()
    await ours.begin(RUN)
    stopped = await other.stop(RUN.name)
    assert stopped is not None
    assert stopped.status == "running"
    with pytest.raises(RunError):
        await ours.intend(RUN.name, CHANGE)
    ours.abandon(RUN.name)
    await settled(ours)
    assert (await other.claim(RUN.name))[0].status == "stopped"
    assert await other.stop("nothing") is None


async def test_the_list_is_newest_first_and_has_no_states(open_store: OpenStore) -> None:
    ours = await open_store()
    for number in range(3):
        await ours.begin(replace(RUN, name=f"program-{number}", created=NOW + number, sealed=b"x"))
    assert [(run.name, run.sealed) for run in await ours.list()] == [(f"program-{number}", b"") for number in (2, 1, 0)]


async def test_more_runs_than_are_kept_drop_the_oldest_that_nobody_drives(open_store: OpenStore) -> None:
    ours = await open_store(most=3)
    for number in range(5):
        run = replace(RUN, name=f"program-{number}", created=NOW + number, updated=NOW + number)
        await ours.begin(run)
        await ours.save(replace(run, status="ended"))
    assert [run.name for run in await ours.list()] == ["program-4", "program-3", "program-2"]


async def test_runs_under_way_are_never_dropped_for_another(open_store: OpenStore) -> None:
    store = await open_store(most=2)
    await store.begin(RUN)
    await store.begin(replace(RUN, name="program-2"))
    with pytest.raises(RunError, match="As many runs"):
        await store.begin(replace(RUN, name="program-3"))
    assert {run.name for run in await store.list()} == {"program-1", "program-2"}


async def test_runs_under_way_that_fill_the_store_are_still_listed(open_store: OpenStore) -> None:
    store = await open_store(most_bytes=1000)
    await store.begin(replace(RUN, sealed=b"x" * 2000))
    assert [run.name for run in await store.list()] == [RUN.name]
    with pytest.raises(RunError, match="As many runs"):
        await store.begin(replace(RUN, name="program-2"))


async def test_runs_take_no_more_bytes_than_the_policy_allows(open_store: OpenStore) -> None:
    store = await open_store(most_bytes=4000)
    for number in range(5):
        run = replace(RUN, name=f"program-{number}", updated=NOW + number, created=NOW + number)
        await store.begin(run)
        await store.save(replace(run, status="paused", sealed=b"x" * 1600))
    # The next one finds room once the bytes of those that are there are at most as many.
    assert [run.name for run in await store.list()][:2] == ["program-4", "program-3"]
    assert len(await store.list()) <= 3


async def test_bytes_are_those_of_changes_too_and_each_counts_once(open_store: OpenStore) -> None:
    store = await open_store(most_bytes=9000)
    await store.begin(RUN)
    await store.intend(RUN.name, replace(CHANGE, request=b"x" * 6000))
    for _ in range(5):  # the same change written again takes no further room
        await store.settle(RUN.name, replace(CHANGE, request=b"x" * 6000, state="done"))
    await store.save(replace(RUN, status="ended"))
    await store.begin(replace(RUN, name="program-2", created=NOW + 1))
    assert len(await store.list()) == 2, "7,000 bytes are not too many"
    await store.intend("program-2", replace(CHANGE, before=b"x" * 3000, after=b"x" * 3000))
    await store.begin(replace(RUN, name="program-3", created=NOW + 2))
    assert [run.name for run in await store.list()] == ["program-3", "program-2"], "the one that is over made room"


async def test_what_is_over_leaves_before_what_may_go_on(open_store: OpenStore) -> None:
    store = await open_store(most=2)
    for number, status in enumerate(("paused", "ended")):
        run = replace(RUN, name=f"program-{number}", created=NOW + number, updated=NOW + number)
        await store.begin(run)
        await store.save(replace(run, status=status))
    await store.begin(replace(RUN, name="program-2", created=NOW + 2, updated=NOW + 2))
    assert [run.name for run in await store.list()] == ["program-2", "program-0"]


async def test_a_file_of_an_earlier_version_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        columns = [column for column in CHANGE_COLUMNS if column not in ADDED]
        database.execute(SCHEMA[0])
        database.execute(f"CREATE TABLE changes (run, {', '.join(columns)}, PRIMARY KEY (run, number))")
        values = [RUN.name, *(getattr(CHANGE, column) for column in columns)]
        database.execute(f"INSERT INTO changes VALUES ({', '.join('?' * len(values))})", values)
        database.execute(
            f"INSERT INTO runs ({', '.join(RUN_COLUMNS)}) VALUES ({', '.join('?' * len(RUN_COLUMNS))})", run_row(RUN)
        )
    for _ in range(2):
        store = SqliteRuns(RunPolicy(folder=tmp_path), tmp_path, lambda: NOW)
        try:
            found = await store.find(RUN.name)
            assert found
            assert list(found[1]) == [CHANGE]
        finally:
            await store.aclose()


@pytest.mark.parametrize("status", ["running", "asks", "paused"])
async def test_a_run_whose_process_was_killed_is_dropped_by_age_and_to_make_room(tmp_path: Path, status: Status) -> None:
    now = [NOW]
    store = SqliteRuns(RunPolicy(folder=tmp_path, most=2), tmp_path, lambda: now[0])
    try:
        await store.begin(RUN)
        killed(tmp_path, RUN.name, status)
        await store.begin(replace(RUN, name="program-2"))
        await store.begin(replace(RUN, name="program-3", created=NOW + 1))
        assert [run.name for run in await store.list()] == ["program-3", "program-2"], "the killed one made room"
        killed(tmp_path, "program-2", status)
        now[0] += RunPolicy().keep_seconds + 1
        assert [run.name for run in await store.list()] == ["program-3"], "its own process still drives this one"
    finally:
        await store.aclose()


async def test_a_run_whose_process_was_killed_can_go_on_and_its_open_change_is_unknown(tmp_path: Path) -> None:
    store = SqliteRuns(RunPolicy(folder=tmp_path), tmp_path, lambda: NOW)
    try:
        for name, verb in (("program-1", store.find), ("program-2", store.claim)):
            await store.begin(replace(RUN, name=name))
            await store.intend(name, CHANGE)
            killed(tmp_path, name, "running")
            found = await verb(name)
            assert found
            assert (found[0].status, found[0].due, found[0].reason) == ("paused", NOW, "the process that drove it ended")
            assert [change.state for change in found[1]] == ["unknown"]
        await store.begin(replace(RUN, name="program-3"))
        killed(tmp_path, "program-3", "running")
        stopped = await store.stop("program-3")
        assert stopped
        assert stopped.status == "stopped"
    finally:
        await store.aclose()


def killed(folder: Path, name: str, status: Status) -> None:
    """Let a run be held by a process that has ended: nobody has locked a file of this name."""
    with closing(sqlite3.connect(folder / FILE)) as database, database:
        database.execute("UPDATE runs SET holder = '1-killed', status = ? WHERE name = ?", (status, name))


@pytest.mark.parametrize("status", sorted(OVER))
async def test_a_run_that_is_over_is_not_changed_by_a_stop(open_store: OpenStore, status: Status) -> None:
    ours = await open_store()
    await ours.begin(RUN)
    over = replace(RUN, status=status, updated=NOW - 100, reason="so it was", result=b"{}")
    await ours.save(over)
    assert await ours.stop(RUN.name) == over
    assert await ours.find(RUN.name) == (over, [])


async def test_what_an_earlier_redis_had_is_not_gone_on_with(redis: RedisProcess, tmp_path: Path) -> None:
    from akamai_mcp.replicas.replica import Replicas

    replicas = Replicas(sharing_policy(redis.url), PipelinePolicies(), Counters())
    replicas.start()
    store = replicas.runs(RunPolicy())
    try:
        await until(lambda: replicas.health().joined)
        await store.begin(RUN)
        redis.kill()
        with pytest.raises(RunError, match="cannot be reached"):
            await store.intend(RUN.name, CHANGE)
        redis.start()
        await until(lambda: replicas.health().joined)
        with pytest.raises(RunError):
            await store.intend(RUN.name, CHANGE)
        with pytest.raises(RunError, match="There is no run"):
            await store.claim(RUN.name)
    finally:
        await store.aclose()
        await replicas.aclose()


@given(st.binary(), st.binary(), st.binary(), st.text())
def test_what_is_packed_is_unpacked_as_it_was(first: bytes, second: bytes, third: bytes, text: str) -> None:
    change = replace(CHANGE, request=first, answer=second, before=third)
    assert unpack_change(pack(change)) == change
    run = replace(RUN, sealed=first, result=second, reason=text.encode(errors="replace").decode())
    assert unpack_run(pack(run)) == run


@given(st.binary(min_size=1), st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_a_seal_holds_for_its_owner_and_content_alone(content: bytes, owner: list[str], other: list[str]) -> None:
    sealed = seal(b"k" * 32, owner, content)
    assert unseal(b"k" * 32, owner, sealed) == content
    assert (unseal(b"k" * 32, other, sealed) == content) is (owner == other)
    assert unseal(b"l" * 32, owner, sealed) is None
    assert unseal(b"k" * 32, owner, sealed[:-1]) is None
