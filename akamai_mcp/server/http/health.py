"""What a machine may know of the server without saying who it is: that it is alive, and whether it is ready."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from akamai_mcp.logs import get_logger

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts

State = Literal["ok", "warning", "failure"]
OPEN_DETAIL: Final = "some APIs are not asked for the moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `detail` names no customer, file or host."""

    name: str
    state: State
    detail: str = ""


Check = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """All findings together: ready unless one of them is a failure."""

    findings: tuple[Finding, ...]

    @property
    def is_ready(self) -> bool:
        """Whether calls should be sent here."""
        return all(finding.state != "failure" for finding in self.findings)

    def as_json(self) -> dict[str, object]:
        """The findings by name."""
        shown = {f.name: {"state": f.state} | ({"detail": f.detail} if f.detail else {}) for f in self.findings}
        return {"ready": self.is_ready, "checks": shown}


async def look(checks: Iterable[Check]) -> Readiness:
    """Make every check; one that breaks is a failure of its own."""
    return Readiness(findings=tuple([await _find(check) for check in checks]))


def standard_checks(parts: Parts) -> tuple[Check, ...]:
    """Documents loaded, credentials usable, circuits closed; where there are several replicas, Redis reached."""

    async def documents() -> Finding:
        count = parts.catalogue.counts()["operations"]
        return Finding(name="documents", state="ok" if count else "failure", detail=f"{count} operations")

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
    except Exception as error:  # noqa: BLE001 - whatever breaks here must not break the answer
        name = getattr(check, "__name__", "check")
        get_logger().warning("check broke", check=name, error=type(error).__name__)
        return Finding(name=name, state="failure", detail="the check broke")
