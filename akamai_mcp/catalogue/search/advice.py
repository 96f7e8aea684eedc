"""What to do where a search or a list has found nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter


def advise(catalogue: Catalogue, chosen: Filter, suggestions: Sequence[str] = ()) -> str:
    """Advice for a filter, and perhaps a question, that nothing matches: a product that does not exist comes first."""
    if chosen.product and not catalogue.of_product(chosen.product):
        products = ", ".join(sorted({one.product for one in catalogue.products()}))
        return f"There is no product {chosen.product!r}. Known products: {products}."
    near = f" Did you mean {', '.join(suggestions)}?" if suggestions else ""
    is_filtered = replace(chosen, keys=None) != Filter()
    return f"Nothing matches: use other words{' or fewer filters' if is_filtered else ''}.{near}"
