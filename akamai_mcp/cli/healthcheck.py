"""`akamai-mcp healthcheck` for container health checks: requests /healthz, or opens the catalogue for a stdio server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.access.listening import host_of
from akamai_mcp.cli.serve import OF_HTTP

if TYPE_CHECKING:
    from ssl import SSLContext

SECONDS: Final = 4.0
FIRST_PROCESS: Final = Path("/proc/1/cmdline")


def healthcheck(options: argparse.Namespace) -> int:
    """Return 0 if the server responds (HTTP) or its operations can be read (stdio), else 1."""
    url = options.url or url_of(first_command(FIRST_PROCESS), os.environ)
    problem = ask(url) if url else _unreadable()
    print(problem or "ok", file=sys.stderr if problem else sys.stdout)
    return 1 if problem else 0


def url_of(command: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return the health check URL of a server started with this command; None for stdio."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    for option, setting, default in (
        ("transport", "TRANSPORT", "http" if {*OF_HTTP.values()} & {word.partition("=")[0] for word in command} else "stdio"),
        ("host", "BIND", "127.0.0.1"),
        ("port", "PORT", "8000"),
    ):
        parser.add_argument(f"--{option}", default=environment.get(PREFIX + setting) or default)
    parsed, _ = parser.parse_known_args([word for word in command if word != "--"])
    if parsed.transport == "stdio":
        return None
    return f"http{'s' if environment.get(f'{PREFIX}TLS_CERT') else ''}://{host_of(parsed.host)}:{parsed.port}/healthz"


def first_command(process: Path) -> list[str]:
    """The command of a container's first process, the server or its launcher; empty if it is unknown."""
    try:
        words = process.read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []
    return words if any("akamai" in word for word in words) else []


def ask(url: str) -> str | None:
    """Request a URL without a proxy; return the problem, or None."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # 15 ms: only a server over HTTP is asked

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        HTTPSConnection(host, port, timeout=SECONDS, context=_any_certificate())
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=SECONDS)
    )
    try:
        connection.request("GET", parts.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"{url} did not answer ({type(error).__name__})."
    finally:
        connection.close()
    return None if status == 200 else f"{url} answered with {status}."  # noqa: PLR2004 - HTTP's number


def _any_certificate() -> SSLContext:
    """Accept any certificate: it names the service, not the loopback address, and nothing secret is sent."""
    import ssl  # 8 ms: only for https

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _unreadable() -> str | None:
    from akamai_mcp.cli.operations import open_served  # 280 ms: only for a server on stdio

    return None if open_served().counts()["operations"] else "No operation is served."
