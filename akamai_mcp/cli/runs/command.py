"""`akamai-mcp runs list|show|go-on|stop`: the programs that are kept, and how they go on."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from akamai_mcp.audit.line import to_time
from akamai_mcp.cli.own_parts import own_parts, programs_of
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.cli.run import show_answer, to_end
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.runs.record import OVER, Run

if TYPE_CHECKING:
    from akamai_mcp.programs.service import Programs
    from akamai_mcp.result.outcomes.waiting import Report

NONE: Final = "nothing is kept."
Work = Callable[["Programs"], Awaitable[Any]]


def list_runs(options: argparse.Namespace) -> int:
    """Show the kept runs, newest first; return 1 if there are none."""

    async def work(programs: Programs) -> list[dict[str, Any]]:
        return [run.as_json() for run in await programs.runs.list(None)]

    rows = asyncio.run(_with_programs(work))
    show_rows(rows, as_json=options.json)
    return int(not rows)


def show(options: argparse.Namespace) -> int:
    """Show one run and its changes as JSON."""

    async def work(programs: Programs) -> dict[str, Any]:
        return await programs.show(options.name, everyone=True)

    print(to_json(asyncio.run(_with_programs(work))))
    return 0


def go_on(options: argparse.Namespace) -> int:
    """Go on with a run, asking for each plan; return 1 if it failed or its plan was not agreed to."""

    async def work(programs: Programs) -> Answer:
        async def begin(report: Report) -> Answer:
            return await programs.resume(options.name, report)

        try:
            return await to_end(programs, begin, yes=options.yes)
        except AkamaiMcpError as error:
            return to_error_answer(error)

    return show_answer(asyncio.run(_with_programs(work)))


def stop(options: argparse.Namespace) -> int:
    """Stop a run: at once, or before its next change if another process drives it; say so if it was over before."""

    async def work(programs: Programs) -> tuple[Run, Run]:
        return await programs.stop(options.name, None)

    was, now = asyncio.run(_with_programs(work))
    if was.status in OVER:
        print(f"it was over before: {was.status}, {to_time(was.updated)}")
    else:
        print("stopped" if now.status == "stopped" else f"{now.status}; a run under way stops before its next change")
    return 0


def history(options: argparse.Namespace) -> int:
    """Show what was changed, newest first; return 1 if nothing was."""

    async def work(programs: Programs) -> list[dict[str, Any]]:
        return (await programs.history(everyone=True))[: options.lines]

    rows = asyncio.run(_with_programs(work))
    show_rows(rows, as_json=options.json)
    return int(not rows)


def show_rows(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Show rows as a table on a terminal, else as lines of JSON."""
    if not rows:
        tell(NONE)
    elif sys.stdout.isatty() and not as_json:
        from akamai_mcp.cli.printing.tables import print_rows  # rich takes 30 ms, and none for JSON

        print_rows(list(rows), {})
    else:
        print("\n".join(to_json(row, indent=False) for row in rows))


async def _with_programs(work: Work) -> Any:
    async with own_parts() as parts:
        programs = programs_of(parts)
        result = await work(programs)
        for reason in programs.runs.notice.values():
            tell(reason)
        return result
