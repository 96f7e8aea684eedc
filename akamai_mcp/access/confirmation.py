"""Ask before what removes, breaks or reveals something: a call is refused with a token, and passes once with it.

A token is good for that caller, operation, customer and arguments alone, for a few minutes and a single time, so that nobody can
agree ahead to something else. It is a message authentication code over the action (RFC 2104), so nothing is kept for
tokens that are never used.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, NoReturn, Protocol

import orjson

from akamai_mcp.access.action import Action
from akamai_mcp.errors import ConfirmationRequired, ConfirmationUnproven

ConfirmMode = Literal["destructive", "writes", "never"]
_TIME: Final = 5  # bytes of the time at which a token ends, in seconds since 1970
_NONCE: Final = 6
_CODE: Final = 16  # bytes of the code that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPolicy:
    """Which calls are asked about, and for how many seconds an answer is good."""

    mode: ConfirmMode = "destructive"
    seconds: float = 300.0

    def asks(self, action: Action) -> bool:
        """True where the action needs a confirmation: what destroys, what reveals a credential, and writes if wanted."""
        if self.mode == "never":
            return False
        return action.reveals or action.effect == "destroy" or (self.mode == "writes" and action.effect != "read")


class Ledger(Protocol):
    """Where several replicas write down which tokens were used."""

    async def period(self) -> str:
        """What the ledger's memory begins with: of tokens from before it knows nothing. Empty while it cannot be asked."""

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        """True for the first who uses a token, False for any other, None where that cannot be known."""


class Confirmations:
    """Gives out tokens and takes each back once; with a ledger, once at all replicas together."""

    def __init__(
        self,
        policy: ConfirmationPolicy,
        *,
        key: bytes | None = None,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[int], bytes] = secrets.token_bytes,
        ledger: Ledger | None = None,
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._key = key or secrets.token_bytes(32)
        self._clock = clock
        self._nonce = nonce
        self._used: dict[bytes, float] = {}

    async def admit(self, action: Action, identity: str, token: str) -> None:
        """The same as `require`, for all replicas. Raises ConfirmationUnproven where they cannot be asked."""
        if self._ledger is None or not self._policy.asks(action):
            return self.require(action, identity, token)
        period = await self._ledger.period()
        if not period:
            raise ConfirmationUnproven
        bound = f"{period} {identity}"  # a token that the ledger may have forgotten is not good any more
        self.require(action, bound, token)
        first = await self._ledger.spend(_decode(token), self._policy.seconds)
        if first is None:
            raise ConfirmationUnproven
        return None if first else self._ask(action, bound, token)

    def require(self, action: Action, identity: str, token: str) -> None:
        """Pass, or raise ConfirmationRequired with what would be done and a new token; `identity` is whose account it is."""
        if not self._policy.asks(action) or (token and self._redeem(action, identity, token)):
            return
        self._ask(action, identity, token)

    def _ask(self, action: Action, identity: str, token: str) -> NoReturn:
        stale = "The confirmation given is not for this call, or is used or too old. " if token else ""
        raise ConfirmationRequired(stale, line=action.line(), token=self._issue(action, identity), seconds=self._policy.seconds)

    def _issue(self, action: Action, identity: str) -> str:
        head = int(self._clock() + self._policy.seconds).to_bytes(_TIME, "big") + self._nonce(_NONCE)
        return base64.urlsafe_b64encode(head + self._code(head, action, identity)).decode().rstrip("=")

    def _redeem(self, action: Action, identity: str, token: str) -> bool:
        raw = _decode(token)
        head, code = raw[: _TIME + _NONCE], raw[_TIME + _NONCE :]
        now, end = self._clock(), int.from_bytes(head[:_TIME], "big")
        self._used = {used: until for used, until in self._used.items() if until >= now}
        if not hmac.compare_digest(code, self._code(head, action, identity)) or now > end or head in self._used:
            return False
        self._used[head] = end
        return True

    def _code(self, head: bytes, action: Action, identity: str) -> bytes:
        return hmac.digest(self._key, head + sha256(_meaning(action, identity)).digest(), "sha256")[:_CODE]


def _meaning(action: Action, identity: str) -> bytes:
    """Everything that makes this call this call, in one form."""
    facts = [identity, action.caller, action.customer, action.operation, action.method, action.target, action.placed.located()]
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _decode(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
