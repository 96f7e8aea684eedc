"""One line of the audit file: what was attempted, and what became of it. Pure."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.request.masking import mask_target

Decision = Literal["allowed", "refused", "failed", "unknown"]
DECISIONS: Final[tuple[Decision, ...]] = ("allowed", "refused", "failed", "unknown")
MAX_REASON: Final = 300
DEFAULT_BYTES: Final = 16 * 1024 * 1024
DEFAULT_KEEP: Final = 10
CUT_SHORT: Final = "the server ended before it knew the outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A call that would change something: who, for whom, which operation on what, with which arguments."""

    caller: str
    customer: str
    operation: str
    effect: EffectName
    method: str
    target: str
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt.

    `allowed`: Akamai took it. `refused`: it was kept from being sent by our own rules. `failed`: Akamai did not take it, or
    it could not be sent. `unknown`: it was sent, or may have been, and no answer tells whether it took effect.
    """

    decision: Decision
    status: int | None = None
    request_id: str | None = None
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What makes a line one of its own: when the attempt began, and an identifier."""

    at: float
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPolicy:
    """Where attempts are written down, None for nowhere; `required` refuses what cannot be. Sizes in bytes."""

    file: Path | None = None
    required: bool = True
    max_bytes: int = DEFAULT_BYTES
    keep: int = DEFAULT_KEEP


def compose_line(stamp: Stamp, attempt: Attempt, outcome: Outcome, key: bytes | None) -> bytes:
    """The line of an attempt, with its line feed; ASCII, whatever it was called with."""
    facts = {
        "time": to_time(stamp.at),
        "id": stamp.identifier,
        "who": attempt.caller,
        "customer": attempt.customer,
        "operation": attempt.operation,
        "effect": attempt.effect,
        "method": attempt.method,
        "target": mask_target(attempt.target),
        "arguments": key and digest(attempt.arguments, key),
        "decision": outcome.decision,
        "status": outcome.status,
        "requestId": outcome.request_id,
        "seconds": outcome.seconds if outcome.seconds is None else round(outcome.seconds, 3),
        "reason": _masked_reason(attempt, outcome),
    }
    return _canonical({name: value for name, value in facts.items() if value not in {None, ""}}, sort=False) + b"\n"


def digest(arguments: Mapping[str, Any], key: bytes) -> str | None:
    """A keyed digest (HMAC-SHA256) of the arguments as canonical JSON; None where they are no JSON.

    Keyed, because a plain digest of a short password can be guessed by whoever reads the line.
    """
    try:
        text = _canonical(arguments, sort=True)
    except (TypeError, ValueError, RecursionError):
        return None
    return f"hmac-sha256:{hmac.digest(key, text, 'sha256').hex()}"


def to_time(seconds: float) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _canonical(value: Any, *, sort: bool) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=sort, separators=(",", ":")).encode("ascii")


def _masked_reason(attempt: Attempt, outcome: Outcome) -> str:
    """The reason, which may quote the target, without what is secret in it."""
    masked = mask_target(attempt.target)
    return (outcome.reason if masked == attempt.target else outcome.reason.replace(attempt.target, masked))[:MAX_REASON]
