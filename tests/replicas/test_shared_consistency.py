"""Random reads and changes of several customers over three replicas, while Redis is paused, killed and cut off from some.

Whatever happens, a read that begins after a change of its customer was done, through any replica, sees it; and nobody
sees anything of another customer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_fakes import FakeStore, call, makes_stale
from redis_stage import RedisProcess, Replica, open_replicas

from akamai_mcp.errors import UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Response

REPLICAS = 3
PATHS = ("/p/v1/a/1", "/p/v1/a/1/rules", "/p/v1/a/2")
MOMENT = 0.005
HORIZON = 120
TAKES: ContextVar[tuple[int, int]] = ContextVar("takes")
# Leases end, and links are joined again, several times within the horizon.
TIMES = {"lease": 0.12, "beat": 0.02, "connect": 0.1, "settling": 0.0, "flight": 0.1, "poll": 0.01, "patience": 0.05}
# For what must not depend on how busy the machine is.
PATIENT = TIMES | {"lease": 5.0, "patience": 2.0, "connect": 5.0}


@dataclass(frozen=True, slots=True)
class Act:
    """One call of a customer through a replica: when it begins, and how long it is under way there and back."""

    customer: str
    path: str
    write: bool
    replica: int
    begins: int
    out: int
    back: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that befalls Redis or one replica's wire to it, and how long that lasts."""

    kind: str
    replica: int
    begins: int
    lasts: int


ACTS = st.lists(
    st.builds(
        Act,
        customer=st.sampled_from(("acme", "acme", "acme", "globex")),
        path=st.sampled_from(PATHS),
        write=st.sampled_from((False, False, True)),
        replica=st.integers(0, REPLICAS - 1),
        begins=st.integers(0, HORIZON),
        out=st.integers(0, 6),
        back=st.integers(0, 6),
    ),
    min_size=30,
    max_size=90,
)
TROUBLES = st.lists(
    st.builds(
        Trouble,
        kind=st.sampled_from(("pause", "kill", "cut", "cut", "hang", "hang")),
        replica=st.integers(0, REPLICAS - 1),
        begins=st.integers(0, HORIZON),
        lasts=st.integers(1, 60),
    ),
    max_size=4,
)


class SlowStore(FakeStore):
    """A store whose calls take as long as the act says that brought them."""

    async def __call__(self, sent: Call) -> Response:
        out, back = TAKES.get()
        await moments(out)
        if not sent.is_safe:
            self.writes.append((sent.customer, sent.path))
        content = f"{sent.customer} {sent.path} {self.seen(sent.customer, sent.path)}".encode()
        await moments(back)
        return Response(status=200, headers=(), content=content)


@dataclass(slots=True)
class Play:
    """What happened: which changes are done, and how many reads came from where."""

    redis: RedisProcess
    replicas: list[Replica]
    finished: list[tuple[str, str]]
    served: int = 0
    refused: int = 0

    async def act(self, act: Act) -> None:
        await moments(act.begins)
        TAKES.set((act.out, act.back))
        least = sum(1 for who, where in self.finished if who == act.customer and makes_stale(where, act.path))
        sent = call("PUT" if act.write else "GET", act.path, customer=act.customer)
        try:
            answer = await self.replicas[act.replica](sent)
        except UpstreamBusyError:
            assert act.write
            self.refused += 1
            return
        if act.write:
            self.finished.append((act.customer, act.path))
            return
        customer, path, seen = answer.content.decode().split()
        assert (customer, path) == (act.customer, act.path)
        assert int(seen) >= least, f"{act} saw {seen} of its own {least} changes"
        self.served += answer.age is not None

    async def befall(self, trouble: Trouble) -> None:
        await moments(trouble.begins)
        wire = self.replicas[trouble.replica].wire
        match trouble.kind:
            case "pause":
                self.redis.pause()
                await moments(trouble.lasts)
                self.redis.resume()
            case "kill":
                self.redis.restart()
            case "cut" | "hang":
                wire.cut() if trouble.kind == "cut" else wire.hang()
                await moments(trouble.lasts)
                wire.mend()


async def moments(count: int) -> None:
    await asyncio.sleep(count * MOMENT)


async def play(redis: RedisProcess, acts: list[Act], troubles: list[Trouble], times: Mapping[str, float] = TIMES) -> Play:
    redis.ask("FLUSHALL")  # whoever could not say goodbye would be waited for
    async with open_replicas(redis, SlowStore(), REPLICAS, **times) as replicas:
        stage = Play(redis, replicas, [])
        try:
            await asyncio.gather(*(stage.act(act) for act in acts), *(stage.befall(trouble) for trouble in troubles))
        finally:
            redis.resume()
        return stage


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, troubles=TROUBLES)
def test_no_read_through_any_replica_is_older_than_a_finished_change_nor_of_another_customer(
    one_redis: RedisProcess, acts: list[Act], troubles: list[Trouble]
) -> None:
    asyncio.run(play(one_redis, acts, troubles))


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_while_redis_is_well_most_of_what_was_not_changed_is_not_asked_for_again(
    one_redis: RedisProcess, acts: list[Act]
) -> None:
    reads = [Act("acme", PATHS[0], False, n % REPLICAS, n, 0, 0) for n in range(0, HORIZON, 2)]
    elsewhere = [act for act in acts if act.path == PATHS[2]]
    stage = asyncio.run(play(one_redis, [*reads, *elsewhere], [], PATIENT))
    assert stage.served > len(reads) // 2
