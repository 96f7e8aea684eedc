"""Properties and includes: their versions and activations, and what follows from them."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from akamai_mcp.sandbox.account.work import Work

Kind = Literal["property", "include"]
Hostname = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Version:
    """A version of a property; `changes` counts the writes, of which the etag is made."""

    number: int
    rules: dict[str, Any]
    hostnames: list[Hostname]
    rule_format: str
    note: str
    user: str
    date: float
    changes: int = 0


@dataclass(slots=True, kw_only=True)
class Activation:
    """An activation or deactivation of a version on a network."""

    number: int
    kind: Literal["ACTIVATE", "DEACTIVATE"]
    network: str
    version: int
    note: str
    emails: list[str]
    date: float
    work: Work


@dataclass(slots=True, kw_only=True)
class Property:
    """A property or an include, with everything below it."""

    number: int
    kind: Kind
    name: str
    contract_id: str
    group_id: int
    product_id: str
    versions: dict[int, Version] = field(default_factory=dict)
    activations: dict[int, Activation] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        """The highest version number."""
        return max(self.versions)

    @property
    def path(self) -> str:
        """The path of the property."""
        return (
            "/papi/v1/properties/prp_" + str(self.number) if self.kind == "property" else f"/papi/v1/includes/inc_{self.number}"
        )

    def etag(self, version: Version) -> str:
        """The etag of a version, which each change of it changes."""
        # Of the count of changes, not of the content: a write of the same rules is a change as well, and has a new etag.
        text = f"{self.kind}/{self.number}/{version.number}/{version.changes}"
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def last_done(self, network: str, now: float) -> Activation | None:
        """The activation or deactivation that ended last on a network."""
        # Of two that ended in the same second the one that was made later counts, so the number decides.
        ended = [one for one in self.activations.values() if one.network == network and one.work.is_done(now)]
        return max(ended, key=lambda one: (one.date, one.number), default=None)

    def active(self, network: str, now: float) -> int | None:
        """The version that is active on a network."""
        last = self.last_done(network, now)
        return last.version if last is not None and last.kind == "ACTIVATE" else None

    def status(self, version: int, network: str, now: float) -> str:
        """The status of a version on a network."""
        if self.active(network, now) == version:
            return "ACTIVE"
        here = [one for one in self.activations.values() if (one.network, one.version) == (network, version)]
        if any(not one.work.is_done(now) and not one.work.cancelled for one in here):
            return "PENDING"
        return "DEACTIVATED" if any(one.work.is_done(now) for one in here) else "INACTIVE"

    def is_locked(self, version: int) -> bool:
        """True for a version that was activated anywhere at any time: it can be read only."""
        # Even while it is pending: what is being rolled out must not change under way. A cancelled one never went out.
        return any(one.version == version and not one.work.cancelled for one in self.activations.values())

    def add_version(self, base: int, *, user: str, now: float) -> Version:
        """A new version with what an existing one has."""
        old = self.versions[base]
        made = Version(
            number=self.latest + 1,
            rules=deepcopy(old.rules),
            hostnames=deepcopy(old.hostnames),
            rule_format=old.rule_format,
            note="",
            user=user,
            date=now,
        )
        self.versions[made.number] = made
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """An edge hostname or a CP code as PAPI lists it, with whom it belongs to."""

    row: dict[str, Any]
    contract_id: str
    group_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A bulk job: what it is about, and how far it is."""

    body: dict[str, Any]
    work: Work


@dataclass(slots=True, kw_only=True)
class Papi:
    """Everything that PAPI knows of an account; `jobs` are bulk jobs by number."""

    properties: dict[int, Property] = field(default_factory=dict)
    includes: dict[int, Property] = field(default_factory=dict)
    edge_hostnames: dict[int, Owned] = field(default_factory=dict)
    cpcodes: dict[int, Owned] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: {"ruleFormat": "latest", "usePrefixes": True})

    def of_kind(self, kind: Kind) -> dict[int, Property]:
        """The properties or the includes."""
        return self.properties if kind == "property" else self.includes
