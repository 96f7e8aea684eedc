"""`akamai-mcp runs`: what is kept, how it goes on, and how it is stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.printing.messages import name_commands
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.settings import load_settings

DELETE = 'await call("network-lists/v2#delete-network-list", {"networkListId": "1_A"})'
PROGRAM = f"import asyncio\n{DELETE}\nawait asyncio.sleep(inputs['seconds'])\n{DELETE.replace('1_A', '2_A')}\n'both'"


@pytest.fixture(autouse=True)
def chosen_settings(monkeypatch: pytest.MonkeyPatch, sandbox_settings: None, tmp_path: Path) -> None:
    """The settings of the sandbox, as the environment gives them, and a folder of runs."""
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", str(tmp_path / "runs"))


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """(exit status, standard output) of a command."""
    status = main(words)
    return status, capsys.readouterr().out


def test_nothing_is_listed_where_nothing_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "runs", "list") == (1, "")


@pytest.mark.parametrize("words", [("runs", "list"), ("history",)])
def test_a_store_that_cannot_be_used_is_not_told_as_one_that_is_empty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "runs").mkdir()
    file = tmp_path / "runs" / "runs.sqlite"
    file.write_bytes(b"no database, but longer than its header would be: " * 100)
    assert main(words) == 1
    told = capsys.readouterr().err
    assert (str(file) in told, "Restore the file" in told, "nothing is kept" in told) == (True, True, False)
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", str(file / "below"))
    assert main(words) == 1
    assert f"Kept in memory alone, so it ends with this process: {file / 'below'} cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["runs", "./runs", "~nobody-of-this-name/runs"])
def test_a_relative_folder_of_runs_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", folder)
    assert main(("runs", "list")) == 1
    assert "AKAMAI_MCP_RUNS_DIR is not usable: Value error, it is not an absolute path" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_runs_may_begin_with_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", "~/runs")
    assert load_settings().run_policy(lambda: tmp_path).folder == tmp_path / "runs"


def test_a_paused_program_is_listed_shown_gone_on_with_and_stopped(
    capsys: pytest.CaptureFixture[str], program: str, fake: FakeAkamai
) -> None:
    status, out = run(capsys, "run", program, "--yes", "--inputs", '{"seconds": 1000}')
    name = json.loads(out)["run"]
    listed = [json.loads(line) for line in run(capsys, "runs", "list", "--json")[1].splitlines()]
    assert [(row["run"], row["status"]) for row in listed] == [(name, "paused")]
    shown = json.loads(run(capsys, "runs", "show", name)[1])
    assert [(change["request"], change["state"]) for change in shown["changes"]] == [
        ("DELETE /network-list/v2/network-lists/1_A", "done")
    ]
    status, out = run(capsys, "runs", "go-on", name)
    assert (status, json.loads(out)["status"]) == (0, "paused")
    assert run(capsys, "runs", "stop", name) == (0, "stopped\n")
    status, out = run(capsys, "runs", "go-on", name, "--yes")
    assert (status, json.loads(out)["status"]) == (1, "stopped")
    assert len([request for request in fake.requests if request.operation.endswith("#delete-network-list")]) == 1


@pytest.mark.parametrize("words", [("stop",), ()])
def test_a_stop_of_a_run_that_is_over_says_so_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], program: str, words: tuple[str, ...]
) -> None:
    name = json.loads(run(capsys, "run", program, "--yes", "--inputs", f'{{"seconds": {1000 if words else 0}}}')[1])["run"]
    for word in words:
        run(capsys, "runs", word, name)
    before = run(capsys, "runs", "show", name)
    (row,) = map(json.loads, run(capsys, "runs", "list", "--json")[1].splitlines())
    assert row["status"] in ({"stopped"} if words else {"ended", "failed"}), "it fails where the account lost the list before"
    assert run(capsys, "runs", "stop", name) == (0, f"it was over before: {row['status']}, {row['updated']}\n")
    assert run(capsys, "runs", "show", name) == before


def test_a_run_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("show", "stop", "go-on"):
        status = main(("runs", verb, "nothing"))
        streams = capsys.readouterr()
        assert (status, "There is no run" in streams.out + streams.err) == (1, True)


def test_advice_names_the_command_that_shows_what_a_resource_shows(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("show", "stop", "go-on"):
        main(("runs", verb, "nothing"))
        streams = capsys.readouterr()
        shown = streams.out + streams.err
        assert ("`akamai-mcp runs list` lists those that are kept." in shown, "akamai://" in shown) == (True, False)


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ("Look at it: akamai://runs/r-1f.", "Look at it: `akamai-mcp runs show r-1f`."),
        ("It is in akamai://runs/r-1f; run it again.", "It is in `akamai-mcp runs show r-1f`; run it again."),
        ("Look in akamai://runs before it.", "Look in `akamai-mcp runs list` before it."),
        ("See akamai://history.", "See `akamai-mcp history`."),
        ("Read akamai://results/1 and akamai://runs/{name}.", "Read akamai://results/1 and akamai://runs/{name}."),
    ],
)
def test_each_resource_of_runs_has_its_command(advice: str, told: str) -> None:
    assert name_commands(advice) == told


def test_the_history_has_runs_and_single_calls_each_once(
    capsys: pytest.CaptureFixture[str], program: str, fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(tmp_path / "audit.jsonl"))
    assert run(capsys, "history") == (1, "")
    run(capsys, "run", program, "--yes", "--inputs", '{"seconds": 0}')
    call = ("network-lists/v2#delete-network-list", "--json", '{"networkListId": "7_A"}')
    run(capsys, "call", *call, "--yes")
    run(capsys, "call", *call, "--dry-run")
    rows = [json.loads(line) for line in run(capsys, "history", "--json")[1].splitlines()]
    assert [row["request"].rpartition("/")[2] for row in rows] == ["7_A", "2_A", "1_A"]
    assert [("run" in row, row["state"], row["who"]) for row in rows] == [
        (False, "done", "local"),
        *[(True, "done", "local")] * 2,
    ]
