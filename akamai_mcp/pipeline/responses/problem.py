"""What a problem document says (RFC 9457) before anything else has read the response. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

# Akamai's products do not agree on a name, so the first that is there counts.
REQUEST_ID_HEADERS: Final = ("x-request-id", "x-akamai-request-id", "x-trace-id", "akamai-request-id", "akamai-grn")
REQUEST_ID_MEMBERS: Final = ("requestId", "traceId", "supportId", "instance")


def read_problem(content: bytes) -> Mapping[str, Any]:
    """Return the members of a problem document; empty if the content is not a JSON object."""
    try:
        problem = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return problem if isinstance(problem, dict) else {}


def find_request_id(header: Callable[[str], str | None], problem: Mapping[str, Any]) -> str:
    """Return Akamai's identifier of the exchange, from a header or from the problem; empty if neither has one."""
    headers = (header(name) for name in REQUEST_ID_HEADERS)
    members = (value for name in REQUEST_ID_MEMBERS if isinstance(value := problem.get(name), str))
    return next((value for value in (*headers, *members) if value), "")
