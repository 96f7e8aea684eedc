"""How people say things and what is meant: phrases, short forms and compounds are read in plain sentences."""

from __future__ import annotations

import re

import pytest

from akamai_mcp.catalogue.search.terms import (
    COMPOUNDS,
    PHRASES,
    SHORT_FORMS,
    STOP_WORDS,
    SYNONYMS,
    is_plural,
    text_words,
    value_words,
)

SAID = [
    ("turn off the rule", "disable"),
    ("it was turned off", "disable"),
    ("switch off bot management", "disable"),
    ("the rule is switched off", "disable"),
    ("shut down the balancer", "disable"),
    ("turn on logging", "enable"),
    ("logging is turned on", "enable"),
    ("switch on the rule", "enable"),
    ("white list an address", "allowlist"),
    ("black list an address", "blocklist"),
    ("get rid of the zone", "delete"),
    ("throw away the draft", "delete"),
    ("set up a stream", "create"),
    ("take offline the property", "deactivate"),
    ("look up a zone", "get"),
    ("the cert of my app", "certificate"),
    ("the prod config", "production"),
    ("list the cp codes", "cpcodes"),
    ("an edge worker", "edgeworker"),
    ("the edgeworkers", "workers"),
]
# Text of a person, and the words for the values in it.
VALUED = [
    ("purge https://www.example.com/a.css", {"url"}),
    ("who is jane@example.com", {"email"}),
    ("block 192.0.2.0/24", {"ip"}),
    ("who serves www.example.com", {"hostname"}),
    ("activate prp_123", {"property"}),
    ("in ctr_1-ABCDEF", {"contract"}),
    ("of C-1ABCDEF", {"contract"}),
    ("below grp_77", {"group"}),
    ("for cpc_77", {"cp", "code"}),
    ("on ehn_77", {"edge", "hostname"}),
    ("about F-CS-1234", {"case"}),
    ("compare v3", {"version"}),
    ('named "prp_123"', set()),
    ("activate my property", set()),
]
WORD = re.compile(r"[a-z0-9]+")


@pytest.mark.parametrize(("sentence", "meant"), SAID)
def test_a_sentence_is_read_with_what_it_means(sentence: str, meant: str) -> None:
    assert meant in text_words(sentence)


@pytest.mark.parametrize(("sentence", "kinds"), VALUED)
def test_a_value_stands_for_its_kind_and_is_no_word_itself(sentence: str, kinds: set[str]) -> None:
    assert value_words(sentence) == kinds
    assert kinds <= set(text_words(sentence))
    assert not {"prp", "ehn", "grp", "jane", "192"} & set(text_words(sentence))


def test_capitals_hyphens_and_contractions_change_no_word() -> None:
    assert text_words("Don't PURGE the cpcodes") == text_words("do purge the cpcodes")
    assert text_words("listZones") == text_words("list zones") == text_words("LIST-ZONES")


@pytest.mark.parametrize("word", ["zones", "policies", "aliases", "hostnames", "s"])
def test_a_word_in_s_is_a_plural(word: str) -> None:
    assert is_plural(word)


@pytest.mark.parametrize("word", ["zone", "access", "status", "analysis", "dns", "metrics", ""])
def test_a_word_whose_s_is_its_own_is_no_plural(word: str) -> None:
    assert not is_plural(word)


def test_a_text_of_nothing_but_values_keeps_its_words() -> None:
    assert "12345" in text_words("12345")


def test_every_phrase_and_compound_is_found_in_a_text_that_says_it() -> None:
    unread = [pair for pair, meaning in PHRASES.items() if meaning not in text_words(" ".join(pair))]
    # A short form is read in full, so that its compound is known as one word alone.
    whole = [pair for pair in COMPOUNDS if not SHORT_FORMS.keys() & {*pair}]
    unread += [pair for pair in whole if "".join(pair) not in text_words(" ".join(pair))]
    unread += [pair for pair in COMPOUNDS if not {*pair} <= {*text_words("".join(pair))}]
    assert unread == []


def test_every_word_of_the_vocabularies_is_one_that_a_text_can_have() -> None:
    words = {
        *STOP_WORDS,
        *(word for line in SYNONYMS for word in line),
        *SHORT_FORMS,
        *SHORT_FORMS.values(),
        *(word for pair in (*PHRASES, *COMPOUNDS) for word in pair),
        *PHRASES.values(),
    }
    assert [word for word in words if not WORD.fullmatch(word)] == []
