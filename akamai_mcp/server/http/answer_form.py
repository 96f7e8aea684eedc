"""Whether an answer over stateless HTTP is one JSON document or an event stream, which costs a quarter more processor time.

A stream is for who asked for progress, and for calls that can be long: its pings keep proxies from closing the connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from mcp_types import JSONRPCMessage

from akamai_mcp.calls.controls import PAGINATE, WAIT
from akamai_mcp.server.fixed.programs import QUERY, RUN
from akamai_mcp.server.protocol import LISTEN

LONG_TOOLS: Final = frozenset({QUERY, RUN})
LONG_CONTROLS: Final = frozenset({WAIT.name, PAGINATE.name})

_is_json: Final[ContextVar[bool]] = ContextVar("is_json", default=False)


class JsonWhereShort:
    """The `json_response` of the SDK's session manager, which asks for its truth anew at each request."""

    def __bool__(self) -> bool:
        """Whether the request under way is answered with JSON."""
        return _is_json.get()


def is_short(message: JSONRPCMessage) -> bool:
    """Whether a message is answered soon, with nothing to say before."""
    params = getattr(message, "params", None) or {}
    meta, arguments = params.get("_meta"), params.get("arguments")
    if isinstance(meta, Mapping) and "progressToken" in meta:
        return False
    name = params.get("name")
    is_long = (isinstance(name, str) and name in LONG_TOOLS) or getattr(message, "method", "") == LISTEN
    return not is_long and not (isinstance(arguments, Mapping) and LONG_CONTROLS & arguments.keys())


@contextmanager
def answering(*, is_json: bool) -> Iterator[None]:
    """Have what is asked within answered with JSON, or by an event stream."""
    token = _is_json.set(is_json)
    try:
        yield
    finally:
        _is_json.reset(token)
