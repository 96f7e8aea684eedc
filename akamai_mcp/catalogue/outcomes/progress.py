"""What the guide says of an operation that shows the state of work: where the state is, and what each of its words means.

`progress: {at: [statusInfo.state], pending: [running], done: [completed], failed: [error], needs: [awaiting-input]}`. An empty
`at` says that nothing in the answer shows the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

State = Literal["pending", "done", "failed", "needs-the-user", "unknown"]
# In a guide `needs` is short for `needs-the-user`. The first kind with a word in an answer counts: what a person has to do
# cannot wait for the rest, and work with one pending part has not ended.
KINDS: Final[Mapping[str, State]] = {"needs": "needs-the-user", "pending": "pending", "failed": "failed", "done": "done"}
MAX_WORD: Final = 200
MAX_WORDS: Final = 60  # of one kind; no operation has half as many


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNote:
    """Where an answer shows the state of work, and what the words there mean.

    `at` are dotted paths into the body, `items[].status` for each item of a list. `match` gives the members by which an item
    of a list is known as the one that the call was about, and the arguments of that call. `absent` is the state if no path
    leads to a word. `wants` leads to the names of the input that a person has to give, and `answer_with` is the key of the
    operation that takes it.
    """

    at: tuple[str, ...]
    needs: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    match: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""
    wants: str = ""
    answer_with: str = ""

    def state_of(self, word: str) -> State:
        """Return what a word means, compared without case; unknown if the note does not have it."""
        plain = fold(word)
        return next((state for kind, state in KINDS.items() if plain in map(fold, getattr(self, kind))), "unknown")


_LISTS: Final = frozenset({"at", *KINDS})
_TEXTS: Final = frozenset({"wants", "answer_with"})
FACTS: Final = frozenset({*_LISTS, *_TEXTS, "match", "absent"})


def fold(word: object) -> str:
    """Return a word as it is compared: without case, a space or hyphen as an underscore."""
    return str(word).strip().lower().replace(" ", "_").replace("-", "_")


def parse_progress(note: Any) -> ProgressNote | None:
    """Return the note of a guide or an `x-guide`; None if there is none, or one that `progress_problems` complains of."""
    if note is None or next(progress_problems(note), None) is not None:
        return None
    lists: dict[str, Any] = {name: tuple(map(str, note.get(name, ()))) for name in _LISTS}
    return ProgressNote(**lists, **{name: note[name] for name in FACTS - _LISTS if note.get(name)})


def progress_problems(note: Any) -> Iterator[str]:
    """Yield what is wrong with a note on progress; an absent one is right."""
    if note is None:
        return
    if not isinstance(note, Mapping) or not isinstance(note.get("at"), list | tuple):
        yield "progress does not say where the state is: it needs `at`, a list of paths"
        return
    for name, value in note.items():
        if name not in FACTS:
            yield f"progress has no fact {str(name)[:MAX_WORD]!r}: its facts are {', '.join(sorted(FACTS))}"
        elif not _fits(name, value):
            yield f"progress.{name} cannot be {str(value)[:MAX_WORD]!r}"
    words = [fold(word) for kind in KINDS for word in note.get(kind) or ()]
    yield from (f"progress has the word {word!r} more than once" for word in sorted({w for w in words if words.count(w) > 1}))


def _fits(name: str, value: Any) -> bool:
    if name in _LISTS:
        return isinstance(value, list | tuple) and len(value) <= MAX_WORDS and all(map(_is_word, value))
    if name == "match":
        return isinstance(value, Mapping) and all(map(_is_word, (*value, *value.values())))
    return value in ("", *KINDS) if name == "absent" else value == "" or _is_word(value)


def _is_word(value: Any) -> bool:
    # Words may be numbers and booleans in a document: `isComplete: false`, `app_status: 3`.
    return isinstance(value, str | int) and 0 < len(str(value)) <= MAX_WORD and str(value).isprintable()
