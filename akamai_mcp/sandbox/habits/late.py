"""What was just created is not there yet: the first look at it finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from akamai_mcp.media_types import is_json
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.routing import Key, split_path

# So long after its creation something is there whether it was looked for or not.
SOON: Final = 5.0


class Creations:
    """The paths of what was created and not looked at since."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._made: dict[Key, float] = {}
        self._clock = clock

    def note(self, ask: Ask, answer: Answer) -> None:
        """Remember what a request created."""
        if ask.method == "POST" and answer.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            # Some operations name what they made in the header, others in the body, a few in both.
            for link in {answer.location, *_links(answer)} - {""}:
                self._made[split_path(urlsplit(link).path)] = self._clock()

    def miss(self, ask: Ask) -> Answer | None:
        """The 404 of the first look soon after a creation, else None."""
        # Only the first look misses: a client that tries once more finds it, one that gives up reports a failed creation.
        made = self._made.pop(ask.match.key, None) if ask.method == "GET" else None
        if made is None or self._clock() - made > SOON:
            return None
        return Answer(status=HTTPStatus.NOT_FOUND, problem="The resource was not found.")


def _links(answer: Answer) -> list[str]:
    """The links of an answer that is nothing but a link, such as `activationLink`."""
    value: Any = orjson.loads(answer.body) if answer.body and is_json(answer.media_type) else None
    if not isinstance(value, dict):
        return []
    return [text for name, text in value.items() if name.lower().endswith("link") and isinstance(text, str)]
