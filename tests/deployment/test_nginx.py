"""The proxy in front of the servers, run by a real nginx: what it lets through, and what it sends a second time."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import trustme

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx.conf"
READ = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "akamai_read"}
LIST = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed")
Start = Callable[..., httpx.Client]


class Upstream(ThreadingHTTPServer):
    """A server that notes what it gets; a broken one goes away without an answer once it has the whole request."""

    daemon_threads = True

    def __init__(self, *, broken: bool) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.broken = broken
        self.got: list[str] = []
        self.headers: list[dict[str, str]] = []


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append(body)
        self.server.headers.append(dict(self.headers))
        if self.server.broken:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self) -> None:
        self.server.headers.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def upstream(*, broken: bool = False) -> Iterator[Upstream]:
    with Upstream(broken=broken) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def configuration(folder: Path, port: int, upstreams: list[int]) -> str:
    """The configuration with the places of this machine in it."""
    text = re.sub(r"(?<= )/tmp/", f"{folder}/", CONFIGURATION.read_text(encoding="utf-8"))
    for number, at in enumerate(upstreams, 1):
        assert f"server-{number}:8000" in text
        text = text.replace(f"server-{number}:8000", f"127.0.0.1:{at}")
    text = text.replace("listen 8443", f"listen 127.0.0.1:{port}").replace("/dev/stdout", f"{folder}/access.log")
    text = text.replace("/run/secrets/", f"{folder}/").replace("worker_processes auto", "worker_processes 1")
    return ("user root;\n" if os.geteuid() == 0 else "") + text


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        assert process.poll() is None, "nginx ended"
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.01)
    pytest.fail("nginx does not listen")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start nginx before the given upstreams; a client that trusts it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(tmp_path / "tls_key")
    for number, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(tmp_path / "tls_certificate", append=number > 0)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    with ExitStack() as stack:

        def started(*upstreams: int) -> httpx.Client:
            port = free_port()
            (tmp_path / "nginx.conf").write_text(configuration(tmp_path, port, list(upstreams)), encoding="utf-8")
            command = [str(NGINX), "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            stack.callback(process.wait, timeout=30)
            stack.callback(process.terminate)
            wait_until_listening(port, process)
            return stack.enter_context(httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted, trust_env=False))

        yield started


def statuses(client: httpx.Client, headers: dict[str, str]) -> list[int]:
    return [client.post("/mcp", content=f"call-{number}", headers=headers).status_code for number in range(4)]


def test_the_configuration_is_one_that_nginx_takes(tmp_path: Path):
    authority = trustme.CA().issue_cert("127.0.0.1")
    authority.private_key_pem.write_to_path(tmp_path / "tls_key")
    authority.cert_chain_pems[0].write_to_path(tmp_path / "tls_certificate")
    (tmp_path / "nginx.conf").write_text(configuration(tmp_path, free_port(), [1, 2]), encoding="utf-8")
    command = [str(NGINX), "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.parametrize("headers", [READ, LIST])
def test_what_only_reads_goes_to_the_other_server_when_one_breaks_off(start: Start, headers: dict[str, str]):
    with upstream(broken=True) as broken, upstream() as sound:
        assert statuses(start(broken.server_port, sound.server_port), headers) == [200] * 4
    assert len(broken.got) > 0
    assert sorted(sound.got) == ["call-0", "call-1", "call-2", "call-3"]


@pytest.mark.parametrize(
    "headers",
    [
        READ | {"Mcp-Name": "akamai_write"},
        READ | {"Mcp-Name": "akamai_read_and_more"},
        READ | {"MCP-Protocol-Version": "2025-11-25"},
        {"Mcp-Method": "tools/call", "Mcp-Name": "akamai_read"},
        {},
    ],
)
def test_what_may_have_changed_something_is_never_sent_twice(start: Start, headers: dict[str, str]):
    with upstream(broken=True) as broken, upstream() as sound:
        found = statuses(start(broken.server_port, sound.server_port), headers)
    assert Counter(broken.got + sound.got) == Counter(["call-0", "call-1", "call-2", "call-3"])
    assert found.count(502) == len(broken.got) > 0


def test_a_server_that_is_not_there_is_passed_over_for_every_call(start: Start):
    with upstream() as sound:
        assert statuses(start(free_port(), sound.server_port), {}) == [200] * 4
    assert len(sound.got) == 4


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/metrics", 404), ("/readyz", 404), ("/", 404), ("/mcp/x", 404)]
)
def test_only_the_servers_public_paths_are_reached(start: Start, path: str, status: int):
    with upstream() as sound:
        assert start(sound.server_port, sound.server_port).get(path).status_code == status


def test_the_server_is_told_who_calls_and_by_which_name_whatever_the_caller_says(start: Start):
    with upstream() as sound:
        client = start(sound.server_port, sound.server_port)
        client.post(
            "/mcp", content="x", headers={"X-Forwarded-For": "8.8.8.8", "Host": "mcp.example.com", "Authorization": "Bearer t"}
        )
    (seen,) = sound.headers
    assert seen["X-Forwarded-For"] == "127.0.0.1"
    assert seen["Host"] == "mcp.example.com"
    assert seen["Authorization"] == "Bearer t"


def test_the_handshake_of_a_websocket_is_passed_on(start: Start):
    with upstream() as sound:
        client = start(sound.server_port, sound.server_port)
        client.get("/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Protocol": "mcp"})
    (seen,) = sound.headers
    assert {name: seen[name] for name in ("Connection", "Upgrade", "Sec-WebSocket-Protocol")} == {
        "Connection": "upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Protocol": "mcp",
    }


def test_the_log_holds_neither_query_nor_credentials(start: Start, tmp_path: Path):
    with upstream() as sound:
        client = start(sound.server_port, sound.server_port)
        client.post("/mcp?token=hush", content="hush", headers={"Authorization": "Bearer hush"})
        client.get("/nowhere?token=hush")
    log = (tmp_path / "access.log").read_text(encoding="utf-8")
    assert "POST /mcp 200" in log
    assert "hush" not in log


def test_a_body_larger_than_the_server_takes_is_refused_by_the_proxy(start: Start):
    with upstream() as sound:
        answer = start(sound.server_port, sound.server_port).post("/mcp", content=b"x" * (4 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert sound.got == []
