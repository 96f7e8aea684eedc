"""How work stands, read from an answer that shows it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.catalogue.outcomes.aim import Words
from akamai_mcp.catalogue.outcomes.progress import KINDS, ProgressNote, State, fold
from akamai_mcp.result.outcomes.general_words import general_state, is_state_field
from akamai_mcp.result.outcomes.nodes import walk

MAX_WANTED: Final = 10  # kinds of input that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of work, the word that shows it, and the input that is missing."""

    state: State
    word: str = ""
    wanted: Words = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to watch for in the answers that show a call's outcome.

    `argument` returns an argument of the call that started the work, or None. `until` are the words that end it as its caller
    wants, empty if any does. `at` replaces the note's paths. `own` says that the outcome is that of this work alone: what ends
    it in another way has ended it for good, while a resource that others share may not show yet what was asked of it. `removes`
    says that the resource is gone when the work has ended.
    """

    note: ProgressNote | None = None
    argument: Callable[[str], Any] = lambda _: None
    until: Words = ()
    at: Words = ()
    own: bool = True
    removes: bool = False

    @property
    def shows_nothing(self) -> bool:
        """True if nothing in the answers shows the end."""
        return self.note is not None and not self.note.at


def read_progress(body: Any, watch: Watch) -> Progress:
    """Return how work stands by the body of an answer."""
    note = watch.note
    words = [str(word) for word in (_words_at(body, watch.at or note.at, watch) if note else _likely_words(body))]
    judged = [(_judge(word, watch), word) for word in words]
    for state in KINDS.values():
        for found, word in judged:
            if found == state:
                return Progress(state=state, word=word, wanted=_wanted(body, note) if state == "needs-the-user" else ())
    if note and note.absent and body is not None and not words:
        return Progress(state=KINDS[note.absent])
    return Progress(state="unknown", word=words[0] if words else "")


def _judge(word: str, watch: Watch) -> State:
    state = watch.note.state_of(word) if watch.note else "unknown"
    state = general_state(word) if state == "unknown" else state
    if state == "done" and watch.until and fold(word) not in map(fold, watch.until):
        return "failed" if watch.own else "pending"
    return state


def _wanted(body: Any, note: ProgressNote | None) -> Words:
    found = find_at(body, note.wants) if note and note.wants else ()
    return tuple(dict.fromkeys(str(value) for value in found))[:MAX_WANTED]


def _words_at(body: Any, paths: Iterable[str], watch: Watch) -> Iterator[str | int]:
    matching = dict(watch.note.match) if watch.note else {}
    expected = {member: watch.argument(name) for member, name in matching.items()}

    def is_meant(item: Any) -> bool:
        found = {member: next(iter(find_at(item, member)), None) for member in expected}
        return all(found[name] is None or value is None or fold(found[name]) == fold(value) for name, value in expected.items())

    for path in paths:
        yield from (word for word in find_at(body, path, is_meant) if isinstance(word, str | int))


def find_at(value: Any, path: str, keep: Callable[[Any], bool] = lambda _: True) -> Iterator[Any]:
    """Yield the values that a dotted path leads to; `items[].status` passes the items of a list that `keep` is true for."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    if name:
        value = value.get(name) if isinstance(value, Mapping) else None
    found = [item for item in value if keep(item)] if step.endswith("[]") and isinstance(value, list) else [value]
    for item in found:
        if rest:
            yield from find_at(item, rest, keep)
        elif item is not None:
            yield item


def _likely_words(body: Any) -> Iterator[str]:
    for name, value in walk(body):
        if is_state_field(name) and isinstance(value, str | bool):
            yield str(value)
