"""The names of the controls of a call, which no argument of an operation's own may have.

They stand below both rooms that need them: `request` keeps an operation's own arguments clear of them, `calls` says what
each control means. A control whose name is not here is a type error there.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

ControlName = Literal[
    "customer", "confirm", "dryRun", "cache", "select", "maxBytes", "paginate", "maxPages", "wait", "waitSeconds"
]
CONTROL_NAMES: Final[tuple[ControlName, ...]] = get_args(ControlName)
