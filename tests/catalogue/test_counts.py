"""Operations are counted once for each state of the documents, and whoever may know of fewer counts those."""

from __future__ import annotations

from pathlib import Path

from catalogue_stage import open_small
from documents.document_samples import document, write

from akamai_mcp.catalogue.catalogue import Catalogue


def catalogue_of(folder: Path, *names: str) -> Catalogue:
    write(folder, "papi/v1/openapi.json", document(*names))
    return open_small(folder)


def test_what_is_done_to_counts_that_were_given_out_changes_no_later_ones(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path, "get-a", "get-b")
    given = catalogue.counts()
    given["byMethod"].clear()
    assert catalogue.counts()["byMethod"] == {"GET": 2}


def test_renewed_documents_are_counted_anew(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path / "old", "get-a")
    assert catalogue.counts()["operations"] == 1
    with catalogue.editions.held():
        newer = catalogue_of(tmp_path / "new", "get-a", "get-b", "get-c")
        catalogue.editions.renew(newer.editions.current)
        assert catalogue.counts()["operations"] == 1
    assert catalogue.counts()["operations"] == 3


def test_somebody_who_may_know_of_fewer_operations_counts_those(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path, "get-a", "get-b")
    assert catalogue.counts()["operations"] == 2
    known = catalogue.narrowed(frozenset({"papi/v1#get-a"}))
    assert (known.counts()["operations"], known.narrowed(None).counts()["operations"]) == (1, 2)
