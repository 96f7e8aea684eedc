"""A program as it stands, in a form that outlives its process. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import orjson

from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.consent.question import Question
from akamai_mcp.audit.line import PLAN, Attempt
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.programs.events import Settled
from akamai_mcp.programs.requests import CallRequest, Find, Pending, Sleep
from akamai_mcp.result.store import Source

_KINDS: Final[Mapping[str, type[Pending]]] = {"call": CallRequest, "sleep": Sleep, "find": Find}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPlan:
    """A plan that the user is asked about: its question, and what an answer to it is bound to.

    `names` are those by which consent knows all of its changes, `asking` those of the changes that ask by themselves.
    """

    text: str
    digest: str
    names: tuple[str, ...]
    asking: tuple[str, ...]
    customers: tuple[str, ...]
    effect: EffectName

    @property
    def question(self) -> Question:
        """What is shown."""
        return Question(text=self.text, digest=self.digest)

    def attempt(self, caller: str, operation: str, run: str) -> Attempt:
        """What the audit trail records of the answer."""
        return Attempt(
            caller=caller,
            customer=", ".join(self.customers),
            operation=operation,
            effect=self.effect,
            method=PLAN,
            target=f"{len(self.names)} changes",
            arguments={},
            question=self.text,
            run=run,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What is left of an agreement: how often each change may be made, and when the user agreed."""

    left: Mapping[str, int] = field(default_factory=dict)
    agreed: bool = False
    text: str = ""
    at: float = 0.0

    def without(self, names: Sequence[str]) -> Allowed:
        """The same after these changes."""
        return replace(self, left={name: count - names.count(name) for name, count in self.left.items()})

    def planned(self, now: float, longest: float) -> PlannedChanges:
        """What may be made now: nothing of an agreement that is older than `longest` seconds."""
        # The person agreed to changes of today; after a long wait the account may be another one.
        if self.agreed and now - self.at > longest:
            return PlannedChanges(())
        names = [name for name, count in self.left.items() for _ in range(count)]
        return PlannedChanges(names, agreed=self.agreed, text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A program that waits: its state, the calls that it waits for, and what it did so far.

    `state` is what the interpreter wrote. `secret` is true if a credential may be in it.
    """

    state: bytes = field(repr=False)
    pending: Mapping[int, Pending] = field(repr=False)
    customer: str | None
    max_bytes: int
    calls: int
    ahead: int
    sources: tuple[Source, ...]
    secret: bool
    printed: str = ""
    allowed: Allowed = field(default_factory=Allowed)
    plan: AskedPlan | None = None

    def to_bytes(self) -> bytes:
        """One line of JSON, and the state."""
        facts = {name: getattr(self, name) for name in ("customer", "max_bytes", "calls", "ahead", "secret", "printed")}
        facts |= {"pending": [[number, _NAMES[type(one)], asdict(one)] for number, one in self.pending.items()]}
        facts |= {"sources": [asdict(source) for source in self.sources], "allowed": asdict(self.allowed)}
        facts |= {"plan": asdict(self.plan) if self.plan else None}
        # The state stands beside the JSON, not in it: as base64 it would be a third longer.
        return orjson.dumps(facts) + b"\n" + self.state


def read_saved(content: bytes) -> Saved:
    """What `Saved.to_bytes` wrote."""
    line, _, state = content.partition(b"\n")
    facts: dict[str, Any] = orjson.loads(line)
    pending = {number: _read_pending(kind, values) for number, kind, values in facts.pop("pending")}
    sources = tuple(Source(**source) for source in facts.pop("sources"))
    allowed, plan = Allowed(**facts.pop("allowed")), facts.pop("plan")
    return Saved(state=state, pending=pending, sources=sources, allowed=allowed, plan=_read_plan(plan), **facts)


def _read_pending(kind: str, values: dict[str, Any]) -> Pending:
    tuples = {name: tuple(value) for name, value in values.items() if kind == "find" and isinstance(value, list)}
    return _KINDS[kind](**values | tuples)


def _read_plan(facts: dict[str, Any] | None) -> AskedPlan | None:
    if facts is None:
        return None
    tuples = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return AskedPlan(**facts | tuples)


def settled_bytes(answer: Settled) -> bytes:
    """An answer that a program gets, as JSON."""
    return orjson.dumps(asdict(answer), option=orjson.OPT_NON_STR_KEYS)


def read_settled(content: bytes) -> Settled:
    """What `settled_bytes` wrote."""
    return Settled(**orjson.loads(content))
