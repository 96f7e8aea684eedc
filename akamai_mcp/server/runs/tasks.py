"""Runs as MCP tasks: the extension `io.modelcontextprotocol/tasks`, over the store of runs.

A client that declares it gets a task where `akamai_run` pauses, and nothing before: a plan is asked about as in every call. A
poll lets a run that is due go on, so a task outlives the server that began it. Other clients get the name of the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context as Variables
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_context
from fastmcp.server.extensions import MethodBinding, ServerExtension, ToolCallContinuation, ToolCallOutcome
from fastmcp.tools.base import ToolResult
from fastmcp.utilities.tasks import TASKS_EXTENSION_ID
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp_types import CallToolRequestParams, ElicitResult, RequestParams, Result
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ConfigDict, ValidationError

from akamai_mcp.access.callers import Caller, calling
from akamai_mcp.access.consent.decision import Agreement, agreeing
from akamai_mcp.audit.line import to_time
from akamai_mcp.errors import AkamaiMcpError, QuestionRequired, RunError
from akamai_mcp.programs.library.program import RUN_TOOL
from akamai_mcp.programs.service import Programs
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.runs.record import OVER, Run
from akamai_mcp.server.elicitation import find_agreement, question, read_reply
from akamai_mcp.server.protocol import refuse
from akamai_mcp.server.tool_results import to_tool_result

NOT_DECLARED: Final = -32021  # the client did not declare the extension (MCP tasks, error handling)
MODERN: Final = frozenset(MODERN_PROTOCOL_VERSIONS)
SHORTEST_POLL: Final = 1.0
LONGEST_POLL: Final = 30.0
COMPLETE: Final = {"resultType": "complete"}
Work = Callable[[], Awaitable[Answer]]


class CreatedTask(Result):
    """The result of a call that became a task; its members are those of the task."""

    model_config = ConfigDict(extra="allow")


class TaskParams(RequestParams):
    """Which task is meant."""

    task_id: str


class UpdateParams(TaskParams):
    """Answers to what a task asks, by the keys of its questions."""

    input_responses: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the user about a task's plan; each question of a task has a key of its own."""

    key: str
    needed: QuestionRequired


class RunTasks(ServerExtension):
    """Serves runs as tasks, and drives in the background those that somebody polls for."""

    identifier = TASKS_EXTENSION_ID

    def __init__(self, programs: Programs, get_caller: Callable[[], Caller]) -> None:
        self._programs = programs
        self._get_caller = get_caller
        self._driving: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, Asked] = {}
        self._answered: dict[str, Answer] = {}
        self._questions = 0

    def methods(self) -> tuple[MethodBinding, ...]:
        """The methods of the extension."""
        bind = partial(MethodBinding, protocol_versions=MODERN)
        return (
            bind("tasks/get", TaskParams, self._get),
            bind("tasks/update", UpdateParams, self._update),
            bind("tasks/cancel", TaskParams, self._cancel),
        )

    def lifespan(self) -> AbstractAsyncContextManager[None]:
        """What is driven ends with the server, and can go on at the next one."""
        return self._running()

    async def intercept_tool_call(
        self, params: CallToolRequestParams, context: Context, call_next: ToolCallContinuation
    ) -> ToolCallOutcome:
        """Answer a run that pauses with a task, if the client declares that it takes one."""
        result = await call_next()
        request = context.request_context
        if params.name != RUN_TOOL or request is None or not _declares(context):
            return result
        content = result.structured_content if isinstance(result, ToolResult) else None
        if request.protocol_version not in MODERN or not isinstance(content, dict) or content.get("status") != "paused":
            return result
        run = await self._find(str(content["run"]))
        return CreatedTask.model_validate({"resultType": "task", **self._describe(run)})

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        run = await self._known(ctx, params.task_id)
        if run.name in self._answered:  # its plan is to be confirmed by a token, which the agent brings in another call
            return COMPLETE | self._describe(run) | {"status": "completed", "result": _to_result(self._answered[run.name])}
        if run.status in OVER and run.status != "stopped":
            answer = await self._programs.resume(run.name)
            return COMPLETE | self._describe(run) | {"result": _to_result(answer)}
        if asked := self._asked.get(run.name):
            (form,) = (question(asked.needed).input_requests or {}).values()
            shown = {asked.key: form.model_dump(by_alias=True, exclude_none=True, mode="json")}
            return COMPLETE | self._describe(run) | {"status": "input_required", "inputRequests": shown}
        if run.status == "asks" or (run.status == "paused" and (run.due or 0.0) <= self._programs.runs.clock()):
            self._drive(run.name, partial(self._programs.resume, run.name), find_agreement(get_context()))
        return COMPLETE | self._describe(run)

    async def _update(self, ctx: ServerRequestContext[Any, Any], params: UpdateParams) -> dict[str, Any]:
        run = await self._known(ctx, params.task_id)
        asked = self._asked.get(run.name)
        if asked is None or asked.key not in params.input_responses:  # an answer to nothing that is asked counts for nothing
            return dict(COMPLETE)
        del self._asked[run.name]
        reply = read_reply(_read_answer(params.input_responses[asked.key]))
        agreement = replace(find_agreement(get_context()), reply=reply, state=asked.needed.state)
        self._drive(run.name, partial(self._programs.go_on, asked.needed.state), agreement)
        return dict(COMPLETE)

    async def _cancel(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        run = await self._known(ctx, params.task_id)
        self._asked.pop(run.name, None)
        await self._programs.stop(run.name, run.caller)
        return dict(COMPLETE)

    async def _known(self, ctx: ServerRequestContext[Any, Any], name: str) -> Run:
        """The run of a task. Raises MCPError."""
        if self.client_settings(ctx) is None:
            needed: dict[str, Any] = {"requiredCapabilities": {"extensions": {self.identifier: {}}}}
            raise MCPError(code=NOT_DECLARED, message="The client has not declared the tasks extension.", data=needed)
        try:
            return await self._find(name)
        except RunError as error:
            raise refuse(error.message) from error

    async def _find(self, name: str) -> Run:
        return (await self._programs.runs.find(name, self._get_caller().name))[0]

    def _describe(self, run: Run) -> dict[str, Any]:
        """The members of every task."""
        keep, now = self._programs.runs.policy.keep_seconds, self._programs.runs.clock()
        wait = min(LONGEST_POLL, max(SHORTEST_POLL, (run.due or now) - now))
        is_paused = run.status == "paused" and run.name not in self._driving and (run.due or 0.0) > now
        message = {"statusMessage": f"It goes on at {to_time(run.due)}."} if is_paused and run.due else {}
        return {
            "taskId": run.name,
            "status": _status(run),
            "createdAt": to_time(run.created),
            "lastUpdatedAt": to_time(run.updated),
            "ttlMs": int((run.updated - run.created + keep) * 1000),
            "pollIntervalMs": int(wait * 1000),
            **message,
        }

    def _drive(self, name: str, work: Work, agreement: Agreement) -> None:
        """Let a run go on in the background for its caller, unless it does so already."""
        if name in self._driving:
            return
        driven = self._carry_out(name, work, self._get_caller(), agreement)
        # A context of its own: the request's documents are let go of when it ends.
        task = self._driving[name] = asyncio.create_task(driven, context=Variables())
        task.add_done_callback(lambda _: self._driving.pop(name, None))

    async def _carry_out(self, name: str, work: Work, caller: Caller, agreement: Agreement) -> None:
        with calling(lambda: caller), agreeing(lambda: agreement):
            try:
                answer = await work()
            except QuestionRequired as needed:
                self._questions += 1
                self._asked[name] = Asked(key=f"agreement-{self._questions}", needed=needed)
                return
            except AkamaiMcpError as error:
                answer = to_error_answer(error)
        if answer.content.get("status") != "paused" and (await self._programs.runs.find(name, caller.name))[0].status not in OVER:
            self._answered[name] = answer

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for task in self._driving.values():
                task.cancel()
            await asyncio.gather(*self._driving.values(), return_exceptions=True)


def _declares(context: Context) -> bool:
    """True if the client of this request takes tasks."""
    capabilities = context.session.client_capabilities
    return capabilities is not None and TASKS_EXTENSION_ID in (capabilities.extensions or {})


def _status(run: Run) -> str:
    words: Mapping[str, str] = {"ended": "completed", "failed": "completed", "stopped": "cancelled"}
    return words.get(run.status, "working")


def _to_result(answer: Answer) -> dict[str, Any]:
    """The answer as the result of the call that the task stands for."""
    result = to_tool_result(answer)
    content = [block.model_dump(by_alias=True, exclude_none=True, mode="json") for block in result.content]
    return {"content": content, "structuredContent": answer.content, "isError": answer.is_error}


def _read_answer(value: Any) -> ElicitResult | None:
    try:
        return ElicitResult.model_validate(value)
    except ValidationError:
        return None
