"""Facts that no document has, or has no longer right: each is what an agent's call is made from."""

from __future__ import annotations

from typing import Any

import pytest
from samples import no_file

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.media_choice import accept_of, media_type_of
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import argument_keys, place
from akamai_mcp.request.builder import build_request

POLICY = "appsec/v1#get-policy-{}"
LISTS = ("get-client-lists", "get-client-list", "get-client-list-items")


def called(catalogue: Catalogue, key: str) -> Operation:
    return catalogue.operation(catalogue.get(key))


def arguments(operation: Operation) -> dict[str, Any]:
    """A value for each parameter that has to be given."""
    return {key: 1 for key, parameter in argument_keys(operation).items() if parameter.must_be_given}


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("cloudlets/v2#get-policies", "offset", 10),
        ("cloudlets/v2#get-policies", "pageSize", 20),
        ("cloudlets/v2#get-policy-versions", "offset", 10),
        ("cloudlets/v2#get-policy-versions", "pageSize", 20),
        *((POLICY.format(name), "includeConditionException", True) for name in ("rules", "attack-groups", "attack-group")),
        *(
            (POLICY.format(name), "includeConditionException", True)
            for name in ("eval-rules", "eval-rule", "eval-groups", "eval-group")
        ),
        ("appsec/v1#get-rule", "includeConditionException", True),
        ("appsec/v1#get-activation", "updateLatestNetworkStatus", True),
        ("appsec/v1#get-recommendations", "standardException", True),
        ("appsec/v1#get-attack-group", "standardException", True),
        ("appsec/v1#get-export-config-version", "source", "TF"),
        ("identity-management/v3#get-properties", "actions", True),
        ("papi/v1#get-property-version-rules", "originalInput", False),
        ("papi/v1#get-include-version-rules", "originalInput", False),
        ("cps/v2#post-enrollment", "allow-duplicate-cn", True),
        ("mtls-edge-truststore/v2#get-ca-sets", "caSetStatus", "DELETED"),
        ("mtls-edge-truststore/v2#get-ca-set-versions", "caSetVersionStatus", "DELETED"),
        ("mtls-edge-truststore/v2#get-ca-set-version-certificates", "certificateStatus", "EXPIRED"),
        ("mtls-edge-truststore/v2#get-ca-set-version-certificates", "expiryThresholdInDays", 10),
        ("mtls-edge-truststore/v2#get-ca-set-version-certificates", "expiryThresholdTimestamp", "2026-11-01T00:00:00Z"),
        *((f"client-lists/v1#{name}", "showUsernames", True) for name in LISTS),
        ("ccm/v2#get-lineages", "generationStatus", ["ACTIVE", "ARCHIVED"]),
    ],
)
def test_a_query_parameter_of_the_api_is_sent(catalogue: Catalogue, key: str, name: str, value: Any) -> None:
    operation = called(catalogue, key)
    target = build_request(operation, place(operation, arguments(operation) | {name: value}), no_file).target
    text = ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    assert f"{name}={text}" in target.replace("%3A", ":").partition("?")[2].split("&")


@pytest.mark.parametrize(
    ("key", "name", "values"),
    [
        ("client-lists/v1#post-client-list", "type", {"DOMAIN", "REQUEST_HEADER_NAME_VALUE", "USER", "IP"}),
        ("client-lists/v1#post-items-import-validation", "listType", {"DOMAIN", "REQUEST_HEADER_NAME_VALUE", "USER", "IP"}),
        ("ccm/v1#post-certificate", "keySize", {"2048", "P-256", "P-384"}),
        ("ccm/v1#post-certificate", "secureNetwork", {"ENHANCED_TLS", "STANDARD_TLS"}),
    ],
)
def test_a_member_of_a_body_has_the_values_of_today(catalogue: Catalogue, key: str, name: str, values: set[str]) -> None:
    assert set(media_type_of(called(catalogue, key)).schema["properties"][name]["enum"]) >= values


@pytest.mark.parametrize("key", ["client-lists/v1#get-client-lists", "client-lists/v1#get-client-list"])
def test_client_lists_are_found_by_the_types_of_today(catalogue: Catalogue, key: str) -> None:
    [schema] = [parameter.schema for parameter in called(catalogue, key).parameters if parameter.name == "type"]
    assert {"DOMAIN", "REQUEST_HEADER_NAME_VALUE", "USER"} <= set(schema.get("items", schema)["enum"])


def test_members_that_came_later_have_their_types(catalogue: Catalogue) -> None:
    assert media_type_of(called(catalogue, "ccm/v1#post-certificate")).schema["properties"]["geoClass"] == {"type": "string"}
    names = media_type_of(called(catalogue, "appsec/v1#put-advanced-settings-ja4-fingerprint")).schema["properties"][
        "headerNames"
    ]
    assert names == {"type": "array", "items": {"type": "string"}}
    domains = media_type_of(called(catalogue, "domain-validation/v1#delete-domains")).schema["properties"]["domains"]
    assert set(domains["items"]["properties"]) == {"domainName", "validationScope"}


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("ccm/v1#patch-certificate", "application/json-patch+json"),
        ("ccm/v2#patch-lineage", "application/json"),
        ("client-lists/v1#post-client-list-import-file", "multipart/form-data"),
        ("client-lists/v1#post-items-import-file-validation", "multipart/form-data"),
        ("edgekv/v1#post-namespace-upload", "text/csv"),
        ("config-dns/v2#post-proxy-zone-filter-names-zone-file", "text/dns"),
        ("apikey-manager-api/v2#post-collection-import-keys", "text/csv"),
        ("domain-validation/v1#delete-domains", "application/json"),
    ],
)
def test_a_body_that_only_clients_show_is_sent_as_its_type(catalogue: Catalogue, key: str, sent: str) -> None:
    assert media_type_of(called(catalogue, key)).name == sent


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("edgekv/v1#get-namespace-download", "text/csv"),
        ("edgekv/v1#get-namespace-group-download", "text/csv"),
        ("cps/v2#get-active-certificates", "application/vnd.akamai.cps.active-certificates.v2+json"),
        ("apikey-manager-api/v2#get-keys-export", "text/csv"),
        ("apikey-manager-api/v2#get-collection-keys-export", "text/csv"),
        ("ccm/v2#patch-lineage-generation", "application/prs.akamai.cps-ccm-api.third-party.certificate-lineage-create.v3+json"),
    ],
)
def test_an_answer_that_only_clients_show_is_asked_for_as_its_type(catalogue: Catalogue, key: str, asked: str) -> None:
    assert accept_of(called(catalogue, key)) == asked


def test_an_imported_file_of_a_client_list_is_a_form_with_the_file_beside_what_to_do(catalogue: Catalogue) -> None:
    members = media_type_of(called(catalogue, "client-lists/v1#post-client-list-import-file")).schema["properties"]
    assert set(members) == {"file", "action", "version"}
    assert members["file"] == {"type": "string", "format": "binary"}


def test_no_operation_that_is_safe_declares_a_body(catalogue: Catalogue) -> None:
    safe = [catalogue.operation(entry) for entry in catalogue.entries() if entry.method in {"GET", "HEAD"}]
    assert len(safe) > 900
    assert [operation.key for operation in safe if operation.request_body] == []
