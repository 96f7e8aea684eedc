"""A request asks one state of the documents to its end, and what an index keeps of its files comes back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from catalogue_stage import open_small
from documents.document_samples import document, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.editions.edition import header_defaults
from akamai_mcp.catalogue.editions.kept_files import keep_files, kept_files
from akamai_mcp.openapi.files.folder import FolderContent, KeptFile


def catalogue_of(folder: Path, *names: str, broken: str = "") -> Catalogue:
    write(folder, "zoo/v1/openapi.json", document(*names))
    if broken:
        write(folder, broken, document(paths=["/a"]))
    return open_small(folder)


def test_what_was_begun_with_one_state_of_the_documents_ends_with_it(tmp_path: Path) -> None:
    old, new = catalogue_of(tmp_path / "old", "get-a"), catalogue_of(tmp_path / "new", "get-b", broken="lost.json")
    other = catalogue_of(tmp_path / "other", "get-c")
    old.editions.refused = (("next.json", "cut"),)
    with old.editions.held():
        old.editions.renew(new.editions.current)
        assert (old.names(), other.names()) == (["akamai_zoo_v1_get_a"], ["akamai_zoo_v1_get_c"])
        assert ([name for name, _ in old.editions.newest_problems()], old.editions.refused) == (["lost.json"], ())
        assert old.problems() == []
        with old.editions.held():
            assert old.names() == ["akamai_zoo_v1_get_a"]
    assert old.names() == ["akamai_zoo_v1_get_b"]


def test_a_value_is_made_once_for_each_state_of_the_documents(tmp_path: Path) -> None:
    one, two = catalogue_of(tmp_path / "one", "get-a"), catalogue_of(tmp_path / "two", "get-b")
    made: list[list[str]] = []

    def make() -> list[str]:
        made.append(one.names())
        return made[-1]

    value = one.per_edition(make)
    assert value() is value()
    one.editions.renew(two.editions.current)
    assert value() == value() == ["akamai_zoo_v1_get_b"]
    assert made == [["akamai_zoo_v1_get_a"], ["akamai_zoo_v1_get_b"]]


@pytest.mark.parametrize(
    ("guide", "defaults"),
    [
        ({}, {}),
        ({"fields": {}}, {}),
        ({"fields": {"X-Zone": {"default": "all"}, "mode": {"about": "x"}, "X-No": {"default": ""}}}, {"X-Zone": "all"}),
    ],
)
def test_a_header_has_the_value_that_the_guide_of_its_product_names(guide: Any, defaults: dict[str, str]) -> None:
    assert header_defaults(guide) == defaults


def test_files_come_back_from_an_index_as_they_were(tmp_path: Path) -> None:
    files = {
        "a.json": KeptFile(content=b'{"a": 1}' * 50),
        "b/c.yaml": KeptFile(content=b"", fault="cannot be read"),
        "link.json": KeptFile(content=b"x", is_inside=False),
    }
    index = catalogue_of(tmp_path, "get-a").index
    assert kept_files(index) is None
    keep_files(index, FolderContent(names=("gone.json", *reversed(files)), find=files.get))
    kept = kept_files(index)
    assert kept is not None
    assert kept.names == tuple(sorted(files))
    assert {name: kept.find(name) for name in files} == files
    assert kept.find("gone.json") is None


def test_an_index_keeps_files_where_they_may_change_even_if_there_are_none(tmp_path: Path) -> None:
    catalogue = open_small(tmp_path, may_change=True)
    kept = kept_files(catalogue.index)
    assert kept is not None
    assert (kept.names, kept.find("a.json")) == ((), None)
