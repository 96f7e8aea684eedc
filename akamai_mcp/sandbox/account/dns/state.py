"""The state of zones and of GTM domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from akamai_mcp.sandbox.account.work import Work

Json = dict[str, Any]
Records = Mapping[tuple[str, str], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneVersion:
    """What a zone had at a time; its id is a UUID."""

    identifier: str
    records: Records
    date: float
    user: str


@dataclass(slots=True, kw_only=True)
class Zone:
    """A zone: its settings, and its versions, of which the last is served."""

    name: str
    kind: str
    contract_id: str
    group_id: int
    settings: Json
    versions: list[ZoneVersion] = field(default_factory=list)

    @property
    def current(self) -> ZoneVersion:
        """The version that is served."""
        return self.versions[-1]

    def save(self, records: Records, *, date: float, user: str) -> None:
        """A new version of the zone, with the next serial number."""
        number = len(self.versions) + 1
        soa = records.get((self.name, "SOA"))
        if soa is not None:
            records = {**records, (self.name, "SOA"): {**soa, "rdata": [_next_serial(soa["rdata"][0])]}}
        identifier = str(uuid5(NAMESPACE_DNS, f"{number}.{self.name}"))
        self.versions.append(ZoneVersion(identifier=identifier, records=records, date=date, user=user))


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneJob:
    """Many zones that are created or deleted together, and how far that is."""

    identifier: str
    done: tuple[str, ...]
    failed: tuple[Json, ...]
    work: Work


@dataclass(slots=True, kw_only=True)
class Domain:
    """A GTM domain: settings, and below it everything by kind and name."""

    name: str
    settings: Json
    below: dict[str, dict[str, Json]]
    changes: int
    date: float
    user: str
    work: Work


@dataclass(slots=True, kw_only=True)
class Names:
    """Zones, jobs on zones, and domains, by name or id."""

    zones: dict[str, Zone] = field(default_factory=dict)
    jobs: dict[str, ZoneJob] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)


def _next_serial(soa: str) -> str:
    words = soa.split()
    return " ".join([*words[:2], str(int(words[2]) + 1), *words[3:]])
