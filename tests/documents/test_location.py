from __future__ import annotations

from pathlib import Path

import pytest
from documents.document_samples import document, write

from akamai_mcp.documents.location import Location, embedded_folder, locate, open_catalogue
from akamai_mcp.errors import SettingsError


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


def test_synced_documents_without_a_guide_use_the_embedded_one(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document("get-property"))
    assert open_catalogue(Location(root=tmp_path, origin="synced"), None).get("papi/v1#get-property").ask
