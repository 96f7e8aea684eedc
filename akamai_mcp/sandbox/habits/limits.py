"""The four forms of limits: a burst that the gate refuses, and counts of a minute with the end told in three ways."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from http import HTTPStatus
from itertools import cycle
from math import ceil
from typing import Final

from akamai_mcp.sandbox.exchange import Answer

MINUTE: Final = 60.0
PROPERTIES: Final = "papi"
CERTIFICATES: Final = "cps"
BURST: Final = "https://problems.luna.akamaiapis.net/-/pep-authn/request-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests of an account: `burst` in a second, the others in a minute, of PAPI, of CPS, and of each other API."""

    burst: int
    papi: int
    cps: int
    others: int

    def of(self, product: str) -> int:
        """The limit of an API in a minute."""
        return {PROPERTIES: self.papi, CERTIFICATES: self.cps}.get(product, self.others)


class Windows:
    """The requests of the last second and of each API's last minute."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._second: deque[float] = deque()
        self._minutes: defaultdict[str, deque[float]] = defaultdict(deque)
        self._forms = cycle((_seconds, _decimals, _date))

    def take(self, product: str) -> Answer | None:
        """Count a request, or refuse it if it is one too many; a refused one is not counted."""
        now, minute = self._clock(), self._minutes[product]
        _forget(self._second, now - 1)
        _forget(minute, now - MINUTE)
        if len(self._second) >= self._limits.burst:
            detail = "The request was denied by the WAF deny rule IPBLOCK-BURST4-54013."
            return Answer(status=HTTPStatus.BAD_REQUEST, problem=detail, members={"type": BURST, "title": "Bad request"})
        self._second.append(now)
        if len(minute) >= self._limits.of(product):
            return self._refusal(product, now, minute[0] + MINUTE)
        minute.append(now)
        return None

    def headers(self, product: str) -> Mapping[str, str]:
        """What PAPI says of its limit with every answer; other APIs say nothing."""
        if product != PROPERTIES:
            return {}
        now, minute = self._clock(), self._minutes[product]
        _forget(minute, now - MINUTE)
        free = minute[0] + MINUTE if minute else now
        limit = self._limits.of(product)
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(limit - len(minute), 0)),
            "x-ratelimit-next": _stamp(free),
        }

    def _refusal(self, product: str, now: float, free: float) -> Answer:
        detail, headers = "Too many requests.", {}
        if product == PROPERTIES:
            headers = {**self.headers(product), "x-ratelimit-next": _stamp(free)}
        elif product == CERTIFICATES:
            detail = f"Too many requests, try after {_stamp(free)}."
        else:
            headers = {"retry-after": next(self._forms)(now, free)}
        return Answer(status=HTTPStatus.TOO_MANY_REQUESTS, problem=detail, headers=headers)


def _forget(times: deque[float], until: float) -> None:
    while times and times[0] <= until:
        times.popleft()


def _stamp(at: float) -> str:
    """A time in RFC 3339 that is not before `at`."""
    return datetime.fromtimestamp(ceil(at * 1000) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(now: float, free: float) -> str:
    return str(max(ceil(free - now), 1))


def _decimals(now: float, free: float) -> str:
    return f"{free - now + 0.05:.1f}"


def _date(_: float, free: float) -> str:
    return formatdate(ceil(free), usegmt=True)
