"""The routes of PAPI that the account answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.sandbox.account.account import Handler
from akamai_mcp.sandbox.account.papi import activations, bulk, hostnames, reads, search, writes

_P: Final = "/papi/v1/properties"
_ONE: Final = f"{_P}/{{propertyId}}"
_V: Final = f"{_ONE}/versions/{{propertyVersion}}"
_B: Final = "/papi/v1/bulk"
_I: Final = "/papi/v1/includes"
_INC: Final = f"{_I}/{{includeId}}"
_IV: Final = f"{_INC}/versions/{{includeVersion}}"

ROUTES: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", "/papi/v1/contracts"): reads.contracts,
    ("GET", "/papi/v1/groups"): reads.groups,
    ("GET", "/papi/v1/products"): reads.products,
    ("GET", "/papi/v1/rule-formats"): reads.rule_formats,
    ("GET", "/papi/v1/client-settings"): reads.client_settings,
    ("PUT", "/papi/v1/client-settings"): writes.put_client_settings,
    ("GET", "/papi/v1/hostnames"): hostnames.account_hostnames,
    ("GET", "/papi/v1/cpcodes"): reads.cpcodes,
    ("POST", "/papi/v1/cpcodes"): writes.create_cpcode,
    ("GET", "/papi/v1/cpcodes/{cpcodeId}"): reads.one_cpcode,
    ("GET", "/papi/v1/edgehostnames"): hostnames.edge_hostnames,
    ("POST", "/papi/v1/edgehostnames"): writes.create_edge_hostname,
    ("GET", "/papi/v1/edgehostnames/{edgeHostnameId}"): hostnames.one_edge_hostname,
    ("GET", _P): reads.properties,
    ("POST", _P): writes.create_property,
    ("GET", _ONE): reads.one_property,
    ("DELETE", _ONE): writes.delete_property,
    ("GET", f"{_ONE}/hostnames"): hostnames.property_hostnames,
    ("GET", f"{_ONE}/versions"): reads.versions,
    ("POST", f"{_ONE}/versions"): writes.create_version,
    ("GET", f"{_ONE}/versions/latest"): reads.latest_version,
    ("GET", _V): reads.one_version,
    ("GET", f"{_V}/rules"): reads.rules,
    ("PUT", f"{_V}/rules"): writes.put_rules,
    ("PATCH", f"{_V}/rules"): writes.patch_rules,
    ("GET", f"{_V}/hostnames"): hostnames.version_hostnames,
    ("PUT", f"{_V}/hostnames"): writes.put_hostnames,
    ("PATCH", f"{_V}/hostnames"): writes.patch_hostnames,
    ("GET", f"{_V}/includes"): reads.version_includes,
    ("GET", f"{_ONE}/activations"): reads.activations,
    ("POST", f"{_ONE}/activations"): activations.activate,
    ("GET", f"{_ONE}/activations/{{activationId}}"): reads.one_activation,
    ("DELETE", f"{_ONE}/activations/{{activationId}}"): activations.cancel,
    ("POST", "/papi/v1/search/find-by-value"): search.find_by_value,
    ("POST", f"{_B}/rules-search-requests"): search.search,
    ("POST", f"{_B}/rules-search-requests-synch"): search.search_now,
    ("GET", f"{_B}/rules-search-requests/{{bulkSearchId}}"): search.search_result,
    ("POST", f"{_B}/rules-patch-requests"): bulk.patch,
    ("GET", f"{_B}/rules-patch-requests/{{bulkPatchId}}"): bulk.patch_result,
    ("POST", f"{_B}/property-version-creations"): bulk.create_versions,
    ("GET", f"{_B}/property-version-creations/{{bulkCreateId}}"): bulk.versions_result,
    ("POST", f"{_B}/activations"): bulk.activate,
    ("GET", f"{_B}/activations/{{bulkActivationId}}"): bulk.activation_result,
    ("GET", _I): reads.includes,
    ("POST", _I): writes.create_include,
    ("GET", _INC): reads.one_include,
    ("DELETE", _INC): writes.delete_property,
    ("GET", f"{_INC}/parents"): reads.include_parents,
    ("GET", f"{_INC}/versions"): reads.versions,
    ("POST", f"{_INC}/versions"): writes.create_version,
    ("GET", f"{_INC}/versions/latest"): reads.latest_version,
    ("GET", _IV): reads.one_version,
    ("GET", f"{_IV}/rules"): reads.rules,
    ("PUT", f"{_IV}/rules"): writes.put_rules,
    ("PATCH", f"{_IV}/rules"): writes.patch_rules,
    ("GET", f"{_INC}/activations"): reads.activations,
    ("POST", f"{_INC}/activations"): activations.activate,
    ("GET", f"{_INC}/activations/{{activationId}}"): reads.one_activation,
    ("DELETE", f"{_INC}/activations/{{activationId}}"): activations.cancel,
}
