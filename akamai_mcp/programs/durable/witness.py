"""Reads a resource before and after a change to it, where a setting asks for it, so that the change can be taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.programs.durable.expressions import NoValue
from akamai_mcp.programs.durable.states import NOT_THERE, Known
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.request.redaction import holds_secret

TOO_LARGE: Final = "what was there is larger than {:,} bytes and is not kept"
UNREAD: Final = "what was there could not be read, so it is not kept"
REVEALS: Final = "what shows it would show a credential, so it is not kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A resource around a change as JSON, empty where it is not known, with the `gap` that this leaves.

    It is `private` where it may hold a credential.
    """

    content: bytes = b""
    private: bool = False
    gap: str = ""


NONE: Final = State()


class Witness:
    """Reads the resource of one change by `look`, which gives JSON; `most` bounds what is kept, and 0 keeps nothing."""

    def __init__(
        self, visibility: Visibility, look: Callable[[CallRequest], Awaitable[bytes]], request: CallRequest, most: int
    ) -> None:
        self._visibility = visibility
        self._look = look
        self._request = request
        self._most = most

    async def before(self) -> State:
        """The resource before the change; nothing where no read shows it, or only the answer says which it is."""
        return await self._state(None)

    async def after(self, answer: Any) -> State | None:
        """The resource after the change, whose answer had this body; None where nothing is to be noted."""
        found = await self._state(answer)
        return None if found == NONE else found

    async def _state(self, answer: Any) -> State:
        if not self._most:
            return NONE
        try:
            known = Known(self._visibility.catalogue())
            values = {"arg": self._request.arguments, "answer": answer, "before": None}
            read = known.read_of(self._visibility.named(self._request.name), values, self._request.customer)
            if read is None:
                return NONE
            entry = known.entry(read.name)
        except (AkamaiMcpError, NoValue):
            return NONE
        return State(gap=REVEALS) if entry.reveals else self._kept(await self._look(read), private=entry.secret)

    def _kept(self, content: bytes, *, private: bool) -> State:
        if not content:
            return State(gap=UNREAD)
        if len(content) > self._most:
            return State(gap=TOO_LARGE.format(self._most))
        value = orjson.loads(content)
        return State(content=content, private=private or holds_secret(value))


def state_of(answer: Mapping[str, Any]) -> bytes:
    """The state that the whole answer of a read shows; empty if it shows none."""
    if answer.get("status") == HTTPStatus.NOT_FOUND:
        return NOT_THERE
    if answer.get("body") is None or "problem" in answer or answer.get("_pages", {}).get("more"):
        return b""
    return orjson.dumps(answer["body"], option=orjson.OPT_NON_STR_KEYS)
