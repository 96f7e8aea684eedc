"""How the words of a language are read from its file, and how a word is compared with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from akamai_mcp.catalogue.search.languages import dictionary as dictionary_module
from akamai_mcp.catalogue.search.languages.dictionary import Dictionary, Meaning, fold, load_dictionary

FILE = """# Words: none of these is read
[verbs]
renew: Erneuern verlängern

delete: löschen
[questions]
which: welche
[words]
network list: netz_liste große_netz_liste
size: größe tür
again: erneuern
# [questions]
[empty]
article: die
"""
MEANINGS = {
    "erneuern": Meaning(english="renew", is_verb=True),  # what a word means first
    "verlangern": Meaning(english="renew", is_verb=True),
    "verlaengern": Meaning(english="renew", is_verb=True),
    "loschen": Meaning(english="delete", is_verb=True),
    "loeschen": Meaning(english="delete", is_verb=True),
    "welche": Meaning(english="which", is_question=True),
    "netz liste": Meaning(english="network list"),
    "grosse netz liste": Meaning(english="network list"),
    "grosse": Meaning(english="size"),
    "groesse": Meaning(english="size"),
    "tur": Meaning(english="size"),
    "tuer": Meaning(english="size"),
    "die": Meaning(english=""),
}


@pytest.mark.parametrize(("language", "joins"), [("de", True), ("fr", False)])
def test_a_dictionary_has_each_word_in_its_spellings_with_its_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, joins: bool
) -> None:
    (tmp_path / f"{language}.txt").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(dictionary_module, "FOLDER", tmp_path)
    known = load_dictionary.__wrapped__(language)
    assert known == Dictionary(meanings=MEANINGS, longest=len("grosse netz liste"), joins=joins)
    assert "erneuern" in known
    assert "Erneuern" not in known


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÄÖÜ äöü", "aou aou"),
        ("Straße STRASSE", "strasse strasse"),
        ("àéîñçÅ", "aeinca"),
        ("l\u2019activation l'activation", "l'activation l'activation"),
        ("\uff23\uff24\uff2e\u3000\uff11", "cdn 1"),
        ("\uff8a\uff9f\u30fc\uff7c\uff9e", "\u30d1\u30fc\u30b8"),  # half-width letters with their marks
        ("\u30cf\u309a", "\u30d1"),  # a mark of its own, as some systems write it
        ("e\u0301", "e"),
        ("", ""),
    ],
)
def test_a_text_is_compared_without_capitals_widths_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded
