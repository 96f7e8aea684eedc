"""The inventory from the command line: a table for a person, JSON for a pipe, CSV for a spreadsheet, kept in a private file."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.inventory import about_lines, brief, write_csv
from akamai_mcp.sandbox.app import FakeAkamai


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, child_environment: dict[str, str], tmp_path: Path, index_folder: Path) -> Path:
    """Settings for the sandbox, and a cache folder of the test's own with the documents' index in it."""
    for name, value in child_environment.items():
        if name.startswith("AKAMAI_MCP_"):
            monkeypatch.setenv(name, value)
    for index in index_folder.glob("index-*.sqlite"):
        (tmp_path / index.name).hardlink_to(index)
    monkeypatch.setenv("AKAMAI_MCP_CACHE_DIR", str(tmp_path))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    output = capsys.readouterr()
    return status, output.out, output.err


def test_find_prints_json_to_a_pipe_and_its_file_is_private(
    capsys: pytest.CaptureFixture[str], cache: Path, fake: FakeAkamai
) -> None:
    status, out, err = run(capsys, "find", "www.nordwind.test", "--kind", "hostname")
    assert (status, err) == (0, "")
    assert json.loads(out)["found"][0]["id"] == "www.nordwind.test"
    kept = cache / "inventory.sqlite"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = len(fake.requests)
    assert run(capsys, "find", "nordwind.test", "--kind", "zone")[0] == 0
    zones = [request.target for request in list(fake.requests)[before:] if request.target.startswith("/config-dns/v2/zones?")]
    assert zones == [], "another process reads what the first one kept"


@pytest.mark.usefixtures("cache", "fake")
def test_nothing_found_is_a_status_of_its_own_and_a_mistake_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "find", "zzzzzzzzzzzz", "--kind", "zone")[0] == 1
    status, out, err = run(capsys, "find", "x", "--kind", "spaceship")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "certificate" in err


def test_a_switched_off_inventory_says_how_it_is_switched_on(
    capsys: pytest.CaptureFixture[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_INVENTORY", "off")
    status, _, err = run(capsys, "find", "x")
    assert (status, "AKAMAI_MCP_INVENTORY" in err) == (1, True)
    assert not (cache / "inventory.sqlite").exists()


@pytest.mark.usefixtures("cache")
def test_export_has_every_thing_of_a_kind_as_csv_and_as_json(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    status, out, _ = run(capsys, "inventory", "export", "--kind", "certificates")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert {row["id"] for row in rows} == {str(number) for number in fake.account.certificates}
    assert all(row["ends"] for row in rows), "each certificate's end is read where certificates are asked for"
    status, out, _ = run(capsys, "inventory", "export", "--kind", "zone", "--format", "json")
    assert {row["id"] for row in json.loads(out)} == set(fake.account.names.zones)


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    text = write_csv([{"name": "=HYPERLINK(1)", "n": 1, "l": ["a", "b"]}, {"more": None, "name": 'a "b", c'}])
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "n", "l", "more"],
        ["'=HYPERLINK(1)", "1", "a, b", ""],
        ['a "b", c', "", "", ""],
    ]


def test_a_row_fits_a_terminal() -> None:
    row = {
        "kind": "property",
        "id": "1",
        "name": "x",
        "ids": {"propertyId": "prp_1"},
        "where": {"group": "g (2)"},
        "production": 3,
    }
    shown = {"kind": "property", "name": "x", "id": "prp_1", "contract": "", "group": "g (2)", "production, staging": "3, -"}
    assert brief(row) == shown
    assert brief({"kind": "zone", "id": "x"})["production, staging"] == ""
    assert about_lines({"zone": {"id": "x.test", "type": "PRIMARY"}, "a": [{"id": "1", "name": "n"}]}) == [
        "zone: x.test, type PRIMARY",
        "a: n",
    ]
