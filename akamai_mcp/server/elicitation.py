"""Elicitation: ask the user through the client before a call that needs a confirmation.

A client without elicitation gets the refusal with its token, for the agent to show (`access.confirmation`). Before protocol
version 2026-07-28 the server asks while the call waits. From that version on, the call's result is the question; the client
repeats the call with the answer and with the token, which travels sealed as the request state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from fastmcp.tools.base import InputRequiredToolResult, ToolResult
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from akamai_mcp.calls.controls import CONFIRM
from akamai_mcp.errors import ConfirmationDeclined, ConfirmationRequired
from akamai_mcp.result.answer import Answer

if TYPE_CHECKING:
    from fastmcp import Context

QUESTION: Final = "agreement"
FIELD: Final = "agree"
FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {FIELD: {"type": "boolean", "title": "Do it", "description": "Nothing is sent unless you agree."}},
    "required": [FIELD],
}

Work = Callable[[Mapping[str, Any]], Awaitable[Answer]]


async def ask_first(arguments: Mapping[str, Any], work: Work) -> Answer | ToolResult:
    """Run the work, and ask the user first if it needs a confirmation. Raises ConfirmationDeclined."""
    context = _context()
    if token := _agreed(context):
        return await work({**arguments, CONFIRM.name: token})
    try:
        return await work(arguments)
    except ConfirmationRequired as needed:
        # A token in the arguments was rejected: the agent learns that, and the user is not asked twice.
        if arguments.get(CONFIRM.name) or not _can_ask(context):
            raise
        if _is_modern(context):
            return InputRequiredToolResult(question(needed))
        answer = await context.session.elicit(needed.line, FORM, related_request_id=context.request_id)
        _require_agreement(answer)
        return await work({**arguments, CONFIRM.name: needed.token})


def question(needed: ConfirmationRequired) -> InputRequiredResult:
    """Return the question as the result of a call, with the token that the repeated call brings back."""
    form = ElicitRequest(params=ElicitRequestFormParams(message=needed.line, requested_schema=FORM))
    return InputRequiredResult(input_requests={QUESTION: form}, request_state=needed.token)


def _context() -> Context:
    from fastmcp.server.dependencies import get_context

    return get_context()


def _agreed(context: Context) -> str | None:
    """The token of a question that the user answered with yes; None if nothing was asked. Raises ConfirmationDeclined."""
    answer = (context.input_responses or {}).get(QUESTION)
    if answer is None:
        return None
    _require_agreement(answer)
    return context.request_state


def _require_agreement(answer: object) -> None:
    """Check that the user accepted the form and ticked the box. Raises ConfirmationDeclined."""
    # Both are needed: some clients accept forms on their own.
    if not isinstance(answer, ElicitResult) or answer.action != "accept" or (answer.content or {}).get(FIELD) is not True:
        raise ConfirmationDeclined(
            "The user was asked and declined the call.", advice="Do not repeat the call; ask what they want."
        )


def _can_ask(context: Context) -> bool:
    """True if the client shows forms, which is also the meaning of an empty elicitation capability (MCP, elicitation)."""
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _is_modern(context: Context) -> bool:
    request = context.request_context
    return request is not None and request.protocol_version in MODERN_PROTOCOL_VERSIONS
