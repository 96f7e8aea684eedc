"""Blank out what may be secret in a request's target, before a person or a file gets to see it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

MASK: Final = "***"
_NAMES: Final = r"secret|token|passw|pwd|key|auth|signature|credential|jwt|session|cookie"
_NAME: Final = re.compile(_NAMES, re.IGNORECASE)
# A value that is itself an object or a query: {"password": "x"}, password=x, password:x.
_INSIDE: Final = re.compile(rf"(?:{_NAMES})[\w-]*[\"'\]]*\s*[:=]", re.IGNORECASE)


def mask_target(target: str) -> str:
    """A path and query with the values of secret-looking query parameters blanked out."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(_mask_pair(pair) for pair in query.split("&"))


def _mask_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if value and (_NAME.search(unquote_plus(name)) or _INSIDE.search(unquote_plus(value))):
        return f"{name}{equals}{MASK}"
    return pair
