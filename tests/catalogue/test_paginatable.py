"""What the index calls paginatable is exactly what has a rule for its pages."""

from __future__ import annotations

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.result.page_rules import find_page_rule


def test_an_operation_is_listed_as_paginatable_where_its_pages_can_be_followed(catalogue: Catalogue) -> None:
    listed = {entry.key for entry in catalogue.entries() if entry.paginatable}
    followed = {entry.key for entry in catalogue.entries() if find_page_rule(catalogue.operation(entry), entry.pages)}
    assert listed == followed
