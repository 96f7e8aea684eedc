"""What a handler of the account takes and gives, and how it says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeVar

from akamai_mcp.sandbox.exchange import Ask

PREFIXES: Final = ("ctr_", "grp_", "prp_", "inc_", "ehn_", "cpc_", "atv_", "act_")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value that is more than a plain success: with a path to what was made, a status, a media type or headers."""

    value: Any = None
    location: str = ""
    status: int | None = None
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """The account says no: a status, and the members of the problem."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.members = status, detail, members


def refuse(status: HTTPStatus, detail: str, **members: Any) -> NoReturn:
    """Say no. Raises RefusalError."""
    raise RefusalError(status, detail, **members)


def found(value: Found | None, what: str) -> Found:
    """A value that must be there. Raises RefusalError with 404."""
    # Said here for all, so that a client meets one form of 404 whatever it looked for.
    if value is None:
        refuse(HTTPStatus.NOT_FOUND, f"{what} was not found.")
    return value


def bare(text: object) -> str:
    """An id without PAPI's prefix."""
    written = str(text)
    return next((written[len(prefix) :] for prefix in PREFIXES if written.startswith(prefix)), written)


def number(text: object) -> int:
    """An id as a number; -1, which nothing has, for anything else."""
    # Not int() alone, which takes signs, spaces and the digits of other scripts that the live API refuses.
    digits = bare(text)
    return int(digits) if digits.isascii() and digits.isdigit() else -1


def path_number(ask: Ask, name: str) -> int:
    """A path parameter as a number."""
    return number(ask.match.values[name])


def body_of(ask: Ask) -> dict[str, Any]:
    """The body as an object. Raises RefusalError with 400."""
    if not isinstance(ask.body, dict):
        refuse(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return ask.body


def stamp(at: float) -> str:
    """A time in seconds as Akamai writes it (RFC 3339)."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
