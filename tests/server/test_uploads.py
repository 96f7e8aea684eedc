"""Uploads from the files folder: streamed with their length, signed, sent whole for each attempt, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mcp_stage import FIRST, MIB, MOST_WHILE_STREAMING, STREAMED, OpenStage, peak_memory, start_child

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.errors import UploadChangedError
from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import FileContent, Streamed
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

BODY = {"body": {"file": "bundle.tgz"}}
POST = {"name": "edgeworkers/v1#post-versions", "arguments": {"edgeWorkerId": 5, **BODY}}
PUT = {"name": "datastore/v1#put-datastore-upload-key", "arguments": {"key": "k", **BODY}}
FORM = {
    "name": "case-management/v3#post-attachments",
    "arguments": {"caseId": "F-1", "body": {"attachmentContent": {"file": "bundle.tgz", "contentType": "application/gzip"}}},
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A file of which a signature covers only the beginning."""
    path = tmp_path / "files" / "bundle.tgz"
    path.parent.mkdir()
    path.write_bytes(Random(4).randbytes(3 * FIRST.max_body + 1))
    return path


@pytest.mark.parametrize(("call", "status"), [(POST, 201), (PUT, 200)], ids=["POST", "PUT"])
async def test_a_file_of_100_mib_is_sent_without_being_in_memory(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, call: dict[str, Any], status: int
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    with (files / "bundle.tgz").open("wb") as file:  # sparse, but for its ends
        file.write(b"begin")
        file.seek(STREAMED - 3)
        file.write(b"end")
    async with start_child({**child_environment, "AKAMAI_MCP_FILES_DIR": str(files)}, tmp_path) as child:
        await child.hello()
        answer = await child.call("akamai_write", **call)
        assert answer["result"]["structuredContent"]["status"] == status
        assert peak_memory(child.process.pid) < MOST_WHILE_STREAMING
    [seen] = fake.requests
    with (files / "bundle.tgz").open("rb") as file:
        assert hashlib.sha256(seen.body).hexdigest() == hashlib.file_digest(file, "sha256").hexdigest()
    assert (len(seen.body), seen.header("content-length"), seen.header("transfer-encoding")) == (STREAMED, str(STREAMED), None)


@pytest.mark.smoke
async def test_a_file_in_a_form_is_streamed_and_its_signature_accepted(open_stage: OpenStage, bundle: Path) -> None:
    async with open_stage(files_dir=bundle.parent) as stage:
        reply = await stage.ask("akamai_write", FORM)
        assert (reply.failed, reply.content["status"]) == (False, 202)
        boundary = b"--" + str(stage.seen.header("content-type")).partition("boundary=")[2].encode()
        before, part, after = stage.seen.body.split(boundary)
        head, _, content = part.partition(b"\r\n\r\n")
        assert (before, after, content) == (b"", b"--\r\n", bundle.read_bytes() + b"\r\n")
        assert head == (
            b'\r\nContent-Disposition: form-data; name="attachmentContent"; filename="bundle.tgz"\r\n'
            b"Content-Type: application/gzip"
        )
        assert stage.seen.header("content-length") == str(len(stage.seen.body))


@pytest.mark.parametrize("call", [POST, PUT, FORM], ids=["POST", "PUT", "form"])
async def test_each_attempt_sends_the_file_from_its_beginning_and_is_signed_anew(
    open_stage: OpenStage, bundle: Path, call: dict[str, Any]
) -> None:
    async with open_stage(files_dir=bundle.parent, retries=2) as stage:
        stage.fake.faults.add(Fault(status=503, retry_after="0", times=2))
        assert not (await stage.ask("akamai_write", call)).failed
        assert bundle.read_bytes() in stage.seen.body
        assert len({request.body for request in stage.fake.requests}) == 1
        assert len({request.header("authorization") for request in stage.fake.requests}) == 3


async def test_an_upload_is_signed_again_where_the_clock_is_off(
    open_stage: OpenStage, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(files_dir=bundle.parent) as stage:
        clock = stage.fake._clock
        monkeypatch.setattr(stage.fake, "_clock", lambda: clock() + 3600)
        assert not (await stage.ask("akamai_write", POST)).failed
        assert [request.body == bundle.read_bytes() for request in stage.fake.requests] == [True, True]


@pytest.mark.parametrize("change", ["goes away", "grows", "shrinks"])
async def test_a_file_that_is_not_the_same_at_the_next_attempt_ends_the_call(
    open_stage: OpenStage, bundle: Path, change: str
) -> None:
    async with open_stage(files_dir=bundle.parent, retries=3) as stage:
        stage.fake.faults.add(Fault(status=503, retry_after="1"))
        call = asyncio.ensure_future(stage.ask("akamai_write", POST))
        await stage.arrived(1)
        bundle.unlink() if change == "goes away" else bundle.write_bytes(b"x" * (10 if change == "shrinks" else MIB))
        reply = await call
        assert reply.failed
        assert reply.problem.startswith("'bundle.tgz' ")
        assert reply.content["sent"] is False  # the first attempt was put off, the second never whole
        assert len(stage.fake.requests) == 1


async def test_a_file_that_is_not_there_is_refused_before_anything_is_sent(open_stage: OpenStage, bundle: Path) -> None:
    bundle.unlink()
    async with open_stage(files_dir=bundle.parent) as stage:
        for call in (POST, PUT, FORM):
            assert "There is no file" in (await stage.refused("akamai_write", call)).problem


async def test_an_empty_file_is_an_empty_body_with_its_length(open_stage: OpenStage, bundle: Path) -> None:
    bundle.write_bytes(b"")
    async with open_stage(files_dir=bundle.parent) as stage:
        assert not (await stage.ask("akamai_write", PUT)).failed
        assert (stage.seen.body, stage.seen.header("content-length")) == (b"", "0")


async def test_a_file_that_changes_while_it_is_sent_is_told_as_that_whatever_the_client_makes_of_it(
    sandbox: SandboxServer,
) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"x"
        raise UploadChangedError("'bundle.tgz'", "changed since the call began")

    content = Streamed(pieces=(FileContent(size=4 * MIB, read=breaks_off),))
    request = Request(method="PUT", target="/datastore/v1/datastore/upload/k", headers=(), content=content)
    credentials = Credentials(
        host=sandbox.host, client_token=FIRST.client_token, client_secret=FIRST.client_secret, access_token=FIRST.access_token
    )
    transport = Transport(TransportPolicy(ca_bundle=sandbox.ca_bundle))
    try:
        with pytest.raises(UploadChangedError, match="changed since"):
            await transport(Call(operation="x", customer="c", credentials=credentials, request=request))
    finally:
        await transport.aclose()
