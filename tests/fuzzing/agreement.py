"""Random histories of questions, replies and tokens against the consent of a call: what is sent was agreed to, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement, Reply, Way
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import AccessError, ConfirmationRequired, QuestionRequired
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request
from fuzzing.judge import Broken, require

SECONDS = 300.0
STEPS = 40  # of one history
GARBAGE = ("x", "yes", "true", "0" * 36, "A" * 36, "é", "\x00", "confirm", "=" * 40)
WAYS: tuple[Way, ...] = ("dialog", "token", "none")
REPLIES: tuple[Reply | None, ...] = (None, "accepted", "declined", "cancelled", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A call that asks, as it reaches the server: what, for which account, over which connection, and who is there to ask."""

    action: int
    identity: str
    session: str
    way: Way

    @property
    def subject(self) -> tuple[int, str]:
        """What a decline is remembered for."""
        return self.action, self.identity


@dataclass(slots=True)
class History:
    """A server's consent, and an account of its own of everything that it issued and was told."""

    actions: tuple[Action, ...]
    random: Random
    now: float = 1_000_000.0
    agreement: Agreement = field(default_factory=Agreement)
    issued: dict[str, tuple[Moment, float]] = field(default_factory=dict)
    declined: dict[tuple[int, str], float] = field(default_factory=dict)
    consent: Confirmations = field(init=False)

    def __post_init__(self) -> None:
        nonce = self.random.randbytes
        policy = ConfirmationPolicy(seconds=SECONDS)
        self.consent = Confirmations(
            policy, key=nonce(32), clock=lambda: self.now, nonce=nonce, get_agreement=lambda: self.agreement
        )

    async def step(self, counts: Counter[str]) -> None:
        """One call, or its repetition. Raises Broken."""
        self.now += self.random.choice((0.0, 0.0, 1.0, 60.0, SECONDS))
        moment = self._moment()
        reply, state = self.random.choice(REPLIES), self._token()
        confirm = self._token()
        self.agreement = Agreement(way=moment.way, reply=reply, state=state, session=moment.session)
        may_pass = self._may_pass(moment, reply, state, confirm)
        sent = await self._call(moment, confirm)
        require(not sent or may_pass, f"sent unasked: {moment} {reply}")
        require(sent or not may_pass, f"agreed to, and not sent: {moment} {reply}")
        counts["sent" if sent else "not sent"] += 1

    async def _call(self, moment: Moment, confirm: str) -> bool:
        try:
            await self.consent.authorize(self.actions[moment.action], moment.identity, confirm)
        except ConfirmationRequired as refused:
            require(moment.way == "token", "a token was issued where the user can be asked")
            self.issued[refused.token] = (moment, self.now + SECONDS)
        except QuestionRequired as needed:
            require(moment.way == "dialog", "a question without a dialog")
            self.issued[needed.state] = (moment, self.now + SECONDS)
        except AccessError:
            pass
        else:
            return True
        return False

    def _may_pass(self, moment: Moment, reply: Reply | None, state: str, confirm: str) -> bool:
        """Whether this very call was agreed to, by this account of what happened; uses up the token that says so."""
        if self.declined.get(moment.subject, 0.0) >= self.now or moment.way == "none":
            return False
        token = state if moment.way == "dialog" else confirm
        known, end = self.issued.get(token, (None, 0.0))
        # A token says in whole seconds when it ends.
        if known != moment or self.now > int(end):
            return False
        del self.issued[token]
        if moment.way == "dialog" and reply == "declined":
            self.declined[moment.subject] = self.now + SECONDS
        return moment.way == "token" or reply == "accepted"

    def _moment(self) -> Moment:
        if self.issued and self.random.random() < 0.6:  # most often a call that was refused is repeated, sometimes with a change
            known = self.random.choice(list(self.issued.values()))[0]
            return replace(known, **self._change()) if self.random.random() < 0.3 else known
        return Moment(action=0, identity="one", session="a", way=self.random.choice(WAYS))

    def _change(self) -> dict[str, Any]:
        changes: tuple[dict[str, Any], ...] = (
            {"action": self.random.randrange(len(self.actions))},
            {"identity": "two"},
            {"session": "b"},
            {"way": self.random.choice(WAYS)},
        )
        return self.random.choice(changes)

    def _token(self) -> str:
        if self.issued and self.random.random() < 0.7:
            token = self.random.choice(list(self.issued))
            return token if self.random.random() < 0.8 else token[:-1] + self.random.choice("AQgw_-")
        return self.random.choice(("", *GARBAGE))


def actions_that_ask(catalogue: Catalogue) -> tuple[Action, ...]:
    """Three removals that differ in one thing each: the resource, the method."""
    entry = catalogue.get("papi/v1#delete-property")
    plain = to_action(entry, Placed(), "destroy", products=("papi",), target="/papi/v1/properties/1", customer="acme")
    requests = [("DELETE", "/papi/v1/properties/1"), ("DELETE", "/papi/v1/properties/2"), ("PUT", "/papi/v1/properties/1")]
    return tuple(
        replace(plain, request=Request(method=method, target=target, headers=()), target=target, method=method)
        for method, target in requests
    )


async def fuzz_agreement(catalogue: Catalogue, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Take so many steps; the counts, and what broke."""
    random, actions = Random(seed), actions_that_ask(catalogue)
    counts: Counter[str] = Counter()
    broken: list[str] = []
    for number in range(count):
        if number % STEPS == 0:
            history = History(actions=actions, random=random)
        try:
            await history.step(counts)
        except Broken as error:
            broken.append(str(error))
            history = History(actions=actions, random=random)
    return counts, broken
