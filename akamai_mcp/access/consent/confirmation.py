"""Confirm calls that destroy something or return a credential: ask, and let exactly the confirmed call pass once.

A token is good for one caller, connection, account and request, for a few minutes and a single time, so that nobody can
agree ahead to something else. It is a message authentication code over the request (RFC 2104), so nothing is stored for
tokens that are never used. `access.consent.decision` decides whose answer counts.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NoReturn, Protocol

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.decision import Agreement, current_agreement, decide
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.consent.question import Question, draw_question
from akamai_mcp.errors import (
    ChangeNotPlanned,
    ConfirmationDeclined,
    ConfirmationRequired,
    ConfirmationUnanswered,
    ConfirmationUnavailable,
    ConfirmationUnproven,
    QuestionRequired,
)

ConfirmMode = Literal["destructive", "writes", "never"]
_TIME: Final = 5  # bytes of the time at which a token ends, in seconds since 1970
_NONCE: Final = 6
_CODE: Final = 16  # bytes of the code that a token has; with all three it has 27, which Base64 writes without padding
MAX_DECLINED: Final = 10_000  # remembered at a time; the oldest are forgotten first


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPolicy:
    """Which calls are asked about, and for how many seconds a token, and a decline, are remembered."""

    mode: ConfirmMode = "destructive"
    seconds: float = 300.0

    def requires(self, action: Action) -> bool:
        """True if the action needs a confirmation: it destroys, reveals a credential, or writes if the operator wants that."""
        if self.mode == "never":
            return False
        return action.reveals or action.effect == "destroy" or (self.mode == "writes" and action.effect != "read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """How an action would be asked about: `name` binds an agreement to it, its caller and its account."""

    name: str
    question: Question
    asks: bool


class Ledger(Protocol):
    """Where replicas record which tokens were used and which calls were declined."""

    async def period(self) -> str:
        """Return an id of the ledger's memory, which knows nothing of earlier tokens; "" while it cannot be reached."""

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        """Record the use of a token: True for the first use, False for a later one, None if that cannot be known."""

    async def note_declined(self, name: str, seconds: float) -> None:
        """Remember a declined call for some seconds, as far as the ledger can be reached."""

    async def was_declined(self, name: str) -> bool:
        """True if the call was declined; False if not, or while the ledger cannot be reached."""


@dataclass(slots=True)
class _Declines:
    """The calls that users declined, each with the time until which that counts."""

    until: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, end: float) -> None:
        self.until.pop(name, None)
        self.until[name] = end
        while len(self.until) > MAX_DECLINED:
            del self.until[next(iter(self.until))]

    def has(self, name: str, now: float) -> bool:
        return self.until.get(name, 0.0) >= now


class Confirmations:
    """Issues tokens and accepts each one once; with a ledger, once at all replicas together."""

    def __init__(
        self,
        policy: ConfirmationPolicy,
        *,
        key: bytes | None = None,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[int], bytes] = secrets.token_bytes,
        ledger: Ledger | None = None,
        get_agreement: Callable[[], Agreement] = current_agreement,
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._key = key or secrets.token_bytes(32)
        self._clock = clock
        self._nonce = nonce
        self._get_agreement = get_agreement
        self._used: dict[bytes, float] = {}
        self._declines = _Declines()

    async def authorize(self, action: Action, identity: str, confirm: str) -> str:
        """Let a call pass, and return the question it was confirmed by; "" if it does not ask.

        `identity` is the account that the call acts for, `confirm` the token among the call's arguments.
        Raises ConfirmationRequired, QuestionRequired, ConfirmationDeclined, ConfirmationUnanswered, ConfirmationUnavailable,
        ConfirmationUnproven, ChangeNotPlanned.
        """
        if (plan := self._get_agreement().plan) is not None:
            return await self._as_planned(plan, action, identity)
        if not self._policy.requires(action):
            return ""
        question = await draw_question(action)
        return await self._consent(question, (_name(action, identity, question),), confirm)

    async def weigh(self, action: Action, identity: str) -> Weighed:
        """Say how an action would be asked about, without asking."""
        question = await draw_question(action)
        return Weighed(name=_name(action, identity, question), question=question, asks=self._policy.requires(action))

    async def agree(self, question: Question, caller: str, confirm: str, *, asking: Iterable[str] = ()) -> str:
        """Let the plan of a program pass as a whole, and return the question; `asking` names the changes in it that ask.

        A plan with a change that was declined is declined, and so is each of its changes with it. Raises as `authorize` does.
        """
        return await self._consent(question, (f"plan {caller} {question.digest}", *asking), confirm)

    async def _as_planned(self, plan: PlannedChanges, action: Action, identity: str) -> str:
        """Let a change of a program pass if it is the one that was planned, for the same account. Raises ChangeNotPlanned."""
        if action.effect == "read" and not action.reveals:
            return ""
        question = await draw_question(action)
        name, asks = _name(action, identity, question), self._policy.requires(action)
        declined = asks and await self._was_declined(name)
        verdict = decide("plan", None, proven=(plan.agreed or not asks) and plan.take(name), declined=declined)
        if verdict == "declined":
            raise ConfirmationDeclined(minutes=self._policy.seconds / 60)
        if verdict != "send":
            raise ChangeNotPlanned(question.text)
        return plan.text

    async def _consent(self, question: Question, names: tuple[str, ...], confirm: str) -> str:
        """Let what has these names pass if the user agreed to the question, and return its text; the token is of the first."""
        agreement = self._get_agreement()
        token = agreement.state if agreement.way == "dialog" else confirm
        meaning = await self._meaning(names[0], agreement)
        declined = any([await self._was_declined(name) for name in names])
        proven = not declined and await self._redeem(meaning, token)
        verdict = decide(agreement.way, agreement.reply, proven=proven, declined=declined)
        if verdict == "send":
            return question.text
        if verdict == "declined" and not declined:
            for name in names:
                await self._note_declined(name)
        return self._refuse(verdict, question, meaning, token)

    def _refuse(self, verdict: str, question: Question, meaning: bytes, token: str) -> NoReturn:
        seconds = self._policy.seconds
        match verdict:
            case "ask":
                raise QuestionRequired(line=question.text, state=self._issue(meaning))
            case "issue token":
                stale = "The confirmation is for another call, was used before, or has expired. " if token else ""
                raise ConfirmationRequired(stale, line=question.text, token=self._issue(meaning), seconds=seconds)
            case "declined":
                raise ConfirmationDeclined(minutes=seconds / 60)
            case "unanswered" | "not shown":
                raise ConfirmationUnanswered(shown=verdict == "unanswered")
            case "no dialog":
                raise ConfirmationUnavailable(question.text)
            case _:
                raise AssertionError(verdict)

    async def _meaning(self, name: str, agreement: Agreement) -> bytes:
        """Everything that a token is bound to. Raises ConfirmationUnproven while the replicas' ledger cannot be reached."""
        period = ""
        if self._ledger is not None and not (period := await self._ledger.period()):
            raise ConfirmationUnproven
        return sha256(f"{agreement.way} {agreement.session} {period} {name}".encode()).digest()

    async def _redeem(self, meaning: bytes, token: str) -> bool:
        """True for the first use of a token that was issued for this meaning."""
        if not token or not self._take(meaning, token):
            return False
        if self._ledger is None:
            return True
        first = await self._ledger.spend(_decode(token), self._policy.seconds)
        if first is None:
            raise ConfirmationUnproven
        return first

    def _take(self, meaning: bytes, token: str) -> bool:
        raw = _decode(token)
        head, code = raw[: _TIME + _NONCE], raw[_TIME + _NONCE :]
        now, end = self._clock(), int.from_bytes(head[:_TIME], "big")
        self._used = {used: until for used, until in self._used.items() if until >= now}
        if not hmac.compare_digest(code, self._code(head, meaning)) or now > end or head in self._used:
            return False
        self._used[head] = end
        return True

    def _issue(self, meaning: bytes) -> str:
        head = int(self._clock() + self._policy.seconds).to_bytes(_TIME, "big") + self._nonce(_NONCE)
        return base64.urlsafe_b64encode(head + self._code(head, meaning)).decode()

    def _code(self, head: bytes, meaning: bytes) -> bytes:
        return hmac.digest(self._key, head + meaning, "sha256")[:_CODE]

    async def _was_declined(self, name: str) -> bool:
        if self._declines.has(name, self._clock()):
            return True
        return self._ledger is not None and await self._ledger.was_declined(_digest(name))

    async def _note_declined(self, name: str) -> None:
        self._declines.note(name, self._clock() + self._policy.seconds)
        if self._ledger is not None:
            await self._ledger.note_declined(_digest(name), self._policy.seconds)


def _name(action: Action, identity: str, question: Question) -> str:
    return f"{identity} {action.caller} {question.digest}"


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def _decode(token: str) -> bytes:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return b""
