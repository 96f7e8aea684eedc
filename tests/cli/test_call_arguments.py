"""The arguments of a call on the command line: pairs, controls as options, and settings as options."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.cli import main
from akamai_mcp.cli.arguments.pairs import read_pairs
from akamai_mcp.errors import ArgumentError
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer

ACTIVATE = "papi/v1#post-property-activations"

pytestmark = pytest.mark.usefixtures("sandbox_settings")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    status = main(words)
    return status, json.loads(capsys.readouterr().out)


def read(catalogue: Catalogue, name: str, *pairs: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    return read_pairs(pairs, catalogue.operation(catalogue.get(name)), given or {})


@pytest.mark.parametrize(
    ("pairs", "arguments"),
    [
        (("propertyId=prp_1",), {"propertyId": "prp_1"}),
        (("body.propertyVersion=3", "body.note=3"), {"body": {"propertyVersion": 3, "note": "3"}}),
        (("body.acknowledgeAllWarnings=true",), {"body": {"acknowledgeAllWarnings": True}}),
        (("body.notifyEmails=a@b.example", "body.notifyEmails=c"), {"body": {"notifyEmails": ["a@b.example", "c"]}}),
        (('body.notifyEmails=["a","b"]',), {"body": {"notifyEmails": ["a", "b"]}}),
        (('body={"note": "x"}', "body.network=STAGING"), {"body": {"note": "x", "network": "STAGING"}}),
        (("body.note:=null", "unheard=5", "unheard2:=5"), {"body": {"note": None}, "unheard": "5", "unheard2": 5}),
        (("body.note=a=b",), {"body": {"note": "a=b"}}),
        (("body.propertyVersion=three",), {"body": {"propertyVersion": "three"}}),
    ],
)
def test_a_pair_is_read_as_the_schema_of_the_operation_has_it(
    catalogue: Catalogue, pairs: tuple[str, ...], arguments: dict[str, Any]
) -> None:
    assert read(catalogue, ACTIVATE, *pairs) == arguments


def test_a_text_that_looks_like_a_number_stays_a_text_where_one_is_declared(catalogue: Catalogue) -> None:
    assert read(catalogue, "config-dns/v2#get-zones", "search=007", "page=2", "showAll=true") == {
        "search": "007",
        "page": 2,
        "showAll": True,
    }


def test_pairs_are_added_to_what_json_gives(catalogue: Catalogue) -> None:
    given = {"body": {"note": "x"}, "propertyId": "prp_1"}
    assert read(catalogue, ACTIVATE, "body.network=STAGING", given=given)["body"] == {"note": "x", "network": "STAGING"}


@pytest.mark.parametrize("pair", ["propertyId", "=5", "body.note:={", "body.network.x=1"])
def test_a_pair_that_is_none_is_refused_with_the_form(catalogue: Catalogue, pair: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        read(catalogue, ACTIVATE, "body.network=STAGING", pair)
    assert refused.value.advice


def test_a_call_is_written_in_pairs_and_shown_without_being_sent(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    words = ("--arg", "propertyId=prp_1", "--arg", "body.propertyVersion=3", "--arg", "body.network=STAGING")
    status, shown = run(capsys, "call", ACTIVATE, *words, "--arg", "body.notifyEmails=a@b.example", "--dry-run")
    assert (status, shown["sent"]) == (0, False)
    assert shown["request"]["body"] == {"propertyVersion": 3, "network": "STAGING", "notifyEmails": ["a@b.example"]}
    assert len(fake.requests) == 0


def test_an_answer_is_selected_and_pages_are_merged(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    _, whole = run(capsys, "call", "network-lists/v2#get-network-lists")
    _, part = run(capsys, "call", "network-lists/v2#get-network-lists", "--select", "networkLists[].uniqueId")
    assert part["body"] == [row["uniqueId"] for row in whole["body"]["networkLists"]]
    status, merged = run(capsys, "call", "config-dns/v2#get-zones", "--arg", "pageSize=1", "--paginate", "--max-pages", "2")
    assert status == 0
    assert sum("/config-dns/v2/zones" in request.target for request in fake.requests) in {1, 2}
    assert "body" in merged


def test_a_setting_can_be_an_option_and_ends_with_the_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sandbox: SandboxServer, tmp_path: Path
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_EDGERC", "/nonexistent")
    monkeypatch.delenv("AKAMAI_MCP_SECTION", raising=False)
    edgerc = sandbox.write_edgerc(tmp_path / "own", "prod")
    status, listed = run(capsys, "customers", "--edgerc", str(edgerc), "--section", "prod", "--json")
    assert (status, [row["name"] for row in listed["customers"]], listed["default"]) == (0, ["prod"], "prod")
    assert os.environ["AKAMAI_MCP_EDGERC"] == "/nonexistent"
    assert "AKAMAI_MCP_SECTION" not in os.environ
    status, answer = run(capsys, "call", "papi/v1#get-contracts", "--edgerc", str(edgerc), "--section", "prod")
    assert (status, answer["status"]) == (0, 200)


def test_documents_of_ones_own_can_be_browsed_by_an_option(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    paths = {"/a": {"get": {"operationId": "get-a", "responses": {"200": {"description": "ok"}}}}}
    (tmp_path / "own.json").write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}))
    assert run(capsys, "operations", "list", "--specs-dir", str(tmp_path), "--json") == (0, ["own/v1#get-a"])


def test_an_argument_without_its_option_is_answered_with_the_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "appsec/v1#get-config", "configId=1", "a=b c"]) == 1
    assert "Write --arg configId=1 --arg 'a=b c'." in capsys.readouterr().err
