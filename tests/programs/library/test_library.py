"""A program of the library is a file with a header; one that has a fault is reported, and the others are served."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_docs import ROOT, table

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError
from akamai_mcp.programs.library.check import check_library
from akamai_mcp.programs.library.inputs import fill_inputs
from akamai_mcp.programs.library.library import MAX_FILE, Library
from akamai_mcp.programs.library.program import FaultyProgram, LibraryProgram, parse_program
from akamai_mcp.programs.library.words import write_skill, write_task

HEADER = """\
summary: Count the lists
asks: [How many lists are there]
effect: read
inputs:
  type: object
  required: [ip]
  properties:
    ip: {type: string, pattern: "^[0-9.]+$", description: An address, examples: [192.0.2.1]}
    most: {type: integer, minimum: 1, default: 5, description: How many}
"""
CALLS = 'await call("network-lists/v2#get-network-lists", {"search": inputs["ip"]})\ninputs["most"]\n'


def written(header: str = HEADER, calls: str = CALLS) -> str:
    return f'"""\n{header}"""\n\n{calls}'


@pytest.fixture
def program() -> LibraryProgram:
    return parse_program("count-lists", written())


def test_a_header_says_what_a_program_is_for(program: LibraryProgram) -> None:
    assert (program.reference, program.tool, program.effect) == ("@count-lists", "akamai_query", "read")
    assert program.asks == ("How many lists are there",)
    assert program.required == ("ip",)
    assert set(program.properties) == {"ip", "most"}


@pytest.mark.parametrize(
    ("header", "calls", "told"),
    [
        (HEADER, "def f(:", "it is no Python"),
        ("a: [", CALLS, "its header is no YAML"),
        ("just words", CALLS, "it has no header"),
        (HEADER.replace("effect: read\n", ""), CALLS, "its header has not exactly"),
        (HEADER + "more: 1\n", CALLS, "its header has not exactly"),
        (HEADER.replace("effect: read", "effect: harmless"), CALLS, "effect is one of"),
        (HEADER.replace("Count the lists", "x" * 141), CALLS, "summary is"),
        (HEADER.replace("[How many lists are there]", "[]"), CALLS, "asks is a list"),
        (HEADER.replace("type: object", "type: array"), CALLS, "schema of an object"),
        (HEADER.replace("required: [ip]", "required: [other]"), CALLS, "required names no other"),
        (HEADER.replace(", description: How many", ""), CALLS, "the input most has not"),
        (HEADER.replace("  required: [ip]\n", "  oneOf: []\n"), CALLS, "inputs is a schema of"),
        (HEADER.replace("Count the lists", '"Count\\u202ethe lists"'), CALLS, "hidden character"),
        (HEADER.replace("Count the lists", '"Count\\\\nthe lists"'), CALLS, "line break"),
        (HEADER.replace("    most:", "    1:"), CALLS, "the input 1 is no name"),
        (HEADER.replace("    most:", '    "two words":'), CALLS, "the input 'two words' is no name"),
        (HEADER.replace("minimum: 1", "items: [{$ref: 'http://127.0.0.1:9/x'}]"), CALLS, "nothing to refer to"),
    ],
)
def test_a_faulty_file_says_why(header: str, calls: str, told: str) -> None:
    with pytest.raises(FaultyProgram, match=told):
        parse_program("count-lists", written(header, calls))


@pytest.mark.parametrize("name", ["Count", "count_lists", "", "a--b", "-a", "a b", "../a"])
def test_a_name_is_words_with_hyphens(name: str) -> None:
    with pytest.raises(FaultyProgram, match="its name"):
        parse_program(name, written())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "'ip' is a required property"),
        ({"ip": 1}, "ip: 1 is not of type 'string'"),
        ({"ip": "x"}, "does not match"),
        ({"ip": "1", "most": 0}, "most: 0 is less than the minimum of 1"),
        ({"ip": "1", "other": 2}, "'other' was unexpected"),
    ],
)
def test_inputs_that_do_not_fit_are_told_with_what_is_taken(program: LibraryProgram, given: dict[str, object], told: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        fill_inputs(program, given)
    assert told in refused.value.message
    assert "ip, most?" in refused.value.advice


def test_inputs_that_are_not_given_have_their_default(program: LibraryProgram) -> None:
    assert fill_inputs(program, {"ip": "192.0.2.1"}) == {"ip": "192.0.2.1", "most": 5}


def test_a_team_s_own_program_wins_over_one_of_the_same_name(tmp_path: Path) -> None:
    ours, own = tmp_path / "ours", tmp_path / "own"
    for folder in (ours, own):
        folder.mkdir()
        (folder / "count-lists.py").write_text(written(HEADER.replace("Count the lists", folder.name)))
    (ours / "other.py").write_text(written())
    library = Library((ours, own))
    assert library.get("@count-lists").summary == "own"
    assert set(library.programs) == {"count-lists", "other"}


def test_a_faulty_program_of_a_team_is_told_and_never_replaced_by_ours(tmp_path: Path) -> None:
    ours, own = tmp_path / "ours", tmp_path / "own"
    for folder in (ours, own):
        folder.mkdir()
        (folder / "count-lists.py").write_text(written())
    (own / "count-lists.py").write_text("nothing(")
    (own / "long.py").write_text("#" * (MAX_FILE + 1))
    (own / "bytes.py").write_bytes(b"\xff\xfe")
    (own / "good.py").write_text(written())
    library = Library((ours, own))
    assert set(library.programs) == {"good"}
    assert set(library.faults) == {"count-lists", "long", "bytes"}
    with pytest.raises(ArgumentError, match="cannot be used: it is no Python"):
        library.get("@count-lists")


@pytest.mark.parametrize("wrong", ["type: int", "type: integer, minimum: a"])
def test_inputs_whose_schema_is_none_are_told_as_the_authors_fault(wrong: str) -> None:
    program = parse_program("count-lists", written(HEADER.replace("type: integer, minimum: 1", wrong)))
    with pytest.raises(ArgumentError, match="The inputs of @count-lists are no schema") as refused:
        fill_inputs(program, {"ip": "192.0.2.1", "most": 2})
    assert "author" in refused.value.advice


def test_a_name_that_is_not_known_is_told_with_those_that_are_near(library: Library) -> None:
    with pytest.raises(ArgumentError) as refused:
        library.get("@activate-propertty")
    assert "@activate-property" in refused.value.advice


def test_a_folder_that_is_gone_has_no_programs(tmp_path: Path) -> None:
    assert Library((tmp_path / "gone",)).programs == {}


@pytest.mark.parametrize(
    ("header", "calls", "told"),
    [
        (HEADER, CALLS.replace("get-network-lists", "get-nothing"), "the catalogue has no such key"),
        (HEADER, CALLS.replace("network-lists/v2#get-network-lists", "akamai_netlists_list_network_lists"), "no such key"),
        (HEADER, CALLS.replace('"network-lists/v2#get-network-lists"', 'inputs["ip"]'), "calls what is no text"),
        (HEADER, CALLS.replace('"search"', '"find"'), "takes no find"),
        (HEADER, CALLS.replace("get-network-lists", "get-network-list"), "needs networkListId"),
        (HEADER.replace("read", "write"), CALLS, "its effect is write, and that of its calls read"),
        (
            HEADER,
            CALLS + 'await call("network-lists/v2#delete-network-list", {"networkListId": "1"})',
            "that of its calls destroy",
        ),
        (HEADER, CALLS + 'inputs["other"]', "it reads the input other"),
        (HEADER.replace("default: 5, ", ""), CALLS, "it reads the input most"),
        (HEADER, CALLS.replace('inputs["most"]', "1"), "it does not read the input most"),
        (HEADER.replace("minimum: 1", "minimum: x"), CALLS, "its inputs are no schema"),
        (HEADER.replace("default: 5", "default: 0"), CALLS, "its inputs are no schema"),
        ("nothing", CALLS, "it has no header"),
    ],
)
def test_the_check_finds_what_is_wrong(catalogue: Catalogue, tmp_path: Path, header: str, calls: str, told: str) -> None:
    (tmp_path / "count-lists.py").write_text(written(header, calls))
    assert told in "\n".join(check_library(Library((tmp_path,)), catalogue))


def test_the_check_finds_nothing_in_a_good_one(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "count-lists.py").write_text(written())
    assert list(check_library(Library((tmp_path,)), catalogue)) == []


def test_the_library_has_no_faults(catalogue: Catalogue, library: Library) -> None:
    assert library.programs
    assert list(check_library(library, catalogue)) == []


def test_a_skill_and_a_task_name_the_program_and_its_inputs(program: LibraryProgram) -> None:
    skill, task = write_skill(program), write_task(program, {"most": 3})
    assert skill.startswith("---\nname: count-lists\n")
    for text in (skill, task):
        assert "akamai_query" in text
        assert "@count-lists" in text
        assert "- ip (string, required): An address" in text
    assert "Find out ip first" in task
    assert '{"most":3}' in task


def test_the_docs_have_the_table_of_the_library(library: Library) -> None:
    assert table(library) in (ROOT / "docs/programs.md").read_text(encoding="utf-8")
