"""The routes of what other APIs say of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.business import contracts, diagnostics, people, reports

_CPRG: Final = "/cprg/v1"
_HAPI: Final = "/hapi/v1"
_NAMED: Final = f"{_HAPI}/dns-zones/{{dnsZone}}/edge-hostnames/{{recordName}}"
_CCU: Final = "/ccu/v3"
_DATA: Final = "/reporting-api/v1/reports/{name}/versions/{version}/report-data"
_V1: Final = "/reporting-api/v1/reports"
_REPORT: Final = "/reporting-api/v2/reports/{productFamily}/{reportingArea}/{report}"
_PURGES: Final = [(kind, by) for kind in ("invalidate", "delete") for by in ("url", "cpcode", "tag")]

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", "/contract-api/v1/contracts/identifiers"): contracts.contract_ids,
    ("GET", "/contract-api/v1/contracts/{contractId}/products/summaries"): contracts.product_summaries,
    ("GET", f"{_CPRG}/cpcodes"): contracts.cpcodes,
    ("GET", f"{_CPRG}/cpcodes/{{cpcodeId}}"): contracts.one_cpcode,
    ("PUT", f"{_CPRG}/cpcodes/{{cpcodeId}}"): contracts.rename_cpcode,
    ("GET", f"{_CPRG}/reporting-groups"): contracts.reporting_groups,
    ("GET", f"{_CPRG}/reporting-groups/{{reportingGroupId}}"): contracts.one_reporting_group,
    **{("GET", f"/identity-management/{version}/user-admin/groups"): contracts.user_groups for version in ("v2", "v3")},
    **{("GET", f"/identity-management/{version}/user-admin/properties"): contracts.user_properties for version in ("v2", "v3")},
    ("GET", f"{_HAPI}/edge-hostnames"): contracts.edge_hostnames,
    ("GET", f"{_HAPI}/edge-hostnames/{{edgeHostnameId}}"): contracts.one_edge_hostname,
    ("GET", _NAMED): contracts.named_edge_hostname,
    ("GET", f"{_NAMED}/certificate"): contracts.edge_hostname_certificate,
    **{("POST", f"{_CCU}/{kind}/{by}/{{network}}"): contracts.invalidate for kind, by in _PURGES},
    ("GET", _V1): reports.reports,
    ("GET", f"{_V1}/{{name}}/versions"): reports.report_versions,
    ("GET", f"{_V1}/{{name}}/versions/{{version}}"): reports.one_report,
    ("GET", _DATA): reports.report_data,
    ("POST", _DATA): reports.report_data,
    ("POST", f"{_REPORT}/data"): reports.report_by_dimensions,
    ("GET", "/identity-management/v3/api-clients/self"): people.client,
    ("GET", "/identity-management/v3/users/{username}/allowed-apis"): people.allowed_apis,
    ("GET", people.EVENTS): people.events,
    ("GET", "/event-viewer-api/v1/event-types"): people.event_types,
    ("GET", "/edge-diagnostics/v1/gtm/gtm-properties"): diagnostics.gtm_properties,
    ("POST", diagnostics.PATH): diagnostics.translate,
    ("GET", f"{diagnostics.PATH}/requests/{{requestId}}"): diagnostics.translation,
}
