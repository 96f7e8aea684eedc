"""Logging to stderr through structlog; stdout belongs to JSON-RPC. Secrets are never given to a logger."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

# These print arguments, headers, bodies or keys at DEBUG, whatever level the user asks for.
CHATTY: Final = ("httpx", "httpcore", "aiohttp", "hpack", "fastmcp", "mcp", "uvicorn", "asyncio", "urllib3", "requests")
TELLTALE: Final = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_chosen: dict[str, str] = {"level": "warning", "style": "console"}


def configure_logs(level: str, style: str) -> None:
    """Send every log line to stderr in one form, and keep libraries that print secrets at WARNING."""
    _chosen.update(level=level, style=style)
    logging.basicConfig(stream=sys.stderr, level=_LEVELS[level], format="%(levelname)s %(name)s: %(message)s")
    quieten_libraries()


def quieten_libraries() -> None:
    """Raise the level of the chatty libraries; again after fastmcp's import, which sets its own."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # They log each URL and header, and with them account key and cookies; a level could be set back.
    for name in TELLTALE:
        logging.getLogger(name).disabled = True


def get_logger() -> Any:
    """A structlog logger that writes to stderr."""
    import structlog  # 73 ms: only a process that has something to say pays for it

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
