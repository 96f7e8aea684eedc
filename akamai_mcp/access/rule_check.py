"""Rules that match no operation: a mistyped rule denies nothing, or allows nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from akamai_mcp.access.action import Action
from akamai_mcp.access.policy import Rules, is_path_rule, may_match

Kind = Literal["allow", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedRule:
    """A rule that matches no operation; `meant` is the most similar product, operation or tool name, or ""."""

    source: str
    kind: Kind
    rule: str
    meant: str = ""

    @property
    def breaks_a_promise(self) -> bool:
        """Whether it must stop the start: it was to deny something. A path may be that of an undocumented operation.

        A path that is the beginning of documented ones was meant to deny these.
        """
        return self.kind == "deny" and (not is_path_rule(self.rule) or bool(self.meant))

    def __str__(self) -> str:
        hint = f"; did you mean {self.meant}?" if self.meant else "."
        return f"{self.source}: the {self.kind} rule {self.rule!r} matches no product, operation or path{hint}"


def unmatched_rules(sources: Iterable[Rules], actions: Iterable[Action]) -> Iterator[UnmatchedRule]:
    """Yield the rules that can match no call of any operation; each action is an operation with its path template as target."""
    known = tuple(actions)
    for rules in sources:
        written: list[tuple[Kind, str]] = [("deny", rule) for rule in rules.deny]
        written += [("allow", rule) for rule in rules.allow]
        for kind, rule in written:
            # A template that begins with a placeholder belongs to another host, and would match every path.
            eligible = (one for one in known if not (is_path_rule(rule) and one.path.startswith("/{")))
            if not any(may_match(rule, action) for action in eligible):
                yield UnmatchedRule(source=rules.source, kind=kind, rule=rule, meant=_meant(rule, known))


def _meant(rule: str, actions: Iterable[Action]) -> str:
    if is_path_rule(rule):
        below = f"{rule.rstrip('/')}/"
        path = below[below.index("/") :]
        return f"{below}*" if any(action.path.startswith(path) for action in actions) else ""
    names = {name for action in actions for name in _names_like(rule, action)}
    return next(iter(difflib.get_close_matches(rule.lower(), sorted(names))), "")


def _names_like(rule: str, action: Action) -> tuple[str, ...]:
    """The names of an operation that have the form of the rule: key, tool name or products."""
    if "#" in rule:
        return (action.operation,)
    return (action.name,) if rule.startswith("akamai_") else action.products
