"""A streamed request body as an HTTP client takes it: piece by piece, from the beginning for each attempt."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.request.content import Chunks, Content, Streamed


class Upload:
    """Iterated anew it begins anew; left, it lets go of its file at once and not when it is collected.

    `failure` is why it could not go on: an HTTP client may raise an exception of its own in its place.
    """

    def __init__(self, content: Streamed) -> None:
        self._content = content
        self._chunks: Chunks | None = None
        self.failure: AkamaiMcpError | None = None

    def __aiter__(self) -> Self:
        self._close()
        self._chunks = self._content.chunks()
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = next(self._chunks, None) if self._chunks else None
        except AkamaiMcpError as error:
            self.failure = error
            raise
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        if self._chunks is not None:
            self._chunks.close()
            self._chunks = None


def length_header(content: Content | None) -> list[tuple[str, str]]:
    """The Content-Length of streamed content, without which a client would send it in HTTP's chunks."""
    return [("Content-Length", str(content.size))] if isinstance(content, Streamed) else []
