"""What a program leads to, as an answer: its result or its error, the calls it made and what it changed. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.audit.line import to_time
from akamai_mcp.pipeline.limits import KnownLimit
from akamai_mcp.programs.changes import describe_made
from akamai_mcp.programs.charts.chart import MARK, chart_of
from akamai_mcp.programs.charts.drawing import draw_chart
from akamai_mcp.programs.events import ProgramFailed
from akamai_mcp.programs.host import Tally
from akamai_mcp.programs.values import to_json
from akamai_mcp.result.answer import Answer

MAX_TEXT: Final = 2000  # characters of an error, and of the line that it is in
MOST_LIMITS: Final = 20
MAX_CAUSE: Final = 64 * 1024  # characters of the answer of a failed call
HINTS: Final[Mapping[str, str]] = {
    "NameError": "In scope are call, search, describe, chart, inputs and the built-in functions; "
    "import asyncio, json, re or datetime.",
    "NotImplementedError": "The language is a subset of Python: use what it has. For failures use call(..., check=False), "
    "since asyncio.gather takes no keywords.",
    "SyntaxError": "Correct the program: it is plain Python with await at the top level.",
    "MemoryError": "Keep less at a time: give call a select, and return only what is asked for.",
    "TimeoutError": "Do less in one program, or split its input.",
    "TooManyCalls": "Narrow the input, or split the work into several programs.",
    "KeyError": "Look at one answer first: describe(name) shows its shape.",
    "TypeError": "Look at one answer first: describe(name) shows its shape.",
    "AttributeError": "Look at one answer first: describe(name) shows its shape.",
}
OTHERWISE: Final = "Correct the line and run the program again."
GO_ON: Final = 'It has not ended: call akamai_run with {{"run": "{}"}} when it is due. It goes on from there and repeats nothing.'
AFTER_CHANGES: Final = "Some changes were made: see `changed`, and do not repeat them."


def to_result(value: Any, tally: Tally, printed: str, *, unmade: int = 0) -> Answer:
    """The answer of a program that ended well; `unmade` counts changes whose answer it never waited for."""
    body = to_json(value)
    content: dict[str, Any] = {"body": body, **_facts(tally, printed)}
    if unmade:
        content["note"] = f"{unmade} change(s) were not made, because the program did not await them."
    chart = chart_of(body)
    if chart is None:
        return Answer(content=content)
    table = content | {"body": body["rows"], MARK: body[MARK]}
    return Answer(content=table, picture=b64encode(draw_chart(chart)).decode())


def to_error(failure: ProgramFailed, tally: Tally, printed: str, *, unmade: int = 0) -> Answer:
    """The answer of a program that failed: where and why, and what it had changed by then."""
    cause = _cause(failure.text)
    at = {"line": failure.line, "code": failure.code[:MAX_TEXT]} if failure.line else {}
    detail = f"{failure.kind}: {failure.text[:MAX_TEXT]}" if cause is None else _of_cause(cause)
    content: dict[str, Any] = {"problem": {"title": "The program failed", "detail": detail, **at}}
    if cause is not None:
        content["cause"] = cause
    content["advice"] = AFTER_CHANGES if tally.made else _advice(failure, cause)
    content |= _facts(tally, printed)
    if unmade:
        content["notMade"] = unmade
    if not tally.made:
        content["sent"] = False
    return Answer(content=content, is_error=True)


def with_limits(answer: Answer, tally: Tally, known: Iterable[tuple[KnownLimit, float]]) -> Answer:
    """The answer with what is left of the request limits of the APIs that the program called, where Akamai told."""
    called = {(source.customer, source.operation.partition("#")[0]) for source in tally.sources}
    left = [one.as_json(seconds) for one, seconds in known if (one.customer, one.api) in called]
    return replace(answer, content=answer.content | {"rateLimits": left[:MOST_LIMITS]}) if left else answer


def to_interruption(refusal: Answer, tally: Tally, printed: str, *, unmade: int = 0) -> Answer:
    """The answer of a program that is refused or asked about: after it changed something, `sent` would be untrue in it."""
    left_out = {"sent"} if tally.made else set()
    content = {name: value for name, value in refusal.content.items() if name not in left_out} | _facts(tally, printed)
    return replace(refusal, content=content | ({"notMade": unmade} if unmade else {}))


def to_pause(run: Mapping[str, str], due: float, tally: Tally, printed: str) -> Answer:
    """The answer of a program that goes on later."""
    content = {**run, "status": "paused", "due": to_time(due), "advice": GO_ON.format(run["run"])}
    return Answer(content=content | _facts(tally, printed))


def _advice(failure: ProgramFailed, cause: Mapping[str, Any] | None) -> str:
    return str(cause["advice"]) if cause and "advice" in cause else HINTS.get(failure.kind, OTHERWISE)


def _cause(text: str) -> Mapping[str, Any] | None:
    """The answer of the failed call, which the error's text is."""
    try:
        value = json.loads(text) if len(text) <= MAX_CAUSE else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and ("problem" in value or "advice" in value) else None


def _of_cause(cause: Mapping[str, Any]) -> str:
    is_call = "status" in cause or "requestId" in cause
    return "A call failed; `cause` is its answer." if is_call else "What it asked for was refused; `cause` says why."


def _facts(tally: Tally, printed: str) -> dict[str, Any]:
    ahead = {"readAhead": tally.ahead} if tally.ahead else {}
    return {"calls": tally.calls, **ahead, **describe_made(tally.made), **({"printed": printed} if printed else {})}
