from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lint import lint_tool
from mcp_stage import DOCUMENTED, FROM_CLIENTS, OPERATIONS

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.documents.location import Location, open_catalogue
from akamai_mcp.request.arguments import argument_keys
from akamai_mcp.result.page_rules import find_page_rule
from akamai_mcp.server.input_schema import build_input_schema
from akamai_mcp.server.provider import controls_of

SPECS = Path(__file__).parents[2] / "specs"
DOCUMENTS = sorted(path.relative_to(SPECS).as_posix() for path in SPECS.rglob("openapi*.json"))
MAX_BYTES = 8 * 1024
NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")

Schemas = Mapping[str, Mapping[str, Any]]


def schema_of(catalogue: Catalogue, key: str) -> dict[str, Any]:
    entry = catalogue.get(key)
    notes = FieldNotes(catalogue, catalogue.product_of(entry))
    operation = catalogue.operation(entry)
    return build_input_schema(operation, notes, controls_of(entry), find_page_rule(operation, entry.pages))


@pytest.fixture(scope="module")
def entries(catalogue: Catalogue) -> list[Entry]:
    return catalogue.entries()


@pytest.fixture(scope="module")
def schemas(catalogue: Catalogue, entries: list[Entry]) -> Schemas:
    return {entry.key: schema_of(catalogue, entry.key) for entry in entries}


def of_document(entries: list[Entry], document: str) -> list[str]:
    return [entry.key for entry in entries if entry.document == document]


# --- names -------------------------------------------------------------------------------------------------------------


def test_there_is_a_tool_for_each_operation_documented_or_not_and_no_two_share_a_name(entries: list[Entry]) -> None:
    assert sum(not entry.source for entry in entries) == DOCUMENTED
    assert sum(bool(entry.source) for entry in entries) == FROM_CLIENTS
    assert len({entry.key for entry in entries}) == OPERATIONS
    assert len({entry.name for entry in entries}) == OPERATIONS


def test_a_name_is_at_most_51_characters_of_small_letters_digits_and_underscores(entries: list[Entry]) -> None:
    assert [entry.name for entry in entries if not NAME.fullmatch(entry.name)] == []


def test_names_stay_distinct_where_a_client_ignores_case_or_cuts_at_64_with_its_prefix(entries: list[Entry]) -> None:
    assert len({f"mcp__akamai__{entry.name}"[:64].lower() for entry in entries}) == OPERATIONS


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("papi/v1#get-contracts", "akamai_papi_get_contracts"),
        ("identity-management/v3#get-property-users", "akamai_iam_v3_get_property_users"),
        ("identity-management/v2#get-property-users", "akamai_iam_v2_get_property_users"),
        ("config-dns/v2#get-zones", "akamai_dns_get_zones"),
        ("netstorage-usage-api/v1#create-update-event-subscription", "akamai_nsusage_create_update_event_subscription"),
    ],
)
def test_a_name_says_product_and_operation(catalogue: Catalogue, key: str, name: str) -> None:
    assert catalogue.get(key).name == name
    assert catalogue.get(name).key == key


def test_a_further_document_renames_no_tool(tmp_path: Path, entries: list[Entry]) -> None:
    folder = tmp_path / "specs"
    shutil.copytree(SPECS, folder, ignore=shutil.ignore_patterns("guide"))
    operation = {"operationId": "get-contracts", "responses": {}}
    more = {"openapi": "3.0.3", "info": {"version": "1"}, "paths": {"/contracts": {"get": operation}}}
    for name in ("papi/v2/openapi.json", "aaa-first/v1/openapi.json", "zzz-last/v1/openapi.json"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(json.dumps(more))
    grown = open_catalogue(Location(root=folder, origin="a test"), tmp_path / "cache")
    names = {entry.key: entry.name for entry in grown.entries()}
    assert {key: names.get(key) for key in (entry.key for entry in entries)} == {entry.key: entry.name for entry in entries}
    assert sorted(names[key] for key in names.keys() - {entry.key for entry in entries}) == [
        "akamai_aaa_first_v1_get_contracts",
        "akamai_papi_v2_get_contracts",
        "akamai_zzz_last_v1_get_contracts",
    ]
    assert len(set(names.values())) == OPERATIONS + 3


# --- schemas -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_client_accepts_the_schemas_of_a_documents_tools(entries: list[Entry], schemas: Schemas, document: str) -> None:
    complaints = {key: found for key in of_document(entries, document) if (found := lint_tool(schemas[key]))}
    assert complaints == {}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_schema_of_a_documents_tools_is_larger_than_8_kb(entries: list[Entry], schemas: Schemas, document: str) -> None:
    sizes = {key: len(json.dumps(schemas[key], separators=(",", ":")).encode()) for key in of_document(entries, document)}
    assert {key: size for key, size in sizes.items() if size > MAX_BYTES} == {}


def test_the_account_switch_key_is_nowhere_among_the_arguments(schemas: Schemas) -> None:
    assert [key for key, schema in schemas.items() if "accountswitchkey" in json.dumps(list(schema["properties"])).lower()] == []


def test_every_parameter_of_every_operation_is_an_argument(catalogue: Catalogue, entries: list[Entry], schemas: Schemas) -> None:
    missing = {
        entry.key: absent
        for entry in entries
        if (absent := argument_keys(catalogue.operation(entry)).keys() - schemas[entry.key]["properties"].keys())
    }
    assert missing == {}


def test_every_path_parameter_is_required(catalogue: Catalogue, entries: list[Entry], schemas: Schemas) -> None:
    lax = [
        f"{entry.key} {key}"
        for entry in entries
        for key, parameter in argument_keys(catalogue.operation(entry)).items()
        if parameter.location == "path" and key not in schemas[entry.key]["required"]
    ]
    assert lax == []


def test_an_operation_with_a_body_takes_one_and_no_other_does(entries: list[Entry], schemas: Schemas) -> None:
    assert [entry.key for entry in entries if entry.has_body != ("body" in schemas[entry.key]["properties"])] == []


def test_property_managers_prefixes_are_on_and_not_required(catalogue: Catalogue) -> None:
    schema = schema_of(catalogue, "papi/v1#get-contracts")
    assert schema["properties"]["PAPI-Use-Prefixes"]["default"] == "true"
    assert "PAPI-Use-Prefixes" not in schema.get("required", ())


def test_a_wildcard_header_is_an_object_of_suffixes(catalogue: Catalogue) -> None:
    schema = schema_of(catalogue, "datastore/v1#put-datastore-upload-key")
    assert schema["properties"]["X-AK-Meta-_"]["type"] == "object"


@pytest.mark.parametrize(
    ("key", "kind", "members"),
    [
        ("edgeworkers/v1#post-versions", "object", {"base64", "file", "filename"}),
        ("config-dns/v2#post-zones-zone-zone-file", "string", None),
        ("datastream-config-api/v2#patch-stream", "array", None),
        ("storage/v1#delete-cpcode-age-deletions", "object", {"ageDeletionDirectoryPrefix"}),
        ("case-management/v3#post-attachments", "object", {"attachmentContent"}),
    ],
)
def test_a_bodys_schema_is_that_of_its_media_type(catalogue: Catalogue, key: str, kind: str, members: set[str] | None) -> None:
    body = schema_of(catalogue, key)["properties"]["body"]
    assert body["type"] == kind
    assert members is None or set(body["properties"]) == members


def test_a_binary_field_of_a_form_takes_a_file(catalogue: Catalogue) -> None:
    body = schema_of(catalogue, "case-management/v3#post-attachments")["properties"]["body"]
    assert set(body["properties"]["attachmentContent"]["properties"]) == {"base64", "file", "filename"}


def test_a_tool_that_destroys_or_shows_credentials_takes_a_confirmation_and_no_other_does(
    entries: list[Entry], schemas: Schemas
) -> None:
    asks = {key for key, schema in schemas.items() if "confirm" in schema["properties"]}
    assert asks == {entry.key for entry in entries if entry.effect.worst == "destroy" or entry.reveals}
