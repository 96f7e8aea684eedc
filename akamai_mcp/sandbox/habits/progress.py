"""Work of operations that are answered from schemas: the first look at a job, or at what was made, shows a word of waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.examples.values import flatten
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.responses import json_schema, success_response
from akamai_mcp.sandbox.routing import Key, Router, split_path

WAITING: Final = (
    "PENDING",
    "IN_PROGRESS",
    "INPROGRESS",
    "RUNNING",
    "PROCESSING",
    "SUBMITTED",
    "RECEIVED",
    "QUEUED",
    "STARTED",
    "NEW",
)
ENDED: Final = ("COMPLETE", "COMPLETED", "SUCCESS", "SUCCEEDED", "DONE", "FINISHED", "ACTIVE", "ACTIVATED", "DEPLOYED", "LIVE")


class Progress:
    """What was made by answers from schemas, and how often it was looked at."""

    def __init__(self, router: Router, looks: int) -> None:
        self._router = router
        self._looks = looks
        self._seen: dict[Key, int] = {}

    def shown(self, ask: Ask, answer: Answer, operation: Operation) -> Answer:
        """The answer, with its status at a word of waiting for the first looks and at a word of the end after them."""
        if ask.method == "POST" and answer.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED} and answer.location:
            self._seen[split_path(urlsplit(answer.location).path)] = 0
        known = ask.match.key in self._seen or self._is_job(ask.match.route.template)
        if ask.method != "GET" or not known or not answer.body or not is_json(answer.media_type):
            return answer
        self._seen[ask.match.key] = self._seen.get(ask.match.key, 0) + 1
        words = WAITING if self._seen[ask.match.key] <= self._looks else ENDED
        changed = dict(_statuses(json_schema(operation) or {}, words))
        value = orjson.loads(answer.body)
        if not isinstance(value, dict) or not changed.keys() & value.keys():
            return answer
        return replace(answer, body=orjson.dumps({**value, **{name: word for name, word in changed.items() if name in value}}))

    def _is_job(self, template: str) -> bool:
        """True for what lies one or two segments below an operation that is accepted and not yet carried out (202)."""
        above = template.rpartition("/")[0]
        posts = [self._router.methods(path).get("POST") for path in (above, above.rpartition("/")[0])]
        return any(post is not None and success_response(self._router.operation(post)).status == "202" for post in posts)


def _statuses(schema: Mapping[str, Any], words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each status of a response with the word for it: the first of its own that is among the words, in any case."""
    for name, inner in flatten(schema).get("properties", {}).items():
        listed = [word for word in flatten(inner).get("enum", ()) if isinstance(word, str)]
        known = {word.upper().replace("-", "_").replace(" ", "_"): word for word in listed}
        word = next((known[wanted] for wanted in words if wanted in known), None)
        if word is not None and name.lower().endswith(("status", "state")):
            yield name, word
