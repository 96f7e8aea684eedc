"""Programs that outlast their call: paused, gone on with by another server, listed, stopped; and nothing is carried too far."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import McpError
from mcp_stage import MakeSettings, Stage
from programs.programs import DELETE, LISTS, FakeUser, methods

from akamai_mcp.access.callers import LOCAL
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import RunError
from akamai_mcp.programs.durable.keeping import KeptRuns
from akamai_mcp.programs.durable.sealed_store import SealedRuns
from akamai_mcp.runs.record import Run, RunPolicy
from akamai_mcp.runs.sqlite import SqliteRuns
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.server.runs.due import go_on_with_due, unnamed_only

SECOND_DELETE = DELETE.replace("1_A", "2_A")
# One change, a quarter of an hour, and another change that depends on nothing.
LONG = f"import asyncio\n{DELETE}\nprint('first')\nawait asyncio.sleep(900)\n{SECOND_DELETE}\n'both'"
READS = f"import asyncio\nfound = await call('{LISTS}')\nawait asyncio.sleep(900)\nlen(found)"


@dataclass(slots=True)
class Clock:
    """A clock that a test moves."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., AbstractAsyncContextManager[tuple[Stage, AkamaiServer]]]


@pytest.fixture
def opened(settings: MakeSettings, fake: FakeAkamai, catalogue: Catalogue, clock: Clock, tmp_path: Path) -> Open:
    """Open a server whose runs are kept in one folder, as if it had been started again; and a client."""

    @asynccontextmanager
    async def opening(
        era: str = "auto", user: FakeUser | None = None, **changes: Any
    ) -> AsyncIterator[tuple[Stage, AkamaiServer]]:
        chosen = {"runs_dir": tmp_path / "runs"} | changes
        server = build_server(settings(**chosen), catalogue, clock)
        async with Client(server, mode=era, elicitation_handler=user) as client:
            yield Stage(client=client, fake=fake), server

    return opening


async def listed(stage: Stage) -> list[dict[str, Any]]:
    (content,) = await stage.client.read_resource("akamai://runs")
    return list(json.loads(content.text))


async def shown(stage: Stage, name: str) -> dict[str, Any]:
    (content,) = await stage.client.read_resource(f"akamai://runs/{name}")
    return dict(json.loads(content.text))


async def begun(stage: Stage, program: str = LONG) -> dict[str, Any]:
    """Run a program for a user who agrees, up to its pause."""
    reply = await stage.agreed("akamai_run", program=program)
    assert not reply.failed, reply.text
    return reply.content


@pytest.mark.smoke
async def test_a_long_sleep_pauses_a_program_and_another_server_goes_on_with_it(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        assert (paused["status"], paused["changes"], paused["printed"]) == ("paused", {"done": 1}, "first\n")
        assert methods(stage) == ["DELETE"]
    clock.now += 900
    async with opened("legacy") as (stage, _):
        assert [row["status"] for row in await listed(stage)] == ["paused"]
        done = await stage.ask("akamai_run", run=paused["run"])
        assert (done.failed, done.content["body"], done.content["changes"]) == (False, "both", {"done": 2})
        assert done.content["printed"] == "first\n"
        assert methods(stage) == ["DELETE", "DELETE"]
        again = await stage.ask("akamai_run", run=paused["run"])
        assert (again.content["body"], again.content["status"], len(methods(stage))) == ("both", "ended", 2)
        states = [change["state"] for change in (await shown(stage, paused["run"]))["changes"]]
        assert states == ["done", "done"]


async def test_a_run_that_is_gone_on_with_too_early_is_paused_again_and_sends_nothing(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        clock.now += 100
        again = await stage.ask("akamai_run", run=paused["run"])
        assert (again.content["status"], again.content["due"], len(methods(stage))) == ("paused", paused["due"], 1)


async def test_a_program_that_only_reads_is_paused_too(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage, READS)
        clock.now += 900
        done = await stage.ask("akamai_run", run=paused["run"])
        assert (done.failed, methods(stage)) == (False, ["GET"])


async def test_the_end_of_its_time_pauses_a_program_and_a_read_that_was_under_way_is_made_again(
    opened: Open, clock: Clock
) -> None:
    async with opened(program_seconds=0.3) as (stage, _):
        stage.fake.faults.add(Fault(delay=30.0, status=503, times=1))
        asking = asyncio.create_task(stage.ask("akamai_run", program=f"print('once')\nlen(await call('{LISTS}'))"))
        await stage.arrived(1)
        clock.now += 1
        paused = await asking
        assert (paused.failed, paused.content["status"], paused.content["calls"]) == (False, "paused", 1)
        done = await stage.ask("akamai_run", run=paused.content["run"])
        assert (done.failed, methods(stage), done.content["printed"]) == (False, ["GET", "GET"], "once\n")


async def test_a_plan_outlives_its_server_and_is_asked_about_anew(opened: Open) -> None:
    async with opened() as (stage, _):
        asked = await stage.ask("akamai_run", program=f"found = await call('{LISTS}')\n{DELETE}\nlen(found)")
        assert asked.failed
    async with opened() as (stage, _):
        assert (await stage.refused("akamai_run", confirm=asked.content["confirm"])).advice
        again = await stage.ask("akamai_run", run=asked.content["run"])
        assert methods(stage) == ["GET"], "what was read before is not read again"
        done = await stage.ask("akamai_run", confirm=again.content["confirm"])
        assert (done.failed, methods(stage)) == (False, ["GET", "DELETE"])


async def test_a_yes_is_not_carried_further_than_its_plan_by_a_pause(opened: Open, clock: Clock) -> None:
    program = f"import asyncio\nanswer = {DELETE}\nawait asyncio.sleep(900)\nif answer:\n    {SECOND_DELETE}"
    async with opened() as (stage, _):
        paused = await begun(stage, program)
    clock.now += 900
    async with opened() as (stage, _):
        asked = await stage.ask("akamai_run", run=paused["run"])
        assert (asked.failed, "2_A" in asked.content["would"], methods(stage)) == (True, True, ["DELETE"])
        assert asked.content["changes"] == {"done": 1}


async def test_a_yes_that_is_older_than_a_day_is_asked_for_again(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        clock.now += 24 * 3600 + 1
        asked = await stage.ask("akamai_run", run=paused["run"])
        assert (asked.failed, "2_A" in asked.content["would"], methods(stage)) == (True, True, ["DELETE"])


@pytest.mark.parametrize("rule", [{"deny": ("network-lists",)}, {"read_only": True}])
async def test_the_rules_of_the_moment_hold_for_what_a_paused_program_does_next(
    opened: Open, clock: Clock, rule: dict[str, Any]
) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
    clock.now += 900
    async with opened(**rule) as (stage, server):
        if "read_only" in rule:
            answer = await server.parts.programs.resume(paused["run"])
            assert answer.is_error
        else:
            assert (await stage.ask("akamai_run", run=paused["run"])).failed
        assert methods(stage) == ["DELETE"]


async def test_a_run_of_another_account_is_not_loaded_and_its_changes_are_told(
    opened: Open, edgerc: Path, tmp_path: Path, clock: Clock
) -> None:
    own = tmp_path / ".edgerc"
    own.write_text(edgerc.read_text())
    own.chmod(0o600)
    async with opened(edgerc=own) as (stage, _):
        paused = await begun(stage)
        own.write_text(edgerc.read_text().replace("[default]\n", "[default]\naccount_key = 1-OTHER:1-2RBL\n"))
        clock.now += 900
        reply = await stage.ask("akamai_run", run=paused["run"])
        assert (reply.failed, reply.content["changes"], methods(stage)) == (True, {"done": 1}, ["DELETE"])
        assert "another caller, account or key" in reply.problem


@pytest.mark.parametrize("place", range(0, 100, 9))
async def test_a_damaged_state_is_refused_wherever_it_is_damaged(opened: Open, tmp_path: Path, place: int) -> None:
    import sqlite3

    async with opened() as (stage, _):
        paused = await begun(stage)
    with sqlite3.connect(tmp_path / "runs" / "runs.sqlite") as database:
        ((sealed,),) = database.execute("SELECT sealed FROM runs").fetchall()
        at = place * len(sealed) // 100
        damaged = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        database.execute("UPDATE runs SET sealed = ?", (damaged,))
    async with opened() as (stage, _):
        reply = await stage.ask("akamai_run", run=paused["run"])
        assert (reply.failed, "damaged" in reply.problem, methods(stage)) == (True, True, ["DELETE"])


async def test_a_run_of_another_key_is_refused(opened: Open) -> None:
    async with opened(runs_key="a" * 32) as (stage, _):
        paused = await begun(stage)
    async with opened(runs_key="b" * 32) as (stage, _):
        assert "damaged" in (await stage.ask("akamai_run", run=paused["run"])).problem


async def test_what_is_kept_is_for_the_user_alone(opened: Open, tmp_path: Path) -> None:
    async with opened() as (stage, _):
        await begun(stage)
        folder = tmp_path / "runs"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_what_a_program_holds_of_a_credential_never_reaches_the_disk(opened: Open, tmp_path: Path) -> None:
    program = f"import asyncio\nx = inputs['password']\n{DELETE}\nawait asyncio.sleep(900)\n{SECOND_DELETE}"
    secret = "planted-Secret-4711"
    async with opened() as (stage, _):
        reply = await stage.agreed("akamai_run", program=program, inputs={"password": secret})
        assert reply.content["status"] == "paused"
        for path in (tmp_path / "runs").iterdir():
            assert secret.encode() not in path.read_bytes()
        assert (await stage.ask("akamai_run", run=reply.content["run"])).content["status"] == "paused"
    async with opened() as (stage, _):
        later = await stage.ask("akamai_run", run=reply.content["run"])
        assert (later.failed, "credential" in later.problem, methods(stage)) == (True, True, ["DELETE"])


SECRET = "s3cret-in-some-answer"
READ = 'x = await call("network-lists/v2#get-network-list", {"networkListId": "8_A"})'
WRITE = (
    'x = await call("network-lists/v2#put-network-list",'
    ' {"networkListId": "8_A", "body": {"name": "n", "type": "IP", "list": [], "syncPoint": 1}})'
)
PAUSE = "import asyncio\nawait asyncio.sleep(900)"


@pytest.mark.parametrize(
    "program",
    [f"{READ}\n{DELETE}\nx", f"{READ}\n{DELETE}\n{PAUSE}\nx", f"{WRITE}\n{PAUSE}\nx", f"{DELETE}\n{{'o': inputs}}"],
    ids=["a read", "a pause", "a change", "an input"],
)
async def test_a_credential_in_an_answer_of_any_operation_never_reaches_the_disk(
    opened: Open, clock: Clock, tmp_path: Path, program: str
) -> None:
    body = json.dumps({"uniqueId": "8_A", "nested": [{"clientSecret": SECRET}]}).encode()
    async with opened(confirm="never", audit_file=tmp_path / "audit.jsonl") as (stage, _):
        stage.fake.faults.add(Fault(path="*/8_A", times=None, status=200, body=body))
        inputs = {"client_secret": SECRET} if "inputs" in program else {}
        reply = await stage.ask("akamai_run", program=program, inputs=inputs)
        clock.now += 900
        again = await stage.ask("akamai_run", run=reply.content["run"])
        assert SECRET in again.text  # this process has it in memory
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


async def test_where_nothing_can_be_kept_on_disk_a_program_is_kept_in_memory(opened: Open, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    async with opened(runs_dir=tmp_path / "file" / "runs") as (stage, _):
        paused = await begun(stage)
        clock.now += 900
        done = (await stage.ask("akamai_run", run=paused["run"])).content
        assert done["body"] == "both"
        told = {answer["notKept"] for answer in (paused, done, await shown(stage, paused["run"]), *await listed(stage))}
        assert told == {
            f"Kept in memory alone, so it ends with this process: {tmp_path / 'file' / 'runs'} cannot be used (Not a directory)."
        }


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"overwritten, and no header of a database any more")


def swapped(path: Path) -> None:
    path.unlink()
    path.mkdir()


def cut(path: Path) -> None:
    os.truncate(path, 3)


@pytest.mark.parametrize(
    ("name", "damage"), [("runs.sqlite", overwritten), ("runs.sqlite", swapped), ("key", cut), ("key", swapped)]
)
async def test_a_store_that_is_there_and_cannot_be_used_refuses_changes_and_names_its_file(
    opened: Open, tmp_path: Path, clock: Clock, name: str, damage: Callable[[Path], None]
) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
    file = tmp_path / "runs" / name
    (tmp_path / "copy").write_bytes(file.read_bytes())
    damage(file)
    clock.now += 900
    async with opened(confirm="never") as (stage, _):
        for arguments in ({"program": SECOND_DELETE}, {"run": paused["run"]}):
            refused = await stage.ask("akamai_run", **arguments)
            assert (refused.failed, str(file) in refused.problem) == (True, True)
            assert "Restore the file" in refused.content["advice"]
        assert methods(stage) == ["DELETE"], "nothing was sent"
        for tool in ("akamai_query", "akamai_run"):
            assert not (await stage.ask(tool, program=f"len(await call('{LISTS}'))")).failed
        # A damaged file is never taken for a folder in which nothing happened.
        if name == "key":
            assert [row["status"] for row in await listed(stage)] == ["paused"]
            assert [change["state"] for change in (await shown(stage, paused["run"]))["changes"]] == ["done"]
        else:
            for resource in ("akamai://runs", "akamai://history"):
                with pytest.raises(McpError, match=r"runs\.sqlite"):
                    await stage.client.read_resource(resource)
        if file.is_dir():
            file.rmdir()
        file.write_bytes((tmp_path / "copy").read_bytes())
        assert (await stage.ask("akamai_run", run=paused["run"])).content["body"] == "both", "mended without a restart"


async def test_a_run_that_cannot_be_written_down_sends_no_further_change(opened: Open, tmp_path: Path, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        clock.now += 900
        import sqlite3

        with sqlite3.connect(tmp_path / "runs" / "runs.sqlite") as database:
            database.execute("CREATE TRIGGER full BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'full'); END")
        reply = await stage.ask("akamai_run", run=paused["run"])
        assert (reply.failed, methods(stage), reply.content["changes"]) == (True, ["DELETE"], {"done": 1})


async def test_a_stopped_run_does_not_go_on(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, server):
        paused = await begun(stage)
        was, now = await server.parts.programs.stop(paused["run"], None)
        assert (was.status, now.status) == ("paused", "stopped")
        clock.now += 900
        reply = await stage.ask("akamai_run", run=paused["run"])
        assert (reply.failed, reply.content["status"], methods(stage)) == (True, "stopped", ["DELETE"])


async def test_a_dry_run_goes_on_with_nothing(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        clock.now += 900
        assert "dryRun" in (await stage.refused("akamai_run", run=paused["run"], dryRun=True)).problem
        asked = await stage.ask("akamai_run", program=DELETE)
        assert "dryRun" in (await stage.refused("akamai_run", confirm=asked.content["confirm"], dryRun=True)).problem
        assert (await stage.ask("akamai_run", run=paused["run"], dryRun=False)).content["body"] == "both"


async def test_a_program_beside_the_name_of_a_run_is_refused(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        paused = await begun(stage)
        clock.now += 900
        assert "Both" in (await stage.refused("akamai_run", run=paused["run"], program="1")).problem


async def test_a_declined_plan_ends_its_run(opened: Open) -> None:
    async with opened(user=FakeUser("decline")) as (stage, _):
        assert (await stage.ask("akamai_run", program=DELETE)).failed
        assert [row["status"] for row in await listed(stage)] == ["stopped"]


async def test_a_failed_change_is_written_down_with_its_request_id(opened: Open) -> None:
    async with opened(confirm="never") as (stage, _):
        stage.fake.faults.add(Fault(path="/network-list/v2/network-lists/1_A", status=409, times=None))
        reply = await stage.ask("akamai_run", program=DELETE)
        (change,) = (await shown(stage, reply.content["run"]))["changes"]
        assert (change["state"], change["status"]) == ("failed", 409)
        assert change["requestId"].startswith("sandbox-")


async def test_a_run_that_is_not_there_is_told(opened: Open) -> None:
    async with opened() as (stage, _):
        assert "There is no run" in (await stage.refused("akamai_run", run="nothing")).problem
        with pytest.raises(McpError, match="There is no run"):
            await stage.client.read_resource("akamai://runs/nothing")


async def test_runs_are_kept_for_a_week(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, _):
        await begun(stage)
        clock.now += 7 * 24 * 3600 - 1
        assert len(await listed(stage)) == 1
        clock.now += 2
        assert await listed(stage) == []


async def test_a_due_run_goes_on_by_itself_and_one_that_asks_waits_for_its_user(opened: Open, clock: Clock) -> None:
    async with opened() as (stage, server):
        programs = server.parts.programs
        await begun(stage)
        await stage.ask("akamai_run", program=DELETE.replace("1_A", "3_A"))
        go_on = partial(go_on_with_due, programs, unnamed_only(LOCAL))
        await go_on()
        assert methods(stage) == ["DELETE"], "nothing is due"
        clock.now += 900
        await go_on_with_due(programs, lambda _: None)
        assert methods(stage) == ["DELETE"], "nobody knows what this caller may do now"
        await go_on()
        assert methods(stage) == ["DELETE", "DELETE"]
        assert sorted(row["status"] for row in await listed(stage)) == ["asks", "ended"]


def test_the_key_is_made_once_however_many_make_it(tmp_path: Path) -> None:
    from akamai_mcp.runs.sealing import load_key

    first = load_key(tmp_path)
    assert load_key(tmp_path) == first
    assert len(first) == 32
    os.truncate(tmp_path / "key", 3)
    with pytest.raises(OSError, match="not a key"):
        load_key(tmp_path)


class EndsNowhere(SqliteRuns):
    """A store that is gone when a run ends."""

    async def save(self, run: Run) -> None:
        if run.status == "ended":
            raise RunError("The store cannot be reached.", advice="Look again later.")
        await super().save(run)


async def test_what_was_changed_is_told_though_the_end_of_the_run_cannot_be_written_down(opened: Open) -> None:
    async with opened() as (stage, server):
        programs = server.parts.programs
        assert programs
        programs.runs = KeptRuns(SealedRuns(RunPolicy(), 1 << 24, EndsNowhere(RunPolicy(), None)))
        reply = await stage.agreed("akamai_run", program=f"{DELETE}\n'done'")
        assert (reply.failed, reply.content["body"], reply.content["changes"]) == (False, "done", {"done": 1})
        assert reply.content["notKept"] == "The store cannot be reached."
