"""What a mark of the inventory may say, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.inventory.check import mark_misfits
from akamai_mcp.catalogue.inventory.note import InventoryNote, inventory_problems, parse_inventory, read_note

GOOD = {"kind": "property", "id": "propertyId"}


def test_a_mark_needs_a_kind_and_an_id() -> None:
    assert list(inventory_problems({})) == ["inventory has no kind", "inventory has no id"]
    assert list(inventory_problems(GOOD)) == []
    assert list(inventory_problems(None)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Property"},
        {"kind": 7},
        {"id": []},
        {"id": "a b"},
        {"items": "a..b"},
        {"items": 3},
        {"name": [3]},
        {"facts": {}},
        {"facts": {"a b": "x"}},
        {"belongs": {"Group": "x"}},
        {"belongs": ["x"]},
        {"each": []},
        {"each": [{"a": None}]},
        {"with": ["x"]},
        {"over": {"propertyId": ".latest"}},
        {"over": {"propertyId": []}},
        {"fill": "later"},
        {"fill": ["first"]},
        {"takes": ""},
        {"next": [""]},
        {"changes_with": "a\nb"},
        {"undeclared": "yes"},
        {"more": "x"},
    ],
)
def test_what_means_nothing_is_told_and_the_mark_ignored(wrong: dict[str, Any]) -> None:
    mark = GOOD | wrong
    assert len(list(inventory_problems(mark))) == 1
    assert parse_inventory(mark) is None


@pytest.mark.parametrize("mark", ["text", 7, ["kind"], True])
def test_a_mark_is_a_mapping(mark: Any) -> None:
    assert list(inventory_problems(mark)) == ["inventory is no mapping"]
    assert parse_inventory(mark) is None


def test_one_text_stands_for_a_list_of_one() -> None:
    note = read_note(GOOD | {"over": {"groupId": "group"}, "with": {"size": 9}, "each": [{"network": "STAGING"}]})
    assert (note.id, note.over, note.each) == (("propertyId",), {"groupId": ("group",)}, ({"size": 9, "network": "STAGING"},))


def test_every_mark_of_the_guide_fits_its_operation(catalogue: Catalogue) -> None:
    marked = catalogue.marked()
    assert len(marked) >= 30
    misfits = [line for entry in marked for line in mark_misfits(read_note(entry.inventory or {}), catalogue.operation(entry))]
    assert misfits == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": ("nothing",)}, "its answer has no contracts.items.nothing"),
        ({"items": "contracts.rows"}, "its answer has no contracts.rows.contractId"),
        ({"each": ({"network": "STAGING"},)}, "the operation takes no network"),
        ({"belongs": {"group": ("@groupId",)}}, "@groupId is no argument of its calls"),
    ],
)
def test_a_mark_that_does_not_fit_is_told(catalogue: Catalogue, changes: dict[str, Any], told: str) -> None:
    operation = catalogue.operation(catalogue.get("papi/v1#get-contracts"))
    facts: dict[str, Any] = {"kind": "contract", "items": "contracts.items", "id": ("contractId",)}
    note = InventoryNote(**(facts | changes))
    assert list(mark_misfits(note, operation)) == [f"papi/v1#get-contracts: inventory: {told}"]


def test_an_argument_that_is_needed_and_not_given_is_told(catalogue: Catalogue) -> None:
    operation = catalogue.operation(catalogue.get("papi/v1#get-properties"))
    note = InventoryNote(kind="property", items="properties.items", id=("propertyId",), over={"groupId": ("group",)})
    assert list(mark_misfits(note, operation)) == ["papi/v1#get-properties: inventory: the operation needs contractId"]
