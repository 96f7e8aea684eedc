"""The customers of the command line: the same list for a person, and a call for one of them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp_stage import FIRST

from akamai_mcp.cli import main
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, sandbox_settings: None, tmp_path: Path, sandbox: SandboxServer) -> Path:
    """Settings for the sandbox with one credential and one alias of it."""
    monkeypatch.setenv("AKAMAI_MCP_EDGERC", str(sandbox.write_edgerc(tmp_path / ".edgerc")))
    write(
        tmp_path / "customers.toml",
        '[acme]\naccount_switch_key = "1-PLANTED"\nnote = "the [bold]large[/] one"\nread_only = true\n',
    )
    monkeypatch.setenv("AKAMAI_MCP_CUSTOMERS_FILE", str(tmp_path / "customers.toml"))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.mark.usefixtures("folder")
def test_customers_are_a_table_with_their_rules_and_no_secret(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    status, out, err = run(capsys, "customers")
    assert (status, err, len(fake.requests)) == (0, "", 0)
    assert out.splitlines()[0].split() == ["customer", "host", "rules", "check", "note"]
    assert "default (default)" in out
    assert {"read-only;", "switches", "account"} <= set(out.split())
    assert "[bold]" in out
    assert "PLANTED" not in out
    assert FIRST.client_token not in out


@pytest.mark.usefixtures("folder")
def test_customers_as_json_are_what_the_tool_says(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "customers", "--json", "--customer", "acme")
    content = json.loads(out)
    assert (status, content["default"], [row["name"] for row in content["customers"]]) == (0, "default", ["acme"])
    assert content["customers"][0]["switchesAccount"] is True


@pytest.mark.usefixtures("folder")
def test_a_check_asks_for_each_and_ends_with_0_where_all_work(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    status, out, _ = run(capsys, "customers", "--check")
    assert (status, len(fake.requests)) == (0, 2)
    assert out.count("works") == 2


def test_a_check_ends_with_1_and_says_why_where_one_does_not_work(
    capsys: pytest.CaptureFixture[str], folder: Path, fake: FakeAkamai
) -> None:
    fake.accounts, kept = (), fake.accounts
    try:
        status, out, _ = run(capsys, "customers", "--check", "--customer", "acme")
    finally:
        fake.accounts = kept
    assert status == 1
    assert "acme: The client token is unknown." in out


def test_a_broken_section_ends_with_1_and_its_name_below_the_table(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with (folder / ".edgerc").open("a", encoding="utf-8") as edgerc:
        edgerc.write("[half]\nhost = h.example\n")
    status, out, _ = run(capsys, "customers")
    assert status == 1
    assert "half: client_token in section [half]" in out


def test_no_customer_at_all_ends_with_1_and_the_reason(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write(folder / "customers.toml", "")
    status, out, _ = run(capsys, "customers")
    assert status == 1
    assert "customers.toml defines no customer." in out


@pytest.mark.usefixtures("folder")
def test_an_unknown_customer_ends_with_1_and_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("customers", "--customer", "nobody"), ("call", "papi/v1#get-contracts", "--customer", "nobody")):
        status, out, err = run(capsys, *words)
        assert status == 1
        assert "acme, default" in out + err


@pytest.mark.usefixtures("folder")
def test_a_call_acts_for_the_customer_that_it_names(capsys: pytest.CaptureFixture[str], fake: FakeAkamai) -> None:
    status, out, err = run(capsys, "call", "papi/v1#get-contracts", "--customer", "acme")
    assert (status, err, json.loads(out)["status"]) == (0, "", 200)
    assert parse_qs(urlsplit(fake.requests[-1].target).query)["accountSwitchKey"] == ["1-PLANTED"]
