"""The contract of the pipeline: a call goes in, a response comes out, and a layer wraps a handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.request.builder import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one customer; `operation` is the operation's key, for limits, metrics and logs."""

    operation: str
    customer: str
    credentials: Credentials = field(repr=False)
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it came: status, header lines in lower case, the whole content, seconds it took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    elapsed: float = 0.0

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name.lower()), None)


Handler = Callable[[Call], Awaitable[Response]]
