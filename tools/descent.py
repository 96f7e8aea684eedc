"""Descend a slope with a step of its own for each number (Adam), for the tools that fit the token table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

MEAN: Final = 0.9  # of what is remembered of earlier slopes
SQUARE: Final = 0.99


class Descent:
    """The values so far; `rates` is the first step of each array of them."""

    def __init__(self, values: Sequence[np.ndarray], rates: Sequence[float]) -> None:
        self.values = list(values)
        self._rates = rates
        self._means = [np.zeros_like(value) for value in values]
        self._squares = [np.zeros_like(value) for value in values]
        self._steps = 0

    def step(self, slopes: Sequence[np.ndarray], left: float) -> None:
        """One step down these slopes; `left` is the share of the first step that is left."""
        self._steps += 1
        for place, slope in enumerate(slopes):
            self._means[place] = MEAN * self._means[place] + (1 - MEAN) * slope
            self._squares[place] = SQUARE * self._squares[place] + (1 - SQUARE) * slope**2
            mean = self._means[place] / (1 - MEAN**self._steps)
            square = self._squares[place] / (1 - SQUARE**self._steps)
            self.values[place] = self.values[place] - self._rates[place] * left * mean / (np.sqrt(square) + 1e-10)
