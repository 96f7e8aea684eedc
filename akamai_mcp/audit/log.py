"""The audit trail: every attempt to change something leaves one line, on disk before its result is told."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import Attempt, AuditPolicy, Outcome, Stamp
from akamai_mcp.audit.recorder import Recorder
from akamai_mcp.errors import (
    AccessError,
    AkamaiMcpError,
    SettingsError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamError,
    UpstreamTlsError,
)
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.call import Response

NOT_SENT: Final = (UpstreamBusyError, UpstreamConnectError, UpstreamTlsError)
UNWRITTEN: Final = "The call was made, but its audit line could not be written."

LATER: Final = "Further changes are refused until it can be."
START_ADVICE: Final = "Name a file, not a link, in a folder that exists and that the server may write, on a POSIX system."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An attempt that has begun and waits for its end."""

    stamp: Stamp
    attempt: Attempt
    begun: float


class AuditLog:
    """Writes attempts down, one after the other in a thread of its own; the event loop never waits for the disk."""

    def __init__(
        self,
        policy: AuditPolicy,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        identifier: Callable[[], str] = lambda: os.urandom(8).hex(),
    ) -> None:
        self._required = policy.required
        self._recorder = _open_recorder(policy)
        self._clock = clock
        self._timer = timer
        self._identifier = identifier
        self._thread: Executor | None = None

    def start(self) -> None:
        """Try the file, and give a line to what a crash cut short. Raises SettingsError where the trail is required."""
        if self._recorder is None:
            return
        try:
            count = self._recorder.start()
        except OSError as error:
            if self._required:
                raise SettingsError(f"AKAMAI_MCP_AUDIT_FILE cannot be written ({why(error)}).", advice=START_ADVICE) from error
            get_logger().warning("audit file cannot be written", reason=why(error))
        else:
            if count:
                get_logger().warning("attempts of a server that ended early have their audit lines now", attempts=count)

    async def carry(
        self, attempt: Attempt, send: Callable[[], Awaitable[Response]], find_id: Callable[[Response], str | None]
    ) -> tuple[Response, str]:
        """Make an attempt between its begin and its end; the answer, and a warning where the line could not be written.

        Raises AccessError before anything is sent, and what `send` raises, its advice then carrying the warning.
        """
        ticket = await self.begin(attempt)
        try:
            answer = await send()
        except BaseException as error:
            warning = await self.end(ticket, outcome_of_error(error))
            if warning and isinstance(error, AkamaiMcpError):
                error.advice = f"{error.advice} {warning}".strip()
            raise
        return answer, await self.end(ticket, outcome_of_status(answer.status, find_id(answer)))

    async def begin(self, attempt: Attempt) -> Ticket:
        """Before an attempt is sent. Raises AccessError where it could not be written down and must be."""
        ticket = self._ticket(attempt)
        if self._recorder is None:
            return ticket
        try:
            await self._in_thread(partial(self._recorder.begin, ticket.stamp, attempt))
        except OSError as error:
            await self._cannot_begin(ticket, error)
        except asyncio.CancelledError:
            self._submit(self._record(ticket, Outcome(decision="failed", reason="cancelled before it was sent")))
            raise
        return ticket

    async def end(self, ticket: Ticket, outcome: Outcome) -> str:
        """After an attempt, whatever came of it; "" or a warning for its caller. The line is on disk when this returns.

        An attempt that is cancelled while its line is written has it all the same.
        """
        if self._recorder is None:
            return ""
        timed = replace(outcome, seconds=self._timer() - ticket.begun)
        try:
            await self._in_thread(self._record(ticket, timed))
        except OSError as error:
            get_logger().error("audit line could not be written", reason=why(error), decision=outcome.decision)
            return f"{UNWRITTEN} {LATER}" if self._required else UNWRITTEN
        return ""

    async def refused(self, attempt: Attempt, reason: str) -> None:
        """An attempt that our own rules kept from being sent; it stays refused where its line has to wait."""
        await self.end(self._ticket(attempt), Outcome(decision="refused", reason=reason))

    def close(self) -> None:
        """Finish what is being written and let go of the files."""
        if self._recorder is None:
            return
        self._submit(self._recorder.close).result()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    async def _cannot_begin(self, ticket: Ticket, error: OSError) -> None:
        get_logger().error("audit file cannot be written", reason=why(error))
        if not self._required:
            return
        await self.end(ticket, Outcome(decision="refused", reason="the audit file could not be written"))
        raise AccessError(
            f"The audit file cannot be written ({why(error)}), and without it nothing may be changed.",
            advice="Reads still work. Whoever runs the server has to see to AKAMAI_MCP_AUDIT_FILE and its disk.",
        ) from error

    def _ticket(self, attempt: Attempt) -> Ticket:
        return Ticket(stamp=Stamp(at=self._clock(), identifier=self._identifier()), attempt=attempt, begun=self._timer())

    def _record(self, ticket: Ticket, outcome: Outcome) -> Callable[[], None]:
        assert self._recorder is not None
        return partial(self._recorder.end, ticket.stamp, ticket.attempt, outcome)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        # Shielded: a caller that is cancelled must not take work with it that still waits for the thread.
        await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        if self._thread is None:
            from concurrent.futures import ThreadPoolExecutor

            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        return self._thread.submit(work)


def outcome_of_status(status: int, request_id: str | None) -> Outcome:
    """Akamai answered: it took the attempt, or it did not."""
    taken = 200 <= status < 400  # noqa: PLR2004 - RFC 9110 status classes
    return Outcome(decision="allowed" if taken else "failed", status=status, request_id=request_id)


def outcome_of_error(error: BaseException) -> Outcome:
    """No answer: it was not sent, or nobody knows what became of it."""
    is_sure = isinstance(error, AkamaiMcpError) and (not isinstance(error, UpstreamError) or isinstance(error, NOT_SENT))
    return Outcome(decision="failed" if is_sure else "unknown", reason=type(error).__name__)


def why(error: OSError) -> str:
    """What the system says of a failure, without the file's name."""
    return error.strerror or type(error).__name__


def _open_recorder(policy: AuditPolicy) -> Recorder | None:
    if policy.file is None:
        return None
    if sys.platform == "win32":
        raise SettingsError("AKAMAI_MCP_AUDIT_FILE needs the file locks of a POSIX system.", advice=START_ADVICE)
    return Recorder(AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep))
