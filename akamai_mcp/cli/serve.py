"""`akamai-mcp serve`: speak MCP on stdio, or over HTTP. What is imported here is the start-up time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse

# Options of glibc's mallopt, by their names in malloc.h: what is larger is mapped by itself, and how much is kept when freed.
MALLOC: Final = {"M_MMAP_THRESHOLD": (-3, 64 * 1024), "M_TRIM_THRESHOLD": (-1, 128 * 1024), "M_ARENA_MAX": (-8, 1)}


def serve(argv: Sequence[str]) -> int:
    """Serve until the input ends, or over HTTP until told to; 2 where a setting cannot be used."""
    os.environ.setdefault("FASTMCP_CHECK_FOR_UPDATES", "off")
    overrides = _parse(argv) if argv else {}
    with _lean_imports():
        from akamai_mcp.errors import AkamaiMcpError
        from akamai_mcp.server.app import build_server
        from akamai_mcp.settings import load_settings

    try:
        settings = load_settings(**overrides)
        server = build_server(settings)
    except AkamaiMcpError as error:
        print(f"akamai-mcp: {error.message} {error.advice}", file=sys.stderr)
        return 2
    gc.freeze()
    gc.enable()
    _give_memory_back()
    if settings.transport != "stdio":
        from akamai_mcp.cli.service import serve_http

        return serve_http(server, settings)
    import anyio

    try:
        if sys.platform == "win32":  # its loops cannot wait for descriptors, and uvloop is not made for it
            anyio.run(lambda: server.run_stdio_async(show_banner=False))
        else:
            from akamai_mcp.server.idle_loading import postponed_steps
            from akamai_mcp.server.stdio import serve_lines

            work = partial(serve_lines, server, server.in_flight, postponed_steps(server.parts))
            # uvloop takes 8% off a call and costs 3 ms of the start.
            anyio.run(work, backend_options={"use_uvloop": True})
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _lean_imports() -> Iterator[None]:
    """Import without collecting garbage (175 ms of the start) and without building models before they are used (85 ms)."""
    gc.disable()
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


def _give_memory_back() -> None:
    """Let glibc give freed memory back; as it comes, what it keeps rises with the number of calls. 5 ms of the start."""
    if sys.platform != "linux":
        return
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another libc
        return
    for option, value in MALLOC.values():
        mallopt(option, value)


def _parse(argv: Sequence[str]) -> dict[str, object]:
    return {name: value for name, value in vars(serve_parser().parse_args(argv)).items() if value is not None}


def serve_parser() -> argparse.ArgumentParser:
    """The arguments of `serve`; argparse is loaded only where there are any."""
    import argparse

    parser = argparse.ArgumentParser(prog="akamai-mcp serve", description="Speak MCP on stdio or over HTTP.")
    parser.add_argument("--products", dest="tools", help="products whose own tools are listed, such as papi,ccu; or all")
    parser.add_argument("--edgerc", help="the credentials file")
    parser.add_argument("--section", help="its section to use by default")
    parser.add_argument("--specs-dir", help="a folder of OpenAPI documents to serve")
    parser.add_argument("--transport", choices=("stdio", "http", "sse"), help="how clients connect; stdio if absent")
    parser.add_argument("--host", dest="bind", help="the address to listen on; 127.0.0.1 if absent")
    parser.add_argument("--port", type=int, help="the port to listen on; 8000 if absent")
    parser.add_argument("--path", help="the path of MCP; /mcp or /sse if absent")
    parser.add_argument("--insecure", action="store_true", default=None, help="listen on any address without authentication")
    return parser
