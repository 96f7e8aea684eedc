"""A query makes many reads in one call, and nothing but reads, within its bounds."""

from __future__ import annotations

import asyncio
import sys

import pytest
from mcp_stage import OpenStage, Stage
from programs.programs import DELETE, LISTS

from akamai_mcp.sandbox.faults import Fault

GATHER = """
import asyncio
async def one(i):
    return await call("papi/v1#get-property", {"propertyId": f"prp_{i}", "contractId": "ctr_1", "groupId": "grp_1"})
trees = await asyncio.gather(*[one(i) for i in range(inputs["count"])])
[len(tree["properties"]["items"]) for tree in trees]
"""


@pytest.mark.smoke
async def test_a_query_makes_many_reads_and_returns_its_last_expression(either: Stage) -> None:
    reply = await either.ask("akamai_query", program=GATHER, inputs={"count": 40})
    assert (reply.failed, len(reply.content["body"]), reply.content["calls"]) == (False, 40, 40)
    assert len(either.fake.requests) == 40


@pytest.mark.parametrize(
    ("program", "result"),
    [
        ("1 + 1", 2),
        ("return 5", 5),
        ("for i in range(3):\n    if i == 2:\n        return i\n", 2),
        ("inputs", {"a": [1]}),
        ("x = 1", None),
        ("(1, {2}, {3: None})", [1, [2], {"3": None}]),
        ("import datetime\ndatetime.date(2026, 1, 2)", "2026-01-02"),
        ("float('inf')", "inf"),
        ("2 ** 70", "1180591620717411303424"),
    ],
)
async def test_a_result_is_json(stage: Stage, program: str, result: object) -> None:
    reply = await stage.ask("akamai_query", program=program, inputs={"a": [1]})
    assert (reply.failed, reply.content["body"]) == (False, result)


async def test_what_a_program_prints_is_told_apart_from_its_result(stage: Stage) -> None:
    reply = await stage.ask("akamai_query", program="print('looked at', 3)\n4")
    assert (reply.content["body"], reply.content["printed"]) == (4, "looked at 3\n")


async def test_search_and_describe_are_in_scope(stage: Stage) -> None:
    program = "rows = await search('list network lists')\n[rows[0], (await describe(rows[0]['name']))['callWith']]"
    row, caller = (await stage.ask("akamai_query", program=program)).content["body"]
    assert (row["effect"], caller) == ("read", "akamai_read")


async def test_describe_shows_the_whole_of_one_part(stage: Stage) -> None:
    program = "(await describe('papi/v1#get-property', at='200.properties'))['schema']['type']"
    assert (await stage.ask("akamai_query", program=program)).content["body"] == "object"


async def test_a_function_of_the_host_may_be_put_into_a_variable(stage: Stage) -> None:
    reply = await stage.ask("akamai_query", program=f"f = call\nawait f('{LISTS}')\n1")
    assert (reply.failed, len(stage.fake.requests)) == (False, 1)


@pytest.mark.parametrize(
    ("program", "names"),
    [
        (DELETE, "akamai_netlists_delete_network_list would destroy"),
        ('await call("edgekv/v1#get-token", {"tokenName": "t"})', "akamai_edgekv_get_token would return a credential"),
        ('await call("network-lists/v2#post-network-lists", {"body": {"name": "n", "type": "IP"}})', "would write"),
    ],
)
async def test_a_query_refuses_changes_and_credentials_by_name(stage: Stage, program: str, names: str) -> None:
    reply = await stage.refused("akamai_query", program=program)
    assert names in reply.content["cause"]["problem"]["detail"]
    assert "akamai_run" in reply.advice
    assert reply.content["problem"]["line"] == 1


@pytest.mark.parametrize("name", ["confirm", "dryRun", "maxBytes", "nonsense"])
async def test_a_call_inside_takes_no_control_and_no_unknown_argument(stage: Stage, name: str) -> None:
    for program in (f"await call('{LISTS}', {name}='x')", f"await call('{LISTS}', {{}}, None, True, None, None, 1)"):
        assert "call takes" in (problem := (await stage.refused("akamai_query", program=program)).problem) or name in problem


async def test_a_confirmation_among_the_arguments_is_refused_too(stage: Stage) -> None:
    reply = await stage.refused("akamai_query", program=f"await call('{LISTS}', {{'confirm': 'x'}})")
    assert "asked for all changes" in reply.problem


async def test_a_failed_call_raises_with_the_problem_and_advice_and_names_its_line(stage: Stage) -> None:
    stage.fake.faults.add(Fault(status=403))
    reply = await stage.ask("akamai_query", program=f"x = 1\nawait call('{LISTS}')")
    assert (reply.failed, reply.content["problem"]["line"], reply.content["cause"]["status"]) == (True, 2, 403)
    assert reply.advice == reply.content["cause"]["advice"]


async def test_a_program_may_catch_a_failure_or_look_at_the_whole_answer(stage: Stage) -> None:
    stage.fake.faults.add(Fault(status=404, times=2))
    program = f"""
import json
try:
    await call('{LISTS}')
except RuntimeError as error:
    caught = json.loads(str(error))["status"]
[caught, (await call('{LISTS}', check=False))["status"]]
"""
    assert (await stage.ask("akamai_query", program=program)).content["body"] == [404, 404]


@pytest.mark.parametrize(
    ("program", "kind", "line"),
    [
        ("def f(:", "SyntaxError", 1),
        ("x = 1\n1 / 0", "ZeroDivisionError", 2),
        ("nothing(1)", "NameError", 1),
        ("import os\nos.environ['HOME']", "RuntimeError", 2),
        ("open('/etc/passwd').read()", "Error", 1),
        ("import socket", "Error", 1),
        ("[0] * 10 ** 9", "MemoryError", 1),
        ("10 ** 10 ** 8", "MemoryError", 1),
        ("def f():\n    return f()\nf()", "RecursionError", 2),
    ],
)
async def test_a_program_that_fails_or_reaches_out_ends_with_its_line(stage: Stage, program: str, kind: str, line: int) -> None:
    reply = await stage.refused("akamai_query", program=program)
    assert kind in reply.problem
    assert reply.content["problem"]["line"] == line
    assert reply.advice


async def test_an_endless_program_ends_by_its_processor_time_while_others_are_answered(open_stage: OpenStage) -> None:
    async with open_stage(program_processor_seconds=1.0) as stage:
        endless = asyncio.create_task(stage.ask("akamai_query", program="while True: pass"))
        await asyncio.sleep(0.2)
        async with asyncio.timeout(0.7):
            assert not (await stage.ask("akamai_read", name=LISTS)).failed
        assert not endless.done()
        assert "TimeoutError" in (await endless).problem


async def test_a_program_may_make_so_many_calls_and_no_more(open_stage: OpenStage) -> None:
    async with open_stage(program_calls=5) as stage:
        reply = await stage.ask("akamai_query", program=f"for i in range(9):\n    await call('{LISTS}', {{'search': str(i)}})")
        assert "5 calls" in reply.problem
        assert len(stage.fake.requests) == 5


async def test_a_program_ends_with_its_time(open_stage: OpenStage) -> None:
    async with open_stage(program_seconds=0.5) as stage:
        reply = await stage.ask("akamai_query", program="import asyncio\nawait asyncio.sleep(60)")
        assert "longer than 0.5 s" in reply.problem


async def test_a_program_that_is_too_long_is_refused(open_stage: OpenStage) -> None:
    async with open_stage(program_source_bytes=1024) as stage:
        assert "longer than 1,024 bytes" in (await stage.refused("akamai_query", program="1 " + "#" * 1024)).problem


async def test_a_large_result_is_cut_and_read_by_its_handle(stage: Stage) -> None:
    program = f"await call('{LISTS}')\n[{{'number': i, 'text': 'x' * 50}} for i in range(2000)]"
    reply = await stage.ask("akamai_query", program=program, maxBytes=2000)
    assert len(reply.text) < 3000
    handle = reply.content["_cut"]["whole"]
    assert (await stage.ask("akamai_read", name=handle, select="[1999].number")).content["body"] == 1999


async def test_a_result_that_may_hold_a_credential_is_not_stored(open_stage: OpenStage) -> None:
    async with open_stage(confirm="never") as stage:
        program = 'await call("edgekv/v1#get-token", {"tokenName": "t"})\n["x" * 50] * 2000'
        reply = await stage.ask("akamai_run", program=program, maxBytes=2000)
        assert (reply.failed, "whole" in reply.content["_cut"]) == (False, False)


async def test_twelve_programs_at_once_all_end(open_stage: OpenStage) -> None:
    async with open_stage(programs_at_once=2) as stage:
        asked = (stage.ask("akamai_query", program=GATHER, inputs={"count": 5}) for _ in range(12))
        assert [reply.failed for reply in await asyncio.gather(*asked)] == [False] * 12


async def test_a_program_acts_for_its_customer_or_the_one_that_a_call_names(stage: Stage) -> None:
    program = f"await call('{LISTS}')\nawait call('{LISTS}', customer='default')"
    await stage.ask("akamai_query", program=program, customer="second")
    tokens = [request.header("authorization").split("client_token=")[1].split(";")[0] for request in stage.fake.requests]
    assert tokens[0].startswith("akab-second")
    assert tokens[1] != tokens[0]


async def test_without_the_extra_the_tools_are_not_listed(open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    async with open_stage() as stage:
        names = {tool.name for tool in await stage.client.list_tools()}
        assert not {"akamai_query", "akamai_run"} & names


async def test_an_answer_says_what_is_left_of_the_limits_of_the_apis_that_were_called(stage: Stage) -> None:
    stage.fake.faults.add(Fault(headers={"x-ratelimit-limit": "100", "x-ratelimit-remaining": "80"}))
    first = await stage.ask("akamai_query", program=f"await call('{LISTS}')\n1")
    other = await stage.ask("akamai_query", program="await call('papi/v1#get-contracts')\n1")
    (left,) = first.content["rateLimits"]
    assert (left["customer"], left["api"], left["limit"], left["remaining"]) == ("default", "network-lists/v2", 100, 80)
    assert "rateLimits" not in other.content
