"""A file of bearer tokens for small set-ups: one `name:hash:role,role` a line, never a token itself.

A token is 256 random bits, so that SHA-256 is enough to keep it from being guessed out of the file.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.watched import WatchedFile, read_operator_file
from akamai_mcp.errors import CredentialsError

VARIABLE: Final = "AKAMAI_MCP_AUTH_TOKENS_FILE"
PREFIX: Final = "amcp_"
_LINE: Final = re.compile(r"([A-Za-z0-9_.-]{1,64}):([0-9a-f]{64}):([A-Za-z0-9_.-]+(?:,[A-Za-z0-9_.-]+)*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose token it is, and the roles that go with it."""

    name: str
    digest: str = field(repr=False)
    roles: tuple[str, ...]

    def line(self) -> str:
        """The holder as a line of the file."""
        return f"{self.name}:{self.digest}:{','.join(self.roles)}"


class TokenFile:
    """The holders as the file names them at this moment: a line that is removed takes its token out of force."""

    def __init__(self, path: Path) -> None:
        self._file = WatchedFile(path, load_holders)

    def check(self) -> None:
        """Raises CredentialsError where the file cannot be used."""
        self._file.renew()
        self._file.value()

    def find(self, token: str) -> Holder | None:
        """Whose token it is; every line is compared, so that the time tells nothing."""
        self._file.renew()
        try:
            holders = self._file.value()
        except CredentialsError:
            return None
        digest = to_digest(token)
        found = [holder for holder in holders if hmac.compare_digest(holder.digest, digest)]
        return found[0] if found else None


def load_holders(path: Path) -> tuple[Holder, ...]:
    """The holders of a file. Raises CredentialsError."""
    return parse_holders(read_operator_file(path, VARIABLE), str(path))


def parse_holders(text: str, source: str) -> tuple[Holder, ...]:
    """The holders that lines name; empty ones and those that begin with # are passed over. Raises CredentialsError."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    holders = tuple(_holder(line, number, source) for number, line in lines if line and not line.startswith("#"))
    names = [holder.name for holder in holders]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CredentialsError(f"{source} names {twice} twice.", advice="Give each token a name of its own.")
    return holders


def new_token(name: str, roles: tuple[str, ...], random: Callable[[int], str] = secrets.token_urlsafe) -> tuple[str, Holder]:
    """A new token and its holder. Raises CredentialsError where a name has characters that no line may have."""
    token = PREFIX + random(32)
    holder = Holder(name=name, digest=to_digest(token), roles=roles)
    parse_holders(holder.line(), "The token")
    return token, holder


def to_digest(token: str) -> str:
    """SHA-256 of a token, in hexadecimal."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _holder(line: str, number: int, source: str) -> Holder:
    match = _LINE.match(line)
    if match is None:
        raise CredentialsError(
            f"{source} has a line {number} that is not name:hash:role,role.",
            advice="`akamai-mcp token NAME ROLE` makes a token and its line.",
        )
    return Holder(name=match[1], digest=match[2], roles=tuple(match[3].split(",")))
