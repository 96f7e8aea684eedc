"""What a person reads where there was no connection: the reason in words, not the name of a library's exception."""

from __future__ import annotations

import errno
import socket

import httpx
import pytest

from akamai_mcp.pipeline.transport.errors import map_error


def caused(error: Exception, cause: OSError) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (caused(httpx.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "x")), "the name does not resolve"),
        (caused(httpx.ConnectError("x"), OSError(errno.ECONNREFUSED, "x")), "nothing listens there"),
        (caused(httpx.ConnectError("x"), OSError(errno.EHOSTUNREACH, "x")), "the host is not reachable"),
        (httpx.ProxyError("x"), "the proxy was not reached or refused"),
        (httpx.ConnectTimeout("x"), "the connection took too long"),
        (httpx.PoolTimeout("x"), "too many calls at once"),
        (httpx.ConnectError("x"), "ConnectError"),
    ],
)
def test_a_failed_connection_says_why(error: Exception, reason: str) -> None:
    assert map_error(error, "h.example").message == f"No connection to h.example ({reason})."
