from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document

from akamai_mcp.documents.guide import Guide, ProductGuide, add_guide, load_guide
from akamai_mcp.documents.guide_check import check_guide, guide_problems, require_valid
from akamai_mcp.errors import DocumentError

GOOD = {
    "summary": "List the contracts",
    "ask": ["who pays", "show my contracts", "ctr ids", "which agreements do we have", "contract list of papi"],
}
OPERATIONS = {("papi", "v1"): frozenset({"get-a"}), ("papi", "v2"): frozenset({"get-a"})}


def guide(fields: dict[str, Any] | None = None, **versions: dict[str, Any]) -> Guide:
    return Guide(products={"papi": ProductGuide(product="papi", entries=versions, fields=fields or {})})


def problems(**changed: Any) -> list[str]:
    return list(check_guide(guide(v1={"get-a": {**GOOD, **changed}}, v2={"get-a": {"same_as": "v1"}}), OPERATIONS))


def test_a_guide_with_an_entry_for_each_operation_has_no_problems() -> None:
    assert problems() == []
    assert problems(effect="destroy", secret=True, cache="never", outcome="papi/v2#get-a") == []
    assert problems(effect={"write_when": {"body.network": "STAGING"}, "optional": ["body.network"]}) == []


def test_an_operation_without_an_entry_is_found() -> None:
    assert list(check_guide(guide(v1={"get-a": GOOD}), OPERATIONS)) == ["papi/v2#get-a has no entry"]


def test_an_empty_entry_is_found() -> None:
    found = list(check_guide(guide(v1={"get-a": None}, v2={"get-a": GOOD}), OPERATIONS))
    assert "papi/v1#get-a has no entry" in found


def test_an_entry_that_names_no_operation_is_found() -> None:
    found = list(check_guide(guide(v1={"get-a": GOOD, "get-b": GOOD}, v2={"get-a": GOOD}), OPERATIONS))
    assert found == ["papi/v1#get-b: names no operation"]


@pytest.mark.parametrize("summary", ["", "List", " ".join(["word"] * 13)])
def test_a_summary_that_is_too_short_or_too_long_is_found(summary: str) -> None:
    assert problems(summary=summary) == ["papi/v1#get-a: the summary needs two to twelve words"]


@pytest.mark.parametrize("ask", [None, [], ["one"], list("abcd"), list("abcdefghijklm")])
def test_too_few_or_too_many_asks_are_found(ask: list[str] | None) -> None:
    assert problems(ask=ask) == [f"papi/v1#get-a: needs 5 to 12 asks, has {len(ask or ())}"]


def test_an_ask_that_repeats_the_words_of_another_is_found() -> None:
    assert problems(ask=["who pays", "b", "c", "d", "Who pays?"]) == ["papi/v1#get-a: asks the same twice: Who pays?"]


@pytest.mark.parametrize(
    "effect",
    ["delete", 3, None, ["read"], {}, {"otherwise": "write"}, {"write_when": {}}, {"write_when": ["body.network"]}],
)
def test_an_unknown_effect_is_found(effect: Any) -> None:
    assert problems(effect=effect) == [f"papi/v1#get-a: unknown effect {effect}"]


@pytest.mark.parametrize(
    ("effect", "fault"),
    [
        ({"otherwise": "write", "destroy_when": {"body.network": "PRODUCTION"}}, "destroy_when lists harmful values"),
        ({"write_when": {"body.network": "STAGING"}, "otherwise": "write"}, "unknown keys ['otherwise']"),
        ({"write_when": {"network": "STAGING"}}, "network is no argument"),
        ({"write_when": {"body.network": []}}, "body.network needs a harmless value"),
        (
            {"write_when": {"body.network": "STAGING"}, "optional": ["body.action"]},
            "optional is a list of arguments in write_when",
        ),
    ],
)
def test_an_effect_that_fails_open_is_found(effect: Any, fault: str) -> None:
    (found,) = problems(effect=effect)
    assert found.startswith(f"papi/v1#get-a: effect: {fault}")


def test_an_unknown_key_is_found() -> None:
    assert problems(sumary="List") == ["papi/v1#get-a: unknown keys ['sumary']"]


def test_an_outcome_that_names_no_operation_is_found() -> None:
    assert problems(outcome="papi/v1#get-b") == ["papi/v1#get-a: outcome papi/v1#get-b names no operation"]


def test_a_field_whose_source_names_no_operation_is_found() -> None:
    note = {"contractId": {"about": "Who pays", "from": "papi/v9#get-a"}}
    own = guide(fields=note, v1={"get-a": GOOD}, v2={"get-a": GOOD})
    assert list(check_guide(own, OPERATIONS)) == ["papi field contractId: from papi/v9#get-a names no operation"]
    common = Guide(products=guide(v1={"get-a": GOOD}, v2={"get-a": GOOD}).products, fields=note)
    assert list(check_guide(common, OPERATIONS)) == ["field contractId: from papi/v9#get-a names no operation"]


def test_a_field_that_says_nothing_is_found() -> None:
    own = guide(fields={"contractId": {"from": "papi/v1#get-a"}}, v1={"get-a": GOOD}, v2={"get-a": GOOD})
    assert list(check_guide(own, OPERATIONS)) == ["papi field contractId: says nothing about itself"]


def test_same_as_gives_the_entry_of_the_other_version() -> None:
    product = guide(v1={"get-a": GOOD}, v2={"get-a": {"same_as": "v1"}}, v3={"get-a": {"same_as": "v2"}}).product("papi")
    assert [product.entry(version, "get-a") for version in ("v1", "v2", "v3")] == [GOOD, GOOD, GOOD]


@pytest.mark.parametrize("v1", [{}, {"get-a": {"same_as": "v2"}}, {"get-a": {"same_as": "v9"}}])
def test_a_same_as_without_a_target_is_found(v1: dict[str, Any]) -> None:
    own = guide(v1=v1, v2={"get-a": {"same_as": "v1"}})
    assert own.product("papi").entry("v2", "get-a") is None
    assert "papi/v2#get-a has no entry" in list(check_guide(own, OPERATIONS))


def test_a_document_gains_summaries_notes_and_the_fields_that_it_has() -> None:
    entry = {**GOOD, "effect": "destroy"}
    own = ProductGuide(
        product="papi", about={"name": "Property Manager"}, entries={"v1": {"get-a": entry}}, fields={"b": {"about": "Own"}}
    )
    everywhere = {"b": {"about": "Common"}, "c": {"about": "Body"}, "d": {"about": "Absent"}}
    plain = document("get-a")
    plain["paths"]["/get-a"]["parameters"] = [{"name": "b", "in": "query"}]
    plain["paths"]["/get-a"]["get"]["requestBody"] = {"content": {"application/json": {"schema": {"properties": {"c": {}}}}}}
    built = add_guide(plain, Guide(products={"papi": own}, fields=everywhere), product="papi", version="v1")
    assert built["x-guide"] == {"name": "Property Manager", "fields": {"b": {"about": "Own"}, "c": {"about": "Body"}}}
    added = built["paths"]["/get-a"]["get"]
    assert (added["summary"], added["x-guide"]) == (GOOD["summary"], {"ask": GOOD["ask"], "effect": "destroy"})


def test_an_official_summary_stays_beside_the_guides() -> None:
    official = document("get-a")
    official["paths"]["/get-a"]["get"]["summary"] = "Official"
    added = add_guide(official, guide(v1={"get-a": GOOD}), product="papi", version="v1")["paths"]["/get-a"]["get"]
    assert (added["summary"], added["x-guide"]) == ("Official", GOOD)


def test_a_document_without_a_guide_has_no_x_guide() -> None:
    assert "x-guide" not in add_guide(document("get-a"), Guide(), product="new", version="v1")


def test_a_guide_is_read_from_its_files(tmp_path: Path) -> None:
    (tmp_path / "fields.yaml").write_text("fields: {zone: {about: A zone}}")
    (tmp_path / "papi.yaml").write_text(
        "product: papi\nname: Property Manager\noperations: {v1: {get-a: {summary: List things}}}"
    )
    read = load_guide(tmp_path)
    assert read.fields == {"zone": {"about": "A zone"}}
    assert read.product("papi").about == {"name": "Property Manager"}
    assert read.product("papi").entry("v1", "get-a") == {"summary": "List things"}
    assert read.product("ccu").entry("v3", "purge") is None


def test_asks_are_read_from_the_folder_beside_the_guide(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "asks").mkdir()
    (tmp_path / "guide" / "papi.yaml").write_text(
        "product: papi\noperations: {v1: {get-a: {summary: List things}}, v0: {get-a: {same_as: v1}}}"
    )
    (tmp_path / "asks" / "papi.yaml").write_text("product: papi\nv1: {get-a: [all things]}\nv0: {get-a: [things before]}\n")
    read = load_guide(tmp_path / "guide").product("papi")
    assert read.entry("v1", "get-a") == {"summary": "List things", "ask": ["all things"]}
    assert read.entry("v0", "get-a") == {"summary": "List things", "ask": ["things before", "all things"]}


def test_asks_of_no_operation_are_found() -> None:
    asked = {"v1": {"get-b": GOOD["ask"]}}
    own = Guide(products={"papi": ProductGuide(product="papi", entries={"v1": {"get-a": GOOD}}, asks=asked)})
    found = list(check_guide(own, {("papi", "v1"): frozenset({"get-a"})}))
    assert "papi/v1#get-b: names no operation" in found


@pytest.mark.parametrize("text", ["v1: {}", "product: papi\nv1: [a]", "product: papi\nv1: {get-a: text}"])
def test_a_file_of_asks_that_means_nothing_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "asks").mkdir()
    (tmp_path / "asks" / "papi.yaml").write_text(text)
    with pytest.raises(DocumentError, match=r"papi\.yaml"):
        load_guide(tmp_path / "guide")


def test_the_guide_of_the_project_leaves_asks_to_their_own_folder() -> None:
    specs = Path(__file__).parents[2] / "specs"
    assert [
        path.name for path in (specs / "guide").glob("*.yaml") if re.search(r"^\s+ask:", path.read_text(), re.MULTILINE)
    ] == []


@pytest.mark.parametrize("text", ["a: [", "- a", ""])
def test_a_guide_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "papi.yaml").write_text(text)
    with pytest.raises(DocumentError, match=r"papi\.yaml"):
        load_guide(tmp_path)


def test_without_a_folder_the_guide_is_empty(tmp_path: Path) -> None:
    assert load_guide(tmp_path / "absent") == Guide()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"secret": "all"}, "unknown secret all"),
        ({"cache": "weeks"}, "unknown cache weeks"),
        (
            {"effect": {"otherwise": "write", "destroy_when": {}}},
            "effect: destroy_when lists harmful values and lets every other one pass; list the harmless ones in write_when",
        ),
        ({"pages": "yes"}, "pages is neither true, false nor facts of a page rule"),
        ({"pages": {"style": "cursors"}}, "pages.style cannot be 'cursors'"),
    ],
)
def test_a_value_that_means_nothing_is_found_and_stops_a_build(changed: dict[str, Any], said: str) -> None:
    assert problems(**changed) == [f"papi/v1#get-a: {said}"]
    with pytest.raises(DocumentError, match=re.escape(f"papi/v1#get-a: {said}")):
        require_valid(guide(v1={"get-a": {**GOOD, **changed}}))


def test_tool_keys_are_plain_and_each_documents_own() -> None:
    papi = ProductGuide(product="papi", tool_keys={"v1": "pm", "v2": "Pm"})
    ccu = ProductGuide(product="ccu", tool_keys={"v3": "pm"})
    assert list(guide_problems(Guide(products={"papi": papi, "ccu": ccu}))) == [
        "papi/v2: tool key 'Pm' is not at most 20 characters of a-z, 0-9 and single _",
        "ccu/v3 and papi/v1 have the same tool key pm",
    ]


def test_the_guide_of_the_project_can_be_used() -> None:
    require_valid(load_guide(Path(__file__).parents[2] / "specs" / "guide"))


def test_a_document_gets_the_tool_key_of_its_version() -> None:
    own = Guide(products={"papi": ProductGuide(product="papi", tool_keys={"v1": "pm"})})
    assert add_guide(document("get-a"), own, product="papi", version="v1")["x-guide"] == {"tool_key": "pm"}
    assert "x-guide" not in add_guide(document("get-a"), own, product="papi", version="v2")


@pytest.mark.parametrize(
    ("note", "said"),
    [({"defaults": "true"}, "unknown keys ['defaults']"), ({"default": True}, "the default True is not text")],
)
def test_a_field_with_a_key_or_value_that_means_nothing_is_found(note: dict[str, Any], said: str) -> None:
    assert list(guide_problems(guide(fields={"X-Zone": {"about": "The zone", **note}}))) == [f"papi field X-Zone: {said}"]
