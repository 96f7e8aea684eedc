"""Every setting: an environment variable `AKAMAI_MCP_<NAME>` with its type, default and description."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.audit.line import DEFAULT_BYTES, DEFAULT_KEEP, AuditPolicy
from akamai_mcp.edgegrid.secret_files import ADVICE, SUFFIX, SecretFileError, read_variable
from akamai_mcp.errors import SettingsError
from akamai_mcp.service_settings import SAFETY, ServiceSettings

# A command that calls nobody, such as `operations list`, reads its settings without the rooms that policies belong to: 40 ms.
if TYPE_CHECKING:
    from akamai_mcp.access.consent.confirmation import ConfirmationPolicy
    from akamai_mcp.access.policy import Rules
    from akamai_mcp.audit.events.delivery import EventPolicy
    from akamai_mcp.contract.checker import CheckPolicy
    from akamai_mcp.edgegrid.credentials import CredentialsSource
    from akamai_mcp.edgegrid.customers import Customers
    from akamai_mcp.inventory.policy import InventoryPolicy
    from akamai_mcp.pipeline.stack import PipelinePolicies
    from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
    from akamai_mcp.pipeline.transport.transport import TransportPolicy
    from akamai_mcp.programs.policy import ProgramPolicy
    from akamai_mcp.replicas.policy import SharingPolicy
    from akamai_mcp.request.files import FilePolicy
    from akamai_mcp.runs.record import RunPolicy
    from akamai_mcp.sandbox.habits.habits import Habits
    from akamai_mcp.setting_names import UnknownName

MIN_KEY = 32

Loaded = TypeVar("Loaded", bound="Settings")


class Settings(ServiceSettings):
    """The settings of one server, read from the environment; the command line overrides them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    edgerc: Path = Field(Path("~/.edgerc"), description="EdgeGrid credentials file.", json_schema_extra=SAFETY)
    section: str = Field(
        "default", description="Section of the credentials file for calls that name no customer.", json_schema_extra=SAFETY
    )
    customers_file: Path | None = Field(
        None, description="TOML file of named customers and their rules.", json_schema_extra=SAFETY
    )
    customer: str | None = Field(
        None, description="Customer for calls that name none; by default the section.", json_schema_extra=SAFETY
    )
    specs_dir: Path | None = Field(None, description="Folder of OpenAPI documents to serve instead of the embedded ones.")
    cache_dir: Path | None = Field(None, description="Folder for the prepared index; by default the user's cache folder.")
    tools: Annotated[tuple[str, ...], NoDecode] = Field(
        ("discover",),
        description="Tools that tools/list shows: discover (the fixed tools), all, or products such as papi,ccu in addition.",
    )
    read_only: bool = Field(
        False, description="List and send only calls that change nothing. Overrides every other rule.", json_schema_extra=SAFETY
    )
    allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Products, operations or paths that calls may use, as comma-separated globs; by default all of them.",
        json_schema_extra=SAFETY,
    )
    deny: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Products, operations or paths that calls must not use, as comma-separated globs. Overrides allow.",
        json_schema_extra=SAFETY,
    )
    confirm_by: Literal["auto", "dialog", "token"] = Field(
        "auto",
        description="How a call is confirmed: dialog (the client asks its user), token (the agent brings the token of the "
        "refusal), auto (a dialog if the client has one).",
        json_schema_extra=SAFETY,
    )
    confirm: Literal["destructive", "writes", "never"] = Field(
        "destructive",
        description="Calls that need confirmation: destructive (and those that return credentials), writes as well, or never.",
        json_schema_extra=SAFETY,
    )
    validation: Literal["advise", "strict"] = Field(
        "advise",
        description="advise: send the call and explain a 4xx. strict: refuse what the published schema does not allow.",
        json_schema_extra=SAFETY,
    )
    check_answers: Literal["off", "sample", "all"] = Field(
        "off",
        description="Compare Akamai's answers with the documents, beside the calls: all of them, or a sample (one in 20 of each "
        "operation). `akamai-mcp specs drift` shows what differs.",
    )
    drift_file: Path | None = Field(
        None, description="File for the differences that were found; by default in the user's state folder."
    )
    files_dir: Path | None = Field(None, description="Folder from which request bodies may be read; if unset, no file is read.")
    downloads_dir: Path | None = Field(None, description="Folder for large downloads; if unset, no file is saved.")
    ca_bundle: Path | None = Field(None, description="PEM file of certificate authorities to trust in addition.")
    connect_timeout: float = Field(10.0, gt=0, le=600, description="Seconds to wait for a connection.")
    timeout: float = Field(60.0, gt=0, le=3600, description="Seconds to wait for the next part of a response.")
    total_timeout: float = Field(120.0, gt=0, le=3600, description="Seconds for one attempt in total.")
    max_response_bytes: int = Field(16 * 1024 * 1024, gt=0, description="Largest response to read into memory, in bytes.")
    cache: bool = Field(True, description="Cache responses to reads, separately for each customer.")
    cache_seconds: float = Field(60.0, ge=0, description="Seconds to cache ordinary reads.")
    cache_reference_seconds: float = Field(4 * 3600.0, ge=0, description="Seconds to cache reference data.")
    cache_max_bytes: int = Field(64 * 1024 * 1024, ge=0, description="Maximum size of the in-memory cache, in bytes.")
    retries: int = Field(3, ge=0, le=10, description="Maximum number of retries of a call that is safe to repeat.")
    deadline: float = Field(180.0, gt=0, description="Seconds for a call with all its attempts.")
    rate: float = Field(1000.0, gt=0, description="Calls per second for each customer and API.")
    concurrency: int = Field(32, ge=1, description="Concurrent calls for each customer and API.")
    program_calls: int = Field(500, ge=1, le=10_000, description="Calls that one program may make.")
    program_concurrency: int = Field(16, ge=1, le=64, description="Concurrent calls of one program.")
    program_seconds: float = Field(120.0, gt=0, le=3600, description="Seconds for one program.")
    program_processor_seconds: float = Field(10.0, gt=0, le=600, description="Processor seconds for one program.")
    program_memory_bytes: int = Field(
        128 * 1024 * 1024, ge=16 * 1024 * 1024, description="Memory of one program, in bytes, in a process of its own."
    )
    program_source_bytes: int = Field(64 * 1024, ge=1024, le=1024 * 1024, description="Longest program, in bytes.")
    programs_dir: Path | None = Field(None, description="Folder of a team's own programs; one may replace one of the library.")
    plugins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Plugins to load, by the names of their entry points. Their tools are not bound by the rules."
    )
    mount: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other MCP servers to mount, as name=https://host/mcp. Their tools are not bound by the rules."
    )
    programs_at_once: int = Field(8, ge=1, le=64, description="Programs that run at once; others wait for their turn.")
    inventory: Literal["disk", "memory", "off"] = Field(
        "disk",
        description="Where akamai_find keeps what it knows of an account: disk (a file in the cache folder that only its user "
        "may read), memory, or off, which takes the tool away.",
    )
    inventory_seconds: float = Field(3600.0, ge=0, description="Seconds after which akamai_find reads a list again.")
    runs_dir: Path | None = Field(
        None,
        description="Folder where programs that change something are kept for 7 days; by default the user's state folder.",
    )
    runs_key: SecretStr | None = Field(
        None, description="Secret that seals kept programs, 32 characters or more; by default a key file in their folder."
    )
    keep_before: bool = Field(
        False, description="Keep each resource as it was before and after a change of a program, so that @undo can bring it back."
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis URL that connects several replicas: redis://, rediss:// or unix://."
    )
    shared_key: SecretStr | None = Field(
        None, description="Secret key that all replicas have in common, 32 characters or more. Required with Redis."
    )
    audit_file: Path | None = Field(
        None, description="Audit trail: a file that gets one line for each attempt to change something.", json_schema_extra=SAFETY
    )
    audit_required: bool = Field(
        True, description="Refuse changes while the audit file cannot be written.", json_schema_extra=SAFETY
    )
    audit_max_bytes: int = Field(DEFAULT_BYTES, ge=64 * 1024, description="Size at which the audit file is rotated, in bytes.")
    audit_keep: int = Field(DEFAULT_KEEP, ge=1, le=1000, description="Number of rotated audit files to keep.")
    events_url: SecretStr | None = Field(
        None, description="URL that gets each line of the audit trail as a signed CloudEvent; https. Requires the audit file."
    )
    events_secret: SecretStr | None = Field(
        None, description="Secret that signs events, 32 characters or more. Required with the URL."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Lowest level of messages to log on stderr."
    )
    log_format: Literal["console", "json"] = Field("console", description="Format of log lines: console or json.")
    metrics: bool = Field(False, description="Collect Prometheus metrics. Requires the extra `metrics`.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Separate port for /metrics, with any transport. Turns metrics on."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of the separate metrics port.")
    traces: bool = Field(
        False, description="Send OpenTelemetry spans to the collector that the OTEL_ variables name. Requires the extra `otel`."
    )

    sandbox_habits: Annotated[tuple[str, ...], NoDecode] = Field(
        ("all",),
        description="Habits of the live API that the fake account of `demo` and `sandbox` has: all, none, or their names "
        "and figures, such as account,work,properties=60.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment alone, and only if it sets something: each source looks at every field, which takes 2 ms."""
        is_set = any(name.upper().startswith(PREFIX) for name in os.environ)
        return (init_settings, env_settings) if is_set else (init_settings,)

    @field_validator("tools", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip()) or ("discover",)
        return value

    @field_validator("allow", "deny", "sandbox_habits", "plugins", "mount", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return tuple(rule for part in value.split(",") if (rule := part.strip())) if isinstance(value, str) else value

    @property
    def logs_calls(self) -> bool:
        """Whether each call is logged."""
        return self.log_level in {"debug", "info"}

    @property
    def measures(self) -> bool:
        """Whether metrics are collected."""
        return self.metrics or self.metrics_port is not None

    @property
    def is_watched(self) -> bool:
        """Whether the call log, metrics or traces are on. If none is, calls leave no record."""
        return self.logs_calls or self.measures or self.traces

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("shared_key", "runs_key", "events_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < MIN_KEY:
            raise ValueError(f"it has fewer than {MIN_KEY} characters")
        return value

    @field_validator("events_url")
    @classmethod
    def _https(cls, value: SecretStr | None) -> SecretStr | None:
        from akamai_mcp.access.listening import is_loopback  # 4 ms, and few servers send events

        try:
            parts = urlsplit(value.get_secret_value()) if value else None
            usable = parts is None or (
                parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)))
            )
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("it must be a URL with https://, or http:// to this machine")
        return value

    def credentials_source(self, environment: Mapping[str, str] | None = None) -> CredentialsSource:
        """Where credentials are read from."""
        from akamai_mcp.edgegrid.credentials import CredentialsSource  # 3 ms

        return CredentialsSource(edgerc=self.edgerc.expanduser(), environment=os.environ if environment is None else environment)

    def customers(self, environment: Mapping[str, str] | None = None) -> Customers:
        """The customers that calls may act for."""
        from akamai_mcp.edgegrid.customers import Customers  # 7 ms

        return Customers(
            self.credentials_source(environment), self.customer or self.section, file=self.customers_file, section=self.section
        )

    def transport_policy(self) -> TransportPolicy:
        """Timeouts, size limits and trusted authorities of the transport."""
        from akamai_mcp.pipeline.transport.transport import TransportPolicy  # 12 ms

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
        from akamai_mcp.pipeline.cache import CachePolicy  # 40 ms for the four
        from akamai_mcp.pipeline.limits import LimitPolicy
        from akamai_mcp.pipeline.retry import RetryPolicy
        from akamai_mcp.pipeline.stack import PipelinePolicies

        return PipelinePolicies(
            cache=CachePolicy(
                enabled=self.cache,
                ordinary_seconds=self.cache_seconds,
                reference_seconds=self.cache_reference_seconds,
                max_bytes=self.cache_max_bytes,
            ),
            retry=RetryPolicy(attempts=self.retries + 1, deadline=self.deadline),
            limits=LimitPolicy(rate=self.rate, burst=self.rate, concurrent=self.concurrency),
        )

    def drift_path(self) -> Path:
        """The file of differences between answers and documents."""
        from akamai_mcp.contract.drift_file import NAME  # 2 ms: only where answers are checked
        from akamai_mcp.documents.location import user_state_folder  # 15 ms

        return self.drift_file or user_state_folder() / NAME

    def check_policy(self) -> CheckPolicy | None:
        """Which answers are compared with the documents; None for none."""
        from akamai_mcp.contract.checker import CheckPolicy  # with the rooms that policies belong to

        return None if self.check_answers == "off" else CheckPolicy(mode=self.check_answers, file=self.drift_path())

    def program_policy(self) -> ProgramPolicy:
        """The bounds of programs."""
        from akamai_mcp.programs.policy import ProgramPolicy  # as above

        return ProgramPolicy(
            calls=self.program_calls,
            at_once=self.program_concurrency,
            seconds=self.program_seconds,
            processor_seconds=self.program_processor_seconds,
            memory=self.program_memory_bytes,
            source=self.program_source_bytes,
            places=self.programs_at_once,
        )

    def inventory_policy(self) -> InventoryPolicy:
        """Where the inventory is kept, sealed if there is a key, and how old it may be."""
        from akamai_mcp.documents.location import user_cache_folder  # 15 ms
        from akamai_mcp.inventory.policy import InventoryPolicy

        return InventoryPolicy(
            folder=(self.cache_dir or user_cache_folder()) if self.inventory == "disk" else None,
            key=self.shared_key.get_secret_value().encode() if self.shared_key else None,
            fresh=self.inventory_seconds,
        )

    def run_policy(self, default_folder: Callable[[], Path]) -> RunPolicy:
        """Where runs are kept."""
        from akamai_mcp.runs.record import RunPolicy  # 1 ms: only programs need it

        return RunPolicy(
            folder=self.runs_dir or default_folder() / "runs",
            key=self.runs_key.get_secret_value().encode() if self.runs_key else None,
            keep_before=self.keep_before,
        )

    def sharing_policy(self) -> SharingPolicy | None:
        """How replicas are connected; None for a single server. Raises SettingsError."""
        from akamai_mcp.replicas.policy import SharingPolicy  # 1 ms: only replicas need it

        if self.redis_url is None:
            return None
        if self.shared_key is None:
            raise SettingsError(
                f"{PREFIX}REDIS_URL is set and {PREFIX}SHARED_KEY is not.",
                advice="Give all replicas the same random key; `openssl rand -hex 32` makes one.",
            )
        return SharingPolicy(
            url=self.redis_url.get_secret_value(),
            key=self.shared_key.get_secret_value().encode(),
            longest_call=self.deadline + self.total_timeout,
        )

    def confirmation_policy(self) -> ConfirmationPolicy:
        """The calls that need confirmation."""
        from akamai_mcp.access.consent.confirmation import ConfirmationPolicy  # 4 ms

        return ConfirmationPolicy(mode=self.confirm)

    def access_rules(self) -> Rules:
        """The rules that hold for every customer."""
        from akamai_mcp.access.policy import Rules  # with the rooms that policies belong to

        return Rules(source="this server", read_only=self.read_only, allow=self.allow, deny=self.deny)

    def audit_policy(self) -> AuditPolicy:
        """Where the audit trail is written, and whether changes require it."""
        return AuditPolicy(
            file=self.audit_file, required=self.audit_required, max_bytes=self.audit_max_bytes, keep=self.audit_keep
        )

    def event_policy(self) -> EventPolicy | None:
        """Where events are sent; None for nowhere. Raises SettingsError."""
        if self.events_url is None:
            return None
        if self.audit_file is None:
            raise SettingsError(
                f"{PREFIX}EVENTS_URL is set and {PREFIX}AUDIT_FILE is not.",
                advice=f"Events are sent from the audit trail: set {PREFIX}AUDIT_FILE to a file.",
            )
        if self.events_secret is None:
            raise SettingsError(
                f"{PREFIX}EVENTS_URL is set and {PREFIX}EVENTS_SECRET is not.",
                advice="Give server and receiver the same random secret; `openssl rand -hex 32` makes one.",
            )
        from akamai_mcp.audit.events.delivery import EventPolicy  # 3 ms, and few servers send events

        return EventPolicy(url=self.events_url.get_secret_value(), secret=self.events_secret.get_secret_value().encode())

    def download_policy(self) -> DownloadPolicy:
        """Where large downloads are saved."""
        from akamai_mcp.pipeline.transport.downloads import DownloadPolicy  # 2 ms

        return DownloadPolicy(folder=self.downloads_dir)

    def habits(self) -> Habits:
        """The habits of the sandbox. Raises SettingsError."""
        from akamai_mcp.sandbox.habits.habits import read_habits  # 1 ms: only the demo has a sandbox

        try:
            return read_habits(self.sandbox_habits)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}SANDBOX_HABITS is not usable: {error}", advice="See docs/configuration.md.") from None

    def file_policy(self) -> FilePolicy:
        """Which files request bodies may be read from."""
        from akamai_mcp.request.files import FilePolicy  # 1 ms

        return FilePolicy(folder=self.files_dir)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; overrides win. Raises SettingsError with the variable and the reason."""
    return load_as(Settings, {name: value for name, value in overrides.items() if value is not None})


def load_own_settings() -> Settings:
    """Read the settings of a command, which acts for its own user whatever transport the server has. Raises SettingsError."""
    return load_settings(transport="stdio")


def load_as(kind: type[Loaded], overrides: Mapping[str, Any]) -> Loaded:
    """Read settings of one class. Raises SettingsError with the variable and the reason."""
    _refuse_mistyped_safety(kind)
    try:
        return kind(**{**_from_files(kind, os.environ), **overrides})
    except SecretFileError as error:
        raise SettingsError(str(error), advice=ADVICE) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "A setting"
        raise SettingsError(f"{name} is not usable: {first['msg']}.", advice="See .env.example for every setting.") from None


def misnamed(kind: type[Settings] = Settings, environment: Mapping[str, str] | None = None) -> tuple[UnknownName, ...]:
    """The variables that look like settings and are none."""
    from akamai_mcp.setting_names import unknown_names  # difflib takes 4 ms

    known = {PREFIX + name.upper(): field.json_schema_extra is SAFETY for name, field in kind.model_fields.items()}
    known |= {PREFIX + name.upper() + SUFFIX: False for name in _secret_names(kind)}
    return tuple(unknown_names(os.environ if environment is None else environment, known))


def _refuse_mistyped_safety(kind: type[Settings]) -> None:
    """Check that no variable is a mistyped safety setting, which would leave a server less safe than its operator thinks."""
    if wrong := next((name for name in misnamed(kind) if name.safety), None):
        raise SettingsError(str(wrong), advice="Correct the name, or unset the variable.")


def _secret_names(kind: type[Settings]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if field.annotation in {SecretStr, SecretStr | None}]


def _from_files(kind: type[Settings], environment: Mapping[str, str]) -> dict[str, str]:
    """The values of secret settings whose variable with `_FILE` names a file; only settings of type SecretStr have one."""
    found = {name: read_variable(environment, PREFIX + name.upper()) for name in _secret_names(kind)}
    return {name: value for name, value in found.items() if value is not None}
