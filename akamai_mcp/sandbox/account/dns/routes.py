"""The routes of Edge DNS and of GTM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.dns import domains, records, zones
from akamai_mcp.sandbox.account.dns.domains import DOMAINS, KINDS, ONE
from akamai_mcp.sandbox.account.dns.zones import ZONES

_ZONE: Final = f"{ZONES}/{{zone}}"
_VERSION: Final = f"{_ZONE}/versions/{{uuid}}"
_RECORD: Final = f"{_ZONE}/names/{{name}}/types/{{type}}"
_BELOW: Final = {kind: f"{ONE}/{kind}/{{{parameter}}}" for kind, (_, parameter) in KINDS.items()}

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", ZONES): zones.zones,
    ("POST", ZONES): zones.create,
    ("GET", _ZONE): zones.one_zone,
    ("PUT", _ZONE): zones.replace,
    ("GET", f"{_ZONE}/contract"): zones.contract,
    ("GET", "/config-dns/v2/data/contracts"): zones.contracts,
    ("GET", "/config-dns/v2/data/groups"): zones.groups,
    ("GET", f"{_ZONE}/versions"): zones.versions,
    ("GET", f"{_ZONE}/versions/diff"): zones.difference,
    ("GET", _VERSION): zones.one_version,
    ("POST", f"{_VERSION}/recordsets/activate"): zones.activate_version,
    ("POST", f"{ZONES}/create-requests"): zones.create_many,
    ("GET", f"{ZONES}/create-requests/{{requestId}}"): zones.job,
    ("GET", f"{ZONES}/create-requests/{{requestId}}/result"): zones.job_result,
    ("POST", f"{ZONES}/delete-requests"): zones.delete_many,
    ("GET", f"{ZONES}/delete-requests/{{requestId}}"): zones.job,
    ("GET", f"{ZONES}/delete-requests/{{requestId}}/result"): zones.job_result,
    ("GET", f"{_ZONE}/recordsets"): records.recordsets,
    ("POST", f"{_ZONE}/recordsets"): records.add_many,
    ("PUT", f"{_ZONE}/recordsets"): records.replace_all,
    ("GET", f"{_VERSION}/recordsets"): records.version_recordsets,
    ("GET", f"{_VERSION}/zone-file"): records.version_file,
    ("GET", f"{_ZONE}/zone-file"): records.zone_file,
    ("POST", f"{_ZONE}/zone-file"): records.put_zone_file,
    ("GET", f"{_ZONE}/names"): records.names,
    ("GET", f"{_ZONE}/names/{{name}}/types"): records.types,
    ("GET", _RECORD): records.one,
    ("POST", _RECORD): records.create,
    ("PUT", _RECORD): records.replace,
    ("DELETE", _RECORD): records.delete,
    ("GET", DOMAINS): domains.domains,
    ("GET", ONE): domains.one_domain,
    ("PUT", ONE): domains.put_domain,
    ("GET", f"{ONE}/status/current"): domains.status,
    ("POST", f"{ONE}/datacenters"): domains.create_datacenter,
    **{("GET", f"{ONE}/{kind}"): domains.below for kind in KINDS},
    **{("GET", path): domains.one_below for path in _BELOW.values()},
    **{("PUT", path): domains.put_below for path in _BELOW.values()},
    **{("DELETE", path): domains.delete_below for path in _BELOW.values()},
}
