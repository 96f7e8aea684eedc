"""The settings of a server for a team: how it is reached, who may call, how much. The rest is in `settings.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from akamai_mcp.access.callers import ANONYMOUS, LOCAL, NOBODY, Caller
from akamai_mcp.access.quotas import QuotaPolicy

if TYPE_CHECKING:
    from akamai_mcp.access.authentication import AuthPolicy, JwtPolicy
    from akamai_mcp.access.listening import ListenPolicy

# Signatures by a private key alone: with a shared secret every verifier could make tokens.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
Words = Annotated[tuple[str, ...], NoDecode]


class ServiceSettings(BaseSettings):
    """What a server over HTTP needs beside the settings of every server."""

    transport: Literal["stdio", "http", "sse"] = Field(
        "stdio", description="How clients connect: stdio, http (streamable) or sse (the older one); both have WebSocket at /ws."
    )
    bind: str = Field("127.0.0.1", description="The address to listen on; others than loopback need authentication.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on.")
    path: str = Field("", description="The path of MCP; /mcp for http and /sse for sse if unset.")
    allowed_hosts: Words = Field((), description="Host headers to take beside loopback and the address itself.")
    allowed_origins: Words = Field(
        (), description="Web origins whose pages may call, by Origin header and CORS; only its own if unset."
    )
    tls_cert: Path | None = Field(None, description="The certificate chain of the server as PEM; plain HTTP if unset.")
    tls_key: Path | None = Field(None, description="The private key of the certificate as PEM.")
    insecure: bool = Field(False, description="Listen on other addresses than loopback without authentication.")
    auth_tokens_file: Path | None = Field(None, description="A file of hashed bearer tokens, one name:hash:role,role a line.")
    auth_roles_file: Path | None = Field(None, description="A TOML file of roles beside reader, writer and admin.")
    auth_jwks_url: str = Field("", description="Where the keys of signed tokens (JWT) are fetched.")
    auth_public_key: Path | None = Field(None, description="The public key of signed tokens as PEM, instead of a URL.")
    auth_issuer: str = Field("", description="The issuer that signed tokens must name.")
    auth_audience: str = Field("", description="The audience that signed tokens must be for.")
    auth_algorithm: Algorithm = Field("RS256", description="The one algorithm by which tokens are signed.")
    auth_roles_claim: str = Field("roles", min_length=1, description="The claim that holds roles; dots lead into objects.")
    auth_customers_claim: str = Field("", description="The claim that holds customers as globs and narrows every role.")
    auth_servers: Words = Field((), description="Authorization servers that clients are told of, so that they can log in.")
    public_url: str = Field("", description="The URL under which clients reach this server, without the path of MCP.")
    caller_calls: int = Field(0, ge=0, description="Calls a minute for each caller; 0 is no bound.")
    caller_changes: int = Field(0, ge=0, description="Changes an hour for each caller; 0 is no bound.")
    caller_concurrency: int = Field(0, ge=0, description="Calls at once for each caller; 0 is no bound.")

    @field_validator("allowed_hosts", "allowed_origins", "auth_servers", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(word for part in value.split(",") if (word := part.strip())) if isinstance(value, str) else value

    def listen_policy(self) -> ListenPolicy:
        """Where the server listens and to whom."""
        from akamai_mcp.access.listening import ListenPolicy  # 4 ms: only a server over HTTP needs it

        return ListenPolicy(
            transport="sse" if self.transport == "sse" else "http",
            bind=self.bind,
            port=self.port,
            path=self.path,
            hosts=self.allowed_hosts,
            origins=self.allowed_origins,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            insecure=self.insecure,
        )

    def auth_policy(self) -> AuthPolicy:
        """How callers prove who they are."""
        from akamai_mcp.access.authentication import AuthPolicy  # the same

        return AuthPolicy(
            tokens_file=self.auth_tokens_file,
            roles_file=self.auth_roles_file,
            jwt=self._jwt_policy(),
            servers=self.auth_servers,
            public_url=self.public_url,
        )

    def quota_policy(self) -> QuotaPolicy:
        """How much one caller may do."""
        return QuotaPolicy(calls_a_minute=self.caller_calls, changes_an_hour=self.caller_changes, at_once=self.caller_concurrency)

    def unnamed_caller(self) -> Caller:
        """Whose calls those are that no border has named: nobody's where callers must prove who they are."""
        if self.transport == "stdio":
            return LOCAL
        return NOBODY if self.auth_policy().is_on else ANONYMOUS

    def _jwt_policy(self) -> JwtPolicy | None:
        from akamai_mcp.access.authentication import JwtPolicy  # the same

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
