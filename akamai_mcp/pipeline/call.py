"""The contract of the pipeline: a call goes in, a response comes out, and a layer wraps a handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.openapi.model import IDEMPOTENT_METHODS, SAFE_METHODS
from akamai_mcp.request.builder import Request

CacheClass = Literal["hours", "minutes", "never"]
CacheMode = Literal["use", "refresh", "only", "off"]
CACHE_MODES: Final[tuple[CacheMode, ...]] = ("use", "refresh", "only", "off")


@dataclass(slots=True, kw_only=True, eq=False)
class Shared:
    """What a call knows of other replicas: the state of its path (empty: nothing may be shared), and its patience with them.

    `left` is for how many seconds the call may still wait for what replicas share; each question takes of it.
    """

    state: str
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one customer.

    `operation` is the operation's key; `api` its document, the unit of limits and breakers. `keep` says how long its
    answer stays true, `cache` what the caller wants of the cache, `touches` which other paths it changes. `shared` is
    there where several replicas serve the same customers.
    """

    operation: str
    customer: str
    credentials: Credentials = field(repr=False)
    request: Request
    keep: CacheClass = "minutes"
    cache: CacheMode = "use"
    touches: tuple[str, ...] = ()
    shared: Shared | None = field(default=None, repr=False, compare=False)

    @property
    def api(self) -> str:
        """The operation's product and version."""
        return self.operation.partition("#")[0]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.request.path

    @property
    def state(self) -> str:
        """The state of the path that replicas agree on; empty where they do not, or where there is one replica."""
        return self.shared.state if self.shared else ""

    @property
    def is_safe(self) -> bool:
        """RFC 9110 section 9.2.1."""
        return self.request.method in SAFE_METHODS

    @property
    def is_idempotent(self) -> bool:
        """RFC 9110 section 9.2.2."""
        return self.request.method in IDEMPOTENT_METHODS

    @property
    def identity(self) -> str:
        """Whose answer this is: the same for the same API client acting for the same account, and for nobody else."""
        return identity_of(self.credentials)


@lru_cache(maxsize=1024)
def identity_of(credentials: Credentials) -> str:
    """A digest of who calls; no secret can be read from it."""
    parts = (
        credentials.host,
        credentials.client_token,
        credentials.access_token,
        credentials.client_secret,
        credentials.account_switch_key,
    )
    return sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as it came: status, header lines in lower case, the whole content, seconds it took.

    `age` is how many seconds it has been in the cache, or None where it came from Akamai just now. A large answer may
    stand in `file`, of `size` bytes, and its content is then the beginning of text, or empty.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes = field(repr=False)
    elapsed: float = 0.0
    age: float | None = None
    file: Path | None = None
    size: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name.lower()), None)


Handler = Callable[[Call], Awaitable[Response]]
