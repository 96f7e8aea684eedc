"""A caller searches what it may call, page by page."""

from __future__ import annotations

from pathlib import Path

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers


def found(catalogue: Catalogue, folder: Path, grant: Grant, limit: int, offset: int = 0) -> list[str]:
    caller = Caller(name="ann", grants=(grant,))
    customers = CallerCustomers(Customers(CredentialsSource(edgerc=folder / "none", environment={}), "default"), lambda: caller)
    visibility = Visibility(catalogue, Rules(source="this server"), customers, lambda: caller)
    hits = visibility.search("property", Filter(product="papi"), limit=limit, offset=offset)
    return [entry.key for entry in hits.entries]


def test_pages_of_a_search_follow_each_other_and_have_only_what_the_caller_may_call(catalogue: Catalogue, tmp_path: Path) -> None:
    every = found(catalogue, tmp_path, Grant(role="admin"), 100)
    assert found(catalogue, tmp_path, Grant(role="admin"), 2) == every[:2]
    assert found(catalogue, tmp_path, Grant(role="admin"), 2, 1) == every[1:3]
    reads = found(catalogue, tmp_path, Grant(role="reader", effects=frozenset({"read"})), 100)
    assert set(reads) == {key for key in every if catalogue.get(key).effect.mildest == "read"}
