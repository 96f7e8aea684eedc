from __future__ import annotations

import pytest

from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.errors import QuotaExceeded


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def call(quotas: Quotas, caller: str = "ann", *, changes: bool = False) -> None:
    quotas.require(caller, changes=changes)
    quotas.note(caller, changes=changes)


def test_without_bounds_nothing_is_refused_and_nothing_remembered() -> None:
    quotas = Quotas()
    for _ in range(1000):
        call(quotas, changes=True)
    assert quotas._windows == {}


def test_calls_over_the_bound_are_refused_until_the_oldest_is_a_minute_old() -> None:
    clock = Clock()
    quotas = Quotas(QuotaPolicy(calls_a_minute=2), clock=clock)
    call(quotas)
    clock.now += 10
    call(quotas)
    clock.now += 10
    with pytest.raises(QuotaExceeded) as refused:
        call(quotas)
    assert refused.value.retry_after == 40
    assert "Wait 40 s before you repeat the call" in refused.value.advice
    clock.now += 39.9
    with pytest.raises(QuotaExceeded):
        call(quotas)
    clock.now += 0.1
    call(quotas)
    with pytest.raises(QuotaExceeded):
        call(quotas)


@pytest.mark.parametrize("changes", [False, True])
def test_calls_that_are_long_past_count_no_more_and_are_not_remembered(changes: bool) -> None:
    clock = Clock()
    quotas = Quotas(QuotaPolicy(calls_a_minute=3, changes_an_hour=2), clock=clock)
    for seconds in (0, 60, 61, 3600, 3601, 100_000):
        clock.now += seconds
        for _ in range(2):
            call(quotas, changes=changes and seconds >= 3600)
    for _ in range(100):
        clock.now += 3600
        call(quotas, changes=changes)
    assert {len(window._times) for window in quotas._windows.values()} <= {2, 3}


@pytest.mark.parametrize("after", [3599.0, 3600.0])
def test_a_change_counts_for_an_hour(after: float) -> None:
    clock = Clock()
    quotas = Quotas(QuotaPolicy(changes_an_hour=1), clock=clock)
    call(quotas, changes=True)
    clock.now += after
    if after < 3600:
        with pytest.raises(QuotaExceeded) as refused:
            call(quotas, changes=True)
        assert refused.value.retry_after == 1.0
    else:
        call(quotas, changes=True)


def test_what_is_refused_does_not_count() -> None:
    clock = Clock()
    quotas = Quotas(QuotaPolicy(calls_a_minute=1), clock=clock)
    call(quotas)
    for _ in range(5):
        with pytest.raises(QuotaExceeded):
            call(quotas)
    clock.now += 60
    call(quotas)


def test_changes_have_a_bound_of_their_own_and_count_as_calls_too() -> None:
    quotas = Quotas(QuotaPolicy(calls_a_minute=3, changes_an_hour=1), clock=Clock())
    call(quotas, changes=True)
    with pytest.raises(QuotaExceeded, match="1 changes per hour"):
        call(quotas, changes=True)
    call(quotas)
    call(quotas)
    with pytest.raises(QuotaExceeded, match="3 calls per minute"):
        call(quotas)


@pytest.mark.parametrize(
    ("bound", "share", "before", "wait"),
    [(10, 0.2, 7, 0.0), (10, 0.2, 8, 60.0), (10, 0.0, 9, 0.0), (10, 0.0, 10, 60.0), (10, 1.0, 0, 0.0), (10, 1.0, 1, 60.0), (0, 0.2, 99, 0.0)],
)  # fmt: skip
def test_a_gentle_caller_waits_where_one_more_call_would_leave_less_than_the_share(
    bound: int, share: float, before: int, wait: float
) -> None:
    quotas = Quotas(QuotaPolicy(calls_a_minute=bound), clock=Clock())
    for _ in range(before):
        call(quotas)
    assert quotas.wait_for_share("ann", share) == wait
    assert quotas.wait_for_share("bob", share) == 0.0


def test_one_callers_calls_are_not_anothers() -> None:
    quotas = Quotas(QuotaPolicy(calls_a_minute=1), clock=Clock())
    call(quotas, "ann")
    call(quotas, "bob")


def test_calls_at_once_are_bounded_for_each_caller_and_a_failed_one_gives_its_place_back() -> None:
    quotas = Quotas(QuotaPolicy(at_once=1))
    with quotas.slot("ann"), quotas.slot("bob"):
        assert quotas.under_way == 2
        with pytest.raises(QuotaExceeded, match="1 concurrent calls"), quotas.slot("ann"):
            pytest.fail("a second call of the same caller went ahead")
    with pytest.raises(ZeroDivisionError), quotas.slot("ann"):
        raise ZeroDivisionError
    with quotas.slot("ann"):
        assert quotas.under_way == 1
    assert quotas.under_way == 0


def test_a_slot_frees_only_itself_and_a_caller_without_calls_is_forgotten() -> None:
    quotas = Quotas(QuotaPolicy(at_once=2))
    with quotas.slot("ann"):
        with quotas.slot("ann"):
            assert quotas.under_way == 2
        assert quotas.under_way == 1
        with quotas.slot("ann"), pytest.raises(QuotaExceeded), quotas.slot("ann"):
            pass
    assert quotas._under_way == {}
