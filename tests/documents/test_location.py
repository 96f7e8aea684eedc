from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from documents.document_samples import document, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import Location, embedded_folder, locate, open_catalogue
from akamai_mcp.errors import SettingsError


@pytest.fixture
def location(tmp_path: Path) -> Location:
    write(tmp_path, "specs/papi/v1/openapi.json", document("get-a", "get-b"))
    return Location(root=tmp_path / "specs", origin="a test")


class Starts:
    """Opens a catalogue over a cache and notes which documents had to be read for it."""

    def __init__(self, location: Location, cache: Path | None) -> None:
        self.location = location
        self.cache = cache
        self.read: list[str] = []

    def again(self) -> Catalogue:
        self.read = []
        return open_catalogue(self.location, self.cache, self.read.append)


@pytest.fixture
def starts(location: Location, tmp_path: Path) -> Starts:
    return Starts(location, tmp_path / "cache")


def index_of(starts: Starts) -> Path:
    assert starts.cache
    (index,) = starts.cache.glob("index-*.sqlite")
    return index


def test_the_configured_folder_comes_before_the_synced_and_the_embedded_one(tmp_path: Path) -> None:
    chosen, data = tmp_path / "chosen", tmp_path / "data"
    assert locate(None, data).root == embedded_folder()
    (data / "specs").mkdir(parents=True)
    assert locate(None, data).root == data / "specs"
    chosen.mkdir()
    assert locate(chosen, data).root == chosen


def test_a_configured_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="AKAMAI_MCP_SPECS_DIR") as error:
        locate(tmp_path / "absent", tmp_path)
    assert error.value.advice


def test_the_origin_of_the_documents_is_reported(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    assert locate(None, tmp_path / "none").origin == "embedded"
    assert locate(None, tmp_path).origin == f"synced ({tmp_path / 'specs'})"
    assert str(tmp_path) in locate(tmp_path).origin


def test_the_prepared_index_is_used_again(starts: Starts) -> None:
    assert len(starts.again()) == 2
    assert starts.read == ["papi/v1/openapi.json"]
    assert len(starts.again()) == 2
    assert starts.read == []


def test_the_index_is_prepared_anew_when_a_document_differs(starts: Starts) -> None:
    starts.again()
    write(starts.location.root, "papi/v1/openapi.json", document("get-a", "get-b", "get-c"))
    assert len(starts.again()) == 3
    assert starts.read == ["papi/v1/openapi.json"]


def test_the_index_is_prepared_anew_when_a_document_is_added_or_renamed(starts: Starts) -> None:
    starts.again()
    write(starts.location.root, "ccu/v3/openapi.json", document("purge"))
    assert len(starts.again()) == 3
    (starts.location.root / "ccu").rename(starts.location.root / "cps")
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
    other = Starts(Location(root=tmp_path / "other", origin="another"), tmp_path / "elsewhere")
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


def test_an_unwritable_cache_folder_is_skipped(location: Location, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    starts = Starts(location, tmp_path / "file" / "cache")
    assert len(starts.again()) == 2
    assert len(starts.again()) == 2
    assert "papi/v1/openapi.json" in starts.read


def test_without_a_cache_the_index_is_kept_in_memory(location: Location) -> None:
    assert len(open_catalogue(location, None)) == 2


@pytest.mark.parametrize(
    "content",
    ['{"openapi": "3.0.3", "paths": {', document(paths=["/a"]), document(paths={"/a": {"get": {"tags": 7}}})],
    ids=["cut", "a list of paths", "tags that are a number"],
)
def test_a_broken_document_is_reported_and_the_rest_served(starts: Starts, content: object) -> None:
    write(starts.location.root, "ccu/v3/openapi.json", content)
    catalogue = starts.again()
    assert len(catalogue) == 2
    ((name, reason),) = catalogue.problems()
    assert name == "ccu/v3/openapi.json"
    assert reason


def test_synced_documents_without_a_guide_use_the_embedded_one(starts: Starts) -> None:
    official = document("get-property")
    write(starts.location.root, "papi/v1/openapi.json", official)
    entry = starts.again().get("papi/v1#get-property")
    assert entry.ask
