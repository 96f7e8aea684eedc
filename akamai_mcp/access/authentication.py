"""Authentication policies as values, and the identity that a token's claims give its bearer. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from akamai_mcp.access.callers import ALL_CUSTOMERS
from akamai_mcp.access.listening import is_loopback
from akamai_mcp.errors import SettingsError

MAX_NAME: Final = 200  # characters; names go into every audit and log line
ADVICE: Final = "See docs/http.md."


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtPolicy:
    """Which JWTs are accepted, and which claims hold roles and customers; an empty claim name turns that claim off."""

    issuer: str
    audience: str
    jwks_url: str = ""
    public_key: Path | None = None
    algorithm: str = "RS256"
    roles_claim: str = "roles"
    customers_claim: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthPolicy:
    """How callers authenticate; with neither a tokens file nor JWT settings, nobody has to."""

    tokens_file: Path | None = None
    roles_file: Path | None = None
    jwt: JwtPolicy | None = None
    servers: tuple[str, ...] = ()
    public_url: str = ""

    @property
    def is_on(self) -> bool:
        """Whether callers have to authenticate."""
        return self.tokens_file is not None or self.jwt is not None

    def check(self) -> None:
        """Check that the settings make sense together. Raises SettingsError."""
        if self.jwt:
            check_jwt(self.jwt)
        if (self.roles_file or self.servers) and not self.is_on:
            raise SettingsError(
                "AKAMAI_MCP_AUTH_ROLES_FILE and AKAMAI_MCP_AUTH_SERVERS have no effect without authentication.", advice=ADVICE
            )
        if self.servers and not (self.jwt and self.public_url):
            raise SettingsError("AKAMAI_MCP_AUTH_SERVERS needs AKAMAI_MCP_PUBLIC_URL and AKAMAI_MCP_AUTH_ISSUER.", advice=ADVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bearer of a token: name, roles, and customers as globs."""

    name: str
    roles: tuple[str, ...]
    customers: tuple[str, ...] = ALL_CUSTOMERS


def check_jwt(policy: JwtPolicy) -> None:
    """Check that JWTs can be verified safely. Raises SettingsError."""
    if bool(policy.jwks_url) == bool(policy.public_key):
        raise SettingsError("JWTs need either AKAMAI_MCP_AUTH_JWKS_URL or AKAMAI_MCP_AUTH_PUBLIC_KEY, not both.", advice=ADVICE)
    if not (policy.issuer and policy.audience):
        raise SettingsError("JWTs need AKAMAI_MCP_AUTH_ISSUER and AKAMAI_MCP_AUTH_AUDIENCE.", advice=ADVICE)
    parts = urlsplit(policy.jwks_url)
    if policy.jwks_url and parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise SettingsError(
            "AKAMAI_MCP_AUTH_JWKS_URL is not https.",
            advice="Use an https URL: keys sent in the clear can be replaced on the way.",
        )


def read_identity(claims: Mapping[str, Any], policy: JwtPolicy, now: float) -> Identity | None:
    """Return the identity in verified claims (RFC 7519); None without a usable `sub` or a future `exp`, or before `nbf`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip() or not subject.isprintable() or len(subject) > MAX_NAME:
        return None
    # A token without an end would stay valid for ever once it leaks.
    if not is_number(claims.get("exp")) or claims["exp"] <= now:
        return None
    if "nbf" in claims and not (is_number(claims["nbf"]) and claims["nbf"] <= now):
        return None
    customers = words(claims, policy.customers_claim) if policy.customers_claim else ALL_CUSTOMERS
    return Identity(name=f"jwt:{subject}", roles=words(claims, policy.roles_claim), customers=customers)


def words(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The strings of a claim: a list, or words separated by spaces.

    A name with dots is a path into nested objects, unless a claim has exactly that name.
    """
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def is_number(value: Any) -> bool:
    """True for a finite number; `true` is an int in Python, but no time, and `Infinity` would never end."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
