"""The state of a path as values: which changes move it on, and when replicas agree on none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.pipeline.versions import Versions, normal, prefixes, related
from akamai_mcp.replicas.connection import EvictingError, parse_info, refuse_eviction
from akamai_mcp.replicas.health import describe
from akamai_mcp.replicas.versions import Change, PathDigests, View

SEGMENTS = st.lists(st.sampled_from(("a", "b", "prp_1", "1", "rules")), min_size=0, max_size=4)
PATHS = SEGMENTS.map(lambda segments: "/" + "/".join(segments))


def place(path: str) -> PathDigests:
    return PathDigests(at=normal(path), above=tuple(prefixes(path)))


VIEW = View(run="r", now=100.0, epoch="e", birth=10.0, members={"me": 101.0, "you": 102.0}, born="b", counts=(1, 2), markers=())
READ = place("/papi/v1/properties/1")


def test_the_state_is_that_of_one_run_one_epoch_and_one_count() -> None:
    states = {
        view.state(READ, 5.0)
        for view in (
            VIEW,
            replace(VIEW, run="s"),
            replace(VIEW, epoch="f"),
            replace(VIEW, born="c"),
            replace(VIEW, counts=(1, 3)),
        )
    }
    assert len(states) == 5
    assert "" not in states


@pytest.mark.parametrize(
    "changes",
    [
        {"members": {"me": 101.0, "you": 99.9}},
        {"members": {"me": 100.0}},
        {"epoch": None},
        {"born": None},
        {"birth": None},
        {"birth": 95.1},
    ],
)
def test_replicas_agree_on_nothing_while_one_is_silent_or_redis_has_only_begun(changes: dict[str, object]) -> None:
    assert replace(VIEW, **changes).state(READ, 5.0) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "until", "agreed"),
    [
        ("/papi/v1/properties/1", 100.0, False),
        ("/papi/v1/properties", 200.0, False),
        ("/papi/v1/properties/1/versions/2", 200.0, False),
        ("/papi/v1/properties/1", 99.9, True),
        ("/papi/v1/properties/2", 200.0, True),
        ("/papi/v1/groups", 200.0, True),
    ],
)
def test_replicas_agree_on_nothing_while_a_change_that_touches_the_path_is_under_way(
    written: str, until: float, agreed: bool
) -> None:
    marker = Change(owner="o", places=(place("/ccu/v3"), place(written))).marked(until)
    assert bool(replace(VIEW, markers=(marker,)).state(READ, 5.0)) is agreed


@given(written=PATHS, read=PATHS)
def test_a_change_moves_on_what_it_makes_stale_in_one_process(written: str, read: str) -> None:
    versions = Versions()
    versions.write("who", written)
    moved = bool(set(place(written).written_fields) & set(place(read).read_fields))
    assert moved == bool(versions.version("who", read))
    if "/" not in {normal(written), normal(read)}:
        assert place(written).touches(place(read)) == moved == related(normal(written), normal(read))


def test_what_may_drop_keys_is_told_from_what_keeps_them() -> None:
    refuse_eviction(parse_info(b"# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n"))
    refuse_eviction(parse_info(b"maxmemory:1000\r\nmaxmemory_policy:noeviction\r\n"))
    with pytest.raises(EvictingError, match="volatile-lru"):
        refuse_eviction(parse_info(b"maxmemory:1000\r\nmaxmemory_policy:volatile-lru\r\n"))


def test_why_redis_is_not_reached_is_told_without_where_it_is() -> None:
    told = describe(ConnectionError("redis://:planted@planted-host:6379"))
    assert "planted" not in told
    assert "ConnectionError" in told
