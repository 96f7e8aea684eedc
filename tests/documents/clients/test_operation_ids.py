from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from mcp_stage import own_guide

from akamai_mcp.catalogue.naming import MAX_NAME, tool_name
from akamai_mcp.documents.clients.notes import NOTES_NAME, read_notes
from akamai_mcp.documents.clients.official import split_path
from akamai_mcp.documents.clients.operation_ids import derive_id

SPECS: Final = Path(__file__).parents[3] / "specs"
ROWS: Final = [json.loads(line) for line in (SPECS / "clients.jsonl").read_text().splitlines()]
NOTES: Final = read_notes(SPECS / NOTES_NAME)
CONFIG: Final = "/configs/{configId}/versions/{versionNumber}"


@pytest.mark.parametrize(
    ("method", "base", "template", "operation_id"),
    [
        ("GET", "/zoo/v1", "/animals", "get-animals"),
        ("GET", "/zoo/v1", "/animals/{animalId}", "get-animal"),
        ("POST", "/zoo/v1", "/animals", "post-animal"),
        ("POST", "/zoo/v1", "/animals/{animalId}/feed", "post-animal-feed"),
        ("GET", "/zoo/v1", "/animals/{animalId}/keepers/{keeperId}/shifts", "get-animal-keeper-shifts"),
        ("GET", "/zoo/v1", "/policies/{policyId}", "get-policy"),
        ("GET", "/zoo/v1", "/status/{statusId}", "get-status"),
        ("GET", "/zoo/v1", "/food/{kindId}", "get-food-kind"),
        ("GET", "/zoo/v1", "/food/{foodType}", "get-food-type"),
        ("GET", "/zoo/v1", "/days/{year}/{month}", "get-day-month"),
        ("PUT", "/zoo/v1", "/petFood", "put-pet-food"),
        ("GET", "/client-list/v1", "/lists", "get-client-lists"),
        ("POST", "/client-list/v2", "/lists/{listId}/activations", "post-client-list-activation"),
        ("GET", "/appsec/v1", "/bot-detections", "get-bot-detections"),
        ("GET", "/appsec/v1", f"{CONFIG}/response-actions", "get-response-actions"),
        ("GET", "/appsec/v1", f"{CONFIG}/response-actions/challenge-actions", "get-challenge-actions"),
        ("GET", "/appsec/v1", f"{CONFIG}/security-policies/{{policyId}}/threat-intel", "get-policy-threat-intel"),
    ],
)
def test_an_operation_id_is_the_method_and_the_names_of_the_path(
    method: str, base: str, template: str, operation_id: str
) -> None:
    assert derive_id(method, base, template, NOTES) == operation_id


def test_no_id_repeats_in_a_product_or_equals_one_of_an_official_document() -> None:
    counted = Counter((row["product"], row["version"], row["id"]) for row in ROWS)
    for path in SPECS.glob("*/*/openapi.json"):
        product, version = path.parts[-3:-1]
        items = json.loads(path.read_bytes())["paths"].values()
        counted.update((product, version, one["operationId"]) for item in items for one in item.values() if "operationId" in one)
    assert [key for key, times in counted.items() if times > 1] == []


def test_an_id_depends_on_nothing_but_its_own_endpoint() -> None:
    for row in ROWS:
        base = split_path(row["path"])[0]
        assert derive_id(row["method"], base, row["path"].removeprefix(base), NOTES) == row["id"]


def key_of(row: Mapping[str, Any]) -> str:
    return f"{row['product']}/{row['version']}#{row['id']}"


def test_nearly_all_tool_names_are_whole_words() -> None:
    names = [tool_name(own_guide().product(row["product"]).tool_keys[row["version"]], key_of(row)) for row in ROWS]
    cut = [row["id"] for row, name in zip(ROWS, names, strict=True) if not name.endswith(row["id"].replace("-", "_"))]
    assert len(cut) == 6
    assert all(len(name) <= MAX_NAME for name in names)
