"""The checks of `akamai-mcp doctor`: each takes the settings and yields findings with advice."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from akamai_mcp import __version__
from akamai_mcp.audit.events.trail import Trail
from akamai_mcp.audit.file import AuditFile, beside
from akamai_mcp.documents.location import locate, open_catalogue, user_cache_folder
from akamai_mcp.edgegrid.watched import exposure, file_stamp
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.schema import Json
from akamai_mcp.pipeline.transport.proxies import ADVICE, proxy_of
from akamai_mcp.pipeline.transport.transport import tls_context
from akamai_mcp.programs.interpreter import is_installed
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.settings import Settings

State = Literal["ok", "warning", "failure"]
Check = Callable[[Settings], Iterator["Finding"]]

LEAST_PYTHON: Final = (3, 11)
FASTMCP: Final = "4"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_PROBLEMS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of a check: its name, state, what was found, and advice if something is wrong."""

    check: str
    state: State
    found: str
    advice: str = ""

    def as_json(self) -> Json:
        """Return the finding as `--json` prints it."""
        return {name: value for name, value in asdict(self).items() if value}


def judge(check: str, found: str, *, wrong: bool, advice: str, state: State = "failure") -> Finding:
    """Create a finding: `ok`, or if it is wrong, `state` and the advice."""
    return Finding(check=check, state=state if wrong else "ok", found=found, advice=advice if wrong else "")


def failure_of(check: str, error: AkamaiMcpError) -> Finding:
    """Convert an error to a finding."""
    return Finding(check=check, state="failure", found=error.message, advice=error.advice)


def check_versions(_: Settings) -> Iterator[Finding]:
    """Check the versions of Python, this package and FastMCP."""
    old = sys.version_info[:2] < LEAST_PYTHON
    yield judge("python", sys.version.split()[0], wrong=old, advice="Use Python 3.11 or newer.")
    yield Finding(check="akamai-mcp", state="ok", found=__version__)
    try:
        found = version("fastmcp")
    except PackageNotFoundError:
        found = "not installed"
    other = found.partition(".")[0] != FASTMCP
    yield Finding(
        check="fastmcp",
        state="failure" if other else "ok",
        found=found,
        advice=f"Install FastMCP {FASTMCP}: nothing else was tried." if other else "",
    )


def check_documents(settings: Settings) -> Iterator[Finding]:
    """Check which documents are served, and which cannot be read. Raises SettingsError."""
    catalogue = open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())
    counts, problems = catalogue.counts(), catalogue.problems()
    further = f", {counts['fromClients']:,} more known only from clients" if counts["fromClients"] else ""
    found = f"{catalogue.source}: {counts['documents']} documents, {counts['documented']:,} operations{further}"
    none = not counts["operations"]
    advice = "There is nothing to serve: put OpenAPI documents into the folder, or unset AKAMAI_MCP_SPECS_DIR."
    yield judge("documents", found, wrong=none, advice=advice)
    for document, reason in problems[:MAX_PROBLEMS]:
        yield Finding(check="documents", state="warning", found=f"{document}: {reason}", advice="See `akamai-mcp specs check`.")
    if more := len(problems) - MAX_PROBLEMS:
        yield from _more(more)


def _more(count: int) -> Iterator[Finding]:
    if count > 0:
        yield Finding(check="documents", state="warning", found=f"{count} more problems", advice="See `akamai-mcp specs check`.")


def check_permissions(settings: Settings) -> Iterator[Finding]:
    """Check whether files with secrets are open to other users of this machine."""
    audit = settings.audit_file
    paths = (settings.edgerc.expanduser(), settings.customers_file, audit, beside(audit, ".key") if audit else None)
    for path in filter(None, paths):
        yield from find_exposure("permissions", path)


def find_exposure(check: str, path: Path) -> Iterator[Finding]:
    """Whether a file is open to other users; nothing of one that is not there."""
    if stamp := file_stamp(path):
        exposed = exposure(path.expanduser(), stamp)
        found = exposed.partition(":")[0] or f"{path} is private to its owner"
        yield judge(check, found, wrong=bool(exposed), advice=f"chmod 600 {path}", state="warning")


def check_folders(settings: Settings) -> Iterator[Finding]:
    """Check whether the configured folders can be used."""
    cache = settings.cache_dir or user_cache_folder()
    problem = _creation_problem(cache) or writing_problem(cache)
    advice = "The index is rebuilt at each start: set AKAMAI_MCP_CACHE_DIR to a folder that this user may write to."
    yield judge("cache folder", f"{cache}{problem}", wrong=bool(problem), advice=advice, state="warning")
    if folder := settings.downloads_dir:
        problem = writing_problem(folder)
        advice = "Create the folder of AKAMAI_MCP_DOWNLOADS_DIR, and let this user write to it."
        yield judge("download folder", f"{folder}{problem}", wrong=bool(problem), advice=advice)
    if folder := settings.files_dir:
        usable = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
        found = str(folder) if usable else f"{folder} cannot be read"
        advice = "Create the folder of AKAMAI_MCP_FILES_DIR, and let this user read it."
        yield judge("files folder", found, wrong=not usable, advice=advice)


def _creation_problem(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f" cannot be created ({error.strerror})"
    return ""


def writing_problem(folder: Path) -> str:
    """Say why a folder cannot be written; "" if it can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f" cannot be written ({error.strerror})"


def check_audit(settings: Settings) -> Iterator[Finding]:
    """Check whether attempts can be recorded."""
    # A missing file is not created: it would belong to this user instead of the server's.
    policy = settings.audit_policy()
    if policy.file is None:
        yield Finding(check="audit", state="ok", found="not configured")
        return
    problem = ""
    try:
        if policy.file.exists():
            AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep).check()
        else:
            problem = writing_problem(policy.file.parent)
    except OSError as error:
        problem = f" cannot be written ({error.strerror})"
    advice = "Changes will be refused: set AKAMAI_MCP_AUDIT_FILE to a writable regular file in an existing folder."
    yield judge("audit", f"{policy.file}{problem}", wrong=bool(problem), advice=advice)


def check_events(settings: Settings) -> Iterator[Finding]:
    """Check whether events can be sent, and how far they are. Raises SettingsError."""
    policy, audit = settings.event_policy(), settings.audit_policy()
    if policy is None or audit.file is None:
        return
    host = urlsplit(policy.url).hostname  # not the URL, which may hold a token
    try:
        waiting = Trail(AuditFile(audit.file, max_bytes=audit.max_bytes, keep=audit.keep)).waiting()
    except OSError as error:
        advice = "Let this user read the folder of AKAMAI_MCP_AUDIT_FILE."
        yield Finding(check="events", state="warning", found=f"{host}: position not read ({error.strerror})", advice=advice)
        return
    yield Finding(check="events", state="ok", found=f"{host}, {waiting:,} bytes of the audit trail still to be sent")


def check_way(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Check the proxy and the certificate authorities for connections to Akamai."""
    yield find_proxy(environment)
    names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environment.get(name)]
    trusted = ", ".join([*(f"{name}={environment[name]}" for name in names), *filter(None, [str(settings.ca_bundle or "")])])
    try:
        tls_context(settings.ca_bundle)
    except AkamaiMcpError as error:
        yield failure_of("certificates", error)
    except OSError as error:
        advice = f"Correct or unset {' and '.join(names) or 'the CA variables'}."
        yield Finding(check="certificates", state="failure", found=f"{trusted}: {error.strerror or error}", advice=advice)
    else:
        yield Finding(check="certificates", state="ok", found=trusted or "certifi's")


def find_proxy(environment: Mapping[str, str]) -> Finding:
    """Find the proxy that calls use, without its credentials."""
    proxy = proxy_of(environment)
    if proxy is None:
        return Finding(check="proxy", state="ok", found="none")
    found = f"{proxy.shown} ({proxy.source})"
    return judge("proxy", found, wrong=bool(proxy.problem), advice=f"{proxy.source} {proxy.problem}. {ADVICE}")


def check_programs(_: Settings) -> Iterator[Finding]:
    """Check whether agents can run programs."""
    missing = not is_installed()
    found = "akamai_query and akamai_run are not listed" if missing else "akamai_query, akamai_run, akamai-mcp run"
    yield judge("programs", found, wrong=missing, advice="Install the extra: akamai-mcp[programs].", state="warning")


def check_observation(settings: Settings) -> Iterator[Finding]:
    """Check whether metrics and traces have what they need."""
    if settings.measures:
        where = f"{settings.metrics_host}:{settings.metrics_port}" if settings.metrics_port else "collected"
        if find_spec("prometheus_client") is None:
            yield Finding(check="metrics", state="failure", found="no library", advice="Install the extra: akamai-mcp[metrics].")
        elif settings.metrics_port and settings.metrics_host not in LOOPBACK:
            advice = "Anybody who reaches that port sees customers' names and figures: restrict it to the scraper."
            yield Finding(check="metrics", state="warning", found=where, advice=advice)
        else:
            yield Finding(check="metrics", state="ok", found=where)
    if settings.traces:
        yield _find_traces()


def _find_traces() -> Finding:
    try:
        from akamai_mcp.server.observability.traces import check_variables  # 40 ms, and an optional dependency

        check_variables(os.environ)
    except ImportError:
        return Finding(check="traces", state="failure", found="no library", advice="Install the extra: akamai-mcp[otel].")
    except AkamaiMcpError as error:
        return failure_of("traces", error)
    return Finding(check="traces", state="ok", found=os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "the default collector"))


def check_redis(settings: Settings) -> Iterator[Finding]:
    """Check whether Redis can be reached, and fast enough. Raises SettingsError."""
    policy = settings.sharing_policy()
    if policy is None:
        return
    if find_spec("redis") is None or find_spec("cryptography") is None:
        yield Finding(check="redis", state="failure", found="no library", advice="Install the extra: akamai-mcp[redis].")
        return
    problem, seconds = asyncio.run(_reach_redis(policy))
    slow = seconds > policy.patience
    advice = "Start Redis, or correct AKAMAI_MCP_REDIS_URL: without it replicas share nothing, and after a while refuse changes."
    patience = f"Calls wait {policy.patience * 1000:.0f} ms for Redis and then go on without it: move it closer."
    yield Finding(
        check="redis",
        state="failure" if problem else "warning" if slow else "ok",
        found=problem or f"answers in {seconds * 1000:.1f} ms",
        advice=advice if problem else patience if slow else "",
    )


async def _reach_redis(policy: SharingPolicy) -> tuple[str, float]:
    """Return why Redis cannot be used ("" if it can), and the seconds of one round trip."""
    from akamai_mcp.replicas.connection import FAILURES, open_connection  # 60 ms, and an optional dependency
    from akamai_mcp.replicas.health import describe

    try:
        async with asyncio.timeout(policy.connect):
            connection = await open_connection(policy.url, time.monotonic)
            began = time.monotonic()
            await connection.do(("PING",))
            seconds = time.monotonic() - began
            await connection.aclose()
    except FAILURES as error:
        return f"not reached: {describe(error)}", 0.0
    return "", seconds


LOCAL_CHECKS: Final[tuple[Check, ...]] = (
    check_versions,
    check_documents,
    check_permissions,
    check_folders,
    check_audit,
    check_events,
    check_way,
    check_observation,
    check_redis,
    check_programs,
)
