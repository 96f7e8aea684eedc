"""The settings of a server over HTTP: address, authentication, quotas. All other settings are in `settings.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import Field, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticUseDefault
from pydantic_settings import BaseSettings, NoDecode

from akamai_mcp.access.callers import ANONYMOUS, LOCAL, NOBODY, Caller
from akamai_mcp.edgegrid.operator_files import whole_path

if TYPE_CHECKING:
    from akamai_mcp.access.authentication import AuthPolicy, JwtPolicy
    from akamai_mcp.access.listening import ListenPolicy
    from akamai_mcp.access.quotas import QuotaPolicy

# Asymmetric signatures only: with a shared secret, every verifier could issue tokens.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
Words = Annotated[tuple[str, ...], NoDecode]
# Marks a setting that restricts, protects or records calls: a variable with nearly its name stops the start.
SAFETY: Final[JsonDict] = {"safety": True}


class ServiceSettings(BaseSettings):
    """The settings of a server over HTTP, in addition to those of every server."""

    transport: Literal["stdio", "http", "sse"] = Field(
        "stdio",
        description="Transport: stdio, http (streamable HTTP) or sse (the older HTTP+SSE). http and sse add WebSocket at /ws.",
    )
    bind: str = Field("127.0.0.1", description="Address to listen on. Any address other than loopback requires authentication.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    path: str = Field("", description="Path of the MCP endpoint; by default /mcp for http and /sse for sse.")
    allowed_hosts: Words = Field((), description="Host header values to accept in addition to loopback and the bind address.")
    allowed_origins: Words = Field(
        (), description="Web origins that may call the server (Origin check and CORS); by default only its own."
    )
    trusted_proxies: Words = Field(
        ("127.0.0.1", "::1"),
        description="Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed.",
        json_schema_extra=SAFETY,
    )
    tls_cert: Path | None = Field(
        None,
        description="TLS certificate chain of the server (PEM). If unset, the server speaks plain HTTP.",
        json_schema_extra=SAFETY,
    )
    tls_key: Path | None = Field(None, description="Private key of the TLS certificate (PEM).", json_schema_extra=SAFETY)
    insecure: bool = Field(False, description="Allow a non-loopback address without authentication.")
    runs_go_on: bool = Field(
        False,
        description="Over HTTP, let paused programs go on by themselves when they are due, by the rules and roles of then.",
    )
    auth_tokens_file: Path | None = Field(
        None,
        description="File of hashed bearer tokens, one name:hash:role,role per line, and :YYYY-MM-DD for a last day.",
        json_schema_extra=SAFETY,
    )
    auth_roles_file: Path | None = Field(
        None, description="TOML file of roles in addition to reader, writer and admin.", json_schema_extra=SAFETY
    )
    auth_jwks_url: str = Field(
        "", description="URL of the JSON Web Key Set that verifies JWT bearer tokens.", json_schema_extra=SAFETY
    )
    auth_public_key: Path | None = Field(
        None,
        description="PEM file of the public key that verifies JWT bearer tokens, instead of a JWKS URL.",
        json_schema_extra=SAFETY,
    )
    auth_issuer: str = Field("", description="Issuer (iss) that JWT bearer tokens must name.", json_schema_extra=SAFETY)
    auth_audience: str = Field("", description="Audience (aud) that JWT bearer tokens must name.", json_schema_extra=SAFETY)
    auth_algorithm: Algorithm = Field("RS256", description="The only signature algorithm accepted for JWT bearer tokens.")
    auth_roles_claim: str = Field(
        "roles", min_length=1, description="JWT claim that lists the caller's roles; dots address nested objects."
    )
    auth_customers_claim: str = Field(
        "", description="JWT claim that lists customers as globs; it narrows every role.", json_schema_extra=SAFETY
    )
    auth_servers: Words = Field((), description="Authorization servers to advertise to clients for login (RFC 9728).")
    public_url: str = Field("", description="URL under which clients reach this server, without the MCP path.")
    header_timeout: float = Field(10.0, gt=0, le=600, description="Seconds until the header of an HTTP request must be complete.")
    request_timeout: float = Field(60.0, gt=0, le=3600, description="Seconds until the body of an HTTP request must be complete.")
    max_connections: int = Field(1000, ge=1, description="Concurrent connections to the HTTP server; further ones are closed.")
    caller_calls: int = Field(
        0, ge=0, description="Calls per minute for each caller; 0 means no limit.", json_schema_extra=SAFETY
    )
    caller_changes: int = Field(
        0, ge=0, description="Changes per hour for each caller; 0 means no limit.", json_schema_extra=SAFETY
    )
    caller_concurrency: int = Field(
        0, ge=0, description="Concurrent calls for each caller; 0 means no limit.", json_schema_extra=SAFETY
    )

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: Any, info: ValidationInfo) -> Any:
        """Ignore blanks around a value and the case of a choice; a blank value is an unset one."""
        if not isinstance(value, str) or not value:
            return value
        if not (text := value.strip()):
            raise PydanticUseDefault
        kind = cls.model_fields[str(info.field_name)].annotation
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        return next((choice for choice in choices if choice.casefold() == text.casefold()), text)

    @field_validator("*")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        return whole_path(value) if isinstance(value, Path) else value

    @field_validator("allowed_hosts", "allowed_origins", "trusted_proxies", "auth_servers", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(word for part in value.split(",") if (word := part.strip())) if isinstance(value, str) else value

    def listen_policy(self) -> ListenPolicy:
        """Address, TLS files, and the hosts and origins to accept."""
        from akamai_mcp.access.listening import ConnectionBounds, ListenPolicy  # 4 ms, and only a server over HTTP needs it

        return ListenPolicy(
            transport="sse" if self.transport == "sse" else "http",
            bind=self.bind,
            port=self.port,
            path=self.path,
            hosts=self.allowed_hosts,
            origins=self.allowed_origins,
            proxies=self.trusted_proxies,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            insecure=self.insecure,
            bounds=ConnectionBounds(
                header_seconds=self.header_timeout, body_seconds=self.request_timeout, connections=self.max_connections
            ),
        )

    def auth_policy(self) -> AuthPolicy:
        """How callers authenticate."""
        from akamai_mcp.access.authentication import AuthPolicy  # 4 ms, as above

        return AuthPolicy(
            tokens_file=self.auth_tokens_file,
            roles_file=self.auth_roles_file,
            jwt=self._jwt_policy(),
            servers=self.auth_servers,
            public_url=self.public_url,
        )

    def quota_policy(self) -> QuotaPolicy:
        """The quotas of each caller."""
        from akamai_mcp.access.quotas import QuotaPolicy  # 1 ms: a command needs no quotas

        return QuotaPolicy(calls_a_minute=self.caller_calls, changes_an_hour=self.caller_changes, at_once=self.caller_concurrency)

    def unnamed_caller(self) -> Caller:
        """The caller of a request that no middleware has authenticated: nobody, if authentication is on."""
        if self.transport == "stdio":
            return LOCAL
        return NOBODY if self.auth_policy().is_on else ANONYMOUS

    def _jwt_policy(self) -> JwtPolicy | None:
        from akamai_mcp.access.authentication import JwtPolicy  # 4 ms, as above

        if not (self.auth_jwks_url or self.auth_public_key or self.auth_issuer or self.auth_audience):
            return None
        return JwtPolicy(
            issuer=self.auth_issuer,
            audience=self.auth_audience,
            jwks_url=self.auth_jwks_url,
            public_key=self.auth_public_key,
            algorithm=self.auth_algorithm,
            roles_claim=self.auth_roles_claim,
            customers_claim=self.auth_customers_claim,
        )
