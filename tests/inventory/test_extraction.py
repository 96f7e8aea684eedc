"""From an answer to records, as a mark says."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.inventory.note import read_note
from akamai_mcp.inventory.extraction import extract, values_at

NOTE = {
    "kind": "certificate",
    "items": "page.items",
    "id": "id",
    "name": ["csr.cn"],
    "also": "csr.sans[]",
    "holds": "list[]",
    "facts": {"state": ["now", "before"], "codes": "rows[].code", "zone": "@zone", "none": "absent"},
    "belongs": {"contract": "contractId", "group": ["group", "groups[].id"]},
}


def records(note: dict[str, Any], body: Any, **arguments: Any) -> list[Any]:
    return list(extract(read_note(note), arguments, body))


def test_a_record_has_what_its_mark_names() -> None:
    item = {
        "id": 5,
        "csr": {"cn": "a.test", "sans": ["b.test", "c.test"]},
        "list": ["192.0.2.1"],
        "before": "old",
        "rows": [{"code": 1}, {"code": 2}, {}],
        "contractId": "ctr_C-1",
        "groups": [{"id": "grp_7"}, {"id": 8}],
    }
    (found,) = records(NOTE, {"page": {"items": [item]}}, zone="example.com")
    assert (found.kind, found.id, found.name, found.also, found.holds) == (
        "certificate",
        "5",
        "a.test",
        ("b.test", "c.test"),
        ("192.0.2.1",),
    )
    assert found.facts == {"state": "old", "codes": [1, 2], "zone": "example.com"}
    assert found.belongs == {"contract": ("C-1",), "group": ("7", "8")}


def test_what_has_no_id_is_left_out() -> None:
    assert [one.id for one in records(NOTE, {"page": {"items": [{"id": None}, {}, {"id": ""}, {"id": 0}, "text"]}})] == ["0"]


@pytest.mark.parametrize("body", [None, "text", 7, [], {}, {"page": None}, {"page": {"items": "x"}}, {"page": [[{"id": 1}]]}])
def test_an_answer_of_another_form_brings_nothing(body: Any) -> None:
    assert records(NOTE, body) == []


def test_an_id_and_a_name_are_put_together_from_their_places() -> None:
    note = {"kind": "gtm-property", "id": ["@domain", "name"], "name": ["name", "@domain"]}
    (found,) = records(note, [{"name": "www"}], domain="x.akadns.net")
    assert (found.id, found.name) == ("x.akadns.net/www", "www.x.akadns.net")


@pytest.mark.parametrize(
    ("place", "values"),
    [("", [{"a": [1, 2]}]), ("a", [1, 2]), ("a[]", [1, 2]), ("a.b", []), ("@x", [9]), ("@y", [])],
)
def test_a_place_leads_to_values(place: str, values: list[Any]) -> None:
    assert list(values_at(place, {"a": [1, 2]}, {"x": 9})) == values
