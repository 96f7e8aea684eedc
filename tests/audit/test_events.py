"""A line of the audit trail as an event, and where reading the trail goes on: no line is lost, and none comes twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path

import pytest

from akamai_mcp.audit.events.cloud_event import sign, to_event
from akamai_mcp.audit.events.trail import CHUNK, START, Position, Trail
from akamai_mcp.audit.file import AuditFile, beside
from akamai_mcp.audit.line import Attempt, AttemptResult, Stamp, compose_line
from akamai_mcp.errors import ConfirmationRequired, QuestionRequired

LINES = [b'{"n":%d}\n' % number for number in range(9)]  # of 8 bytes each


@pytest.fixture
def file(tmp_path: Path) -> AuditFile:
    return AuditFile(tmp_path / "audit.jsonl", max_bytes=30, keep=2)  # three lines in each of three parts


def test_an_event_says_of_a_change_what_the_trail_does_but_its_digests() -> None:
    attempt = Attempt(
        caller="ann",
        customer="acme",
        operation="papi/v1#x",
        effect="destroy",
        method="PUT",
        target="/a?x=1",
        arguments={"a": 1},
        question="Do it?",
        run="run-1",
    )
    result = AttemptResult(decision="failed", status=409, request_id="r", reason="because", seconds=1.5)
    assert to_event(compose_line(Stamp(at=0, identifier="i"), attempt, result, b"k" * 32)) == {
        "specversion": "1.0",
        "id": "i",
        "source": "/akamai-mcp",
        "type": "akamai-mcp.change.failed",
        "time": "1970-01-01T00:00:00.000Z",
        "subject": "papi/v1#x",
        "datacontenttype": "application/json",
        "data": {
            "who": "ann",
            "customer": "acme",
            "operation": "papi/v1#x",
            "effect": "destroy",
            "method": "PUT",
            "target": "/a?x=1",
            "run": "run-1",
            "decision": "failed",
            "status": 409,
            "requestId": "r",
            "seconds": 1.5,
            "reason": "because",
        },
    }


@pytest.mark.parametrize(
    ("method", "decision", "reason", "kind"),
    [
        *(("PUT", decision, "", f"change.{decision}") for decision in ("allowed", "refused", "failed", "unknown")),
        ("PLAN", "refused", ConfirmationRequired.title, "plan.asked"),
        ("PLAN", "refused", QuestionRequired.title, "plan.asked"),
        ("PLAN", "refused", "The user declined", "plan.refused"),
        ("PLAN", "allowed", "the user agreed to the plan", "plan.agreed"),
        ("RUN", "allowed", "", "run.ended"),
        ("RUN", "failed", "", "run.failed"),
        ("RUN", "refused", "", "run.stopped"),
        ("RUN", "unknown", "", "run.unknown"),
    ],
)
def test_the_type_of_an_event_is_what_it_is_about_and_how_it_ended(method: str, decision: str, reason: str, kind: str) -> None:
    event = to_event(json.dumps({"id": "i", "time": "t", "method": method, "decision": decision, "reason": reason}).encode())
    assert event is not None
    assert (event["type"], event["subject"]) == (f"akamai-mcp.{kind}", "")


def test_an_event_needs_no_more_than_what_each_line_has() -> None:
    assert to_event(b'{"id":"i","time":"t","decision":"allowed"}') == {
        "specversion": "1.0",
        "id": "i",
        "source": "/akamai-mcp",
        "type": "akamai-mcp.change.allowed",
        "time": "t",
        "subject": "",
        "datacontenttype": "application/json",
        "data": {"decision": "allowed"},
    }


def test_what_is_sent_is_compact_and_signed_with_its_id_and_the_time() -> None:
    body, headers = sign({"id": "i", "data": {"a": [1, "ü"]}}, b"secret", 1_700_000_000)
    assert body == b'{"id":"i","data":{"a":[1,"\\u00fc"]}}'
    code = hmac.new(b"secret", b"i.1700000000." + body, "sha256").digest()
    assert headers == {
        "content-type": "application/cloudevents+json",
        "webhook-id": "i",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{base64.b64encode(code).decode()}",
    }


@pytest.mark.parametrize("left_out", ["id", "time", "decision"])
def test_what_is_no_whole_line_of_the_trail_is_no_event(left_out: str) -> None:
    facts = {"id": "i", "time": "t", "decision": "allowed"}
    assert to_event(json.dumps({name: value for name, value in facts.items() if name != left_out}).encode()) is None
    assert [to_event(text) for text in (b"", b"[1]", b'{"id":"i","ti')] == [None] * 3


def test_from_each_position_the_next_line_is_read_over_every_rotation(file: AuditFile) -> None:
    trail = Trail(file)
    assert trail.read(START) == ()
    position, found = START, []
    for line in LINES:
        file.append([line])
        [(text, position)] = trail.read(position)
        found.append((text, position))
    assert [text for text, _ in found] == LINES
    assert len(file.parts()) == 3
    for number, (_, after) in enumerate(found):
        assert [text for text, _ in trail.read(after)][:1] == LINES[number + 1 : number + 2]


def test_a_position_whose_lines_are_gone_or_that_is_none_leads_to_the_oldest_line(
    file: AuditFile, capsys: pytest.CaptureFixture[str]
) -> None:
    file.append(LINES[:1])
    [(_, first)] = Trail(file).read(START)
    assert "events lost" not in capsys.readouterr().err
    beside(file.path, ".held").hardlink_to(file.path)  # so that no new file gets its number
    for line in LINES:
        file.append([line])
    assert Trail(file).read(first)[0][0] == LINES[2]  # what the fourth part had is dropped
    assert "events lost" in capsys.readouterr().err


@pytest.mark.parametrize("offset", [1, 8, 10_000])
def test_a_new_file_with_the_number_of_a_dropped_part_is_not_taken_for_it(
    file: AuditFile, capsys: pytest.CaptureFixture[str], offset: int
) -> None:
    for line in LINES:
        file.append([line])
    dropped = Position(inode=file.path.stat().st_ino, offset=offset, first_line="0" * 32)
    oldest = file.parts()[-1].read_bytes().splitlines(keepends=True)[0]
    assert Trail(file).read(dropped)[0][0] == oldest
    assert "events lost" in capsys.readouterr().err


@pytest.mark.parametrize(("other", "offset"), [(0, 10_000), (1, 8)])
def test_a_position_is_in_its_own_file_and_not_behind_its_end(
    file: AuditFile, capsys: pytest.CaptureFixture[str], other: int, offset: int
) -> None:
    for line in LINES[:5]:
        file.append([line])
    inode, first_line = file.path.stat().st_ino, hashlib.sha256(LINES[3]).hexdigest()[:32]
    assert Trail(file).read(Position(inode=inode, offset=8, first_line=first_line))[0][0] == LINES[4]
    assert Trail(file).read(Position(inode=inode + other, offset=offset, first_line=first_line))[0][0] == LINES[0]
    assert "events lost" in capsys.readouterr().err


def test_a_line_is_read_whole_however_long_it_is_and_never_in_part(tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit.jsonl", max_bytes=10 * CHUNK, keep=1)
    long, short = b"x" * CHUNK * 2 + b"\n", b"y\n"
    file.append([long, short])
    file.path.write_bytes(file.path.read_bytes() + b"being written")
    [(first, position)] = Trail(file).read(START)
    assert (first, [text for text, _ in Trail(file).read(position)]) == (long, [short])


def test_what_waits_is_what_was_written_since_the_kept_position(file: AuditFile) -> None:
    trail = Trail(file)
    file.append(LINES[:1])
    assert trail.waiting() == 0
    trail.prepare()
    assert trail.waiting() == 0
    for line in LINES[1:6]:
        file.append([line])
    trail.prepare()  # at a later start nothing is passed over
    assert trail.waiting() == 5 * 8
    trail.keep(trail.read(trail.begin())[0][1])
    assert trail.waiting() == 4 * 8
    for none in (Position(inode=0, offset=5), START):
        trail.keep(none)
        assert trail.waiting() == 6 * 8


@pytest.mark.parametrize("text", ["", "no", "{}", "[]", "null", '{"inode": 1}', '{"inode": "x", "offset": 1}', '{"inode": [], "offset": 1, "first_line": ""}', '{"inode": 1, "offset": 1}'])  # fmt: skip
def test_a_position_that_is_damaged_is_the_beginning(file: AuditFile, text: str) -> None:
    assert Trail(file).begin() == START
    beside(file.path, ".events").write_text(text)
    assert Trail(file).begin() == START


def test_a_kept_position_is_found_again(file: AuditFile) -> None:
    Trail(file).keep(Position(inode=7, offset=8, first_line="ab"))
    assert Trail(file).begin() == Position(inode=7, offset=8, first_line="ab")
    beside(file.path, ".events").write_text('{"inode": 7, "offset": -1, "first_line": "ab"}')
    assert Trail(file).begin() == Position(inode=7, offset=0, first_line="ab")


def test_a_position_is_kept_in_a_form_that_a_later_version_reads(file: AuditFile) -> None:
    file.append(LINES[:2])
    trail = Trail(file)
    trail.prepare()
    inode, first_line = file.path.stat().st_ino, hashlib.sha256(LINES[0]).hexdigest()[:32]
    kept = json.loads(beside(file.path, ".events").read_bytes())
    assert kept == {"inode": inode, "offset": 16, "first_line": first_line}
    file.append(LINES[2:3])
    assert trail.read(trail.begin()) == [(LINES[2], Position(inode=inode, offset=24, first_line=first_line))]
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["audit.jsonl", "audit.jsonl.events", "audit.jsonl.lock"]


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the descriptors of a process are not listed here")
def test_who_waits_for_the_reader_or_has_read_leaves_nothing_open(file: AuditFile) -> None:
    def work() -> int:
        first, second = Trail(file), Trail(file)
        assert (first.take(), second.take()) == (True, False)
        first.release()
        assert trail_of(second) == []
        return len(os.listdir("/dev/fd"))  # noqa: PTH208 - only their number

    def trail_of(trail: Trail) -> list[bytes]:
        return [line for line, _ in trail.read(trail.begin())]

    assert work() == work() == work()


def test_one_reader_at_a_time_until_it_lets_go(file: AuditFile) -> None:
    first, second = Trail(file), Trail(file)
    assert (first.take(), second.take()) == (True, False)
    second.release()
    assert not second.take()
    first.release()
    first.release()
    assert second.take()
    second.release()
