"""Bearer tokens over HTTP (RFC 6750): verified by the tokens file or by signature, and where clients can log in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from fastmcp.server.auth import AccessToken, AuthProvider, RemoteAuthProvider, TokenVerifier
from pydantic import AnyHttpUrl

from akamai_mcp.access.authentication import ADVICE, AuthPolicy, Identity, JwtPolicy, read_identity
from akamai_mcp.access.callers import Caller
from akamai_mcp.access.roles import Roles
from akamai_mcp.access.tokens import TokenFile
from akamai_mcp.edgegrid.operator_files import read_text
from akamai_mcp.errors import CredentialsError, SettingsError

ROLES: Final = "roles"
CUSTOMERS: Final = "customers"
FROM_FILE: Final = "token:"  # what the names of callers by the tokens file begin with
MAX_JWT: Final = 16 * 1024  # characters; servers and proxies rarely take a longer header


class JwtTokens:
    """Verifies JWTs of one issuer for this audience, with one algorithm and an expiry time."""

    def __init__(self, policy: JwtPolicy, clock: Callable[[], float] = time.time) -> None:
        from fastmcp.server.auth.providers.jwt import JWTVerifier  # only a server that accepts JWTs needs it

        self._policy = policy
        self._clock = clock
        self._verifier = JWTVerifier(
            public_key=_read_key(policy),
            jwks_uri=policy.jwks_url or None,
            issuer=policy.issuer,
            audience=policy.audience,
            algorithm=policy.algorithm,
        )

    async def find(self, token: str) -> tuple[Identity, int] | None:
        """Return the identity of a valid token and its expiry time, or None; nothing in a token makes it raise."""
        if len(token) > MAX_JWT:
            return None
        try:
            access = await self._verifier.load_access_token(token)
            identity = read_identity(access.claims, self._policy, self._clock()) if access else None
        except Exception:  # noqa: BLE001 - anybody may send anything here, and what cannot be verified is not valid
            return None
        return (identity, int(access.claims["exp"])) if access and identity else None


class BearerTokens(TokenVerifier):
    """Verifies every kind of token that the policy accepts."""

    def __init__(self, policy: AuthPolicy) -> None:
        super().__init__()
        self._roles = Roles(policy.roles_file)
        self._file = TokenFile(policy.tokens_file) if policy.tokens_file else None
        self._signed = JwtTokens(policy.jwt) if policy.jwt else None
        try:
            self._roles.check()
            if self._file:
                self._file.check()
        except CredentialsError as error:
            raise SettingsError(error.message, advice=error.advice) from None

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return a valid token with its bearer's name, roles and customers, or None."""
        if self._file and (holder := self._file.find(token)):
            return _to_access(token, Identity(name=FROM_FILE + holder.name, roles=holder.roles), None)
        if self._signed and (found := await self._signed.find(token)):
            return _to_access(token, *found)
        return None

    def caller(self, access: AccessToken) -> Caller:
        """Return the caller of a verified token, with the roles as they are now."""
        return self._roles.caller(access.client_id, access.claims[ROLES], access.claims[CUSTOMERS])

    def caller_named(self, name: str) -> Caller | None:
        """The caller of a name, with the roles as they are now; None if no line of the tokens file has it any more.

        A signed token says its roles itself, so without one nobody knows what its bearer may do.
        """
        holder = self._file.named(name.removeprefix(FROM_FILE)) if self._file and name.startswith(FROM_FILE) else None
        return self._roles.caller(name, holder.roles) if holder else None


def build_provider(policy: AuthPolicy, tokens: BearerTokens) -> AuthProvider:
    """Create FastMCP's auth provider; with authorization servers it also publishes where to log in (RFC 9728)."""
    if not policy.servers:
        return tokens
    try:
        servers = [AnyHttpUrl(server) for server in policy.servers]
        return RemoteAuthProvider(token_verifier=tokens, authorization_servers=servers, base_url=AnyHttpUrl(policy.public_url))
    except ValueError:
        raise SettingsError("AKAMAI_MCP_AUTH_SERVERS or AKAMAI_MCP_PUBLIC_URL is not a URL.", advice=ADVICE) from None


def _to_access(token: str, identity: Identity, ends: int | None) -> AccessToken:
    claims: dict[str, Any] = {ROLES: identity.roles, CUSTOMERS: identity.customers}
    return AccessToken(token=token, client_id=identity.name, scopes=[], expires_at=ends, claims=claims)


def _read_key(policy: JwtPolicy) -> str | None:
    if policy.public_key is None:
        return None
    try:
        text = read_text(policy.public_key.expanduser())
    except (OSError, RuntimeError, ValueError) as error:
        reason = type(error).__name__
        raise SettingsError(f"AKAMAI_MCP_AUTH_PUBLIC_KEY cannot be read ({reason}).", advice="Set it to a PEM file.") from None
    if "PRIVATE KEY" in text or "-----BEGIN" not in text:
        raise SettingsError(
            "AKAMAI_MCP_AUTH_PUBLIC_KEY is not a public key.", advice="Set it to a PEM file that contains only the public key."
        )
    return text
