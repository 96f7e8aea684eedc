"""A compressed response is decoded in small steps, has one encoding at most, and is refused if it is broken."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.errors import UpstreamProtocolError
from akamai_mcp.pipeline.transport.content_encoding import STEP, open_inflater


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    " GZip ": gzip.compress,
    "deflate": zlib.compress,
    "identity, deflate": raw_deflate,
}


def unpack(header: str, packed: bytes, size: int) -> list[bytes]:
    inflater = open_inflater(header)
    assert inflater is not None
    steps = [step for start in range(0, len(packed), size) for step in inflater.steps(packed[start : start + size])]
    inflater.finish()
    return steps


@pytest.mark.parametrize("header", PACKERS)
@given(content=st.binary(max_size=2000), size=st.integers(1, 500))
def test_each_accepted_encoding_is_decoded_however_it_arrives(header: str, content: bytes, size: int) -> None:
    assert b"".join(unpack(header, PACKERS[header](content), size)) == content


@pytest.mark.parametrize("header", PACKERS)
def test_no_step_is_larger_than_its_limit(header: str) -> None:
    packed = PACKERS[header](bytes(20 * 1024 * 1024))
    steps = unpack(header, packed, len(packed))
    assert max(map(len, steps)) <= STEP
    assert sum(map(len, steps)) == 20 * 1024 * 1024


@pytest.mark.parametrize("header", ["", "identity", " , identity"])
def test_a_response_without_an_encoding_is_taken_as_it_is(header: str) -> None:
    assert open_inflater(header) is None


@pytest.mark.parametrize("header", ["gzip, gzip", "gzip,deflate", "br", "zstd", "compress", "gzip, identity, gzip", "x" * 5000])
def test_further_encodings_and_others_are_refused_by_name(header: str) -> None:
    with pytest.raises(UpstreamProtocolError, match="Content-Encoding") as refusal:
        open_inflater(header)
    assert len(refusal.value.message) < 200
    assert refusal.value.advice == (
        "This server accepts one of gzip, deflate. A read can be repeated; before repeating a write, read the resource."
    )


@pytest.mark.parametrize("header", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "packed", [b"no such stream", gzip.compress(b"x" * 1000, mtime=0)[:-9], gzip.compress(b"x", mtime=0)[:5] + b"y" * 50]
)
def test_content_that_is_broken_or_ends_early_is_refused(header: str, packed: bytes) -> None:
    with pytest.raises(UpstreamProtocolError, match="compressed response") as refusal:
        unpack(header, packed, 10)
    assert refusal.value.advice == "A read can be repeated; before repeating a write, read the resource."


@pytest.mark.parametrize("header", ["gzip", "x-gzip"])
@pytest.mark.parametrize("pack", [zlib.compress, raw_deflate])
def test_what_is_said_to_be_gzip_and_is_not_is_refused(header: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UpstreamProtocolError, match="cannot be decompressed"):
        unpack(header, pack(b"x" * 1000), 10)


@pytest.mark.parametrize("header", PACKERS)
def test_no_content_at_all_is_complete_and_a_first_byte_alone_is_not(header: str) -> None:
    assert unpack(header, b"", 1) == []
    with pytest.raises(UpstreamProtocolError, match="ended early"):
        unpack(header, PACKERS[header](b"x")[:1], 1)
