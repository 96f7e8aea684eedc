"""`akamai-mcp token NAME ROLE`: create a bearer token and its line for the tokens file."""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta
from typing import Final

from akamai_mcp.access.tokens import new_token, to_day
from akamai_mcp.errors import SettingsError

MAX_DAYS: Final = 3650


def token(options: argparse.Namespace) -> int:
    """Print a new token, which is stored nowhere, and its line."""
    last_day = read_last_day(options.days, options.until, to_day(time.time()))
    text, holder = new_token(options.name, tuple(options.role), last_day=last_day)
    print(f"token: {text}")
    print(f"line:  {holder.line()}")
    return 0


def read_last_day(days: int | None, until: str | None, today: date) -> date | None:
    """The last day that `--days` or `--until` mean, or None. Raises SettingsError if it is no day from today on."""
    if days is not None:
        if not 1 <= days <= MAX_DAYS:
            raise SettingsError(f"--days {days} is not a number from 1 to {MAX_DAYS}.", advice="Try --days 90.")
        return today + timedelta(days=days)
    try:
        last_day = date.fromisoformat(until) if until is not None else None
    except ValueError:
        raise SettingsError(f"--until {until} is no day.", advice="Write it as YYYY-MM-DD.") from None
    if last_day and last_day < today:
        raise SettingsError(f"--until {until} is in the past.", advice="Choose today or a later day (UTC).")
    return last_day
