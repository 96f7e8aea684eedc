"""Every answer of the account is what the operation's document says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from account_stage import AccountStage, mismatches

from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.routes import ROUTES
from akamai_mcp.sandbox.routing import Router

# What the account does not have from the start.
LATER = (
    "/versions/diff",
    "{bulkSearchId}",
    "{bulkPatchId}",
    "{bulkCreateId}",
    "{bulkActivationId}",
    "/requests/{requestId}",
    "{deactivationId}",
    "{resourceName}",
    "{mapName}",
    "-requests/{requestId}",
    "-requests/{requestId}/result",
)


def known_values(account: Account) -> dict[str, str]:
    """A value of each path parameter, which the account has."""
    site = account.estate.sites[0]
    one = account.papi.properties[site.property_id]
    include = next(iter(account.papi.includes.values()))
    lists = next(iter(account.security.network_lists.values()))
    clients = next(iter(account.security.client_lists.values()))
    config = next(iter(account.security.configurations.values()))
    zone = next(iter(account.names.zones.values()))
    domain = next(iter(account.names.domains.values()))
    enrollment = next(iter(account.certificates.values()))
    worker = next(iter(account.edge.workers.values()))
    return {
        "edgeWorkerId": str(worker.number),
        "version": "1.1.0",
        "/edgeworkers/v1/ids/{edgeWorkerId}/activations/activationId": str(min(worker.activations)),
        "contractId": account.estate.contracts[0],
        "reportingGroupId": str(site.brand.group_id),
        "dnsZone": "edgekey.net",
        "recordName": site.name,
        "/reporting-api/v1/reports/name": "hits-by-time",
        "/reporting-api/v1/reports/{name}/versions/version": "1",
        "username": "avega",
        "streamId": str(next(iter(account.edge.streams))),
        "groupId": str(site.brand.group_id),
        "enrollmentId": str(enrollment.number),
        "changeId": str(next(iter(enrollment.changes))),
        "allowedInputTypeParam": "lets-encrypt-challenges",
        "zone": zone.name,
        "uuid": zone.current.identifier,
        "name": zone.name,
        "type": "MX",
        "domainName": domain.name,
        "datacenterId": next(iter(domain.below["datacenters"])),
        "propertyName": next(iter(domain.below["properties"])),
        "propertyId": f"prp_{one.number}",
        "propertyVersion": str(one.latest),
        "includeId": f"inc_{include.number}",
        "includeVersion": "1",
        "cpcodeId": str(site.cpcode_id),
        "edgeHostnameId": str(site.edge_hostname_id),
        "/papi/v1/properties/activationId": f"atv_{min(one.activations)}",
        "/papi/v1/includes/activationId": f"atv_{min(include.activations)}",
        "networkListId": lists.identifier,
        "environment": "PRODUCTION",
        "syncPoint": str(lists.sync_point),
        "/network-list/v2/activations/activationId": str(lists.activations["STAGING"].number),
        "listId": clients.identifier,
        "/client-list/v1/activations/activationId": str(clients.activations["PRODUCTION"].number),
        "configId": str(config.number),
        "versionNumber": "3",
        "policyId": next(iter(config.versions[3].policies)),
        "targetId": str(next(iter(config.versions[3].targets))),
        "ratePolicyId": str(next(iter(config.versions[3].rate_policies))),
        "/appsec/v1/activations/activationId": str(min(config.activations)),
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    # Several APIs call what they do `activationId`: then the path that the template begins with stands before the name.
    def value(name: str) -> str:
        special = [key for key in values if key.endswith(f"/{name}") and template.startswith(key.removesuffix(f"/{name}"))]
        return values[special[0] if special else name]

    return "/".join(value(placeholder(part)) if placeholder(part) else part for part in template.split("/"))


def test_every_route_of_the_account_is_an_operation_of_a_document(router: Router) -> None:
    unknown = [key for key in ROUTES if key[0] not in router.methods(key[1])]
    assert unknown == []


@pytest.mark.parametrize("key", [key for key in ROUTES if key[0] == "GET" and not key[1].endswith(LATER)], ids=" ".join)
async def test_a_read_is_answered_with_what_the_document_declares(
    account: AccountStage, router: Router, key: tuple[str, str]
) -> None:
    path = filled(key[1], known_values(account.fake.account))
    answer = await account.client.get(path)
    assert answer.status_code in {200, 302}, answer.text
    value = answer.json() if answer.headers["content-type"].endswith("json") else ""
    faults = list(mismatches(router, router.methods(key[1])["GET"], value))
    assert faults == []
