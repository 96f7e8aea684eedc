"""The doctor: what is well, what is not, what to do about it, and an exit status that says so."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import FIRST
from redis_stage import KEY, RedisProcess, one_redis, redis  # noqa: F401 - fixtures

from akamai_mcp import __version__
from akamai_mcp.access.tokens import new_token
from akamai_mcp.cli import main
from akamai_mcp.cli.doctor.checks import (
    Check,
    check_audit,
    check_documents,
    check_folders,
    check_observation,
    check_permissions,
    check_programs,
    check_redis,
    check_way,
    find_proxy,
)
from akamai_mcp.cli.doctor.command import check_configuration, check_customers, check_tools, doctor, read_clock, read_row
from akamai_mcp.cli.doctor.grants import read_grants
from akamai_mcp.cli.doctor.runs import check_runs
from akamai_mcp.cli.doctor.service import check_service
from akamai_mcp.runs.database import FILE
from akamai_mcp.runs.record import RunPolicy
from akamai_mcp.runs.sealing import load_key
from akamai_mcp.runs.sqlite import SqliteRuns
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

SOUND = {"clientName": "robot", "isLocked": False, "apiAccess": {"allAccessibleApis": True, "apis": []}}


def answer_soundly(fake: FakeAkamai) -> None:
    """Let the fake Akamai know the API client, and not by its document's example, which is a locked one."""
    body = json.dumps(SOUND).encode()
    fake.faults.add(Fault(path="*/api-clients/self", times=None, status=200, content_type="application/json", body=body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the doctor said."""

    status: int
    ok: bool
    findings: list[dict[str, str]]
    text: str

    def of(self, check: str) -> list[tuple[str, str]]:
        return [(finding["state"], finding["found"]) for finding in self.findings if finding["check"] == check]

    def one(self, check: str) -> dict[str, str]:
        (found,) = [finding for finding in self.findings if finding["check"] == check]
        return found


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, sandbox_settings: None, tmp_path: Path, sandbox: SandboxServer) -> Path:
    """Settings for the sandbox with one credential, and nothing else of the machine's."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AKAMAI_MCP_EDGERC", str(sandbox.write_edgerc(tmp_path / ".edgerc")))
    return tmp_path


def examine(capsys: pytest.CaptureFixture[str], *checks: Check) -> Examined:
    """What the doctor says, or these checks of it alone: one of them starts a server, which takes a second."""
    status = doctor(Namespace(json=True), checks) if checks else main(["doctor", "--json"])
    output = capsys.readouterr()
    assert output.err == ""
    said: dict[str, Any] = json.loads(output.out)
    return Examined(status=status, ok=said["ok"], findings=said["findings"], text=output.out)


@pytest.mark.usefixtures("folder")
@pytest.mark.smoke
def test_a_sound_server_is_well_and_nothing_changes_at_akamai(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    answer_soundly(fake)
    seen = examine(capsys)
    assert (seen.status, seen.ok) == (0, True)
    assert {finding["state"] for finding in seen.findings} == {"ok"}
    looked_at = {finding["check"] for finding in seen.findings}
    assert looked_at >= {"python", "documents", "permissions", "cache folder", "audit", "proxy", "certificates", "tools", "clock"}
    assert seen.one("akamai-mcp")["found"] == __version__
    assert "60 documents, 1,571 operations" in seen.one("documents")["found"]
    assert re.match(r"\d\d tools, about ", seen.one("tools")["found"])
    assert seen.one("customer default")["found"] == "works; robot"
    assert seen.one("clock")["state"] == "ok"
    assert [(request.method, request.target.partition("?")[0]) for request in fake.requests] == [
        ("GET", "/identity-management/v3/api-clients/self")
    ]
    assert not [secret for secret in (FIRST.client_token, FIRST.client_secret, FIRST.access_token) if secret in seen.text]


@pytest.mark.usefixtures("folder")
def test_a_person_reads_lines_with_advice_below_them(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_TOOLS", "papii")
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(lines) if "papii" in line)
    assert lines[place].split()[:2] == ["warning", "tools"]
    assert lines[place + 1].startswith("  ")
    assert "specs check" in lines[place + 1]


def test_a_credential_that_is_refused_is_a_failure(capsys: pytest.CaptureFixture[str], folder: Path, fake: FakeAkamai) -> None:
    fake.accounts, kept = (), fake.accounts
    try:
        seen = examine(capsys, check_customers)
    finally:
        fake.accounts = kept
    assert (seen.status, seen.one("customer default")["state"]) == (1, "failure")
    assert "refused" in seen.one("customer default")["found"]


def test_a_broken_section_is_a_failure_beside_one_that_works(
    capsys: pytest.CaptureFixture[str], folder: Path, fake: FakeAkamai
) -> None:
    answer_soundly(fake)
    with (folder / ".edgerc").open("a", encoding="utf-8") as edgerc:
        edgerc.write("[half]\nhost = h.example\n")
    seen = examine(capsys, check_configuration, check_customers)
    assert seen.status == 1
    assert (seen.one("customer half")["state"], seen.one("customer default")["state"]) == ("failure", "ok")


@pytest.mark.usefixtures("folder")
def test_no_credentials_at_all_are_a_failure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_EDGERC", "/nonexistent")
    seen = examine(capsys, check_configuration, check_customers)
    assert seen.status == 1
    assert seen.of("customers") == [("failure", "There is no credentials file /nonexistent.")]


@pytest.mark.usefixtures("folder")
def test_a_default_that_is_no_customer_is_a_warning(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_CUSTOMER", "nobody")
    seen = examine(capsys, check_configuration, check_customers)
    assert (seen.status, seen.one("customers")["state"]) == (0, "warning")


def test_a_clock_that_is_an_hour_off_is_a_failure(
    capsys: pytest.CaptureFixture[str], folder: Path, fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "_clock", lambda: time.time() + 3600)
    seen = examine(capsys, check_customers)
    assert (seen.status, seen.one("clock")["state"]) == (1, "failure")
    assert "behind" in seen.one("clock")["found"]


def test_a_file_that_others_can_read_is_a_warning(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / ".edgerc").chmod(0o644)
    seen = examine(capsys, check_permissions, check_configuration, check_customers)
    assert seen.status == 0
    assert seen.one("permissions")["state"] == "warning"
    assert seen.one("permissions")["advice"] == f"chmod 600 {folder / '.edgerc'}"
    assert seen.of("customers") == []


def test_an_audit_file_is_not_made_by_looking_at_it(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(folder / "audit.jsonl"))
    assert examine(capsys).of("audit") == [("ok", str(folder / "audit.jsonl"))]
    assert sorted(path.name for path in folder.iterdir()) == [".edgerc"]


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/null"), os.mkfifo])
def test_an_audit_file_that_cannot_be_one_is_a_failure(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    make(folder / "audit.jsonl")
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(folder / "audit.jsonl"))
    seen = examine(capsys, check_audit)
    assert (seen.status, seen.one("audit")["state"]) == (1, "failure")


def test_folders_that_cannot_be_used_are_told(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    for name in ("CACHE_DIR", "DOWNLOADS_DIR", "FILES_DIR"):
        monkeypatch.setenv(f"AKAMAI_MCP_{name}", str(folder / "file" / "below"))
    seen = examine(capsys, check_folders)
    assert seen.status == 1
    states = {name: seen.one(name)["state"] for name in ("cache folder", "download folder", "files folder")}
    assert states == {"cache folder": "warning", "download folder": "failure", "files folder": "failure"}


def test_the_folder_of_runs_is_looked_at_and_nothing_is_made_in_it(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = folder / "state" / "runs"
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", str(runs))
    assert examine(capsys, check_runs).of("runs") == [("ok", f"{runs}: 0 kept")]
    assert not runs.parent.exists()
    runs.mkdir(parents=True)
    load_key(runs)
    asyncio.run(SqliteRuns(RunPolicy(folder=runs), runs).aclose())
    sound = ("ok", f"{runs / 'key'} is private to its owner")
    assert examine(capsys, check_runs).of("runs") == [("ok", f"{runs}: 0 kept"), sound]
    (runs / "key").chmod(0o644)
    assert examine(capsys, check_runs).of("runs")[1][0] == "warning"
    (runs / "key").write_bytes(b"cut")
    (runs / FILE).write_bytes(b"no database, but longer than its header would be: " * 100)
    seen = examine(capsys, check_runs)
    assert (seen.status, [state for state, _ in seen.of("runs")]) == (1, ["failure", "failure"])
    assert [str(runs / name) in found for name, (_, found) in zip((FILE, "key"), seen.of("runs"), strict=True)] == [True, True]
    assert all("Restore the file" in finding["advice"] for finding in seen.findings)
    monkeypatch.setenv("AKAMAI_MCP_RUNS_KEY", "k" * 32)
    assert len(examine(capsys, check_runs).of("runs")) == 1, "a key that is not used is not looked at"
    (folder / "file").touch()
    monkeypatch.setenv("AKAMAI_MCP_RUNS_DIR", str(folder / "file" / "runs"))
    assert examine(capsys, check_runs).one("runs")["state"] == "warning"
    monkeypatch.setenv("AKAMAI_MCP_REDIS_URL", "redis://127.0.0.1/0")
    assert examine(capsys, check_runs).of("runs") == [("ok", "kept in Redis")]


def test_documents_that_cannot_be_read_are_told_one_by_one(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = folder / "specs"
    specs.mkdir()
    monkeypatch.setenv("AKAMAI_MCP_SPECS_DIR", str(specs))
    assert examine(capsys, check_documents).one("documents")["state"] == "failure"
    for number in range(7):
        (specs / f"broken{number}.json").write_text('{"openapi": "3.0.3",')
    documents = examine(capsys, check_documents).of("documents")
    assert [state for state, _ in documents] == ["failure"] + ["warning"] * 6
    assert documents[-1][1] == "2 more problems"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("variables", "check", "what", "state"),
    [
        ({"AKAMAI_MCP_CA_BUNDLE": "/nonexistent"}, check_way, "certificates", "failure"),
        ({"SSL_CERT_FILE": "/nonexistent"}, check_way, "certificates", "failure"),
        ({"HTTPS_PROXY": "ftp://proxy:21"}, check_way, "proxy", "failure"),
        ({"AKAMAI_MCP_METRICS": "true"}, check_observation, "metrics", "ok"),
        ({"AKAMAI_MCP_METRICS_PORT": "9464", "AKAMAI_MCP_METRICS_HOST": "0.0.0.0"}, check_observation, "metrics", "warning"),
        ({"AKAMAI_MCP_TRACES": "true"}, check_observation, "traces", "ok"),
        ({"AKAMAI_MCP_TRACES": "true", "OTEL_TRACES_EXPORTER": "console"}, check_observation, "traces", "failure"),
        ({"AKAMAI_MCP_TOOLS": "appsec"}, check_tools, "tools", "warning"),
        ({"AKAMAI_MCP_RATE": "many"}, check_way, "settings", "failure"),
    ],
)
def test_each_part_of_the_surroundings_is_looked_at(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    check: Check,
    what: str,
    state: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    seen = examine(capsys, check)
    assert seen.one(what)["state"] == state
    assert (seen.one(what).get("advice", "") == "") == (state == "ok")
    assert state != "failure" or seen.status == 1


@pytest.mark.usefixtures("folder")
def test_a_redis_that_answers_is_well(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    redis: RedisProcess,  # noqa: F811
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_REDIS_URL", redis.url)
    monkeypatch.setenv("AKAMAI_MCP_SHARED_KEY", KEY)
    seen = examine(capsys, check_redis).one("redis")
    assert seen["state"] in {"ok", "warning"}  # on a busy machine it may be slow
    assert re.fullmatch(r"answers in [\d.]+ ms", seen["found"])


@pytest.mark.usefixtures("folder")
def test_a_redis_that_is_not_there_is_a_failure_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKAMAI_MCP_REDIS_URL", "redis://:planted-password@127.0.0.1:9/0")
    assert "SHARED_KEY" in examine(capsys, check_redis).one("redis")["found"]
    monkeypatch.setenv("AKAMAI_MCP_SHARED_KEY", KEY)
    seen = examine(capsys, check_redis)
    assert (seen.status, seen.one("redis")["state"]) == (1, "failure")
    assert "planted" not in seen.text


@pytest.mark.parametrize(
    ("environment", "found", "state"),
    [
        ({}, "none", "ok"),
        ({"HTTPS_PROXY": "http://user:secret@proxy:3128"}, "http://proxy:3128 (HTTPS_PROXY)", "ok"),
        ({"https_proxy": "proxy:3128"}, "http://proxy:3128 (https_proxy)", "ok"),
        ({"ALL_PROXY": "gopher://proxy"}, "gopher://proxy (ALL_PROXY)", "failure"),
        ({"ALL_PROXY": "socks5://user:secret@proxy:1080"}, "socks5://proxy:1080 (ALL_PROXY)", "failure"),
        ({"ALL_PROXY": "socks5://proxy", "HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128 (HTTPS_PROXY)", "ok"),
    ],
)
def test_a_proxy_is_shown_without_its_credentials(environment: dict[str, str], found: str, state: str) -> None:
    finding = find_proxy(environment)
    assert (finding.found, finding.state) == (found, state)


@pytest.mark.parametrize(
    ("seconds", "state", "found"),
    [
        ([], "warning", "unknown"),
        ([0, 0], "ok", "right"),
        ([1, -3], "ok", "3 s behind Akamai's"),
        ([12], "warning", "12 s ahead of Akamai's"),
        ([0, -40], "failure", "40 s behind Akamai's"),
    ],
)
def test_the_clock_is_judged_by_the_answer_that_shows_it_most(seconds: list[int], state: str, found: str) -> None:
    finding = read_clock(seconds)
    assert (finding.state, finding.found) == (state, found)


@pytest.mark.parametrize(
    ("check", "state"),
    [
        ({"state": "works", "client": "c"}, "ok"),
        ({"state": "works", "locked": True}, "warning"),
        ({"state": "forbidden"}, "warning"),
        ({"state": "notAsked"}, "warning"),
        ({"state": "refused"}, "failure"),
        ({"state": "unreachable", "problem": "no way"}, "failure"),
    ],
)
def test_a_customer_is_judged_by_what_its_check_found(check: dict[str, Any], state: str) -> None:
    assert read_row({"name": "acme", "check": check}).state == state


def test_what_a_customers_credentials_have_besides_is_named() -> None:
    finding = read_row({"name": "acme", "check": {"state": "works"}, "ignored": ["contract_id"]})
    assert (finding.state, finding.found) == ("warning", "works; ignored: contract_id")


def test_programs_that_are_not_installed_are_a_warning(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert examine(capsys, check_programs).one("programs")["state"] == "ok"
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    missing = examine(capsys, check_programs).one("programs")
    assert (missing["state"], "akamai_run are not listed" in missing["found"]) == ("warning", True)
    assert "akamai-mcp[programs]" in missing["advice"]


@pytest.fixture
def tokens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tokens file for a server over HTTP on a port that is free."""
    _, holder = new_token("ann", ("reader",))
    path = folder / "tokens"
    path.write_text(holder.line() + "\n")
    monkeypatch.setenv("AKAMAI_MCP_TRANSPORT", "http")
    monkeypatch.setenv("AKAMAI_MCP_AUTH_TOKENS_FILE", str(path))
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("AKAMAI_MCP_PORT", str(free.getsockname()[1]))
    return path


def test_a_sound_server_over_http_starts_and_its_files_are_named(capsys: pytest.CaptureFixture[str], tokens: Path) -> None:
    seen = examine(capsys, check_service)
    assert (seen.status, seen.one("tokens")["found"]) == (0, f"{tokens}: 1 tokens")
    assert seen.one("address")["found"].endswith(" is free")
    assert seen.one("service")["found"] == "starts with tokens"


async def start_nothing(*_: Any) -> str:
    """In the place of the server's start, which takes a second and is tested where it is looked at."""
    return "not started"


@pytest.mark.parametrize(
    ("variables", "check", "state", "found"),
    [
        ({"AUTH_TOKENS_FILE": "/nonexistent"}, "tokens", "failure", "/nonexistent"),
        ({"AUTH_TOKENS_FILE": "{folder}/garbled"}, "tokens", "failure", "is not name:hash:role,role"),
        ({"AUTH_TOKENS_FILE": "{folder}/ended"}, "tokens", "warning", "ended: ann"),
        ({"AUTH_ROLES_FILE": "{folder}/garbled"}, "roles", "failure", "garbled"),
        ({"TLS_CERT": "{folder}/garbled"}, "address", "failure", "Only one of"),
        ({"TLS_CERT": "{folder}/garbled", "TLS_KEY": "{folder}/garbled"}, "tls", "failure", "garbled with "),
        ({"TLS_CERT": "/nonexistent", "TLS_KEY": "/nonexistent"}, "tls", "failure", "No such file"),
        ({"TRUSTED_PROXIES": "proxy"}, "address", "failure", "'proxy', which is no address"),
        ({"ALLOWED_HOSTS": "*"}, "address", "failure", "every web page"),
        ({"BIND": "203.0.113.7"}, "address", "failure", "is not an address of this machine"),
        ({"AUTH_TOKENS_FILE": "", "BIND": "0.0.0.0"}, "address", "failure", "callers would not have to authenticate"),
        ({"AUTH_ISSUER": "https://i.example"}, "address", "failure", "JWTs need"),
        ({"TRANSPORT": "stdio"}, "service", "warning", "authentication without HTTP"),
    ],
)
def test_what_a_server_over_http_would_refuse_is_found(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tokens: Path,
    variables: dict[str, str],
    check: str,
    state: str,
    found: str,
) -> None:
    (tokens.parent / "garbled").write_text("garbled [")
    _, ended = new_token("ann", ("reader",), last_day=date(2020, 1, 1))
    (tokens.parent / "ended").write_text(ended.line() + "\n")
    for name, value in variables.items():
        monkeypatch.setenv(f"AKAMAI_MCP_{name}", value.replace("{folder}", str(tokens.parent)))
    monkeypatch.setattr("akamai_mcp.cli.doctor.service.start_over_http", start_nothing)
    seen = examine(capsys, check_service)
    assert seen.one(check)["state"] == state
    assert found in seen.one(check)["found"]
    assert seen.one(check)["advice"]
    assert check != "address" or seen.of("service") == []  # it would start on another address all the same


def test_a_taken_port_is_a_failure_unless_a_server_answers_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tokens: Path
) -> None:
    monkeypatch.setattr("akamai_mcp.cli.doctor.service.start_over_http", start_nothing)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("AKAMAI_MCP_PORT", str(taken.getsockname()[1]))
        monkeypatch.setattr("akamai_mcp.cli.doctor.service.ask", lambda _: "did not answer")
        assert "is taken" in examine(capsys, check_service).one("address")["found"]
        monkeypatch.setattr("akamai_mcp.cli.doctor.service.ask", lambda _: None)
        assert examine(capsys, check_service).one("address")["state"] == "ok"
        monkeypatch.setenv("AKAMAI_MCP_METRICS_PORT", str(taken.getsockname()[1]))
        assert examine(capsys, check_service).one("metrics port")["state"] == "warning"


def test_an_unknown_role_and_a_dead_rule_are_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tokens: Path
) -> None:
    tokens.write_text(new_token("bob", ("no-such-role",))[1].line() + "\n")
    monkeypatch.setenv("AKAMAI_MCP_ALLOW", "papi,no-such-product")
    monkeypatch.setenv("AKAMAI_MCP_RATES", "5")
    seen = examine(capsys, check_configuration)
    assert "no-such-role" in seen.one("roles")["found"]
    assert "no-such-product" in seen.one("rules")["found"]
    assert "AKAMAI_MCP_RATES" in seen.one("settings")["found"]


def test_the_grants_say_which_products_a_client_has_and_which_it_lacks(
    capsys: pytest.CaptureFixture[str], folder: Path, fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch
) -> None:
    apis = [
        {"apiName": "PAPI", "accessLevel": "READ-WRITE", "endPoint": "/papi/v1/"},
        {"apiName": "CPS", "accessLevel": "READ-ONLY", "endPoint": "/cps"},
        {"apiName": "Unheard of", "accessLevel": "READ-ONLY", "endPoint": "/unheard-of/"},
    ]
    body = json.dumps(SOUND | {"apiAccess": {"allAccessibleApis": False, "apis": apis}}).encode()
    fake.faults.add(Fault(path="*/api-clients/self", times=None, status=200, content_type="application/json", body=body))
    seen = examine(capsys, check_customers).one("grants default")
    assert seen["state"] == "ok"
    assert seen["found"].startswith("READ-ONLY: cps; READ-WRITE: papi; none for ")
    lacking = seen["found"].rpartition("products: ")[2].split(", ")
    assert {"ccu", "config-dns"} <= set(lacking)
    assert not {"papi", "cps"} & set(lacking)
    monkeypatch.setenv("AKAMAI_MCP_TOOLS", "papi,ccu")
    listed = examine(capsys, check_customers).one("grants default")
    assert (listed["state"], listed["found"].rpartition("; ")[2]) == ("warning", "listed and not granted: ccu")
    assert "Control Center" in listed["advice"]


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ({"state": "works", "allApis": True}, "every API that its user may use"),
        ({"state": "works"}, "not told"),
        ({"state": "refused"}, None),
    ],
)
def test_grants_are_told_of_a_client_that_works(check: dict[str, Any], found: str | None) -> None:
    finding = read_grants({"name": "acme", "check": check}, frozenset({"papi"}), ("discover",))
    assert (finding.found if finding else None) == found
