"""What is published is what was tested: where a built wheel is named, the tests run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import akamai_mcp
from akamai_mcp.documents.location import embedded_folder, locate
from akamai_mcp.openapi.loader import find_documents

WHEEL = os.environ.get("TEST_AKAMAI_MCP_WHEEL", "")

pytestmark = pytest.mark.smoke


def test_the_package_under_test_is_the_wheels() -> None:
    assert Path(akamai_mcp.__file__).resolve().is_relative_to(Path(WHEEL).resolve())


def test_the_documents_come_with_the_wheel() -> None:
    assert embedded_folder().resolve().is_relative_to(Path(WHEEL).resolve())
    files = [Path(document.name).name for document in find_documents(embedded_folder())]
    assert (files.count("openapi.json"), files.count("openapi.clients.json"), len(files)) == (60, 34, 94)
    assert locate(None, data=Path(WHEEL) / "no-synced-documents").origin == "embedded"


def test_the_guide_is_in_the_documents_and_not_beside_them() -> None:
    assert not (embedded_folder() / "guide").exists()
    assert not (embedded_folder() / "asks").exists()
    assert "x-guide" in (embedded_folder() / "papi" / "v1" / "openapi.json").read_text(encoding="utf-8")


def test_the_wheel_is_typed_and_holds_its_licence() -> None:
    assert (Path(WHEEL) / "akamai_mcp" / "py.typed").is_file()
    licences = {path.name for path in Path(WHEEL).glob("akamai_mcp-*.dist-info/licenses/*")}
    assert {"LICENSE", "NOTICE"} <= licences


def test_a_child_process_runs_the_wheel_too(tmp_path: Path) -> None:
    code = "import akamai_mcp; print(akamai_mcp.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert Path(done.stdout.strip()).resolve().is_relative_to(Path(WHEEL).resolve())
