"""How near texts are in meaning: numbers in lanes, pieces of words, vectors, neighbours."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.nearness import table as table_module
from akamai_mcp.catalogue.search.nearness.lanes import from_lanes, to_lanes
from akamai_mcp.catalogue.search.nearness.neighbours import Neighbours, nearest
from akamai_mcp.catalogue.search.nearness.phrases import HEAVIEST, MOST_PHRASES, MOST_PIECES, Meanings
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
    assert MOST_PIECES * 255 * HEAVIEST * MOST_PHRASES < 2**32
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


def test_every_operation_has_a_meaning(catalogue: Catalogue) -> None:
    (without,) = catalogue.index.execute("SELECT count(*) FROM operations WHERE length(meaning) <> ?", (DIMENSIONS,)).fetchone()
    assert without == 0
