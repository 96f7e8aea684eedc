from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
from documents.document_samples import document, operation, write
from mcp_stage import own_guide

from akamai_mcp.documents.check import Report, check_documents, summary_line
from akamai_mcp.documents.guide import Guide

SPECS = Path(__file__).parents[2] / "specs"


def reasons(report: Report) -> dict[str, str]:
    names = [fault.document for fault in report.invalid]
    return {name: "; ".join(fault.reason for fault in report.invalid if fault.document == name) for name in names}


@pytest.fixture(scope="module")
def embedded() -> tuple[Report, list[str], float]:
    told: list[str] = []
    started = process_time()
    report = check_documents(SPECS, own_guide(), told.append)
    return report, told, process_time() - started


def test_the_embedded_documents_pass_the_check(embedded: tuple[Report, list[str], float]) -> None:
    report, _, _ = embedded
    assert (report.invalid, report.lost, report.collisions, report.guide_problems) == ((), (), (), ())
    assert report.ok
    assert summary_line(report) == (
        "60 documents, 1,571 operations, 0 lost, 0 collisions; "
        "beyond them 34 documents, 454 operations from Akamai's clients (142 observed, 312 client)"
    )


def test_the_operations_of_each_document_add_up(embedded: tuple[Report, list[str], float]) -> None:
    report, _, _ = embedded
    assert len(report.per_product) == report.documents + report.client_documents == 60 + 34
    assert sum(row.operations for row in report.per_product) == report.operations + sum(report.by_source.values())


def test_progress_is_reported_for_each_document_and_the_check_ends_within_a_minute_of_work(
    embedded: tuple[Report, list[str], float],
) -> None:
    report, told, seconds = embedded
    assert len(told) == len(set(told)) == report.documents + report.client_documents
    assert seconds < 60


def test_a_published_default_that_its_schema_rejects_is_a_remark_and_not_a_fault(tmp_path: Path) -> None:
    parameter = {"name": "all", "in": "query", "schema": {"type": "boolean", "default": "false"}}
    write(tmp_path, "papi/v1/openapi.json", document(paths={"/a": {"get": operation("get-a", parameters=[parameter])}}))
    report = check_documents(tmp_path)
    assert report.ok
    assert [(fault.document, fault.reason) for fault in report.remarks] == [
        ("papi/v1/openapi.json", "'false' is not of type 'boolean'")
    ]


def test_a_folder_without_documents_fails_the_check(tmp_path: Path) -> None:
    report = check_documents(tmp_path)
    assert not report.ok
    assert summary_line(report) == "0 documents, 0 operations, 0 lost, 0 collisions"


def test_a_document_that_does_not_parse_is_invalid_and_the_rest_is_checked(tmp_path: Path) -> None:
    write(tmp_path, "ccu/v3/openapi.json", '{"openapi": "3.0.3", "paths": {')
    write(tmp_path, "papi/v1/openapi.json", document())
    report = check_documents(tmp_path)
    assert list(reasons(report)) == ["ccu/v3/openapi.json"]
    assert (report.documents, report.operations, report.ok) == (2, 1, False)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no info", {key: value for key, value in document().items() if key != "info"}, "'info' is a required property"),
        ("a type that is none", document(components={"schemas": {"A": {"type": "text"}}}), "'text' is not one of"),
        (
            "a parameter without a place",
            document(paths={"/a": {"get": operation("a", parameters=[{"name": "b"}])}}),
            "'in' is a required",
        ),
        ("a path parameter nobody declares", document(paths={"/{a}": {"get": operation("a")}}), "'a'"),
        ("a reference that leads nowhere", document(components={"schemas": {"A": {"$ref": "#/components/schemas/B"}}}), "B"),
        (
            "a reference that leads out",
            document(components={"schemas": {"A": {"$ref": "file:///etc/passwd"}}}),
            "outside the specs folder",
        ),
        (
            "a reference to a host",
            document(components={"schemas": {"A": {"$ref": "https://127.0.0.1:1/a"}}}),
            "outside the specs folder",
        ),
        ("paths that are a list", document(paths=["/a"]), "not an OpenAPI object"),
        ("an operation that is a list", document(paths={"/a": {"get": ["a"]}}), "is not of type 'object'"),
    ],
)
def test_a_document_that_does_not_validate_is_invalid_with_a_reason(
    tmp_path: Path, name: str, content: object, said: str
) -> None:
    write(tmp_path, "papi/v1/openapi.json", content)
    report = check_documents(tmp_path)
    assert not report.ok, name
    assert said in reasons(report)["papi/v1/openapi.json"]
    assert all(len(fault.reason) <= 300 for fault in report.invalid)


def test_a_document_of_several_files_is_validated_as_one(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document(paths={"/a": {"$ref": "paths/a.json"}}))
    write(tmp_path, "papi/v1/paths/a.json", {"get": operation("get-a")})
    assert check_documents(tmp_path).ok
    write(tmp_path, "papi/v1/paths/a.json", {"get": {"operationId": "get-a"}})
    assert "'responses' is a required property" in reasons(check_documents(tmp_path))["papi/v1/openapi.json"]


def test_an_operation_under_a_path_that_is_written_twice_is_lost(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a/v1/openapi.json",
        '{"openapi": "3.0.3", "info": {"title": "", "version": "1"}, "paths":'
        ' {"/a": {"get": {"operationId": "x", "responses": {"200": {"description": ""}}}},'
        ' "/a": {"post": {"operationId": "y", "responses": {"200": {"description": ""}}}}}}',
    )
    write(tmp_path, "b/v1/openapi.yaml", "openapi: 3.0.3\ninfo: {title: '', version: '1'}\npaths:\n"
          "  /b:\n    get: {operationId: x, responses: {'200': {description: ''}}}\n"
          "  /b:\n    get: {operationId: y, responses: {'200': {description: ''}}}\n")  # fmt: skip
    report = check_documents(tmp_path)
    assert report.lost == ("a/v1/openapi.json: GET /a", "b/v1/openapi.yaml: GET /b")
    assert summary_line(report) == "2 documents, 2 operations, 2 lost, 0 collisions"
    assert not report.ok


def test_an_operation_whose_identifier_another_has_is_lost(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document(paths={"/a": {"get": operation("same")}, "/b": {"get": operation("same")}}))
    assert check_documents(tmp_path).lost == ("papi/v1/openapi.json: GET /b",)


def test_the_operations_of_a_hidden_document_are_lost(tmp_path: Path) -> None:
    write(tmp_path, "one/papi/v1/openapi.json", document("get-a"))
    write(tmp_path, "two/papi/v1/openapi.json", document("get-a"))
    assert check_documents(tmp_path).lost == ("two/papi/v1/openapi.json: GET /get-a",)


def test_operations_behind_references_are_not_lost(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document(paths={"/a": {"$ref": "a.yaml"}}))
    write(tmp_path, "papi/v1/a.yaml", "get: {operationId: x, responses: {'200': {description: ''}}}\npost: not an operation\n")
    assert check_documents(tmp_path).lost == ("papi/v1/openapi.json: POST /a",)


def test_two_operations_that_share_a_tool_name_collide(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document("get-a-b", "getAB", "get_a_b") | {"x-guide": {"tool_key": "papi"}})
    report = check_documents(tmp_path)
    assert report.collisions == ("akamai_papi_get_a_b is papi/v1#get-a-b and papi/v1#get_a_b",)
    assert not report.ok


def test_the_problems_of_a_guide_are_found_where_one_is_given(tmp_path: Path) -> None:
    write(tmp_path, "papi/v1/openapi.json", document("get-a"))
    assert check_documents(tmp_path).guide_problems == ()
    report = check_documents(tmp_path, Guide())
    assert report.guide_problems == ("papi/v1#get-a has no entry",)
    assert not report.ok


def test_the_notes_in_a_users_own_document_are_checked(tmp_path: Path) -> None:
    notes = {
        "/a": {"effect": "erase"},
        "/b": {"pages": {"styles": "page"}},
        "/c": "text",
        "/d": {"outcome": "zoo/v1#get-z"},
        "/e": {},
    }
    paths = {path: {"get": operation(f"get-{path[1:]}") | {"x-guide": note}} for path, note in notes.items()}
    write(tmp_path, "zoo/v1/openapi.json", document(paths=paths) | {"x-guide": {"tool_key": "Zoo"}})
    report = check_documents(tmp_path)
    assert [problem.partition(": x-guide: ")[2].partition(":")[0] for problem in report.guide_problems[:4]] == [
        "unknown effect erase",
        "pages has no fact 'styles'",
        "is not a mapping",
        "outcome zoo/v1#get-z names no operation",
    ]
    assert report.guide_problems[4:] == ("zoo/v1: tool key 'Zoo' is not at most 20 characters of a-z, 0-9 and single _",)
    assert not report.ok
