"""Which products an API client may use, and which it lacks, as its own grants tell."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from akamai_mcp.cli.doctor.checks import Finding
from akamai_mcp.openapi.schema import Json

NO_PRODUCTS: Final = frozenset({"discover", "all"})
ADVICE: Final = "Add the APIs to the client in Control Center (Identity & access > API client), or list other products."


def read_grants(row: Json, products: frozenset[str], listed: Collection[str]) -> Finding | None:
    """The finding on the grants of a customer that works; a warning if a product that is listed as tools is not granted."""
    check = row.get("check", {})
    if check.get("state") != "works":
        return None
    name = f"grants {row['name']}"
    if check.get("allApis"):
        return Finding(check=name, state="ok", found="every API that its user may use")
    levels = check.get("products", {})
    granted = {product for of_level in levels.values() for product in of_level}
    if not granted:
        return Finding(check=name, state="ok", found="not told")
    lacking = sorted(products - granted)
    wanted = sorted({*listed} - NO_PRODUCTS - granted)
    has = "; ".join(f"{level}: {', '.join(of_level)}" for level, of_level in sorted(levels.items()))
    found = f"{has}; none for {len(lacking)} products: {', '.join(lacking)}"
    if wanted:
        return Finding(check=name, state="warning", found=f"{found}; listed and not granted: {', '.join(wanted)}", advice=ADVICE)
    return Finding(check=name, state="ok", found=found)
