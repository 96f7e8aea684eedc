"""What a mark of the inventory may say, and what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest
from samples import operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.inventory.check import mark_misfits
from akamai_mcp.catalogue.inventory.note import MAX_TEXT, InventoryNote, inventory_problems, parse_inventory, read_note
from akamai_mcp.openapi.model import MediaType, Operation, Parameter, Response

GOOD = {"kind": "property", "id": "propertyId"}


def test_a_mark_needs_a_kind_and_an_id() -> None:
    assert list(inventory_problems({})) == ["inventory has no kind", "inventory has no id"]
    assert list(inventory_problems(GOOD)) == []
    assert list(inventory_problems(None)) == []


FULL: dict[str, Any] = {
    "kind": "thing",
    "items": "things.items",
    "undeclared": True,
    "select": "things[]",
    "id": ["groupId", "thing-id"],
    "name": "names[].text",
    "also": ["host", "@zone"],
    "holds": "addresses[]",
    "facts": {"state": ["status", "state"]},
    "belongs": {"group": "@groupId"},
    "with": {"size": 9, "all": True},
    "each": [{"network": "STAGING"}, {"size": 5}],
    "over": {"groupId": "group", "version": [".latest", "contract"]},
    "having": "contract",
    "fill": "asked",
    "takes": "thingId",
    "next": ["zoo/v1#get-thing"],
    "changes_with": "/zoo/v1/things",
}


def test_a_mark_is_read_with_all_that_it_says() -> None:
    assert list(inventory_problems(FULL)) == []
    assert parse_inventory(FULL) is FULL
    assert read_note(FULL) == InventoryNote(
        kind="thing",
        items="things.items",
        undeclared=True,
        select="things[]",
        id=("groupId", "thing-id"),
        name=("names[].text",),
        also=("host", "@zone"),
        holds=("addresses[]",),
        facts={"state": ("status", "state")},
        belongs={"group": ("@groupId",)},
        each=({"size": 9, "all": True, "network": "STAGING"}, {"size": 5, "all": True}),
        over={"groupId": ("group",), "version": (".latest", "contract")},
        having="contract",
        fill="asked",
        takes="thingId",
        next=("zoo/v1#get-thing",),
        changes_with=("/zoo/v1/things",),
    )
    assert read_note(GOOD) == InventoryNote(kind="property", id=("propertyId",))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("fill", ("first", "asked", "about")),
        ("items", ("a", "a-b", "@a", "a.b[].c", "", "x" * MAX_TEXT)),
        *((name, ("a", ["a", ""], ("a",))) for name in ("id", "name", "also", "holds")),
        *((name, ("x", ["x", "y z"], "x" * MAX_TEXT)) for name in ("next", "changes_with")),
        ("select", ("x", "a[?b == `1`]")),
        ("undeclared", (True, False)),
        ("takes", ("x", "x" * 60)),
        ("having", ("ab", "x" * 40)),
        ("with", ({}, {"a": 1, "b": "", "c": False})),
        ("each", ([{}], ({"a": "b"},))),
    ],
)
def test_each_form_that_means_something_is_taken(name: str, values: tuple[Any, ...]) -> None:
    assert [one for value in values for one in inventory_problems(GOOD | {name: value})] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, ("Property", "x", 7, ["ab"], "x" * 41, "a b", "7a")) for name in ("kind", "having")),
        *((name, ([], "", "a b", [3], ["a", "a..b"], {"a": "b"}, 7, None)) for name in ("id", "name", "also", "holds")),
        ("items", ("a..b", 3, ["a"], "a.", "@", "a[0]", "x" * (MAX_TEXT + 1))),
        ("facts", ({}, {"a b": "x"}, {"a": ""}, ["a"], "a", {"a": "x", "b": 1})),
        ("belongs", ({}, {"Group": "x"}, ["x"], {"group": []}, {"group": "x", "b": "x"})),
        ("each", ([], {}, [{"a": None}], ["x"], [{"a": 1}, {"a b": 1}])),
        ("with", (["x"], {"a": [1]}, {"a b": 1}, {"a": 1, "b": 1.5}, "a")),
        ("over", ({}, {"a": ".latest"}, {"a": []}, {"a": ["group"]}, {"a": "group", "b": "Group"}, {"a b": "group"}, {"a": "group", "b": 3})),
        ("fill", ("later", ["first"], "", None)),
        ("takes", ("", "a b", 3, "x" * 61)),
        *((name, ([], "", [""], "a\nb", ["x", 3], "x" * (MAX_TEXT + 1), {"x": "y"})) for name in ("next", "changes_with")),
        ("select", ("", "a\nb", ["x"], 3)),
        ("undeclared", ("yes", 1, None)),
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_and_the_mark_ignored(name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        assert list(inventory_problems(GOOD | {name: value})) == [f"inventory.{name} cannot be {str(value)[:80]!r}"]
        assert parse_inventory(GOOD | {name: value}) is None


def test_an_unknown_key_is_told_with_those_that_are_known() -> None:
    [told] = inventory_problems(GOOD | {"more": 1})
    start, _, keys = told.partition(": its keys are ")
    assert (start, sorted(keys.split(", "))) == ("inventory has no key 'more'", sorted(FULL))


@pytest.mark.parametrize("mark", ["text", 7, ["kind"], True])
def test_a_mark_is_a_mapping(mark: Any) -> None:
    assert list(inventory_problems(mark)) == ["inventory is no mapping"]
    assert parse_inventory(mark) is None


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


ITEM = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "names": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}},
        "open": {"type": "object"},
    },
}
ANSWER = {"type": "object", "properties": {"things": {"type": "array", "items": ITEM}}}


def listing(schema: Any = ANSWER, *parameters: Parameter) -> Operation:
    content = (MediaType(name="application/json", schema=schema),) if schema is not None else ()
    failed = Response(status="400", content=(MediaType(name="application/json", schema={"type": "string"}),))
    return operation(*parameters, responses=(failed, Response(status="200", content=content)))


def mark_of(**facts: Any) -> InventoryNote:
    return InventoryNote(**{"kind": "thing", "items": "things", "id": ("id",)} | facts)


@pytest.mark.parametrize(
    "note",
    [
        mark_of(),
        mark_of(name=("names[].text",), also=("id",), holds=("open.anything.at.all",)),
        mark_of(items="things[]", facts={"state": ("open.state",)}, belongs={"group": ("id",)}),
        mark_of(items="", id=("things[].id",)),
        mark_of(id=("",)),
        mark_of(id=("none",), select="rows"),
        mark_of(id=("none",), undeclared=True),
    ],
)
def test_a_mark_whose_places_the_answer_has_fits(note: InventoryNote) -> None:
    assert list(mark_misfits(note, listing())) == []


@pytest.mark.parametrize("schema", [None, {}])
def test_any_mark_fits_an_answer_that_nothing_is_said_of(schema: Any) -> None:
    assert list(mark_misfits(mark_of(id=("none",)), listing(schema))) == []
    assert list(mark_misfits(mark_of(id=("none",)), operation())) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"id": ("a",)},
        {"name": ("a",)},
        {"also": ("a",)},
        {"holds": ("a",)},
        {"facts": {"x": ("a",)}},
        {"belongs": {"group": ("a",)}},
    ],
)
def test_a_place_of_each_kind_is_looked_up(facts: dict[str, Any]) -> None:
    assert list(mark_misfits(mark_of(**facts), listing())) == ["zoo/v1#get-pets: inventory: its answer has no things.a"]


def test_all_that_does_not_fit_is_told_in_order_and_once() -> None:
    page = parameter("page", required=True)
    header = parameter("X-Zone", "header", required=True)
    other = parameter("z", required=True)
    note = mark_of(
        id=("b", "@zone"),
        name=("names[].no", "b"),
        each=({"size": 1},),
        over={"groupId": ("group",)},
        belongs={"group": ("@groupId", "@size")},
    )
    assert list(mark_misfits(note, listing(ANSWER, other, page, header, parameter("q")))) == [
        f"zoo/v1#get-pets: inventory: {told}"
        for told in (
            "the operation takes no groupId",
            "the operation takes no size",
            "the operation needs page",
            "the operation needs z",
            "its answer has no things.b",
            "its answer has no things.names[].no",
            "@zone is no argument of its calls",
        )
    ]
