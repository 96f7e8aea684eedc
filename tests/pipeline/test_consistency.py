"""Random interleavings of reads and writes of several customers through every layer: nothing stale, nothing foreign."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline_fakes import FakeStore, call, makes_stale, turns

from akamai_mcp.pipeline.stack import PipelinePolicies, build_pipeline

CUSTOMERS = ("acme", "globex", "initech")
PATHS = ("/p/v1/a/1", "/p/v1/a/1/rules", "/p/v1/a/2")


@dataclass(frozen=True, slots=True)
class Act:
    """One call of a customer: when it begins, how long its request and its answer are under way, in turns of the loop."""

    customer: str
    path: str
    write: bool
    begins: int
    out: int
    back: int


ACTS = st.lists(
    st.builds(
        Act,
        customer=st.sampled_from(("acme", "acme", "globex", "initech")),
        path=st.sampled_from(PATHS),
        write=st.booleans(),
        begins=st.integers(0, 20),
        out=st.integers(0, 4),
        back=st.integers(0, 10),
    ),
    min_size=6,
    max_size=40,
)


async def play(acts: list[Act]) -> tuple[FakeStore, int]:
    store = FakeStore()
    pipeline = build_pipeline(store, PipelinePolicies())
    finished: dict[tuple[str, str], int] = {}
    reads = 0

    async def run(act: Act) -> None:
        nonlocal reads
        await turns(act.begins)
        # What this customer's own finished writes have done when the read begins: the least that it must see.
        least = sum(n for (who, where), n in finished.items() if who == act.customer and makes_stale(where, act.path))
        sent = call("PUT" if act.write else "GET", act.path, customer=act.customer)
        store.delays[id(sent)] = (act.out, act.back)
        answer = await pipeline.handler(sent)
        if act.write:
            finished[act.customer, act.path] = finished.get((act.customer, act.path), 0) + 1
            return
        reads += 1
        customer, path, seen = answer.content.decode().split()
        assert (customer, path) == (act.customer, act.path)
        assert int(seen) >= least, f"{act} saw {seen} of its own {least} writes"

    await asyncio.gather(*(run(act) for act in acts))
    return store, reads


@settings(max_examples=600, deadline=None)
@given(acts=ACTS)
def test_no_read_is_older_than_the_customers_own_writes_nor_from_another_customer(acts: list[Act]) -> None:
    asyncio.run(play(acts))


async def test_writes_of_one_customer_cost_another_no_hit() -> None:
    store = FakeStore()
    pipeline = build_pipeline(store, PipelinePolicies())
    for customer in CUSTOMERS:
        await pipeline.handler(call(target="/p/v1/a/1", customer=customer))
    for _ in range(20):
        await pipeline.handler(call("PUT", "/p/v1/a/1", customer="acme"))
    for customer in ("globex", "initech"):
        assert (await pipeline.handler(call(target="/p/v1/a/1", customer=customer))).age is not None
    assert (await pipeline.handler(call(target="/p/v1/a/1", customer="acme"))).age is None


async def test_a_hundred_identical_reads_through_every_layer_are_one_request() -> None:
    store = FakeStore()
    pipeline = build_pipeline(store, PipelinePolicies())
    await asyncio.gather(*(pipeline.handler(call(customer=c)) for c in ("acme", "globex") for _ in range(100)))
    assert pipeline.counters["upstream"] == 2
    assert pipeline.counters["coalesced"] == 198
