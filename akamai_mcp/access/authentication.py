"""How callers prove who they are, as values; and what the claims of a token say of its bearer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from akamai_mcp.access.callers import EVERYONE
from akamai_mcp.access.listening import is_loopback
from akamai_mcp.errors import SettingsError

MAX_NAME: Final = 200
ADVICE: Final = "See docs/http.md."


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtPolicy:
    """Whose signed tokens are taken, and which claims hold roles and customers; "" names no claim."""

    issuer: str
    audience: str
    jwks_url: str = ""
    public_key: Path | None = None
    algorithm: str = "RS256"
    roles_claim: str = "roles"
    customers_claim: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthPolicy:
    """The ways to prove who calls; with none of them nobody has to."""

    tokens_file: Path | None = None
    roles_file: Path | None = None
    jwt: JwtPolicy | None = None
    servers: tuple[str, ...] = ()
    public_url: str = ""

    @property
    def is_on(self) -> bool:
        """Whether callers have to prove who they are."""
        return self.tokens_file is not None or self.jwt is not None

    def check(self) -> None:
        """Raise SettingsError where the parts do not make sense together."""
        if self.jwt:
            check_jwt(self.jwt)
        if (self.roles_file or self.servers) and not self.is_on:
            raise SettingsError(
                "AKAMAI_MCP_AUTH_ROLES_FILE and AKAMAI_MCP_AUTH_SERVERS mean nothing where no token is asked for.", advice=ADVICE
            )
        if self.servers and not (self.jwt and self.public_url):
            raise SettingsError(
                "AKAMAI_MCP_AUTH_SERVERS needs AKAMAI_MCP_PUBLIC_URL, and signed tokens to come of it.", advice=ADVICE
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a token says of its bearer."""

    name: str
    roles: tuple[str, ...]
    customers: tuple[str, ...] = EVERYONE


def check_jwt(policy: JwtPolicy) -> None:
    """Raise SettingsError where signed tokens could not be told from others."""
    if bool(policy.jwks_url) == bool(policy.public_key):
        raise SettingsError(
            "Signed tokens need AKAMAI_MCP_AUTH_JWKS_URL or AKAMAI_MCP_AUTH_PUBLIC_KEY, and not both.", advice=ADVICE
        )
    if not (policy.issuer and policy.audience):
        raise SettingsError("Signed tokens need AKAMAI_MCP_AUTH_ISSUER and AKAMAI_MCP_AUTH_AUDIENCE.", advice=ADVICE)
    parts = urlsplit(policy.jwks_url)
    if policy.jwks_url and parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise SettingsError(
            "AKAMAI_MCP_AUTH_JWKS_URL is not https.", advice="Keys that come in the clear can be exchanged on the way."
        )


def read_identity(claims: Mapping[str, Any], policy: JwtPolicy, now: float) -> Identity | None:
    """Whom verified claims name; None where they name nobody, never end, or have not begun."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip() or not subject.isprintable() or len(subject) > MAX_NAME:
        return None
    if not is_number(claims.get("exp")) or claims["exp"] <= now:
        return None
    if "nbf" in claims and not (is_number(claims["nbf"]) and claims["nbf"] <= now):
        return None
    customers = words(claims, policy.customers_claim) if policy.customers_claim else EVERYONE
    return Identity(name=f"jwt:{subject}", roles=words(claims, policy.roles_claim), customers=customers)


def words(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The words of a claim, a list or a text of words; a name with dots leads into objects unless it is a claim itself."""
    value: Any = claims.get(name)
    if value is None:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def is_number(value: Any) -> bool:
    """True for a number that is a time; JSON's true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
