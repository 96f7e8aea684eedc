"""The state of lists and security configurations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from akamai_mcp.sandbox.account.work import Work

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class ListActivation:
    """An activation of what a list was at a sync point or in a version."""

    number: int
    point: int
    comment: str
    work: Work
    action: str = "ACTIVATE"


@dataclass(slots=True, kw_only=True)
class NetworkList:
    """A list of addresses or countries; `history` has the elements of former sync points."""

    identifier: str
    name: str
    kind: str
    elements: list[str]
    description: str
    contract_id: str
    group_id: int
    user: str
    created: float
    updated: float
    sync_point: int = 0
    history: dict[int, list[str]] = field(default_factory=dict)
    activations: dict[str, ListActivation] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ClientList:
    """A client list: its items by value, and a version that each change of a list which was activated raises."""

    identifier: str
    name: str
    kind: str
    items: dict[str, Json]
    notes: str
    tags: list[str]
    contract_id: str
    group_id: int
    user: str
    created: float
    updated: float
    version: int = 1
    activations: dict[str, ListActivation] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Policy:
    """A security policy of a version; `parts` are what is set below it, by the rest of the path."""

    identifier: str
    name: str
    mode: str = "ASE_AUTO"
    parts: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ConfigVersion:
    """A version of a security configuration."""

    number: int
    based_on: int
    hostnames: list[str]
    policies: dict[str, Policy]
    targets: dict[int, Json]
    rate_policies: dict[int, Json]
    notes: str
    user: str
    date: float


@dataclass(slots=True, kw_only=True)
class ConfigActivation:
    """An activation of a version of a security configuration."""

    number: int
    version: int
    network: str
    action: str
    note: str
    user: str
    date: float
    work: Work


@dataclass(slots=True, kw_only=True)
class Configuration:
    """A security configuration."""

    number: int
    name: str
    description: str
    contract_id: str
    group_id: int
    versions: dict[int, ConfigVersion] = field(default_factory=dict)
    activations: dict[int, ConfigActivation] = field(default_factory=dict)

    def active(self, network: str, now: float) -> int | None:
        """The version that is active on a network."""
        ended = [one for one in self.activations.values() if one.network == network and one.work.is_done(now)]
        last = max(ended, key=lambda one: (one.date, one.number), default=None)
        return last.version if last is not None and last.action == "ACTIVATE" else None


@dataclass(slots=True, kw_only=True)
class Security:
    """Everything that protects an account."""

    network_lists: dict[str, NetworkList] = field(default_factory=dict)
    client_lists: dict[str, ClientList] = field(default_factory=dict)
    configurations: dict[int, Configuration] = field(default_factory=dict)


def list_identifier(number: int, name: str) -> str:
    """The identifier of a new list, as Akamai makes it of a number and the letters and digits of its name."""
    return f"{number}_{''.join(letter for letter in name if letter.isalnum()).upper()}"
