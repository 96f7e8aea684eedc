"""The contract of the pipeline: a call goes in, a response comes out, and a layer wraps a handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, get_args

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.errors import Effect
from akamai_mcp.http_status import is_client_error, is_error, is_redirect, is_server_error, is_success
from akamai_mcp.openapi.model import IDEMPOTENT_METHODS, SAFE_METHODS
from akamai_mcp.pipeline.responses.gateway import gateway_of
from akamai_mcp.pipeline.responses.problem import find_request_id, read_problem
from akamai_mcp.pipeline.responses.retry_time import SERVICE_UNAVAILABLE, is_rate_limit_refusal, seconds_until_retry
from akamai_mcp.request.builder import Request

CacheClass = Literal["hours", "minutes", "never"]
CacheMode = Literal["use", "refresh", "only", "off"]
CACHE_MODES: Final[tuple[CacheMode, ...]] = get_args(CacheMode)
SEE_OTHER: Final = 303
NOT_MODIFIED: Final = 304


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

    `operation` is the operation's key; `api` its document, the unit of limits and breakers. `counts_as` is the key of another
    operation that a server may read the path as, whose limits and circuit then hold. `keep` says how long its
    answer stays true, `cache` what the caller wants of the cache, `touches` which other paths it changes. `shared` is
    there where several replicas serve the same customers.
    """

    operation: str
    customer: str
    credentials: Credentials = field(repr=False)
    request: Request
    counts_as: str = ""
    keep: CacheClass = "minutes"
    cache: CacheMode = "use"
    touches: tuple[str, ...] = ()
    shared: Shared | None = None

    @property
    def api(self) -> str:
        """The product and version of the operation, or of the one that it counts as."""
        return (self.counts_as or self.operation).partition("#")[0]

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
    """A response as it came: status, header lines in lower case, the whole content, seconds it took.

    `age` is how many seconds it has been in the cache, or None if it came from Akamai just now. A large response may be in
    `file`, of `size` bytes; its content is then the beginning of text, or empty. `after_unknown` says that an earlier attempt
    of the same call may have taken effect. `warning` is for the caller: what went wrong around the call. `redirected` has
    the targets that redirects led to, in their order, and `not_followed` why a further one was not followed.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes = field(repr=False)
    elapsed: float = 0.0
    age: float | None = None
    file: Path | None = None
    size: int = 0
    after_unknown: bool = False
    warning: str = ""
    redirected: tuple[str, ...] = ()
    not_followed: str = ""

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def is_success(self) -> bool:
        """2xx."""
        return is_success(self.status)

    @property
    def is_redirect(self) -> bool:
        """3xx."""
        return is_redirect(self.status)

    @property
    def is_client_error(self) -> bool:
        """4xx."""
        return is_client_error(self.status)

    @property
    def is_server_error(self) -> bool:
        """5xx."""
        return is_server_error(self.status)

    @property
    def is_not_modified(self) -> bool:
        """304: what the conditional request named is still so."""
        return self.status == NOT_MODIFIED

    @property
    def is_rate_limited(self) -> bool:
        """Whether a limit on the rate of calls refused the request."""
        return is_rate_limit_refusal(self.status, self.content)

    @property
    def is_gateway_refusal(self) -> bool:
        """Whether the gateway refused the request before an API saw it."""
        return self.is_client_error and gateway_of(read_problem(self.content)) is not None

    def retry_after(self, now: float) -> float | None:
        """Return the seconds until the call may be sent again, or None if the response does not say."""
        return seconds_until_retry(self.status, self.header, self.content, now)

    @property
    def request_id(self) -> str:
        """Akamai's identifier of the exchange, from a header or from the problem; empty if there is none."""
        return find_request_id(self.header, read_problem(self.content) if is_error(self.status) else {})

    @property
    def effect(self) -> Effect:
        """What the attempt did, if it was one to change something.

        Taken: a success, and 303, which says where the result is (RFC 9110 section 15.4.4). None: a 4xx, which refuses the
        request, 429 with or without a time too (RFC 6585 section 4); a 503 that says when to come back, since whoever can
        say it has put off the request; 304. Unknown: all else. A 5xx may come after the work is done, from a server in front
        of it too, and of the other redirects no one says whether the first place did anything.
        """
        if self.is_success or self.status == SEE_OTHER:
            return "taken"
        refused = self.is_client_error or self.is_not_modified or self._is_put_off
        return "none" if refused and not self.after_unknown else "unknown"

    @property
    def _is_put_off(self) -> bool:
        return self.status == SERVICE_UNAVAILABLE and self.retry_after(0.0) is not None


Handler = Callable[[Call], Awaitable[Response]]
