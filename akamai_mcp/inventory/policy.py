"""The bounds of the inventory, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE: Final = "inventory.sqlite"
MOST_ROWS: Final = 100  # of one answer to a person or an agent


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryPolicy:
    """Where the inventory is kept, how old it may be, and how gently it is read.

    `folder` is None where nothing is written to disk; `key` seals what is. `fresh` is the age in seconds from which a list is
    read again, `details` that of what is read for one thing. A refusal of Akamai counts for `failed` seconds, a failure to reach
    it for `passing`. A question waits at most `patience` seconds for reads, and in the background each API is read at `rate`
    calls a second after the first `burst`, and not at all while less than the share `left_to_others` of a limit that Akamai
    tells is left. The share `quota_left` of a caller's calls a minute is left to the caller's own calls.
    """

    folder: Path | None = None
    key: bytes | None = None
    fresh: float = 3600.0
    details: float = 60.0
    failed: float = 600.0
    passing: float = 5.0
    quota_left: float = 0.5
    unsettled: float = 900.0
    patience: float = 20.0
    rate: float = 1.0
    burst: int = 30  # with the rate 90 calls in any minute, where Property Manager allows 100
    left_to_others: float = 0.25
