"""A read that fails is told, tried again in its time, and leaves nothing that may not be read; a quota is no queue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from inventory_stage import FakeInvoker, KeeperStage, stage_of

from akamai_mcp.access.callers import Caller, calling, current_caller
from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import QuotaExceeded, UpstreamConnectError
from akamai_mcp.inventory.held import Held
from akamai_mcp.result.answer import Answer


class FailingInvoker(FakeInvoker):
    """Fails as it is told: by a status, by an error, or by the quota of a caller."""

    status = 200
    error: Exception | None = None
    quotas: Quotas | None = None

    def wait_for_share(self, share: float) -> float:
        return self.quotas.wait_for_share(current_caller().name, share) if self.quotas else 0.0

    async def make(self, intent: Any, prepared: Any) -> Answer:
        if self.quotas:
            self.quotas.require(current_caller().name, changes=False)
            self.quotas.note(current_caller().name, changes=False)
        answer = await super().make(intent, prepared)
        if self.error:
            raise self.error
        if self.status >= 400:
            return Answer(content={"status": self.status, "problem": {"title": "No"}}, is_error=True)
        return answer


@pytest.fixture
def stage(catalogue: Catalogue) -> KeeperStage:
    stage = stage_of(catalogue)
    stage.invoker = FailingInvoker()
    stage.restart()
    return stage


async def refreshed(stage: KeeperStage) -> tuple[list[str], list[str]]:
    """(names, what is missing) after a question that reads again."""
    held = await stage.keeper.hold("acme")
    due = held.due(held.wanted(stage.source), stage.policy, stage.clock(), fresh=0.0)
    await stage.keeper.read(held, due, None)
    return known(held), reasons(stage, held)


def known(held: Held) -> list[str]:
    return [record.name for record in held.index.of_kind("thing")]


def reasons(stage: KeeperStage, held: Held) -> list[str]:
    return [gap.failure for gap in held.missing([stage.source], ())]


UNREACHABLE = UpstreamConnectError("no connection")


@pytest.mark.parametrize(
    ("status", "error", "seconds"), [(404, None, 600.0), (403, None, 600.0), (503, None, 5.0), (0, True, 5.0)]
)
async def test_a_failure_is_remembered_as_long_as_it_is_likely_to_last(
    stage: KeeperStage, status: int, seconds: float, *, error: bool | None
) -> None:
    invoker = stage.invoker
    assert isinstance(invoker, FailingInvoker)
    invoker.status, invoker.error = status, UNREACHABLE if error else None
    await stage.names("acme")
    invoker.status, invoker.error = 200, None
    stage.clock.now += seconds - 1
    assert await stage.names("acme") == []
    stage.clock.now += 2
    assert await stage.names("acme") == ["thing of acme for local v1"]
    await stage.keeper.aclose()


async def test_a_refresh_reads_what_failed_again(stage: KeeperStage) -> None:
    stage.invoker.status = 404  # type: ignore[attr-defined]
    assert await refreshed(stage) == ([], ["404 No"])
    stage.invoker.status = 200  # type: ignore[attr-defined]
    assert await refreshed(stage) == (["thing of acme for local v1"], [])
    await stage.keeper.aclose()


async def test_no_answer_is_not_kept_for_the_next_process(stage: KeeperStage) -> None:
    stage.invoker.error = UNREACHABLE  # type: ignore[attr-defined]
    await stage.names("acme")
    assert stage.shelf.parts == {}
    await stage.keeper.aclose()


async def test_rows_that_cannot_be_read_again_stay_with_the_reason_and_their_time(stage: KeeperStage) -> None:
    await stage.names("acme")
    read_at = stage.clock()
    stage.clock.now += 10
    stage.invoker.error = UNREACHABLE  # type: ignore[attr-defined]
    names, told = await refreshed(stage)
    assert (names, told) == (["thing of acme for local v1"], ["No usable response from Akamai: no connection"])
    held = await stage.keeper.hold("acme")
    assert [gap.as_of for gap in held.missing([stage.source], ())] == [read_at]
    stage.invoker.error = None  # type: ignore[attr-defined]
    assert (await refreshed(stage))[1] == []
    await stage.keeper.aclose()


@pytest.mark.parametrize("status", [401, 403])
async def test_what_akamai_refuses_to_show_any_more_is_not_found_nor_kept(stage: KeeperStage, status: int) -> None:
    await stage.names("acme")
    stage.invoker.status = status  # type: ignore[attr-defined]
    assert await refreshed(stage) == ([], [f"{status} No"])
    assert [part.records for part in stage.shelf.parts.values()] == [()]
    await stage.keeper.aclose()


async def test_a_used_up_quota_holds_no_question_up_and_is_told(stage: KeeperStage) -> None:
    stage.invoker.quotas = Quotas(QuotaPolicy(calls_a_minute=2), clock=stage.clock)  # type: ignore[attr-defined]
    stage.invoker.quotas.note("local", changes=False)  # type: ignore[attr-defined]
    start = stage.clock()
    names, told = await refreshed(stage)
    assert (names, stage.clock()) == ([], start)
    assert "quota" in told[0]
    stage.clock.now += 61
    assert await stage.names("acme") == ["thing of acme for local v1"]
    await stage.keeper.aclose()


async def test_the_background_leaves_half_of_a_quota_and_reads_the_rest_later(catalogue: Catalogue) -> None:
    stage = stage_of(catalogue, each=tuple({"listType": f"T{number}"} for number in range(9)))
    invoker = stage.invoker = FailingInvoker()
    stage.restart()
    invoker.quotas = Quotas(QuotaPolicy(calls_a_minute=8), clock=stage.clock)
    held = await stage.keeper.hold("acme")
    start = stage.clock()
    stage.keeper.go_on(held, [stage.source])
    await stage.keeper.settle(held)
    assert len(invoker.asked) == 9
    assert stage.clock() - start >= 120, "four in any minute"
    invoker.quotas.require("local", changes=False)
    await stage.keeper.aclose()


async def test_a_caller_with_a_quota_left_does_not_wait_for_one_without(catalogue: Catalogue) -> None:
    stage = stage_of(catalogue)
    invoker = stage.invoker = FailingInvoker()
    stage.restart()
    invoker.quotas = Quotas(QuotaPolicy(calls_a_minute=2), clock=stage.clock)
    invoker.quotas.note("alice", changes=False)

    async def ask(name: str) -> list[str]:
        with calling(lambda: Caller(name=name)):
            held = await hold()
            await stage.keeper.read(held, held.due(held.wanted(stage.source), stage.policy, stage.clock()), None)
            return known(held)

    held = await stage.keeper.hold("acme")

    async def hold() -> Held:
        return held  # the rights of both are the same

    start = stage.clock()
    _, bobs = await asyncio.gather(ask("alice"), ask("bob"))
    assert bobs == ["thing of acme for bob v1"]
    assert stage.clock() == start
    await stage.keeper.aclose()


async def test_too_many_calls_at_once_are_made_one_after_the_other(stage: KeeperStage) -> None:
    class Crowded(FailingInvoker):
        left = 3

        async def make(self, intent: Any, prepared: Any) -> Answer:
            if self.left:
                self.left -= 1
                raise QuotaExceeded("local", "1 concurrent calls", retry_after=1.0)
            return await super().make(intent, prepared)

    stage.invoker = Crowded()
    stage.restart()
    assert await stage.names("acme") == ["thing of acme for local v1"]
    await stage.keeper.aclose()
