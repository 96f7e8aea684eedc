"""Which reads a write makes stale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.pipeline.versions import Versions, prefixes, related

RULES = "/papi/v1/properties/1/versions/3/rules"
STALE_AFTER_RULES = [
    RULES,
    "/papi/v1/properties/1/versions/3",
    "/papi/v1/properties/1/versions",
    "/papi/v1/properties/1",
    "/papi/v1/properties",
    "/papi/v1/properties/",
]
FRESH_AFTER_RULES = [
    "/papi/v1/properties/2",
    "/papi/v1/properties/2/versions/3/rules",
    "/papi/v1/properties/1/versions/2",
    "/papi/v1/properties/11",
    "/papi/v1/groups",
]

SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", "1"]), min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@pytest.mark.parametrize("path", STALE_AFTER_RULES)
def test_a_write_makes_its_ancestors_itself_and_its_descendants_stale(path: str) -> None:
    versions = Versions()
    before = versions.version("acme", path)
    versions.write("acme", RULES)
    assert versions.version("acme", path) > before


@pytest.mark.parametrize("path", FRESH_AFTER_RULES)
def test_a_write_leaves_its_neighbours_alone(path: str) -> None:
    versions = Versions()
    before = versions.version("acme", path)
    versions.write("acme", RULES)
    assert versions.version("acme", path) == before


def test_a_write_to_a_parent_makes_what_is_below_it_stale() -> None:
    versions = Versions()
    versions.write("acme", "/papi/v1/properties/1")
    assert versions.version("acme", RULES) > 0


def test_ids_with_and_without_their_prefix_are_the_same_resource() -> None:
    versions = Versions()
    versions.write("acme", "/papi/v1/properties/prp_1/versions/3")
    assert versions.version("acme", "/papi/v1/properties/1") > 0
    assert versions.version("acme", "/papi/v1/properties/12") == 0


def test_a_write_of_one_customer_leaves_the_others_alone() -> None:
    versions = Versions()
    versions.write("acme", RULES)
    assert versions.version("other", RULES) == 0


def test_an_unsettled_write_keeps_reads_out_until_its_time_is_over() -> None:
    versions = Versions()
    versions.unsettle("acme", RULES, until=10.0)
    assert not versions.settled("acme", "/papi/v1/properties/1", now=9.0)
    assert versions.settled("acme", "/papi/v1/properties/2", now=9.0)
    assert versions.settled("acme", "/papi/v1/properties/1", now=10.0)


def test_forgetting_old_paths_makes_older_reads_stale_and_never_fresh() -> None:
    versions = Versions(max_paths=8)
    versions.write("acme", "/a/1")
    before = versions.version("acme", "/a/1")
    for number in range(20):
        versions.write("acme", f"/b/{number}")
    assert versions.version("acme", "/a/1") > before


def test_paths_are_forgotten_only_once_there_are_more_of_them_than_the_bound() -> None:
    versions = Versions(max_paths=8)
    for number in range(8):
        versions.write("acme", f"/{number}")
    assert [versions.version("acme", path) for path in ("/other", "/0", "/7")] == [0, 1, 8]
    versions.write("acme", "/8")
    assert {versions.version(identity, path) for identity in ("acme", "other") for path in ("/other", "/0", "/8")} == {9}


def test_a_write_leaves_the_root_alone_which_is_nobodys_ancestor() -> None:
    versions = Versions()
    versions.write("acme", "/a")
    assert versions.version("acme", "/") == 0


def test_what_is_unsettled_stays_so_when_old_paths_are_forgotten() -> None:
    versions = Versions(max_paths=8)
    versions.unsettle("acme", RULES, until=10.0)
    for number in range(20):
        versions.write("acme", f"/b/{number}")
    assert not versions.settled("acme", RULES, now=9.0)


@given(written=SEGMENTS, read=SEGMENTS)
def test_the_version_moves_exactly_where_the_paths_are_related(written: str, read: str) -> None:
    versions = Versions()
    versions.write("acme", written)
    assert (versions.version("acme", read) > 0) == related(written, read)


@pytest.mark.parametrize(
    ("path", "found"), [("/a/b/c/", ["/a/b/c", "/a/b", "/a"]), ("/a", ["/a"]), ("/_/_", ["/_/_", "/_"]), ("/", []), ("", [])]
)
def test_the_prefixes_of_a_path_are_itself_and_its_ancestors_but_the_root(path: str, found: list[str]) -> None:
    assert list(prefixes(path)) == found
