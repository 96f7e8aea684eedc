"""Named fakes of the pipeline's surroundings: a clock that is set, an upstream that is told what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.versions import normal, related
from akamai_mcp.request.builder import Request


class FakeClock:
    """Time that passes only when it is told to, or when somebody sleeps on it."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class FakeUpstream:
    """Answers each call with the next of its outcomes, the last one for ever, and remembers the calls."""

    def __init__(self, *outcomes: Response | BaseException) -> None:
        self._outcomes = list(outcomes) or [ok()]
        self.calls: list[Call] = []
        self.before: Callable[[Call], Awaitable[None]] | None = None

    async def __call__(self, call: Call) -> Response:
        self.calls.append(call)
        if self.before is not None:
            await self.before(call)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def ok(content: bytes = b"{}", status: int = 200, **headers: str) -> Response:
    return Response(status=status, headers=tuple((n.replace("_", "-"), v) for n, v in headers.items()), content=content)


def credentials(name: str = "acme", **changes: str) -> Credentials:
    values = {"host": "akab-test.luna.akamaiapis.net", "client_token": name, "client_secret": "s", "access_token": "a"}
    return Credentials(**(values | changes))  # type: ignore[arg-type]


def call(
    method: str = "GET",
    target: str = "/papi/v1/properties/1",
    *,
    customer: str = "acme",
    headers: tuple[tuple[str, str], ...] = (),
    **changes: object,
) -> Call:
    request = Request(method=method, target=target, headers=headers)
    values = {"operation": "papi/v1#op", "customer": customer, "credentials": credentials(customer), "request": request}
    return Call(**(values | changes))  # type: ignore[arg-type]


class FakeStore:
    """An upstream whose every resource tells the writes that touched it; a write is done between the two delays."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, str]] = []
        self.delays: dict[int, tuple[int, int]] = {}

    async def __call__(self, sent: Call) -> Response:
        out, back = self.delays.get(id(sent), (1, 1))
        await turns(out)
        if not sent.is_safe:
            self.writes.append((sent.customer, sent.path))
        content = f"{sent.customer} {sent.path} {self.seen(sent.customer, sent.path)}".encode()
        await turns(back)
        return Response(status=200, headers=(), content=content)

    def seen(self, customer: str, path: str) -> int:
        return sum(1 for who, where in self.writes if who == customer and makes_stale(where, path))


class HeldStore(FakeStore):
    """A store that remembers what reached it, and lets a test hold up the calls of one method."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Call] = []
        self.go = asyncio.Event()
        self._held = ""

    def hold(self, method: str) -> None:
        self._held = method
        self.go.clear()

    async def __call__(self, sent: Call) -> Response:
        self.asked.append(sent)
        if sent.request.method == self._held:
            await self.go.wait()
        return await super().__call__(sent)


def makes_stale(written: str, read: str) -> bool:
    """True if a write to one path makes a read of the other stale, however the two are spelled."""
    return related(normal(written), normal(read))


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
