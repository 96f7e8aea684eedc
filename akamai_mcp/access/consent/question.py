"""The question before a call that needs consent: what will be sent, in words that no argument can imitate.

The same text stands in the client's dialog, in a refusal and in a dry run. It is written from the built request: method,
path, customer and account first, then the values that decide the effect, then the others. Names and values are quoted JSON
strings in which every character that could act or reorder the text is escaped.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import Any, Final

from akamai_mcp.access.action import Action
from akamai_mcp.catalogue.effects import Decisive, Mark, fold_name
from akamai_mcp.openapi.visible_text import is_hidden
from akamai_mcp.request.builder import Request
from akamai_mcp.request.inspection.values import (
    MAX_VALUES,
    Opaque,
    SentValue,
    digest_content,
    digested_headers,
    has_files,
    read_values,
)
from akamai_mcp.request.redaction import REDACTED, is_secret_header, is_secret_name, redact_private_keys, redact_target

# All in characters, or in lines: what a person can take in, and no dialog has to scroll far.
MAX_TEXT: Final = 2400
MAX_PATH: Final = 500
MAX_NAME: Final = 60
MAX_VALUE: Final = 120
MAX_DECIDING: Final = 12
MAX_READINGS: Final = 3
RESERVED: Final = 60  # for a line that says how many values are not shown
NOT_BUILT: Final = "only a built request can be asked about"
_SIMPLE: Final = re.compile(r"[ !#-\[\]-~]*\Z")  # printable ASCII that JSON does not escape
# Letters of other directions move their neighbours on the screen (Unicode Standard Annex 9), so they are escaped.
_LEFT_TO_RIGHT: Final = frozenset({"L", "EN", "ES", "ET", "CS", "ON"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The text for a person, and a digest of everything that the call would send."""

    text: str
    digest: str


async def draw_question(action: Action) -> Question:
    """The question for an action; files that it sends are read in a thread. Raises BodyError if one cannot be read."""
    assert action.request is not None, NOT_BUILT
    if has_files(action.request):
        return await asyncio.to_thread(write_question, action)
    return write_question(action)


def write_question(action: Action) -> Question:
    """Describe what an action sends, in at most 2,400 characters, and digest it."""
    request = action.request
    assert request is not None, NOT_BUILT
    values = read_values(request)
    names = {fold_name(one.name.rpartition(".")[2]) for one in action.decisive}
    # A value under a name like a deciding one comes first, so that no number of others can push it out.
    values.sort(key=lambda value: not any(fold_name(str(step)) in names for step in value.steps))
    lines = [*_head(action, request)]
    deciding = _deciding_lines(action.decisive)
    lines += _fitted(deciding[:MAX_DECIDING], _room(lines) - RESERVED, len(deciding), "values that decide")
    lines += _fitted(_value_lines(values), _room(lines), len(values), "values")
    return Question(text="\n".join(lines), digest=_digest(action, request))


def _digest(action: Action, request: Request) -> str:
    sent = [request.method, request.target, digested_headers(request), digest_content(request)]
    facts = [action.customer, action.operation, *sent]
    return sha256(json.dumps(facts).encode()).hexdigest()


def quote(text: str, longest: int = MAX_VALUE) -> str:
    """A text as a JSON string of printable characters; one that takes more of them is cut, and says its length."""
    # What is escaped takes up to twelve characters, so the length is that of what is shown.
    if len(text) <= longest and _SIMPLE.match(text):
        return f'"{text}"'
    pieces = [character if _is_plain(character) else _escaped(character) for character in text[:longest]]
    ends = list(accumulate(map(len, pieces)))
    kept = pieces[: bisect_right(ends, longest)]
    return f'"{"".join(kept)}"' + ("" if len(kept) == len(text) else f"... ({len(text):,} characters)")


def _is_plain(character: str) -> bool:
    return (
        character not in {'"', "\\"}
        and not is_hidden(character)
        and unicodedata.category(character).startswith(("L", "N", "P", "S"))
        and unicodedata.bidirectional(character) in _LEFT_TO_RIGHT
    )


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


def _head(action: Action, request: Request) -> Iterator[str]:
    account = " with its account switch key" if action.switched else ""
    yield f"{request.method} {_path(request)} for customer {quote(action.customer, MAX_NAME)}{account}: {action.effect}."
    yield f"Operation: {quote(action.summary)}."
    for other in action.others[:MAX_READINGS]:
        yield f"A server may read the path as: {quote(other.summary)}."
    if action.reveals:
        yield "The answer contains credentials."
    if request.method == "PUT" if action.replaces is None else action.replaces:
        yield f"{request.method} replaces the resource: what is left out is lost."


def _path(request: Request) -> str:
    """The path as it is sent, which is ASCII; a long one is cut in the middle, since its end says what it addresses."""
    path = redact_target(request.path)
    if len(path) <= MAX_PATH:
        return path
    half = MAX_PATH // 2
    return f"{path[:half]} ... {path[-half:]} ({len(path):,} characters)"


def _deciding_lines(decisive: tuple[Decisive, ...]) -> list[str]:
    """Each distinct deciding value once, the harmful ones first."""
    counts = Counter((one.harmless, one.name, _shown(one.value)) for one in decisive)
    return [
        f"Decides: {name} is {value}{f' ({count:,} times)' if count > 1 else ''}."
        for (_, name, value), count in sorted(counts.items())
    ]


def _value_lines(values: list[SentValue]) -> Iterator[str]:
    for value in values[:MAX_VALUES]:
        longest = MAX_VALUE if value.location == "part" else MAX_NAME  # a part's headers, in place of a name
        steps = [quote(step, longest) if isinstance(step, str) else f"[{step}]" for step in value.steps]
        shown_steps = [*steps[:2], "...", *steps[-2:]] if len(steps) > 5 else steps  # noqa: PLR2004 - a deep place, cut
        is_secret_step = is_secret_header if value.location == "header" else is_secret_name
        is_secret = any(isinstance(step, str) and is_secret_step(step) for step in value.steps)
        shown = f'"{REDACTED}"' if is_secret and value.value is not None else _shown(value.value)
        yield f"{' '.join([value.location, *shown_steps])}: {shown}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quote(redact_private_keys(value))
    if isinstance(value, Opaque):
        return f"{value.size:,} bytes with SHA-256 {value.digest}"
    if isinstance(value, Mark):
        return repr(value).lower()
    return _cut(json.dumps(value))


def _cut(text: str) -> str:
    """JSON that is written with ASCII characters alone; a longer one is cut, and says its length."""
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}... ({len(text):,} characters)"


def _room(lines: list[str]) -> int:
    """The characters that are left, without a line that says how many values there are beside those shown."""
    return MAX_TEXT - RESERVED - sum(len(line) + 1 for line in lines)


def _fitted(lines: Iterable[str], room: int, total: int, what: str) -> Iterator[str]:
    """As many lines as fit, and how many of all are left out."""
    shown = 0
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown += 1
        yield line
    if shown < total:
        yield f"And {'more than ' if total > MAX_VALUES else ''}{min(total, MAX_VALUES) - shown:,} more {what}."
