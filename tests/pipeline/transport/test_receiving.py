"""A response is received piece by piece, and other calls go on meanwhile."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest

from akamai_mcp.errors import UpstreamProtocolError, UpstreamTooLargeError
from akamai_mcp.pipeline.transport.content_encoding import STEP
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.response_body import Body
from akamai_mcp.pipeline.transport.transport import receive


async def received(content: bytes, encoding: str = "", most: int = 100 * STEP) -> Body:
    headers = {"content-encoding": encoding} if encoding else {}
    response = httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))
    body = Body(name="a", downloads=DownloadPolicy(), in_memory=most, binary=False)
    await receive(response, body, asyncio.Semaphore(1))
    return body.finish()


async def test_content_arrives_decoded_as_its_header_says() -> None:
    assert (await received(b"text")).content == b"text"
    assert (await received(gzip.compress(b"text"), "gzip")).content == b"text"


async def test_other_work_goes_on_between_the_steps_of_a_chunk_that_expands() -> None:
    turns = 0

    async def work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    assert (await received(gzip.compress(bytes(10 * STEP)), "gzip")).size == 10 * STEP
    working.cancel()
    assert turns >= 10


async def test_what_expands_beyond_the_bound_or_ends_early_is_refused() -> None:
    packed = gzip.compress(bytes(10 * STEP))
    with pytest.raises(UpstreamTooLargeError):
        await received(packed, "gzip", most=9 * STEP)
    with pytest.raises(UpstreamProtocolError, match="ended early"):
        await received(packed[:-20], "gzip")
