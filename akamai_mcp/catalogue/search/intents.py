"""Split a question into the things that it asks for: "create a property and activate it" asks for two, one after the other.

A part begins with a verb in its plain form. A word that is a noun as often ("reports on hits and downloads") begins one only
before its object, after "then" or in a sentence of its own. A list of things ("users, groups and roles") stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Final, TypeVar

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.questions import LEADS, split_context
from akamai_mcp.catalogue.search.terms import PHRASES, STOP_WORDS, word_set
from akamai_mcp.catalogue.search.verbs import BASE_VERBS, kind_of

MOST_INTENTS: Final = 3
_JOINT: Final = re.compile(r"[,;.]?\s+(?:and\s+)?then,?\s+|[,;]?\s+and\s+(?:also\s+)?|[,;.]\s+", re.IGNORECASE)
_NOUNS_TOO: Final = word_set(
    """block change check clear clone copy count display download export flush import issue label launch list lock log move open
    order purge push query raise register release report request reserve reset restart return roll run save search start stop
    submit test transfer turn update upload view write"""
)
_OBJECTS: Final = word_set("a an the this that these those it them its their my our your all each every one both")
# What stands for a thing that was named before: right behind the verb, or as its owner.
_PRONOUN: Final = re.compile(
    r"^(\S+\s+(?:(?:up|back|off|on)\s+)?)"
    r"(?:it\b|them\b|the (?:copy|clone)\b|(?:(?:a new|the new|another)\s+)?one\b(?=\W*$|\s+(?:on|in|for|with|to|from)\b))"
    r"|\b(?:its|their)\b",
    re.IGNORECASE,
)
_SAID_BEFORE: Final = re.compile(r"^\S+\s+(?:that|this|these|those|the same)\s", re.IGNORECASE)
# "Add a hostname to the policy, then activate": what one goes on with is where something was added, and not what.
_CONTAINER: Final = re.compile(r"\b(?:to|into|from)\s+(?=(?:a|an|the|this|that|my|our)\b)(.+)$", re.IGNORECASE)
# Where something is done, which says nothing of what it is done to.
_NETWORKS: Final = word_set("staging production prod network networks both live now again")

Item = TypeVar("Item")


def split_intents(text: str) -> list[str]:
    """The parts of an English question that ask for something of their own, in order; the question itself where there is one.

    What a part says by "it", or leaves out, is filled in from the part before.
    """
    context, told = split_context(text)
    parts = list(_cut(told))
    return [context + part for part in _completed(parts)] if len(parts) > 1 else [text]


def interleave(found: Iterable[Sequence[Item]]) -> list[Item]:
    """The first of each list, then the second of each, and so on; what stands in several is told once."""
    nothing = object()
    rows = chain.from_iterable(zip_longest(*found, fillvalue=nothing))
    return [row for row in dict.fromkeys(rows) if row is not nothing]  # type: ignore[misc]


def _cut(text: str) -> Iterator[str]:
    start, count = 0, 1
    for joint in _JOINT.finditer(text):
        left, right = text[start : joint.start()], text[joint.end() :]
        if count < MOST_INTENTS and _is_command(left) and _begins(right, is_sure=_is_sure(joint[0])):
            yield left
            start, count = joint.end(), count + 1
    yield text[start:]


def _is_command(part: str) -> bool:
    """True for a part that begins with a verb; one that is a reading verb alone ("find and replace") is no part."""
    found = _verb_words(part)
    return _verb(found) and not (len(found) == 1 and kind_of(found[0]) == "read")


def _is_sure(joint: str) -> bool:
    """True for a joint behind which a verb is no noun: "then", or the end of a sentence."""
    return "then" in joint.lower() or joint.startswith((";", "."))


def _begins(part: str, *, is_sure: bool) -> bool:
    found = _verb_words(part)
    if not _verb(found):
        return False
    return is_sure or found[0] not in _NOUNS_TOO or tuple(found[:2]) in PHRASES or bool(_OBJECTS.intersection(found[1:2]))


def _verb(found: Sequence[str]) -> bool:
    return bool(found) and (found[0] in BASE_VERBS or kind_of(PHRASES.get((found[0], "".join(found[1:2])), "")) is not None)


def _after_leads(part: str) -> list[str]:
    found = part.split()
    start = next((index for index, word in enumerate(found) if word.lower() not in LEADS), len(found))
    return found[start:]


def _verb_words(part: str) -> list[str]:
    """The words of a part from its verb on, in lower case."""
    return words(" ".join(_after_leads(part)))


def _completed(parts: Sequence[str]) -> Iterator[str]:
    """The parts with the objects that they share: a verb alone has the next part's, a pronoun means the first one's."""
    things = [_thing(part) for part in parts]
    before = ""
    for index, part in enumerate(parts):
        own = things[index]
        thing = before or own or next(filter(None, things[index:]), "")
        yield _with_thing(part, thing, leaves_it_out=not own) if before or not own else part
        before = before or thing


def _with_thing(part: str, thing: str, *, leaves_it_out: bool) -> str:
    """The part with a thing in place of its pronoun, or behind it where it means one or leaves it out."""
    told = " ".join(_after_leads(part))
    if _PRONOUN.search(told):
        return _PRONOUN.sub(lambda match: f"{match[1] or ''}{thing}", told, count=1)
    if leaves_it_out:
        return f"{told} {thing}".rstrip()
    return f"{told} of {thing}" if _SAID_BEFORE.match(told) else part


def _thing(part: str) -> str:
    """What a part is about: what stands behind its verb, or where that goes; empty where it says nothing."""
    told = " ".join(_after_leads(part)[1:])
    if container := _CONTAINER.search(told):
        told = container[1]
    return told if any(word not in STOP_WORDS | _NETWORKS for word in words(told)) else ""
