"""A line of the audit trail as a signed CloudEvent (CloudEvents 1.0, JSON format). Pure."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

CONTENT_TYPE: Final = "application/cloudevents+json"
SOURCE: Final = "/akamai-mcp"
KINDS: Final = {"PLAN": "plan"}  # by the method of the line; any other is a change
# The digests of arguments and questions are for whoever has the key of the trail.
SHOWN: Final = ("who", "customer", "operation", "effect", "method", "target", "decision", "status", "requestId", "seconds", "reason")


def to_event(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None for what is no line of the trail, such as one that a crash cut."""
    try:
        facts = json.loads(line)
    except ValueError:
        return None
    if not isinstance(facts, dict) or not {"id", "time", "decision"} <= facts.keys():
        return None
    kind = KINDS.get(str(facts.get("method")), "change")
    return {
        "specversion": "1.0",
        "id": facts["id"],
        "source": SOURCE,
        "type": f"akamai-mcp.{kind}.{facts['decision']}",
        "time": facts["time"],
        "subject": str(facts.get("operation", "")),
        "datacontenttype": "application/json",
        "data": {name: facts[name] for name in SHOWN if name in facts},
    }


def sign(event: Mapping[str, Any], secret: bytes, seconds: int) -> tuple[bytes, dict[str, str]]:
    """The body of a request and its headers, signed as Standard Webhooks does: HMAC-SHA256 over id, time and body."""
    body = json.dumps(event, separators=(",", ":")).encode()
    code = hmac.digest(secret, f"{event['id']}.{seconds}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(code).decode()}"
    headers = {"webhook-id": str(event["id"]), "webhook-timestamp": str(seconds), "webhook-signature": signature}
    return body, {"content-type": CONTENT_TYPE, **headers}
