"""Logging to stderr through structlog; stdout belongs to JSON-RPC. No secret is ever passed to a logger."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

# These log each URL and header, and with them account keys and cookies. Disabled, because others can reset a level.
DISABLED: Final = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_chosen: dict[str, str] = {"level": "warning", "style": "console"}


def configure_logs(level: str, style: str) -> None:
    """Set the level and format of our own log lines; other libraries print from WARNING on, whatever the level.

    Below WARNING, libraries print responses, tokens, arguments, headers and keys. A list of those that do is never complete.
    """
    _chosen.update(level=level, style=style)
    threshold = max(logging.WARNING, _LEVELS[level])
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(threshold)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(handler)
    root.setLevel(threshold)
    quieten_libraries()


def quieten_libraries() -> None:
    """Let every library log from WARNING on; call it again after importing fastmcp, which sets its own level."""
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.level != logging.NOTSET:
            logger.setLevel(max(logger.level, logging.WARNING))
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
