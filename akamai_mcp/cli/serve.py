"""`akamai-mcp serve`: serve MCP on stdio or over HTTP. Every import here adds to the startup time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse

# Options of glibc's mallopt (malloc.h): the size from which a block is mapped on its own, the free memory to keep, arenas.
MALLOC: Final = {"M_MMAP_THRESHOLD": (-3, 64 * 1024), "M_TRIM_THRESHOLD": (-1, 128 * 1024), "M_ARENA_MAX": (-8, 1)}
# The options that mean something only over HTTP, by the settings that they give.
OF_HTTP: Final = {"bind": "--host", "port": "--port", "path": "--path", "insecure": "--insecure"}
OF_AN_ACCOUNT: Final = frozenset({"edgerc", "section", "customers_file", "ca_bundle"})
TRANSPORT: Final = "AKAMAI_MCP_TRANSPORT"
WAITING: Final = (
    "akamai-mcp: waiting for an MCP client on standard input. `akamai-mcp install CLIENT` sets one up, "
    "`akamai-mcp --help` lists the commands, Ctrl-C ends this."
)


def serve(argv: Sequence[str]) -> int:
    """Serve until the input ends, or over HTTP until a signal; return 2 if a setting is invalid."""
    os.environ.setdefault("FASTMCP_CHECK_FOR_UPDATES", "off")
    overrides = read_options(argv) if argv else {}
    if overrides.pop("sandbox", False):
        from akamai_mcp.cli.trial.accounts import fake_account  # 0.4 s, and only for a trial

        with fake_account() as url:
            print(f"akamai-mcp: a fake account at {url}; nothing reaches Akamai", file=sys.stderr, flush=True)
            return _serve(overrides)
    return _serve(overrides)


def _serve(overrides: Mapping[str, object]) -> int:
    with _lean_imports():
        from akamai_mcp.errors import AkamaiMcpError  # 0.7 s with the two below
        from akamai_mcp.server.app import build_server
        from akamai_mcp.settings import load_settings

    try:
        settings = load_settings(**overrides)
        server = build_server(settings)
    except AkamaiMcpError as error:
        from akamai_mcp.cli.printing.messages import tell_error  # 1 ms, and only for an error

        tell_error(error)
        return 2
    gc.freeze()  # what was imported stays, so collections need not look at it
    gc.enable()
    give_memory_back()
    if settings.transport != "stdio":
        from akamai_mcp.cli.service import serve_http  # 20 ms: only for HTTP

        return serve_http(server, settings)
    if sys.stdin.isatty():
        print(WAITING, file=sys.stderr)
    import anyio  # 7 ms: only stdio runs its loop here

    try:
        if sys.platform == "win32":  # its event loops cannot wait for descriptors, and uvloop does not support it
            anyio.run(lambda: server.run_stdio_async(show_banner=False))
        else:
            from akamai_mcp.server.idle_loading import postponed_steps  # 6 ms: only for stdio
            from akamai_mcp.server.stdio import serve_lines

            steps = postponed_steps(server.parts, strict_validation=settings.validation == "strict")
            work = partial(serve_lines, server, server.in_flight, steps)
            # uvloop makes a call 8% faster and costs 3 ms at startup.
            anyio.run(work, backend_options={"use_uvloop": True})
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _lean_imports() -> Iterator[None]:
    """Import without garbage collection (saves 175 ms) and without building pydantic models before their use (85 ms)."""
    gc.disable()
    from pydantic import BaseModel  # 130 ms of the 0.7 s, loaded first to set its default

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


def give_memory_back() -> None:
    """Let glibc return freed memory; by default, what it keeps grows with the number of calls. Takes 5 ms at startup."""
    if sys.platform != "linux":
        return
    import ctypes  # only on Linux

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another libc, such as musl
        return
    for option, value in MALLOC.values():
        mallopt(option, value)


def read_options(argv: Sequence[str]) -> dict[str, object]:
    """The settings that options give; an option of a server over HTTP means one, unless a transport is named."""
    parser = serve_parser()
    options = {name: value for name, value in vars(parser.parse_args(argv)).items() if value is not None}
    if (given := [word for name, word in OF_HTTP.items() if name in options]) and "transport" not in options:
        options["transport"] = (os.environ.get(TRANSPORT) or "http").strip().lower()
    if options.get("sandbox") and options.keys() & OF_AN_ACCOUNT:
        parser.error("--sandbox brings an account of its own: leave out --edgerc, --section, --customers-file and --ca-bundle")
    if given and options["transport"] == "stdio":
        parser.error(f"{given[0]} is for a server over HTTP: use --transport http, or unset {TRANSPORT}")
    return options


def serve_parser() -> argparse.ArgumentParser:
    """Build the argument parser of `serve`; argparse is loaded only if there are arguments."""
    import argparse  # only where there are arguments

    from akamai_mcp.cli.arguments.settings import from_here

    parser = argparse.ArgumentParser(prog="akamai-mcp serve", description="Serve MCP on stdio or over HTTP.")
    parser.add_argument("--products", dest="tools", help="products to list as tools, such as papi,ccu; or all")
    parser.add_argument("--edgerc", type=from_here, help="credentials file")
    parser.add_argument("--section", help="section of the credentials file to use by default")
    parser.add_argument("--customers-file", type=from_here, help="TOML file of named customers and their rules")
    parser.add_argument("--read-only", action="store_true", default=None, help="list and send only calls that change nothing")
    parser.add_argument("--confirm", choices=("destructive", "writes", "never"), help="calls that need confirmation")
    parser.add_argument("--ca-bundle", type=from_here, help="certificate authorities to trust in addition (PEM)")
    parser.add_argument("--audit-file", type=from_here, help="file that gets a line for each attempt to change something")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="lowest level to log on stderr")
    parser.add_argument("--sandbox", action="store_true", default=None, help="serve a fake account: needs no Akamai account")
    parser.add_argument("--specs-dir", type=from_here, help="folder of OpenAPI documents to serve")
    parser.add_argument("--transport", choices=("stdio", "http", "sse"), help="how clients connect; default: stdio")
    parser.add_argument("--host", dest="bind", help="address to listen on; default: 127.0.0.1")
    parser.add_argument("--port", type=int, help="port to listen on; default: 8000")
    parser.add_argument("--path", help="path of the MCP endpoint; default: /mcp or /sse")
    parser.add_argument("--insecure", action="store_true", default=None, help="listen on any address without authentication")
    return parser
