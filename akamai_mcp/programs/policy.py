"""The bounds of programs, as one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPolicy:
    """What one program may use, and how many run at once.

    `calls` bounds its calls of Akamai and of the catalogue, and as many reads of looking ahead; `memory`, `source` and `state`
    are bytes, `printed` characters. A program whose `seconds` are over pauses; `ending_seconds` more end what is under way.
    `state` is how large a program may be that is to go on later.
    """

    calls: int = 500
    at_once: int = 16
    seconds: float = 120.0
    processor_seconds: float = 10.0
    memory: int = 128 * 1024 * 1024
    source: int = 64 * 1024
    printed: int = 4000
    places: int = 8
    foresight_seconds: float = 30.0
    ending_seconds: float = 60.0
    state: int = 16 * 1024 * 1024
