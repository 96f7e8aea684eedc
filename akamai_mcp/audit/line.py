"""One line of the audit file: what was attempted, and its result. Pure."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.request.redaction import redact_target

Decision = Literal["allowed", "refused", "failed", "unknown"]
MAX_REASON: Final = 300  # characters
# What stands in place of an HTTP method on lines that are about a program: its plan, its end.
PLAN: Final = "PLAN"
RUN: Final = "RUN"
DEFAULT_BYTES: Final = 16 * 1024 * 1024
DEFAULT_KEEP: Final = 10
INTERRUPTED: Final = "the server ended before it knew the result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A call that would change something: its caller, customer, operation, target and arguments.

    `question` is the text that the user agreed to, if the call asked; `run` the name of the run that makes the call, if one does.
    """

    caller: str
    customer: str
    operation: str
    effect: EffectName
    method: str
    target: str
    arguments: Mapping[str, Any] = field(repr=False)
    question: str = field(default="", repr=False)
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """The result of an attempt; `seconds` is its duration.

    `allowed`: Akamai accepted it. `refused`: this server's rules stopped it. `failed`: it had no effect, since Akamai
    rejected it or it could not be sent. `unknown`: it was or may have been sent, and no response tells whether it took effect.
    """

    decision: Decision
    status: int | None = None
    request_id: str | None = None
    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What identifies a line: the start of the attempt, in seconds since the epoch, and a random identifier."""

    at: float
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPolicy:
    """Where attempts are recorded (None turns the trail off), and whether a change without a line is refused; sizes in bytes."""

    file: Path | None = None
    required: bool = True
    max_bytes: int = DEFAULT_BYTES
    keep: int = DEFAULT_KEEP


def compose_line(stamp: Stamp, attempt: Attempt, result: AttemptResult, key: bytes | None) -> bytes:
    """Format an attempt as one line of JSON with a line feed, always ASCII."""
    facts = {
        "time": to_time(stamp.at),
        "id": stamp.identifier,
        "who": attempt.caller,
        "customer": attempt.customer,
        "operation": attempt.operation,
        "effect": attempt.effect,
        "method": attempt.method,
        "target": redact_target(attempt.target),
        "run": attempt.run,
        "arguments": key and digest(attempt.arguments, key),
        # The text itself would bring arguments into the trail; whoever has the text can check it with the key.
        "question": key and attempt.question and digest({"question": attempt.question}, key),
        "decision": result.decision,
        "status": result.status,
        "requestId": result.request_id,
        "seconds": result.seconds if result.seconds is None else round(result.seconds, 3),
        "reason": _masked_reason(attempt, result),
    }
    return _canonical({name: value for name, value in facts.items() if value not in {None, ""}}, sort=False) + b"\n"


def digest(arguments: Mapping[str, Any], key: bytes) -> str | None:
    """A keyed digest (HMAC-SHA256) of the arguments as canonical JSON; None if they are not JSON."""
    # Keyed, because a reader of the line could guess a short password from a plain digest.
    try:
        text = _canonical(arguments, sort=True)
    except (TypeError, ValueError, RecursionError):
        return None
    return f"hmac-sha256:{hmac.digest(key, text, 'sha256').hex()}"


def to_time(seconds: float) -> str:
    """Format seconds since the epoch as RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _canonical(value: Any, *, sort: bool) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=sort, separators=(",", ":")).encode("ascii")


def _masked_reason(attempt: Attempt, result: AttemptResult) -> str:
    """The reason with secrets redacted, since it may quote the target."""
    return result.reason.replace(attempt.target, redact_target(attempt.target))[:MAX_REASON]


def read_line(line: bytes) -> dict[str, Any] | None:
    """The fields of a line; None for what is none, such as one that a crash cut."""
    with suppress(ValueError):
        facts = json.loads(line)
        return facts if isinstance(facts, dict) else None
    return None
