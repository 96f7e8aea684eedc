"""The changes of a program are planned, asked about once, and made only as planned."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import ERAS, OpenStage, Stage
from programs.programs import DELETE, LISTS, TIDY, FakeUser, OpenWithUser, methods

from akamai_mcp.sandbox.faults import Fault

TWO_FACED = f"""
answer = await call("network-lists/v2#put-network-list", {{"networkListId": "1_A", "body": {{"name": "n", "type": "IP"}}}})
if answer:
    {DELETE}
"""


@pytest.mark.smoke
async def test_34_changes_are_foreseen_and_none_is_sent_before_the_agreement(either: Stage) -> None:
    asked = await either.ask("akamai_run", program=TIDY)
    assert (asked.failed, asked.content["sent"]) == (True, False)
    assert set(methods(either)) == {"GET"}
    assert "34 changes by one program, of which 14 need your agreement" in asked.content["would"]
    assert asked.content["would"].startswith('For customer "default"')
    reads = len(either.fake.requests)
    done = await either.ask("akamai_run", confirm=asked.content["confirm"])
    assert (done.failed, done.content["body"], done.content["changes"]) == (False, "done", {"done": 34})
    assert methods(either)[reads:].count("PUT") == 20
    assert methods(either)[reads:].count("DELETE") == 14
    assert len(either.fake.requests) == reads + 34


async def test_the_plan_is_read_whole_by_its_handle(stage: Stage) -> None:
    asked = await stage.ask("akamai_run", program=TIDY, dryRun=True)
    assert (asked.failed, asked.content["changes"], asked.content["asks"], asked.content["sent"]) == (False, 34, True, False)
    assert len(asked.content["would"].split("\n")) <= 30
    whole = await stage.ask("akamai_read", name=asked.content["wholePlan"], maxBytes=200_000)
    assert whole.content["body"].count("DELETE /network-list/v2/network-lists/") == 14
    assert set(methods(stage)) == {"GET"}


@pytest.mark.parametrize("era", ERAS)
async def test_a_user_with_a_dialog_is_asked_once_for_all(open_with_user: OpenWithUser, era: str) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        done = await stage.ask("akamai_run", program=TIDY)
        assert (done.failed, done.content["changes"], len(user.asked)) == (False, {"done": 34}, 1)
        assert "confirm" not in done.content


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("says", ["decline", "cancel"])
async def test_a_user_who_does_not_agree_is_obeyed(open_with_user: OpenWithUser, era: str, says: str) -> None:
    user = FakeUser(says)
    async with open_with_user(era, user) as stage:
        reply = await stage.ask("akamai_run", program=TIDY)
        assert (reply.failed, reply.content["sent"]) == (True, False)
        assert set(methods(stage)) == {"GET"}
        if says == "decline":
            await stage.ask("akamai_run", program=TIDY)
            assert len(user.asked) == 1
        for token in ("x", "confirm"):
            assert (await stage.ask("akamai_run", confirm=token)).failed
        assert set(methods(stage)) == {"GET"}


async def test_a_token_counts_once_and_for_its_own_program(stage: Stage) -> None:
    asked = await stage.ask("akamai_run", program=TIDY)
    other = await stage.ask("akamai_run", program=DELETE)
    await stage.ask("akamai_run", confirm=other.content["confirm"], program=TIDY)
    assert [method for method in methods(stage) if method != "GET"] == ["DELETE"]
    assert (await stage.refused("akamai_run", confirm=other.content["confirm"])).advice
    assert not (await stage.ask("akamai_run", confirm=asked.content["confirm"])).failed


async def test_a_token_of_a_single_call_confirms_no_program(stage: Stage) -> None:
    single = await stage.ask("akamai_destroy", name="network-lists/v2#delete-network-list", arguments={"networkListId": "1_A"})
    await stage.refused("akamai_run", program=DELETE, confirm=single.content["confirm"])
    asked = await stage.ask("akamai_run", program=DELETE)
    call = {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": "1_A"}}
    await stage.refused("akamai_destroy", call, confirm=asked.content["confirm"])


async def test_a_program_that_does_otherwise_than_foreseen_is_asked_about_again(stage: Stage) -> None:
    asked = await stage.ask("akamai_run", program=TWO_FACED)
    assert asked.content["confirm"], "the PUT asks for nothing, but what follows its real answer does"
    assert methods(stage) == ["PUT"]
    done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (done.failed, methods(stage)) == (False, ["PUT", "DELETE"])


async def test_where_a_real_answer_is_needed_the_plan_says_that_more_may_come(stage: Stage) -> None:
    program = f"{DELETE}\nlists = await call('{LISTS}')\nfirst = await call({DELETE[11:-1]})\nfirst['uniqueId']\n{DELETE.replace('1_A', '2_A')}"
    asked = await stage.ask("akamai_run", program=program)
    assert "line 4 needs the real answer" in asked.content["would"]


async def test_a_change_inside_try_is_planned_too(stage: Stage) -> None:
    program = f"try:\n    {DELETE}\nexcept Exception:\n    pass\n{DELETE.replace('1_A', '2_A')}"
    asked = await stage.ask("akamai_run", program=program)
    assert "2 changes" in asked.content["would"]
    assert stage.fake.requests == type(stage.fake.requests)()


async def test_a_failure_beside_waiting_changes_sends_none_of_them(stage: Stage) -> None:
    program = f"""
import asyncio
async def one(i):
    await call("network-lists/v2#delete-network-list", {{"networkListId": f"{{i}}_A"}})
async def fails():
    await call("{LISTS}")
    raise ValueError("no")
await asyncio.gather(*[one(i) for i in range(5)], fails())
"""
    reply = await stage.ask("akamai_run", program=program)
    assert (reply.failed, reply.content["notMade"], reply.content["sent"]) == (True, 5, False)
    assert methods(stage) == ["GET"]


async def test_a_repeat_of_an_agreed_change_is_asked_about_again(stage: Stage) -> None:
    program = f"import asyncio\nanswer = {DELETE}\nfor i in range(5 if answer else 0):\n    {DELETE}"
    asked = await stage.ask("akamai_run", program=program)
    again = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert methods(stage).count("DELETE") == 1
    assert again.content["confirm"]


async def test_a_failed_change_is_told_with_those_that_were_made(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="/network-list/v2/network-lists/3_A", status=409, times=None))
    asked = await stage.ask("akamai_run", program=TIDY.replace("range(20)", "range(2)").replace("range(14)", "range(6)"))
    reply = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (reply.failed, reply.content["changes"]) == (True, {"done": 5, "failed": 1})
    assert "sent" not in reply.content
    assert reply.content["changed"][0]["state"] == "failed"
    assert "do not repeat" in reply.advice


async def test_changes_that_ask_for_nothing_are_made_at_once(stage: Stage) -> None:
    program = TIDY.replace("range(14)", "range(0)")
    reply = await stage.ask("akamai_run", program=program)
    assert (reply.failed, reply.content["changes"]) == (False, {"done": 20})


async def test_where_every_write_asks_the_plan_asks_for_them(open_stage: OpenStage) -> None:
    async with open_stage(confirm="writes") as stage:
        asked = await stage.ask("akamai_run", program=TIDY.replace("range(14)", "range(0)"))
        assert "20 changes" in asked.content["would"]
        assert methods(stage) == ["GET"]


async def test_a_read_only_server_neither_lists_nor_runs_it(open_stage: OpenStage) -> None:
    async with open_stage(read_only=True) as stage:
        assert "akamai_run" not in {tool.name for tool in await stage.client.list_tools()}
        assert "akamai_query" in (await stage.refused("akamai_run", program=f"await call('{LISTS}')")).advice
        assert not (await stage.ask("akamai_query", program=f"await call('{LISTS}')")).failed


async def test_a_rule_that_denies_a_change_denies_it_inside_a_program(open_stage: OpenStage) -> None:
    async with open_stage(deny=("network-lists",)) as stage:
        reply = await stage.refused("akamai_run", program=DELETE)
        assert "AKAMAI_MCP_DENY" in reply.advice
        assert methods(stage) == []


async def test_an_account_that_was_switched_after_the_plan_gets_nothing(
    open_stage: OpenStage, edgerc: Path, tmp_path: Path
) -> None:
    own = tmp_path / ".edgerc"
    own.write_text(edgerc.read_text())
    own.chmod(0o600)
    async with open_stage(edgerc=own) as stage:
        asked = await stage.ask("akamai_run", program=DELETE)
        own.write_text(edgerc.read_text().replace("[default]\n", "[default]\naccount_key = 1-OTHER:1-2RBL\n"))
        reply = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert (reply.failed, methods(stage)) == (True, [])


async def test_a_client_that_leaves_lets_no_request_and_no_program_run_on(open_stage: OpenStage) -> None:
    async with open_stage(programs_at_once=1) as stage:
        stage.fake.faults.add(Fault(delay=30.0, status=503, times=1))
        left = asyncio.create_task(stage.ask("akamai_query", program=f"await call('{LISTS}')"))
        await stage.arrived(1)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        async with asyncio.timeout(5):
            assert (await stage.ask("akamai_query", program="7")).content["body"] == 7


def told(line: dict[str, Any]) -> dict[str, Any]:
    """What a line of the audit trail says but its digests, its identifier and its times."""
    return {name: value for name, value in line.items() if name not in {"id", "time", "seconds", "arguments", "question"}}


async def test_the_audit_trail_has_the_agreement_each_change_and_the_end(open_stage: OpenStage, tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    async with open_stage(audit_file=trail) as stage:
        asked = await stage.ask("akamai_run", program=TIDY)
        await stage.ask("akamai_run", confirm=asked.content["confirm"])
    lines = [json.loads(line) for line in trail.read_text().splitlines()]
    agreed = [line for line in lines if line["operation"] == "program"]
    whose = {"who": "local", "customer": "default", "operation": "program", "run": asked.content["run"]}
    plan = whose | {"effect": "destroy", "method": "PLAN", "target": "34 changes"}
    assert [told(line) for line in agreed] == [
        plan | {"decision": "refused", "reason": "The call needs a confirmation"},
        plan | {"decision": "allowed", "reason": "the user agreed to the plan"},
        whose | {"effect": "write", "method": "RUN", "target": asked.content["run"], "decision": "allowed"},
    ]
    assert ["question" in line for line in agreed] == [True, True, False]
    assert lines[-1] == agreed[-1]
    assert sum(line["operation"] == "network-lists/v2#delete-network-list" for line in lines) == 14


async def test_a_change_that_is_never_awaited_is_told_and_not_made(stage: Stage) -> None:
    reply = await stage.ask("akamai_run", program=f"import asyncio\nt = {DELETE[6:]}\nawait asyncio.sleep(0.05)\n1")
    assert (reply.failed, methods(stage)) == (False, [])


def deletes(count: int) -> str:
    return f"for i in range({count}):\n    await call('network-lists/v2#delete-network-list', {{'networkListId': f'{{i}}_A'}})"


async def test_as_many_changes_one_after_the_other_as_there_are_calls_are_planned_and_made(open_stage: OpenStage) -> None:
    async with open_stage(program_calls=30) as stage:
        asked = await stage.ask("akamai_run", program=deletes(30))
        assert "30 changes" in asked.content["would"]
        done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert (done.failed, done.content["changes"]) == (False, {"done": 30})


async def test_a_program_that_means_more_changes_than_it_may_make_makes_none(open_stage: OpenStage) -> None:
    async with open_stage(program_calls=30, confirm="never") as stage:
        reply = await stage.refused("akamai_run", program=deletes(31))
        assert "means more changes" in reply.problem


async def test_reads_of_looking_ahead_take_nothing_from_the_programs_own(open_stage: OpenStage) -> None:
    async with open_stage(program_calls=12, cache=False) as stage:
        program = f"{DELETE}\nfor i in range(10):\n    await call('{LISTS}', {{'search': str(i)}})\n'end'"
        asked = await stage.ask("akamai_run", program=program)
        assert "It may mean more" not in asked.content["would"]
        done = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert (done.failed, done.content["body"], done.content["calls"], done.content["readAhead"]) == (False, "end", 11, 10)


async def test_a_program_that_polls_for_the_outcome_of_a_change_is_not_followed_on_and_on(stage: Stage) -> None:
    program = f"import asyncio\n{DELETE}\nwhile True:\n    await asyncio.sleep(30)\n    await call('{LISTS}')"
    asked = await stage.ask("akamai_run", program=program)
    assert "waits for something that a change brings about" in asked.content["would"]
    assert set(methods(stage)) <= {"GET"}
    assert len(methods(stage)) <= 20


async def test_a_question_after_changes_says_what_was_changed_and_never_that_nothing_was_sent(stage: Stage) -> None:
    asked = await stage.ask("akamai_run", program=TWO_FACED)
    assert methods(stage) == ["PUT"]
    assert ("sent" in asked.content, asked.content["changes"]) == (False, {"done": 1})


async def test_a_refusal_after_changes_says_what_was_changed(open_stage: OpenStage, edgerc: Path, tmp_path: Path) -> None:
    own = tmp_path / ".edgerc"
    own.write_text(edgerc.read_text())
    own.chmod(0o600)
    async with open_stage(edgerc=own) as stage:
        asked = await stage.ask("akamai_run", program=TWO_FACED)
        own.write_text(edgerc.read_text().replace("[default]\n", "[default]\naccount_key = 1-OTHER:1-2RBL\n"))
        reply = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert (reply.failed, methods(stage)) == (True, ["PUT"])
        assert ("sent" in reply.content, reply.content["changes"]) == (False, {"done": 1})


@pytest.mark.parametrize("era", ERAS)
async def test_a_decline_after_changes_says_what_was_changed(open_with_user: OpenWithUser, era: str) -> None:
    async with open_with_user(era, FakeUser("decline")) as stage:
        reply = await stage.ask("akamai_run", program=TWO_FACED)
        assert (reply.failed, methods(stage)) == (True, ["PUT"])
        assert ("sent" in reply.content, reply.content["changes"]) == (False, {"done": 1})


async def test_a_plan_that_may_hold_a_credential_is_stored_nowhere(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        program = f"await call('edgekv/v1#get-token', {{'tokenName': 't'}})\n{deletes(5)}"
        plain = await stage.ask("akamai_run", program=deletes(5), dryRun=True)
        assert plain.content["wholePlan"]
    async with open_stage() as stage:
        program = f"token = await call('edgekv/v1#get-token', {{'tokenName': 't'}})\nx = token['value']\n{deletes(5)}"
        asked = await stage.ask("akamai_run", program=program)
        again = await stage.ask("akamai_run", confirm=asked.content["confirm"])
        assert "5 changes" in again.content["would"]
        assert "whole plan" not in again.content["would"]


async def test_what_a_plan_still_had_when_its_program_failed_is_counted(stage: Stage) -> None:
    stage.fake.faults.add(
        Fault(method="DELETE", status=204), Fault(method="DELETE", status=204), Fault(method="DELETE", status=403)
    )
    asked = await stage.ask("akamai_run", program=TIDY)
    assert "notMade" not in asked.content
    failed = await stage.ask("akamai_run", confirm=asked.content["confirm"])
    assert (failed.failed, failed.content["changes"], failed.content["notMade"]) == (True, {"done": 22, "failed": 1}, 11)
