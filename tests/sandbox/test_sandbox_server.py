from __future__ import annotations

import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import Path
from timeit import timeit

import httpx
import pytest
from akamai.edgegrid import EdgeRc

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.routing import Router
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.sandbox.signature import Credentials

LISTS = "/network-list/v2/network-lists"
NOW = 1_750_000_000.0


@pytest.fixture(scope="module")
def server(router: Router) -> Iterator[SandboxServer]:
    with SandboxServer(FakeAkamai(router, clock=lambda: NOW)) as server:
        yield server


@pytest.fixture
def web(server: SandboxServer, signer: Callable[..., httpx.Auth]) -> Iterator[httpx.Client]:
    server.fake.reset()
    context = ssl.create_default_context(cafile=server.ca_bundle)
    with httpx.Client(base_url=server.url, verify=context, auth=signer(server.fake.credentials), trust_env=False) as web:
        yield web


def test_a_signed_request_is_answered_over_tls(web: httpx.Client, server: SandboxServer) -> None:
    created = web.post(LISTS, json={"name": "n", "type": "IP", "list": ["192.0.2.1"]})
    assert created.status_code == 201
    assert web.get(created.headers["location"]).json() == created.json()
    assert [request.method for request in server.fake.requests] == ["POST", "GET"]
    assert created.headers.get_list("date") == ["Sun, 15 Jun 2025 15:06:40 GMT"]


def test_a_host_name_may_replace_the_address(web: httpx.Client, server: SandboxServer) -> None:
    assert web.get(f"https://localhost:{server.host.partition(':')[2]}{LISTS}").status_code == 200


def test_nobody_else_trusts_the_certificate(server: SandboxServer) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as web, pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
        web.get(LISTS)


def test_a_wrong_signature_is_refused_over_the_wire(web: httpx.Client, signer: Callable[..., httpx.Auth]) -> None:
    answer = web.get(LISTS, auth=signer(Credentials(client_secret="wrong")))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_the_raw_target_is_what_is_verified_and_recorded(web: httpx.Client, server: SandboxServer) -> None:
    target = f"{LISTS}/%2E%2E%2Fa;b=c?search=a%20b+c&x="
    assert web.get(target).status_code == 200
    assert server.fake.requests[-1].target == target


def test_a_dropped_connection_has_no_answer_and_a_truncated_one_has_half(web: httpx.Client, server: SandboxServer) -> None:
    server.fake.faults.add(Fault(drop=True), Fault(truncate=True))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        web.get(LISTS)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|peer closed"):
        web.get(LISTS)
    assert web.get(LISTS).status_code == 200


def test_a_head_answer_over_the_wire_has_the_length_and_no_body(web: httpx.Client) -> None:
    assert int(web.head(LISTS).headers["content-length"]) == len(web.get(LISTS).content)
    assert web.delete("/config-dns/v2/zones/a/key").content == b""


def test_an_edgerc_file_is_written_that_akamais_library_reads(server: SandboxServer, tmp_path: Path) -> None:
    path = tmp_path / ".edgerc"
    other = Credentials(client_token="other", headers_to_sign=("X-One", "X-Two"))
    server.write_edgerc(path)
    server.write_edgerc(path, "second", other)
    read = EdgeRc(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read.sections() == ["default", "second"]
    assert (read.get("default", "host"), read.get("default", "client_secret")) == (server.host, Credentials().client_secret)
    assert read.getlist("second", "headers_to_sign") == ["X-One", "X-Two"]
    assert isinstance(read, ConfigParser)


def test_the_server_stops_quickly_and_leaves_no_files(router: Router, capfd: pytest.CaptureFixture[str]) -> None:
    before = {thread for thread in threading.enumerate() if thread.name == "akamai-sandbox"}
    server = SandboxServer(FakeAkamai(router))
    with server:
        host, bundle = server.host, server.ca_bundle
        assert bundle.exists()
        with pytest.raises(RuntimeError, match="already"):
            server.start()
    assert not bundle.exists()
    assert {thread for thread in threading.enumerate() if thread.name == "akamai-sandbox"} == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(host.partition(":")[2])), timeout=1).close()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.host
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.ca_bundle
    server.stop()
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_reported_at_once(server: SandboxServer, router: Router) -> None:
    second = SandboxServer(FakeAkamai(router), port=int(server.host.partition(":")[2]))
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()


def test_responses_do_not_wait_for_acknowledgements(web: httpx.Client) -> None:
    web.get(LISTS)
    times = [timeit(lambda: web.get(LISTS), number=1) for _ in range(20)]
    # A delayed acknowledgement holds each of them for 40 ms; a busy machine holds some.
    assert min(times) < 0.035


def test_the_server_can_be_started_again(router: Router) -> None:
    server = SandboxServer(FakeAkamai(router))
    for _ in range(2):
        with server:
            assert server.host.startswith("127.0.0.1:")
