"""Answers are checked beside the calls: what differs is in the file, and no call fails or is slower for it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from mcp_stage import OpenStage

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.cli import main
from akamai_mcp.contract.checker import WAITING, AnswerChecker, CheckPolicy
from akamai_mcp.contract.difference import Difference
from akamai_mcp.contract.drift_file import DriftFile
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
    found = DriftFile(file).read()
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
    assert set(DriftFile(stage_file).read().values()) == {2}


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
    assert "0 rows" in capsys.readouterr().out


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
    assert f"{stage_file} cannot be read" in told.err


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


async def test_answers_that_are_as_declared_leave_an_empty_file(
    stage_file: Path,
    open_stage: OpenStage,
    fake: FakeAkamai,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with open_stage(check_answers="all", drift_file=stage_file, cache=False) as stage:
        fake.faults.add(Fault(status=200, body=b'{"contracts": {"items": []}}', content_type=JSON))
        await stage.ask("akamai_papi_get_contracts")
    assert stage_file.read_bytes() == b""
    monkeypatch.setenv("AKAMAI_MCP_DRIFT_FILE", str(stage_file))
    assert main(["specs", "drift"]) == 0
    assert "0 rows" in capsys.readouterr().out


async def test_handing_an_answer_over_takes_the_loop_less_than_a_third_of_a_millisecond(
    catalogue: Catalogue, stage_file: Path
) -> None:
    checker = AnswerChecker(CheckPolicy(mode="all", file=stage_file))
    entry = catalogue.get("papi/v1#get-contracts")
    operation = catalogue.operation(entry)
    answer = Response(status=200, headers=(("content-type", JSON),), content=b'{"contracts": {"items": []}}' * 100)
    began = time.thread_time()
    for _ in range(WAITING):
        checker.offer(operation, entry, answer)
    assert time.thread_time() - began < 0.0003 * WAITING
    assert checker.passed_over == 0
    checker.offer(operation, entry, answer)
    assert checker.passed_over == 1
    await checker.aclose()
    assert stage_file.is_file()
