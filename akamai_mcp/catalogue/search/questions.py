"""Parse a question: the stems that carry its meaning, the action it asks for, and the thing it asks about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.terms import (
    COMPOUND_PARTS,
    PHRASES,
    STOP_WORDS,
    SYNONYMS,
    is_plural,
    text_words,
    value_words,
    with_compounds,
    word_set,
)
from akamai_mcp.catalogue.search.verbs import NOUNS, PLAIN_VERBS, PLAIN_WORDS, VAGUE_WORDS, Kind, kind_of

# Every term costs a query of the index; longer questions gain nothing.
MAX_WORDS: Final = 24
_CLAUSE: Final = re.compile(r"[.,;:?!()\u2013\u2014]|\s-\s|\bthen\b")
# "GTM: list the maps", "Import zone > show result": where it is, then what to do.
_CONTEXT: Final = re.compile(r"^[^?]+(?::\s|\s>\s)(?=\S)")
# "ListZones lists all zones": an operation's name before a sentence about it.
_NAMED: Final = re.compile(r"^[A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+\s+(?=\S)")
_EVERYWHERE: Final = re.compile(r"\b(?:in|on|for|of|to|across|under) (?:your|the|our|my|an) (?:current )?account\b")
_UPPER: Final = re.compile(r"\b[A-Z]{2,}\b")
_VERSION: Final = re.compile(r"\bv(\d+)\b")
_APOSTROPHE: Final = re.compile(r"(?:n't|'(?:s|re|ve|ll|d|m))\b")

# Words before the verb of a clause that say nothing about what is wanted.
LEADS: Final = word_set(
    """please pls plz can could would you we i want to need needed let lets us help me how do should must may id like d just now
    then also and so but this operation"""
)
_QUESTION_WORDS: Final = word_set(
    """which what who whom whose how is are was were has have had did does do when where why am whats whos wheres any"""
)
# Words that end the name of the thing that a question asks about.
_AFTER_HEAD: Final = word_set(
    """of for in by from with to that which on within per using at who where if when under during into via based and or you as are
    is have has was were so because available configured associated related"""
)
# Words that follow a verb but rarely a noun: "updates which lists are used".
_INDIRECT: Final = word_set("which who where if when")
# Verbs that read before these words alone: "give me the list", but "give a partner a key"; "report on hits", but "report load".
_READS_IF: Final[Mapping[str, frozenset[str]]] = {
    "give": word_set("me us"),
    "report": word_set("on of for about how which what who me us the by with all usage traffic"),
}
_ONE: Final = word_set("a an the this that one single given specific specified particular")
_NEVER_HEAD: Final = frozenset({"details", "detail", "information"})

Stems = Callable[[Iterable[str]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A parsed question.

    `words` are all its stems in order, `terms` those that carry meaning; of the terms, `plain` say little and `vague` almost
    nothing, `parts` belong to a compound that is a term too, and `values` stand for a value. `kind` is the action, `sure` is
    true if a clause begins with it, `head` is the thing asked about, and `many` is true for several things, None if open.
    """

    words: tuple[str, ...]
    terms: tuple[str, ...]
    plain: frozenset[str]
    vague: frozenset[str]
    parts: frozenset[str]
    values: frozenset[str]
    kind: Kind | None
    sure: bool
    head: str | None
    many: bool | None
    versions: frozenset[str]


def read_question(text: str, stems: Stems) -> Question:
    """Parse a question in a person's own words."""
    found = text_words(text)
    # "AS map" and "IT team" mean more than "as" and "it".
    capitals = frozenset() if text.isupper() else {word.lower() for word in _UPPER.findall(text)}
    # A question of stop words alone keeps them, so that it still finds something.
    kept = [word for word in found if len(word) > 1 and (word not in STOP_WORDS or word in capitals)] or found
    terms = list(dict.fromkeys(stems(kept)))[:MAX_WORDS]
    kind, sure = question_kind(text)
    everywhere = frozenset(stems(["account"] if _EVERYWHERE.search(text.lower()) else []))
    sentence = text_words(_NAMED.sub("", text))
    head = head_word(sentence)
    return Question(
        words=tuple(stems(found)),
        terms=tuple(terms),
        plain=frozenset(stems(word for word in kept if word in PLAIN_WORDS)),
        vague=frozenset(stems([*(word for word in kept if word in VAGUE_WORDS), *(_repeated(kept))])) | everywhere,
        parts=frozenset(stems(part for word in kept for part in COMPOUND_PARTS.get(word, ()))),
        values=frozenset(stems(with_compounds(sorted(value_words(text))))),
        kind=kind,
        sure=sure,
        head=stems([head])[0] if head else None,
        many=_many(sentence, head),
        versions=frozenset(f"v{number}" for number in _VERSION.findall(text.lower())),
    )


def question_kind(text: str) -> tuple[Kind | None, bool]:
    """(action, sure): the action that a question asks for, and whether a clause begins with it.

    A leading question word means `read`, whatever verbs follow.
    """
    context, told = split_context(text)
    if context and (kind := _clauses_kind(_clauses(told))):
        return kind, True
    clauses = _clauses(text)
    if kind := _clauses_kind(clauses):
        return kind, True
    everything = [word for clause in clauses for word in clause if word not in NOUNS]
    if weak := next((kind for word in everything if (kind := kind_of(word))), None):
        return weak, False
    return ("read" if any(word in _QUESTION_WORDS for word in everything) else None), False


def split_context(text: str) -> tuple[str, str]:
    """(where, what): the beginning that says where it is, such as "GTM: ", and the rest; the first is mostly empty."""
    found = _CONTEXT.match(text)
    return (found[0], text[found.end() :]) if found else ("", text)


def _clauses(text: str) -> list[list[str]]:
    return [words(_APOSTROPHE.sub(" ", clause)) for clause in _CLAUSE.split(text)]


def _clauses_kind(clauses: Sequence[list[str]]) -> Kind | None:
    """The action of the first clause that begins with a verb; `read` if one before it begins with a question word."""
    verbs: list[Kind] = []
    for clause in clauses:
        if verb := _leading_kind(clause):
            verbs.append(verb)
        elif clause and clause[0] in _QUESTION_WORDS:
            return "read"
    return verbs[0] if verbs else None


def _leading_kind(clause: list[str]) -> Kind | None:
    start = next((index for index, word in enumerate(clause) if word not in LEADS), len(clause))
    first, following, *_ = [*clause[start:], "", ""]
    if first in NOUNS and following in _AFTER_HEAD - _INDIRECT:
        return None
    if first in _READS_IF and following not in _READS_IF[first]:
        return "act"
    return kind_of(PHRASES.get((first, following), first))


def head_word(found: Sequence[str]) -> str | None:
    """The last word of the first noun phrase: `hostnames` in "list edge hostnames of a property"."""
    head: str | None = None
    index = 0
    while index < len(found):
        word = found[index]
        if head and word in _AFTER_HEAD:
            break
        named = head or not kind_of(word) or (index and found[index - 1] in _ONE)
        if named and word not in STOP_WORDS and word not in _NEVER_HEAD:
            head = word
        parts = COMPOUND_PARTS.get(word, ())
        index += 1 + (len(parts) if found[index + 1 : index + 3] == parts else 0)
    return head


def _repeated(kept: Sequence[str]) -> list[str]:
    """The plain verbs that repeat the action of an earlier one: `modifies` in "UpdateZone modifies a zone"."""
    verbs = dict.fromkeys(word for word in kept if word in PLAIN_VERBS)
    seen: set[Kind | None] = set()
    again: list[str] = []
    for verb in verbs:
        if (kind := kind_of(verb)) in seen:
            again.append(verb)
        seen.add(kind)
    return again


def _many(found: Sequence[str], head: str | None) -> bool | None:
    """Whether a question asks about several things (True) or one (False); None if it is open."""
    if head is None:
        return None
    if is_plural(head):
        return True
    before = found[: found.index(head)]
    return False if not _ONE.isdisjoint(before) and "all" not in before else None


def synonyms(stems: Stems) -> Mapping[str, tuple[str, ...]]:
    """The synonyms of each stem, as stems."""
    every = [word for group in SYNONYMS for word in group]
    stem_of = dict(zip(every, stems(every), strict=True))  # all words at once: the stemmer's cost is per call
    related: dict[str, set[str]] = {}
    for group in SYNONYMS:
        stemmed = [stem_of[word] for word in group]
        for stem in stemmed:
            related.setdefault(stem, set()).update(other for other in stemmed if other != stem)
    return {stem: tuple(sorted(others)) for stem, others in related.items()}
