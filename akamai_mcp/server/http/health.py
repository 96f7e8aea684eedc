"""Liveness and readiness, for probes without authentication."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from akamai_mcp.logs import get_logger

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts

State = Literal["ok", "warning", "failure"]
OPEN_DETAIL: Final = "calls of some APIs are paused"
STALE_DETAIL: Final = "changed documents are faulty; the former ones are served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check; `detail` names no customer, file or host, since anybody may read it."""

    name: str
    state: State
    detail: str = ""


Check = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """All findings; the server is ready unless one of them is a failure."""

    findings: tuple[Finding, ...]

    @property
    def is_ready(self) -> bool:
        """Whether a load balancer should send calls here."""
        return all(finding.state != "failure" for finding in self.findings)

    def as_json(self) -> dict[str, object]:
        """Return the findings by name."""
        shown = {f.name: {"state": f.state} | ({"detail": f.detail} if f.detail else {}) for f in self.findings}
        return {"ready": self.is_ready, "checks": shown}


async def look(checks: Iterable[Check]) -> Readiness:
    """Run every check; a check that raises is a failure."""
    return Readiness(findings=tuple([await _find(check) for check in checks]))


def standard_checks(parts: Parts) -> tuple[Check, ...]:
    """The checks of documents, credentials and circuits, and of Redis if there are replicas."""

    async def documents() -> Finding:
        count = len(parts.catalogue)
        stale = count and parts.catalogue.editions.refused
        state: State = "warning" if stale else "ok" if count else "failure"
        return Finding(name="documents", state=state, detail=STALE_DETAIL if stale else f"{count} operations")

    async def credentials() -> Finding:
        named, usable = len(parts.all_customers.names), len(parts.all_customers.usable())
        state: State = "failure" if not usable else "ok" if named == usable else "warning"
        return Finding(name="credentials", state=state, detail=f"{usable} of {named} customers usable")

    async def circuits() -> Finding:
        broken = bool(parts.pipeline.breaker.open_circuits())
        return Finding(name="circuits", state="warning" if broken else "ok", detail=OPEN_DETAIL if broken else "")

    async def redis() -> Finding:
        assert parts.replicas is not None
        health = parts.replicas.health()
        return Finding(name="redis", state="ok" if health.is_well else "warning", detail=health.detail)

    return (documents, credentials, circuits, redis) if parts.replicas else (documents, credentials, circuits)


async def _find(check: Check) -> Finding:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - one check must not break the response
        name = getattr(check, "__name__", "check")
        get_logger().warning("health check failed", check=name, error=type(error).__name__)
        return Finding(name=name, state="failure", detail="the check failed")
