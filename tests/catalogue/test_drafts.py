"""What documents and guide say of products is read tidily, and operations get their notes from the right place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation, write

from akamai_mcp.catalogue.drafts import (
    MAX_ALIASES,
    MAX_FIELDS,
    MAX_LINE,
    Draft,
    collect_known,
    merge_abouts,
    read_draft,
    read_guides,
    tidy_about,
)
from akamai_mcp.openapi.loader import DocumentFile, find_documents
from akamai_mcp.openapi.parser import Outline

ABOUT: dict[str, Any] = {
    "name": "Zoo",
    "about": "Animals.",
    "before": "Ask.",
    "after": "Look.",
    "accept": "application/json",
    "content_type": "text/csv",
    "tool_key": "zoo",
    "aliases": ["animals", "cages"],
    "fields": {"id": {"about": "The number", "form": "7", "from": "zoo/v1#get-a", "default": "1"}},
}


def drafts_of(folder: Path, **documents: Mapping[str, Any]) -> list[Draft]:
    """The drafts of documents, each in a folder of its own; those named like `zoo_clients` are of undocumented operations."""
    for name, content in documents.items():
        product, _, kind = name.partition("_")
        write(folder, f"{product}/v1/openapi{'.clients' if kind else ''}.json", content)
    return [read_draft(file) for file in find_documents(folder)]


@pytest.mark.parametrize(
    ("guide", "tidy"),
    [
        (ABOUT, ABOUT),
        (ABOUT | {"more": "x", "fields": {"id": {"about": "The number", "more": "x"}}}, ABOUT | {"fields": {"id": {"about": "The number"}}}),
        ({"name": 5, "about": "", "before": ["x"], "tool_key": "No Key", "aliases": "x", "fields": ["x"]}, {}),
        ({"aliases": ["a", "", 7, "b"]}, {"aliases": ["a", "b"]}),
        ({"fields": {"id": "x", "name": {"about": 3}}}, {"fields": {"name": {}}}),
        ({}, {}),
        *((guide, {}) for guide in (None, [], "text", 7)),
    ],
)  # fmt: skip
def test_what_a_guide_says_of_a_product_is_kept_where_it_has_the_right_form(guide: Any, tidy: dict[str, Any]) -> None:
    assert tidy_about(guide) == tidy


def test_what_a_guide_says_is_bounded_in_number_and_length() -> None:
    long, many = "x" * (MAX_LINE * 2), [f"a{number}" for number in range(MAX_FIELDS * 2)]
    tidy = tidy_about({"about": long, "aliases": [long, *many], "fields": {name: {"about": long} for name in many}})
    assert len(tidy["about"]) <= MAX_LINE
    assert len(tidy["aliases"][0]) <= MAX_LINE
    assert tidy["aliases"][1:] == many[: MAX_ALIASES - 1]
    assert list(tidy["fields"]) == many[:MAX_FIELDS]


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({}, {}, {}),
        ({"name": "A", "about": "x"}, {"name": "B"}, {"name": "B", "about": "x"}),
        ({"fields": {"a": {}, "b": {"about": "1"}}}, {"fields": {"b": {"about": "2"}}}, {"fields": {"a": {}, "b": {"about": "2"}}}),
        ({"fields": {"a": {}}}, {"name": "B"}, {"fields": {"a": {}}, "name": "B"}),
        ({"name": "A"}, {"fields": {"a": {}}}, {"fields": {"a": {}}, "name": "A"}),
    ],
)  # fmt: skip
def test_of_two_notes_on_a_product_the_second_wins_and_the_fields_of_both_are_kept(
    first: dict[str, Any], second: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge_abouts(first, second) == merged


def test_a_draft_has_what_the_index_needs_of_a_document(tmp_path: Path) -> None:
    noted = operation("get-a", summary="List", tags=["Zoo"], **{"x-guide": {"effect": "write"}})
    lost = {"parameters": [{"$ref": "#/components/parameters/none"}], "get": operation("get-b")}
    one = document(paths={"/a": {"get": noted}, "/b": lost}, **{"x-guide": ABOUT})
    [draft] = drafts_of(tmp_path, zoo=one)
    [fault] = draft.faults
    assert fault.startswith("GET /b is not served.")
    assert draft == Draft(
        file=DocumentFile(path=tmp_path / "zoo" / "v1" / "openapi.json", root=tmp_path),
        product="zoo",
        version="v1",
        title="Things",
        about=ABOUT,
        has_guide=True,
        outlines=(
            Outline(
                operation_id="get-a",
                method="GET",
                template="/a",
                path="/things/v1/a",
                refusal="",
                summary="List",
                tags=("Zoo",),
                deprecated=False,
                parameters=(),
                has_body=False,
                guide={"effect": "write"},
            ),
        ),
        faults=(fault,),
    )
    assert (draft.tool_key, draft.is_undocumented) == ("zoo", False)


@pytest.mark.parametrize("info", [None, {}, {"title": ""}, {"title": 5}, "text"])
def test_a_document_without_a_title_is_called_by_its_product(tmp_path: Path, info: Any) -> None:
    [draft] = drafts_of(tmp_path, zoo=document() | {"info": info})
    assert (draft.title, draft.has_guide, draft.about, draft.tool_key) == ("zoo", False, {}, "")


def test_only_a_document_of_undocumented_operations_alone_counts_as_undocumented(tmp_path: Path) -> None:
    client = operation("get-c", **{"x-source": "client"})
    documents = {
        "a": document(paths={"/a": {"get": client}}),
        "b": document(paths={"/b": {"get": client, "put": operation("put-b")}}),
        "c": document(paths={}),
    }
    assert [draft.is_undocumented for draft in drafts_of(tmp_path, **documents)] == [True, False, False]


def test_a_product_without_a_note_of_its_own_has_that_of_the_default_guide(tmp_path: Path) -> None:
    guides = {
        "a/v1": {"name": "A by default", "tool_key": "short_a"},
        "b/v1": {"name": "B by default", "tool_key": "not A key"},
        "a/v1#get-things": {"effect": "destroy"},
        "d/v1": {"name": "D by default", "tool_key": "short_d"},
    }
    own = document("get-other", **{"x-guide": {"name": "C", "accept": "text/csv"}})
    a, b, c, d = drafts_of(tmp_path, a=document(), b=document(), c=own, d=document(**{"x-guide": {"name": "D"}}))
    known = collect_known([a, b, c], lambda: guides)
    assert known.about(d) == {"name": "D", "tool_key": "short_d"}
    assert [known.about(draft) for draft in (a, b, c)] == [
        {"name": "A by default", "tool_key": "short_a"},
        {"name": "B by default", "tool_key": "not A key"},
        {"name": "C", "accept": "text/csv"},
    ]
    entries = [known.entry(outline, draft) for draft in (a, b, c) for outline in draft.outlines]
    assert [(one.key, one.name, one.former_name, one.document, one.effect.worst) for one in entries] == [
        ("a/v1#get-things", "akamai_short_a_get_things", "", "a/v1/openapi.json", "destroy"),
        ("b/v1#get-things", "akamai_b_v1_get_things", "", "b/v1/openapi.json", "read"),
        ("c/v1#get-other", "akamai_c_v1_get_other", "", "c/v1/openapi.json", "read"),
    ]
    assert [one.accept for one in entries] == [{}, {}, {"otherwise": "text/csv"}]


def test_an_own_note_wins_over_the_default_one_whole(tmp_path: Path) -> None:
    guides = {"a/v1#get-a": {"effect": "destroy", "cache": "hours"}, "a/v1": {"name": "Default", "aliases": ["x"]}}
    noted = operation("get-a", **{"x-guide": {"effect": "write"}})
    [draft] = drafts_of(tmp_path, a=document(paths={"/a": {"get": noted}}, **{"x-guide": {"name": "Own", "tool_key": "own"}}))
    known = collect_known([draft], lambda: guides)
    entry = known.entry(draft.outlines[0], draft)
    assert (entry.effect.worst, entry.cache, entry.name) == ("write", "", "akamai_own_get_a")
    assert known.about(draft) == {"name": "Own", "tool_key": "own"}


def test_an_operation_that_was_undocumented_keeps_its_name_and_its_note_where_it_has_none(tmp_path: Path) -> None:
    note = {"effect": "destroy", "ask": ["let the lion go"], "accept": "text/csv"}
    sent = operation("post-a", summary="Send away", **{"x-source": "client", "x-guide": note})
    seen = operation("get-a", **{"x-source": "observed"})
    noted = operation("release", **{"x-guide": {"ask": ["set free"]}})
    old, new = drafts_of(
        tmp_path,
        zoo=document(paths={"/{id}": {"post": noted}}),
        zoo_clients=document(paths={"/{animal}": {"post": sent, "get": seen}}, **{"x-guide": {"accept": "text/plain"}}),
    )
    known = collect_known([new, old], dict)
    entry = known.entry(new.outlines[0], new)
    assert (entry.key, entry.name, entry.former) == ("zoo/v1#release", "akamai_zoo_v1_post_a", "zoo/v1#post-a")
    assert (entry.effect.worst, entry.ask, entry.summary) == ("destroy", ("Send away", "set free"), "Send away")
    assert entry.accept == {"otherwise": "text/csv"}
    assert [one.operation_id for one in known.served(old)] == ["get-a"]
    assert [one.operation_id for one in known.replaced(old)] == ["post-a"]
    assert [one.operation_id for one in known.served(new)] == ["release"]
    assert known.replaced(new) == []


def test_a_name_that_became_too_long_is_a_former_one(tmp_path: Path) -> None:
    names = (f"get-{'a' * 36}", f"get-{'b' * 37}", f"get-{'c' * 38}")
    [draft] = drafts_of(tmp_path, zoo=document(*names, **{"x-guide": {"tool_key": "zoo"}}))
    known = collect_known([draft], dict)
    short, long, longer = (known.entry(outline, draft) for outline in draft.outlines)
    assert (short.name, short.former_name) == (f"akamai_zoo_get_{'a' * 36}", "")
    assert long.former_name == f"akamai_zoo_get_{'b' * 37}"
    assert len(long.name) < len(long.former_name)
    assert longer.former_name == ""  # it was too long before, too


def test_the_default_guide_is_read_only_where_something_is_missing(tmp_path: Path) -> None:
    guide = {"x-guide": {"tool_key": "zoo"}}
    client = document(paths={"/c": {"get": operation("get-c", **{"x-source": "client"})}}, **guide)
    whole = drafts_of(tmp_path / "whole", zoo=document(**guide), zoo_clients=client)
    others = [
        drafts_of(tmp_path / "no-clients", zoo=document(**guide)),
        drafts_of(tmp_path / "no-guide", zoo=document(), zoo_clients=client),
        drafts_of(tmp_path / "no-key", zoo=document(**{"x-guide": {"name": "Zoo"}}), zoo_clients=client),
    ]
    asked: list[str] = []

    def read() -> dict[str, Any]:
        asked.append("read")
        return {}

    collect_known(whole, read)
    assert asked == []
    for drafts in others:
        collect_known(drafts, read)
    assert len(asked) == len(others)


def test_a_default_guide_has_notes_on_products_operations_and_former_endpoints(tmp_path: Path) -> None:
    noted = operation("get-a", summary="List", **{"x-guide": {"effect": "write"}})
    known = document(
        paths={"/a": {"parameters": [], "get": noted, "put": operation("put-a")}},
        **{"x-guide": {"name": "Zoo", "fields": {"a": {}}}},
    )
    sent = operation("post-b", summary="Send", **{"x-source": "client", "x-guide": {"secret": True}})
    client = document(paths={"/{id}": {"post": sent}}, **{"x-guide": {"tool_key": "zoo", "fields": {"b": {}}}})
    drafts_of(tmp_path, zoo=known, zoo_clients=client)
    assert read_guides(tmp_path) == {
        "zoo/v1": {"name": "Zoo", "tool_key": "zoo", "fields": {"a": {}, "b": {}}},
        "zoo/v1#get-a": {"summary": "List", "effect": "write"},
        "zoo/v1#put-a": {"summary": None},
        "zoo/v1#post-b": {"summary": "Send", "secret": True},
        "POST /things/v1/{}": {"key": "zoo/v1#post-b", "note": {"summary": "Send", "secret": True}},
    }
    [draft] = drafts_of(tmp_path / "own", ours=document(paths={"/{other}": {"post": operation("send")}}))
    entry = collect_known([draft], lambda: read_guides(tmp_path)).entry(draft.outlines[0], draft)
    assert (entry.name, entry.former, entry.secret) == ("akamai_zoo_post_b", "zoo/v1#post-b", True)
