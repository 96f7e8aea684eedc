"""Put a question in another language into English words, word by word: enough for search, not a translation to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

from akamai_mcp.catalogue.search.languages.dictionary import Dictionary, Meaning, fold, load_dictionary
from akamai_mcp.catalogue.search.terms import COMPOUND_PARTS, SHORT_FORMS, STOP_WORDS, SYNONYMS
from akamai_mcp.catalogue.search.verbs import kind_of

SPACED: Final = ("de", "fr", "es")
WITHOUT_SPACES: Final = "ja"
# A third of the words must belong to the language alone: an English question may hold a foreign name.
EVIDENCE: Final = 3
# So many words of one language tell it, even if each of them alone says nothing.
SURE: Final = 3
JOINTS: Final = frozenset({"and", "then"})
THEN: Final = ", then "
# Which verb of a sentence says what to do: Japanese ends with it.
FIRST: Final = 0
LAST: Final = -1
LONGEST_PHRASE: Final = 4
SHORTEST_STEM: Final = 4
MOST_ENDING: Final = 2
_WORD: Final = re.compile(r"[\w.@/-]+(?:'[\w.@/-]+)*'?")
_ELIDED: Final = re.compile(r"(?:[cdjlmnst]|qu)'(?=\w)")
_KANA_OR_KANJI: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[a-z0-9][\w.@/-]*", re.ASCII)
_LINKS: Final = ("", "s", "n", "es", "en")


def to_english(text: str) -> str:
    """The question in English words where it is in a known language; else the text itself."""
    if _KANA_OR_KANJI.search(text):
        return _sentences(_cut(fold(text), load_dictionary(WITHOUT_SPACES)), verb=LAST)
    found = _WORD.findall(fold(text))
    language = _language(found)
    return _sentences(_read(found, load_dictionary(language))) if language else text


def _language(found: Sequence[str]) -> str | None:
    """The language to which most of the words belong, if that is a third of them, and more than are English."""
    english = sum(word in STOP_WORDS for word in found)
    told = {name: _telling(found, load_dictionary(name)) for name in SPACED}
    best = max(told, key=lambda name: len(told[name]))
    evidence = told[best]
    # Articles alone tell nothing: "LA" and "DES" are names too.
    says_more = len(evidence) >= SURE or any(meaning.english not in {"", *STOP_WORDS} for meaning in evidence)
    return best if says_more and len(evidence) * EVIDENCE >= len(found) and len(evidence) > english else None


def _telling(found: Sequence[str], known: Dictionary) -> list[Meaning]:
    """The meanings of those words that belong to this language and are no English words of the field."""
    foreign = [_ELIDED.sub("", word) for word in found if not _is_english(word)]
    return [meaning for word in foreign for meaning in (_exactly(word, known) or _parts(word, known))]


def _exactly(word: str, known: Dictionary) -> list[Meaning]:
    meaning = known.meanings.get(word)
    return [meaning] if meaning else []


def _is_english(word: str) -> bool:
    return not {word, word.removesuffix("s")}.isdisjoint(english_words()) or kind_of(word) is not None


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """The words that are English here, though a dictionary may have them: such a word tells no language."""
    meanings = (meaning for name in SPACED for meaning in load_dictionary(name).meanings.values())
    translated = (word for meaning in meanings for word in meaning.english.split())
    return frozenset(chain(translated, STOP_WORDS, SHORT_FORMS, COMPOUND_PARTS, *SYNONYMS))


def _read(found: Sequence[str], known: Dictionary) -> Iterator[Meaning]:
    """The meaning of each phrase or word; an unknown word means itself."""
    index = 0
    while index < len(found):
        length, meaning = next(_phrases(found, index, known), (1, None))
        yield from [meaning] if meaning else _word(found[index], known)
        index += length


def _phrases(found: Sequence[str], index: int, known: Dictionary) -> Iterator[tuple[int, Meaning]]:
    for length in range(min(LONGEST_PHRASE, len(found) - index), 0, -1):
        if meaning := known.meanings.get(" ".join(found[index : index + length])):
            yield length, meaning


def _word(word: str, known: Dictionary) -> list[Meaning]:
    """The meanings of a word that the dictionary does not have as it stands: without its elision, its ending, or in its parts."""
    bare = _ELIDED.sub("", word)
    stems = [bare, *(bare[:-cut] for cut in range(1, MOST_ENDING + 1) if len(bare) - cut >= SHORTEST_STEM)]
    meanings = next((exact for stem in stems if (exact := _exactly(stem, known))), [])
    if not meanings and "-" in bare:
        return [meaning for part in filter(None, bare.split("-")) for meaning in _word(part, known)]
    return meanings or _parts(bare, known) or [Meaning(english=word)]


def _parts(word: str, known: Dictionary) -> list[Meaning]:
    """The meanings of the two parts of a compound, the first as long as can be; none if a part is unknown."""
    if not known.joins:
        return []
    for end in range(len(word) - SHORTEST_STEM + 1, SHORTEST_STEM - 2, -1):
        first, rest = word[:end], word[end:].removeprefix("-")
        heads = (first.removesuffix(link) for link in _LINKS)
        if rest in known and (head := next((known.meanings[part] for part in heads if part in known), None)):
            return [head, known.meanings[rest]]
    return []


def _cut(text: str, known: Dictionary) -> Iterator[Meaning]:
    """The meanings of a text without spaces, by the longest match; a run of Latin letters that is no word means itself."""
    while text:
        latin = _LATIN.match(text)
        least = latin.end() if latin else 1
        lengths = range(known.longest, least - 1, -1)
        if word := next((text[:length] for length in lengths if text[:length] in known), ""):
            yield known.meanings[word]
        elif latin:
            yield Meaning(english=latin[0])
        text = text[len(word) or least :]


def _sentences(meanings: Iterable[Meaning], verb: int = FIRST) -> str:
    """The English words, a part with a verb of its own after "then"."""
    parts: list[list[Meaning]] = [[]]
    for meaning in meanings:
        if meaning.english in JOINTS and _has_verb(parts[-1]):
            parts.append([])
        parts[-1].append(meaning)
    if len(parts) > 1 and not _has_verb(parts[-1]):
        parts[-2:] = [parts[-2] + parts[-1]]
    first, *others = parts
    return THEN.join([_sentence(first, verb), *(_sentence(part[1:], verb) for part in others)])


def _has_verb(meanings: Iterable[Meaning]) -> bool:
    return any(meaning.is_verb for meaning in meanings)


def _sentence(meanings: Sequence[Meaning], verb: int = FIRST) -> str:
    """The English words, with the verb in front, where English has it and reading a question expects it."""
    told = [meaning for meaning in meanings if meaning.english]
    questions, verbs = ([one for one in told if one.is_question], [one for one in told if one.is_verb])
    front = questions[0] if questions else verbs[verb] if verbs else None
    rest = [meaning.english for meaning in told if meaning is not front]
    return " ".join([front.english, *rest] if front else rest)
