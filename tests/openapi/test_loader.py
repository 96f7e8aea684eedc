from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.files.yaml_text import parse_yaml
from akamai_mcp.openapi.loader import (
    DocumentFile,
    find_documents,
    identify,
    load_document,
    load_raw,
    members,
    plain,
    subject,
)

EMPTY: dict[str, Any] = {"openapi": "3.0.3", "info": {"title": "Zoo", "version": "1.0"}, "paths": {}}


def write(root: Path, name: str, content: Any) -> DocumentFile:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    return DocumentFile(path=path, root=root)


def load(root: Path, name: str, content: Any) -> Any:
    return plain(load_document(write(root, name, content)))


def schema_of(root: Path, schema: Any, **components: Any) -> Any:
    """What a schema of a document resolves to."""
    document = EMPTY | {"paths": {"/a": {"schema": schema}}, "components": {"schemas": components}}
    return load(root, "api/zoo.json", document)["paths"]["/a"]["schema"]


# --- which files are documents -----------------------------------------------------------------------------------------


def test_every_openapi_3_document_of_a_folder_is_found_in_the_order_of_names(tmp_path: Path) -> None:
    for name, content in {
        "zoo/v1/openapi.json": EMPTY,
        "aquarium.yaml": "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n",
        "deep/er/farm.yml": "# a comment first\n\n'openapi': '3.0.0'\npaths: {}\n",
        "pretty.json": '{\n  "info": {},\n  "openapi" : "3.0.0"\n}',
    }.items():
        write(tmp_path, name, content)
    assert [file.name for file in find_documents(tmp_path)] == [
        "aquarium.yaml",
        "deep/er/farm.yml",
        "pretty.json",
        "zoo/v1/openapi.json",
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("next.json", {"openapi": "4.0.0"}),
        ("schemas.yaml", "Pet: {type: object}\n"),
        ("notes.md", "openapi: 3.0.0\n"),
        ("empty.json", b""),
        ("mention.yaml", "about: this is not openapi: 3.0.0\n"),
    ],
)
def test_other_files_are_not_documents(tmp_path: Path, name: str, content: Any) -> None:
    write(tmp_path, name, content)
    assert find_documents(tmp_path) == ()


@pytest.mark.parametrize("content", [{"swagger": "2.0", "paths": {}}, b"swagger: '2.0'\npaths: {}\n"])
def test_a_swagger_document_is_found_and_refused_with_what_to_do(tmp_path: Path, content: Any) -> None:
    write(tmp_path, "old.yaml" if isinstance(content, bytes) else "old.json", content)
    (found,) = find_documents(tmp_path)
    with pytest.raises(DocumentError, match=r"Swagger 2\.0 document, and only OpenAPI 3 is served"):
        load_raw(found)


def test_a_folder_named_like_a_document_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").mkdir()
    assert find_documents(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "version", "identity"),
    [
        ("papi/v1/openapi.json", "9.9", ("papi", "v1")),
        ("papi/V1.2/openapi.yaml", "9.9", ("papi", "v1.2")),
        ("netstorage-usage-api/openapi.json", "1.0", ("netstorage-usage-api", "v1")),
        ("my-api.yaml", "2.1.0", ("my-api", "v2")),
        ("teams/My API.yaml", "v3", ("my-api", "v3")),
        ("openapi.json", "1", ("openapi", "v1")),
        ("zoo/v2/pets.json", "1", ("pets", "v2")),
        ("größe.json", "beta", ("gr-e", "v1")),
    ],
)
def test_a_document_is_identified_by_its_folders_or_else_by_its_file_name_and_version(
    tmp_path: Path, name: str, version: str, identity: tuple[str, str]
) -> None:
    file = write(tmp_path, name, EMPTY | {"info": {"version": version}})
    assert identify(file, load_document(file)) == identity


@pytest.mark.parametrize("info", [None, [], "1.0", {}])
def test_a_document_without_a_version_is_version_1(tmp_path: Path, info: Any) -> None:
    assert identify(write(tmp_path, "zoo.json", EMPTY), EMPTY | {"info": info}) == ("zoo", "v1")


# --- JSON and YAML -----------------------------------------------------------------------------------------------------

ZOO_YAML = """
openapi: 3.0.3
info: {title: Zoo, version: 1.10}
paths:
  /pets:
    get:
      operationId: get-pets
      parameters:
        - {name: day, in: query, required: true, schema: {type: string, example: 2024-01-31}}
        - {name: sold, in: query, required: false, schema: {type: string, enum: [yes, no, on, off, true-ish, false-positive]}}
        - {name: open, in: query, schema: {type: string, enum: [08:00, 12:30, 010, 0x1f, 1_000, =, <]}}
        - {name: limit, in: query, schema: {type: integer, minimum: -0, maximum: 1e3, default: 10, nullable: null}}
      responses:
        200: {description: OK}
"""


def test_yaml_and_json_of_the_same_document_read_the_same(tmp_path: Path) -> None:
    document = load(tmp_path, "zoo.yaml", ZOO_YAML)
    assert load(tmp_path, "zoo.json", document) == document


def test_yaml_dates_times_and_words_stay_text_and_numbers_follow_json(tmp_path: Path) -> None:
    day, sold, opening, limit = load(tmp_path, "zoo.yaml", ZOO_YAML)["paths"]["/pets"]["get"]["parameters"]
    assert day["schema"]["example"] == "2024-01-31"
    assert sold["schema"]["enum"] == ["yes", "no", "on", "off", "true-ish", "false-positive"]
    assert opening["schema"]["enum"] == ["08:00", "12:30", "010", "0x1f", "1_000", "=", "<"]
    assert limit["schema"] == {"type": "integer", "minimum": 0, "maximum": 1000, "default": 10, "nullable": None}
    assert (day["required"], sold["required"]) == (True, False)


def test_a_yaml_key_that_is_a_number_is_read_as_text(tmp_path: Path) -> None:
    assert list(load(tmp_path, "zoo.yaml", ZOO_YAML)["paths"]["/pets"]["get"]["responses"]) == ["200"]


def test_yaml_anchors_are_read(tmp_path: Path) -> None:
    text = "openapi: 3.0.0\nx: &pet {type: object, nullable: true}\npaths: {/a: *pet, /b: *pet}\n"
    assert load(tmp_path, "zoo.yaml", text)["paths"] == {path: {"type": "object", "nullable": True} for path in ("/a", "/b")}


@pytest.mark.parametrize("text", ["a: !!str 1", "a: ! 1", "a: '1'", 'a: "1"', "a: >-\n  1\n"])
def test_yaml_text_is_text_however_it_is_marked(text: str) -> None:
    assert parse_yaml(text.encode()) == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("a:", {"a": None}), ("!!map {a: !!int 1}", {"a": 1}), ('"<<": 1', {"<<": 1}), ("{a: 1, a: 2}", {"a": 2})],
)
def test_yaml_of_unusual_forms_is_read(text: str, value: Any) -> None:
    assert parse_yaml(text.encode()) == value


def merges(levels: int) -> str:
    """Merge keys that double what they merge at each level."""
    lines = ["x0: &x0 {a: 1}", *(f"x{n + 1}: &x{n + 1} {{<<: [{', '.join([f'*x{n}'] * 10)}], k{n}: 1}}" for n in range(levels))]
    return "\n".join(lines)


YAML_BOMBS = {
    "merge keys": (merges(7), "merge key"),
    "more merge keys": (merges(50), "merge key"),
    "one merge key": ("a: &a {b: 1}\nc:\n  <<: *a\n", "merge key"),
    "aliases of aliases": ("\n".join(["a0: &a0 [x]", *(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(60))]), "aliases"),
    "aliases in objects": ("\n".join(["a0: &a0 {x: 1}", *(f"a{n + 1}: &a{n + 1} {{{', '.join(f'k{m}: *a{n}' for m in range(10))}}}" for n in range(60))]), "aliases"),
    "aliases of themselves": ("a: &a [*a]", "contain themselves"),
    "many values": ("a: [" + "1," * 600_000 + "]", "values"),
    "a key that is a list": ("? [a]\n: 1", "a key is"),
    "a tag of Python": ("a: !!python/object/apply:os.getcwd []", "tag"),
    "a tag of YAML 1.1": ("a: !!set {b, c}", "tag"),
}  # fmt: skip


@pytest.mark.parametrize("text", ["1e999", "a: -1e400", "[1.5, 9e9999]", "1e309: a", "9" * 400 + ".0"])
def test_a_number_that_json_cannot_hold_is_refused_in_yaml_too(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        parse_yaml(text.encode())


@pytest.mark.parametrize(("text", "reason"), YAML_BOMBS.values(), ids=YAML_BOMBS)
def test_yaml_that_multiplies_itself_is_refused_in_bounded_time(text: str, reason: str) -> None:
    begun = process_time()
    with pytest.raises(ValueError, match=reason) as refusal:
        parse_yaml(text.encode())
    assert process_time() - begun < 8
    assert len(str(refusal.value)) < 300


# --- references --------------------------------------------------------------------------------------------------------


def test_a_reference_within_the_document_is_resolved(tmp_path: Path) -> None:
    assert schema_of(tmp_path, {"$ref": "#/components/schemas/Pet"}, Pet={"type": "object"}) == {"type": "object"}


def test_a_reference_to_a_reference_is_resolved(tmp_path: Path) -> None:
    found = schema_of(tmp_path, {"$ref": "#/components/schemas/A"}, A={"$ref": "#/components/schemas/B"}, B={"type": "string"})
    assert found == {"type": "string"}


def test_a_reference_with_escaped_characters_is_resolved(tmp_path: Path) -> None:
    found = schema_of(tmp_path, {"$ref": "#/components/schemas/a~1b~0%20c"}, **{"a/b~ c": {"type": "string"}})
    assert found == {"type": "string"}


@pytest.mark.parametrize(
    ("reference", "name", "content"),
    [
        ("pet.json", "api/pet.json", '{"type": "object"}'),
        ("./pet.yaml", "api/pet.yaml", "type: object\n"),
        ("../shared/pet.yml", "shared/pet.yml", "type: object\n"),
        ("pets.json#/Pet", "api/pets.json", '{"Pet": {"type": "object"}}'),
        ("a%20pet.json", "api/a pet.json", '{"type": "object"}'),
    ],
)
def test_a_reference_to_another_file_of_the_folder_is_resolved(tmp_path: Path, reference: str, name: str, content: str) -> None:
    write(tmp_path, name, content)
    assert schema_of(tmp_path, {"$ref": reference}) == {"type": "object"}


def test_a_reference_in_another_file_starts_from_that_file(tmp_path: Path) -> None:
    write(
        tmp_path,
        "shared/pet.yaml",
        "properties: {owner: {$ref: 'people/owner.json'}, self: {$ref: '#/name'}}\nname: {type: string}\n",
    )
    write(tmp_path, "shared/people/owner.json", {"type": "object", "title": "Owner"})
    found = schema_of(tmp_path, {"$ref": "../shared/pet.yaml"})
    assert found["properties"] == {"owner": {"type": "object", "title": "Owner"}, "self": {"type": "string"}}


@pytest.mark.parametrize(
    "reference",
    [
        "../../secret.json",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/pet.json",
        "https://example.com/pet.json#/Pet",
        "ftp://example.com/pet.json",
        "..%2F..%2Fsecret.json",
        "%2e%2e/%2e%2e/secret.json",
        "//example.com/pet.json",
    ],
)
def test_a_reference_out_of_the_folder_or_onto_the_network_is_refused(tmp_path: Path, reference: str) -> None:
    write(tmp_path, "secret.json", {"type": "object", "title": "secret"})
    with pytest.raises(DocumentError, match=r"api/zoo\.json refers to .* which is outside the specs folder") as caught:
        schema_of(tmp_path / "specs", {"$ref": reference})
    assert caught.value.document == "api/zoo.json"
    assert "secret.json" not in caught.value.message or "secret" in reference


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "secret.json", {"title": "secret"})
    (tmp_path / "specs" / "api").mkdir(parents=True)
    (tmp_path / "specs" / "api" / "pet.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(DocumentError, match="outside the specs folder"):
        schema_of(tmp_path / "specs", {"$ref": "pet.json"})


@pytest.mark.parametrize("reference", ["#/components/schemas/None", "#/paths/9", "pet.json#/Pet"])
def test_a_reference_that_does_not_resolve_is_named(tmp_path: Path, reference: str) -> None:
    write(tmp_path, "api/pet.json", "{}")
    with pytest.raises(DocumentError, match=f"A reference does not resolve: '{reference}'"):
        schema_of(tmp_path, {"$ref": reference})


def test_a_reference_to_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"api/zoo\.json cannot be read \(FileNotFoundError"):
        schema_of(tmp_path, {"$ref": "none.json"})


def test_a_bad_reference_fails_only_what_needs_it(tmp_path: Path) -> None:
    document = EMPTY | {"paths": {"/good": {"get": {}}, "/bad": {"get": {"$ref": "http://example.com/a"}}}}
    loaded = load_document(write(tmp_path, "zoo.json", document))
    assert plain(loaded["paths"]["/good"]) == {"get": {}}
    with pytest.raises(DocumentError):
        plain(loaded["paths"]["/bad"])


# --- cycles ------------------------------------------------------------------------------------------------------------


def test_a_schema_that_contains_itself_is_cut(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}, "name": {"type": "string"}}}
    found = schema_of(tmp_path, {"$ref": "#/components/schemas/Node"}, Node=node)
    assert found == {"type": "object", "properties": {"child": {}, "name": {"type": "string"}}}


def test_a_cycle_through_arrays_and_other_schemas_is_cut(tmp_path: Path) -> None:
    a = {"type": "array", "items": {"$ref": "#/components/schemas/B"}}
    b = {"type": "object", "properties": {"list": {"$ref": "#/components/schemas/A"}}}
    found = schema_of(tmp_path, {"$ref": "#/components/schemas/A"}, A=a, B=b)
    assert found == {"type": "array", "items": {"type": "object", "properties": {"list": {}}}}


def test_a_cycle_through_two_files_is_cut(tmp_path: Path) -> None:
    write(tmp_path, "api/a.json", {"properties": {"b": {"$ref": "b.json"}}})
    write(tmp_path, "api/b.json", {"properties": {"a": {"$ref": "a.json"}}})
    found = schema_of(tmp_path, {"$ref": "a.json"})
    assert found["properties"]["b"]["properties"]["a"] in ({}, {"properties": {"b": {}}})


def test_references_that_only_refer_to_each_other_are_refused(tmp_path: Path) -> None:
    a, b = {"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/A"}
    with pytest.raises(DocumentError, match="references form a circle"):
        schema_of(tmp_path, {"$ref": "#/components/schemas/A"}, A=a, B=b)


def test_a_part_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"items": deep}
    with pytest.raises(DocumentError, match="nested too deeply"):
        plain(deep)


def test_the_same_schema_twice_is_not_a_cycle(tmp_path: Path) -> None:
    pair = {"properties": {"a": {"$ref": "#/components/schemas/S"}, "b": {"$ref": "#/components/schemas/S"}}}
    assert schema_of(tmp_path, pair, S={"type": "string"})["properties"] == {"a": {"type": "string"}, "b": {"type": "string"}}


# --- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("zoo.json", b"{", "JSONDecodeError"),
        ("zoo.json", b"", "JSONDecodeError"),
        ("zoo.json", b"\xff\xfe", "JSONDecodeError"),
        ("zoo.json", b'{"a": NaN}', "JSONDecodeError"),
        ("zoo.json", b"[" * 100_000, "JSONDecodeError"),
        ("zoo.yaml", b"a: [1, 2", "ValueError"),
        ("zoo.yaml", b"a: 1\n b: 2\n", "ValueError"),
        ("zoo.yaml", b"a: !!python/object/apply:os.getcwd []", "ValueError"),
        ("zoo.yaml", b"a: *nothing", "ValueError"),
        ("zoo.yaml", b"a: 1\n---\nb: 2\n", "ValueError"),
        ("zoo.yaml", b"a: \x00", "ValueError"),
    ],
)
def test_a_file_that_is_not_json_or_yaml_is_named_with_the_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=f"zoo.{name[4:]} cannot be read ..*{reason}") as caught:
        load_raw(write(tmp_path, name, content))
    assert (caught.value.document, len(caught.value.message) < 400) == (name, True)
    assert "the other documents are served" in caught.value.advice


@pytest.mark.parametrize("content", ["[" * 100_000 + "]" * 100_000, "- " * 100_000 + "a"])
def test_yaml_that_is_nested_too_deeply_is_named_and_does_not_end_the_process(tmp_path: Path, content: str) -> None:
    with pytest.raises(DocumentError, match=r"zoo\.yaml cannot be read \(ValueError: nested more than 256 levels deep"):
        load_raw(write(tmp_path, "zoo.yaml", content))


def test_yaml_may_be_long_as_long_as_it_is_not_deep(tmp_path: Path) -> None:
    text = "openapi: 3.0.0\npaths: {}\nlist:\n" + "- {a: {b: [1]}}\n" * 1000
    assert len(load_raw(write(tmp_path, "zoo.yaml", text))["list"]) == 1000


@pytest.mark.parametrize("content", [[], "text", 7, None, {"paths": []}, {"paths": None}, {"paths": "/a"}])
def test_a_document_that_is_not_an_object_with_paths_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(DocumentError, match="is not an OpenAPI object with paths"):
        load_document(write(tmp_path, "zoo.json", json.dumps(content)))


def test_a_document_without_paths_has_no_operations(tmp_path: Path) -> None:
    assert load(tmp_path, "zoo.json", {"openapi": "3.1.0"}) == {"openapi": "3.1.0"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.json cannot be read \(FileNotFoundError"):
        load_raw(DocumentFile(path=tmp_path / "gone.json", root=tmp_path))


def test_a_file_that_is_larger_than_64_mib_is_not_read(tmp_path: Path) -> None:
    file = write(tmp_path, "zoo.json", b"{}")
    with file.path.open("r+b") as handle:
        handle.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(DocumentError, match="larger than 67108864 bytes"):
        load_raw(file)


# --- nodes -------------------------------------------------------------------------------------------------------------


def test_a_plain_node_is_a_copy(tmp_path: Path) -> None:
    document = {"a": [{"b": 1}]}
    copy = plain(document)
    copy["a"][0]["b"] = 2
    assert document == {"a": [{"b": 1}]}


@pytest.mark.parametrize("node", [None, 7, "text", [1], True])
def test_a_node_that_is_not_an_object_has_no_members(node: Any) -> None:
    assert list(members(node)) == []
    assert subject(node) == node
