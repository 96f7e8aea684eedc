"""What a container's health check asks, and when it says that all is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.healthcheck import first_command, url_of


class Health(BaseHTTPRequestHandler):
    """A server that is well at /healthz and nowhere else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Health) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_a_server_that_answers_is_healthy(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["healthcheck", "--url", f"{server}/healthz"]) == 0
    assert capsys.readouterr().out == "ok\n"


def test_another_status_is_not_healthy(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["healthcheck", "--url", f"{server}/readyz"]) == 1
    assert "answered with 503" in capsys.readouterr().err


def test_no_answer_is_not_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), Health) as listening:
        port = listening.server_port
    assert main(["healthcheck", "--url", f"http://127.0.0.1:{port}/healthz"]) == 1
    assert "did not answer" in capsys.readouterr().err


def test_a_proxy_of_the_environment_is_not_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert main(["healthcheck", "--url", f"{server}/healthz"]) == 0


@pytest.mark.smoke
def test_on_stdio_the_operations_are_read(monkeypatch: pytest.MonkeyPatch, index_folder: Path) -> None:
    monkeypatch.setenv("AKAMAI_MCP_CACHE_DIR", str(index_folder))
    assert main(["healthcheck"]) == 0


def test_on_stdio_documents_that_cannot_be_found_are_not_healthy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_SPECS_DIR", str(tmp_path))
    monkeypatch.setenv("AKAMAI_MCP_CACHE_DIR", str(tmp_path / "cache"))
    assert main(["healthcheck"]) == 1
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "environment", "url"),
    [
        (["akamai-mcp"], {}, None),
        (["akamai-mcp", "serve"], {"AKAMAI_MCP_TRANSPORT": "http"}, "http://127.0.0.1:8000/healthz"),
        (["akamai-mcp", "serve", "--transport", "http", "--port", "9"], {}, "http://127.0.0.1:9/healthz"),
        (["tini", "--", "akamai-mcp", "serve", "--transport=http"], {"AKAMAI_MCP_PORT": "7"}, "http://127.0.0.1:7/healthz"),
        (["akamai-mcp", "serve", "--transport", "http", "--host", "10.0.0.7"], {}, "http://10.0.0.7:8000/healthz"),
        (["akamai-mcp", "serve", "--transport", "stdio"], {"AKAMAI_MCP_TRANSPORT": "http"}, None),
        (["akamai-mcp"], {"AKAMAI_MCP_TRANSPORT": "sse", "AKAMAI_MCP_BIND": "0.0.0.0"}, "http://127.0.0.1:8000/healthz"),
        (["akamai-mcp"], {"AKAMAI_MCP_TRANSPORT": "http", "AKAMAI_MCP_BIND": "::"}, "http://[::1]:8000/healthz"),
        (["akamai-mcp"], {"AKAMAI_MCP_TRANSPORT": "http", "AKAMAI_MCP_TLS_CERT": "c"}, "https://127.0.0.1:8000/healthz"),
    ],
)
def test_what_is_asked_follows_from_how_the_server_was_started(
    command: list[str], environment: dict[str, str], url: str | None
) -> None:
    assert url_of(command, environment) == url


def test_the_first_process_is_read_where_it_is_this_server(tmp_path: Path) -> None:
    process = tmp_path / "cmdline"
    process.write_bytes(b"/opt/bin/python\0/opt/bin/akamai-mcp\0serve\0--port\x008001\0")
    assert first_command(process)[2:5] == ["serve", "--port", "8001"]
    process.write_bytes(b"/sbin/init\0--transport\0http\0")
    assert first_command(process) == []
    assert first_command(tmp_path / "absent") == []
