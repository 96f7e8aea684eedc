"""The figures of `make soak` say what grows."""

from __future__ import annotations

import pytest

from benchmarks.soak import KINDS, Record, Sample, judge, plan, slope


def samples(growth: float, sockets: list[int]) -> list[Sample]:
    """A sample every 1,000 calls, with so many KiB more each, and 10 KiB for each socket."""
    return [
        Sample(
            calls=number * 1000, resident=round(100_000 + number * growth + 10 * open_), descriptors=40, sockets=open_, threads=5
        )
        for number, open_ in enumerate(sockets)
    ]


@pytest.mark.parametrize("growth", [-3, 0, 5])
@pytest.mark.parametrize(
    "sockets", [[6] * 12, [6, 30, 8, 8, 25, 7] * 2, [*range(12)][::-1] + [3] * 4], ids=["same", "mixed", "fewer"]
)
def test_the_slope_is_the_growth_apart_from_open_connections(growth: int, sockets: list[int]) -> None:
    assert slope(samples(growth, sockets)) == pytest.approx(growth)


def test_growth_descriptors_connections_and_failures_are_held_against_a_run() -> None:
    good = Record(samples=samples(1, [6] * 20), exit_status=0)
    assert judge(good) == []
    bad = Record(samples=samples(3, [6] * 20), exit_status=1, left=2)
    bad.samples.append(Sample(calls=20_000, resident=100_120, descriptors=41, sockets=6, threads=5))
    bad.failures["search", "Invalid setting"] = 1
    against = " ".join(judge(bad))
    assert all(word in against for word in ("resident memory", "descriptors", "2 connections", "ended with 1", "Invalid setting"))


def test_the_plan_is_the_same_each_time_and_has_every_kind() -> None:
    first, second = (list(plan(3000)) for _ in range(2))
    assert first == second
    assert {asked.kind for asked in first} == set(KINDS)
