"""`akamai-mcp call NAME --json '{...}'`: one call from the command line, on the same path as a tool call."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace

import orjson

from akamai_mcp.calls.controls import (
    CONFIRM,
    CUSTOMER,
    DRY_RUN,
    MOST_BYTES,
    PAGES,
    PAGINATE,
    SELECT,
    WAIT,
    Controls,
)
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.cli.arguments.pairs import read_pairs
from akamai_mcp.cli.own_parts import own_parts
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.errors import AkamaiMcpError, ArgumentError, ConfirmationMissing, ConfirmationRequired
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.shaping import BODIES


def call(options: argparse.Namespace) -> int:
    """Call an operation and print its answer as JSON; return 1 if it failed."""
    if options.pairs:
        advice = f"Write {' '.join(f'--arg {shlex.quote(pair[:80])}' for pair in options.pairs[:5])}."
        raise ArgumentError("Arguments of an operation are given by --arg or --json.", advice=advice)
    answer = asyncio.run(
        _call(options.name, read_arguments(options.json) | chosen_controls(options), options.arg, yes=options.yes)
    )
    print(to_json(whole_content(answer)))
    return int(answer.is_error)


def chosen_controls(options: argparse.Namespace) -> dict[str, object]:
    """The controls that have an option of their own."""
    given = {
        CUSTOMER: options.customer,
        DRY_RUN: options.dry_run,
        SELECT: options.select,
        PAGINATE: options.paginate,
        PAGES: options.max_pages,
        WAIT: options.wait,
    }
    return {control.name: value for control, value in given.items() if value}


def whole_content(answer: Answer) -> dict[str, object]:
    """Return the answer with its binary content inline, because the command line has no attachments and stores nothing."""
    if answer.attachment is None:
        return answer.content
    name = next(name for name in BODIES if name in answer.content)
    facts = {key: value for key, value in answer.content[name].items() if key not in {"whole", "advice"}}
    return answer.content | {name: facts | {"base64": answer.attachment.base64}}


def read_arguments(text: str) -> dict[str, object]:
    """Parse the arguments of a call from a JSON object; `-` reads standard input. Raises ArgumentError."""
    try:
        arguments = orjson.loads(sys.stdin.buffer.read() if text == "-" else text)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(
            f"--json is not valid JSON ({error}).", advice="Quote it for the shell: --json '{\"limit\": 5}'."
        ) from error
    if not isinstance(arguments, dict):
        raise ArgumentError("--json is not an object.", advice='Name each argument: --json \'{"zone": "example.com"}\'.')
    return arguments


async def _call(name: str, arguments: dict[str, object], pairs: Sequence[str], *, yes: bool) -> Answer:
    async with own_parts() as parts:
        try:
            entry = parts.catalogue.get(name)
            if pairs:
                arguments = read_pairs(pairs, parts.catalogue.operation(entry), arguments)
            answer = await _agreed_call(parts.invoker, entry, arguments, yes=yes)
            return await _with_bytes(parts.invoker, answer)
        except AkamaiMcpError as error:
            return to_error_answer(error)


async def _with_bytes(invoker: Invoker, answer: Answer) -> Answer:
    """The answer with the bytes of its file, which end with this process if they are not printed."""
    if answer.attachment is None or answer.attachment.base64:
        return answer
    stored = await invoker.stored.read(f"{answer.attachment.uri}?embed=true", Controls(max_bytes=MOST_BYTES))
    return replace(answer, attachment=stored.attachment) if stored.attachment else answer


async def _agreed_call(invoker: Invoker, entry: Entry, arguments: dict[str, object], *, yes: bool) -> Answer:
    """Make the call; if it needs a confirmation and the user agrees, repeat it with the token. Raises AkamaiMcpError."""
    try:
        return await invoker.call(entry, arguments)
    except ConfirmationRequired as needed:
        if not (yes or agrees(needed.line)):
            raise ConfirmationMissing(needed.line) from None
        return await invoker.call(entry, arguments | {CONFIRM.name: needed.token})


def agrees(line: str) -> bool:
    """Ask the user at the terminal; without a terminal the answer is no."""
    if not sys.stdin.isatty():
        return False
    print(f"{line}\nContinue? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
