"""A 207 or a list of per-item results in which something failed is not a success: what failed comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

FAILED_NAMES: Final = ("failures", "failure", "failed", "errors")
BAD_WORDS: Final = frozenset({"failed", "failure", "error", "invalid", "rejected"})


def failed_items(body: Any) -> list[Any]:
    """The items of a multi-status answer that failed."""
    if isinstance(body, list):
        return [item for item in body if has_failed(item)]
    if not isinstance(body, Mapping):
        return []
    named = [item for name in FAILED_NAMES if isinstance(body.get(name), list) for item in body[name]]
    lists = [value for name, value in body.items() if isinstance(value, list) and name not in FAILED_NAMES]
    return [*named, *(item for items in lists for item in items if has_failed(item))]


def has_failed(item: Any) -> bool:
    """True for an item that says of itself that it failed: a status of 4xx or 5xx, success: false, an error."""
    if not isinstance(item, Mapping):
        return False
    for name in ("status", "statusCode", "httpStatus", "code"):
        status = item.get(name)
        if isinstance(status, int) and not isinstance(status, bool) and 400 <= status < 600:  # noqa: PLR2004
            return True
        if isinstance(status, str) and (status.lower() in BAD_WORDS or (status.isdigit() and status[0] in "45")):
            return True
    return item.get("success") is False or bool(item.get("error") or item.get("errors"))
