"""operationIds in Akamai's habit for endpoints that have none: the method, then the names in the path, one of many in the singular.

`GET /lists` is `get-lists`, `GET /lists/{listId}` is `get-list` and `POST /lists/{listId}/items` is `post-list-item`. An id
depends on its own endpoint alone, so that a further endpoint never renames another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from akamai_mcp.catalogue.naming import words

# Where the habit is to leave something out or to call it otherwise: by base path, the longest beginning that fits.
_BEGINNINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "/api-definitions/v2": {"/endpoints/{}/versions/{}": "endpoint-version"},
    "/appsec/v1": {
        "/configs/{}/versions/{}": "",
        "/configs/{}/versions/{}/advanced-settings/account-protection": "",
        "/configs/{}/versions/{}/api-endpoints": "config-api-endpoints",
        "/configs/{}/versions/{}/bot-endpoint-coverage-report": "config-bot-endpoint-coverage-report",
        "/configs/{}/versions/{}/custom-bot-categories/{}/custom-bot-category-item-sequence": "custom-bot-category-item-sequence",
        "/configs/{}/versions/{}/security-policies/{}": "policy",
        "/configs/{}/versions/{}/security-policies/{}/transactional-endpoints/account-protection": "policy-protected-operations",
        "/configs/{}/versions/{}/security-policies/{}/transactional-endpoints/account-protection/{}": "policy-protected-operation",
        "/configs/{}/versions/{}/security-policies/{}/transactional-endpoints/bot-protection": "policy-protected-operations",
        "/configs/{}/versions/{}/security-policies/{}/transactional-endpoints/bot-protection/{}": "policy-protected-operation",
    },
    "/client-list/v1": {"/lists": "client-lists", "/lists/{}": "client-list"},
    "/client-list/v2": {"/lists/{}": "client-list"},
    "/datastream-config-api/v3": {"/log/{}": ""},
    "/edgekv/v1": {"/networks/{}/namespaces/{}": "namespace"},
    "/imaging/v2": {"/network/{}": "network"},
    "/lds-api/v3": {
        "/log-configuration-parameters": "",
        "/log-sources/{}": "log-source-type",
        "/log-sources/{}/{}": "log-source",
    },
    "/reporting-api/v2": {"/reports/{}": "product-family", "/reports/{}/{}": "reporting-area", "/reports/{}/{}/{}": "report"},
}
# What a POST does to many at once, or what is no plural.
_NOT_ONE: Final = frozenset({"import-keys", "protections", "rotate-values", "search-operations", "serials", "verify-operations"})
_PLURALS: Final = (("ies", "y"), ("sses", "ss"), ("s", ""))
_SINGULARS: Final = re.compile(r"(?:ss|us|is|ddos)\Z")
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def derive_id(method: str, base_path: str, template: str) -> str:
    """The operationId of an endpoint; `template` is its path below the base path."""
    begun, rest = _beginning(base_path, template)
    named = [begun] if begun else []
    segments = [segment for segment in rest.split("/") if segment]
    for index, segment in enumerate(segments):
        following = segments[index + 1] if index + 1 < len(segments) else ""
        if name := _PLACEHOLDER.fullmatch(segment):
            named += [] if index == 0 or not _is_placeholder(segments[index - 1]) else [_called(name[1])]
        else:
            named.append(_name(segment, following))
    if method == "POST" and named and not template.endswith("}") and (segments[-1:] or [begun])[0] not in _NOT_ONE:
        named[-1] = singular(named[-1])
    return "-".join([method.lower(), *named])


def _beginning(base_path: str, template: str) -> tuple[str, str]:
    """What the longest known beginning of a path is called, and the rest of the path."""
    known = _BEGINNINGS.get(base_path, {})
    segments = template.strip("/").split("/")
    for size in range(len(segments), 0, -1):
        beginning = _PLACEHOLDER.sub("{}", "/" + "/".join(segments[:size]))
        if beginning in known:
            return known[beginning], "/".join(segments[size:])
    return "", template


def _name(segment: str, following: str) -> str:
    """A literal segment: in the singular where one is chosen, with what it is chosen by where that makes no difference."""
    plain = "-".join(words(segment))
    if not _is_placeholder(following):
        return plain
    one = singular(plain)
    chosen = _called(following[1:-1])
    return one if one != plain else chosen if chosen.startswith(plain) else f"{plain}-{chosen}"


def _called(parameter: str) -> str:
    """What a parameter chooses: `operationId` chooses an operation."""
    found = words(parameter)
    return "-".join(found[:-1] if len(found) > 1 and found[-1] == "id" else found)


def _is_placeholder(segment: str) -> bool:
    return _PLACEHOLDER.fullmatch(segment) is not None


def singular(name: str) -> str:
    """The last word of a name in the singular."""
    if _SINGULARS.search(name):
        return name
    return next((name.removesuffix(plural) + one for plural, one in _PLURALS if name.endswith(plural)), name)
