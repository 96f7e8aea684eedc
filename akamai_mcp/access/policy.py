"""Access rules: read-only mode, and rules that allow or deny products, operations and paths.

A rule is a glob in which `*` matches any characters, slashes included. Its form decides what it matches:

- `papi`: a product; an undocumented path belongs to every product whose operations share its beginning;
- `papi/v1#*-activation*` or `akamai_papi_*`: an operation, by its key or tool name;
- `/papi/v1/properties/prp_1*` or `PUT /papi/*`: a path, with any method or with one; an identifier is the same with and
  without its prefix (`prp_1` and `1`).

A path has to be allowed in every reading that a lenient server may have of it, and is denied if one of them is.

Read-only mode wins over `deny`, and `deny` over `allow`. Without `allow`, everything is allowed that is not denied.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import unquote

from akamai_mcp.access.action import Action
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.documents.ids.prefixes import with_id_prefixes, without_id_prefixes
from akamai_mcp.errors import PolicyRefused
from akamai_mcp.openapi.paths import readings, wide_readings
from akamai_mcp.openapi.templates import is_literal

_METHOD_RULE: Final = re.compile(rf"(?:({'|'.join(RAW_METHODS)}) +)?(/.*)\Z")
_OPEN_PREFIX: Final = re.compile(r"_[*?\[]")
KEPT_PATTERNS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one source; `source` names it in refusals."""

    source: str
    read_only: bool = False
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def refusal(self, action: Action) -> str | None:
        """Return the reason why the action is not allowed, or None."""
        if self.read_only and action.effect != "read":
            return f"{self.source}: read-only, and this call would {action.effect}"
        if rule := next((rule for rule in self.deny if _denies(rule, action)), None):
            return f"{self.source}: denied by {rule!r}"
        if self.allow and not _allows(self.allow, action):
            return f"{self.source}: no allow rule matches it"
        return None

    def may_list(self, action: Action) -> bool:
        """True if some call of the operation is allowed; `action.target` is its path template."""
        if (self.read_only and action.effect != "read") or any(_denies(rule, action) for rule in self.deny):
            return False
        return not self.allow or _allows(self.allow, action) or any(_may_reach(rule, action) for rule in self.allow)


class Source(Protocol):
    """What may refuse an action: rules, or a caller's roles."""

    def refusal(self, action: Action) -> str | None:
        """Return the reason why the action is not allowed, or None."""
        ...


def require_permission(sources: Iterable[Source], action: Action) -> None:
    """Check every reading of an action against every source. Raises PolicyRefused, which names the source that refuses."""
    checks = tuple(sources)
    for reading in (action, *action.others):
        if reason := next(filter(None, (source.refusal(reading) for source in checks)), None):
            raise PolicyRefused(f"{reading.operation} for customer {reading.customer!r} is not allowed by {reason}.")


def may_match(rule: str, action: Action) -> bool:
    """True if a rule can match some call of an operation; `action.target` is its path template."""
    return _denies(rule, action) or _may_reach(rule, action)


def is_path_rule(rule: str) -> bool:
    """True for a rule on paths, which may be those of undocumented operations."""
    return _METHOD_RULE.match(rule) is not None


def _denies(rule: str, action: Action) -> bool:
    """Match widely: any of the action's products, and every reading of the path that a lenient server may have."""
    if by_path := _METHOD_RULE.match(rule):
        return by_path[1] in {None, action.method} and _denies_path(by_path[2], action.path)
    return _names_operation(rule, action) or any(_names_product(rule, product) for product in action.products)


def _denies_path(rule: str, path: str) -> bool:
    glob, bare = _glob(rule, re.IGNORECASE), _glob(without_id_prefixes(rule), re.IGNORECASE)
    # With a slash at the end, since a rule may have one.
    spellings = [one + end for one in (path, unquote(path), *wide_readings(path)) for end in ("", "/")]
    return any(glob(one) or bare(without_id_prefixes(one)) or any(map(glob, with_id_prefixes(one, rule))) for one in spellings)


def _allows(rules: tuple[str, ...], action: Action) -> bool:
    """Match narrowly: every product that the path may belong to, or the path as sent and in every reading of it."""
    by_product = all(any(_names_product(rule, product) for rule in rules) for product in action.products)
    return by_product or any(_names_operation(rule, action) or _allows_path(rule, action) for rule in rules)


def _allows_path(rule: str, action: Action) -> bool:
    by_path = _METHOD_RULE.match(rule)
    if by_path is None or by_path[1] not in {None, action.method}:
        return False
    rule, path = by_path[2], action.path
    return (
        _matches_id(rule, path, re.NOFLAG)
        and _matches_id(rule, unquote(path), re.NOFLAG)
        and all(_matches_id(rule.rstrip("/"), reading, re.IGNORECASE) for reading in readings(path))
    )


def _matches_id(rule: str, path: str, flags: re.RegexFlag) -> bool:
    """True if the rule matches the path, or would if both had their identifiers with or without prefix."""
    bare = without_id_prefixes(path)
    # The rule keeps a prefix before a wildcard, since `prp_*` allows properties and not everything.
    plain = rule if _OPEN_PREFIX.search(rule) else without_id_prefixes(rule)
    # `ctr_1` and `grp_1` are different things, so a match never takes prefixes off both.
    return bool(_glob(rule, flags)(path) or _glob(rule, flags)(bare) or (bare == path and _glob(plain, flags)(path)))


def _names_operation(rule: str, action: Action) -> bool:
    glob = _glob(rule, re.IGNORECASE)
    return bool(glob(action.operation) or glob(action.name)) if "#" in rule or rule.startswith("akamai_") else False


def _names_product(rule: str, product: str) -> bool:
    return _glob(rule, re.IGNORECASE)(product) is not None


def _may_reach(rule: str, action: Action) -> bool:
    """True if a path rule can match some path of a template; a placeholder stands for any segment."""
    by_path = _METHOD_RULE.match(rule)
    if by_path is None or by_path[1] not in {None, action.method}:
        return False
    wanted, segments = by_path[2].split("/"), action.path.split("/")
    for index, (part, segment) in enumerate(zip(wanted, segments, strict=False)):
        if is_literal(segment) and not _glob(part, re.NOFLAG)(segment):
            return False
        if "*" in part and index == len(wanted) - 1:
            return True
    return len(wanted) == len(segments)


@lru_cache(maxsize=KEPT_PATTERNS)
def _glob(pattern: str, flags: re.RegexFlag) -> Callable[[str], object]:
    return re.compile(fnmatch.translate(pattern), flags).match
