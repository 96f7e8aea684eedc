"""`akamai-mcp run FILE|-|@NAME`: a program from the command line, on the same path as akamai_query and akamai_run."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from akamai_mcp.calls.controls import MOST_BYTES
from akamai_mcp.cli.call import agrees
from akamai_mcp.cli.own_parts import own_parts, programs_of
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.cli.printing.messages import name_commands
from akamai_mcp.edgegrid.operator_files import read_text
from akamai_mcp.errors import AkamaiMcpError, ArgumentError, ConfirmationMissing, ConfirmationRequired
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.durable.keeping import TITLE_CHARACTERS
from akamai_mcp.programs.requests import PROGRAM, ProgramRequest
from akamai_mcp.programs.service import Programs
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.outcomes.waiting import Report, no_report

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts

Begin = Callable[[Report], Awaitable[Answer]]
FROM_LIBRARY: Final = "@"
AGREE: Final = "To carry it out: `akamai-mcp runs go-on {} --yes`."


def run(options: argparse.Namespace) -> int:
    """Run a program and print its result: rows as a table on a terminal, else JSON; return 1 if it failed."""
    source = options.program if options.program.startswith(FROM_LIBRARY) else read_source(options.program)
    return show_answer(asyncio.run(_run(source, options)))


def show_answer(answer: Answer) -> int:
    """Print the answer of a program, and return the exit status."""
    answer = for_a_terminal(answer)
    rows = rows_of(answer)
    if rows and sys.stdout.isatty():
        from akamai_mcp.cli.printing.tables import print_rows  # rich takes 30 ms, and none for JSON

        print_rows(rows, {name: value for name, value in answer.content.items() if name != "body"})
    else:
        print(to_json(answer.content))
    return int(answer.is_error)


def for_a_terminal(answer: Answer) -> Answer:
    """The answer with advice that names commands."""
    advice = answer.content.get("advice")
    return replace(answer, content=answer.content | {"advice": name_commands(advice)}) if isinstance(advice, str) else answer


def read_source(name: str) -> str:
    """The text of a program; `-` reads standard input. Raises ArgumentError."""
    try:
        return sys.stdin.read() if name == "-" else read_text(Path(name))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8, or too large"
        raise ArgumentError(f"{name} cannot be read ({why}).", advice="Name a file, -, or @NAME of the library.") from error


def title_of(name: str) -> str:
    """What a run of a file is listed as: its name without the end, as far as a terminal shows it."""
    return PROGRAM if name == "-" else clean(Path(name).stem, TITLE_CHARACTERS) or PROGRAM


def read_inputs(pairs: Sequence[str], text: str, schemas: Mapping[str, Json]) -> dict[str, Any]:
    """The inputs of a JSON object and of `name=value`, which is text unless its schema says otherwise. Raises ArgumentError."""
    inputs = _parse("--inputs", text)
    if not isinstance(inputs, dict):
        raise ArgumentError("--inputs is not an object.", advice='Name each input: --inputs \'{"zone": "example.com"}\'.')
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise ArgumentError(f"--input {pair!r} has no name and value.", advice="Write --input name=value.")
        is_text = schemas.get(name, {}).get("type", "string") == "string"
        inputs[name] = value if is_text else _parse(f"--input {name}", value)
    return inputs


def _parse(option: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(f"{option} is not valid JSON ({error}).", advice="Quote it for the shell.") from error


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """The rows of a result that is a list of objects, else none."""
    body = answer.content.get("body")
    if answer.is_error or not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        return []
    return body


async def _run(source: str, options: argparse.Namespace) -> Answer:
    async with own_parts() as parts:
        try:
            return await _run_with(parts, source, options)
        except AkamaiMcpError as error:
            return to_error_answer(error)


async def _run_with(parts: Parts, source: str, options: argparse.Namespace) -> Answer:
    programs = programs_of(parts)
    schemas = programs.library.get(source).properties if source.startswith(FROM_LIBRARY) else {}
    request = ProgramRequest(
        source=source,
        inputs=read_inputs(options.input, options.inputs, schemas),
        customer=options.customer,
        max_bytes=MOST_BYTES,
        dry_run=options.plan,
        title=title_of(options.program),
    )
    if parts.visibility.view().effects <= {"read"}:
        with shown_progress() as report:
            return await programs.query(request, report)
    return await to_end(programs, partial(programs.run, request), yes=options.yes)


async def to_end(programs: Programs, begin: Begin, *, yes: bool) -> Answer:
    """Run a program from plan to plan, each of which the user agrees to. Raises AkamaiMcpError."""
    answer = await _part(begin)
    while "confirm" in answer.content:
        if not (yes or agrees(str(answer.content["would"]))):
            return _unconfirmed(answer)
        answer = await _part(partial(programs.go_on, str(answer.content["confirm"])))
    return answer


async def _part(begin: Begin) -> Answer:
    """The program up to its next plan or its end; what asks for an agreement is an answer here."""
    with shown_progress() as report:
        try:
            return await begin(report)
        except ConfirmationRequired as needed:
            return to_error_answer(needed)


def _unconfirmed(asked: Answer) -> Answer:
    """The answer where nobody agreed: what was changed before the plan is still told."""
    refusal = to_error_answer(ConfirmationMissing(str(asked.content["would"])))
    facts = {name: value for name, value in asked.content.items() if name not in {"confirm", "would"}}
    content = facts | refusal.content
    if "changed" in facts:
        del content["sent"]
    if "run" in facts:  # from its beginning it would read, and perhaps change, everything once more
        content["advice"] = AGREE.format(facts["run"])
    return replace(refusal, content=content)


@contextmanager
def shown_progress() -> Iterator[Report]:
    """Show on a terminal what a program reports: how much it did, not how much is left, which nobody knows."""
    if not sys.stderr.isatty():
        yield no_report
        return
    from rich.console import Console  # 30 ms, on a terminal alone
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=30), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        async def report(_done: float, _total: float | None, message: str) -> None:
            progress.update(task, description=message)

        yield report
