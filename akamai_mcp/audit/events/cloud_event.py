"""A line of the audit trail as a signed CloudEvent (CloudEvents 1.0, JSON format). Pure."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.audit import line
from akamai_mcp.errors import ConfirmationRequired, QuestionRequired
from akamai_mcp.media_types import JSON_TYPE

CONTENT_TYPE: Final = "application/cloudevents+json"
SOURCE: Final = "/akamai-mcp"
ASKED: Final = frozenset({ConfirmationRequired.title, QuestionRequired.title})  # a plan that waits for its answer
ENDS: Final = {"allowed": "ended", "failed": "failed", "refused": "stopped"}  # of a run, by the decision of its line
# The digests of arguments and questions are for whoever has the key of the trail.
SHOWN: Final = (
    "who",
    "customer",
    "operation",
    "effect",
    "method",
    "target",
    "run",
    "decision",
    "status",
    "requestId",
    "seconds",
    "reason",
)


def to_event(text: bytes) -> dict[str, Any] | None:
    """The event of a line; None for what is no line of the trail, such as one that a crash cut."""
    facts = line.read_line(text)
    if facts is None or not {"id", "time", "decision"} <= facts.keys():
        return None
    return {
        "specversion": "1.0",
        "id": facts["id"],
        "source": SOURCE,
        "type": f"akamai-mcp.{_kind_of(facts)}",
        "time": facts["time"],
        "subject": str(facts.get("operation", "")),
        "datacontenttype": JSON_TYPE,
        "data": {name: facts[name] for name in SHOWN if name in facts},
    }


def _kind_of(facts: Mapping[str, Any]) -> str:
    decision = str(facts["decision"])
    match facts.get("method"):
        case line.PLAN:
            return "plan.asked" if facts.get("reason") in ASKED else "plan.agreed" if decision == "allowed" else "plan.refused"
        case line.RUN:
            return f"run.{ENDS.get(decision, decision)}"
    return f"change.{decision}"


def sign(event: Mapping[str, Any], secret: bytes, seconds: int) -> tuple[bytes, dict[str, str]]:
    """The body of a request and its headers, signed as Standard Webhooks does: HMAC-SHA256 over id, time and body."""
    body = json.dumps(event, separators=(",", ":")).encode()
    code = hmac.digest(secret, f"{event['id']}.{seconds}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(code).decode()}"
    headers = {"webhook-id": str(event["id"]), "webhook-timestamp": str(seconds), "webhook-signature": signature}
    return body, {"content-type": CONTENT_TYPE, **headers}
