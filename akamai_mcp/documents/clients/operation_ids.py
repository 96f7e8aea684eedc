"""Derive operationIds in Akamai's style: the method, then the path's names, in the singular for a single item.

`GET /lists` becomes `get-lists`, `GET /lists/{listId}` `get-list` and `POST /lists/{listId}/items` `post-list-item`. An
operationId depends on its own endpoint alone, so a new endpoint never renames another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.openapi.templates import placeholder, shape

_POLICY: Final = "/configs/{}/versions/{}/security-policies/{}"
_PROPERTY_CERTIFICATE: Final = "/properties/{}/hostnames/certificate/domain-validation"
# Paths whose beginning is omitted or shortened, by base path; the longest matching beginning applies.
_BEGINNINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "/api-definitions/v2": {"/endpoints/{}/versions/{}": "version"},
    "/appsec/v1": {
        "/bot-analytics-cookie/rotate-values": "bot-analytics-cookie-rotate",
        "/configs/{}/versions/{}": "",
        "/configs/{}/versions/{}/advanced-settings/account-protection": "",
        "/configs/{}/versions/{}/advanced-settings/bot-analytics-cookie": "bot-analytics-cookie",
        "/configs/{}/versions/{}/advanced-settings/client-side-security": "client-side-security",
        "/configs/{}/versions/{}/advanced-settings/transactional-endpoint-protection": "transactional-endpoint-protection",
        "/configs/{}/versions/{}/advanced-settings/transactional-endpoint-protection/custom-code": "transactional-endpoint-code",
        "/configs/{}/versions/{}/api-endpoints": "config-api-endpoints",
        "/configs/{}/versions/{}/bot-endpoint-coverage-report": "config-bot-endpoint-coverage",
        "/configs/{}/versions/{}/custom-bot-categories/{}/custom-bot-category-item-sequence": "custom-bot-category-item-sequence",
        "/configs/{}/versions/{}/recategorized-akamai-defined-bots": "recategorized-bots",
        "/configs/{}/versions/{}/recategorized-akamai-defined-bots/{}": "recategorized-bot",
        "/configs/{}/versions/{}/response-actions": "",
        "/configs/{}/versions/{}/response-actions/challenge-actions/{}/google-recaptcha-secret-key": "recaptcha-secret-key",
        _POLICY: "policy",
        f"{_POLICY}/account-protection-rules": "account-protection-rules",
        f"{_POLICY}/account-protection-rules/{{}}": "account-protection-rule",
        f"{_POLICY}/content-protection-javascript-injection-rules": "javascript-injection-rules",
        f"{_POLICY}/content-protection-javascript-injection-rules/{{}}": "javascript-injection-rule",
        f"{_POLICY}/content-protection-rule-sequence": "rule-sequence",
        f"{_POLICY}/content-protection-rules": "content-protection-rules",
        f"{_POLICY}/content-protection-rules/{{}}": "content-protection-rule",
        f"{_POLICY}/interstitial-challenge-rules": "interstitial-challenge-rules",
        f"{_POLICY}/interstitial-challenge-rules/{{}}": "interstitial-challenge-rule",
        f"{_POLICY}/transactional-endpoints": "policy",
        f"{_POLICY}/transactional-endpoints/account-protection": "policy-protected-operations",
        f"{_POLICY}/transactional-endpoints/account-protection/{{}}": "policy-protected-operation",
        f"{_POLICY}/transactional-endpoints/bot-protection": "policy-protected-operations",
        f"{_POLICY}/transactional-endpoints/bot-protection/{{}}": "policy-protected-operation",
    },
    "/billing/v1": {
        "/contracts/{}/compute-customers/{}/usage/daily-summary/{}": "compute-usage-daily",
        "/contracts/{}/compute-customers/{}/usage/monthly-summary": "compute-usage-monthly",
        "/contracts/{}/products/{}": "product",
        "/contracts/{}/products/{}/usage/monthly-summary": "product-usage-monthly",
        "/reporting-groups/{}/products/{}": "reporting-group",
        "/reporting-groups/{}/products/{}/usage/monthly-summary": "reporting-group-usage-monthly",
    },
    "/client-list/v1": {
        "/lists": "client-lists",
        "/lists/items": "items",
        "/lists/{}": "client-list",
        "/lists/{}/environments/{}": "client-list",
        "/lists/{}/items/import": "client-list-import",
        "/lists/{}/items/import-file": "client-list-import-file",
    },
    "/client-list/v2": {"/lists/{}": "client-list"},
    "/config-dns/v2": {
        "/proxies/{}/zones/filter-mode-convert": "proxy-zones-convert",
        "/proxies/{}/zones/{}/manual-filter-names": "proxy-zone-filter-names",
    },
    "/config-media-live/v2": {"/msl-origin": ""},
    "/datastream-config-api/v3": {"/log/{}": ""},
    "/edgekv/v1": {"/networks/{}/namespaces/{}": "namespace", "/networks/{}/namespaces/{}/status": "namespace"},
    "/hapi/v1": {
        "/dns-zones/{}/edge-hostnames/{}/certificate": "edge-hostname-certificate",
        "/dns-zones/{}/edge-hostnames/{}/change-requests": "edge-hostname-change-requests",
    },
    "/imaging/v2": {"/network/{}": "network"},
    "/lds-api/v3": {
        "/log-configuration-parameters": "",
        "/log-sources/{}": "log-source-type",
        "/log-sources/{}/{}": "log-source",
    },
    "/mtls-origin-keystore/v1": {"/client-certificates/{}/versions/{}/certificate-block": "certificate-block"},
    "/papi/v1": {
        _PROPERTY_CERTIFICATE: "domain-validation",
        f"{_PROPERTY_CERTIFICATE}/authorization": "domain-validation",
    },
    "/reporting-api/v2": {"/reports/{}": "product-family", "/reports/{}/{}": "reporting-area", "/reports/{}/{}/{}": "report"},
    "/storage/v1": {
        "/storage-groups/{}/cpcodes/{}": "group-cpcode",
        **{f"/upload-accounts/{{}}/keys/{kind}": f"account-{kind}-keys" for kind in ("ftp", "g2o", "rsync", "ssh")},
        **{f"/upload-accounts/{{}}/keys/{kind}/{{}}": f"account-{kind}-key" for kind in ("ftp", "g2o", "rsync", "ssh")},
    },
}
# Last segments that stay plural in a POST, because they address many at once or are not plurals.
_NOT_ONE: Final = frozenset({"import-keys", "protections", "rotate-values", "search-operations", "serials", "verify-operations"})
_PLURALS: Final = (("ies", "y"), ("sses", "ss"), ("s", ""))
_SINGULARS: Final = re.compile(r"(?:ss|us|is|ddos)\Z")


def derive_id(method: str, base_path: str, template: str) -> str:
    """The operationId of an endpoint; `template` is its path without the base path."""
    begun, rest = _beginning(base_path, template)
    named = [begun] if begun else []
    segments = [segment for segment in rest.split("/") if segment]
    for index, segment in enumerate(segments):
        following = segments[index + 1] if index + 1 < len(segments) else ""
        if name := placeholder(segment):
            named += [] if index == 0 or not placeholder(segments[index - 1]) else [_called(name)]
        else:
            named.append(_name(segment, following))
    if method == "POST" and named and not template.endswith("}") and (segments[-1:] or [begun])[0] not in _NOT_ONE:
        named[-1] = singular(named[-1])
    return "-".join([method.lower(), *named])


def _beginning(base_path: str, template: str) -> tuple[str, str]:
    """(name, rest): the name of the longest known beginning of a path, and the rest of the path."""
    known = _BEGINNINGS.get(base_path, {})
    segments = template.strip("/").split("/")
    for size in range(len(segments), 0, -1):
        beginning = shape("/" + "/".join(segments[:size]))
        if known.get(beginning) or (beginning in known and size < len(segments)):
            return known[beginning], "/".join(segments[size:])
    return "", template


def _name(segment: str, following: str) -> str:
    """The name of a literal segment: singular before a parameter, or with the parameter's name if it has no singular."""
    plain = "-".join(words(segment))
    parameter = placeholder(following)
    if not parameter:
        return plain
    one = singular(plain)
    chosen = _called(parameter)
    return one if one != plain else chosen if chosen.startswith(plain) else f"{plain}-{chosen}"


def _called(parameter: str) -> str:
    """The name of what a parameter identifies: `operationId` gives `operation`."""
    found = words(parameter)
    return "-".join(found[:-1] if len(found) > 1 and found[-1] == "id" else found)


def singular(name: str) -> str:
    """The name with its last word in the singular."""
    if _SINGULARS.search(name):
        return name
    return next((name.removesuffix(plural) + one for plural, one in _PLURALS if name.endswith(plural)), name)
