"""A file is sent from its start for each attempt, closed at once at its end, and says itself why it could not be read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from akamai_mcp.errors import UploadChangedError
from akamai_mcp.pipeline.transport.upload import Upload, length_header
from akamai_mcp.request.content import FileContent, Streamed


class FakeFile:
    """A file of three chunks that may change after the first; `is_open` says whether it is being read."""

    def __init__(self, *, changes: bool = False) -> None:
        self.is_open = False
        self.failure = UploadChangedError("f", "changed")
        self._changes = changes

    def read(self) -> Iterator[bytes]:
        self.is_open = True
        try:
            yield b"a"
            if self._changes:
                raise self.failure
            yield b"b"
            yield b"c"
        finally:
            self.is_open = False

    @property
    def content(self) -> Streamed:
        return Streamed(pieces=(b"<", FileContent(size=3, read=self.read), b">"))  # type: ignore[arg-type]


async def test_each_attempt_begins_at_the_start_and_nothing_stays_open() -> None:
    file = FakeFile()
    with Upload(file.content) as upload:
        assert [b"".join([chunk async for chunk in upload]) for _ in range(2)] == [b"<abc>"] * 2
        async for chunk in upload:
            if chunk == b"a":
                break
        assert file.is_open
    assert not file.is_open
    with pytest.raises(StopAsyncIteration):
        await anext(Upload(file.content))


async def sent(file: FakeFile, made_of_it: BaseException | None = None) -> bytes:
    """Send a file as a client does, which may make another exception of one that it meets."""
    with Upload(file.content) as upload:
        try:
            whole = b"".join([chunk async for chunk in upload])
        except UploadChangedError as error:
            raise (made_of_it or error) from error
        if made_of_it:
            raise made_of_it
        return whole


async def test_why_a_file_cannot_be_read_is_told_in_place_of_what_the_client_made_of_it() -> None:
    file, own = FakeFile(changes=True), OSError("the client's own")
    with pytest.raises(UploadChangedError) as told:
        await sent(file, own)
    assert (told.value, told.value.__cause__) == (file.failure, own)
    with pytest.raises(UploadChangedError) as told:
        await sent(file)
    assert (told.value, file.is_open) == (file.failure, False)


@pytest.mark.parametrize(
    ("file", "failure"),
    [(FakeFile(), OSError("lost")), (FakeFile(changes=True), asyncio.CancelledError())],
    ids=["lost", "cancelled"],
)
async def test_another_failure_and_a_cancellation_stay_what_they_are(file: FakeFile, failure: BaseException) -> None:
    with pytest.raises(type(failure)) as told:
        await sent(file, failure)
    assert told.value is failure


def test_only_a_stream_needs_its_length_as_a_header() -> None:
    assert length_header(FakeFile().content) == [("Content-Length", "5")]
    assert [length_header(content) for content in (None, b"abc")] == [[], []]
