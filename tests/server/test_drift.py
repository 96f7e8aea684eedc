"""Answers are checked beside the calls: what differs is in the file, and no call fails or is slower for it."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage
from processor_time import works_at_most

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.cli import main
from akamai_mcp.contract.checker import AnswerChecker, CheckPolicy
from akamai_mcp.contract.difference import Difference
from akamai_mcp.contract.drift_file import DriftFile, Recorded
from akamai_mcp.contract.waiting import LARGEST
from akamai_mcp.contract.waiting import MOST as WAITING
from akamai_mcp.pipeline.call import Response
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

JSON = "application/json"
SECRET = "hunter2-hunter2"
WRONG = Fault(status=200, body=json.dumps({"contracts": {"items": SECRET}}).encode(), content_type=JSON)


@pytest.fixture
def stage_file(tmp_path: Path) -> Path:
    return tmp_path / "drift.jsonl"


async def test_what_differs_stands_in_the_file_and_the_call_is_answered(
    open_stage: OpenStage, fake: FakeAkamai, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "drift.jsonl"
    async with open_stage(check_answers="all", drift_file=file, cache=False) as stage:
        for _ in range(3):
            fake.faults.add(WRONG)
            assert not (await stage.ask("akamai_papi_get_contracts")).failed
    found = DriftFile(file).examine().differences
    assert {(one.operation, one.place, one.text): count for one, count in found.items()}[
        ("papi/v1#get-contracts", "body.contracts.items", "is string, declared as array")
    ] == 3
    assert SECRET not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


async def test_a_file_that_cannot_be_written_harms_no_call(open_stage: OpenStage, fake: FakeAkamai, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    async with open_stage(check_answers="all", drift_file=tmp_path / "file" / "drift.jsonl", cache=False) as stage:
        fake.faults.add(Fault(status=200, body=b"[]", content_type=JSON))
        assert not (await stage.ask("akamai_papi_get_contracts")).failed


async def test_nothing_is_compared_unless_it_is_asked_for(stage_file: Path, open_stage: OpenStage, fake: FakeAkamai) -> None:
    async with open_stage(drift_file=stage_file, cache=False) as stage:
        fake.faults.add(Fault(status=200, body=b"[]", content_type=JSON))
        await stage.ask("akamai_papi_get_contracts")
    assert not stage_file.exists()


async def test_a_sample_has_the_first_answer_and_every_twentieth_after_it(
    stage_file: Path, open_stage: OpenStage, fake: FakeAkamai
) -> None:
    async with open_stage(check_answers="sample", drift_file=stage_file, cache=False) as stage:
        for _ in range(21):
            fake.faults.add(Fault(status=200, body=b"[]", content_type=JSON))
            await stage.ask("akamai_papi_get_contracts")
    assert set(DriftFile(stage_file).examine().differences.values()) == {2}


async def test_the_drift_is_shown_counted_and_forgotten(
    stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    one, other = (Difference(operation="papi/v1#get-it", place=place, text="is missing") for place in ("body.a", "body.b"))
    DriftFile(stage_file).add({one: 1, other: 2})
    assert main(["specs", "drift", "--json", "--clear"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["place"], row["count"]) for row in rows] == [("body.b", 2), ("body.a", 1)]
    assert main(["specs", "drift"]) == 0
    assert "0 rows" in capsys.readouterr().err


def test_differences_that_were_accepted_are_left_out_until_all_are_asked_for(
    stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    known, new, other = (
        Difference(operation="papi/v1#get-it", place=place, text=text)
        for place, text in (("body.a", "is missing"), ("body.b", "is missing"), ("body.a", "is null, declared as string"))
    )
    DriftFile(stage_file).add({known: 5}, compared=9, passed_over=2)
    assert main(["specs", "drift", "--accept", "--clear"]) == 0
    assert [json.loads(line)["place"] for line in capsys.readouterr().out.splitlines()] == ["body.a"]
    DriftFile(stage_file).add({known: 3, new: 1, other: 1}, compared=9, passed_over=2)

    def shown(*more: str) -> list[tuple[str, str, object]]:
        assert main(["specs", "drift", *more]) == 0
        rows = map(json.loads, capsys.readouterr().out.splitlines())
        return [(row["place"], row["difference"], row.get("known")) for row in rows]

    assert shown() == [("body.b", new.text, None), ("body.a", other.text, None)]
    assert shown("--all") == [("body.a", known.text, True), ("body.b", new.text, False), ("body.a", other.text, False)]
    assert main(["specs", "drift"]) == 0
    assert "2 rows, known: 1, compared: 9, passedOver: 2" in capsys.readouterr().err
    assert stage_file.with_name("drift.jsonl.known").stat().st_mode & 0o077 == 0


def test_a_terminal_gets_a_table(stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    monkeypatch.setenv("TERM", "dumb")  # without colors
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    DriftFile(stage_file).add({Difference(operation="papi/v1#get-it", place="body.a", text="is missing"): 1}, compared=2)
    assert main(["specs", "drift"]) == 0
    out = capsys.readouterr().out
    assert "difference" in out.splitlines()[0]
    assert "papi/v1#get-it" in out
    assert "compared: 2" in out


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_file_that_was_never_written_is_told(
    stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    assert main(["specs", "drift", *form]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"Nothing was ever recorded: there is no file {stage_file}." in told.err


def test_a_file_that_cannot_be_read_is_told(
    stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    stage_file.mkdir()
    assert main(["specs", "drift"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{stage_file} cannot be read or written" in told.err


DAMAGED = (b"\x00\xff", b"{", b"[]", b"1", b'{"operation": "a", "place": "b", "text": "c"}', b'{"operation": [], "count": 1}')


@pytest.mark.parametrize("whole", [0, 1])
def test_lines_that_are_damaged_are_counted(
    stage_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], whole: int
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    if whole:
        DriftFile(stage_file).add({Difference(operation="papi/v1#get-it", place="body.a", text="is missing"): 1})
    with stage_file.open("ab") as file:
        file.write(b"\n".join([*DAMAGED, b"", b""]))
    assert main(["specs", "drift", "--json"]) == 1 - whole
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == whole
    assert f"{len(DAMAGED)} damaged lines were skipped." in told.err


async def test_answers_that_are_as_declared_are_counted_and_leave_no_row(
    stage_file: Path,
    open_stage: OpenStage,
    fake: FakeAkamai,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_stage(check_answers="all", drift_file=stage_file, cache=False) as stage:
        fake.faults.add(Fault(status=200, body=b'{"contracts": {"items": []}}', content_type=JSON))
        await stage.ask("akamai_papi_get_contracts")
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    assert main(["specs", "drift"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "0 rows, known: 0, compared: 1, passedOver: 0" in told.err


def answer(content: bytes = b'{"contracts": {"items": []}}', **more: Any) -> Response:
    return Response(**{"status": 200, "headers": (("content-type", JSON),), "content": content} | more)


async def test_handing_an_answer_over_takes_the_loop_less_than_a_third_of_a_millisecond(
    catalogue: Catalogue, stage_file: Path
) -> None:
    checker = AnswerChecker(CheckPolicy(mode="all", file=stage_file))
    entry = catalogue.get("papi/v1#get-contracts")
    operation = catalogue.operation(entry)
    with works_at_most(0.0003 * WAITING):
        for _ in range(WAITING):
            checker.offer(operation, entry, answer())
    checker.offer(operation, entry, answer())
    await checker.aclose()
    found = DriftFile(stage_file).examine()
    assert (found.compared, found.passed_over, found.differences) == (WAITING, 1, {})


@pytest.mark.parametrize(
    ("response", "compared", "passed_over"),
    [
        (answer(), 1, 0),
        (answer(b"[" + b"1," * LARGEST + b"1]"), 0, 1),
        (answer(b"", file=Path("there"), size=9), 0, 1),
        (answer(b"", status=204), 1, 0),
        *((answer(status=status), 0, 0) for status in (304, 400, 404, 429, 503)),
        (answer(age=1.0), 0, 0),
    ],
)
async def test_large_answers_are_passed_over_and_errors_and_old_ones_left_alone(
    catalogue: Catalogue, stage_file: Path, response: Response, compared: int, passed_over: int
) -> None:
    checker = AnswerChecker(CheckPolicy(mode="all", file=stage_file))
    entry = catalogue.get("papi/v1#get-contracts")
    checker.offer(catalogue.operation(entry), entry, response)
    await checker.aclose()
    found = DriftFile(stage_file).examine() if compared + passed_over else Recorded()
    assert stage_file.is_file() is bool(compared + passed_over)
    assert (found.compared, found.passed_over) == (compared, passed_over)


async def test_what_cannot_be_compared_in_time_at_the_end_is_passed_over(
    catalogue: Catalogue, stage_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akamai_mcp.contract.checker.PATIENCE", 0.0)
    checker = AnswerChecker(CheckPolicy(mode="all", file=stage_file))
    entry = catalogue.get("papi/v1#get-contracts")
    for _ in range(3):
        checker.offer(catalogue.operation(entry), entry, answer())
    await checker.aclose()
    found = DriftFile(stage_file).examine()
    assert (found.compared, found.passed_over) == (0, 3)


async def test_a_compressed_answer_is_compared_as_what_it_holds(open_stage: OpenStage, fake: FakeAkamai, tmp_path: Path) -> None:
    file = tmp_path / "drift.jsonl"
    packed = gzip.compress(b'{"contracts": {"items": 7}}')
    async with open_stage(check_answers="all", drift_file=file, cache=False) as stage:
        fake.faults.add(Fault(status=200, body=packed, content_type=JSON, headers={"Content-Encoding": "gzip"}))
        assert not (await stage.ask("akamai_papi_get_contracts")).failed
    assert [one.place for one in DriftFile(file).examine().differences] == ["body.contracts.items"]
