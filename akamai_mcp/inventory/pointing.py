"""Which questions the inventory answers in one call. Pure.

Two rules. Both want every word of the question to be accounted for, so that a word that narrows it ("of this contract", "that
expire") leaves the question to operations and programs:

- all of a kind: a kind of thing, "all" or "every" before it or an "across" somewhere, and nothing that restricts it;
- by name: a hostname, address, e-mail or id, and what is asked is which thing it belongs to, or what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.inventory.note import read_note
from akamai_mcp.catalogue.search.languages.translation import to_english
from akamai_mcp.catalogue.search.questions import question_kind
from akamai_mcp.catalogue.search.terms import word_set
from akamai_mcp.inventory.matching.question import ALL, to_kind
from akamai_mcp.inventory.matching.question import read_question as read_value

MOST_CHARACTERS: Final = 200  # longer questions tell a story, and a story narrows what is asked
LONGEST_KIND: Final = 3  # words
_TOKEN: Final = re.compile(r"[\w*][\w*.:/@-]*")
_QUANTIFIERS: Final = word_set("all every each entire whole")
_BETWEEN: Final = word_set("the our my of these dns")
_EVERYWHERE: Final = word_set("across altogether everywhere")
_FILLERS: Final = word_set(
    """a an the our my this these of in on at from for to by do does did is are be there we i us me you have has got own run use
    that which what how many much total please can could show list give tell see get find look up lookup me full complete
    account accounts customer customers akamai currently overview names name configured existing now dns"""
)
# What says that one thing belongs to another.
_RELATIONS: Final = word_set(
    """serve serves serving served deliver delivers use uses using used contain contains has have hold holds include includes
    cover covers covering protect protects belong belongs own owns behind where in"""
)
_ASKING: Final = word_set("which what where who whose find locate")
_WHAT_IT_IS: Final = word_set("what where who whose find locate look lookup is")
_GENERIC: Final = word_set("list lists configuration configurations config configs thing things")
# Other names of kinds.
_ALSO: Final = {
    name: kind
    for kind, names in {
        "property": ("site", "website", "delivery configuration", "delivery config"),
        "security-config": ("security configuration", "waf configuration", "waf config"),
    }.items()
    for name in names
}
_CONTAINERS: Final = frozenset({"contract", "group"})
_NAMING_FORMS: Final = frozenset({"host", "address", "email", "id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """How the inventory is asked: the text, `*` for all, and the kind, empty for any."""

    query: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """A kind that a question names, between two places among its words."""

    kind: str
    start: int
    end: int


def find_pointer(question: str, kinds: Callable[[], Collection[str]]) -> Pointer | None:
    """How the inventory answers a question, or None where operations do; `kinds` are those that the caller may ask for."""
    if len(question) > MOST_CHARACTERS:
        return None
    text = to_english(question)
    kind, sure = question_kind(text)
    if sure and kind != "read":
        return None
    told = [word.rstrip(".:/") for word in _TOKEN.findall(text)]
    values = [word for word in told if is_value(word)]
    if len(values) == 1:
        return _by_name(told, values[0], kinds())
    return _all_of(told, kinds()) if not values and _is_about_all(told) else None


def kinds_in(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The kinds of things that operations list, without those that only say more of another thing."""
    notes = [read_note(entry.inventory) for entry in entries if entry.inventory]
    return tuple(dict.fromkeys(note.kind for note in notes if note.fill != "about"))


def is_value(word: str) -> bool:
    """True for a word that names one thing: a hostname, an address, an e-mail or an id with its prefix."""
    return word != ALL and read_value(word).form in _NAMING_FORMS


def _is_about_all(told: Sequence[str]) -> bool:
    return not (_QUANTIFIERS | _EVERYWHERE).isdisjoint(map(str.lower, told)) or _has_how_many(told)


def _all_of(told: Sequence[str], kinds: Collection[str]) -> Pointer | None:
    """Everything of the first kind that is named; another one may only say where, as in "of all contracts"."""
    mentions = _mentions(told, kinds)
    if not mentions or not _accounted(told, mentions, _QUANTIFIERS | _EVERYWHERE):
        return None
    target, *others = mentions
    spread = _has_how_many(told) or not _EVERYWHERE.isdisjoint(map(str.lower, told))
    is_all = spread or _is_quantified(told[: target.start])
    widened = all(one.kind in _CONTAINERS and _is_quantified(told[: one.start]) for one in others)
    return Pointer(query=ALL, kind=target.kind) if is_all and widened else None


def _by_name(told: Sequence[str], value: str, kinds: Collection[str]) -> Pointer | None:
    """What holds a name: "which property serves X", or what the name is: "what is X"."""
    mentions = _mentions(told, kinds)
    if not _accounted(told, mentions, _RELATIONS | _ASKING | _GENERIC | {value}):
        return None
    lowered = [word.lower() for word in told]
    place = told.index(value)
    if not any(one.start < place for one in mentions) and _GENERIC.isdisjoint(lowered[:place]):
        return Pointer(query=value) if lowered[0] in _WHAT_IT_IS else None
    is_asked = not _ASKING.isdisjoint(lowered[:2]) and not _RELATIONS.isdisjoint(lowered)
    # What an id has or holds is a question to one thing, and an operation answers it.
    return Pointer(query=value) if is_asked and read_value(value).form != "id" else None


def _mentions(told: Sequence[str], kinds: Collection[str]) -> list[_Mention]:
    """The kinds that a question names, in order; the longest name at each place."""
    found: list[_Mention] = []
    start = 0
    while start < len(told):
        mention = _mention_at(told, start, kinds)
        if mention:
            found.append(mention)
        start = mention.end if mention else start + 1
    return found


def _mention_at(told: Sequence[str], start: int, kinds: Collection[str]) -> _Mention | None:
    for end in range(min(len(told), start + LONGEST_KIND), start, -1):
        if kind := _kind(" ".join(told[start:end]).lower(), kinds):
            return _Mention(kind=kind, start=start, end=end)
    return None


def _kind(name: str, kinds: Collection[str]) -> str | None:
    other = _ALSO.get(name) or _ALSO.get(name.removesuffix("s"))
    return other if other in kinds else to_kind(name, kinds)


def _is_quantified(before: Sequence[str]) -> bool:
    """True where the words before a kind end with a quantifier, articles and possessives left out."""
    rest = [word.lower() for word in before if word.lower() not in _BETWEEN]
    return bool(rest) and rest[-1] in _QUANTIFIERS


def _has_how_many(told: Sequence[str]) -> bool:
    return ("how", "many") in pairwise(map(str.lower, told))


def _accounted(told: Sequence[str], mentions: Sequence[_Mention], known: Collection[str]) -> bool:
    """True where each word is a filler, a known one, or part of a kind's name."""
    named = {place for one in mentions for place in range(one.start, one.end)}
    rest = (word for place, word in enumerate(told) if place not in named)
    return all(word in known or word.lower() in known or word.lower() in _FILLERS for word in rest)
