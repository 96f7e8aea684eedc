"""The form in which each place of a document takes Akamai's identifiers: `ctr_C-1` or `C-1`.

A document shows it only in its examples, which are not kept. So the form is kept, as `x-id` of the place's schema: `bare`,
`prefixed`, or `either` where the examples show both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from akamai_mcp.documents.ids.prefixes import prefixed_ids

IdForm = Literal["bare", "prefixed", "either"]
ID_FORM: Final = "x-id"
NUMBERS: Final = frozenset({"integer", "number"})
NO_IDS: Final = frozenset({"boolean", "object"})
Forms = Mapping[str, IdForm]


def shown_forms(raw: Any) -> Forms:
    """The form of each identifier, by its name, in the examples of a document that is not resolved."""
    seen: defaultdict[str, set[IdForm]] = defaultdict(set)
    for name, value in _named_values(raw):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                seen[name].add(form_of(name, one))
    return {name: next(iter(forms)) if len(forms) == 1 else "either" for name, forms in seen.items()}


def _named_values(node: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) wherever an example gives a value to an identifier."""
    if isinstance(node, list):
        for one in node:
            yield from _named_values(one)
    if not isinstance(node, Mapping):
        return
    if isinstance(name := node.get("name"), str) and name in prefixed_ids() and "in" in node:
        yield from ((name, value) for value in _examples(node))
    for key, value in node.items():
        if key in prefixed_ids():
            examples = _examples(value) if isinstance(value, Mapping) else [value]
            yield from ((key, example) for example in examples)
        yield from _named_values(value)


def _examples(node: Mapping[str, Any]) -> Iterator[Any]:
    """The examples of a parameter or schema."""
    more = node.get("examples")
    values = more.values() if isinstance(more, Mapping) else more if isinstance(more, list) else ()
    yield from (one.get("value") if isinstance(one, Mapping) else one for one in values)
    yield node.get("example")
    if isinstance(schema := node.get("schema"), Mapping):
        yield schema.get("example")
    if isinstance(items := node.get("items"), Mapping):
        yield items.get("example")


def form_of(name: str, value: str) -> IdForm:
    """The form of an identifier under a name."""
    return "prefixed" if prefixed_ids()[name].fullmatch(value) else "bare"


def mark_id_forms(document: Any, forms: Forms) -> None:
    """Write `x-id` into the schema of each parameter and member of the facts that takes an identifier and has none.

    A number is bare, and so is a name without a form.
    """
    if isinstance(document, list):
        for one in document:
            mark_id_forms(one, forms)
    if not isinstance(document, dict):
        return
    for name, schema in _places(document):
        if name in prefixed_ids() and isinstance(schema, dict) and not NO_IDS & types_of(schema):
            schema.setdefault(ID_FORM, "bare" if _is_number(schema) else forms.get(name, "bare"))
    for value in document.values():
        mark_id_forms(value, forms)


def _places(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(node.get("name"), str) and "in" in node and isinstance(node.get("schema"), dict):
        yield node["name"], node["schema"]
    if isinstance(properties := node.get("properties"), dict):
        yield from properties.items()


def _is_number(schema: Mapping[str, Any]) -> bool:
    items = schema.get("items")
    return bool(NUMBERS & (types_of(schema) | (types_of(items) if isinstance(items, Mapping) else frozenset())))


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The types that a schema names."""
    kind = schema.get("type")
    return frozenset({kind} if isinstance(kind, str) else kind or ())
