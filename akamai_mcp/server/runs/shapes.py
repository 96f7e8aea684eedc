"""The messages of tasks (extension `io.modelcontextprotocol/tasks`): parameters, the members of a task, its status and result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mcp_types import Notification, RequestParams, Result
from pydantic import ConfigDict

from akamai_mcp.audit.line import to_time
from akamai_mcp.result.answer import Answer
from akamai_mcp.runs.record import Run
from akamai_mcp.server.tool_results import to_tool_result

SHORTEST_POLL: Final = 1.0  # seconds
LONGEST_POLL: Final = 30.0
STATUS: Final[Mapping[str, str]] = {"ended": "completed", "failed": "completed", "stopped": "cancelled"}
WORKING: Final = "working"
ENDS: Final = frozenset(STATUS.values())


class CreatedTask(Result):
    """The result of a call that became a task; its members are those of the task."""

    model_config = ConfigDict(extra="allow")


class TaskParams(RequestParams):
    """Which task is meant."""

    task_id: str


class UpdateParams(TaskParams):
    """Answers to what a task asks, by the keys of its questions."""

    input_responses: dict[str, Any]


class TaskNotification(Notification[dict[str, Any], str]):
    """The state of a task, as `tasks/get` tells it."""

    method: str = "notifications/tasks"
    params: dict[str, Any]


def describe_task(run: Run, now: float, keep_seconds: float, *, is_driven: bool) -> dict[str, Any]:
    """The members of every task."""
    wait = min(LONGEST_POLL, max(SHORTEST_POLL, (run.due or now) - now))
    message = _message(run) if run.status == "paused" and not is_driven and (run.due or 0.0) > now else ""
    return {
        "taskId": run.name,
        "status": STATUS.get(run.status, WORKING),
        "createdAt": to_time(run.created),
        "lastUpdatedAt": to_time(run.updated),
        "ttlMs": int((run.updated - run.created + keep_seconds) * 1000),
        "pollIntervalMs": int(wait * 1000),
        **({"statusMessage": message} if message else {}),
    }


def _message(run: Run) -> str:
    state = f"The work is {run.reason}. " if run.is_wait and run.reason else ""
    return f"{state}It goes on at {to_time(run.due or 0.0)}."


def describe_result(answer: Answer) -> dict[str, Any]:
    """The answer as the result of the call that the task stands for."""
    result = to_tool_result(answer)
    content = [block.model_dump(by_alias=True, exclude_none=True, mode="json") for block in result.content]
    return {"content": content, "structuredContent": answer.content, "isError": answer.is_error}
