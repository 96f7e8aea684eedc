"""No character that hides, reorders or poses as a space gets through, over all of Unicode."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import pytest
import regex

from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.visible_text import is_hidden, visible

# What a person sees nothing of, as another implementation of the Unicode properties knows it.
HIDDEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]")


def every_character() -> Iterator[str]:
    """Every character of Unicode; a list of them takes 94 MiB."""
    return map(chr, range(sys.maxunicode + 1))


def test_no_hidden_character_of_unicode_is_shown() -> None:
    assert [
        hex(ord(one)) for one in every_character() if one not in "\t\n" and HIDDEN.search(one) and one in visible(f"a{one}b")
    ] == []


def test_every_letter_number_mark_and_sign_that_is_drawn_is_shown() -> None:
    drawn = [
        one for one in every_character() if unicodedata.category(one)[0] in "LMNPS" and not HIDDEN.search(one) and one != "\u2800"
    ]
    assert [hex(ord(one)) for one in drawn if visible(one) != one] == []
    assert len(drawn) > 130_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tag\U000e0041s", "tags"),
        ("selec\ufe0ftor", "selector"),
        ("Hangul\u3164filler", "Hangulfiller"),
        ("Mongolian\u180evowel", "Mongolianvowel"),
        ("braille\u2800blank", "brailleblank"),
        ("next\x85line", "next line"),
        ("thin\u2009space", "thin space"),
        ("back\u202ewards", "backwards"),
        ("lone\ud83e", "lone"),
        ("Zürich, 東京, Ελλάδα", "Zürich, 東京, Ελλάδα"),
    ],
)
def test_what_is_hidden_is_dropped_and_what_parts_words_becomes_a_space(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_line_of_a_document_has_no_hidden_character_and_no_line_feed() -> None:
    assert clean("".join(every_character()), limit=2_000_000).isprintable()
    assert not any(map(is_hidden, clean("".join(every_character()), limit=2_000_000)))
