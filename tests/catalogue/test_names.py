"""Every operation can be called by its own name, also where two identifiers come to the same words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.naming import LONGEST_SPELLED, default_tool_key, distinct_name, document_of, snake, spellings, tool_name
from akamai_mcp.documents.location import locate, open_catalogue


def test_operations_whose_identifiers_give_the_same_name_get_distinct_names(tmp_path: Path) -> None:
    names = {"/a": ("get", "getFoo"), "/b": ("delete", "get-foo"), "/c": ("get", "\u65e5"), "/d": ("delete", "\u4e2d")}
    paths = {path: {method: {"operationId": name, "responses": {}}} for path, (method, name) in names.items()}
    document = {"openapi": "3.0.3", "info": {"title": "Zoo", "version": "1"}, "paths": paths}
    file = tmp_path / "zoo" / "v1" / "openapi.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document), encoding="utf-8")
    catalogue: Catalogue = open_catalogue(locate(tmp_path), tmp_path / "cache")
    entries = catalogue.entries()
    assert len({entry.name for entry in entries}) == len(entries) == len(names)
    assert [catalogue.get(entry.name).path for entry in entries] == list(names)
    assert entries[0].name == "akamai_zoo_v1_get_foo"


@pytest.mark.parametrize("longest", range(20, 60))
def test_a_name_over_the_limit_keeps_as_many_whole_words_as_fit_beside_a_digest(longest: int) -> None:
    whole = "akamai_zoo_get_animal_and_keeper_by_identifier_and_day"
    name = tool_name("zoo", "zoo/v1#get-animal-and-keeper-by-identifier-and-day", longest)
    assert len(name) <= longest
    if len(whole) <= longest:
        assert name == whole
        return
    kept, _, digest = name.rpartition("_")
    assert len(digest) == len(distinct_name("a", "b").rpartition("_")[2])
    assert whole.startswith(f"{kept}_")
    # One word more would not have fitted.
    assert len(kept) + 1 + len(whole[len(kept) + 1 :].partition("_")[0]) + 1 + len(digest) > longest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("getPropertyVersions", "get_property_versions"),
        ("get-property-versions", "get_property_versions"),
        ("getHTTPCodeV2", "get_http_code_v2"),
        ("IPv6List", "i_pv6_list"),
        ("a.b/c d__e", "a_b_c_d_e"),
        ("v1", "v1"),
        ("X", "x"),
        ("\u65e5", ""),
        ("", ""),
    ],
)
def test_an_identifier_is_split_at_case_and_at_what_is_no_letter(text: str, words: str) -> None:
    assert snake(text) == words


def test_a_document_without_a_key_of_its_own_is_called_by_product_and_version() -> None:
    assert default_tool_key("Event-Viewer", "v1.2") == "event_viewer_v1_2"
    assert document_of("event-viewer/v1#get-a/b#c") == ("event-viewer", "v1")
    assert tool_name("ev", "event-viewer/v1#getA") == "akamai_ev_get_a"


def test_a_name_is_told_from_another_by_the_digest_of_its_key() -> None:
    digest = hashlib.sha256(b"zoo/v1#get-a").hexdigest()[:6]
    assert distinct_name("akamai_zoo_get_a", "zoo/v1#get-a") == f"akamai_zoo_get_a_{digest}"
    assert distinct_name("akamai_zoo_get_a", "zoo/v1#get-a", 20) == f"akamai_zoo_{digest}"
    assert distinct_name("akamai_zoo_get_a", "zoo/v1#get-a", 22) == f"akamai_zoo_get_{digest}"
    assert distinct_name("akamai_zoo_get_a", "zoo/v1#get-a", 23) == f"akamai_zoo_get_a_{digest}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mcp__akamai__akamai_read", ["akamai_akamai_read", "akamai_read", "akamai_mcp_akamai_akamai_read"]),
        ("AKAMAI-READ", ["akamai_read", "akamai_akamai_read"]),
        ("read.it", ["akamai_read_it"]),
        ("", ["akamai"]),
        ("x" * (LONGEST_SPELLED * 2), [f"akamai_{'x' * LONGEST_SPELLED}"]),
    ],
)
def test_a_name_may_stand_for_each_part_of_it_that_begins_like_a_tool_name(name: str, meant: list[str]) -> None:
    assert spellings(name) == meant
