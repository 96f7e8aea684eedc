"""Consent: whose answer lets a call that asks be sent. A pure table; nothing here reads a clock or a message.

Where the client has a dialog, only the user's answer to the server's own question counts: a token in the call's arguments
is the agent's word, and is neither issued nor accepted there. Without a dialog the agent brings the token of a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from akamai_mcp.access.consent.planned import PlannedChanges

ConfirmBy = Literal["auto", "dialog", "token"]
# How the user of this connection can be asked: the client's dialog, the token of a refusal, or not at all. In a program that
# goes on after its plan was agreed to, the plan is the answer and nobody is asked again.
Way = Literal["dialog", "token", "none", "plan"]
# What came of a question: an answer, a dialog that was closed or ran out of time, a client that cannot show it after all.
Reply = Literal["accepted", "declined", "cancelled", "failed"]
Verdict = Literal["send", "ask", "issue token", "declined", "unanswered", "not shown", "no dialog", "not planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What the server knows of the user's consent to one call.

    `state` is the token of the server's question, which comes back with `reply`. `session` binds tokens to the connection
    that they were issued on. `plan` has the changes that a program may make. Only the server sets these; none of them can
    stand in a call's arguments.
    """

    way: Way = "token"
    reply: Reply | None = None
    state: str = ""
    session: str = ""
    plan: PlannedChanges | None = None


NO_DIALOG: Final = Agreement()
_agreement: ContextVar[Callable[[], Agreement] | None] = ContextVar("agreement", default=None)


def choose_way(confirm_by: ConfirmBy, *, has_dialog: bool) -> Way:
    """The way to ask, by the operator's setting and by what the client says of itself."""
    if confirm_by == "token":
        return "token"
    if has_dialog:
        return "dialog"
    return "token" if confirm_by == "auto" else "none"


def decide(way: Way, reply: Reply | None, *, proven: bool, declined: bool) -> Verdict:
    """What becomes of a call that asks.

    `proven`: the token (of the question, or in the arguments) was issued for exactly this call and not used before.
    `declined`: the user declined this call within the last minutes.
    """
    if declined:
        return "declined"
    if way == "none":
        return "no dialog"
    if way == "token":
        return "send" if proven else "issue token"
    if way == "dialog":
        return _read_reply(reply) if reply and proven else "ask"
    if way == "plan":
        return "send" if proven else "not planned"
    assert_never(way)


def _read_reply(reply: Reply) -> Verdict:
    verdicts: dict[Reply, Verdict] = {
        "accepted": "send",
        "declined": "declined",
        "cancelled": "unanswered",
        "failed": "not shown",
    }
    return verdicts[reply]


@contextmanager
def agreeing(get_agreement: Callable[[], Agreement]) -> Iterator[None]:
    """Set the agreement for everything inside, and for every task started there."""
    # A function, because most calls never ask and need not know what the client can show.
    token = _agreement.set(get_agreement)
    try:
        yield
    finally:
        _agreement.reset(token)


def current_agreement() -> Agreement:
    """The agreement of the current call; outside of a client's call, that of a connection without a dialog."""
    get_agreement = _agreement.get()
    return get_agreement() if get_agreement else NO_DIALOG
