"""Where a server may listen without authentication, and whom it believes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.access.listening import ListenPolicy, host_of, is_loopback, is_network
from akamai_mcp.errors import SettingsError

THIS_MACHINE = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]"]
THE_NETWORK = ["0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "fe80::1", "localhost.example.com", "mcp.example.com", "", "127.0.0.1.example", "127.0.0.1_", "_::1"]  # fmt: skip


@pytest.mark.parametrize(("host", "is_near"), [*((one, True) for one in THIS_MACHINE), *((one, False) for one in THE_NETWORK)])
def test_only_addresses_of_this_machine_need_no_authentication(host: str, is_near: bool) -> None:
    assert is_loopback(host) is is_near
    policy = ListenPolicy(bind=host)
    policy.check(authenticated=True)
    ListenPolicy(bind=host, insecure=True).check(authenticated=False)
    if is_near:
        policy.check(authenticated=False)
    else:
        with pytest.raises(SettingsError, match="can be reached from the network"):
            policy.check(authenticated=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tls_cert": Path("/c.pem")}, "Only one of"),
        ({"tls_key": Path("/k.pem")}, "Only one of"),
        *(({"path": path}, "AKAMAI_MCP_PATH cannot be") for path in ("mcp", "/", "//", "/messages", "/ws/", "/healthz", "/readyz", "/metrics")),
        ({"hosts": ("a.example", "*")}, "as an allowed host or origin"),
        ({"origins": ("*",)}, "as an allowed host or origin"),
        ({"proxies": ("10.0.0.0/8", "proxy.example")}, "'proxy.example', which is no address"),
    ],
)  # fmt: skip
def test_what_would_be_unsafe_or_unreachable_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ListenPolicy(**changes).check(authenticated=True)


@pytest.mark.parametrize("path", ["", "/tools/mcp/", "/ws_", "/messages/x", "/x/ws", "/healthz-mcp"])
def test_what_is_safe_is_accepted(path: str) -> None:
    both = {"tls_cert": Path("/c.pem"), "tls_key": Path("/k.pem")}
    ListenPolicy(path=path, hosts=("a.example",), origins=("https://a.example",), proxies=("10.0.0.0/8", "::1"), **both).check(
        authenticated=False
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://127.0.0.1:8000/mcp"),
        ({"transport": "sse"}, "http://127.0.0.1:8000/sse"),
        ({"path": "/tools"}, "http://127.0.0.1:8000/tools"),
        ({"bind": "0.0.0.0", "port": 9}, "http://127.0.0.1:9/mcp"),
        ({"bind": "::"}, "http://[::1]:8000/mcp"),
        ({"bind": "fe80::1"}, "http://[fe80::1]:8000/mcp"),
        ({"tls_cert": Path("/c.pem")}, "https://127.0.0.1:8000/mcp"),
    ],
)
def test_the_url_is_one_that_reaches_the_server_from_its_machine(changes: dict[str, Any], url: str) -> None:
    assert ListenPolicy(**changes).url == url


@pytest.mark.parametrize(
    ("bind", "known"),
    [("0.0.0.0", ("a.example",)), ("::", ("a.example",)), ("10.0.0.1", ("a.example", "10.0.0.1"))],
)
def test_the_address_that_it_binds_is_a_known_host_unless_it_is_every_address(bind: str, known: tuple[str, ...]) -> None:
    assert ListenPolicy(bind=bind, hosts=("a.example",)).known_hosts == known


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("10.0.0.0/8", True), ("10.0.0.1", True), ("::1", True), ("10.0.0.1/8", False), ("host", False), ("", False)],
)
def test_a_proxy_is_an_address_or_a_network(text: str, is_one: bool) -> None:
    assert is_network(text) is is_one


def test_a_host_in_a_url_has_brackets_where_it_has_colons() -> None:
    assert [host_of(one) for one in ("127.0.0.1", "::1", "a.example")] == ["127.0.0.1", "[::1]", "a.example"]
