"""Faults to order: what goes wrong, for which requests and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from threading import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong with the next `times` requests (None: with all) of a method and path glob.

    A status takes the operation's place. The others spoil its answer: it has then taken effect, unless
    the connection drops `before` it does.
    """

    method: str = "*"
    path: str = "*"
    times: int | None = 1
    status: int | None = None
    retry_after: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    before: bool = True
    truncate: bool = False
    malformed_json: bool = False
    content_type: str | None = None
    body: bytes | None = None
    body_size: int | None = None

    def concerns(self, method: str, path: str) -> bool:
        """True for a request that the fault is meant for."""
        return fnmatchcase(method, self.method.upper()) and fnmatchcase(path, self.path)


class Faults:
    """The faults still to happen; each request takes the first that concerns it."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        # Tests order faults in one thread while the server takes them in another.
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, *faults: Fault) -> None:
        """Order faults, to happen after those that already wait."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Let nothing more go wrong."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of a request, one of its times used up."""
        with self._lock:
            place = next((place for place, fault in enumerate(self._waiting) if fault.concerns(method, path)), None)
            return None if place is None else self._use(place)

    def _use(self, place: int) -> Fault:
        fault = self._waiting[place]
        if fault.times is not None:
            left = fault.times - 1
            self._waiting[place : place + 1] = [replace(fault, times=left)] if left > 0 else []
        return fault
