"""What `make load` says of a run, and the proxy that it puts in front."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load import Killed, Measured, judge, unmeasured
from benchmarks.replicas import Run, write_configuration

GOOD = Run(answered=10, refused=0, broken=0, cut_off=0, seconds=2.0, p50_ms=1.0, p99_ms=2.0)
NAMES = [f"list-{number}" for number in range(10)]


def killed(arrived: list[str] = NAMES, **runs: Run) -> Killed:
    return Killed(runs={"read": GOOD, "write": GOOD, "legacy": GOOD} | runs, writes=Counter(arrived), reads=Counter())


def test_a_run_that_kept_every_promise_has_nothing_against_it():
    assert judge(killed()) == []


@pytest.mark.parametrize("how", ["refused", "broken", "cut_off"])
def test_a_read_that_failed_in_any_way_is_a_broken_promise(how: str):
    (complaint,) = judge(killed(read=replace(GOOD, **{how: 1})))
    assert complaint.startswith("1 reads")


def test_reads_of_the_older_protocol_and_writes_may_fail():
    failed = replace(GOOD, broken=3)
    assert judge(killed(write=failed, legacy=failed)) == []


def test_a_write_that_arrived_twice_is_a_broken_promise():
    (complaint,) = judge(killed([*NAMES, "list-3"]))
    assert "more than once" in complaint


def test_a_write_that_was_told_to_be_done_and_never_arrived_is_a_broken_promise():
    (complaint,) = judge(killed(NAMES[1:]))
    assert "never arrived" in complaint


def test_a_run_in_which_nothing_was_answered_measures_nothing():
    nothing = replace(GOOD, answered=0)
    assert unmeasured(Measured(rates={1: GOOD}, killed=killed())) == []
    assert len(unmeasured(Measured(rates={1: GOOD}, killed=killed(read=nothing)))) == 1
    assert len(unmeasured(Measured(rates={1: replace(GOOD, broken=1)}, killed=killed()))) == 1


@pytest.mark.parametrize("ports", [[7001], [7001, 7002, 7003]])
def test_the_proxy_under_load_is_the_deployed_one_before_exactly_these_servers(ports: list[int], tmp_path: Path):
    text = write_configuration(tmp_path, 7443, ports)
    upstream = text.split("upstream servers {")[1].split("}")[0]
    assert [line.split()[1] for line in upstream.splitlines() if " server " in line] == [f"127.0.0.1:{port}" for port in ports]
    assert "server-1" not in text
    assert "proxy_next_upstream error non_idempotent;" in text
    assert "listen 127.0.0.1:7443 ssl;" in text
