"""A streamed request body for an HTTP client: chunk by chunk, from the start for each attempt."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.request.content import Chunks, Content, Streamed


class Upload:
    """An async iterator that restarts with each iteration; leaving its context closes the file at once.

    A failure to read is raised when the context is left, in place of the exception that the HTTP client made of it.
    """

    def __init__(self, content: Streamed) -> None:
        self._content = content
        self._chunks: Chunks | None = None
        self._failure: AkamaiMcpError | None = None

    def __aiter__(self) -> Self:
        self._close()
        self._chunks = self._content.chunks()
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = next(self._chunks, None) if self._chunks else None
        except AkamaiMcpError as error:
            self._failure = error
            raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._close()
        if self._failure is not None and isinstance(error, Exception) and error is not self._failure:
            raise self._failure from error

    def _close(self) -> None:
        if self._chunks is not None:
            self._chunks.close()
            self._chunks = None


def length_header(content: Content | None) -> list[tuple[str, str]]:
    """The Content-Length of streamed content; without it a client would use chunked transfer encoding."""
    return [("Content-Length", str(content.size))] if isinstance(content, Streamed) else []
