"""The uncertainty of a mean, by the bootstrap."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from typing import Final

DRAWS: Final = 2_000
SEED: Final = 20_261_126


def bootstrap(values: Sequence[float], *, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
    """The 95 % interval of the mean: the percentiles 2.5 and 97.5 of the means of samples drawn with replacement.

    The seed is fixed, so that the same values always give the same interval.
    """
    source = random.Random(seed)
    means = [statistics.fmean(source.choices(values, k=len(values))) for _ in range(draws)]
    cuts = statistics.quantiles(means, n=40)
    return cuts[0], cuts[-1]
