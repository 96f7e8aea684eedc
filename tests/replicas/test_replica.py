"""What three replicas share while Redis is well: answers, changes, one request for many, limits; and what Redis holds of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pipeline_fakes import FakeUpstream, HeldStore, call, ok
from redis_stage import RedisProcess, Replica, open_replicas, until

from akamai_mcp.errors import CacheMissError, UpstreamBusyError
from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.limits import LimitPolicy
from akamai_mcp.pipeline.stack import PipelinePolicies

Three = list[Replica]


@pytest.fixture
def store() -> HeldStore:
    return HeldStore()


@pytest.fixture
async def three(redis: RedisProcess, store: HeldStore) -> AsyncIterator[Three]:
    async with open_replicas(redis, store) as opened:
        yield opened


async def test_what_one_replica_read_the_others_need_not_ask_for(three: Three, store: HeldStore) -> None:
    answers = [await replica(call()) for replica in three]
    assert len({answer.content for answer in answers}) == len(store.asked) == 1
    assert [answer.age is None for answer in answers] == [True, False, False]
    assert [replica.pipeline.counters["sharedHits"] for replica in three] == [0, 1, 1]


async def test_what_came_from_another_replica_is_then_kept_in_memory(three: Three) -> None:
    await three[0](call())
    await three[1](call())
    await three[1](call())
    assert three[1].pipeline.counters["cacheHits"] == 1


@pytest.mark.parametrize(
    "written", ["/papi/v1/properties/1", "/papi/v1/properties", "/papi/v1/properties/1/versions", "/papi/v1/properties/prp_1"]
)
async def test_a_change_through_one_replica_is_seen_by_reads_through_all(three: Three, store: HeldStore, written: str) -> None:
    for replica in three:
        await replica(call())
    await three[2](call("PUT", written))
    for replica in three:
        assert (await replica(call())).content.endswith(b" 1")
    assert len(store.asked) == 3


async def test_a_change_of_further_paths_is_seen_too(three: Three, store: HeldStore) -> None:
    await three[0](call(target="/papi/v1/groups"))
    await three[1](call("PUT", "/papi/v1/properties/1", touches=("/papi/v1/groups",)))
    await three[0](call(target="/papi/v1/groups"))
    assert len(store.asked) == 3


async def test_a_change_elsewhere_or_of_another_customer_costs_no_hit(three: Three, store: HeldStore) -> None:
    await three[0](call())
    await three[1](call("PUT", "/papi/v1/properties/2"))
    await three[1](call("PUT", customer="globex"))
    assert (await three[0](call())).age is not None
    assert (await three[2](call())).age is not None


async def test_a_change_under_way_is_served_from_nothing_kept(three: Three, store: HeldStore) -> None:
    await three[0](call())
    store.hold("PUT")
    writing = asyncio.ensure_future(three[1](call("PUT")))
    await until(lambda: len(store.asked) == 2)
    reads = [await replica(call()) for replica in (*three, *three)]
    assert all(answer.age is None for answer in reads)
    store.go.set()
    await writing
    assert (await three[0](call())).content.endswith(b" 1")
    assert (await three[2](call())).age is not None


async def test_a_change_whose_replica_died_before_its_end_keeps_its_path_out_of_the_cache(three: Three, store: HeldStore) -> None:
    await three[0](call())
    store.hold("PUT")
    writing = asyncio.ensure_future(three[1](call("PUT")))
    await until(lambda: len(store.asked) == 2)
    # Neither its end nor a goodbye is told, and its lease still holds.
    three[1].wire.cut()
    store.go.set()
    for _ in range(2):
        assert (await three[0](call())).age is None
    await writing


async def test_customers_share_nothing(three: Three, store: HeldStore) -> None:
    for replica in three:
        for customer in ("acme", "globex", "initech"):
            assert (await replica(call(customer=customer))).content.split()[0] == customer.encode()
    assert len(store.asked) == 3


async def test_a_hundred_identical_reads_over_three_replicas_are_one_request(three: Three, store: HeldStore) -> None:
    store.hold("GET")
    reads = [asyncio.ensure_future(three[n % 3](call())) for n in range(99)]
    await until(lambda: len(store.asked) == 1 and sum(r.pipeline.counters["coalesced"] for r in three) == 96)
    store.go.set()
    answers = await asyncio.gather(*reads)
    assert len(store.asked) == len({answer.content for answer in answers}) == 1
    assert sum(replica.pipeline.counters["sharedFollowed"] for replica in three) == 2


async def test_a_leader_that_died_holds_nobody_up_for_longer_than_its_lease(redis: RedisProcess, store: HeldStore) -> None:
    async with open_replicas(redis, store, 2, flight=0.5) as (first, second):
        store.hold("GET")
        leading = asyncio.ensure_future(first(call()))
        await until(lambda: len(store.asked) == 1)
        following = asyncio.ensure_future(second(call()))
        await until(lambda: len(store.asked) == 2)  # its own request, though the first is still under way
        store.go.set()
        await asyncio.gather(leading, following)


async def test_when_the_leader_fails_the_others_ask_themselves(redis: RedisProcess) -> None:
    from akamai_mcp.errors import UpstreamTimeout

    upstream = FakeUpstream(UpstreamTimeout("slow"), ok(b"2"))
    go = asyncio.Event()

    async def hold(_: Call) -> None:
        await go.wait()

    upstream.before = hold
    from akamai_mcp.pipeline.retry import RetryPolicy

    async with open_replicas(redis, upstream, 2, PipelinePolicies(retry=RetryPolicy(attempts=1)), flight=30.0) as (first, second):
        leading = asyncio.ensure_future(first(call()))
        await until(lambda: len(upstream.calls) == 1)
        following = asyncio.ensure_future(second(call()))
        await until(lambda: second.pipeline.counters["sharedMisses"] == 1)
        go.set()
        with pytest.raises(UpstreamTimeout):
            await leading
        assert (await following).content == b"2"


async def test_a_cancelled_leader_gives_its_lease_back(redis: RedisProcess, store: HeldStore) -> None:
    async with open_replicas(redis, store, 2, flight=30.0) as (first, second):
        store.hold("GET")
        leading = asyncio.ensure_future(first(call()))
        await until(lambda: len(store.asked) == 1)
        leading.cancel()
        await asyncio.wait({leading})
        store.go.set()
        assert (await second(call())).content.endswith(b" 0")


async def test_answers_that_are_never_kept_or_asked_past_the_cache_do_not_come_from_another(
    three: Three, store: HeldStore
) -> None:
    for replica in three:
        await replica(call(keep="never"))
        await replica(call(cache="off"))
        await replica(call(cache="refresh"))
    assert len(store.asked) == 9


async def test_the_cache_alone_is_that_of_all_replicas(three: Three) -> None:
    with pytest.raises(CacheMissError):
        await three[0](call(cache="only"))
    await three[0](call())
    assert (await three[1](call(cache="only"))).age is not None


async def test_replicas_take_from_one_bucket(redis: RedisProcess) -> None:
    policies = PipelinePolicies(limits=LimitPolicy(rate=0.01, burst=3, longest_wait=1))
    async with open_replicas(redis, FakeUpstream(ok()), 3, policies) as three:
        for number, replica in enumerate(three):
            await replica(call(target=f"/papi/v1/{number}"))
        for replica in three:
            with pytest.raises(UpstreamBusyError):
                await replica(call(target="/papi/v1/x"))
            await replica(call(customer=f"other {id(replica)}"))


async def test_nothing_in_redis_can_be_read(redis: RedisProcess) -> None:
    body = b'{"planted body": "0123456789"}'
    async with open_replicas(redis, FakeUpstream(ok(body, etag="planted-etag")), 1) as (one,):
        await one(call(target="/papi/v1/properties/planted-path?q=planted-query", customer="planted-customer"))
        await one(call("PUT", "/papi/v1/properties/planted-write", customer="planted-customer"))
        await one.replicas.results.put("planted-handle", b"planted result" * 100, 60)
        dump = redis.everything()
    assert b"akamai-mcp:" in dump
    assert [word for word in (b"planted", b"properties", b"papi", b"0123456789") if word in dump] == []


async def test_an_answer_that_was_moved_to_another_customer_or_changed_is_no_answer() -> None:
    from akamai_mcp.replicas.encryption import Keyring

    keys, others = Keyring(b"k" * 32), Keyring(b"o" * 32)
    sealed = keys.seal("acme", "name", b"content")
    assert keys.unseal("acme", "name", sealed) == b"content"
    assert keys.unseal("globex", "name", sealed) is None
    assert keys.unseal("acme", "other name", sealed) is None
    assert others.unseal("acme", "name", sealed) is None
    for place in range(len(sealed)):
        assert keys.unseal("acme", "name", sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]) is None
    assert keys.unseal("acme", "name", b"short") is None


async def test_a_redis_that_may_drop_keys_is_not_relied_on(redis: RedisProcess, store: HeldStore) -> None:
    redis.ask("CONFIG", "SET", "maxmemory", "100mb")
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        from redis_stage import sharing_policy

        from akamai_mcp.pipeline.counters import Counters
        from akamai_mcp.replicas.replica import Replicas

        replicas = Replicas(sharing_policy(redis.url), PipelinePolicies(), Counters())
        replicas.start()
        await until(lambda: "allkeys-lru" in replicas.health().reason)
        assert not replicas.health().joined
        await replicas.aclose()
    finally:
        redis.ask("CONFIG", "SET", "maxmemory", "0")
        redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
