"""Elicitation: ask the user through the client before a call that needs a confirmation.

Before protocol version 2026-07-28 the server asks while the call waits. From that version on, the call's result is the
question; the client repeats the call with the answer and with the question's state, which travels sealed. The form is empty:
to accept is the answer (MCP, elicitation). `access.consent.decision` says what each reply means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from fastmcp.server.dependencies import get_context
from fastmcp.tools.base import InputRequiredToolResult, ToolResult
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from akamai_mcp.access.consent.decision import Agreement, ConfirmBy, Reply, agreeing, choose_way
from akamai_mcp.errors import QuestionRequired
from akamai_mcp.logs import get_logger
from akamai_mcp.result.answer import Answer

if TYPE_CHECKING:
    from fastmcp import Context

QUESTION: Final = "agreement"
FORM: Final[dict[str, Any]] = {"type": "object", "properties": {}}
NO: Final = frozenset(
    "false no n 0 0.0 off never stop decline declined refuse refused reject rejected cancel canceled cancelled "
    "deny denied disagree".split()
)
# A person may be away from the screen; after the token's own time an answer would confirm nothing.
ANSWER_SECONDS: Final = 300.0
STATELESS: Final = "streamable-http"

Work = Callable[[Mapping[str, Any]], Awaitable[Answer]]


class AsksUsers(Protocol):
    """A server that knows how its operator wants users to be asked."""

    confirm_by: ConfirmBy


async def ask_first(arguments: Mapping[str, Any], work: Work) -> Answer | ToolResult:
    """Run the work, and ask the user first if it needs their agreement. Raises AccessError."""
    context = _context()
    try:
        with agreeing(partial(find_agreement, context)):
            return await work(arguments)
    except QuestionRequired as needed:
        if _is_modern(context):
            return InputRequiredToolResult(question(needed))
        answered = replace(find_agreement(context), reply=await _elicit(context, needed.line), state=needed.state)
    with agreeing(lambda: answered):
        return await work(arguments)


def question(needed: QuestionRequired) -> InputRequiredResult:
    """Return the question as the result of a call, with the state that the repeated call brings back."""
    form = ElicitRequest(params=ElicitRequestFormParams(message=needed.line, requested_schema=FORM))
    return InputRequiredResult(input_requests={QUESTION: form}, request_state=needed.state)


def read_reply(result: object) -> Reply:
    """What a client's result means; anything but the three actions of the protocol is no answer."""
    if not isinstance(result, ElicitResult):
        return "failed"
    if result.action == "accept":
        return "declined" if any(map(_is_no, (result.content or {}).values())) else "accepted"
    return "declined" if result.action == "decline" else "cancelled"


def _is_no(value: object) -> bool:
    """True for a field that says no: the form has none, so a client that fills one in asked its user something else."""
    if isinstance(value, list):
        return any(map(_is_no, value))
    return str(value).strip().casefold() in NO


async def _elicit(context: Context, line: str) -> Reply:
    """Ask while the call waits; a client that fails to ask has not answered."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return read_reply(await context.session.elicit(line, FORM, related_request_id=context.request_id))
    except TimeoutError:
        return "cancelled"
    except Exception as error:  # noqa: BLE001 - an error reply, a result of another form, a client that left
        get_logger().warning("the client could not ask its user", error=type(error).__name__)
        return "failed"


def _context() -> Context:
    return get_context()


def find_agreement(context: Context) -> Agreement:
    """What is known of the user's consent when a call arrives."""
    server = cast("AsksUsers", context.fastmcp)
    way = choose_way(server.confirm_by, has_dialog=_has_dialog(context))
    session = _session(context)
    result = (context.input_responses or {}).get(QUESTION) if way == "dialog" else None
    if result is None:
        return Agreement(way=way, session=session)
    return Agreement(way=way, session=session, reply=read_reply(result), state=context.request_state or "")


def _has_dialog(context: Context) -> bool:
    """True if the client shows forms, which is also the meaning of an empty elicitation capability (MCP, elicitation)."""
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _session(context: Context) -> str:
    """What binds a token to its connection; stateless requests of HTTP have the transport alone in common."""
    transport = context.transport or "memory"
    return transport if transport == STATELESS or _is_modern(context) else f"{transport} {context.session_id}"


def _is_modern(context: Context) -> bool:
    request = context.request_context
    return request is not None and request.protocol_version in MODERN_PROTOCOL_VERSIONS
