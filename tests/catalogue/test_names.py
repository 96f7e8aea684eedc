"""Every operation can be called by its own name, also where two identifiers come to the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.naming import distinct_name, tool_name
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
