"""What the guide says of an operation that starts work: which end its caller wants, and where to watch for it.

`until: [ACTIVATED]` names the words that end it, of those that are `done` for the operation that shows the outcome: after an
activation `DEACTIVATED` is no success. `until: {body.activationType: {ACTIVATE: [ACTIVE]}}` lets an argument decide, and
`watch: {body.networks: {STAGING: stagingStatus}}` in the same way where the state is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from akamai_mcp.catalogue.outcomes.progress import MAX_WORD, fold

Words = tuple[str, ...]
# Words, or for an argument the words that go with each of its values.
Aim = Words | Mapping[str, Mapping[str, Words]]
NO_AIM: Final[Aim] = ()


def parse_aim(note: Any) -> Aim:
    """Return an `until` or `watch` of a guide or an `x-guide`; empty if there is none, or one without a meaning."""
    if note is None or next(aim_problems("", note), None) is not None:
        return NO_AIM
    if not isinstance(note, Mapping):
        return tuple(map(str, note))
    return {name: {str(value): _words(words) for value, words in values.items()} for name, values in note.items()}


def aim_problems(name: str, note: Any) -> Iterator[str]:
    """Yield what is wrong with an `until` or `watch`, called by its name; an absent one is right."""
    if note is None or _is_words(note):
        return
    if not isinstance(note, Mapping) or not all(isinstance(values, Mapping) for values in note.values()):
        yield f"{name} is neither a list of words nor an argument with words for its values"
        return
    pairs = [pair for values in note.values() for pair in values.items()]
    wrong = [value for value, words in pairs if not (isinstance(words, str) or _is_words(words))]
    yield from (f"{name} has no words for {str(value)[:MAX_WORD]!r}" for value in wrong)


def choose(aim: Aim, argument: Callable[[str], Any]) -> Words:
    """Return the words that an aim means for a call; `argument` returns the value of a named argument, or None."""
    if not isinstance(aim, Mapping):
        return aim
    found: list[str] = []
    for name, by_value in aim.items():
        given = argument(name)
        chosen = {fold(value) for value in (given if isinstance(given, list) else [given])}
        found += [word for value, words in by_value.items() if fold(value) in chosen for word in words]
    return tuple(dict.fromkeys(found))


def _words(note: Any) -> Words:
    return (note,) if isinstance(note, str) else tuple(map(str, note))


def _is_words(note: Any) -> bool:
    return isinstance(note, list | tuple) and all(isinstance(word, str | int) and len(str(word)) <= MAX_WORD for word in note)
