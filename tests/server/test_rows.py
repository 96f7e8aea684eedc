"""What a row says, for every operation: the effect that a call would have, the product's name, and each operation once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from mcp_stage import OPERATIONS, Stage

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.search import Search

# Codes that say nothing to somebody who does not know them; all others have a word of their product's name.
SILENT = {
    "amfa", "appsec", "cam", "ccm", "ccu", "config-gtm", "contract-api", "cprg", "cps", "crux", "datastore", "dcp-api", "eccu-api",
    "etp-config", "etp-report", "events", "gtm-api", "hapi", "imaging", "jwt-api", "lds-api", "papi", "sla-api", "taas",
}  # fmt: skip
PAGE = 200

Rows = dict[str, dict[str, Any]]


@pytest.fixture
async def rows(stage: Stage) -> Rows:
    """The row of each operation by its name."""
    found: Rows = {}
    for offset in range(0, OPERATIONS, PAGE):
        content = (await stage.ask("akamai_list_operations", limit=PAGE, offset=offset)).content
        found |= {row["name"]: row for row in content["operations"]}
    assert len(found) == OPERATIONS
    return found


async def test_a_row_says_destroy_where_every_call_does_and_when_it_does_where_the_arguments_decide(
    rows: Rows, catalogue: Catalogue
) -> None:
    told = {entry.key: rows[entry.name]["effect"] for entry in catalogue.entries()}
    decided = {entry.key for entry in catalogue.entries() if entry.effect.conditions}
    assert {told[key] for key in told.keys() - decided} == {"read", "write", "destroy"}
    assert [key for key in decided if not told[key].startswith(("write; destroy on production", "write; destroy by "))] == []
    networks = {entry.key for entry in catalogue.entries() if any(one.is_network for one in entry.effect.conditions)}
    assert networks
    assert [key for key in networks if "on production" not in told[key]] == []


async def test_a_row_names_the_product_where_its_code_says_nothing(rows: Rows, catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        title = catalogue.product_of(entry).title
        assert rows[entry.name].get("product") == (title if entry.product in SILENT else None), entry.key


def versions_of(catalogue: Catalogue, name_of: Callable[[Entry], str]) -> list[list[Entry]]:
    """The operations that a product has under one name in more than one version."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in catalogue.entries():
        found.setdefault((entry.product, name_of(entry)), []).append(entry)
    return [entries for entries in found.values() if len({entry.version for entry in entries}) > 1]


def by_path(entry: Entry) -> str:
    path = re.sub(r"/v\d+/|\{[^}]*\}", "/", entry.path)
    return f"{entry.method} {path}"


@pytest.mark.parametrize("name_of", [by_path, lambda entry: entry.operation_id], ids=["path", "operationId"])
def test_a_search_shows_an_operation_of_several_versions_once(catalogue: Catalogue, name_of: Callable[[Entry], str]) -> None:
    search, several = Search(catalogue), versions_of(catalogue, name_of)
    assert len(several) > 50
    for entries in several:
        hits = search.find(entries[-1].summary, Filter(product=entries[0].product), limit=PAGE).entries
        shown = [entry.version for entry in hits if entry in entries]
        documented = [entry for entry in entries if not entry.source] or entries
        assert len(shown) <= 1, entries[0].key
        if name_of is by_path:  # what another version has at another path may be another thing, and fit better
            assert shown in ([], [max(entry.version for entry in documented)]), entries[0].key
