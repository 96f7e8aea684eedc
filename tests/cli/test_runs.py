"""`akamai-mcp runs`: what is kept, how it goes on, and how it is stopped."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import get_args

import pytest

from akamai_mcp.audit.events.cloud_event import to_event
from akamai_mcp.cli import main
from akamai_mcp.cli.arguments.settings import chosen_settings as chosen
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.cli.printing.messages import name_commands
from akamai_mcp.cli.serve import read_options
from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.settings import Settings, load_settings

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


PATHS = sorted(name for name, field in Settings.model_fields.items() if Path in {field.annotation, *get_args(field.annotation)})


@pytest.mark.parametrize("path", ["runs", "./runs", "~nobody-of-this-name/runs"])
@pytest.mark.parametrize("name", PATHS)
def test_a_relative_path_is_refused_in_every_setting(monkeypatch: pytest.MonkeyPatch, name: str, path: str) -> None:
    variable = f"AKAMAI_MCP_{name.upper()}"
    monkeypatch.setenv(variable, path)
    with pytest.raises(SettingsError, match=f"{variable} is not usable: Value error, it is not an absolute path"):
        load_settings()


def test_a_relative_file_of_a_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_RUNS_KEY_FILE", "runs.key")
    with pytest.raises(SettingsError, match=r"AKAMAI_MCP_RUNS_KEY_FILE names 'runs.key', and it is not an absolute path"):
        load_settings()


@pytest.mark.parametrize("name", PATHS)
def test_a_path_may_begin_with_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(f"AKAMAI_MCP_{name.upper()}", "~/here")
    assert getattr(load_settings(), name) == tmp_path / "here"


@pytest.mark.parametrize("path", ["here", "./here", "~/here"])
def test_an_option_takes_a_path_from_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    options = [word for option in ("edgerc", "customers-file", "ca-bundle", "specs-dir") for word in (f"--{option}", path)]
    assert set(read_options(options).values()) == {str(tmp_path / "here")}
    with chosen(build_parser().parse_args(["call", "x", *options])):
        assert {os.environ[f"AKAMAI_MCP_{name}"] for name in ("EDGERC", "CA_BUNDLE", "SPECS_DIR")} == {str(tmp_path / "here")}


def test_a_paused_program_is_listed_shown_gone_on_with_and_stopped(
    capsys: pytest.CaptureFixture[str], program: str, fake: FakeAkamai
) -> None:
    status, out = run(capsys, "run", program, "--yes", "--inputs", '{"seconds": 1000}')
    name = json.loads(out)["run"]
    listed = [json.loads(line) for line in run(capsys, "runs", "list", "--json")[1].splitlines()]
    assert [(row["run"], row["status"], row["program"]) for row in listed] == [(name, "paused", "program")]
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
    assert row["status"] == ("stopped" if words else "ended")
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
        ('It: call akamai_run with {"run": "r-1f"} when it is due.', "It: run `akamai-mcp runs go-on r-1f` when it is due."),
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


@pytest.mark.parametrize(
    ("file", "title", "begin"),
    [
        ("tidy lists.py", "tidy lists", "tidy-lists-"),
        ("\x1b[31mred.py", "[31mred", "31mred-"),
        ("..py", ".", "program-"),
        (f"{'x' * 90}.py", "x" * 59, "x" * 59),
    ],
)
def test_a_run_is_named_after_its_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: str, title: str, begin: str
) -> None:
    (tmp_path / file).write_text(PROGRAM)
    name = json.loads(run(capsys, "run", str(tmp_path / file), "--yes", "--inputs", '{"seconds": 1000}')[1])["run"]
    (row,) = map(json.loads, run(capsys, "runs", "list", "--json")[1].splitlines())
    assert (row["program"].startswith(title), name.startswith(begin)) == (True, True), (row, name)
    assert re.fullmatch(r"[\w-]+", name)


def test_a_plan_that_nobody_agreed_to_is_gone_on_with_by_its_name(
    capsys: pytest.CaptureFixture[str], program: str, fake: FakeAkamai
) -> None:
    refused = json.loads(run(capsys, "run", program, "--inputs", '{"seconds": 0}')[1])
    assert refused["advice"] == f"To carry it out: `akamai-mcp runs go-on {refused['run']} --yes`."
    assert json.loads(run(capsys, "runs", "go-on", refused["run"])[1])["advice"] == refused["advice"]
    assert len(fake.requests) == 0
    assert run(capsys, "runs", "go-on", refused["run"], "--yes")[0] in {0, 1}
    assert len(fake.requests) > 0


def test_lines_of_the_audit_trail_and_events_name_the_run(
    capsys: pytest.CaptureFixture[str], program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(tmp_path / "audit.jsonl"))
    name = json.loads(run(capsys, "run", program, "--yes", "--inputs", '{"seconds": 0}')[1])["run"]
    run(capsys, "call", "network-lists/v2#delete-network-list", "--json", '{"networkListId": "7_A"}', "--yes")
    lines = (tmp_path / "audit.jsonl").read_bytes().splitlines()
    told = [(facts["method"], facts.get("run")) for facts in map(json.loads, lines)]
    assert told[:2] == [("PLAN", name), ("PLAN", name)]
    assert told[told.index(("RUN", name)) + 1 :] == [("DELETE", None)] * 2, "single calls: one refused, one allowed"
    assert {method for method, run in told if run == name} == {"PLAN", "DELETE", "RUN"}
    assert [(to_event(line) or {})["data"].get("run") for line in lines] == [run for _, run in told]
