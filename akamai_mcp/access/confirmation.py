"""Confirmation of calls that destroy something or return a credential: the first call is refused with a token.

A token confirms one call: the same caller, operation, customer and arguments, once, within a few minutes. Nobody can agree in
advance to something else. A token is a message authentication code over the action (HMAC, RFC 2104), so the server stores
nothing for tokens that are never used.
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
_TIME: Final = 5  # bytes of the expiry time, in seconds since 1970
_NONCE: Final = 6  # bytes that make two tokens of one second differ
_CODE: Final = 16  # bytes kept of the HMAC; RFC 2104 section 5 allows half of SHA-256's 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPolicy:
    """Which calls need a confirmation, and for how many seconds a token is valid."""

    mode: ConfirmMode = "destructive"
    seconds: float = 300.0

    def requires(self, action: Action) -> bool:
        """True if the action needs a confirmation."""
        if self.mode == "never":
            return False
        return action.reveals or action.effect == "destroy" or (self.mode == "writes" and action.effect != "read")


class Ledger(Protocol):
    """The record of used tokens that all replicas share."""

    async def period(self) -> str:
        """Identify the ledger's current memory, which a restart of Redis may empty; "" while it cannot be reached."""

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        """Record the use of a token: True for the first use, False for a later one, None if that cannot be known."""


class Confirmations:
    """Issues tokens and accepts each once; with a ledger, once across all replicas."""

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

    async def authorize(self, action: Action, identity: str, token: str) -> None:
        """Like `require`, across all replicas. Raises ConfirmationUnproven if the ledger cannot be reached."""
        if self._ledger is None or not self._policy.requires(action):
            return self.require(action, identity, token)
        period = await self._ledger.period()
        if not period:
            raise ConfirmationUnproven
        # Tokens from before a restart of Redis become invalid, since the ledger may have lost their use.
        bound = f"{period} {identity}"
        self.require(action, bound, token)
        first = await self._ledger.spend(_decode(token), self._policy.seconds)
        if first is None:
            raise ConfirmationUnproven
        return None if first else self._ask(action, bound, token)

    def require(self, action: Action, identity: str, token: str) -> None:
        """Return if the action needs no confirmation, or if the token confirms it; `identity` is the Akamai account.

        Raises ConfirmationRequired with a description of the call and a new token.
        """
        if not self._policy.requires(action) or (token and self._redeem(action, identity, token)):
            return
        self._ask(action, identity, token)

    def _ask(self, action: Action, identity: str, token: str) -> NoReturn:
        stale = "The confirmation is for another call, was used before, or has expired. " if token else ""
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
    """Everything that identifies this call, in one canonical form."""
    facts = [identity, action.caller, action.customer, action.operation, action.method, action.target, action.placed.located()]
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _decode(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
