"""`akamai-mcp run`: a program from the command line, its inputs, its plan, its result and how it ends."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.run import read_inputs, rows_of
from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.answer import Answer
from akamai_mcp.sandbox.app import FakeAkamai

DELETE = 'await call("network-lists/v2#delete-network-list", {"networkListId": inputs["id"]})\n"done"'
PUT = """
answer = await call("network-lists/v2#put-network-list", {"networkListId": "1_A", "body": {"name": "n", "type": "IP"}})
if answer:
    await call("network-lists/v2#delete-network-list", {"networkListId": "1_A"})
"""
ROWS = '[{"name": "a", "count": 1}, {"name": "b", "more": [2]}]'


class Terminal(io.StringIO):
    """Text in and out as at a terminal."""

    def isatty(self) -> bool:
        return True


pytestmark = pytest.mark.usefixtures("sandbox_settings")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A file for a program."""
    return tmp_path / "program.py"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of a command."""
    status = main(("run", *words))
    output = capsys.readouterr()
    return status, output.out, output.err


def test_a_program_of_a_file_has_its_inputs_and_prints_json(capsys: pytest.CaptureFixture[str], program: Path) -> None:
    program.write_text("inputs")
    status, out, err = run(capsys, str(program), "--input", "a=1=2", "--input", "b=", "--inputs", '{"a": 7, "c": [1]}')
    assert (status, json.loads(out)["body"], err) == (0, {"a": "1=2", "b": "", "c": [1]}, "")


def test_a_program_comes_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1 + 1"))
    status, out, _ = run(capsys, "-")
    assert (status, json.loads(out)) == (0, {"body": 2, "calls": 0})


def test_a_program_that_fails_ends_with_1_and_its_line(capsys: pytest.CaptureFixture[str], program: Path) -> None:
    program.write_text("x = 1\n1 / 0")
    status, out, _ = run(capsys, str(program))
    assert (status, json.loads(out)["problem"]["line"]) == (1, 2)


def test_a_plan_is_shown_and_nothing_sent(capsys: pytest.CaptureFixture[str], program: Path, fake: FakeAkamai) -> None:
    program.write_text(DELETE)
    status, out, _ = run(capsys, str(program), "--input", "id=1_A", "--plan")
    shown = json.loads(out)
    assert (status, shown["dryRun"], shown["sent"], len(fake.requests)) == (0, True, False, 0)
    assert "1 change by one program" in shown["would"]


def test_without_a_terminal_nobody_agrees_to_a_plan(capsys: pytest.CaptureFixture[str], program: Path, fake: FakeAkamai) -> None:
    program.write_text(DELETE)
    status, out, _ = run(capsys, str(program), "--input", "id=1_A")
    refusal = json.loads(out)
    assert (status, refusal["sent"], len(fake.requests)) == (1, False, 0)
    assert "--yes" in refusal["advice"]
    assert "confirm" not in refusal


def test_with_yes_each_plan_is_carried_out(capsys: pytest.CaptureFixture[str], program: Path, fake: FakeAkamai) -> None:
    program.write_text(PUT)
    status, out, _ = run(capsys, str(program), "--yes")
    assert (status, json.loads(out)["changes"]) == (0, {"done": 2})
    assert [request.method for request in fake.requests] == ["PUT", "DELETE"]


@pytest.mark.parametrize(("answer", "status", "sent"), [("y\n", 0, 1), ("no\n", 1, 0), ("", 1, 0)])
def test_at_a_terminal_the_user_is_asked_for_the_plan(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    program: Path,
    fake: FakeAkamai,
    answer: str,
    status: int,
    sent: int,
) -> None:
    program.write_text(DELETE)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended, _, err = run(capsys, str(program), "--input", "id=1_A")
    assert (ended, len(fake.requests)) == (status, sent)
    assert "1 x destroy" in err
    assert "Continue? [y/N]" in err


def test_a_no_after_changes_says_what_was_changed(capsys: pytest.CaptureFixture[str], program: Path) -> None:
    program.write_text(PUT)
    status, out, _ = run(capsys, str(program))
    told = json.loads(out)
    assert (status, told["changes"], "sent" in told) == (1, {"done": 1}, False)


def test_on_a_terminal_rows_are_a_table_and_progress_is_shown(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    program.write_text(ROWS)
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert main(("run", str(program))) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert lines[0].split() == ["name", "count", "more"]
    assert [line.split() for line in lines[1:3]] == [["a", "1"], ["b", "[2]"]]
    assert "2 rows, calls: 0" in lines[3]
    assert "starting" in err.getvalue()


def test_a_read_only_server_runs_programs_that_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, program: Path, fake: FakeAkamai
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_READ_ONLY", "true")
    program.write_text('await call("network-lists/v2#get-network-lists")\n7')
    assert run(capsys, str(program))[0] == 0
    program.write_text(DELETE)
    assert run(capsys, str(program), "--input", "id=1_A", "--yes")[0] == 1
    assert [request.method for request in fake.requests] == ["GET"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("absent.py",), "cannot be read"),
        (("@no-such-program",), "no program"),
        (("-", "--input", "novalue"), "no name and value"),
        (("-", "--inputs", "[1]"), "not an object"),
        (("-", "--inputs", "{"), "not valid JSON"),
    ],
)
def test_what_cannot_be_run_ends_with_1_and_advice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], why: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1"))
    status, out, err = run(capsys, *words)
    assert (status, why in out + err) == (1, True)


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, program: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    program.write_text("1")
    status, out, err = run(capsys, str(program))
    assert (status, "akamai-mcp[programs]" in out + err) == (1, True)


def test_an_input_of_the_library_has_the_type_of_its_schema() -> None:
    schemas = {"version": {"type": "integer"}, "name": {"type": "string"}, "hosts": {"type": "array"}}
    given = ["version=3", "name=3", "hosts=[1]", "other=3"]
    assert read_inputs(given, "{}", schemas) == {"version": 3, "name": "3", "hosts": [1], "other": "3"}
    with pytest.raises(ArgumentError):
        read_inputs(["version=x"], "{}", schemas)


@pytest.mark.parametrize("body", [[], [1], {"a": 1}, [{"a": 1}, 2], None, "x"])
def test_only_a_list_of_objects_has_rows(body: object) -> None:
    assert rows_of(Answer(content={"body": body})) == []
