"""Did this attempt change or send anything? One answer, and all who ask it agree."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.audit.log import result_of
from akamai_mcp.errors import (
    AccessError,
    ArgumentError,
    BodyError,
    CacheMissError,
    ChangedSince,
    ChangeNotPlanned,
    ConfirmationDeclined,
    ConfirmationMissing,
    ConfirmationRequired,
    ConfirmationUnanswered,
    ConfirmationUnavailable,
    ConfirmationUnproven,
    CredentialsError,
    DocumentError,
    PolicyRefused,
    QuestionRequired,
    QuotaExceeded,
    ReversalError,
    RunError,
    RunHeldError,
    SettingsError,
    UnknownOperationError,
    UploadChangedError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamTooLargeError,
    ValidationRefused,
)
from akamai_mcp.errors import AkamaiMcpError as Failure
from akamai_mcp.pipeline.cache import Cache, CachePolicy
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy, CircuitBreaker
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.responses.effect import effect_of
from akamai_mcp.pipeline.retry import Retry, RetryPolicy
from akamai_mcp.pipeline.versions import Versions
from akamai_mcp.result.answer import to_error_answer

BURST = b'{"type": "https://x/-/pep-authn/request-error", "detail": "IPBLOCK-BURST4-1"}'
NEXT = "2023-11-14T22:13:20Z"


class Row(NamedTuple):
    """How an attempt ended: its effect, whether it voids earlier reads, goes again as PUT and as POST, counts against the API."""

    result: Response | BaseException
    effect: str
    voids: bool
    put: bool
    post: bool
    failure: bool

    @property
    def raised(self) -> type[BaseException]:
        return type(self.result) if isinstance(self.result, BaseException) else NeverRaisedError

    def __str__(self) -> str:
        if isinstance(self.result, BaseException):
            return type(self.result).__name__
        names = [header for header, _ in self.result.headers]
        return "-".join([str(self.result.status), *names, *(["text"] if len(self.result.content) > 2 else [])])


class NeverRaisedError(Exception):
    """What no response raises."""


ANSWERED = [
    Row(ok(status=200), "taken", True, False, False, False),
    Row(ok(status=201), "taken", True, False, False, False),
    Row(ok(status=202), "taken", True, False, False, False),
    Row(ok(status=204), "taken", True, False, False, False),
    Row(ok(status=207), "taken", True, False, False, False),
    Row(ok(status=301), "unknown", True, False, False, False),
    Row(ok(status=302), "unknown", True, False, False, False),
    Row(ok(status=303), "taken", True, False, False, False),
    Row(ok(status=304), "none", False, False, False, False),
    Row(ok(status=307), "unknown", True, False, False, False),
    Row(ok(status=400), "none", False, False, False, False),
    Row(ok(BURST, status=400), "none", False, True, True, False),
    Row(ok(status=401), "none", False, False, False, False),
    Row(ok(status=403), "none", False, False, False, False),
    Row(ok(status=404), "none", True, False, False, False),
    Row(ok(status=404, retry_after="1"), "none", True, False, False, False),
    Row(ok(status=405), "none", False, False, False, False),
    Row(ok(status=409), "none", True, False, False, False),
    Row(ok(status=410), "none", True, False, False, False),
    Row(ok(status=412), "none", True, False, False, False),
    Row(ok(status=413), "none", False, False, False, False),
    Row(ok(status=422), "none", False, False, False, False),
    Row(ok(status=423), "none", False, False, False, False),
    Row(ok(status=428), "none", True, False, False, False),
    Row(ok(status=429), "none", False, True, True, False),
    Row(ok(status=429, retry_after="1"), "none", False, True, True, False),
    Row(ok(status=429, x_ratelimit_next=NEXT), "none", False, True, True, False),
    Row(ok(status=500), "unknown", True, True, False, True),
    Row(ok(status=500, retry_after="1"), "unknown", True, True, False, True),
    Row(ok(status=501), "unknown", True, False, False, True),
    Row(ok(status=502), "unknown", True, True, False, True),
    Row(ok(status=503), "unknown", True, True, False, True),
    Row(ok(status=503, retry_after="soon"), "unknown", True, True, False, True),
    Row(ok(status=503, retry_after="1"), "none", False, True, True, True),
    Row(ok(status=503, x_ratelimit_next=NEXT), "none", False, True, True, True),
    Row(ok(f"try after {NEXT}".encode(), status=503), "none", False, True, True, True),
    Row(ok(status=504), "unknown", True, True, False, True),
    Row(ok(status=507), "unknown", True, False, False, True),
]
FAILED = [
    Row(UpstreamConnectError("x"), "none", False, True, True, True),
    Row(UpstreamTlsError("x"), "none", False, False, False, True),
    Row(UpstreamTimeout("x"), "unknown", True, True, False, True),
    Row(UpstreamProtocolError("x"), "unknown", True, True, False, True),
    Row(UpstreamTooLargeError("x"), "unknown", True, False, False, True),
    Row(UploadChangedError("x", "changed"), "none", False, False, False, False),
    Row(UpstreamBusyError("x", retry_after=1), "none", False, False, False, False),
    Row(UpstreamError("x"), "unknown", True, False, False, True),
    *(
        Row(error, "none", False, False, False, False)
        for error in (
            SettingsError("x"),
            RunError("x"),
            RunHeldError("x"),
            ReversalError("x"),
            ChangedSince(),
            DocumentError("x", document="d"),
            UnknownOperationError("x"),
            ArgumentError("x"),
            BodyError("x"),
            ValidationRefused(("x",)),
            AccessError("x"),
            PolicyRefused("x"),
            ConfirmationRequired("", line="x", token="t", seconds=1),
            QuotaExceeded("x", "y", retry_after=1),
            ConfirmationUnproven(),
            ConfirmationDeclined(),
            ConfirmationMissing("x"),
            ConfirmationUnanswered(shown=True),
            ConfirmationUnavailable("x"),
            ChangeNotPlanned("x"),
            QuestionRequired(line="x", state="t"),
            CredentialsError("x"),
            CacheMissError(),
        )
    ),
    Row(Failure("x"), "unknown", True, False, False, False),
    Row(RuntimeError("a fault of ours"), "unknown", True, False, False, False),
    Row(asyncio.CancelledError(), "unknown", True, False, False, False),
]
ROWS = [*ANSWERED, *FAILED]
WRITES = ["PUT", "DELETE", "POST", "PATCH"]


def every_error(kind: type[Failure] = Failure) -> set[type[Failure]]:
    return {kind, *(below for child in kind.__subclasses__() for below in every_error(child))}


@pytest.mark.parametrize("row", ROWS, ids=str)
class TestAttempt:
    """One attempt to write, and what each asks of it."""

    def test_has_its_effect(self, row: Row) -> None:
        assert effect_of(row.result) == row.effect

    def test_is_written_down_in_the_audit_trail_so(self, row: Row) -> None:
        assert result_of(row.result).decision == {"taken": "allowed", "none": "failed", "unknown": "unknown"}[row.effect]

    def test_says_sent_false_only_without_an_effect(self, row: Row) -> None:
        if isinstance(row.result, Failure):
            assert to_error_answer(row.result).content.get("sent") is (False if row.effect == "none" else None)

    async def test_voids_what_was_read_before(self, row: Row) -> None:
        assert {method: await self._voids(row, method) for method in WRITES} == dict.fromkeys(WRITES, row.voids)

    async def _voids(self, row: Row, method: str) -> bool:
        cache = Cache(FakeUpstream(ok(b"old"), row.result, ok(b"new")), CachePolicy(), Versions(), Counters(), clock=FakeClock())
        await cache(call())
        with suppress(row.raised):
            await cache(call(method))
        return (await cache(call())).content == b"new"

    async def test_goes_again(self, row: Row) -> None:
        again = {method: row.put if method in {"PUT", "DELETE"} else row.post for method in WRITES}
        assert {method: await self._attempts(row, method) == 2 for method in WRITES} == again

    async def _attempts(self, row: Row, method: str) -> int:
        upstream = FakeUpstream(row.result, ok(b"done"))
        clock = FakeClock(1_699_999_999.0)  # a second before NEXT
        retry = Retry(upstream, RetryPolicy(), Counters(), sleep=clock.sleep, clock=clock, jitter=lambda: 1.0)
        with suppress(row.raised):
            await retry(call(method))
        return len(upstream.calls)

    async def test_counts_against_the_api(self, row: Row) -> None:
        breaker = CircuitBreaker(FakeUpstream(row.result), BreakerPolicy(failures=1), Counters(), clock=FakeClock())
        with suppress(row.raised):
            await breaker(call("PUT"))
        assert bool(breaker.open_circuits()) is row.failure


def test_the_table_has_every_error_of_the_tree() -> None:
    ours = {kind for kind in every_error() if kind.__module__ == Failure.__module__}
    assert ours <= {type(row.result) for row in FAILED}


def test_every_status_has_an_effect_and_only_a_refusal_has_none() -> None:
    effects = {status: ok(status=status).effect for status in range(100, 600)}
    assert set(effects.values()) == {"none", "unknown", "taken"}
    assert {status for status in effects if effects[status] == "none"} == {304, *range(400, 500)}
    assert {status for status in effects if effects[status] == "taken"} == {303, *range(200, 300)}


@pytest.mark.parametrize(("own", "effect"), [("none", "unknown"), ("unknown", "unknown"), ("taken", "taken")])
def test_after_an_attempt_that_may_have_taken_effect_a_refusal_is_not_sure(own: str, effect: str) -> None:
    status = {"none": 404, "unknown": 500, "taken": 200}[own]
    response = ok(status=status)
    assert response.effect == own
    assert Response(status=status, headers=(), content=b"", after_unknown=True).effect == effect
