"""A request that has been routed, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from akamai_mcp.media_types import ANY_TYPE
from akamai_mcp.sandbox.routing import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A routed request with its body parsed: JSON as a value, anything else as bytes, no body as None."""

    match: Match
    body: Any = None
    body_type: str = ""
    query: Mapping[str, list[str]] = field(default_factory=dict)
    accept: str = ANY_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method of the operation, which may be GET for a HEAD request."""
        return self.match.route.method

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, an encoded body, and the path of a created resource; `problem` and `members` are those of an error."""

    status: int
    media_type: str = ""
    body: bytes = b""
    location: str = ""
    problem: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)
