"""The proxy of the environment: SOCKS and others that cannot be used are named, and hinder nothing where they are not used."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from akamai_mcp.errors import SettingsError
from akamai_mcp.pipeline.transport.proxies import SYSTEM, Proxy, bypasses, proxy_of
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy

HTTP = "http://proxy.test:3128"
UNUSABLE = (
    "socks5://127.0.0.1:1080",
    "socks5h://user:s3cret@proxy.test",
    "socks4://proxy.test",
    "socks://proxy.test",
    "ftp://proxy.test",
    "http://",
    "http://proxy.test:port",
    "http://proxy.test:0",
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def open_client() -> None:
    transport = Transport(TransportPolicy())
    transport.open()
    await transport.aclose()


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("url", UNUSABLE)
async def test_a_proxy_that_cannot_be_used_is_an_error_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(SettingsError) as refused:
        await open_client()
    assert refused.value.message.startswith(f"{variable} ")
    assert "HTTPS_PROXY" in refused.value.advice
    assert "s3cret" not in f"{refused.value.message} {refused.value.advice}"


@pytest.mark.parametrize("url", UNUSABLE)
async def test_beside_a_good_proxy_for_https_it_hinders_nothing(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", url)
    monkeypatch.setenv("HTTPS_PROXY", HTTP)
    monkeypatch.setenv("HTTP_PROXY", url)
    await open_client()


@pytest.mark.parametrize(
    ("environment", "url", "variable"),
    [
        ({}, None, None),
        ({"HTTP_PROXY": HTTP}, None, None),
        ({"HTTPS_PROXY": ""}, None, None),
        ({"HTTPS_PROXY": HTTP, "ALL_PROXY": "http://other"}, HTTP, "HTTPS_PROXY"),
        ({"https_proxy": "http://small", "HTTPS_PROXY": HTTP}, "http://small", "https_proxy"),
        ({"ALL_PROXY": "proxy.test:3128"}, HTTP, "ALL_PROXY"),
    ],
)
def test_the_first_variable_that_is_set_names_the_proxy(
    environment: dict[str, str], url: str | None, variable: str | None
) -> None:
    found = proxy_of(environment)
    assert (found and found.url, found and found.source) == (url, variable)


def test_the_systems_own_proxy_counts_where_no_variable_is_set() -> None:
    found = proxy_of({}, {"https": HTTP})
    assert found is not None
    assert found.url == HTTP
    assert proxy_of({"ALL_PROXY": "http://mine"}, {"https": HTTP}) != found
    assert proxy_of({}, {"all": "http://all", "http": "http://http"}) == Proxy(url="http://all", source=SYSTEM)
    assert proxy_of({}, {"all": "http://all", "https": HTTP}) == found
    assert proxy_of({}, {"http": HTTP}) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://proxy.test:1", ""),
        ("https://proxy.test", ""),
        ("socks4://proxy.test", "has the scheme socks4, which is not one of a proxy for HTTPS"),
        ("http://proxy.test:0", "is no address of a proxy"),
        ("http://", "is no address of a proxy"),
        ("http://proxy.test:65536", "is no address of a proxy"),
    ],
)
def test_what_is_wrong_with_a_proxy_is_told_and_its_password_is_not(url: str, problem: str) -> None:
    assert Proxy(url=url, source="HTTPS_PROXY").problem == problem
    assert Proxy(url="http://me:s3cret@proxy.test:1", source="HTTPS_PROXY").shown == "http://proxy.test:1"


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("is_installed", [False, True])
def test_a_socks_proxy_can_be_used_where_its_package_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str, *, is_installed: bool
) -> None:
    if is_installed:
        (tmp_path / "socksio.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    invalidate_caches()
    problem = "" if is_installed else "is a SOCKS proxy, and the package socksio is not installed"
    assert Proxy(url=f"{scheme}://proxy.test:1080", source="ALL_PROXY").problem == problem


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", []),
        ("localhost, 127.0.0.1", ["all://localhost", "all://127.0.0.1"]),
        (".luna.test,api.test", ["all://*.luna.test", "all://*api.test"]),
        ("::1", ["all://[::1]"]),
        ("https://one.test", ["https://one.test"]),
        ("*", ["all://"]),
        ("one.test,*", ["all://"]),
    ],
)
def test_hosts_that_need_no_proxy_are_patterns(written: str, expected: list[str]) -> None:
    assert bypasses(written) == expected


@contextlib.asynccontextmanager
async def listening(asked: list[bytes]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("bypassed", [False, True])
async def test_a_host_of_no_proxy_is_asked_without_the_proxy(monkeypatch: pytest.MonkeyPatch, bypassed: bool) -> None:
    asked: list[bytes] = []
    async with listening(asked) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        if bypassed:
            monkeypatch.setenv("NO_PROXY", "akamai.invalid")
        transport = Transport(TransportPolicy(connect_timeout=5))
        with contextlib.suppress(Exception):
            await transport.open().get("https://akamai.invalid/")
        await transport.aclose()
    assert [line.split()[0] for line in asked] == ([] if bypassed else [b"CONNECT"])
