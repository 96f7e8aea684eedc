"""The tokens file for small setups: lines of `name:hash:role,role`, never a token itself. A fourth part is a token's last day.

A token has 256 random bits, so a plain SHA-256 is enough: nobody can guess the token from its hash.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.operator_files import read_operator_file
from akamai_mcp.edgegrid.watched import WatchedFile
from akamai_mcp.errors import CredentialsError

VARIABLE: Final = "AKAMAI_MCP_AUTH_TOKENS_FILE"
MARK: Final = "amcp_"
MAX_WORD: Final = 64
_WORD: Final = re.compile(rf"[A-Za-z0-9_.-]{{1,{MAX_WORD}}}\Z")
_LINE: Final = re.compile(
    r"([A-Za-z0-9_.-]{1,64}):([0-9a-f]{64}):([A-Za-z0-9_.-]+(?:,[A-Za-z0-9_.-]+)*)(?::(\d{4}-\d{2}-\d{2}))?\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The holder of a token: name, hash of the token, roles, last day on which it is valid (UTC)."""

    name: str
    digest: str = field(repr=False)
    roles: tuple[str, ...]
    last_day: date | None = None

    def line(self) -> str:
        """Format the holder as a line of the file."""
        end = f":{self.last_day}" if self.last_day else ""
        return f"{self.name}:{self.digest}:{','.join(self.roles)}{end}"

    def has_expired(self, now: float) -> bool:
        """Whether the last day is over at a time, in seconds since the epoch."""
        return self.last_day is not None and to_day(now) > self.last_day


class TokenFile:
    """The current holders in the file; removing a line revokes its token."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = WatchedFile(path, load_holders)
        self._clock = clock

    def check(self) -> None:
        """Check that the file can be used. Raises CredentialsError."""
        self._file.renew()
        self._file.value()

    def find(self, token: str) -> Holder | None:
        """Return the holder of a token that has not expired, or None."""
        digest = to_digest(token)
        # Every line is compared, in constant time, so that the response time reveals nothing about the file.
        found = [holder for holder in self._holders() if hmac.compare_digest(holder.digest, digest)]
        return self._current(found)

    def named(self, name: str) -> Holder | None:
        """Return the holder of a name whose token has not expired, or None."""
        return self._current([holder for holder in self._holders() if holder.name == name])

    def _current(self, found: Sequence[Holder]) -> Holder | None:
        now = self._clock()
        return next((holder for holder in found if not holder.has_expired(now)), None)

    def _holders(self) -> tuple[Holder, ...]:
        self._file.renew()
        try:
            return self._file.value()
        except CredentialsError:
            return ()


def load_holders(path: Path) -> tuple[Holder, ...]:
    """Read the holders from a file. Raises CredentialsError."""
    return parse_holders(read_operator_file(path, advice=f"Set {VARIABLE} to a text file that the server may read."), str(path))


def parse_holders(text: str, source: str) -> tuple[Holder, ...]:
    """Parse holders, one per line; empty lines and lines that begin with # are skipped. Raises CredentialsError."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    holders = tuple(_holder(line, number, source) for number, line in lines if line and not line.startswith("#"))
    names = [holder.name for holder in holders]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CredentialsError(f"{source} names {twice} twice.", advice="Give each token its own name.")
    return holders


def new_token(
    name: str,
    roles: tuple[str, ...],
    random: Callable[[int], str] = secrets.token_urlsafe,
    *,
    last_day: date | None = None,
) -> tuple[str, Holder]:
    """Create a token and its holder. Raises CredentialsError if the name or a role has characters that the file cannot hold."""
    if wrong := [word for word in (name, *roles) if not _WORD.match(word)]:
        raise CredentialsError(
            f"{wrong[0][:MAX_WORD]!r} cannot be the name of a token or a role.",
            advice=f"Use 1 to {MAX_WORD} letters, digits, dots, dashes or underscores, such as deploy-robot.",
        )
    token = MARK + random(32)
    return token, Holder(name=name, digest=to_digest(token), roles=roles, last_day=last_day)


def to_digest(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal."""
    return sha256(token.encode(errors="surrogatepass")).hexdigest()


def to_day(now: float) -> date:
    """The day of a time in seconds since the epoch, in UTC."""
    return datetime.fromtimestamp(now, UTC).date()


def _holder(line: str, number: int, source: str) -> Holder:
    match = _LINE.match(line)
    if match is None:
        raise CredentialsError(
            f"Line {number} of {source} is not name:hash:role,role or name:hash:role,role:YYYY-MM-DD.",
            advice="Create a token and its line with `akamai-mcp token NAME ROLE`.",
        )
    return Holder(name=match[1], digest=match[2], roles=tuple(match[3].split(",")), last_day=_last_day(match[4], number, source))


def _last_day(text: str | None, number: int, source: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CredentialsError(
            f"Line {number} of {source} ends with {text}, which is no day.", advice="Write the last day as YYYY-MM-DD."
        ) from None
