"""The guide's notes on fields: what a field is, its usual format, and which operation lists its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.catalogue.catalogue import Catalogue, Product


class FieldNotes:
    """The field notes of one product, one line each."""

    def __init__(self, catalogue: Catalogue, product: Product) -> None:
        fields = product.guide.get("fields")
        self._fields: Mapping[str, Mapping[str, Any]] = fields if isinstance(fields, Mapping) else {}
        self._catalogue = catalogue

    def __call__(self, name: str, schema: Mapping[str, Any] | None = None) -> str:
        """The note on a field as one line, or an empty text; with a schema, its format only if the schema takes it."""
        note = self._fields.get(name)
        if not note:
            return ""
        parts = [str(note.get("about", "")).rstrip(".")]
        if note.get("form") and (schema is None or takes(schema, note["form"])):
            parts.append(f"e.g. {note['form']}")
        if source := self.source(name):
            parts.append(f"from {source}")
        return "; ".join(part for part in parts if part) + "."

    def source(self, name: str) -> str:
        """The name of the tool that lists a field's values, or an empty text."""
        key = str(self._fields.get(name, {}).get("from") or "")
        entry = self._catalogue.find(key) if key else None
        return entry.name if entry else ""

    def form(self, name: str, schema: Mapping[str, Any]) -> Any:
        """An example value of a field in its schema's type, or None if the guide has none that the schema accepts."""
        form = self._fields.get(name, {}).get("form")
        if not isinstance(form, str) or not form or form not in (schema.get("enum") or [form]):
            return None
        kinds = _kinds(schema)
        if not kinds or "string" in kinds:
            return form
        return int(form) if "integer" in kinds and form.lstrip("-").isdigit() else None


def takes(schema: Mapping[str, Any], form: Any) -> bool:
    """False where a format cannot be a value of the schema: a word for a number, or none of an enumeration."""
    listed = schema.get("enum")
    if isinstance(listed, list) and listed and form not in map(str, listed):
        return False
    kinds = _kinds(schema)
    is_number = str(form).lstrip("-").replace(".", "", 1).isdigit()
    return is_number or "string" in kinds or kinds.isdisjoint({"integer", "number"})


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema declares; none if it does not say."""
    declared = schema.get("type")
    return {str(kind) for kind in (declared if isinstance(declared, list) else [declared]) if kind}
