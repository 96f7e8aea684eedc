"""Every setting: an environment variable `AKAMAI_MCP_<NAME>`, its type, its default and one line about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from akamai_mcp.access.confirmation import ConfirmationPolicy, ConfirmMode
from akamai_mcp.access.policy import Rules
from akamai_mcp.audit.line import DEFAULT_BYTES, DEFAULT_KEEP, AuditPolicy
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.edgegrid.secret_files import ADVICE, SecretFileError, read_variable
from akamai_mcp.errors import SettingsError
from akamai_mcp.pipeline.cache import CachePolicy
from akamai_mcp.pipeline.limits import LimitPolicy
from akamai_mcp.pipeline.retry import RetryPolicy
from akamai_mcp.pipeline.stack import PipelinePolicies
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.transport import TransportPolicy
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.service_settings import ServiceSettings

PREFIX = "AKAMAI_MCP_"
MIN_KEY = 32

Loaded = TypeVar("Loaded", bound="Settings")


class Settings(ServiceSettings):
    """The settings of one server, read from the environment; the command line overrides them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    edgerc: Path = Field(Path("~/.edgerc"), description="The credentials file.")
    section: str = Field("default", description="The section of the credentials file to use when a call names none.")
    customers_file: Path | None = Field(None, description="A TOML file of named customers with their rules; none if unset.")
    customer: str | None = Field(None, description="The customer of calls that name none; the section if unset.")
    specs_dir: Path | None = Field(None, description="A folder of OpenAPI documents to serve instead of the embedded ones.")
    cache_dir: Path | None = Field(None, description="Where prepared indexes are kept; the user's cache folder if unset.")
    tools: Annotated[tuple[str, ...], NoDecode] = Field(
        ("discover",),
        description="What tools/list shows: discover (fixed tools only), all, or products such as papi,ccu beside them.",
    )
    read_only: bool = Field(False, description="Neither list nor send anything that changes something; beats every other rule.")
    allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Products, operations or paths that may be called, as globs separated by commas; everything if unset."
    )
    deny: Annotated[tuple[str, ...], NoDecode] = Field((), description="The same for what may not be called; wins over allow.")
    confirm: ConfirmMode = Field(
        "destructive", description="Which calls ask first: destructive (and those that show credentials), writes too, or never."
    )
    validation: Literal["advise", "strict"] = Field(
        "advise", description="advise: send and explain a refusal; strict: refuse what the published schema refuses."
    )
    files_dir: Path | None = Field(None, description="The folder from which request bodies may be read; none if unset.")
    downloads_dir: Path | None = Field(None, description="The folder that large files are saved to; none are if unset.")
    ca_bundle: Path | None = Field(None, description="A PEM file of further certificate authorities to trust.")
    connect_timeout: float = Field(10.0, gt=0, le=600, description="Seconds to wait for a connection.")
    timeout: float = Field(60.0, gt=0, le=3600, description="Seconds to wait for more of an answer.")
    total_timeout: float = Field(120.0, gt=0, le=3600, description="Seconds that one attempt may take in all.")
    max_response_bytes: int = Field(16 * 1024 * 1024, gt=0, description="The largest answer that is read into memory, in bytes.")
    cache: bool = Field(True, description="Keep answers of reads, each for its own customer.")
    cache_seconds: float = Field(60.0, ge=0, description="Seconds for which ordinary reads are kept.")
    cache_reference_seconds: float = Field(4 * 3600.0, ge=0, description="Seconds for which reference data is kept.")
    cache_max_bytes: int = Field(64 * 1024 * 1024, ge=0, description="The size of the cache in memory, in bytes.")
    retries: int = Field(3, ge=0, le=10, description="How often a call that may be repeated is sent again.")
    deadline: float = Field(180.0, gt=0, description="Seconds that a call may take with all its attempts.")
    rate: float = Field(1000.0, gt=0, description="Calls a second for each customer and API.")
    concurrency: int = Field(32, ge=1, description="Calls at once for each customer and API.")
    redis_url: SecretStr | None = Field(
        None, description="The Redis through which several replicas share: redis://, rediss:// or unix://; none if unset."
    )
    shared_key: SecretStr | None = Field(
        None, description="The key of what replicas share, the same for all: 32 characters or more; needed with Redis."
    )
    audit_file: Path | None = Field(None, description="The file that gets a line for each attempt to change something.")
    audit_required: bool = Field(True, description="Refuse changes that the audit file, where there is one, cannot be told of.")
    audit_max_bytes: int = Field(
        DEFAULT_BYTES, ge=64 * 1024, description="The size at which the audit file is rotated, in bytes."
    )
    audit_keep: int = Field(DEFAULT_KEEP, ge=1, le=1000, description="How many older audit files are kept.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("warning", description="What is logged to stderr.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines are written.")
    metrics: bool = Field(False, description="Collect metrics for Prometheus; needs the extra `metrics`.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="A port of its own for /metrics, on any transport; collects metrics too."
    )
    metrics_host: str = Field("127.0.0.1", description="The address that the port of its own listens on.")
    traces: bool = Field(
        False, description="Send spans to the OpenTelemetry collector that the OTEL_ variables name; needs the extra `otel`."
    )

    @field_validator("tools", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip()) or ("discover",)
        return value

    @field_validator("allow", "deny", mode="before")
    @classmethod
    def _rules(cls, value: Any) -> Any:
        return tuple(rule for part in value.split(",") if (rule := part.strip())) if isinstance(value, str) else value

    @property
    def logs_calls(self) -> bool:
        """Whether each call gets a line in the log."""
        return self.log_level in {"debug", "info"}

    @property
    def measures(self) -> bool:
        """Whether metrics are collected."""
        return self.metrics or self.metrics_port is not None

    @property
    def is_watched(self) -> bool:
        """Whether anybody listens to calls; where nobody does, they leave no record."""
        return self.logs_calls or self.measures or self.traces

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it begins with redis://, rediss:// or unix://")
        return value

    @field_validator("shared_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < MIN_KEY:
            raise ValueError(f"it has fewer than {MIN_KEY} characters")
        return value

    def credentials_source(self, environment: Mapping[str, str] | None = None) -> CredentialsSource:
        """Where credentials are looked up."""
        return CredentialsSource(edgerc=self.edgerc.expanduser(), environment=os.environ if environment is None else environment)

    def customers(self, environment: Mapping[str, str] | None = None) -> Customers:
        """Whom calls may act for."""
        return Customers(
            self.credentials_source(environment), self.customer or self.section, file=self.customers_file, section=self.section
        )

    def transport_policy(self) -> TransportPolicy:
        """Timeouts, sizes and trust of the transport."""
        return TransportPolicy(
            connect_timeout=self.connect_timeout,
            read_timeout=self.timeout,
            total_timeout=self.total_timeout,
            max_response_bytes=self.max_response_bytes,
            downloads=self.download_policy(),
            ca_bundle=self.ca_bundle,
        )

    def pipeline_policies(self) -> PipelinePolicies:
        """Cache, retry, circuit breaker and limits."""
        return PipelinePolicies(
            cache=CachePolicy(
                enabled=self.cache,
                minutes=self.cache_seconds,
                hours=self.cache_reference_seconds,
                max_bytes=self.cache_max_bytes,
            ),
            retry=RetryPolicy(attempts=self.retries + 1, deadline=self.deadline),
            limits=LimitPolicy(rate=self.rate, burst=self.rate, concurrent=self.concurrency),
        )

    def sharing_policy(self) -> SharingPolicy | None:
        """Where and how replicas share; None where there is one. Raises SettingsError."""
        if self.redis_url is None:
            return None
        if self.shared_key is None:
            raise SettingsError(
                f"{PREFIX}REDIS_URL is set and {PREFIX}SHARED_KEY is not.",
                advice="Give all replicas the same random key, such as `openssl rand -hex 32` writes.",
            )
        return SharingPolicy(
            url=self.redis_url.get_secret_value(),
            key=self.shared_key.get_secret_value().encode(),
            longest_call=self.deadline + self.total_timeout,
        )

    def confirmation_policy(self) -> ConfirmationPolicy:
        """Which calls need a confirmation."""
        return ConfirmationPolicy(mode=self.confirm)

    def access_rules(self) -> Rules:
        """What the server may do for any customer."""
        return Rules(source="this server", read_only=self.read_only, allow=self.allow, deny=self.deny)

    def audit_policy(self) -> AuditPolicy:
        """Where attempts to change something are written down."""
        return AuditPolicy(
            file=self.audit_file, required=self.audit_required, max_bytes=self.audit_max_bytes, keep=self.audit_keep
        )

    def download_policy(self) -> DownloadPolicy:
        """Where large files are saved."""
        return DownloadPolicy(folder=self.downloads_dir)

    def file_policy(self) -> FilePolicy:
        """Which files bodies may come from."""
        return FilePolicy(folder=self.files_dir)


def load_settings(**overrides: Any) -> Settings:
    """The settings from the environment and the given overrides. Raises SettingsError naming variable and reason."""
    return load_as(Settings, {name: value for name, value in overrides.items() if value is not None})


def load_as(kind: type[Loaded], overrides: Mapping[str, Any]) -> Loaded:
    """The settings of one kind. Raises SettingsError naming variable and reason."""
    try:
        return kind(**{**_from_files(kind, os.environ), **overrides})
    except SecretFileError as error:
        raise SettingsError(str(error), advice=ADVICE) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise SettingsError(f"{name} is not usable: {first['msg']}.", advice="See .env.example for every setting.") from None


def _from_files(kind: type[Settings], environment: Mapping[str, str]) -> dict[str, str]:
    """The secret settings that files hold: those of the type SecretStr, and no path that could be taken for one."""
    secret = [name for name, field in kind.model_fields.items() if field.annotation in {SecretStr, SecretStr | None}]
    found = {name: read_variable(environment, PREFIX + name.upper()) for name in secret}
    return {name: value for name, value in found.items() if value is not None}
