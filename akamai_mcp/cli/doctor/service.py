"""What a server over HTTP needs: an address, tokens, roles, TLS files, and that it starts."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from typing import Final

from akamai_mcp.access.roles import BUILT_IN, load_roles
from akamai_mcp.access.tokens import load_holders
from akamai_mcp.cli.doctor.checks import Finding, failure_of, judge
from akamai_mcp.cli.doctor.started_server import ALONE, start_over_http
from akamai_mcp.cli.healthcheck import ask
from akamai_mcp.cli.ports import require_free
from akamai_mcp.edgegrid.watched import exposure, file_stamp
from akamai_mcp.errors import AkamaiMcpError, SettingsError
from akamai_mcp.settings import Settings

UNUSED: Final = "AKAMAI_MCP_TRANSPORT is stdio, so nobody is asked for a token: set it to http, or unset the files."


def check_service(settings: Settings) -> Iterator[Finding]:
    """Check what only a server over HTTP has; with stdio, only files that are named all the same."""
    yield from _check_tokens(settings)
    yield from _check_roles(settings)
    yield from _check_tls(settings)
    if settings.metrics_port:
        yield _find_metrics_port(settings.metrics_host, settings.metrics_port)
    if settings.transport == "stdio":
        if settings.auth_policy().is_on:
            yield Finding(check="service", state="warning", found="authentication without HTTP", advice=UNUSED)
        return
    findings = list(_check_address(settings))
    yield from findings
    if any(finding.state == "failure" for finding in findings):
        return
    try:
        found = asyncio.run(start_over_http(settings.transport, ALONE))
    except SettingsError as error:
        yield failure_of("service", error)
    else:
        yield Finding(check="service", state="ok", found=found)


def _check_tokens(settings: Settings) -> Iterator[Finding]:
    if not (path := settings.auth_tokens_file):
        return
    try:
        holders = load_holders(path)
    except AkamaiMcpError as error:
        yield failure_of("tokens", error)
        return
    ended = [holder.name for holder in holders if holder.has_expired(time.time())]
    found = f"{path}: {len(holders)} tokens" + (f", ended: {', '.join(ended)}" if ended else "")
    none = not [holder for holder in holders if holder.name not in ended]
    advice = "Nobody can call: `akamai-mcp token NAME ROLE` makes a line." if none else "Remove the lines of tokens that ended."
    yield judge("tokens", found, wrong=bool(none or ended), advice=advice, state="warning")


def _check_roles(settings: Settings) -> Iterator[Finding]:
    if not (path := settings.auth_roles_file):
        return
    try:
        roles = load_roles(path)
    except AkamaiMcpError as error:
        yield failure_of("roles", error)
        return
    yield Finding(check="roles", state="ok", found=f"{path}: {', '.join(sorted({*BUILT_IN, *roles}))}")


def _check_tls(settings: Settings) -> Iterator[Finding]:
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None or key is None:  # that one of them is missing is a finding of the address
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError, ValueError) as error:
        found = f"{certificate} with {key}: {_reason(error)}"
        advice = "Set AKAMAI_MCP_TLS_CERT and AKAMAI_MCP_TLS_KEY to PEM files that belong together, the key without a password."
        yield Finding(check="tls", state="failure", found=found, advice=advice)
        return
    exposed = exposure(key, file_stamp(key)).partition(":")[0]
    yield judge("tls", exposed or f"{certificate}", wrong=bool(exposed), advice=f"chmod 600 {key}", state="warning")


def _reason(error: Exception) -> str:
    return getattr(error, "reason", "") or getattr(error, "strerror", "") or type(error).__name__


def _check_address(settings: Settings) -> Iterator[Finding]:
    listen, auth = settings.listen_policy(), settings.auth_policy()
    try:
        auth.check()
        listen.check(authenticated=auth.is_on)
    except SettingsError as error:
        yield failure_of("address", error)
        return
    yield _find_port(settings.bind, settings.port, f"{listen.url.removesuffix(listen.mcp_path)}/healthz")


def _find_metrics_port(host: str, port: int) -> Finding:
    """Whether metrics can be served: a server whose port is taken goes on without them."""
    try:
        require_free(host, port, "AKAMAI_MCP_METRICS_PORT")
    except SettingsError as error:
        return Finding(check="metrics port", state="warning", found=error.message, advice=f"{error.advice} Or a server has it.")
    return Finding(check="metrics port", state="ok", found=f"{host}:{port} is free")


def _find_port(host: str, port: int, health: str) -> Finding:
    """Whether a port is free, or a server of this project has it already, as where the doctor is asked beside one."""
    try:
        require_free(host, port, "AKAMAI_MCP_PORT")
    except SettingsError as error:
        if ask(health) is None:
            return Finding(check="address", state="ok", found=f"{host}:{port}, where a server answers already")
        return failure_of("address", error)
    return Finding(check="address", state="ok", found=f"{host}:{port} is free")
