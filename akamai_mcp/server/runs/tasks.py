"""Runs as MCP tasks: the extension `io.modelcontextprotocol/tasks`, over the store of runs.

A client that declares it gets a task where `akamai_run` pauses and where a call with `wait` would wait, and nothing before: its
user is asked as in every call. A poll lets what is due go on, so a task outlives the server that began it. Other clients get the
name of the run, and wait.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_context
from fastmcp.server.extensions import MethodBinding, ServerExtension, ToolCallContinuation, ToolCallOutcome
from fastmcp.tools.base import ToolResult
from fastmcp.utilities.tasks import TASKS_EXTENSION_ID
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp_types import INTERNAL_ERROR, CallToolRequestParams, ElicitResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from akamai_mcp.access.callers import Caller
from akamai_mcp.calls.following.kept import KeptWait, keeping_waits
from akamai_mcp.errors import RunError
from akamai_mcp.programs.library.program import RUN_TOOL
from akamai_mcp.programs.service import Programs
from akamai_mcp.runs.record import OVER, Run
from akamai_mcp.server.elicitation import find_agreement, question, read_reply
from akamai_mcp.server.protocol import refuse
from akamai_mcp.server.runs.driving import Driving
from akamai_mcp.server.runs.shapes import CreatedTask, TaskParams, UpdateParams, describe_result, describe_task

NOT_DECLARED: Final = -32021  # the client did not declare the extension (MCP tasks, error handling)
MODERN: Final = frozenset(MODERN_PROTOCOL_VERSIONS)
COMPLETE: Final = {"resultType": "complete"}


class RunTasks(ServerExtension):
    """Serves runs as tasks, and drives in the background those that somebody polls for."""

    identifier = TASKS_EXTENSION_ID

    def __init__(self, programs: Programs, get_caller: Callable[[], Caller]) -> None:
        self._programs = programs
        self._get_caller = get_caller
        self.driving = Driving(programs, get_caller)

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
        return self.driving.running()

    async def intercept_tool_call(
        self, params: CallToolRequestParams, context: Context, call_next: ToolCallContinuation
    ) -> ToolCallOutcome:
        """Answer a run that pauses, and a call that would wait, with a task, if the client declares that it takes one."""
        request = context.request_context
        if request is None or request.protocol_version not in MODERN or not _declares(context):
            return await call_next()
        waits: list[Run] = []

        async def keep(wait: KeptWait) -> bool:
            waits.extend([run] if (run := await self._programs.waits.keep(wait)) else [])
            return bool(waits)

        with keeping_waits(keep):
            result = await call_next()
        if waits:
            return self._created(waits[0])
        content = result.structured_content if isinstance(result, ToolResult) and params.name == RUN_TOOL else None
        if isinstance(content, dict) and content.get("status") == "paused":
            return self._created(await self._find(str(content["run"])))
        return result

    def _created(self, run: Run) -> CreatedTask:
        return CreatedTask.model_validate({"resultType": "task", **self._describe(run)})

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        try:
            return COMPLETE | await self.tell(await self._known(ctx, params.task_id))
        except RunError as error:  # a store that was readable a moment ago
            raise MCPError(code=INTERNAL_ERROR, message=error.message) from error

    async def tell(self, run: Run) -> dict[str, Any]:
        """The task with what its status brings: a result, or questions; a run that is due begins to go on."""
        name, described = run.name, self._describe(run)
        if run.status in OVER:
            self.driving.forget(name)
            stored = {} if run.status == "stopped" else {"result": describe_result(await self._programs.resume(name))}
            return described | stored
        told = self.driving.told(run)
        if told and told.answer:  # its plan is confirmed by a token, which the agent brings in another call
            return described | {"status": "completed", "result": describe_result(told.answer)}
        if told and told.needed:
            (form,) = (question(told.needed).input_requests or {}).values()
            shown = {told.key: form.model_dump(by_alias=True, exclude_none=True, mode="json")}
            return described | {"status": "input_required", "inputRequests": shown}
        if run.status == "asks" or (run.status == "paused" and (run.due or 0.0) <= self._programs.runs.clock()):
            self.driving.drive(name, partial(self._programs.resume, name), find_agreement(get_context()))
        return described

    async def _update(self, ctx: ServerRequestContext[Any, Any], params: UpdateParams) -> dict[str, Any]:
        run = await self._known(ctx, params.task_id)
        told = self.driving.told(run)
        # An answer to nothing that is asked counts for nothing.
        if told is None or told.needed is None or told.key not in params.input_responses:
            return dict(COMPLETE)
        self.driving.forget(run.name)
        reply, state = read_reply(_read_answer(params.input_responses[told.key])), told.needed.state
        agreement = replace(find_agreement(get_context()), reply=reply, state=state)
        self.driving.drive(run.name, partial(self._programs.go_on, state), agreement)
        return dict(COMPLETE)

    async def _cancel(self, ctx: ServerRequestContext[Any, Any], params: TaskParams) -> dict[str, Any]:
        run = await self._known(ctx, params.task_id)
        self.driving.forget(run.name)
        await self._programs.stop(run.name, run.caller)
        self.driving.move()
        return dict(COMPLETE)

    def require_declared(self, ctx: ServerRequestContext[Any, Any]) -> None:
        """Check that the client declares the extension in this request. Raises MCPError."""
        if self.client_settings(ctx) is None:
            needed: dict[str, Any] = {"requiredCapabilities": {"extensions": {self.identifier: {}}}}
            raise MCPError(code=NOT_DECLARED, message="The client has not declared the tasks extension.", data=needed)

    async def _known(self, ctx: ServerRequestContext[Any, Any], name: str) -> Run:
        """The run of a task. Raises MCPError."""
        self.require_declared(ctx)
        if (run := await self.find(name)) is None:
            raise refuse(f"There is no task {name[:80]!r}, or it has expired.")
        return run

    async def find(self, name: str) -> Run | None:
        """The run of a task of the caller's; None if there is none."""
        try:
            return await self._find(name)
        except RunError:
            return None

    async def _find(self, name: str) -> Run:
        """A run of the caller's. Raises RunError."""
        return (await self._programs.runs.find(name, self._get_caller().name))[0]

    def _describe(self, run: Run) -> dict[str, Any]:
        runs = self._programs.runs
        return describe_task(run, runs.clock(), runs.policy.keep_seconds, is_driven=run.name in self.driving)


def _declares(context: Context) -> bool:
    """True if the client of this request takes tasks."""
    capabilities = context.session.client_capabilities
    return capabilities is not None and TASKS_EXTENSION_ID in (capabilities.extensions or {})


def _read_answer(value: Any) -> ElicitResult | None:
    try:
        return ElicitResult.model_validate(value)
    except ValidationError:
        return None
