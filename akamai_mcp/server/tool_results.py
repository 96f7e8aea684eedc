"""Converts answers and errors to MCP tool results: the same JSON as text and as structured content."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

import orjson
from fastmcp.server.dependencies import get_context
from fastmcp.tools.base import ToolResult
from mcp_types import BlobResourceContents, ContentBlock, EmbeddedResource, ImageContent, ResourceLink, TextContent

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.record import note_failure, note_tool
from akamai_mcp.result.answer import Answer, Attachment, to_error_answer

INTERNAL: Final = {
    "problem": {"title": "The server failed", "detail": "An unexpected error inside akamai-mcp; its log names it."},
    "advice": "Repeat the call; if it fails again, report it with the log line.",
}


def to_tool_result(answer: Answer) -> ToolResult:
    """Convert an answer to text and structured content; binary content becomes a link to its resource, or an embedded one."""
    text = orjson.dumps(answer.content, option=orjson.OPT_NON_STR_KEYS).decode()
    content: list[ContentBlock] = [TextContent(type="text", text=text)]
    if answer.attachment:
        content.append(_beside(answer.attachment))
    if answer.picture:
        content.append(ImageContent(type="image", data=answer.picture, mime_type="image/png"))
    return ToolResult(content=content, structured_content=answer.content, is_error=answer.is_error)


def _beside(attachment: Attachment) -> ContentBlock:
    uri, media_type = attachment.uri, attachment.media_type
    if attachment.base64:
        return EmbeddedResource(
            type="resource", resource=BlobResourceContents(uri=uri, mime_type=media_type, blob=attachment.base64)
        )
    return ResourceLink(type="resource_link", name="file", uri=uri, mime_type=media_type, size=attachment.size)


async def reply(name: str, work: Awaitable[Answer | ToolResult]) -> ToolResult:
    """Run a tool's work and return its result; every error becomes an answer that an agent can read."""
    note_tool(name)
    try:
        result = await work
        return result if isinstance(result, ToolResult) else to_tool_result(result)
    except AkamaiMcpError as error:
        note_failure(error)
        return to_tool_result(to_error_answer(error))
    except Exception as error:  # noqa: BLE001 - no traceback may reach the client
        note_failure(error)
        get_logger().error("tool failed", tool=name, error=type(error).__name__, where=_where(error))
        return to_tool_result(Answer(content=dict[str, Any](INTERNAL), is_error=True))


async def report_progress(done: float, total: float | None, message: str) -> None:
    """Report a call's progress to the client, if the client sent a progress token."""
    await get_context().report_progress(done, total, message)


def _where(error: BaseException) -> str:
    """File and line of an error; its message may contain a secret, so it is not logged."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno}" if traceback else "?"
