"""What a guide or a user's own document says of pages: taken whole where it means something, else left out and reported."""

from __future__ import annotations

from typing import Any

import pytest
from samples import operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.page_notes import PAGE_FACTS, page_problems, parse_pages
from akamai_mcp.result.page_rules import PageRule, find_page_rule

GOOD: list[dict[str, Any]] = [
    {"style": "offset", "position": "offset", "size": "limit"},
    {"items": "", "total": "meta.total_count"},
    {"page_size": 1, "max_size": 500, "first": 0},
    {"step": "size", "at": "body", "inclusive": True, "next_from": "[-1].fileName"},
    {"drops": ["afterEventId"]},
    {"drops": ["a"] * 20, "size": "x" * 200, "inclusive": False},
    *({"style": style} for style in ("page", "cursor", "link")),
    {"step": "items", "at": "query"},
]
BAD: list[Any] = [
    "yes", 1, 0.5, [], {}, {"style": "offsets"}, {"style": True}, {"style": ["offset"]}, {"position": 3}, {"position": None},
    {"size": "a\nb"}, {"size": "x" * 201}, {"page_size": 0}, {"page_size": "5"}, {"page_size": True}, {"first": -1},
    {"first": 1.5}, {"inclusive": "true"}, {"drops": "afterEventId"}, {"drops": [1]}, {"drops": ["a"] * 21}, {"keys": {}},
    {"path": "/a"}, {7: 7}, {"style": "offset", "positions": "offset"},
]  # fmt: skip


@pytest.mark.parametrize("note", [None, True, False, *GOOD])
def test_a_note_that_means_something_is_taken(note: Any) -> None:
    assert list(page_problems(note)) == []
    wanted = (
        {name: tuple(value) if name == "drops" else value for name, value in note.items()} if isinstance(note, dict) else note
    )
    assert parse_pages(note) == wanted


@pytest.mark.parametrize("note", BAD, ids=repr)
def test_a_note_that_means_nothing_is_reported_and_left_out_whole(note: Any) -> None:
    assert list(page_problems(note))
    assert parse_pages(note) is None


def test_every_fact_of_a_note_is_one_of_the_rule() -> None:
    assert set(PageRule.__dataclass_fields__) >= PAGE_FACTS


def test_a_note_wins_over_what_the_document_shows() -> None:
    shown = operation(parameter("offset", schema={"type": "integer"}), parameter("limit", schema={"type": "integer"}))
    assert find_page_rule(shown, False) is None
    found = find_page_rule(shown, {"page_size": 7, "items": "rows"})
    assert found is not None
    assert (found.style, found.position, found.page_size, found.items) == ("offset", "offset", 7, "rows")


@pytest.mark.parametrize("note", [{"items": "rows"}, {"style": "offset"}, {"style": "cursor", "next_from": "next"}, True])
def test_a_note_without_a_way_to_the_next_page_is_no_rule_where_the_document_shows_none(note: Any) -> None:
    assert find_page_rule(operation(), note) is None


def test_a_note_is_a_rule_where_the_document_shows_none() -> None:
    found = find_page_rule(operation(), {"style": "page", "position": "seite", "size": "anzahl", "first": 1})
    assert found is not None
    assert (found.style, found.undeclared, found.first) == ("page", ("seite", "anzahl"), 1)


def test_the_index_keeps_a_note_as_it_was_read(catalogue: Catalogue) -> None:
    assert catalogue.get("event-viewer/v1#get-events").pages == {"style": "link", "drops": ("afterEventId",)}
    assert catalogue.get("siem/v1#get-config").pages is False
    assert catalogue.get("papi/v1#get-contracts").pages is None
