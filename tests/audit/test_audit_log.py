"""Every attempt to change something leaves one line: in order, whole, private, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pipeline_fakes import FakeClock, ok

from akamai_mcp.audit.file import AuditFile, beside, open_plain, try_lock
from akamai_mcp.audit.line import Attempt, AuditPolicy
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.errors import (
    AccessError,
    CacheMissError,
    CredentialsError,
    SettingsError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamTooLargeError,
)
from akamai_mcp.logs import configure_logs
from akamai_mcp.pipeline.call import Response

ATTEMPT = Attempt(
    caller="local",
    customer="acme",
    operation="papi/v1#x",
    effect="write",
    method="PUT",
    target="/a?b=1",
    arguments={"body": {"password": "p"}},
)


class FakeAkamaiSide:
    """What is behind the audit: answers or fails as told, and counts how often it was asked."""

    def __init__(self, outcome: Response | BaseException | None = None) -> None:
        self.outcome = outcome or ok(b"{}", 201, x_request_id="r-1")
        self.asked = 0

    async def __call__(self) -> Response:
        self.asked += 1
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "audit.jsonl"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    path.parent.mkdir()
    yield from opened(path)


def opened(path: Path, **policy: Any) -> Iterator[AuditLog]:
    clock = FakeClock()
    log = AuditLog(AuditPolicy(file=path, **policy), clock=clock, timer=clock)
    yield log
    log.close()


def lines(*paths: Path) -> list[dict[str, Any]]:
    """The lines of files, each of them whole."""
    text = b"".join(path.read_bytes() for path in paths)
    assert text.endswith(b"\n") or not text
    return [json.loads(line) for line in text.splitlines()]


def decisions(path: Path) -> list[str]:
    return [facts["decision"] for facts in lines(path)]


def journals(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.open-*"))


async def test_the_line_is_there_when_the_answer_is(log: AuditLog, path: Path) -> None:
    akamai = FakeAkamaiSide()
    response = await log.record(ATTEMPT, akamai)
    (facts,) = lines(path)
    assert (response.status, response.warning, akamai.asked) == (201, "", 1)
    assert (facts["time"], facts["decision"], facts["status"], facts["requestId"]) == ("1970-01-01T00:16:40.000Z", "allowed", 201, "r-1")  # fmt: skip


async def test_the_attempt_is_on_disk_before_it_is_sent(log: AuditLog, path: Path) -> None:
    async def send() -> Response:
        (journal,) = journals(path)
        (waiting,) = lines(journal)
        assert (waiting["decision"], waiting["operation"]) == ("unknown", "papi/v1#x")
        assert not path.read_bytes()
        return ok()

    await log.record(ATTEMPT, send)
    assert lines(*journals(path)) == []


@pytest.mark.parametrize(
    ("status", "decision"),
    [(200, "allowed"), (303, "allowed"), (307, "unknown"), (400, "failed"), (403, "failed"), (500, "unknown"), (503, "unknown")],
)
async def test_akamais_status_says_whether_it_took_the_attempt(log: AuditLog, path: Path, status: int, decision: str) -> None:
    await log.record(ATTEMPT, FakeAkamaiSide(ok(b"", status)))
    assert (lines(path)[0]["status"], lines(path)[0]["decision"]) == (status, decision)


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (UpstreamConnectError("x"), "failed"),
        (UpstreamTlsError("x"), "failed"),
        (UpstreamBusyError("x", retry_after=1), "failed"),
        (CacheMissError(), "failed"),
        (CredentialsError("x"), "failed"),
        (UpstreamTimeout("x"), "unknown"),
        (UpstreamProtocolError("x"), "unknown"),
        (UpstreamTooLargeError("x"), "unknown"),
        (RuntimeError("a mistake of our own"), "unknown"),
        (asyncio.CancelledError(), "unknown"),
    ],
)
async def test_without_an_answer_the_line_says_whether_anything_can_have_happened(
    log: AuditLog, path: Path, error: BaseException, decision: str
) -> None:
    with pytest.raises(type(error)):
        await log.record(ATTEMPT, FakeAkamaiSide(error))
    (facts,) = lines(path)
    assert (facts["decision"], facts["reason"], facts.get("status")) == (decision, type(error).__name__, None)


async def test_the_request_id_of_a_problem_stands_in_the_line(log: AuditLog, path: Path) -> None:
    await log.record(ATTEMPT, FakeAkamaiSide(ok(b'{"title": "Bad", "requestId": "p-1"}', 400)))
    assert lines(path)[0]["requestId"] == "p-1"


async def test_a_refused_attempt_has_its_line_too(log: AuditLog, path: Path) -> None:
    await log.refused(ATTEMPT, "The call needs a confirmation")
    assert [(facts["decision"], facts["reason"]) for facts in lines(path)] == [("refused", "The call needs a confirmation")]


async def test_without_a_file_nothing_is_written_and_everything_is_sent(tmp_path: Path) -> None:
    log, akamai = AuditLog(AuditPolicy()), FakeAkamaiSide()
    log.start()
    assert await log.record(ATTEMPT, akamai) == akamai.outcome
    await log.refused(ATTEMPT, "no")
    log.close()
    assert list(tmp_path.iterdir()) == []


async def test_attempts_at_once_have_one_whole_line_each(log: AuditLog, path: Path) -> None:
    await asyncio.gather(*(log.record(ATTEMPT, FakeAkamaiSide()) for _ in range(200)))
    assert len({facts["id"] for facts in lines(path)}) == len(lines(path)) == 200


async def test_the_event_loop_does_not_wait_for_the_file(log: AuditLog, path: Path) -> None:
    held = open_plain(beside(path, ".lock"), os.O_RDWR | os.O_CREAT)
    assert try_lock(held)
    writing = asyncio.create_task(log.record(ATTEMPT, FakeAkamaiSide()))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not writing.done()
    os.close(held)
    await writing
    assert decisions(path) == ["allowed"]


async def test_an_attempt_that_is_cancelled_before_it_is_sent_says_so(log: AuditLog, path: Path) -> None:
    held = open_plain(beside(path, ".lock"), os.O_RDWR | os.O_CREAT)
    assert try_lock(held)
    akamai = FakeAkamaiSide()
    writing = asyncio.create_task(log.record(ATTEMPT, akamai))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    os.close(held)
    log.close()
    assert (akamai.asked, [(f["decision"], f["reason"]) for f in lines(path)]) == (
        0,
        [("failed", "cancelled before it was sent")],
    )


async def test_an_attempt_that_is_cancelled_while_its_line_is_written_has_it(log: AuditLog, path: Path) -> None:
    asked = asyncio.Event()

    async def send() -> Response:
        held.append(open_plain(beside(path, ".lock"), os.O_RDWR))
        assert try_lock(held[0])
        asked.set()
        return ok()

    held: list[int] = []
    writing = asyncio.create_task(log.record(ATTEMPT, send))
    await asked.wait()
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    os.close(held[0])
    log.close()
    assert decisions(path) == ["allowed"]


async def test_an_attempt_that_is_cancelled_while_its_line_waits_for_another_has_it(log: AuditLog, path: Path) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def send() -> Response:
        asked.set()
        await answered.wait()
        return ok()

    first = asyncio.create_task(log.record(ATTEMPT, send))
    await asked.wait()
    held = open_plain(beside(path, ".lock"), os.O_RDWR)
    assert try_lock(held)
    second = asyncio.create_task(log.refused(ATTEMPT, "holds the thread up"))
    await asyncio.sleep(0)
    answered.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    os.close(held)
    await second
    log.close()
    assert sorted(decisions(path)) == ["allowed", "refused"]


async def test_what_cannot_be_written_down_is_not_sent(path: Path) -> None:
    (log,) = opened_now(path)
    akamai = FakeAkamaiSide()
    with pytest.raises(AccessError, match="No such file or directory") as refused:
        await log.record(ATTEMPT, akamai)
    assert akamai.asked == 0
    assert "AKAMAI_MCP_AUDIT_FILE" in refused.value.advice
    path.parent.mkdir()
    await log.record(ATTEMPT, akamai)
    log.close()
    assert (akamai.asked, decisions(path)) == (1, ["refused", "allowed"])


def opened_now(path: Path, **policy: Any) -> tuple[AuditLog]:
    return (AuditLog(AuditPolicy(file=path, **policy)),)


async def test_what_cannot_be_written_down_is_sent_where_the_trail_is_not_required(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (log,) = opened_now(path, required=False)
    log.start()
    akamai = FakeAkamaiSide()
    warning = (await log.record(ATTEMPT, akamai)).warning
    assert akamai.asked == 1
    assert warning == "The call was made, but its audit line could not be written."
    path.parent.mkdir()
    await log.refused(ATTEMPT, "no")
    log.close()
    assert decisions(path) == ["allowed", "refused"]
    assert "audit file cannot be written" in capsys.readouterr().err


async def test_a_line_that_cannot_be_written_after_the_call_is_told_and_stops_further_changes(
    log: AuditLog, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def send() -> Response:
        path.unlink()
        path.mkdir()
        return ok(b"", 201)

    response = await log.record(ATTEMPT, send)
    assert response.status == 201
    assert "was made" in response.warning
    assert "Further changes are refused" in response.warning
    assert "audit line could not be written" in capsys.readouterr().err
    akamai = FakeAkamaiSide()
    with pytest.raises(AccessError, match="Is a directory"):
        await log.record(ATTEMPT, akamai)
    assert akamai.asked == 0
    path.rmdir()
    await log.record(ATTEMPT, akamai)
    assert (akamai.asked, decisions(path)) == (1, ["allowed", "refused", "allowed"])


async def test_a_file_that_went_wrong_between_two_changes_stops_the_second(log: AuditLog, path: Path) -> None:
    akamai = FakeAkamaiSide()
    await log.record(ATTEMPT, akamai)
    path.unlink()
    path.mkdir()
    with pytest.raises(AccessError) as refused:
        await log.record(ATTEMPT, akamai)
    assert akamai.asked == 1
    assert refused.value.message == "The audit file cannot be written (Is a directory), so changes are refused."
    assert refused.value.advice == (
        "Reads still work. The operator of this server has to check AKAMAI_MCP_AUDIT_FILE and its disk."
    )


async def test_one_thread_writes_one_line_after_the_other(log: AuditLog, path: Path) -> None:
    held = open_plain(beside(path, ".lock"), os.O_RDWR | os.O_CREAT)
    assert try_lock(held)
    writing = [asyncio.create_task(log.refused(ATTEMPT, str(number))) for number in range(20)]
    await asyncio.sleep(0)
    assert sum(thread.name.startswith("audit") for thread in threading.enumerate()) == 1
    os.close(held)
    await asyncio.gather(*writing)
    assert [facts["reason"] for facts in lines(path)] == [str(number) for number in range(20)]


async def test_a_failure_that_cannot_be_written_down_says_both(log: AuditLog, path: Path) -> None:
    async def send() -> Response:
        path.unlink()
        path.mkdir()
        raise UpstreamTimeout("no answer", advice="Read the resource.")

    with pytest.raises(UpstreamTimeout) as failed:
        await log.record(ATTEMPT, send)
    assert failed.value.advice.startswith("Read the resource. The call was made, but its audit line")


def test_a_server_does_not_start_with_a_trail_that_it_cannot_write(path: Path) -> None:
    (log,) = opened_now(path)
    with pytest.raises(SettingsError, match=r"AKAMAI_MCP_AUDIT_FILE cannot be written \(No such file or directory\)"):
        log.start()


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder", "device"])
def test_only_a_plain_file_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "audit.jsonl"
    match kind:
        case "link":
            (tmp_path / "other").write_text("")
            path.symlink_to(tmp_path / "other")
        case "dangling":
            path.symlink_to(tmp_path / "none")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path = Path("/dev/full")
    (log,) = opened_now(path)
    try:
        with pytest.raises(SettingsError, match="AKAMAI_MCP_AUDIT_FILE cannot be written"):
            log.start()
        assert not (tmp_path / "none").exists()
        assert not Path("/dev/full.lock").exists()
    finally:
        Path("/dev/full.lock").unlink(missing_ok=True)  # what one run leaves there would fail all later ones


async def test_what_is_written_is_for_its_owner_only(log: AuditLog, path: Path) -> None:
    async def send() -> Response:
        assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}
        return ok()

    await log.record(ATTEMPT, send)
    assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}


async def test_no_argument_stands_in_any_file(log: AuditLog, path: Path) -> None:
    attempt = Attempt(caller="local", customer="a", operation="o", effect="write", method="PUT", target="/?token=PLANTED", arguments={"body": "PLANTED"})  # fmt: skip

    async def send() -> Response:
        assert not any(b"PLANTED" in found.read_bytes() for found in path.parent.iterdir())
        return ok()

    await log.record(attempt, send)
    assert not any(b"PLANTED" in found.read_bytes() for found in path.parent.iterdir())


# Several processes, and processes that end too early

PRELUDE = """
import asyncio, os, resource, signal, sys
from pathlib import Path
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.audit.line import Attempt
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.pipeline.call import Response
path = Path(sys.argv[1])
attempt = Attempt(caller="local", customer=sys.argv[2], operation="o", effect="write", method="PUT", target="/", arguments={"a": 1})
async def send():
    return Response(status=200, headers=(), content=b"")
"""
WRITES = """
async def main():
    log = AuditLog(AuditPolicy(file=path, max_bytes=3000, keep=1000))
    log.start()
    for _ in range(25):
        await asyncio.gather(*(log.record(attempt, send) for _ in range(4)))
    log.close()
asyncio.run(main())
"""
DIES = """
async def die():
    os.kill(os.getpid(), signal.SIGKILL)
async def main():
    log = AuditLog(AuditPolicy(file=path))
    log.start()
    await log.record(attempt, send)
    await asyncio.gather(log.record(attempt, send), log.record(attempt, die))
asyncio.run(main())
"""
FILLS = """
async def main():
    log = AuditLog(AuditPolicy(file=path))
    log.start()
    for _ in range(3):  # so that the limit leaves room for a journal, which is shorter
        await log.record(attempt, send)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, resource.RLIM_INFINITY))
    print((await log.record(attempt, send)).warning)
    try:
        await log.record(attempt, send)
    except Exception as error:
        print(type(error).__name__, error)
    print(path.read_bytes().count(b"\\n"), path.read_bytes()[-1:])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print((await log.record(attempt, send)).warning == "")
    log.close()
asyncio.run(main())
"""


def start(code: str, path: Path, customer: str = "child") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code, str(path), customer], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


def test_several_processes_write_one_file_and_rotate_it_without_losing_or_mixing_a_line(path: Path) -> None:
    path.parent.mkdir()
    children = [start(WRITES, path, f"child-{number}") for number in range(4)]
    assert [finish(child)[0] for child in children] == [0, 0, 0, 0]
    parts = AuditFile(path, max_bytes=3000, keep=1000).parts()
    written = lines(*parts)
    assert len(parts) > 10
    assert max(part.stat().st_size for part in parts) <= 3000
    assert len({facts["id"] for facts in written}) == len(written) == 400
    assert {facts["customer"] for facts in written} == {f"child-{number}" for number in range(4)}
    assert len({facts["arguments"] for facts in written}) == 1  # all of them had the same key
    assert journals(path) == []


def test_an_attempt_that_a_kill_cut_short_has_its_line_at_the_next_start(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir()
    assert finish(start(DIES, path))[0] == -signal.SIGKILL
    assert decisions(path).count("unknown") == 0
    (left,) = journals(path)
    configure_logs("warning", "console")  # whatever a test before this one has set
    (log,) = opened_now(path)
    log.start()
    log.close()
    unknown = [facts for facts in lines(path) if facts["decision"] == "unknown"]
    assert [(facts["customer"], facts["reason"]) for facts in unknown if facts["customer"] == "child"] == [
        ("child", "the server ended before it knew the result")
    ] * len(unknown)
    assert 1 <= len(unknown) <= 2  # the other of the two attempts may have had its line already
    assert len(lines(path)) == 3
    assert len({facts["id"] for facts in lines(path)}) == 3
    assert not left.exists()
    assert "wrote the audit lines of attempts that a crash interrupted" in capsys.readouterr().err
    before = path.read_bytes()
    log.start()
    assert path.read_bytes() == before


async def test_a_journal_of_a_process_that_lives_is_left_alone(log: AuditLog, path: Path) -> None:
    async def send() -> Response:
        (other,) = opened_now(path)
        other.start()
        assert not path.read_bytes()
        return ok()

    await log.record(ATTEMPT, send)
    assert decisions(path) == ["allowed"]


async def test_an_attempt_that_has_its_line_gets_no_second_one_after_a_crash(log: AuditLog, path: Path) -> None:
    saved: list[bytes] = []

    async def send() -> Response:
        saved.append(journals(path)[0].read_bytes())
        return ok()

    await log.record(ATTEMPT, send)
    beside(path, ".open-1-left").write_bytes(saved[0] + b'{"time": "torn')
    log.start()
    assert decisions(path) == ["allowed"]
    assert not beside(path, ".open-1-left").exists()


def test_on_a_full_disk_nothing_more_is_sent_and_no_half_line_stays(path: Path) -> None:
    path.parent.mkdir()
    status, out, err = finish(start(FILLS, path))
    assert (status, out.splitlines()) == (
        0,
        [
            "The call was made, but its audit line could not be written. Further changes are refused until it can be written.",
            "AccessError The audit file cannot be written (File too large), so changes are refused.",
            "3 b'\\n'",
            "True",
        ],
    ), err
    assert decisions(path) == [*["allowed"] * 4, "refused", "allowed"]
