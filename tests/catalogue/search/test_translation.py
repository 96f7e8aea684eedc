"""How words of another language become English ones, told with languages of a few words each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from akamai_mcp.catalogue.search.languages import dictionary as dictionary_module
from akamai_mcp.catalogue.search.languages.dictionary import load_dictionary
from akamai_mcp.catalogue.search.languages.translation import english_words, to_english

FILES = {
    "de": """
        [verbs]
        renew: erneuern
        delete: löschen
        restore: stelle_wieder_her
        [questions]
        which: welche
        [words]
        certificate: zertifikat zertifikate
        network list: netz_liste
        cage: hof
        egg: ei
        row: zeile
        lake: see
        and: und
        then: dann
        [empty]
        x: der das dem
    """,
    "fr": """
        [verbs]
        purge: purger
        [words]
        field: champ
        house: maison
        image: image images
        arrival: import
        today: aujourd'hui
        [empty]
        x: le les
    """,
    "es": """
        [verbs]
        activate: activar
        [words]
        key: llave
        cages: jaulas
    """,
    "ja": """
        [verbs]
        delete: 削除
        activate: 有効化
        [questions]
        which: どの
        [words]
        certificate: 証明書
        url: url
        cp code: cpコード
        code: コード
        and: と
        [empty]
        x: した を
    """,
}


@pytest.fixture(autouse=True, scope="module")
def few_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The languages have these words alone."""
    folder: Path = tmp_path_factory.mktemp("languages")
    for language, text in FILES.items():
        lines = (line.strip() for line in text.splitlines())
        (folder / f"{language}.txt").write_text("\n".join(lines), encoding="utf-8")
    forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dictionary_module, "FOLDER", folder)
        yield
    forget()


def forget() -> None:
    load_dictionary.cache_clear()
    english_words.cache_clear()


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Zertifikat erneuern", "renew certificate"),
        ("purger le champ", "purge field"),
        ("activar llave", "activate key"),
        # A third of the words tells the language.
        ("Zertifikat erneuern foo bar baz qux", "renew certificate foo bar baz qux"),
        ("Zertifikat erneuern foo bar baz qux quux corge", None),
        # As many English words say as much.
        ("the Zertifikat", None),
        ("the Zertifikat erneuern", "renew the certificate"),
        # Three words of one language tell it, even if they say nothing; two may be names.
        ("der das dem kubernetes", "kubernetes"),
        ("der das kubernetes", None),
        ("le les dem foo", None),
        # The language that has most of the words.
        ("purger le Zertifikat und den hof", "purger le certificate and den cage"),
        ("purger le champ Zertifikat", "purge field zertifikat"),
        # What English has too tells nothing: `cages` and `see`, a verb of English, are words of it.
        ("see", None),
        ("images", None),  # the plural of an English word
        ("import", None),  # a verb
        ("purger images import", "purge image arrival"),
        ("see Zertifikat", None),
        ("see Zertifikat erneuern", "renew lake certificate"),
        ("jaula jaulas", "jaula cages"),
        ("cage row lake", None),
        ("Hof-Zeile", "cage row"),
        ("", None),
        ("?!", None),
    ],
)
def test_a_question_is_in_the_language_that_most_of_its_words_tell(question: str, english: str | None) -> None:
    assert to_english(question) == (question if english is None else english)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("zertifikat", "certificate"),
        ("Zertifikats", "certificate"),  # with an ending of one letter or two
        ("Zertifikates", "certificate"),
        ("zertifikatung", "zertifikatung"),
        ("hofs", "hofs"),  # a word of four letters is too short to lose one
        ("zeilen", "row"),
        ("netz liste", "network list"),
        ("Zertifikatzeile", "certificate row"),
        ("Zertifikatszeile", "certificate row"),
        ("Hofnzeile", "cage row"),
        ("Hofeszeile", "cage row"),
        ("Hofenzeile", "cage row"),
        ("Hoferzeile", "hoferzeile"),
        ("Zertifikathof", "certificate cage"),
        ("Hofzeile", "cage row"),
        ("Zertifikatsei", "zertifikatsei"),  # a part has three letters
        ("Eizeile", "eizeile"),
        ("ei", "egg"),
        ("Zertifikats-Hof", "certificate cage"),
        ("Hof-Zeile-Zertifikat", "cage row certificate"),
        ("Hof-foo-Zeile", "cage foo row"),
        ("-Hof-", "cage"),
        ("foo-bar", "foo bar"),
        ("unbekannt", "unbekannt"),
    ],
)
def test_a_german_word_is_read_in_its_cases_and_in_its_parts(word: str, english: str) -> None:
    assert to_english(f"{word} erneuern") == f"renew {english}"


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("purger l'champ", "purge field"),
        ("purger qu'champ", "purge field"),
        ("purger aujourd'hui", "purge today"),
        ("purger champmaison", "purge champmaison"),  # French writes no words as one
        ("purger champ-maison", "purge field house"),
        ("purger champ d'www.example.com", "purge field d'www.example.com"),  # a value stays whole
    ],
)
def test_a_french_word_is_read_without_its_article(question: str, english: str) -> None:
    assert to_english(question) == english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Welche Zertifikate löschen", "which certificate delete"),  # a question before a verb
        ("hof zeile hof", "cage row cage"),
        ("hof zeile stelle wieder her", "restore cage row"),
        ("hof erneuern und zeile löschen", "renew cage, then delete row"),
        ("hof erneuern dann zeile löschen", "renew cage, then delete row"),
        ("hof und zeile löschen", "delete cage and row"),
        ("hof erneuern und zeile", "renew cage and row"),
        ("hof erneuern und zeile und hof", "renew cage and row and cage"),
        ("hof erneuern und zeile löschen und hof", "renew cage, then delete row and cage"),
        ("hof erneuern und zeile löschen und hof erneuern", "renew cage, then delete row, then renew cage"),
    ],
)
def test_the_verb_comes_first_and_each_further_part_after_then(question: str, english: str) -> None:
    assert to_english(question) == english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("証明書を削除", "delete certificate"),
        ("有効化した証明書を削除", "delete activate certificate"),  # the last verb says what to do
        ("どの証明書を削除", "which certificate delete"),
        ("証明書を有効化とurlを削除", "activate certificate, then delete url"),
        ("CPコードを削除", "delete cp code"),
        ("cpを削除", "delete cp"),
        ("urlsを削除", "delete urls"),
        ("urls/v1.2のコード", "urls/v1.2 code"),  # a run of letters is one word or none
        ("証明書 url foo", "certificate url foo"),
        ("名コード", "code"),
    ],
)
def test_japanese_is_cut_into_the_longest_words(question: str, english: str) -> None:
    assert to_english(question) == english
