"""The parts of a command that makes calls: it acts for its own user, whatever transport the server has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from akamai_mcp.errors import SettingsError
from akamai_mcp.logs import configure_logs
from akamai_mcp.settings import load_own_settings

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts
    from akamai_mcp.programs.service import Programs

MISSING: Final = "Programs need pydantic-monty, which is not installed."
INSTALL: Final = "Install akamai-mcp[programs]."


@asynccontextmanager
async def own_parts() -> AsyncIterator[Parts]:
    """Build the parts from the settings, and close them at the end. Raises SettingsError."""
    from akamai_mcp.parts import build_parts  # 20 ms, and none for a usage error

    settings = load_own_settings()
    configure_logs(settings.log_level, settings.log_format)
    parts = build_parts(settings)
    try:
        yield parts
    finally:
        await parts.aclose()


def programs_of(parts: Parts) -> Programs:
    """What runs programs. Raises SettingsError if it is not installed."""
    if parts.programs is None:
        raise SettingsError(MISSING, advice=INSTALL)
    return parts.programs
