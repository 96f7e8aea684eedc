"""The fake Akamai as an ASGI application, with attributes for tests to read and set."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from akamai_mcp.media_types import ANY_TYPE, JSON_TYPE, may_be_json
from akamai_mcp.sandbox.account.account import Account, build_account
from akamai_mcp.sandbox.account.estate import Size
from akamai_mcp.sandbox.account.work import Pace
from akamai_mcp.sandbox.answers import Answers
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.faults import Fault, Faults
from akamai_mcp.sandbox.habits.habits import NONE, Habits
from akamai_mcp.sandbox.habits.live import Live
from akamai_mcp.sandbox.paging import Collections
from akamai_mcp.sandbox.replies import Reply, problem, send_reply, spoil
from akamai_mcp.sandbox.routing import Match, Miss, Router, load_router
from akamai_mcp.sandbox.signature import Credentials, Nonces, SignatureError, SignedRequest, verify
from akamai_mcp.sandbox.store import Store

# Requests kept for tests; a long run must not grow without bound.
LOG_LENGTH: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request as it arrived; `operation` is the operation's full key, or empty if the path has none."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    at: float
    operation: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, in any case."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class FakeAkamai:
    """A fake Akamai: `app` is the ASGI application, the other attributes are for tests."""

    def __init__(
        self,
        router: Router,
        *,
        accounts: tuple[Credentials, ...] = (Credentials(),),
        remembers: bool = True,
        habits: Habits = NONE,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.accounts = accounts
        self.requests: deque[RecordedRequest] = deque(maxlen=LOG_LENGTH)
        self.faults = Faults()
        self.store = Store()
        self.router = router
        self.collections = Collections()
        self.habits = habits
        self._answers = Answers(router, self.store, remembers=remembers, collections=self.collections)
        self._nonces = Nonces()
        self._numbers = count(1)
        self._clock = clock
        self._sleep = sleep
        self._restore()

    @classmethod
    def from_specs(cls, specs: Path, **settings: Any) -> FakeAkamai:
        """A fake of every API with a document in a folder tree."""
        return cls(load_router(specs), **settings)

    @property
    def account(self) -> Account:
        """What the account has now. Raises RuntimeError if the sandbox has none."""
        if self._answers.account is None:
            raise RuntimeError("The sandbox has no account: its habits lack `account`.")
        return self._answers.account

    @property
    def credentials(self) -> Credentials:
        """The credentials of the first account."""
        return self.accounts[0]

    def reset(self) -> None:
        """Clear what was stored, recorded and ordered, and restore the account; used nonces stay used."""
        self.requests.clear()
        self.faults.clear()
        self.store.clear()
        self._restore()

    def _restore(self) -> None:
        self._answers.account = self._new_account()
        self._live = Live(self.habits, self.router, self._clock)

    def _new_account(self) -> Account | None:
        habits = self.habits
        if not habits.account:
            return None
        pace = Pace(looks=habits.looks if habits.work else 0, seconds=habits.seconds)
        size = Size.of(habits.properties, habits.groups)
        return build_account(size, seed=habits.seed, clock=self._clock, pace=pace, compares=habits.conflicts)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            raise RuntimeError(f"The sandbox supports HTTP only, not {scope['type']}.")
        request = Request(scope, receive)
        body = await request.body()
        found = self.router.match(request.method, _raw_path(scope))
        # Recorded before it is verified, so that tests see refused requests too.
        self._record(request, body, found)
        try:
            self._verify(request, body)
        except SignatureError as refused:
            reply, fault = problem(HTTPStatus.UNAUTHORIZED, refused.detail, _raw_path(scope)), None
        else:
            fault = self.faults.take(request.method, _raw_path(scope))
            reply = await self._answer(request, body, found, fault)
        await send_reply(self._stamped(reply), fault, scope, receive, send)

    async def _answer(self, request: Request, body: bytes, found: Match | Miss, fault: Fault | None) -> Reply:
        if fault is None:
            return self._routed(request, body, found)
        await self._sleep(fault.delay)
        status = HTTPStatus.SERVICE_UNAVAILABLE if fault.drop and fault.before else fault.status
        if status is not None:
            return spoil(problem(status, "A fault was injected into the sandbox.", _raw_path(request.scope)), fault)
        return spoil(self._routed(request, body, found), fault)

    def _routed(self, request: Request, body: bytes, found: Match | Miss) -> Reply:
        path = _raw_path(request.scope)
        if isinstance(found, Miss):
            return _missed(found, path)
        try:
            ask = _ask(request, body, found)
        except orjson.JSONDecodeError as error:
            return problem(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}.", path)
        return _reply(self._live_answer(ask), path)

    def _live_answer(self, ask: Ask) -> Answer:
        operation, account = self.router.operation(ask.match.route), self._answers.account
        said = self._live.before(ask, operation, account)
        answer = self._live.after(ask, self._answers.answer(ask), operation, account) if said is None else said
        return self._live.stamped(ask, answer)

    def _stamped(self, reply: Reply) -> Reply:
        # Date uses the fake's own clock, so that tests can make a client's clock appear wrong.
        stamps = {"x-request-id": f"sandbox-{next(self._numbers):06d}", "date": formatdate(self._clock(), usegmt=True)}
        return replace(reply, headers={**stamps, **reply.headers})

    def _record(self, request: Request, body: bytes, found: Match | Miss) -> None:
        headers = tuple((name.lower(), value) for name, value in request.headers.items())
        operation = found.route.name if isinstance(found, Match) else ""
        recorded = RecordedRequest(
            method=request.method,
            target=_target(request.scope),
            headers=headers,
            body=body,
            at=self._clock(),
            operation=operation,
        )
        self.requests.append(recorded)

    def _verify(self, request: Request, body: bytes) -> Credentials:
        signed = SignedRequest(
            method=request.method,
            scheme=request.url.scheme,
            host=request.headers.get("host", ""),
            target=_target(request.scope),
            headers=request.headers,
            body=body,
        )
        authorization = request.headers.get("authorization")
        return verify(signed, authorization, accounts=self.accounts, now=self._clock(), nonces=self._nonces)


def _reply(answer: Answer, path: str) -> Reply:
    headers = {"content-type": answer.media_type, "location": answer.location, **answer.headers}
    present = {name: value for name, value in headers.items() if value}
    if not answer.problem:
        return Reply(status=answer.status, headers=present, body=answer.body)
    refused = problem(answer.status, answer.problem, path, **answer.members)
    return replace(refused, headers={**present, **refused.headers})


def _missed(miss: Miss, path: str) -> Reply:
    if miss.status == HTTPStatus.NOT_FOUND:
        return problem(miss.status, "No operation has this path.", path)
    reply = problem(miss.status, "The path has no operation with this method.", path)
    return Reply(status=reply.status, headers={**reply.headers, "allow": ", ".join(miss.allow)}, body=reply.body)


def _raw_path(scope: Scope) -> str:
    return cast("bytes", scope.get("raw_path") or scope["path"].encode()).decode("latin-1")


def _target(scope: Scope) -> str:
    query = cast("bytes", scope["query_string"]).decode("latin-1")
    return f"{_raw_path(scope)}?{query}" if query else _raw_path(scope)


def _ask(request: Request, body: bytes, match: Match) -> Ask:
    body_type = request.headers.get("content-type", JSON_TYPE)
    return Ask(
        match=match,
        body=_read_body(body, body_type),
        body_type=body_type,
        query=parse_qs(request.url.query, keep_blank_values=True),
        accept=request.headers.get("accept", ANY_TYPE),
        headers=request.headers,
    )


def _read_body(body: bytes, body_type: str) -> Any:
    if not body:
        return None
    return orjson.loads(body) if may_be_json(body_type) else body
