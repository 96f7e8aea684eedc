from __future__ import annotations

import re

import pytest

from akamai_mcp.catalogue.search.languages.dictionary import FOLDER, fold, load_dictionary
from akamai_mcp.catalogue.search.languages.translation import SPACED, WITHOUT_SPACES, to_english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Zertifikat erneuern", "renew certificate"),
        ("Welche Netzwerklisten gibt es?", "which network list"),
        ("Property auf Staging aktivieren", "activate property on staging"),
        ("Benutzerrechte ändern", "update user permission"),
        ("Benutzerrechte aendern", "update user permission"),
        ("purger le cache par CP code", "purge cache by cp code"),
        ("annuler l'activation en attente", "cancel activation pending"),
        ("activar la propiedad en producción", "activate property in production"),
        ("qué usuarios tienen acceso al grupo", "what user access to group"),
        ("証明書の有効期限を確認したい", "show certificate expire"),
        ("プロパティを本番に有効化する", "activate property production"),
        ("GTMドメインを削除", "delete gtm domain"),
    ],
)
def test_a_question_in_another_language_becomes_the_english_words_of_the_field(question: str, english: str) -> None:
    assert to_english(question) == english


@pytest.mark.parametrize(
    "question",
    ["", "list zones", "import LA", "activate property on staging", "show me the active image policies", "site des moines", "clone versus copy", "die"],
)  # fmt: skip
def test_an_english_question_stays_as_it_is(question: str) -> None:
    assert to_english(question) == question


def test_a_part_of_speech_is_given_only_to_words_that_mean_something() -> None:
    for language in (*SPACED, WITHOUT_SPACES):
        known = load_dictionary(language).meanings.values()
        assert all(meaning.english for meaning in known if meaning.is_verb or meaning.is_question)


@pytest.mark.parametrize("language", [*SPACED, WITHOUT_SPACES])
def test_a_dictionary_holds_english_words_and_each_line_a_translation(language: str) -> None:
    lines = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line and not line.startswith(("#", "["))]
    assert len(entries) > 200
    assert [line for line in entries if not re.fullmatch(r"[a-z0-9 -]+: \S.*", line)] == []


def test_what_is_folded_is_plain() -> None:
    assert fold("Größe ＣＤＮ Élan") == "grosse cdn elan"  # noqa: RUF001
    assert fold("パージ") == "パージ"
