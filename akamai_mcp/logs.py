"""Logging to stderr through structlog; stdout belongs to JSON-RPC. No secret is ever passed to a logger."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

# At DEBUG these libraries print arguments, headers, bodies or keys, so they stay at WARNING at any log level.
VERBOSE: Final = ("httpx", "httpcore", "aiohttp", "hpack", "fastmcp", "mcp", "uvicorn", "asyncio", "urllib3", "requests")
# These log each URL and header, and with them account keys and cookies. Disabled, because others can reset a level.
DISABLED: Final = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_chosen: dict[str, str] = {"level": "warning", "style": "console"}


def configure_logs(level: str, style: str) -> None:
    """Send every log line to stderr in one format, and keep libraries that print secrets at WARNING."""
    _chosen.update(level=level, style=style)
    logging.basicConfig(stream=sys.stderr, level=_LEVELS[level], format="%(levelname)s %(name)s: %(message)s")
    quieten_libraries()


def quieten_libraries() -> None:
    """Set verbose libraries to WARNING; call it again after importing fastmcp, which sets its own level."""
    for name in VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in DISABLED:
        logging.getLogger(name).disabled = True


def get_logger() -> Any:
    """Return a structlog logger that writes to stderr."""
    import structlog  # 73 ms, so only a process that logs pays for it

    as_json = _chosen["style"] == "json"
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    return structlog.wrap_logger(
        structlog.PrintLogger(file=sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[_chosen["level"]]),
    )
