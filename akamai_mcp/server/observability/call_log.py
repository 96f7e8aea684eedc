"""The call log: one log line for each call."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.record import CallRecord

DIGITS: Final = 4


class CallLog:
    """Writes a line for each call, at info."""

    def __init__(self) -> None:
        self._log = get_logger()

    def __call__(self, record: CallRecord) -> None:
        """Log a call."""
        self._log.info("call", **to_facts(record))


def to_facts(record: CallRecord) -> dict[str, Any]:
    """The fields of a log line: names from the catalogue and the configuration, and numbers. No argument and no response."""
    facts: dict[str, Any] = {
        "request": record.identifier,
        "caller": record.caller,
        "tool": record.tool,
        "customer": record.customer,
        "operation": record.operation,
        "outcome": record.outcome,
        "status": record.status,
        "akamaiRequest": record.request_id,
        "seconds": round(record.seconds, DIGITS),
        "layers": {layer: round(seconds, DIGITS) for layer, seconds in record.seconds_by_layer().items()},
        "events": dict(record.events),
        "resultBytes": record.result_bytes,
    }
    return {name: value for name, value in facts.items() if value not in ("", None, {})}
