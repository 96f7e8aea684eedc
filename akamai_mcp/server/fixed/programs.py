"""The two tools of programs: `akamai_query`, which only reads, and `akamai_run`, which may change things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.access.consent.decision import current_agreement
from akamai_mcp.calls.controls import BYTES, CONFIRM, CUSTOMER, DRY_RUN, read_controls
from akamai_mcp.errors import ArgumentError
from akamai_mcp.programs.library.program import QUERY_TOOL, RUN_TOOL
from akamai_mcp.programs.requests import ProgramRequest
from akamai_mcp.programs.service import Programs
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.fixed.tool import Argument, FixedTool, control_argument, fixed_tool
from akamai_mcp.server.tool_results import report_progress

QUERY: Final = QUERY_TOOL
RUN: Final = RUN_TOOL
LONGEST: Final = 1024 * 1024  # characters; the operator's own bound is checked after it
PROGRAM: Final = Argument(name="program", kind="string", about="Python source, or @name of the library", longest=LONGEST)
INPUTS: Final = Argument(name="inputs", kind="object", about="Values that the program has as inputs")
RUN_NAME: Final = Argument(name="run", kind="string", about="Name of a run to go on with, in place of a program")
NO_DRY_RUN: Final = "dryRun is of a program: to go on with one, by run or confirm, sends what was agreed to."
TWO: Final = "Both a program and the name of a run are given."
NEITHER: Final = "Neither a program, the name of a run nor a token is given."
EXAMPLE: Final = (
    "In scope: `await call(name, {arguments}, select=None, check=True, customer=None)` returns the whole body with all pages "
    "and raises on failure (check=False: returns status and problem); `await search(text)`; `await describe(name)`; "
    "`await find(text, kind)` as akamai_find; inputs; "
    "chart(rows, x, y, kind) as the result for a picture; "
    "asyncio.gather (no keywords), json, re, datetime. The last expression or return is the result."
)


def program_tools(programs: Programs) -> tuple[FixedTool, ...]:
    """The tools of programs."""
    shared = (control_argument(BYTES), control_argument(CUSTOMER))
    return (
        fixed_tool(
            QUERY,
            "Query Akamai with a program",
            "Run a Python program (a subset, sandboxed) that makes many reads in one call: for questions about all of something. "
            + EXAMPLE,
            (_required(PROGRAM), INPUTS, *shared),
            _query(programs),
            open_world=True,
        ),
        fixed_tool(
            RUN,
            "Change Akamai with a program",
            "As akamai_query, but the program may change things. Its changes are planned first, and the user is asked once for "
            "the whole plan: in a dialog, or by a refusal with a token; then call it again with confirm alone. "
            "dryRun shows the plan. What takes longer is paused: go on with run.",
            (PROGRAM, INPUTS, RUN_NAME, control_argument(DRY_RUN), *shared, control_argument(CONFIRM)),
            _run(programs),
            effect="destroy",
            open_world=True,
        ),
    )


def _query(programs: Programs) -> Any:
    async def query(arguments: Mapping[str, Any]) -> Answer:
        return await programs.query(_request(arguments), report_progress)

    return query


def _run(programs: Programs) -> Any:
    async def run(arguments: Mapping[str, Any]) -> Answer:
        agreement = current_agreement()
        token = agreement.state if agreement.way == "dialog" else str(arguments.get("confirm", ""))
        if arguments.get("dryRun") and (token or "run" in arguments):
            raise ArgumentError(NO_DRY_RUN, advice="Leave out dryRun, or look at akamai://runs.")
        if token:
            return await programs.go_on(token, report_progress)
        if "run" in arguments and "program" in arguments:
            raise ArgumentError(TWO, advice="Set run to go on with a run, or program to begin another one.")
        if "run" in arguments:
            return await programs.resume(str(arguments["run"]), report_progress)
        if "program" not in arguments:
            raise ArgumentError(NEITHER, advice="Set program, run, or confirm from the refusal.")
        return await programs.run(_request(arguments), report_progress)

    return run


def _request(arguments: Mapping[str, Any]) -> ProgramRequest:
    controls = read_controls(arguments)
    return ProgramRequest(
        source=str(arguments["program"]),
        inputs=arguments.get("inputs") or {},
        customer=controls.customer,
        max_bytes=controls.max_bytes,
        dry_run=controls.dry_run,
    )


def _required(argument: Argument) -> Argument:
    return replace(argument, required=True)
