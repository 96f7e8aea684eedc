"""Verify EdgeGrid signatures, implemented from the algorithm and not with the library that signs.

If both ends shared an implementation, a mistake in it would verify itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

SCHEME: Final = "EG1-HMAC-SHA256 "
FIELDS: Final = ("client_token", "access_token", "timestamp", "nonce", "signature")
TIMESTAMP: Final = "%Y%m%dT%H:%M:%S+0000"
TOLERANCE_SECONDS: Final = 30
MAX_NONCES: Final = 100_000
_SPACES: Final = re.compile(r"\s+")
Reason = Literal["malformed", "client_token", "access_token", "signature", "timestamp", "nonce"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials of a client of the sandbox, valid nowhere else."""

    client_token: str = "akab-sandbox-client-token"  # noqa: S105
    client_secret: str = field(default="c2FuZGJveC1jbGllbnQtc2VjcmV0", repr=False)
    access_token: str = "akab-sandbox-access-token"  # noqa: S105
    headers_to_sign: tuple[str, ...] = ()
    max_body: int = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request that a signature covers, as received."""

    method: str
    scheme: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The five fields of an EdgeGrid Authorization header."""

    client_token: str
    access_token: str
    timestamp: str
    nonce: str
    signature: str

    @property
    def unsigned(self) -> str:
        """The header without its signature; the signature covers it."""
        pairs = (f"{name}={getattr(self, name)};" for name in FIELDS[:-1])
        return SCHEME + "".join(pairs)


class SignatureError(Exception):
    """The request is not signed correctly; `reason` names the check that failed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail


class Nonces:
    """The nonces used while their timestamps are valid, at most `limit`."""

    def __init__(self, limit: int = MAX_NONCES) -> None:
        self._seen: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()
        self._limit = limit

    def __len__(self) -> int:
        return len(self._seen)

    def use(self, nonce: str, now: float) -> bool:
        """Record a nonce; False if it was used before."""
        self._forget(now)
        if nonce in self._seen:
            return False
        self._seen.add(nonce)
        self._order.append((now, nonce))
        return True

    def _forget(self, now: float) -> None:
        # A timestamp may be ahead by the tolerance, so a nonce can be replayed for twice that time.
        while self._order and (len(self._order) >= self._limit or now - self._order[0][0] > 2 * TOLERANCE_SECONDS):
            self._seen.discard(self._order.popleft()[1])


def verify(
    request: SignedRequest, authorization: str | None, *, accounts: Sequence[Credentials], now: float, nonces: Nonces
) -> Credentials:
    """The credentials that the request is signed with. Raises SignatureError.

    Only a request that passes every other check uses up its nonce.
    """
    header = parse_authorization(authorization)
    credentials = _credentials_of(header, accounts)
    # The signature first: only a request from the client itself may learn more or use up a nonce.
    expected = sign(request, header, credentials)
    if not hmac.compare_digest(expected.encode(), header.signature.encode()):
        raise SignatureError("signature", "The signature does not match the request.")
    if abs(now - _seconds(header.timestamp)) > TOLERANCE_SECONDS:
        raise SignatureError("timestamp", f"The timestamp is more than {TOLERANCE_SECONDS} seconds off.")
    if not nonces.use(header.nonce, now):
        raise SignatureError("nonce", "The nonce has been used before.")
    return credentials


def parse_authorization(text: str | None) -> Authorization:
    """The fields of an Authorization header. Raises SignatureError unless each is there once and not empty."""
    if text is None:
        raise SignatureError("malformed", "There is no Authorization header.")
    pairs = [pair.partition("=") for pair in text.removeprefix(SCHEME).split(";")]
    fields = {name: value for name, _, value in pairs}
    if not text.startswith(SCHEME) or len(pairs) != len(FIELDS) or set(fields) != set(FIELDS) or "" in fields.values():
        raise SignatureError("malformed", "The Authorization header is not in EdgeGrid format.")
    return Authorization(**fields)


def sign(request: SignedRequest, header: Authorization, credentials: Credentials) -> str:
    """The signature that the request should have."""
    # The signing key is derived anew for each timestamp.
    key = _hmac(credentials.client_secret, header.timestamp)
    return _hmac(key, data_to_sign(request, header, credentials))


def data_to_sign(request: SignedRequest, header: Authorization, credentials: Credentials) -> str:
    """The seven fields that the signature covers, separated by tabs."""
    return "\t".join(
        (
            request.method,
            request.scheme,
            request.host,
            request.target,
            _canonical_headers(request.headers, credentials.headers_to_sign),
            _content_hash(request, credentials.max_body),
            header.unsigned,
        )
    )


def _credentials_of(header: Authorization, accounts: Sequence[Credentials]) -> Credentials:
    known = next((account for account in accounts if account.client_token == header.client_token), None)
    if known is None:
        raise SignatureError("client_token", "The client token is unknown.")
    if not hmac.compare_digest(known.access_token.encode(), header.access_token.encode()):
        raise SignatureError("access_token", "The access token does not belong to the client token.")
    return known


def _canonical_headers(headers: Mapping[str, str], names: Sequence[str]) -> str:
    values = {name.lower(): value for name, value in headers.items()}
    wanted = [name.lower() for name in names if name.lower() in values]
    for name in wanted:
        if re.match(r"\s", values[name]) or re.search(r"[\r\n]", values[name]):
            raise SignatureError("malformed", f"The signed header {name} begins with a space or contains a line break.")
    return "\t".join(f"{name}:{_SPACES.sub(' ', values[name].strip())}" for name in wanted)


def _content_hash(request: SignedRequest, max_body: int) -> str:
    # EdgeGrid signs the body of POST only, and of that at most max_body bytes.
    if request.method != "POST" or not request.body:
        return ""
    return base64.b64encode(hashlib.sha256(request.body[:max_body]).digest()).decode()


def _hmac(key: str, data: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), data.encode(), hashlib.sha256).digest()).decode()


def _seconds(timestamp: str) -> float:
    try:
        return datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise SignatureError("malformed", "The timestamp is not in EdgeGrid format.") from error
