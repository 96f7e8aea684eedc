"""Turn the vectors of pieces so that a phrase is nearer to the other phrases of its operation than to other operations.

An operation is the mean direction of its phrases, as in search. Each ask is compared with all operations, itself left out of
its own, and the vectors follow the slope of a softmax over them. What is learned is which words tell operations apart; that it
holds for operations whose asks were not used was measured before it was used for all (decision 56).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from descent import Descent

ROUNDS: Final = 5
BATCH: Final = 2_400
RATE: Final = 0.01
FADING: Final = 0.93  # of the step, after each round
PULL: Final = 1.0  # towards the vectors it begins with
WEIGHT_PULL: Final = 1.0
SHARPNESS: Final = 9.0  # of the softmax at the start
SHARPNESS_RATE: Final = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The phrases of an operation as numbers of pieces; versions of one operation share a name. `asks` begin at this place."""

    name: str
    phrases: Sequence[Sequence[int]]
    asks: int


class Contrast:
    """The phrases of all operations in flat arrays, and the slope of the loss for a batch of asks."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        phrases = [phrase for operation in operations for phrase in operation.phrases]
        counts = [len(operation.phrases) for operation in operations]
        names = {name: number for number, name in enumerate(dict.fromkeys(operation.name for operation in operations))}
        self._flat = np.concatenate(phrases)
        self._lengths = np.array([len(phrase) for phrase in phrases])
        self._starts = _starts(self._lengths)
        self._owners = np.repeat(np.arange(len(operations)), counts)
        self._firsts = _starts(np.array(counts))
        self._names = np.array([names[operation.name] for operation in operations])
        places = np.arange(len(phrases)) - self._firsts[self._owners]
        self.asks = np.flatnonzero(places >= np.array([operation.asks for operation in operations])[self._owners])
        # The occurrences of each piece, together.
        self._order = np.argsort(self._flat, kind="stable")
        self.pieces, self._piece_starts = np.unique(self._flat[self._order], return_index=True)
        self._phrase_of = np.repeat(np.arange(len(phrases)), self._lengths)[self._order]

    def slope(self, table: np.ndarray, asks: np.ndarray, sharpness: float) -> tuple[float, np.ndarray, float]:
        """The loss of some asks and its slopes: by the vectors of `pieces`, and by the logarithm of the sharpness."""
        phrases, lengths = _unit(np.add.reduceat(table[self._flat], self._starts))
        sums = np.add.reduceat(phrases, self._firsts)
        centres, sizes = _unit(sums)
        asked, owners = phrases[asks], self._owners[asks]
        others, distances = _unit(sums[owners] - asked)
        scores = asked @ centres.T
        scores[self._names[owners][:, None] == self._names] = -np.inf  # other versions of an operation are right too
        scores = sharpness * np.hstack([(asked * others).sum(1, keepdims=True), scores])
        shares = np.exp(scores - scores.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        loss = -np.log(shares[:, 0] + 1e-30).mean()
        pulls = shares.copy()
        pulls[:, 0] -= 1
        pulls /= len(asks)
        by_sharpness = float((pulls * np.where(np.isinf(scores), 0, scores)).sum())
        pulls *= sharpness
        own, rest = pulls[:, :1], pulls[:, 1:]
        by_others = _through_unit(own * asked, others, distances)
        by_sums = _through_unit(rest.T @ asked, centres, sizes)
        np.add.at(by_sums, owners, by_others)
        by_phrases = by_sums[self._owners]
        by_phrases[asks] += rest @ centres + own * others - by_others
        by_pieces = _through_unit(by_phrases, phrases, lengths)[self._phrase_of]
        return float(loss), np.add.reduceat(by_pieces, self._piece_starts), by_sharpness


def tell_apart(table: np.ndarray, operations: Sequence[Operation]) -> np.ndarray:
    """The table with the vectors of all pieces in the phrases turned; those of other pieces stay as they are."""
    contrast = Contrast(operations)
    used = contrast.pieces
    size = np.median(np.linalg.norm(table[used], axis=1))
    turned = (table / size).astype(np.float32)
    start = turned[used]
    descent = Descent(
        [np.zeros_like(start), np.zeros((len(used), 1), np.float32), np.array(np.log(SHARPNESS))],
        (RATE, 2 * RATE, SHARPNESS_RATE),
    )
    random = np.random.default_rng(0)
    for turn in range(ROUNDS):
        losses = []
        for asks in np.array_split(random.permutation(contrast.asks), -(-len(contrast.asks) // BATCH)):
            correction, weight, sharpness = descent.values
            turned[used] = np.exp(weight) * (start + correction)
            loss, slope, by_sharpness = contrast.slope(turned, asks, float(np.exp(sharpness)))
            by_correction = np.exp(weight) * slope + 2 * PULL * correction / len(used)
            by_weight = (slope * turned[used]).sum(1, keepdims=True) + 2 * WEIGHT_PULL * weight / len(used)
            descent.step([by_correction, by_weight, np.array(by_sharpness)], FADING**turn)
            losses.append(loss)
        print(f"round {turn + 1} of {ROUNDS}: loss {np.mean(losses):.3f}", flush=True)
    correction, weight, _ = descent.values
    turned[used] = np.exp(weight) * (start + correction)
    return turned * size


def _starts(lengths: np.ndarray) -> np.ndarray:
    return np.r_[0, np.cumsum(lengths)[:-1]]


def _unit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows at length 1, and their lengths."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
    return rows / lengths, lengths


def _through_unit(slopes: np.ndarray, units: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The slopes by the rows, given those by the rows at length 1."""
    return (slopes - (slopes * units).sum(1, keepdims=True) * units) / lengths
