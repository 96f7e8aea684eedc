"""Where attempts to change something are written down; apart, so that a server without an audit file loads no more than this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_BYTES: Final = 16 * 1024 * 1024
DEFAULT_KEEP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPolicy:
    """Where attempts are written down, None for nowhere; `required` refuses what cannot be. Sizes in bytes."""

    file: Path | None = None
    required: bool = True
    max_bytes: int = DEFAULT_BYTES
    keep: int = DEFAULT_KEEP
