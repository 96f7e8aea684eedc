from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from documents.document_samples import document, operation, write

from akamai_mcp.documents.clients.documents import to_lines
from akamai_mcp.documents.clients.learning import learn

SPECS: Final = Path(__file__).parents[3] / "specs"
BEYOND: Final = Path(__file__).parents[4] / "shared" / "beyond"


LIST: Final = {"type": "array", "items": {"type": "string"}}
NOTES: Final = """
facts:
  GET /zoo/v1/animals: {query: {kind: {type: string}}, joined: [ids], answer: text/csv}
  "PATCH /zoo/v1/animals/{anyName}": {body: {type: application/json-patch+json, schema: {type: array}}}
  "POST /zoo/v1/animals/{anyName}/photo": {body: {type: multipart/form-data, members: {photo: {type: string, format: binary}, name: null}}}
values:
  /zoo/v1: {kind: [FISH], kinds: [FISH]}
"""


def declared(kind: str | None, enum: list[Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "enum": enum}


def endpoint(method: str, path: str, function: str = "Get-Animal", **more: Any) -> dict[str, Any]:
    facts = {"api": "Zoo", "client_functions": [function], "path_types": {}, "query": {}, "body": {}}
    return {"method": method, "path": path, **facts, **more}


def exchange(method: str, target: str, body: Any = None, answer: Any = None, status: int = 200) -> dict[str, Any]:
    types = {"content_type": "application/json;charset=UTF-8", "accept": "application/json"}
    return {"method": method, "target": target, "body": body, "response_status": status, "response_body": answer, **types}


class Learned:
    """The rows that are learned from some endpoints and exchanges, by method and path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write(folder, "specs/other/v1/openapi.json", document("get-things"))

    def __call__(
        self, endpoints: list[dict[str, Any]], exchanges: list[dict[str, Any]], later: list[dict[str, Any]] | None = None
    ) -> dict[str, dict[str, Any]]:
        write(self.folder, "beyond/endpoints.jsonl", to_lines(endpoints))
        write(self.folder, "beyond/endpoints2.jsonl", to_lines(later or []))
        write(self.folder, "beyond/observed.jsonl", to_lines(exchanges))
        rows = learn(self.folder / "beyond", self.folder / "specs")
        return {f"{row['method']} {row['path']}": row for row in rows if row["product"] == "zoo"}


@pytest.fixture
def learned(tmp_path: Path) -> Learned:
    return Learned(tmp_path)


@pytest.mark.skipif(not BEYOND.is_dir(), reason=f"what the clients call is not beside the checkout ({BEYOND})")
def test_the_facts_match_the_clients() -> None:
    assert to_lines(learn(BEYOND, SPECS)) == (SPECS / "clients.jsonl").read_text(), "learn the facts again"


def test_a_declared_endpoint_has_names_and_no_response_schema(learned: Learned) -> None:
    query = {"search": declared("string"), "kinds": declared("array of string", ["CAT", "DOG"]), "size": declared(None)}
    rows = learned([endpoint("GET", "/zoo/v1/animals/{AnimalID}", query=query, path_types={"AnimalID": declared("integer")})], [])
    assert rows["GET /zoo/v1/animals/{animalId}"] == {
        "product": "zoo",
        "version": "v1",
        "id": "get-animal",
        "method": "GET",
        "path": "/zoo/v1/animals/{animalId}",
        "source": "client",
        "parameters": {"animalId": {"type": "integer"}},
        "query": {
            "search": {"type": "string"},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["CAT", "DOG"]}},
            "size": {},
        },
    }


def test_a_recorded_exchange_wins_over_the_clients_declaration(learned: Learned) -> None:
    body = {"names": declared("string"), "size": declared("string", ["BIG", "SMALL"]), "note": declared("string")}
    rows = learned(
        [endpoint("PUT", "/zoo/v1/animals/{ID}", body=body, path_types={"ID": declared("integer")})],
        [exchange("PUT", "/zoo/v1/animals/rex?dry=true&tag=a&tag=b", {"names": ["Rex"], "size": "big"}, {"id": 4}, 202)],
    )
    row = rows["PUT /zoo/v1/animals/{id}"]
    assert row["source"] == "observed"
    assert row["parameters"] == {"id": {"type": "string"}}
    assert row["query"] == {"dry": {"type": "boolean"}, "tag": {"type": "array", "items": {"type": "string"}}}
    assert row["body"]["type"] == "application/json"
    assert row["body"]["schema"]["properties"] == {
        "names": {"type": "array", "items": {"type": "string"}},
        "size": {"type": "string", "enum": ["SMALL", "big"]},
        "note": {"type": "string"},
    }
    assert row["answers"]["202"]["schema"]["properties"] == {"id": {"type": "integer"}}


def test_an_exchange_belongs_to_the_endpoint_with_the_fewest_parameters(learned: Learned) -> None:
    rows = learned(
        [endpoint("GET", "/zoo/v1/animals/{ID}"), endpoint("GET", "/zoo/v1/animals/all")],
        [exchange("GET", "/zoo/v1/animals/all")],
    )
    assert {place: row["source"] for place, row in rows.items()} == {
        "GET /zoo/v1/animals/all": "observed",
        "GET /zoo/v1/animals/{id}": "client",
    }


def test_path_parameters_have_the_names_of_the_official_document_of_the_same_api(learned: Learned) -> None:
    parameter = {"name": "aniMalId", "in": "path", "required": True, "schema": {"type": "integer"}}
    item = {"parameters": [parameter], "get": operation("get-a")}
    servers = [{"url": "https://{hostname}/zoo/v1"}]
    write(learned.folder, "specs/zoo/v1/openapi.json", document(paths={"/animals/{aniMalId}": item}, servers=servers))
    rows = learned([endpoint("DELETE", "/zoo/v1/animals/{AnimalID}"), endpoint("GET", "/zoo/v1/animals/{AnimalID}")], [])
    assert {place: row["parameters"] for place, row in rows.items()} == {
        "DELETE /zoo/v1/animals/{aniMalId}": {"aniMalId": {"type": "integer"}}
    }


def test_page_numbers_belong_to_the_list_that_a_function_also_reads(learned: Learned) -> None:
    query = {"page": declared("integer"), "pageSize": declared("integer"), "full": declared("boolean")}
    of_others = endpoint("GET", "/zoo/v1/days/{Day}", "Get-Day", query=query)
    rows = learned([endpoint("GET", f"/zoo/v1/animals{end}", query=query) for end in ("", "/{ID}")] + [of_others], [])
    assert {place: list(row["query"]) for place, row in rows.items()} == {
        "GET /zoo/v1/animals": ["page", "pageSize", "full"],
        "GET /zoo/v1/animals/{id}": ["full"],
        "GET /zoo/v1/days/{day}": ["page", "pageSize", "full"],
    }


@pytest.mark.parametrize(
    ("method", "more", "body"),
    [
        ("PUT", {}, {"type": "application/json", "schema": {}}),
        ("POST", {}, None),
        ("POST", {"takes_body": True}, {"type": "application/json", "schema": {}}),
        ("GET", {}, None),
        ("GET", {"body": {"ID": declared("integer")}}, None),
        ("POST", {"body": {"*": declared("array of string")}}, {"type": "application/json", "schema": LIST}),
    ],
)
def test_an_unknown_body_is_open_and_a_body_that_no_client_sends_is_omitted(
    learned: Learned, method: str, more: dict[str, Any], body: Any
) -> None:
    rows = learned([endpoint(method, "/zoo/v1/animals/{ID}", **more)], [])
    assert rows[f"{method} /zoo/v1/animals/{{id}}"].get("body") == body


def test_later_endpoints_are_read_beside_the_first_ones(learned: Learned) -> None:
    rows = learned(
        [endpoint("GET", "/zoo/v1/animals")], [], [endpoint("GET", "/zoo/v1/cages"), endpoint("GET", "/zoo/v1/keepers")]
    )
    assert list(rows) == ["GET /zoo/v1/animals", "GET /zoo/v1/cages", "GET /zoo/v1/keepers"]


@pytest.mark.parametrize(
    ("more", "answers"),
    [
        ({}, None),
        ({"answers": [204]}, {"204": {}}),
        ({"answers": [202, 204]}, {"202": {"type": "application/json"}, "204": {}}),
        ({"accept": "application/x.v3+json; charset=UTF-8"}, {"2XX": {"type": "application/x.v3+json"}}),
        ({"accept": "text/csv", "answers": [201]}, {"201": {"type": "text/csv"}}),
    ],
)
def test_the_answer_that_a_client_expects_is_known(learned: Learned, more: dict[str, Any], answers: Any) -> None:
    assert learned([endpoint("POST", "/zoo/v1/animals", **more)], [])["POST /zoo/v1/animals"].get("answers") == answers


def test_what_the_notes_say_of_an_endpoint_is_right(learned: Learned) -> None:
    write(learned.folder, "specs/learning.yaml", NOTES)
    body = {"name": declared("string"), "kind": declared("string", ["CAT"])}
    rows = learned(
        [
            endpoint("GET", "/zoo/v1/animals", query={"ids": declared("array of integer")}),
            endpoint("PATCH", "/zoo/v1/animals/{ID}"),
            endpoint("POST", "/zoo/v1/animals/{ID}/photo", body=body),
        ],
        [],
    )
    animals = rows["GET /zoo/v1/animals"]
    assert animals["query"] == {"ids": {"type": "array", "items": {"type": "integer"}}, "kind": {"type": "string"}}
    assert (animals["joined"], animals["answers"]) == (["ids"], {"2XX": {"type": "text/csv"}})
    assert rows["PATCH /zoo/v1/animals/{id}"]["body"] == {"type": "application/json-patch+json", "schema": {"type": "array"}}
    photo = rows["POST /zoo/v1/animals/{id}/photo"]["body"]
    assert photo["type"] == "multipart/form-data"
    assert photo["schema"]["properties"] == {
        "kind": {"type": "string", "enum": ["CAT", "FISH"]},
        "photo": {"type": "string", "format": "binary"},
    }


def test_an_enumeration_gains_what_its_api_has_learned_since(learned: Learned) -> None:
    write(learned.folder, "specs/learning.yaml", NOTES)
    query = {
        "kind": declared("string", ["CAT"]),
        "kinds": declared("array of string", ["CAT", "FISH"]),
        "size": declared("string", ["S"]),
    }
    found = learned([endpoint("GET", "/zoo/v1/cages", query=query)], [])["GET /zoo/v1/cages"]["query"]
    assert found["kind"]["enum"] == ["CAT", "FISH"]
    assert found["kinds"]["items"]["enum"] == ["CAT", "FISH"]
    assert found["size"]["enum"] == ["S"]


def test_the_embedded_facts_hold_no_value_of_an_exchange() -> None:
    text = (SPECS / "clients.jsonl").read_text()
    assert json.loads(text.splitlines()[0])["method"]
    assert [word for word in ("@example.com", "@akamai.com", "Lorem", "jsmith", "BEGIN CERTIFICATE") if word in text] == []
