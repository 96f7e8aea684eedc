"""Where the server answers: with and without a slash at the end, behind proxies, and at the address that it prints."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from mcp_stage import CHILD_SECONDS
from service_process import start
from service_stage import HELLO, OpenService

from akamai_mcp.access.listening import ListenPolicy
from akamai_mcp.errors import SettingsError
from akamai_mcp.settings import load_settings

MESSAGE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
ACCEPT = {"accept": "application/json, text/event-stream"}
BEHIND_TLS = {"x-forwarded-proto": "https", "host": "mcp.example.com", "origin": "https://mcp.example.com"}


@pytest.mark.parametrize("path", ["", "/mcp/", "/tools/akamai", "/tools/akamai/"])
async def test_both_spellings_of_the_path_are_answered_without_a_redirect(open_service: OpenService, path: str) -> None:
    plain = (path or "/mcp").rstrip("/")
    async with open_service(path=path) as service:
        for written in (plain, f"{plain}/"):
            answer = await service.request("POST", written, json=MESSAGE, headers=ACCEPT)
            assert (answer.status_code, answer.history) == (200, [])
            broken = await service.request("POST", written, content=b"{", headers=ACCEPT | {"content-type": "application/json"})
            assert broken.status_code == 400
        assert (await service.request("POST", f"{plain}x", json=MESSAGE, headers=ACCEPT)).status_code == 404


async def test_no_path_is_redirected(open_service: OpenService) -> None:
    async with open_service() as service:
        for path in ("/healthz", "/healthz/", "/readyz/", "/nothing", "/nothing/", "/ws/", "//", "/mcp//"):
            assert (await service.request("GET", path, headers=ACCEPT)).status_code in {200, 404, 405}, path
        assert (await service.request("GET", "/healthz/")).json() == {"alive": True}


async def test_the_older_transport_is_reached_with_a_slash_too(open_service: OpenService) -> None:
    async with open_service("sse") as service:
        async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", f"{service.url}/sse/") as stream:
            assert stream.status_code == 200
            first = await anext(stream.aiter_text())
        address = re.search(r"data: (\S+)", first)
        assert address
        assert (await service.request("POST", address[1].replace("/?", "?"), json=MESSAGE)).status_code != 404


async def test_a_wrong_token_is_refused_at_both_spellings(open_service: OpenService, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"ann:{'0' * 64}:reader\n", encoding="utf-8")
    tokens.chmod(0o600)
    async with open_service(auth_tokens_file=tokens) as service:
        for path in ("/mcp", "/mcp/"):
            assert (await service.request("POST", path, json=MESSAGE, headers=ACCEPT)).status_code == 401


@pytest.mark.parametrize(
    ("proxies", "status"), [(None, 200), ("127.0.0.0/8", 200), ("10.0.0.0/8, 127.0.0.1", 200), ("10.0.0.1", 403), ("::1", 403)]
)
async def test_the_scheme_that_a_proxy_tells_is_believed_if_the_proxy_is_trusted(
    open_service: OpenService, proxies: str | None, status: int
) -> None:
    chosen = {} if proxies is None else {"trusted_proxies": proxies}
    async with open_service(allowed_hosts="mcp.example.com", **chosen) as service:
        assert await service.request_status(**BEHIND_TLS) == status


@pytest.mark.parametrize("proxy", ["*", "proxy.example.com", "10.0.0.1/8", "300.0.0.1", "unix:"])
def test_a_trusted_proxy_that_is_no_address_is_refused(proxy: str) -> None:
    with pytest.raises(SettingsError, match="AKAMAI_MCP_TRUSTED_PROXIES"):
        load_settings(transport="http", trusted_proxies=proxy).listen_policy().check(authenticated=False)


async def test_the_name_that_the_server_is_bound_to_is_accepted_as_its_host(open_service: OpenService) -> None:
    async with open_service(bind="mcp.internal", insecure=True) as service:
        assert await service.request_status(host="mcp.internal:8000") == 200
        assert await service.request_status(host="mcp.internal.example") == 421


def test_an_address_that_stands_for_all_is_no_host() -> None:
    for bind in ("0.0.0.0", "::"):
        assert ListenPolicy(bind=bind).known_hosts == ()
    assert ListenPolicy(bind="10.1.2.3", hosts=("a",)).known_hosts == ("a", "10.1.2.3")


@pytest.mark.parametrize("bind", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"])
async def test_the_printed_address_answers(child_environment: dict[str, str], bind: str) -> None:
    async with start(child_environment, 0, "--transport", "http", "--host", bind, "--insecure") as process:
        assert process.stderr is not None
        line = (await asyncio.wait_for(process.stderr.readline(), CHILD_SECONDS)).decode()
        printed = re.search(r"http://\S+", line)
        assert printed, line
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(printed[0], json=MESSAGE, headers=ACCEPT)).status_code == 200
