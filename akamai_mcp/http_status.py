"""The classes of HTTP status codes (RFC 9110 section 15), for statuses that are plain numbers.

A `pipeline.call.Response` has the same questions as properties.
"""

from __future__ import annotations


def is_success(status: int) -> bool:
    """2xx: the request was accepted."""
    return 200 <= status < 300  # noqa: PLR2004 - this module is where the classes' numbers stand


def is_redirect(status: int) -> bool:
    """3xx: the answer is elsewhere, or unchanged (304)."""
    return 300 <= status < 400  # noqa: PLR2004


def is_client_error(status: int) -> bool:
    """4xx: the server refuses the request."""
    return 400 <= status < 500  # noqa: PLR2004


def is_server_error(status: int) -> bool:
    """5xx: the server failed."""
    return 500 <= status < 600  # noqa: PLR2004


def is_error(status: int) -> bool:
    """4xx or 5xx."""
    return is_client_error(status) or is_server_error(status)
