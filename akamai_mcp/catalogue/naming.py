"""Tool names: `akamai_<product key>_<operation id>`, at most 52 characters of `[a-z0-9_]`.

A name depends on its own operation alone, so adding a document never renames a tool. 52 characters leave
room for the prefixes that clients add within their limits of 60 to 64.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

TOOL_PREFIX: Final = "akamai"
MAX_NAME: Final = 52
# 24 bits: collisions among a product's truncated names are unlikely, and the index resolves them.
_DIGEST: Final = 6

PRODUCT_KEYS: Final[Mapping[tuple[str, str], str]] = {
    ("account-protector", "v1"): "apr",
    ("adaptive-acceleration", "v1"): "adaptive_accel",
    ("alerts", "v2"): "alerts",
    ("amfa", "v1"): "mfa",
    ("api-definitions", "v2"): "apidef",
    ("apikey-manager-api", "v1"): "apikeys",
    ("apikey-manager-api", "v2"): "apikeys_v2",
    ("appsec", "v1"): "appsec",
    ("billing", "v1"): "billing",
    ("bot-manager", "v1"): "bots",
    ("cam", "v1"): "cam",
    ("case-management", "v3"): "cases",
    ("ccm", "v1"): "ccm",
    ("ccu", "v3"): "ccu",
    ("chinacdn", "v1"): "chinacdn",
    ("client-access-control", "v1"): "cac",
    ("client-api", "v1"): "clientapi",
    ("client-lists", "v1"): "clientlists",
    ("client-lists", "v2"): "clientlists_v2",
    ("cloud-wrapper", "v1"): "cloudwrapper",
    ("cloudlets", "v2"): "cloudlets_v2",
    ("cloudlets", "v3"): "cloudlets_v3",
    ("config-dns", "v2"): "dns",
    ("config-gtm", "v1"): "gtm",
    ("config-media-live", "v2"): "medialive",
    ("content-protector", "v1"): "contentprot",
    ("contract-api", "v1"): "contracts",
    ("cprg", "v1"): "cprg",
    ("cps", "v2"): "cps",
    ("crux", "v1"): "eaa",
    ("datastore", "v1"): "datastore",
    ("datastream-config-api", "v2"): "datastream",
    ("datastream-config-api", "v3"): "datastream_v3",
    ("dcp-api", "v1"): "dcp",
    ("domain-validation", "v1"): "domainvalidation",
    ("eccu-api", "v1"): "eccu",
    ("edge-data-stream", "v1"): "edgedata",
    ("edge-diagnostics", "v1"): "edgediag",
    ("edgekv", "v1"): "edgekv",
    ("edgeworkers", "v1"): "edgeworkers",
    ("etp-config", "v3"): "etp",
    ("etp-report", "v3"): "etpreport",
    ("event-viewer", "v1"): "eventviewer",
    ("events", "v3"): "events",
    ("firewall-rules-manager", "v1"): "firewall",
    ("gtm-api", "v1"): "gtmreports",
    ("gtm-load-data", "v1"): "gtmload",
    ("hapi", "v1"): "hapi",
    ("identity-management", "v1"): "iam_v1",
    ("identity-management", "v2"): "iam_v2",
    ("identity-management", "v3"): "iam_v3",
    ("imaging", "v2"): "imaging",
    ("invoicing", "v3"): "invoicing",
    ("ip-protect", "v1"): "ipprotect",
    ("jwt-api", "v1"): "jwt",
    ("lds-api", "v3"): "lds",
    ("live-archive", "v1"): "livearchive",
    ("media-delivery-reports", "v1"): "mdreports",
    ("media-reports", "v1"): "mediareports",
    ("mtls-edge-truststore", "v2"): "truststore",
    ("mtls-origin-keystore", "v1"): "keystore",
    ("netstorage-usage-api", "v1"): "nsusage",
    ("network-lists", "v2"): "netlists",
    ("ota", "v1"): "ota",
    ("papi", "v1"): "papi",
    ("prolexic-analytics", "v2"): "prolexic",
    ("reporting-api", "v1"): "reporting",
    ("reporting-api", "v2"): "reporting_v2",
    ("sandbox-api", "v1"): "sandbox",
    ("script-management", "v1"): "scripts",
    ("siem", "v1"): "siem",
    ("siteshield", "v1"): "siteshield",
    ("sla-api", "v1"): "sla",
    ("storage", "v1"): "netstorage",
    ("taas", "v2"): "taas",
    ("test-management", "v3"): "testcenter",
}


def product_key(product: str, version: str) -> str:
    """The short key of a document in tool names; an unknown one is `<product>_<version>`."""
    return PRODUCT_KEYS.get((product, version)) or snake(f"{product}_{version}")


def tool_name(product: str, version: str, operation_id: str) -> str:
    """The tool name of an operation.

    A name over the limit keeps the whole words that fit and ends in a digest of the operation's full key.
    """
    name = f"{TOOL_PREFIX}_{product_key(product, version)}_{snake(operation_id)}"
    return name if len(name) <= MAX_NAME else distinct_name(name, f"{product}/{version}#{operation_id}")


def name_of_key(key: str) -> str:
    """The tool name of the operation with this full key."""
    document, _, operation_id = key.partition("#")
    product, _, version = document.rpartition("/")
    return tool_name(product, version, operation_id)


def distinct_name(name: str, key: str) -> str:
    """The whole words of a name that fit, followed by a digest of the operation's full key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]
    whole = name if len(name) < MAX_NAME - _DIGEST else name[: MAX_NAME - _DIGEST].rsplit("_", 1)[0]
    return f"{whole.rstrip('_')}_{digest}"


def snake(text: str) -> str:
    """The words of an identifier joined by `_`: `getPropertyVersions` and `get-property-versions` give the same name."""
    return "_".join(words(text))


def words(text: str) -> list[str]:
    """The lower-case words of an identifier, split at case changes and at every character outside `[A-Za-z0-9]`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text))
    return re.findall(r"[a-z0-9]+", spaced.lower())
