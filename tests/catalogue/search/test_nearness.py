"""How near texts are in meaning: numbers in lanes, pieces of words, vectors, neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.nearness import table as table_module
from akamai_mcp.catalogue.search.nearness.lanes import from_lanes, to_lanes
from akamai_mcp.catalogue.search.nearness.neighbours import ALIKE, Neighbours, nearest
from akamai_mcp.catalogue.search.nearness.phrases import LARGEST_WEIGHT, MOST_PHRASES, MOST_PIECES, Meanings
from akamai_mcp.catalogue.search.nearness.pieces import WordPieces, is_piece
from akamai_mcp.catalogue.search.nearness.table import DIMENSIONS, TABLE, ZERO, load_table, write_table

BYTES = st.binary(min_size=5, max_size=5)


def cosine(one: bytes, other: bytes) -> float:
    left, right = ([number - ZERO for number in vector] for vector in (one, other))
    return sum(map(int.__mul__, left, right)) / math.sqrt(sum(n * n for n in left) * sum(n * n for n in right))


@given(st.lists(st.tuples(BYTES, st.integers(0, 255)), max_size=192))
def test_lanes_hold_the_sums_of_products_of_bytes(terms: list[tuple[bytes, int]]) -> None:
    together = sum((factor * to_lanes(numbers) for numbers, factor in terms), 0)
    assert from_lanes(together, 5) == [sum(numbers[place] * factor for numbers, factor in terms) for place in range(5)]


def test_no_text_is_too_long_for_the_lanes() -> None:
    assert MOST_PIECES * 255 * LARGEST_WEIGHT * MOST_PHRASES < 2**32
    assert DIMENSIONS * 255 * 255 < 2**32
    longest = " ".join(["cache"] * 10_000)
    assert cosine(Meanings().of([longest] * 10_000), Meanings().of(["cache"])) > 0.99


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("purges", [0, 2]), ("Purge, S!", [0, 1]), ("purgeS", [0, 1]), ("purgexs", [0]), ("x" * 1_000, []), ("", [])],
)
def test_a_word_is_cut_into_the_longest_pieces_until_one_is_unknown(text: str, pieces: list[int]) -> None:
    assert WordPieces({"purge": 0, "s": 1, "##s": 2}).cut(text) == pieces


def test_a_table_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = bytes([*range(128), *range(129, 193)]) + bytes([255] * DIMENSIONS)
    write_table(tmp_path / "table.bin", ["purge", "##s"], vectors)
    monkeypatch.setattr(table_module, "TABLE", tmp_path / "table.bin")
    # What the file says of itself, for whoever reads it without this code.
    assert orjson.loads((tmp_path / "table.bin").read_bytes().partition(b"\n")[0]) == {
        "dimensions": DIMENSIONS,
        "pieces": 2,
        "vocabulary": len("purge\n##s"),
    }
    table = load_table.__wrapped__()
    assert table is not None
    assert table.pieces.cut("purges") == [0, 1]
    assert table.vector(0) == bytes((number + ZERO) % 256 for number in vectors[:DIMENSIONS])
    assert set(table.vector(1)) == {ZERO - 1}
    table.content.close()


def test_without_a_table_nothing_is_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "TABLE", tmp_path / "absent.bin")
    assert load_table.__wrapped__() is None


def test_the_table_of_the_package_has_a_vector_for_each_piece_and_no_more_than_8_mb() -> None:
    table = load_table()
    assert table is not None
    assert TABLE.stat().st_size < 8_000_000
    vocabulary = table.content[table.content.find(b"\n") + 1 : table.start].decode().split("\n")
    assert all(map(is_piece, vocabulary))
    assert table.start + len(vocabulary) * DIMENSIONS == TABLE.stat().st_size


@pytest.fixture
def own_meanings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meanings]:
    """Meanings by a table of a few words, each of which points along some of the dimensions."""
    vectors = {
        "first": [90, *[0] * 191],
        "back": [-90, *[0] * 191],
        "short": [0, *[3] * 100, *[0] * 91],
        "wide": [0, *[30] * 100, *[0] * 91],
        "none": [0] * 192,
        "##s": [0] * 191 + [40],
        "##st": [0] * 190 + [40, 0],
    }
    write_table(tmp_path / "table.bin", list(vectors), bytes(number % 256 for vector in vectors.values() for number in vector))
    monkeypatch.setattr(table_module, "TABLE", tmp_path / "table.bin")
    table = load_table.__wrapped__()
    assert table is not None
    yield Meanings(table)
    table.content.close()


def test_a_vector_has_the_same_length_whatever_the_length_of_its_pieces(own_meanings: Meanings) -> None:
    # Of a hundred equal numbers each is a tenth of the length, 254 stands for a whole, and 25.4 is rounded.
    wide = bytes([ZERO, *[ZERO + 25] * 100, *[ZERO] * 91])
    assert own_meanings.of(["wide"]) == own_meanings.of(["short"]) == own_meanings.of(["wide wide", "short"]) == wide


def test_a_number_that_is_more_than_half_of_the_length_is_cut(own_meanings: Meanings) -> None:
    assert own_meanings.of(["first"]) == bytes([255, *[ZERO] * 191])
    assert own_meanings.of(["back"]) == bytes([1, *[ZERO] * 191])


@pytest.mark.parametrize("texts", [["none"], ["first back"], ["first", "back"], ["none", ""], ["unknown"]])
def test_what_points_both_ways_or_nowhere_means_nothing(own_meanings: Meanings, texts: list[str]) -> None:
    assert own_meanings.of(texts) == b""


def test_phrases_count_alike_however_long_they_are(own_meanings: Meanings) -> None:
    # Both have a third of the square of the sum's length: a hundred times .1 squared, and 1 squared.
    for texts in (
        ["wide", "first first first"],
        ["wide wide wide", "first first first first"],
        ["first first first", "wide", "none"],
    ):
        found = own_meanings.of(texts)
        assert found[0] - ZERO == 127, texts  # cut, of 254 / sqrt(2)
        assert {number - ZERO for number in found[1:101]} == {18}, texts  # 25.4 / sqrt(2)


def test_the_pieces_of_a_word_add_up(own_meanings: Meanings) -> None:
    found = own_meanings.of(["wides"])
    # 300 and 40 across, of a length of 302.65.
    assert ({*found[1:101]}, found[191]) == ({ZERO + 25}, ZERO + 34)
    assert own_meanings.of(["wides"]) != own_meanings.of(["widest"])


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("flush the edge cache", "purge content", "create a dns zone"),
        ("who is an administrator", "users and their roles", "certificate expiry"),
        ("change the name of a site", "rename a hostname", "download an invoice"),
    ],
)
def test_texts_that_mean_alike_are_nearer_than_others(text: str, near: str, far: str) -> None:
    vectors = [Meanings().of([one]) for one in (text, near, far)]
    assert cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2])


def test_each_of_several_texts_counts_alike() -> None:
    together = Meanings().of(["purge", "list the dns zones of a contract"])
    parts = [cosine(together, Meanings().of([text])) for text in ("purge", "list the dns zones of a contract")]
    assert abs(parts[0] - parts[1]) < 0.02


@pytest.mark.parametrize("texts", [[], [""], ["!?", "\u30d1"]])
def test_texts_without_a_known_word_point_nowhere(texts: list[str]) -> None:
    assert Meanings().of(texts) == b""
    assert Neighbours([(7, Meanings().of(["purge"]))]).likeness(" ".join(texts)) == {}


def test_neighbours_give_the_cosine_of_each_row() -> None:
    vectors = {row: Meanings().of([text]) for row, text in ((3, "purge a url"), (9, "list dns zones"))}
    asked = Meanings().of(["delete the url from the cache"])
    found = Neighbours([*vectors.items(), (11, b"")]).likeness("delete the url from the cache")
    assert found.keys() == vectors.keys()
    assert all(abs(found[row] - cosine(asked, vector)) < 0.02 for row, vector in vectors.items())


def test_the_nearest_are_the_most_alike_that_are_allowed() -> None:
    likeness = {1: 0.9, 2: 0.5, 3: 0.8, 4: 0.1}
    assert nearest(likeness, 2, None) == [1, 3]
    assert nearest(likeness, 9, {2, 4, 5}) == [2]
    assert nearest({7: 0.9, 5: 0.8, 2: 0.8, 3: 0.8}, 3, None) == [7, 2, 3]  # of those that are alike the first ones


def test_what_has_less_in_common_than_a_bound_is_not_near() -> None:
    assert nearest({1: ALIKE, 2: math.nextafter(ALIKE, 0)}, 9, None) == [1]


def test_among_no_operations_nothing_is_near() -> None:
    assert Neighbours([]).likeness("purge") == {}
    assert nearest({}, 9, None) == []


def test_every_operation_has_a_meaning(catalogue: Catalogue) -> None:
    (without,) = catalogue.index.execute("SELECT count(*) FROM operations WHERE length(meaning) <> ?", (DIMENSIONS,)).fetchone()
    assert without == 0
