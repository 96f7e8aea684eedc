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
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault


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


@pytest.mark.parametrize("value", ["=1+1", " =1+1", "\t=1", "@SUM(1)", ["=1+1", "b"], ["-1+1"], "\u200b=1+1", "\x1b=1"])
def test_no_cell_of_any_kind_begins_as_a_formula(value: object) -> None:
    (_, (cell,)) = csv.reader(io.StringIO(write_csv([{"v": value}])))
    assert cell.startswith("'")


@pytest.mark.parametrize("value", [-5, -1.5, 3])
def test_a_number_stays_a_number(value: float) -> None:
    (_, (cell,)) = csv.reader(io.StringIO(write_csv([{"v": value}])))
    assert float(cell) == value


HOSTILE = "a\x1b]0;title\x07\x9b2Jb\u202ec"


def test_names_of_an_account_do_not_act_on_a_terminal() -> None:
    (line,) = about_lines({"zone": {"id": HOSTILE, "comment": [HOSTILE]}})
    table = write_csv([{"v": HOSTILE, "l": [HOSTILE], HOSTILE: 1}])
    for text in (line, table, to_json({"v": HOSTILE})):
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert json.loads(to_json({"v": HOSTILE, "é": ["\U000e0041", 1]})) == {"v": HOSTILE, "é": ["\U000e0041", 1]}
    assert "é" in to_json("é")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x"])
def test_a_limit_that_the_tool_refuses_is_a_usage_error(capsys: pytest.CaptureFixture[str], limit: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["find", "x", "--limit", limit])
    assert ended.value.code == 2
    assert "--limit" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_nothing_read_is_not_nothing_found(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    fake.faults.add(Fault(path="/config-dns/v2/zones", status=403, times=9))
    status, out, _ = run(capsys, "find", "nordwind.test", "--kind", "zone")
    content = json.loads(out)
    assert (status, content["found"]) == (3, [])
    assert "doctor" in content["advice"]
    assert "(403" in content["missing"][0]
    assert "config-dns/v2#get-zones" in content["missing"][0]
    status, out, err = run(capsys, "inventory", "export", "--kind", "zone")
    assert (status, list(csv.DictReader(io.StringIO(out)))) == (3, [])
    assert "doctor" in err


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
