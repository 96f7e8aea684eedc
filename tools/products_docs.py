"""Write the products to README.md and what an API client needs for each to docs/credentials.md (`make docs`)."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from replacing import replace_once

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.documents.location import Location, open_catalogue

ROOT = Path(__file__).resolve().parents[1]
PRODUCTS = re.compile(r"^\| area \| products \|\n\|---\|---\|\n(?:\|.*\n)+", re.MULTILINE)
GRANTS = re.compile(r"^\| product \| endpoints \| reads \| changes \|\n\|---\|---\|---\|---\|\n(?:\|.*\n)+", re.MULTILINE)

# Where people look for a product; a test holds that each is in one area.
AREAS: Final = {
    "Delivery": "papi hapi cprg cps domain-validation client-access-control siteshield firewall-rules-manager "
    "adaptive-acceleration chinacdn ota dcp-api netstorage-usage-api storage cloud-wrapper sandbox-api test-management imaging "
    "cam",
    "Purge": "ccu eccu-api",
    "Edge computing": "edgeworkers edgekv cloudlets taas",
    "DNS and traffic": "config-dns config-gtm gtm-api gtm-load-data",
    "Security": "appsec bot-manager account-protector content-protector network-lists client-lists api-definitions "
    "apikey-manager-api jwt-api script-management siem prolexic-analytics ip-protect crux etp-config etp-report amfa ccm",
    "mTLS": "mtls-edge-truststore mtls-origin-keystore",
    "Media": "config-media-live live-archive media-delivery-reports media-reports",
    "Reports and logs": "reporting-api datastream-config-api edge-data-stream lds-api edge-diagnostics sla-api "
    "event-viewer events alerts datastore",
    "Account": "identity-management contract-api billing invoicing case-management client-api",
}


def names(catalogue: Catalogue) -> dict[str, str]:
    """The name of each product, by its key."""
    found: dict[str, str] = {}
    for product in catalogue.products():
        if product.product not in found:
            found[product.product] = str(product.guide.get("name") or product.title)
    return found


def entries_by_product(catalogue: Catalogue) -> dict[str, list[Entry]]:
    """The operations of each product."""
    found: dict[str, list[Entry]] = {}
    for entry in catalogue.entries():
        found.setdefault(entry.product, []).append(entry)
    return found


def product_table(catalogue: Catalogue) -> str:
    """The table of README.md: products by area."""
    known = names(catalogue)
    rows = [f"| {area} | {', '.join(known[key] for key in keys.split())} |" for area, keys in AREAS.items()]
    return "\n".join(["| area | products |", "|---|---|", *rows, ""])


def grant_table(catalogue: Catalogue) -> str:
    """The table of docs/credentials.md: the endpoints of each product, and how many operations read or change something."""
    by_product, rows = entries_by_product(catalogue), []
    for key, name in sorted(names(catalogue).items(), key=lambda item: item[1].lower()):
        effects = Counter(entry.effect.worst for entry in by_product[key])
        places = " ".join(f"`{place}`" for place in endpoints(by_product[key]))
        rows.append(f"| {name} (`{key}`) | {places} | {effects['read']} | {effects['write'] + effects['destroy']} |")
    return "\n".join(["| product | endpoints | reads | changes |", "|---|---|---|---|", *rows, ""])


def endpoints(entries: Iterable[Entry]) -> Iterator[str]:
    """The first parts of the paths, the most frequent first, as Control Center shows the endpoint of an API."""
    counted = Counter(entry.path.split("/")[1] for entry in entries)
    # A path may begin with a parameter, or with what all APIs have.
    yield from (f"/{place}/" for place, _ in counted.most_common() if place[0].isalpha())


def with_products(text: str, catalogue: Catalogue) -> str:
    """The text of README.md with the current products."""
    return replace_once(PRODUCTS, text, product_table(catalogue))


def with_grants(text: str, catalogue: Catalogue) -> str:
    """The text of docs/credentials.md with the current grants."""
    return replace_once(GRANTS, text, grant_table(catalogue))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        opened = open_catalogue(Location(root=ROOT / "specs", origin="embedded"), Path(folder))
        for doc, rewritten in (("README.md", with_products), ("docs/credentials.md", with_grants)):
            path = ROOT / doc
            path.write_text(rewritten(path.read_text(encoding="utf-8"), opened), encoding="utf-8")
        opened.close()
