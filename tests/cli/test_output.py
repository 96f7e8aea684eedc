"""What commands print: readable on a terminal, whole lines and valid JSON in a pipe, and advice where nothing is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

LONG = "akamai_bot_manager_put_bot_analytics_cookie_settings_of_a_very_long_name"
ATTEMPT = {
    "time": "2026-11-21T10:00:01.000Z",
    "decision": "allowed",
    "customer": "acme",
    "operation": LONG,
    "method": "PUT",
    "target": f"/appsec/v1/{'x' * 200}",
    "status": 200,
    "requestId": "r-1",
}
OPERATION = {"responses": {"200": {"description": "ok"}}}


@pytest.fixture(autouse=True)
def chosen_settings(monkeypatch: pytest.MonkeyPatch, sandbox_settings: None) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    output = capsys.readouterr()
    return status, output.out, output.err


def test_a_description_in_a_pipe_is_valid_json_without_asking_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    _, piped, _ = run(capsys, "operations", "describe", "papi/v1#post-property-activations")
    _, compact, _ = run(capsys, "operations", "describe", "papi/v1#post-property-activations", "--json")
    assert json.loads(piped) == json.loads(compact)
    assert "callWith" in json.loads(piped)


def test_a_description_on_a_terminal_is_text_with_the_command_to_call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    status, shown, _ = run(capsys, "operations", "describe", "papi/v1#post-property-activations")
    assert status == 0
    assert not shown.startswith("{")
    lines = shown.splitlines()
    assert any(line.split()[:3] == ["network", "string,", "required,"] for line in lines)
    assert any(line.lstrip().startswith("akamai-mcp call papi/v1#post-property-activations --json '{") for line in lines)
    assert any(line.endswith("--dry-run") for line in lines)


def test_a_part_of_a_description_on_a_terminal_is_its_schema(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    _, shown, _ = run(capsys, "operations", "describe", "papi/v1#post-property-activations", "--at", "body.network")
    assert shown.startswith("akamai_papi_post_property_activations")
    assert '"PRODUCTION"' in shown


def test_a_row_in_a_pipe_is_one_whole_line_for_grep(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text(json.dumps(ATTEMPT) + "\n", encoding="utf-8")
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(file))
    _, out, _ = run(capsys, "audit", "tail")
    (row,) = [line for line in out.splitlines() if LONG in line]
    assert row.split() == [ATTEMPT["time"], "allowed", "acme", LONG, "PUT", ATTEMPT["target"], "200", "r-1"]


def test_a_listing_in_a_pipe_has_a_line_for_each_operation_whatever_the_terminals_width(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "operations", "list", "--product", "papi", "--limit", "5000")
    _, header, _ = run(capsys, "operations", "list", "--product", "papi", "--limit", "5000", "--json")
    heading, *rows, count = out.splitlines()
    assert heading.split()[0] == "operation"
    assert len(rows) == len(json.loads(header))
    assert count == f"{len(rows)} of {len(rows)}"


def test_a_listing_gives_as_many_as_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "operations", "list", "--limit", "5000", "--json")
    assert len(json.loads(out)) > 2000


@pytest.mark.parametrize("words", [("search", "purge"), ("list",)])
def test_a_product_that_does_not_exist_is_answered_with_those_that_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    status, _, err = run(capsys, "operations", *words, "--product", "nope")
    assert status == 1
    assert "There is no product 'nope'. Known products: " in err
    assert "papi" in err


def test_a_question_that_nothing_matches_is_answered_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "operations", "search", "zzqqxx")
    assert err == "akamai-mcp: Nothing matches: use other words.\n"
    _, _, err = run(capsys, "operations", "search", "zzqqxx", "--product", "papi")
    assert "or fewer filters" in err


def test_a_search_names_the_command_that_does_the_whole_job(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "operations", "search", "which certificates expire soon", "--json")
    assert (status, all("#" in key for key in json.loads(out))) == (0, True)
    assert err.startswith("akamai-mcp: One command does it: akamai-mcp run @certificates-ending (read). ")


@pytest.mark.parametrize(
    ("question", "command"),
    [
        ("all hostnames of all contracts", "akamai-mcp find '*' --kind hostname (read)"),
        ("which property serves www.example.com", "akamai-mcp find www.example.com (read)"),
    ],
)
def test_a_search_names_the_look_into_the_inventory_that_answers_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, question: str, command: str
) -> None:
    assert f"One command answers it: {command}.\n" in run(capsys, "operations", "search", question)[2]
    monkeypatch.setenv("AKAMAI_MCP_INVENTORY", "off")
    assert "One command answers it" not in run(capsys, "operations", "search", question)[2]


@pytest.mark.parametrize("words", [("--product", "cps"), ("--offset", "5"), ("--method", "GET")])
def test_a_search_for_operations_of_one_kind_names_no_other_command(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(capsys, "operations", "search", "which certificates expire soon", *words)[2] == ""


def test_a_search_for_reads_names_no_program_that_changes_things(capsys: pytest.CaptureFixture[str]) -> None:
    question = "roll back the property to the previous version"
    assert "run @roll-back-property (destroy)" in run(capsys, "operations", "search", question)[2]
    assert "roll-back-property" not in run(capsys, "operations", "search", question, "--read-only")[2]


def test_a_table_of_operations_says_when_a_call_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "operations", "search", "papi/v1#post-property-activations", "--limit", "1")
    assert "write; destroy on production" in out


def test_a_check_of_a_folder_that_does_not_exist_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "specs", "check", "/nope")
    assert (status, out) == (1, "")
    assert err == "akamai-mcp: There is no folder /nope. Name a folder of OpenAPI documents.\n"


def test_a_check_of_a_folder_without_documents_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, err = run(capsys, "specs", "check", str(tmp_path))
    assert status == 1
    assert f"{tmp_path} has no OpenAPI document" in err


@pytest.mark.parametrize("words", [("{empty}", "{full}"), ("{full}", "{empty}")])
def test_a_folder_without_documents_is_not_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, str]
) -> None:
    folders = {"empty": tmp_path / "empty", "full": tmp_path / "full"}
    folders["empty"].mkdir()
    shutil.copytree(embedded_folder() / "ccu", folders["full"] / "ccu")
    status, out, err = run(capsys, "specs", "diff", *(word.format(**folders) for word in words))
    assert (status, out) == (1, "")
    assert f"{folders['empty']} has no OpenAPI document" in err


def test_an_error_acts_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "specs", "check", "/no\x1b[31m\x9b2J\u202epe\nakamai-mcp: all is well")
    assert status == 1
    assert err == "akamai-mcp: There is no folder /no [31m 2Jpe akamai-mcp: all is well. Name a folder of OpenAPI documents.\n"


def test_a_swagger_document_is_named_and_not_passed_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(embedded_folder() / "ccu", tmp_path / "ccu")
    (tmp_path / "old.json").write_text(json.dumps({"swagger": "2.0", "paths": {"/a": {"get": OPERATION}}}))
    status, _, err = run(capsys, "specs", "check", str(tmp_path))
    assert status == 1
    assert "old.json is a Swagger 2.0 document, and only OpenAPI 3 is served" in err


def test_a_reference_that_does_not_resolve_costs_its_own_operation_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = OPERATION | {"operationId": "get-a", "parameters": [{"$ref": "#/components/parameters/none"}]}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {"get": broken, "post": OPERATION | {"operationId": "post-a"}},
            "/b": {"$ref": "#/components/pathItems/none"},
            "/c": {"get": OPERATION | {"operationId": "get-c"}},
        },
    }
    (tmp_path / "own.json").write_text(json.dumps(document))
    monkeypatch.setenv("AKAMAI_MCP_SPECS_DIR", str(tmp_path))
    _, out, _ = run(capsys, "operations", "list", "--json")
    assert json.loads(out) == ["own/v1#post-a", "own/v1#get-c"]
    status, _, err = run(capsys, "specs", "check", str(tmp_path))
    assert status == 1
    assert "GET /a is not served. A reference does not resolve: '#/components/parameters/none'." in err
    assert "/b is not served." in err


@pytest.mark.parametrize("words", [("bad name", "reader"), ("robot", "bad role"), ("", "reader")])
def test_a_token_with_a_name_that_cannot_be_one_says_what_can(capsys: pytest.CaptureFixture[str], words: tuple[str, str]) -> None:
    status, out, err = run(capsys, "token", *words)
    assert (status, out) == (1, "")
    assert "Use 1 to 64 letters, digits, dots, dashes or underscores" in err
    assert "akamai-mcp token" not in err


def test_the_command_line_acts_for_its_own_user_where_the_server_asks_for_tokens(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fake: FakeAkamai,
    sandbox: SandboxServer,
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_EDGERC", str(sandbox.write_edgerc(tmp_path / ".edgerc")))
    main(("token", "robot", "reader"))
    (tmp_path / "tokens").write_text(capsys.readouterr().out.partition("line:")[2].strip() + "\n")
    monkeypatch.setenv("AKAMAI_MCP_TRANSPORT", "http")
    monkeypatch.setenv("AKAMAI_MCP_AUTH_TOKENS_FILE", str(tmp_path / "tokens"))
    body = json.dumps({"clientName": "robot", "isLocked": False, "apiAccess": {"allAccessibleApis": True, "apis": []}}).encode()
    fake.faults.add(Fault(path="*/api-clients/self", times=None, status=200, content_type="application/json", body=body))
    status, out, _ = run(capsys, "customers", "--check", "--json")
    assert (status, [row["check"]["state"] for row in json.loads(out)["customers"]]) == (0, ["works"])
    status, out, _ = run(capsys, "call", "network-lists/v2#get-network-lists")
    assert (status, json.loads(out)["status"]) == (0, 200)
    status, out, _ = run(capsys, "doctor", "--json")
    assert (status, json.loads(out)["ok"]) == (0, True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_check_shows_a_sign_of_life_on_a_terminal(child_environment: dict[str, str], tmp_path: Path) -> None:
    import pty

    shutil.copytree(embedded_folder() / "ccu", tmp_path / "ccu")
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "akamai_mcp", "specs", "check", str(tmp_path)]
    environment = child_environment | {"TERM": "xterm"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=terminal) as checked:
        out = checked.communicate(timeout=120)[0].decode()
    shown = os.read(screen, 65536).decode(errors="replace")
    os.close(screen)
    os.close(terminal)
    assert checked.returncode == 0
    assert "6 operations" in out
    assert "checking ccu/v3/openapi.json" in shown or "building the examples" in shown
