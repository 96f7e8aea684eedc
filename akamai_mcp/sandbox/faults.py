"""Fault injection: what goes wrong, for which requests, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from threading import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault for the next `times` requests (None: all) that match a method and a path glob.

    With a `status` the operation does not run. The other faults damage its response, so the operation has taken
    effect, unless the connection drops `before` it runs. `delay` is in seconds.
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

    def matches(self, method: str, path: str) -> bool:
        """True for a request that the fault applies to."""
        return fnmatchcase(method, self.method.upper()) and fnmatchcase(path, self.path)


class Faults:
    """The pending faults; each request takes the first that matches it."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        # Tests add faults in one thread while the server takes them in another.
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, *faults: Fault) -> None:
        """Add faults after the pending ones."""
        with self._lock:
            self._waiting.extend(faults)

    def clear(self) -> None:
        """Remove all pending faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for a request, or None; counts one of its times as used."""
        with self._lock:
            index = next((index for index, fault in enumerate(self._waiting) if fault.matches(method, path)), None)
            return None if index is None else self._use(index)

    def _use(self, index: int) -> Fault:
        fault = self._waiting[index]
        if fault.times is not None:
            left = fault.times - 1
            self._waiting[index : index + 1] = [replace(fault, times=left)] if left > 0 else []
        return fault
