"""What the configuration names and does not exist is told when a server starts; a broken promise of safety stops the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mcp_stage import BuildServer, MakeSettings, start_child

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.cli.doctor.command import check_configuration
from akamai_mcp.configuration_check import Mistake, find_mistakes
from akamai_mcp.errors import SettingsError
from akamai_mcp.server.app import build_server

HASH = "0" * 64
FIRST_MISTAKES = {
    "pappi": "papi",
    "PAPPI": "papi",
    "config_dns": "config-dns",
    "papi/v1#delete-propety": "papi/v1#delete-property",
}


@pytest.fixture
def mistakes(settings: MakeSettings, catalogue: Catalogue):
    def found(**changes: object) -> list[Mistake]:
        chosen = settings(**changes)
        return list(find_mistakes(chosen, catalogue, chosen.customers()))

    return found


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(("rule", "meant"), FIRST_MISTAKES.items())
def test_a_deny_rule_that_matches_nothing_stops_the_start_and_says_what_was_meant(
    settings: MakeSettings, served: BuildServer, rule: str, meant: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        served(settings(deny=rule))
    assert refused.value.message == (
        f"AKAMAI_MCP_DENY: the deny rule {rule!r} matches no product, operation or path; did you mean {meant}?"
    )


@pytest.mark.parametrize("rule", ["papi/v1/properties/*", "get /papi/v1/*", "akamai_papi_no_such", "papi/v1", "papi#"])
def test_a_deny_rule_that_is_not_written_as_the_path_it_means_stops_the_start(
    settings: MakeSettings, served: BuildServer, rule: str
) -> None:
    with pytest.raises(SettingsError, match="matches no product"):
        served(settings(deny=rule))


@pytest.mark.parametrize(
    ("rule", "meant"),
    [("/ccu", "/ccu/*"), ("/ccu/v3/", "/ccu/v3/*"), ("POST /papi/v1", "POST /papi/v1/*"), ("GET  /cps", "GET  /cps/*")],
)
def test_a_deny_rule_for_the_beginning_of_paths_stops_the_start(mistakes, rule: str, meant: str) -> None:
    (found,) = mistakes(deny=rule)
    assert found.stops
    assert f"did you mean {meant}?" in found.found


@pytest.mark.parametrize("rule", ["PURGE /ccu/*", "ALL /ccu/*", "ANY /*"])
def test_a_deny_rule_with_a_method_that_does_not_exist_stops_the_start(mistakes, rule: str) -> None:
    (found,) = mistakes(deny=rule)
    assert found.stops


def test_a_misspelt_deny_rule_of_a_customer_or_role_stops_the_start(settings: MakeSettings, tmp_path: Path) -> None:
    customers = written(tmp_path / "customers.toml", '[acme]\nsection = "default"\ndeny = ["ccuu"]\n')
    with pytest.raises(SettingsError, match=r"customer acme: the deny rule 'ccuu'.*did you mean ccu[?]"):
        build_server(settings(customers_file=customers))
    roles = written(tmp_path / "roles.toml", '[some]\neffects = ["read"]\ndeny = ["ccuu"]\n')
    tokens = written(tmp_path / "tokens", f"ann:{HASH}:some\n")
    with pytest.raises(SettingsError, match="role some: the deny rule 'ccuu'"):
        build_server(settings(auth_roles_file=roles, auth_tokens_file=tokens))


@pytest.mark.parametrize("rule", ["/no/such/path", "PUT /papi/v1/contracts", "/papi/v9/*"])
def test_a_path_that_no_document_has_is_only_told_because_it_may_be_undocumented(mistakes, rule: str) -> None:
    (found,) = mistakes(deny=rule)
    assert not found.stops
    assert repr(rule) in found.found


@pytest.mark.parametrize("rule", ["papy", "/no/such", "papi/v1#no-such"])
def test_an_allow_rule_that_matches_nothing_is_told(mistakes, rule: str) -> None:
    (found,) = mistakes(allow=f"ccu,{rule}")
    assert (found.subject, found.stops) == ("rules", False)
    assert found.found.startswith(f"AKAMAI_MCP_ALLOW: the allow rule {rule!r} matches no product, operation or path")


@pytest.mark.parametrize(
    "rule",
    ["papi", "CCU", "*", "config-*", "papi/v1#get-*", "akamai_papi_*", "/papi/v1/properties/prp_1*", "GET /papi/*", "/PAPI/v1/*"],
)
def test_a_rule_that_matches_something_is_not_told(mistakes, rule: str) -> None:
    assert mistakes(deny=rule) == []


def test_roles_that_do_not_exist_are_told_each_with_the_token_that_has_it(mistakes, tmp_path: Path) -> None:
    roles = written(tmp_path / "roles.toml", '[dns]\nproducts = ["config-dns"]\n')
    tokens = written(tmp_path / "tokens", f"ann:{HASH}:dns,admim\nbob:{HASH[:-1]}1:reader\ncid:{HASH[:-1]}2:dsn\n")
    found = mistakes(auth_tokens_file=tokens, auth_roles_file=roles)
    assert [(one.subject, one.stops) for one in found] == [("roles", False)] * 2
    assert "ann" in found[0].found
    assert "'admim'" in found[0].found
    assert "'dsn'" in found[1].found
    assert "admin, dns, reader, writer" in found[0].advice


def test_a_product_of_tools_that_does_not_exist_is_told(mistakes) -> None:
    (found,) = mistakes(tools="papi,nope")
    assert found.found == "AKAMAI_MCP_TOOLS names no product 'nope'."


def test_the_doctor_finds_what_the_start_tells(settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_LOG_LEVL", "debug")
    findings = list(check_configuration(settings(deny="pappi", allow="papy", tools="nope")))
    assert [(finding.check, finding.state) for finding in findings] == [
        ("settings", "warning"),
        ("tools", "warning"),
        ("rules", "failure"),
        ("rules", "warning"),
    ]
    assert all(finding.advice for finding in findings)


@pytest.mark.parametrize(("name", "value"), [("READONLY", "true"), ("DENY", "pappi"), ("DENNY", "papi")])
def test_a_server_with_mistyped_safety_does_not_start(
    child_environment: dict[str, str], tmp_path: Path, name: str, value: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "akamai_mcp"],
        env={**child_environment, f"AKAMAI_MCP_{name}": value},
        cwd=tmp_path,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == b""
    (line,) = ended.stderr.decode().splitlines()
    assert "did you mean" in line


async def test_a_server_tells_other_mistakes_in_a_line_each_and_serves(child_environment: dict[str, str], tmp_path: Path) -> None:
    mistaken = {"AKAMAI_MCP_LOG_LEVL": "debug", "AKAMAI_MCP_TOOLS": "nope", "AKAMAI_MCP_DENY": "/no/such"}
    async with start_child({**child_environment, **mistaken}, tmp_path) as child:
        await child.hello()
        assert (await child.ask("tools/list"))["result"]["tools"]
        status, errors = await child.end()
    assert status == 0
    lines = errors.splitlines()
    assert len(lines) == 3
    for line, name in zip(lines, ("AKAMAI_MCP_LOG_LEVL", "AKAMAI_MCP_TOOLS", "AKAMAI_MCP_DENY"), strict=True):
        assert name in line
