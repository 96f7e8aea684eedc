"""The audit log: every attempt to change something writes one line, on disk before its result is returned."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import Attempt, AttemptResult, AuditPolicy, Decision, Stamp
from akamai_mcp.audit.recorder import Recorder
from akamai_mcp.errors import AccessError, AkamaiMcpError, Effect, SettingsError
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.effect import Ending, effect_of

DECISION_OF: Final[Mapping[Effect, Decision]] = {"taken": "allowed", "none": "failed", "unknown": "unknown"}
UNWRITTEN: Final = "The call was made, but its audit line could not be written."
BLOCKED: Final = "Further changes are refused until it can be written."
START_ADVICE: Final = "Set it to a file, not a link, in an existing folder that the server may write to, on a POSIX system."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An attempt in progress; `begun` is the start on the timer's clock, in seconds."""

    stamp: Stamp
    attempt: Attempt
    begun: float


class AuditLog:
    """Records attempts one after the other in its own thread, so that the event loop never waits for the disk."""

    def __init__(
        self,
        policy: AuditPolicy,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        identifier: Callable[[], str] = lambda: os.urandom(8).hex(),
    ) -> None:
        self._required = policy.required
        self._recorder = _create_recorder(policy)
        self._clock = clock
        self._timer = timer
        self._identifier = identifier
        self._thread: Executor | None = None

    def start(self) -> None:
        """Check the file and recover attempts that a crash interrupted. Raises SettingsError if the trail is required."""
        if self._recorder is None:
            return
        try:
            count = self._recorder.start()
        except OSError as error:
            if self._required:
                raise SettingsError(
                    f"AKAMAI_MCP_AUDIT_FILE cannot be written ({os_reason(error)}).", advice=START_ADVICE
                ) from error
            get_logger().warning("audit file cannot be written", reason=os_reason(error))
        else:
            if count:
                get_logger().warning("wrote the audit lines of attempts that a crash interrupted", attempts=count)

    async def record(self, attempt: Attempt, send: Callable[[], Awaitable[Response]]) -> Response:
        """Record an attempt around `send`; the response has a warning if its line could not be written.

        Raises AccessError before anything is sent, and whatever `send` raises; the warning is then added to its advice.
        """
        ticket = await self.begin(attempt)
        try:
            response = await send()
        except BaseException as error:
            warning = await self.end(ticket, result_of(error))
            if warning and isinstance(error, AkamaiMcpError):
                error.advice = f"{error.advice} {warning}".strip()
            raise
        return replace(response, warning=await self.end(ticket, result_of(response)))

    async def begin(self, attempt: Attempt) -> Ticket:
        """Record the start of an attempt, before it is sent. Raises AccessError if that fails and the trail is required."""
        ticket = self._ticket(attempt)
        if self._recorder is None:
            return ticket
        try:
            await self._in_thread(partial(self._recorder.begin, ticket.stamp, attempt))
        except OSError as error:
            await self._cannot_begin(ticket, error)
        except asyncio.CancelledError:
            self._submit(self._record(ticket, AttemptResult(decision="failed", reason="cancelled before it was sent")))
            raise
        return ticket

    async def end(self, ticket: Ticket, result: AttemptResult) -> str:
        """Write the line of an attempt, on disk when this returns; return a warning if that failed, else "".

        An attempt that is cancelled meanwhile still gets its line.
        """
        if self._recorder is None:
            return ""
        timed = replace(result, seconds=self._timer() - ticket.begun)
        try:
            await self._in_thread(self._record(ticket, timed))
        except OSError as error:
            get_logger().error("audit line could not be written", reason=os_reason(error), decision=result.decision)
            return f"{UNWRITTEN} {BLOCKED}" if self._required else UNWRITTEN
        return ""

    async def refused(self, attempt: Attempt, reason: str) -> None:
        """Record an attempt that the access rules stopped; it stays refused even if its line cannot be written yet."""
        await self.end(self._ticket(attempt), AttemptResult(decision="refused", reason=reason))

    async def agreed(self, attempt: Attempt) -> None:
        """Record that the user agreed to the plan of a program; each change of it gets a line of its own as well."""
        await self.end(self._ticket(attempt), AttemptResult(decision="allowed", reason="the user agreed to the plan"))

    async def ended(self, attempt: Attempt, result: AttemptResult) -> None:
        """Record how a run of a program ended."""
        await self.end(self._ticket(attempt), result)

    def close(self) -> None:
        """Finish pending writes and close the files."""
        if self._recorder is None:
            return
        self._submit(self._recorder.close).result()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    async def _cannot_begin(self, ticket: Ticket, error: OSError) -> None:
        get_logger().error("audit file cannot be written", reason=os_reason(error))
        if not self._required:
            return
        await self.end(ticket, AttemptResult(decision="refused", reason="the audit file could not be written"))
        raise AccessError(
            f"The audit file cannot be written ({os_reason(error)}), so changes are refused.",
            advice="Reads still work. The operator of this server has to check AKAMAI_MCP_AUDIT_FILE and its disk.",
        ) from error

    def _ticket(self, attempt: Attempt) -> Ticket:
        return Ticket(stamp=Stamp(at=self._clock(), identifier=self._identifier()), attempt=attempt, begun=self._timer())

    def _record(self, ticket: Ticket, result: AttemptResult) -> Callable[[], None]:
        assert self._recorder is not None
        return partial(self._recorder.end, ticket.stamp, ticket.attempt, result)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        # Shielded, because a cancelled caller must not cancel work that is queued for the thread.
        await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        if self._thread is None:
            from concurrent.futures import ThreadPoolExecutor  # wanted only where there is an audit file

            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audit")
        return self._thread.submit(work)


def result_of(ending: Ending) -> AttemptResult:
    """The result of an attempt by its effect, with the status of its response or the kind of its error."""
    decision = DECISION_OF[effect_of(ending)]
    if isinstance(ending, Response):
        return AttemptResult(decision=decision, status=ending.status, request_id=ending.request_id or None)
    return AttemptResult(decision=decision, reason=type(ending).__name__)


def os_reason(error: OSError) -> str:
    """The operating system's message, without the file's name."""
    return error.strerror or type(error).__name__


def _create_recorder(policy: AuditPolicy) -> Recorder | None:
    if policy.file is None:
        return None
    if sys.platform == "win32":
        raise SettingsError("AKAMAI_MCP_AUDIT_FILE needs the file locks of a POSIX system.", advice=START_ADVICE)
    return Recorder(AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep))
