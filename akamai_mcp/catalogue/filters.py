"""Which operations to list, as a condition on the index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.effects import EffectName

_WILDCARD: Final = re.compile(r"[%_\\]")  # of LIKE
_CALLED: Final = "(product = ? OR product || '/' || version = ? OR name LIKE ? ESCAPE '\\')"
_NONE_CALLED: Final = f"NOT EXISTS (SELECT 1 FROM operations WHERE {_CALLED})"  # noqa: S608 - our own clause only
_PRODUCT: Final = f"({_CALLED} OR (product IN (SELECT product FROM aliases WHERE alias = ?) AND {_NONE_CALLED}))"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which operations to list; None does not restrict. A product is a key as in operation keys or tool names, else an alias."""

    product: str | None = None
    method: str | None = None
    tag: str | None = None
    effect: EffectName | None = None
    paginatable: bool | None = None
    keys: frozenset[str] | None = None

    def clauses(self) -> tuple[str, list[Any]]:
        """A SQL condition on the table `operations`, and its values."""
        conditions: list[str] = ["1"]
        values: list[Any] = []
        if self.product:
            product = self.product.lower()
            named = _WILDCARD.sub(r"\\\g<0>", product.replace("-", "_"))
            called = [product, product, f"akamai\\_{named}\\_%"]
            conditions.append(_PRODUCT)
            values += [*called, product, *called]
        if self.method:
            conditions.append("method = ?")
            values.append(self.method.upper())
        if self.tag:
            conditions.append("instr(tags, ?) > 0")
            values.append(self.tag.lower())
        if self.effect:
            conditions.append("effect = ?")
            values.append(self.effect)
        if self.paginatable is not None:
            conditions.append("paginatable = ?")
            values.append(int(self.paginatable))
        if self.keys is not None:
            conditions.append("key IN (SELECT value FROM json_each(?))")
            values.append(orjson.dumps(sorted(self.keys)).decode())
        return " AND ".join(conditions), values
