"""The prepared index is used while its documents are the same, and never else; what it has no place for is told."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from catalogue_stage import open_small
from documents.document_samples import document, operation, write

from akamai_mcp.catalogue.catalogue import Catalogue, Product
from akamai_mcp.catalogue.index import KEPT_INDEXES, Source, open_index
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.openapi.loader import DocumentFile, find_documents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "specs/papi/v1/openapi.json", document("get-a", "get-b"))
    return tmp_path / "specs"


class Starts:
    """Opens a catalogue over a cache and notes which documents had to be read for it."""

    def __init__(self, folder: Path, cache: Path, *, may_change: bool = False) -> None:
        self.folder = folder
        self.cache = cache
        self.read: list[str] = []
        self._may_change = may_change

    def again(self) -> Catalogue:
        self.read = []
        return open_small(self.folder, self.cache, self.read.append, may_change=self._may_change)


@pytest.fixture
def starts(folder: Path, tmp_path: Path) -> Starts:
    return Starts(folder, tmp_path / "cache")


def index_of(starts: Starts) -> Path:
    (index,) = starts.cache.glob("index-*.sqlite")
    return index


def test_the_prepared_index_is_used_again(starts: Starts) -> None:
    assert len(starts.again()) == 2
    assert starts.read == ["papi/v1/openapi.json"]
    assert len(starts.again()) == 2
    assert starts.read == []


def test_the_index_is_prepared_anew_when_a_document_differs(starts: Starts) -> None:
    starts.again()
    write(starts.folder, "papi/v1/openapi.json", document("get-a", "get-b", "get-c"))
    assert len(starts.again()) == 3
    assert starts.read == ["papi/v1/openapi.json"]


def test_the_index_is_prepared_anew_when_a_document_is_added_or_renamed(starts: Starts) -> None:
    starts.again()
    write(starts.folder, "ccu/v3/openapi.json", document("purge"))
    assert len(starts.again()) == 3
    (starts.folder / "ccu").rename(starts.folder / "cps")
    assert starts.again().find("cps/v3#purge")


@pytest.mark.parametrize(
    "content", [b"", b"no database at all", b"SQLite format 3\0" + bytes(4000)], ids=["empty", "text", "header only"]
)
def test_a_corrupt_index_is_not_trusted(starts: Starts, content: bytes) -> None:
    starts.again().index.close()
    index_of(starts).write_bytes(content)
    assert len(starts.again()) == 2
    assert starts.read == ["papi/v1/openapi.json"]
    starts.again()
    assert starts.read == []


def test_an_index_that_is_cut_is_not_trusted(starts: Starts) -> None:
    starts.again().index.close()
    index = index_of(starts)
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])
    assert len(starts.again()) == 2


def test_an_index_of_other_documents_is_not_trusted_under_this_ones_name(starts: Starts, tmp_path: Path) -> None:
    starts.again().index.close()
    write(tmp_path, "other/ccu/v3/openapi.json", document("purge"))
    other = Starts(tmp_path / "other", tmp_path / "elsewhere")
    other.again().index.close()
    index_of(starts).write_bytes(index_of(other).read_bytes())
    assert starts.again().find("ccu/v3#purge") is None
    assert starts.read == ["papi/v1/openapi.json"]


def test_a_database_of_another_program_is_not_trusted(starts: Starts) -> None:
    starts.again().index.close()
    index = index_of(starts)
    index.unlink()
    foreign = sqlite3.connect(index)
    foreign.execute("CREATE TABLE meta (name TEXT)")
    foreign.close()
    assert len(starts.again()) == 2
    assert starts.read == ["papi/v1/openapi.json"]


def test_an_unwritable_cache_folder_is_skipped(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    starts = Starts(folder, tmp_path / "file" / "cache")
    assert len(starts.again()) == 2
    assert len(starts.again()) == 2
    assert "papi/v1/openapi.json" in starts.read


def test_without_a_cache_the_index_is_kept_in_memory(folder: Path) -> None:
    assert len(open_small(folder)) == 2


@pytest.mark.parametrize(
    "content",
    ['{"openapi": "3.0.3", "paths": {', document(paths=["/a"]), document(paths={"/a": {"get": {"tags": 7}}})],
    ids=["cut", "a list of paths", "tags that are a number"],
)
def test_a_broken_document_is_reported_and_the_rest_served(starts: Starts, content: object) -> None:
    write(starts.folder, "ccu/v3/openapi.json", content)
    catalogue = starts.again()
    assert len(catalogue) == 2
    ((name, reason),) = catalogue.problems()
    assert name == "ccu/v3/openapi.json"
    assert reason


def test_an_index_is_made_and_kept_in_a_folder_of_the_users_own_and_nothing_else_is_left_there(
    starts: Starts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "another file system, from which nothing can be moved"))
    starts.again()
    assert starts.cache.stat().st_mode & 0o777 == 0o700
    assert list(starts.cache.iterdir()) == [index_of(starts)]


def test_a_cache_folder_further_down_is_made(folder: Path, tmp_path: Path) -> None:
    starts = Starts(folder, tmp_path / "a" / "b")
    starts.again()
    assert index_of(starts).is_file()


def test_an_index_that_cannot_be_put_in_place_is_kept_in_memory_and_leaves_nothing(starts: Starts, tmp_path: Path) -> None:
    starts.again()
    place = index_of(starts)
    place.unlink()
    place.mkdir()
    assert len(starts.again()) == 2
    assert list(starts.cache.iterdir()) == [place]


def test_the_newest_indexes_are_kept_for_other_folders_and_for_going_back(starts: Starts) -> None:
    starts.cache.mkdir()
    others = [starts.cache / f"index-{number}.sqlite" for number in range(KEPT_INDEXES + 1)]
    for age, other in enumerate(others):
        other.touch()
        os.utime(other, (1_000_000 - age, 1_000_000 - age))
    (starts.cache / "notes.txt").touch()
    starts.again()
    own, *kept = sorted(starts.cache.glob("index-*"), key=lambda path: -path.stat().st_mtime)
    assert (own not in others, kept) == (True, others[: KEPT_INDEXES - 1])
    assert (starts.cache / "notes.txt").exists()


def test_an_index_is_asked_from_any_thread(starts: Starts) -> None:
    with ThreadPoolExecutor(1) as pool:
        for catalogue in (starts.again(), starts.again(), open_small(starts.folder)):
            assert pool.submit(catalogue.names).result() == ["akamai_papi_v1_get_a", "akamai_papi_v1_get_b"]


def test_a_document_that_cannot_be_read_is_reported(starts: Starts) -> None:
    (starts.folder / "dead.yaml").symlink_to(starts.folder / "dead")
    (starts.folder / "gone.json").write_text("[]", encoding="utf-8")
    files = (
        *find_documents(starts.folder),
        DocumentFile(path=starts.folder / "lost.json", root=starts.folder),
    )
    catalogue = Catalogue(open_index(Source(root=starts.folder, files=files, guides=dict), starts.cache), starts.folder, "a test")
    assert len(catalogue) == 2
    assert [name for name, _ in catalogue.problems()] == ["lost.json"]


def test_an_index_of_files_that_may_change_is_another_one_for_each_of_their_contents(starts: Starts) -> None:
    kept = Starts(starts.folder, starts.cache, may_change=True)
    starts.again()
    first = kept.again()
    assert kept.read == ["papi/v1/openapi.json"]
    kept.again()
    assert kept.read == []
    write(starts.folder, "papi/v1/openapi.json", document("get-z"))
    assert kept.again().names() == ["akamai_papi_v1_get_z"]
    assert kept.read == ["papi/v1/openapi.json"]
    assert first.operation(first.get("papi/v1#get-a")).operation_id == "get-a"


def test_of_two_operations_with_one_key_the_first_is_served_and_the_other_reported(starts: Starts) -> None:
    same = document(paths={"/a": {"get": operation("get-a")}, "/b": {"get": operation("get-a")}})
    write(starts.folder, "papi/v1/openapi.json", same)
    catalogue = starts.again()
    assert [entry.template for entry in catalogue.entries()] == ["/a"]
    assert catalogue.problems() == [("papi/v1/openapi.json", "papi/v1#get-a is declared twice; the first one is served")]


def test_what_is_wrong_with_a_document_is_told(starts: Starts) -> None:
    lost = {"parameters": [{"$ref": "#/components/parameters/none"}], "get": operation("get-b")}
    write(starts.folder, "papi/v1/openapi.json", document(paths={"/a": {"get": operation("get-a")}, "/b": lost}))
    write(starts.folder, "ccu/v3/openapi.json", document(paths={"/a": {"get": {"tags": 7}}}))
    (malformed, unserved) = starts.again().problems()
    assert malformed == (
        "ccu/v3/openapi.json", "it is not a well-formed OpenAPI document (TypeError: 'int' object is not iterable)",
    )  # fmt: skip
    assert unserved[0] == "papi/v1/openapi.json"
    assert unserved[1].startswith("GET /b is not served.")


def test_a_product_is_found_by_each_of_its_names(starts: Starts) -> None:
    guide = {"name": "Property Manager", "aliases": ["PM", "pm", "delivery config"], "tool_key": "props"}
    write(starts.folder, "papi/v1/openapi.json", document("get-a", **{"x-guide": guide}))
    write(starts.folder, "ccu/v3/openapi.json", document("purge") | {"info": {"title": "T" * 200}})
    catalogue = starts.again()
    ccu, papi = catalogue.products()
    assert papi == Product(
        product="papi", version="v1", document="papi/v1/openapi.json", title="Property Manager", operations=1, guide=guide,
    )  # fmt: skip
    assert (ccu.title[:99], len(ccu.title) <= 100) == ("T" * 99, True)
    for name in ("papi", "PAPI", "papi/v1", "props", "Property Manager", "PM", "Delivery Config"):
        assert [entry.key for entry in catalogue.of_product(name)] == ["papi/v1#get-a"], name
    for name in ("pm2", "prop_", "%", "p%", "props\\"):
        assert catalogue.of_product(name) == [], name


def test_operations_are_found_by_their_words_and_by_each_name_of_their_product(starts: Starts) -> None:
    for product, names in {"papi": ["Property Manager", "delivery rules"], "ccu": ["Fast Purge", "cache flush"]}.items():
        noted = operation("get-things", summary="List the things")
        guide = {"name": names[0], "aliases": names[1:]}
        write(starts.folder, f"{product}/v1/openapi.json", document(paths={"/a": {"get": noted}}, **{"x-guide": guide}))
    search = Search(starts.again())
    assert len(search.find("things").entries) == 2
    for words, product in (("manager", "papi"), ("rules", "papi"), ("purge", "ccu"), ("cache", "ccu"), ("ccu", "ccu")):
        assert [entry.product for entry in search.find(words).entries] == [product], words


def test_a_document_of_undocumented_operations_is_listed_as_such(starts: Starts) -> None:
    write(starts.folder, "zoo/v1/openapi.json", document(paths={"/a": {"get": operation("a", **{"x-source": "client"})}}))
    catalogue = starts.again()
    assert [(one.product, one.source) for one in catalogue.products()] == [("papi", ""), ("zoo", "clients")]


def test_of_a_documented_and_an_undocumented_operation_with_one_key_the_documented_one_is_served(starts: Starts) -> None:
    client = operation("get-a", **{"x-source": "client"})
    write(starts.folder, "papi/v1/openapi.clients.json", document(paths={"/b": {"get": client}}))
    assert starts.again().get("papi/v1#get-a").template == "/get-a"


def test_an_empty_document_is_listed_and_one_that_others_replace_whole_is_not(starts: Starts) -> None:
    write(starts.folder, "empty/v1/openapi.json", document(paths={}))
    client = operation("see-a", **{"x-source": "client"})
    write(starts.folder, "seen/v1/openapi.json", document(paths={"/get-a": {"get": client}}))
    catalogue = starts.again()
    assert [(one.product, one.operations) for one in catalogue.products()] == [("empty", 0), ("papi", 2)]
    assert catalogue.replaced() == [("seen/v1/openapi.json", "GET", "/get-a")]


@pytest.mark.parametrize(
    "note", ["text", ["x"], 5, {"secret": [], "ask": 5, "touches": None, "progress": {"at": [], "absent": []}}]
)
def test_a_note_of_a_wrong_form_leaves_its_document_in_service(starts: Starts, note: object) -> None:
    noted = operation("get-a", summary="List", **{"x-guide": note})
    write(
        starts.folder,
        "papi/v1/openapi.json",
        document(paths={"/a": {"get": noted}}, **{"x-guide": note}),
    )
    catalogue = starts.again()
    assert ([entry.summary for entry in catalogue.entries()], catalogue.problems()) == (["List"], [])
    assert [entry.operation_id for entry in catalogue.readable_as("GET", "/things/v1/a")] == ["get-a"]
