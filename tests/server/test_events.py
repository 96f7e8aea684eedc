"""Each line of the audit trail reaches the receiver of events: signed, in order, at least once, whatever fails meanwhile."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import ssl
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage

from akamai_mcp.audit.events.cloud_event import to_event
from akamai_mcp.audit.events.delivery import EventDelivery, EventPolicy, sending
from akamai_mcp.audit.events.trail import Position, Trail
from akamai_mcp.audit.file import AuditFile, beside
from akamai_mcp.audit.line import Attempt, AttemptResult, AuditPolicy, Stamp, compose_line
from akamai_mcp.background import running
from akamai_mcp.cli.doctor.checks import check_events
from akamai_mcp.errors import SettingsError
from akamai_mcp.settings import load_settings

SECRET = "s" * 32
PASSWORD = "p4ssw0rd-of-a-test"
NOW = 1_700_000_000
DELETE_TWO = "for i in range(2):\n    await call('network-lists/v2#delete-network-list', {'networkListId': f'{i}_A'})"


@dataclass
class FakeReceiver:
    """A receiver of events that answers with the statuses it is told, then with 204; None is no answer at all."""

    statuses: list[int | None] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=of-the-url"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    @property
    def types(self) -> list[str]:
        return [event["type"].removeprefix("akamai-mcp.") for event in self.events]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
                status = self.statuses.pop(0) if self.statuses else 204
                if status is None:
                    await reader.read()
                    break
                writer.write(f"HTTP/1.1 {status} x\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self.answer, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():
            await asyncio.sleep(0.005)


@dataclass
class Desk:
    """An audit file that lines are written to, and the delivery of them."""

    file: AuditFile
    slept: list[float] = field(default_factory=list)

    def write(self, *names: str) -> None:
        for name in names:
            attempt = Attempt(
                caller="local",
                customer="acme",
                operation="papi/v1#x",
                effect="write",
                method="PUT",
                target=f"/a?client_secret={PASSWORD}",
                arguments={"body": {"password": PASSWORD}},
                question=f"Set {PASSWORD}?",
            )
            result = AttemptResult(decision="allowed", status=201)
            self.file.append([compose_line(Stamp(at=NOW, identifier=name), attempt, result, b"k" * 32)])

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.001)

    @asynccontextmanager
    async def delivering(self, receiver: FakeReceiver, timeout: float = 5.0) -> AsyncIterator[None]:
        policy = EventPolicy(url=receiver.url, secret=SECRET.encode(), timeout=timeout)
        delivery = EventDelivery(policy, self.file, ssl.create_default_context(), clock=lambda: NOW, sleep=self.sleep)
        Trail(self.file).prepare()
        async with running(delivery.run()):
            yield


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(AuditFile(tmp_path / "audit.jsonl", max_bytes=2000, keep=50))


def numbers(count: int, start: int = 0) -> list[str]:
    return [f"n{number}" for number in range(start, start + count)]


async def test_an_event_is_a_signed_cloud_event_without_a_secret(desk: Desk) -> None:
    receiver = FakeReceiver()
    async with receiver.listening(), desk.delivering(receiver):
        desk.write("n0")
        await until(lambda: len(receiver.got) == 1)
    headers, body = receiver.got[0]
    event = json.loads(body)
    assert headers["content-type"] == "application/cloudevents+json"
    assert (event["id"], event["type"], headers["webhook-id"]) == ("n0", "akamai-mcp.change.allowed", "n0")
    assert headers["webhook-timestamp"] == str(NOW)
    code = hmac.digest(SECRET.encode(), f"n0.{headers['webhook-timestamp']}.".encode() + body, "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(code).decode()}"
    shown = json.dumps(headers) + body.decode()
    assert not [secret for secret in (PASSWORD, SECRET, "hmac-sha256:") if secret in shown]


async def test_what_happened_before_the_first_start_is_no_event(desk: Desk) -> None:
    receiver = FakeReceiver()
    desk.write("old")
    async with receiver.listening(), desk.delivering(receiver):
        desk.write("new")
        await until(lambda: bool(receiver.got))
    assert receiver.ids == ["new"]


async def test_only_what_is_written_from_the_first_start_on_is_sent_and_all_of_it_after_the_next(desk: Desk) -> None:
    receiver, tls = FakeReceiver(), ssl.create_default_context()
    audit = AuditPolicy(file=desk.file.path, max_bytes=2000, keep=50)
    desk.write("old")
    async with receiver.listening():
        policy = EventPolicy(url=receiver.url, secret=SECRET.encode(), pause=0.01)
        async with sending(policy, audit, tls):
            desk.write("new")
            await until(lambda: bool(receiver.got))
        desk.write("meanwhile")
        async with sending(policy, audit, tls):
            await until(lambda: "meanwhile" in receiver.ids)
    # One whose delivery was not noted when the first server ended comes again.
    assert list(dict.fromkeys(receiver.ids)) == ["new", "meanwhile"]


class SlowTrail(Trail):
    """A trail on a disk that takes its time to keep a position."""

    def __init__(self, file: AuditFile) -> None:
        super().__init__(file)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def keep(self, position: Position) -> None:
        self.begun.set()
        self.may_end.wait(20)
        super().keep(position)


async def test_a_server_that_ends_keeps_its_position_before_another_one_reads(desk: Desk) -> None:
    receiver, other, slow = FakeReceiver(), Trail(desk.file), SlowTrail(desk.file)
    other.prepare()
    async with receiver.listening():
        policy = EventPolicy(url=receiver.url, secret=SECRET.encode())
        delivery = EventDelivery(policy, desk.file, ssl.create_default_context(), sleep=desk.sleep)
        delivery._trail = slow
        ending = asyncio.create_task(delivery.run())
        desk.write("n0")
        await until(slow.begun.is_set)
        ending.cancel()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not other.take()
        slow.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await ending
    assert other.take()
    assert (other.waiting(), receiver.ids) == (0, ["n0"])
    other.release()


async def test_a_position_that_cannot_be_kept_stops_the_start(desk: Desk) -> None:
    beside(desk.file.path, ".lock").mkdir()
    audit = AuditPolicy(file=desk.file.path)
    with pytest.raises(SettingsError) as refused:
        async with sending(EventPolicy(url="https://e.example", secret=b"s"), audit, ssl.create_default_context()):
            pytest.fail("events are sent from nowhere")
    assert refused.value.message == "The position of events cannot be kept beside AKAMAI_MCP_AUDIT_FILE (Is a directory)."
    assert refused.value.advice == "Let the server write to the folder of the audit file."


async def test_who_has_nothing_to_send_or_waits_for_another_server_looks_again_after_a_pause(desk: Desk) -> None:
    receiver, other = FakeReceiver(), Trail(desk.file)
    async with receiver.listening(), desk.delivering(receiver):
        await until(lambda: len(desk.slept) > 3)  # nothing to send
    assert set(desk.slept) == {1.0}
    assert other.take()
    desk.slept.clear()
    async with receiver.listening(), desk.delivering(receiver):
        desk.write("n0")
        await until(lambda: len(desk.slept) > 3)
        assert (receiver.got, set(desk.slept)) == ([], {1.0})
        other.release()
        await until(lambda: bool(receiver.got))


async def test_a_receiver_that_is_down_gets_everything_in_order_over_rotations_and_restarts(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = FakeReceiver()
    async with receiver.listening():
        pass  # a port that nobody listens on any more
    async with desk.delivering(receiver):
        desk.write(*numbers(10))
        await until(lambda: desk.slept.count(60.0) > 1)
    assert len(desk.file.parts()) > 1
    assert [pause for pause in desk.slept if pause > 1][:7] == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    told = capsys.readouterr().err
    assert (told.count("event not delivered"), "ConnectError" in told) == (1, True)
    desk.write(*numbers(10, 10))
    async with receiver.listening(), desk.delivering(receiver):
        desk.write(*numbers(10, 20))
        await until(lambda: len(receiver.got) >= 30)
    assert receiver.ids == numbers(30)


async def test_failures_and_silence_repeat_an_event_before_the_next_one(desk: Desk) -> None:
    receiver = FakeReceiver(statuses=[500, 302, None, 204, 429])
    async with receiver.listening(), desk.delivering(receiver, timeout=0.2):
        desk.write(*numbers(3))
        await until(lambda: len(receiver.got) >= 7)
    assert receiver.ids == ["n0", "n0", "n0", "n0", "n1", "n1", "n2"]


async def test_restarts_at_any_moment_lose_nothing_and_keep_the_order(desk: Desk) -> None:
    receiver = FakeReceiver()
    Trail(desk.file).prepare()
    async with receiver.listening():
        desk.write(*numbers(20))
        for count in range(1, 21, 3):
            async with desk.delivering(receiver):
                await until(lambda count=count: len(set(receiver.ids)) >= count)  # type: ignore[misc]
        async with desk.delivering(receiver):
            await until(lambda: len(set(receiver.ids)) == 20)
    assert list(dict.fromkeys(receiver.ids)) == numbers(20)


async def test_two_servers_that_share_a_trail_send_each_event_once(desk: Desk) -> None:
    receiver = FakeReceiver()
    async with receiver.listening(), desk.delivering(receiver), desk.delivering(receiver):
        desk.write(*numbers(10))
        await until(lambda: len(receiver.got) >= 10)
    assert receiver.ids == numbers(10)


async def test_a_line_that_a_crash_cut_and_a_damaged_position_stop_nothing(desk: Desk) -> None:
    receiver = FakeReceiver()
    Trail(desk.file).prepare()
    desk.write("n0")
    desk.file.path.write_bytes(desk.file.path.read_bytes() + b'{"id":"cut')
    desk.write("n1")
    beside(desk.file.path, ".events").write_text("no position")
    async with receiver.listening(), desk.delivering(receiver):
        await until(lambda: len(receiver.got) >= 2)
    assert receiver.ids == ["n0", "n1"]


async def test_a_trail_that_cannot_be_read_is_told_and_read_later(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    receiver = FakeReceiver()
    lock = beside(desk.file.path, ".events.lock")
    lock.mkdir()
    async with receiver.listening(), desk.delivering(receiver):
        await until(lambda: 60.0 in desk.slept)
        lock.rmdir()
        desk.write("n0")
        await until(lambda: bool(receiver.got))
    assert "events not read" in capsys.readouterr().err


def test_only_the_owner_may_read_the_position(desk: Desk) -> None:
    Trail(desk.file).prepare()
    assert stat.S_IMODE(beside(desk.file.path, ".events").stat().st_mode) == 0o600


async def test_a_program_tells_its_plan_its_changes_and_its_end(open_stage: OpenStage, tmp_path: Path) -> None:
    receiver = FakeReceiver()
    async with (
        receiver.listening(),
        open_stage(audit_file=tmp_path / "a.jsonl", events_url=receiver.url, events_secret=SECRET) as stage,
    ):
        asked = await stage.ask("akamai_run", program=DELETE_TWO)
        done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert not done.failed
        await until(lambda: len(receiver.got) >= 5)
    assert receiver.types == ["plan.asked", "plan.agreed", "change.allowed", "change.allowed", "run.ended"]
    assert receiver.events[-1]["data"]["target"] == done.content["run"]


async def test_a_receiver_that_never_answers_delays_no_call_and_no_end(open_stage: OpenStage, tmp_path: Path) -> None:
    receiver = FakeReceiver(statuses=[None] * 10)
    async with receiver.listening():
        options = {"audit_file": tmp_path / "a.jsonl", "events_url": receiver.url, "events_secret": SECRET}
        async with asyncio.timeout(8), open_stage(**options) as stage:  # less than an event may take
            for _ in range(3):
                reply = await stage.ask(
                    "akamai_write",
                    name="network-lists/v2#post-network-lists",
                    arguments={"body": {"name": "a", "type": "IP", "list": []}},
                )
                assert not reply.failed
            await until(lambda: bool(receiver.got))
            assert not (await stage.ask("akamai_list_customers")).failed


async def test_the_doctor_tells_the_receiver_and_what_waits_but_no_token(desk: Desk) -> None:
    settings = load_settings(audit_file=desk.file.path, events_url="https://hooks.example.com/x?t=secret", events_secret=SECRET)
    Trail(desk.file).prepare()
    desk.write("n0")
    [finding] = check_events(settings)
    size = desk.file.path.stat().st_size
    assert (finding.state, finding.found) == ("ok", f"hooks.example.com, {size:,} bytes of the audit trail still to be sent")


async def test_a_run_that_is_stopped_says_so(open_stage: OpenStage, tmp_path: Path) -> None:
    trail = tmp_path / "a.jsonl"
    async with open_stage(audit_file=trail) as stage:
        name = (await stage.ask("akamai_run", program=DELETE_TWO)).content["run"]
        server: Any = stage.client.transport
        await server.server.parts.programs.stop(name, None)
    event = to_event(trail.read_bytes().splitlines()[-1])
    assert event is not None
    assert (event["type"], event["data"]["target"]) == ("akamai-mcp.run.stopped", name)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"events_url": "http://hooks.example.com/x", "events_secret": SECRET}, "https://"),
        ({"events_url": "ftp://127.0.0.1/x", "events_secret": SECRET}, "https://"),
        ({"events_url": "https://hooks.example.com/x", "events_secret": SECRET}, "AUDIT_FILE is not"),
        ({"events_url": "https://hooks.example.com/x", "audit_file": "/a"}, "EVENTS_SECRET is not"),
        ({"events_url": "https://hooks.example.com/x", "audit_file": "/a", "events_secret": "short"}, "fewer than 32"),
    ],
)
def test_settings_that_could_not_work_are_refused_with_advice(values: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**values).event_policy()
    assert problem in refused.value.message
    assert refused.value.advice
    assert SECRET not in str(refused.value)


def test_neither_url_nor_secret_shows_in_a_policy() -> None:
    assert "x" * 9 not in repr(EventPolicy(url="https://e/" + "x" * 9, secret=b"x" * 9))
