"""The command line: what it prints and how it ends."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp import __version__
from akamai_mcp.cli import main
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

pytestmark = pytest.mark.usefixtures("sandbox_settings")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) of a command."""
    try:
        status = main(words)
    except SystemExit as left:
        status = int(left.code or 0)
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.mark.smoke
def test_a_listing_shows_operations_as_a_table_with_their_count(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "operations", "list", "--product", "ccu", "--limit", "3")
    assert (status, err) == (0, "")
    assert "akamai_ccu_post_delete_cpcode" in out
    assert "3 of 14" in out


def test_a_listing_as_json_is_keys(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "operations", "list", "--method", "head", "--json")
    assert (status, json.loads(out)) == (
        0,
        ["datastore/v1#head-datastore-key", "papi/v1#head-include-version-rules", "papi/v1#head-property-version-rules"],
    )


def test_the_filters_and_pages_of_a_listing_work(capsys: pytest.CaptureFixture[str]) -> None:
    _, whole, _ = run(capsys, "operations", "list", "--product", "papi", "--read-only", "--json", "--limit", "200")
    _, page, _ = run(capsys, "operations", "list", "--product", "papi", "--read-only", "--json", "--limit", "2", "--offset", "1")
    assert json.loads(page) == json.loads(whole)[1:3]
    _, tagged, _ = run(capsys, "operations", "list", "--product", "papi", "--tag", "property activations", "--json")
    assert "papi/v1#post-property-activations" in json.loads(tagged)


def test_a_listing_of_nothing_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "operations", "list", "--product", "no-such-product")
    assert status == 1
    assert "0 of 0" in out


@pytest.mark.smoke
def test_a_search_finds_what_the_words_say(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "operations", "search", "purge", "by", "url", "--json", "--limit", "5")
    assert status == 0
    assert "ccu/v3#post-invalidate-url" in json.loads(out)


def test_questions_on_standard_input_are_answered_one_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("papi/v1#get-contracts\nzzqqxx\nccu/v3#post-delete-url\n"))
    status, out, _ = run(capsys, "operations", "search", "--stdin", "--json", "--limit", "1")
    assert status == 0
    assert [json.loads(line) for line in out.splitlines()] == [["papi/v1#get-contracts"], [], ["ccu/v3#post-delete-url"]]


def test_questions_without_json_are_answered_beside_the_question(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("papi/v1#get-contracts\n"))
    _, out, _ = run(capsys, "operations", "search", "--stdin", "--limit", "1")
    assert out == "papi/v1#get-contracts\tpapi/v1#get-contracts\n"


@pytest.mark.parametrize("name", ["akamai_papi_get_contracts", "papi/v1#get-contracts"])
@pytest.mark.smoke
def test_a_description_is_the_same_json_as_the_tools(capsys: pytest.CaptureFixture[str], name: str) -> None:
    status, out, _ = run(capsys, "operations", "describe", name, "--json")
    facts = json.loads(out)
    assert (status, facts["request"], facts["callWith"]) == (0, "GET /papi/v1/contracts", "akamai_read")


def test_a_part_of_a_description_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "operations", "describe", "papi/v1#post-property-activations", "--at", "body.network")
    assert json.loads(out)["schema"]["enum"] == ["STAGING", "PRODUCTION"]


@pytest.mark.parametrize("words", [("operations", "describe", "papi/v1#get-contract"), ("call", "papi/v1#get-contract")])
def test_an_unknown_operation_ends_with_1_and_the_nearest_names(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    status, out, err = run(capsys, *words)
    assert status == 1
    assert "akamai_papi_get_contracts" in out + err
    assert "Traceback" not in out + err


@pytest.mark.smoke
def test_a_call_prints_its_answer_as_json(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    status, out, err = run(capsys, "call", "network-lists/v2#get-network-lists", "--json", '{"includeElements": false}')
    assert (status, err) == (0, "")
    assert json.loads(out)["status"] == 200
    assert fake.requests[-1].target == "/network-list/v2/network-lists?includeElements=false"


def test_the_arguments_of_a_call_can_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b'{"body": {"name": "\xc3\xbc", "type": "IP", "list": []}}'))
    monkeypatch.setattr(sys, "stdin", given)
    status, _, _ = run(capsys, "call", "network-lists/v2#post-network-lists", "--json", "-")
    assert status == 0
    assert json.loads(fake.requests[-1].body)["name"] == "ü"


def test_a_file_is_printed_in_base64_because_nothing_stands_beside_what_is_printed(
    capsys: pytest.CaptureFixture[str], fake: FakeAkamai
) -> None:
    fake.faults.add(Fault(body=b"\x1f\x8b\x00", content_type="application/gzip"))
    arguments = {"edgeWorkerId": 1, "version": "1"}
    status, out, _ = run(capsys, "call", "edgeworkers/v1#get-version-content", "--json", json.dumps(arguments))
    body = json.loads(out)["body"]
    assert (status, body["contentType"], body["bytes"], body["base64"]) == (0, "application/gzip", 3, "H4sA")
    assert "whole" not in body


def test_a_call_that_akamai_refuses_ends_with_1(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    fake.faults.add(Fault(status=403))
    status, out, _ = run(capsys, "call", "papi/v1#get-contracts")
    assert (status, json.loads(out)["status"]) == (1, 403)


@pytest.mark.smoke
def test_a_call_that_destroys_needs_its_confirmation_here_too(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    arguments: dict[str, Any] = {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}
    status, out, _ = run(capsys, "call", "ccu/v3#post-delete-url", "--json", json.dumps(arguments))
    assert (status, json.loads(out)["sent"], len(fake.requests)) == (1, False, 0)
    assert "--yes" in json.loads(out)["advice"]
    status, out, _ = run(capsys, "call", "ccu/v3#post-delete-url", "--yes", "--json", json.dumps(arguments))
    assert (status, json.loads(out)["status"]) == (0, 201)


@pytest.mark.parametrize("words", [("--dry-run",), ("--dry-run", "--yes")])
def test_a_dry_run_shows_the_request_and_sends_nothing(
    capsys: pytest.CaptureFixture[str], fake: FakeAkamai, words: tuple[str, ...]
) -> None:
    arguments = '{"network": "production", "body": {"objects": ["https://www.example.com/"]}}'
    status, out, _ = run(capsys, "call", "ccu/v3#post-delete-url", "--json", arguments, *words)
    shown = json.loads(out)
    assert (status, shown["dryRun"], shown["sent"]) == (0, True, False)
    assert shown["request"]["url"].endswith("/ccu/v3/delete/url/production")
    assert len(fake.requests) == 0


@pytest.mark.parametrize("text", ["{", "[]", "5", "", "null"])
def test_arguments_that_are_no_json_object_end_with_1_and_advice(capsys: pytest.CaptureFixture[str], text: str) -> None:
    status, out, err = run(capsys, "call", "papi/v1#get-contracts", "--json", text)
    assert (status, out) == (1, "")
    assert err.startswith("akamai-mcp: --json is not ")


def test_a_setting_that_cannot_be_used_ends_with_1_and_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_RETRIES", "lots")
    status, out, err = run(capsys, "call", "papi/v1#get-contracts")
    assert (status, out) == (1, "")
    assert "AKAMAI_MCP_RETRIES" in err


def test_a_specs_folder_that_does_not_exist_ends_with_1_and_its_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_SPECS_DIR", str(tmp_path / "none"))
    status, _, err = run(capsys, "operations", "list")
    assert status == 1
    assert "AKAMAI_MCP_SPECS_DIR" in err


@pytest.mark.smoke
def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"akamai-mcp {__version__}\n", "")


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("operations",), ("operations", "frobnicate"), ("operations", "list", "--limit", "x"), ("call",)]
)
def test_a_command_line_that_is_wrong_ends_with_2_and_its_usage(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert "usage: akamai-mcp" in err


@pytest.mark.parametrize("words", [("--help",), ("operations", "search", "--help"), ("call", "--help"), ("serve", "--help")])
def test_help_is_printed_and_ends_with_0(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    status, out, _ = run(capsys, *words)
    assert status == 0
    assert "usage: akamai-mcp" in out


def test_documents_are_checked_and_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(embedded_folder() / "ccu", tmp_path / "ccu")
    status, out, err = run(capsys, "specs", "check", str(tmp_path))
    assert (status, err) == (0, "")
    assert "ccu/v3" in out
    assert "6 operations" in out


def test_a_document_that_is_wrong_makes_the_check_end_with_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"openapi": "3.0.3", "paths": 5}')
    status, _, err = run(capsys, "specs", "check", str(tmp_path))
    assert status == 1
    assert "bad.json" in err


def test_a_program_that_is_wrong_makes_the_check_end_with_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(embedded_folder() / "ccu", tmp_path / "ccu")
    (tmp_path / "programs").mkdir()
    header = '"""\nsummary: S\nasks: [A]\neffect: destroy\ninputs: {type: object}\n"""\n'
    (tmp_path / "programs/purge-all.py").write_text(header + 'await call("ccu/v3#post-everything")')
    status, _, err = run(capsys, "specs", "check", str(tmp_path))
    assert status == 1
    assert "program purge-all: line 7 calls ccu/v3#post-everything, and the catalogue has no such key" in err


@pytest.mark.smoke
def test_the_demo_ends_with_0(child_environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "akamai_mcp", "demo"],
        env=child_environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Every step passed." in done.stdout


def test_a_reader_that_goes_away_is_no_failure(child_environment: dict[str, str], tmp_path: Path) -> None:
    command = f"{sys.executable} -m akamai_mcp operations list --limit 200 | head -1"
    done = subprocess.run(
        ["sh", "-c", command], env=child_environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("operations", "search"), ("operations", "describe"), ("call",), ("runs", "show"), ("run",)])
def test_an_argument_of_another_encoding_is_told_and_never_a_traceback(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    status, out, err = run(capsys, *words, "caf\udce9")
    assert (status, out, "not valid UTF-8" in err, len(err.splitlines())) == (2, "", True, 1)
