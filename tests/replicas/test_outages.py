"""Redis slow, paused, killed or cut off from one replica: calls go on in time, and no read is older than a finished change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, HeldStore, call, ok
from redis_stage import SECONDS, RedisProcess, Replica, open_replicas, sharing_policy, until

from akamai_mcp.errors import CacheMissError, UpstreamBusyError, UpstreamTimeout
from akamai_mcp.pipeline.cache import CachePolicy
from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.retry import RetryPolicy
from akamai_mcp.pipeline.stack import PipelinePolicies, build_pipeline
from akamai_mcp.replicas.membership import Membership
from akamai_mcp.replicas.replica import Replicas

LEASE = 2.0
PATIENCE = 0.05
# What a busy machine may add to the patience of a call; whatever else could end its waiting takes far longer.
SLACK = 4.0
# Nothing but a call's own patience ends its waiting.
ALONE = {"lease": 100.0, "beat": 60.0, "connect": 10.0, "patience": PATIENCE}
FAST = {"lease": LEASE, "beat": 0.05, "connect": 1.0}


@pytest.fixture
def store() -> HeldStore:
    return HeldStore()


@pytest.fixture
async def two(redis: RedisProcess, store: HeldStore) -> AsyncIterator[list[Replica]]:
    async with open_replicas(redis, store, 2, **FAST) as opened:
        yield opened


async def seconds_of(replica: Replica, sent: Call) -> float:
    began = time.monotonic()
    await replica(sent)
    return time.monotonic() - began


@pytest.mark.parametrize("how", ["paused", "killed", "cut", "hanging"])
async def test_reads_go_on_in_time_without_redis_and_say_so(redis: RedisProcess, how: str) -> None:
    async with open_replicas(redis, FakeUpstream(ok()), 1, **ALONE) as (one,):
        await one(call())
        away = {"paused": redis.pause, "killed": redis.kill, "cut": one.wire.cut, "hanging": one.wire.hang}
        away[how]()
        took = [await seconds_of(one, call(target=f"/papi/v1/{n}")) for n in range(20)]
        assert max(took) < PATIENCE + SLACK
        assert one.pipeline.counters["sharedSkipped"] >= len(took) - 1  # only the first one waited
        health = one.replicas.health()
        assert not health.joined
        assert health.reason
        assert not health.changes_refused
        assert one.pipeline.counters["sharedLost"] == 1


async def test_a_slow_redis_costs_a_call_its_patience_and_no_more(redis: RedisProcess) -> None:
    async with open_replicas(redis, FakeUpstream(ok()), 1, **ALONE) as (one,):
        one.wire.delay = 1.0  # each way; a read that is not kept yet asks five times
        took = [await seconds_of(one, call(target=f"/papi/v1/{n}")) for n in range(5)]
        one.wire.delay = 0.0
        assert max(took) < PATIENCE + SLACK


@pytest.mark.parametrize("how", ["cut", "hanging"])
async def test_a_replica_that_is_cut_off_serves_nothing_that_is_kept(two: list[Replica], store: HeldStore, how: str) -> None:
    first, second = two
    await first(call())
    first.wire.cut() if how == "cut" else first.wire.hang()
    await first.cut_off()
    await second(call("PUT"))
    assert (await first(call())).content.endswith(b" 1")
    with pytest.raises(CacheMissError):
        await first(call(cache="only"))


async def test_reads_of_a_replica_that_is_cut_off_do_not_join_one_from_before_a_change(
    two: list[Replica], store: HeldStore
) -> None:
    first, second = two
    first.wire.cut()
    await first.cut_off()
    store.hold("GET")
    early = asyncio.ensure_future(first(call()))
    await until(lambda: len(store.asked) == 1)
    await second(call("PUT"))
    late = asyncio.ensure_future(first(call()))
    await until(lambda: len(store.asked) == 3)
    store.go.set()
    await early
    assert (await late).content.endswith(b" 1")


@pytest.mark.parametrize("how", ["cut", "hanging"])
async def test_a_change_through_a_replica_that_is_cut_off_is_seen_by_one_that_is_not(two: list[Replica], how: str) -> None:
    first, second = two
    await first(call())
    assert (await second(call())).age is not None
    first.wire.cut() if how == "cut" else first.wire.hang()
    await first(call("PUT"))
    for _ in range(3):
        assert (await second(call())).content.endswith(b" 1")
    first.wire.mend()
    await first.joined()
    await second.joined()
    assert (await second(call())).content.endswith(b" 1")
    assert (await first(call())).content.endswith(b" 1")
    assert (await second(call())).age is not None


async def test_a_change_is_not_held_back_once_the_others_must_have_noticed(two: list[Replica]) -> None:
    first, _ = two
    first.wire.cut()
    await first.cut_off()
    await first(call("PUT"))
    assert await seconds_of(first, call("PUT")) < LEASE / 2


@pytest.mark.parametrize("how", ["paused", "restarted"])
async def test_what_was_changed_while_redis_was_away_is_seen_when_it_is_back(
    two: list[Replica], redis: RedisProcess, how: str
) -> None:
    first, second = two
    for replica in two:
        await replica(call())
    redis.pause() if how == "paused" else redis.kill()
    await first(call("PUT"))
    assert (await second(call())).content.endswith(b" 1")
    redis.resume() if how == "paused" else redis.start()
    for _ in range(20):  # while one is back and the other is not yet
        for replica in two:
            assert (await replica(call())).content.endswith(b" 1")
        await asyncio.sleep(0.02)
    for replica in two:
        await replica.joined()
        assert (await replica(call())).content.endswith(b" 1")


async def test_a_redis_that_comes_back_from_an_old_snapshot_knows_nothing_of_before(
    two: list[Replica], redis: RedisProcess
) -> None:
    first = two[0]
    await first(call())
    redis.ask("SAVE")
    await first(call("PUT"))
    redis.restart()  # with the answer and the state from before the change
    for replica in two:
        await replica.cut_off()
    for replica in two:
        await replica.joined()
        assert (await replica(call())).content.endswith(b" 1")
    (redis.folder / "dump.rdb").unlink()


async def test_a_replica_that_comes_back_to_an_empty_redis_brings_along_whom_it_knew(
    two: list[Replica], redis: RedisProcess, store: HeldStore
) -> None:
    first, second = two
    await second(call())
    await until(lambda: len(second.replicas._membership._known) == 2)
    first.wire.cut()  # it does not come back when Redis does
    redis.restart()
    await second.cut_off()
    await until(lambda: second.replicas.health().joined)
    await second(call())
    await first(call("PUT"))
    assert (await second(call())).content.endswith(b" 1")


async def test_a_replica_that_was_killed_is_forgotten_and_what_was_kept_with_it(redis: RedisProcess, store: HeldStore) -> None:
    # fenced + longest_call seconds after its lease
    async with open_replicas(redis, store, 2, **FAST, fenced=0.5, longest_call=0.5) as (first, second):
        await second(call())
        first.wire.cut()
        await until(lambda: second.replicas.health().silent_replicas == 1)
        assert (await second(call())).age is None
        await until(lambda: second.replicas.health().silent_replicas == 0)
        assert (await second(call())).age is None  # not what was kept before
        assert (await second(call())).age is not None


async def test_a_change_is_refused_once_the_others_will_count_this_replica_as_gone(redis: RedisProcess, store: HeldStore) -> None:
    async with open_replicas(redis, store, 1, **FAST, fenced=0.5) as (one,):
        one.wire.cut()
        await until(lambda: one.replicas.health().changes_refused)
        with pytest.raises(UpstreamBusyError):
            await one(call("PUT"))
        assert store.asked == []
        assert (await one(call())).age is None
        one.wire.mend()
        await one.joined()
        await one(call("PUT"))


async def test_a_replica_that_never_reached_redis_reads_and_changes_nothing(store: HeldStore) -> None:
    replicas = Replicas(sharing_policy("redis://127.0.0.1:1/0", connect=0.2), PipelinePolicies(), Counters())
    pipeline = build_pipeline(store, PipelinePolicies(), sharing=replicas.sharing)
    with pytest.raises(UpstreamBusyError):
        await pipeline.handler(call("PUT"))
    assert store.asked == []
    assert (await pipeline.handler(call())).status == 200
    await replicas.aclose()


async def test_a_change_that_failed_without_a_clear_answer_keeps_its_replica_quiet_for_a_while(redis: RedisProcess) -> None:
    upstream = FakeUpstream(ok(), UpstreamTimeout("slow"), ok())
    policies = PipelinePolicies(retry=RetryPolicy(attempts=1))
    async with open_replicas(redis, upstream, 2, policies, **FAST) as (first, second):
        await second(call())
        with pytest.raises(UpstreamTimeout):
            await first(call("POST"))
        assert (await second(call())).age is None
        assert (await second(call())).age is None  # its effect may still come


async def test_a_replica_does_not_come_back_before_a_change_of_which_nobody_knew_has_settled(redis: RedisProcess) -> None:
    policies = PipelinePolicies(retry=RetryPolicy(attempts=1), cache=CachePolicy(unsettled=3600))
    async with open_replicas(redis, FakeUpstream(UpstreamTimeout("slow"), ok()), 2, policies, **FAST) as (first, second):
        first.wire.cut()
        await first.cut_off()
        with pytest.raises(UpstreamTimeout):
            await first(call("POST"))
        first.wire.mend()
        joins = first.wire.joins
        await until(lambda: second.replicas.health().silent_replicas == 1)
        for _ in range(10):
            assert (await second(call())).age is None
            await asyncio.sleep(FAST["beat"])
        assert (first.wire.joins, first.replicas.health().joined) == (joins, False)


async def test_a_lost_connection_is_not_tried_again_before_the_others_must_have_noticed(
    redis: RedisProcess, store: HeldStore
) -> None:
    async with open_replicas(redis, store, 1, **FAST) as (one,):
        one.wire.cut()
        await one.cut_off()
        before = joins = one.wire.joins
        while one.replicas._membership.seconds_until_silent() > 0:
            assert joins == before
            await asyncio.sleep(FAST["beat"] / 4)
            joins = one.wire.joins if one.replicas._membership.seconds_until_silent() > 0 else before
        await until(lambda: one.wire.joins > before)


async def test_how_long_a_lost_connection_may_still_be_relied_on_by_the_others() -> None:
    clock = FakeClock()
    membership = Membership(sharing_policy("redis://nowhere", lease=2.0), Counters(), clock=clock)
    membership._leased = clock.now
    assert membership.seconds_until_silent() == 2.0
    clock.now += 1.5
    assert membership.seconds_until_silent() == 0.5
    clock.now += 5
    assert membership.seconds_until_silent() == 0.0


async def test_a_caller_that_goes_away_leaves_nobody_another_ones_reply(redis: RedisProcess, store: HeldStore) -> None:
    async with open_replicas(redis, store, 1) as (one,):
        for number in range(60):
            gone = asyncio.ensure_future(one(call(customer="acme", target=f"/papi/v1/{number}")))
            for _ in range(number % 12):
                await asyncio.sleep(0)
            gone.cancel()
            for customer in ("globex", "initech"):
                answer = await one(call(customer=customer, target=f"/papi/v1/{number % 5}"))
                assert answer.content.split()[:2] == [customer.encode(), f"/papi/v1/{number % 5}".encode()]


@pytest.mark.parametrize("how", ["well", "paused", "killed", "cut", "hanging"])
async def test_a_replica_that_ends_leaves_no_connection_however_redis_is(redis: RedisProcess, how: str) -> None:
    async with open_replicas(redis, FakeUpstream(ok()), 1, **FAST) as (one,):
        away = {"well": list, "paused": redis.pause, "killed": redis.kill, "cut": one.wire.cut, "hanging": one.wire.hang}
        connection = one.replicas._membership._connection
        assert connection is not None
        writers = [pipe._redis._writer for pipe in (connection.small, connection.large)]  # type: ignore[attr-defined]
        away[how]()
        # More than the sockets' buffers hold: a paused Redis reads none of it.
        storing = asyncio.ensure_future(connection.put("akamai-mcp:large", bytes(16_000_000), 1.0))
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(one.replicas.aclose(), SECONDS)
            ends = (writer.wait_closed() for writer in writers)
            await asyncio.wait_for(asyncio.gather(storing, *ends, return_exceptions=True), SECONDS)
        finally:
            redis.resume()
