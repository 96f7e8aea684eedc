"""The hand-written guide: one YAML file per product, merged into the documents by `specs build`.

A further file of a product, such as `appsec.clients.yaml` for undocumented operations, adds operations and fields.
An operation's entry has `summary` and, if they apply, `effect`, `secret`, `outcome`, `cache`,
`touches`, `pages`, `replaces`, `instead`, `corrects`, `accept`, `content_type`, `empty_body`; or
`same_as: vN` where an older version means
exactly the same. How people ask for it is in `asks/` (`asks.py`).
`examples.yaml` has calls of the operations that people use most, `inventory.yaml` marks those that list
what an account owns, `undo.yaml` says how writes are taken back.

An effect is `read`, `write` or `destroy`, or `write_when`: the harmless values of each argument that decides, such as
`{body.network: STAGING, query.activate: false}`, with an `optional` list of those arguments whose absence is harmless too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.outcomes.undo_rows import read_undo_guide
from akamai_mcp.documents.asks import ASKS, Asks, to_asks
from akamai_mcp.documents.asks import FOLDER as ASKS_FOLDER
from akamai_mcp.documents.facts import Facts
from akamai_mcp.documents.ids.forms import IdForm, form_of
from akamai_mcp.documents.ids.prefixes import prefixed_ids
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.media_choice import NOTES
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS

COMMON_FIELDS: Final = "fields.yaml"
EXAMPLES: Final = "examples.yaml"
INVENTORY: Final = "inventory.yaml"
UNDO: Final = "undo.yaml"
PRODUCT_KEYS: Final = ("name", "aliases", "about", "before", "after", *NOTES)

MOST_ASKS: Final = ASKS.stop - 1

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductGuide:
    """The guide of one product; `tool_keys` are by version, `entries` and `asks` by version and operationId."""

    product: str
    about: Mapping[str, Any] = field(default_factory=dict)
    tool_keys: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asks: Asks = field(default_factory=dict)

    def __or__(self, further: ProductGuide) -> ProductGuide:
        """Both guides merged; the second one wins."""
        versions = sorted({*self.entries, *further.entries})
        return ProductGuide(
            product=self.product,
            about={**self.about, **further.about},
            tool_keys={**self.tool_keys, **further.tool_keys},
            entries={version: {**self.entries.get(version, {}), **further.entries.get(version, {})} for version in versions},
            fields={**self.fields, **further.fields},
            asks={**self.asks, **further.asks},
        )

    def entry(self, version: str, operation_id: str) -> Entry | None:
        """The entry of an operation, with `same_as` resolved and its asks added; None if there is none."""
        seen: set[str] = set()
        asks: list[str] = []
        while version not in seen:
            seen.add(version)
            asks += self.asks.get(version, {}).get(operation_id, ())
            entry = self.entries.get(version, {}).get(operation_id)
            if entry is None or "same_as" not in entry:
                return {"ask": asks[:MOST_ASKS]} | dict(entry) if entry and asks else entry
            version = str(entry["same_as"])
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The guides of all products, and the fields with one meaning in all of them.

    `examples` are those of the operations that people use most, by key: the arguments of a call, or None where the example
    that is made from the document and the fields will do. `contradictory` are those whose schema refuses every body.
    `inventory` marks, by key too, the operations that list what an account owns, and `undo` says how writes are taken back.
    """

    products: Mapping[str, ProductGuide] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    contradictory: tuple[str, ...] = ()
    inventory: Mapping[str, Any] = field(default_factory=dict)
    undo: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def product(self, name: str) -> ProductGuide:
        """The guide of a product; empty if there is none."""
        return self.products.get(name) or ProductGuide(product=name)

    def id_forms(self, product: str) -> dict[str, IdForm]:
        """The form in which a product takes identifiers, by the names of the fields whose notes show one."""
        notes = {**self.fields, **self.product(product).fields}
        return {name: form_of(name, note["form"]) for name, note in notes.items() if name in prefixed_ids() and "form" in note}


def load_guide(folder: Path) -> Guide:
    """Read the guide files of a folder, and the asks beside it; without the folders the guide is empty. Raises DocumentError."""
    products: dict[str, ProductGuide] = {}
    fields: Mapping[str, Mapping[str, str]] = {}
    examples: Mapping[str, Any] = {}
    contradictory: tuple[str, ...] = ()
    inventory: Mapping[str, Any] = {}
    undo: Mapping[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = _read(path)
        if path.name == COMMON_FIELDS:
            fields = content["fields"]
        elif path.name == EXAMPLES:
            examples, contradictory = content["examples"], tuple(content.get("contradictory") or ())
        elif path.name == INVENTORY:
            inventory = content["inventory"]
        elif path.name == UNDO:
            undo = read_undo_guide(content)
        elif "product" in content:
            further = _product_guide(content)
            products[further.product] = products.get(further.product, ProductGuide(product=further.product)) | further
    for path in sorted((folder.parent / ASKS_FOLDER).glob("*.yaml")):
        product, asks = to_asks(path.name, _read(path))
        products[product] = products.get(product, ProductGuide(product=product)) | ProductGuide(product=product, asks=asks)
    return Guide(products=products, examples=examples, contradictory=contradictory, inventory=inventory, undo=undo, fields=fields)


def _read(path: Path) -> Mapping[str, Any]:
    import yaml  # 40 ms: the index has the guide already

    try:
        content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        advice = "Correct the YAML at that place, or let this process read the file."
        raise DocumentError(f"{path.name} cannot be read: {error}", document=path.name, advice=advice) from error
    if not isinstance(content, Mapping):
        raise DocumentError(f"{path.name} is not a mapping.", document=path.name, advice="See specs/README.md for its form.")
    return content


def _product_guide(content: Mapping[str, Any]) -> ProductGuide:
    return ProductGuide(
        product=str(content["product"]),
        about={key: content[key] for key in PRODUCT_KEYS if key in content},
        tool_keys=content.get("tool_keys") or {},
        entries=content.get("operations") or {},
        fields=content.get("fields") or {},
    )


def add_guide(document: Facts, guide: Guide, *, product: str, version: str) -> Facts:
    """The document with the guide's summaries, questions and field notes added."""
    own = guide.product(product)
    for item in document["paths"].values():
        for method in PATH_ITEM_METHODS:
            if method in item:
                operation_id = item[method]["operationId"]
                key = f"{product}/{version}#{operation_id}"
                noted = {"example": guide.examples.get(key), "inventory": guide.inventory.get(key), "undo": guide.undo.get(key)}
                more = {name: note for name, note in noted.items() if note is not None}
                _add_entry(item[method], own.entry(version, operation_id), more)
    names = _names_in(document)
    fields = {name: note for name, note in sorted({**guide.fields, **own.fields}.items()) if name in names}
    tool_key = {"tool_key": own.tool_keys[version]} if version in own.tool_keys else {}
    about = {**own.about, **tool_key, **({"fields": fields} if fields else {})}
    # The index uses the embedded notes only for documents without a guide of their own.
    return document | ({"x-guide": about} if about else {})


def _add_entry(operation: Facts, entry: Entry | None, more: Facts) -> None:
    if entry is None:
        return
    # A synced document has the official summary; the guide's is then only for search.
    operation.setdefault("summary", entry["summary"])
    notes = {"summary": entry["summary"]} if operation["summary"] != entry["summary"] else {}
    operation["x-guide"] = notes | {key: value for key, value in entry.items() if key != "summary"} | more


def _names_in(document: Facts) -> set[str]:
    """The names of all parameters and properties in the document."""
    names: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("name"), str) and "in" in node:
                names.add(node["name"])
            if isinstance(node.get("properties"), dict):
                names.update(node["properties"])
            for value in node.values():
                visit(value)
        elif isinstance(node, list):
            for value in node:
                visit(value)

    visit({"components": document.get("components", {}), "paths": document["paths"]})
    return names
