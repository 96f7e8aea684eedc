"""Customers through MCP: who is listed, whom a call acts for, what a check says, what changes while the server runs."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp_stage import ACCOUNT_KEY, ERAS, FIRST, SECOND, UNANSWERED, MakeSettings, OpenStage, Stage, operations_in_files

from akamai_mcp.calls.credential_check import CheckPolicy, CredentialCheck, read_clock, read_failure, read_rights
from akamai_mcp.calls.customer_list import CustomerList
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.errors import AccessError, UpstreamBusyError, UpstreamConnectError, UpstreamTimeout
from akamai_mcp.parts import build_parts
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

READ = {"name": "papi/v1#get-contracts"}
SELF = "/identity-management/v3/api-clients/self"
TOKENS = (FIRST.client_token, FIRST.client_secret, FIRST.access_token, SECOND.client_token, SECOND.client_secret, "PLANTED")
RIGHTS = {
    "clientName": "robot",
    "accessToken": FIRST.access_token,
    "allowAccountSwitch": True,
    "isLocked": False,
    "apiAccess": {
        "allAccessibleApis": False,
        "apis": [
            {"apiName": "Property Manager (PAPI)", "accessLevel": "READ-WRITE"},
            {"apiName": "CCU APIs", "accessLevel": "READ-WRITE"},
            {"apiName": "Billing", "accessLevel": "READ-ONLY"},
        ],
    },
}
FILE = """
[acme]
account_switch_key = "1-PLANTED-A"
note = "the large one"
read_only = true
products = ["papi"]
deny = ["papi/v1#delete-property"]

[globex]
account_switch_key = "1-PLANTED-G"
"""


@pytest.fixture
def alone(sandbox: SandboxServer, tmp_path: Path) -> Path:
    """Credentials of the default customer and of nobody else."""
    return sandbox.write_edgerc(tmp_path / "alone.edgerc")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A customers file of two aliases."""
    return put(tmp_path / "customers.toml", FILE)


def put(path: Path, text: str, mode: int = 0o600) -> Path:
    """Replace a file by another of its name, as an editor does."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(mode)
    return fresh.replace(path)


def told(rights: dict[str, Any] = RIGHTS) -> Fault:
    """The answer of identity management, as the fake Akamai is told to give it."""
    return Fault(path=f"{SELF}*", times=None, status=200, body=json.dumps(rights).encode(), content_type="application/json")


async def rows(stage: Stage, **arguments: Any) -> dict[str, dict[str, Any]]:
    reply = await stage.ask("akamai_list_customers", arguments)
    assert not reply.failed
    assert [secret for secret in TOKENS if secret in reply.text] == []
    return {row["name"]: row for row in reply.content["customers"]}


def switch_key(target: str) -> str | None:
    return parse_qs(urlsplit(target).query).get("accountSwitchKey", [None])[0]


# --- the list ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("era", ERAS)
async def test_a_row_says_whom_and_what_a_customer_may_and_no_secret(
    open_stage: OpenStage, era: str, alone: Path, file: Path, sandbox: SandboxServer
) -> None:
    async with open_stage(era, edgerc=alone, customers_file=file) as stage:
        found = await rows(stage)
    assert found == {
        "acme": {
            "name": "acme",
            "host": sandbox.host,
            "section": "default",
            "note": "the large one",
            "readOnly": True,
            "allow": ["papi"],
            "deny": ["papi/v1#delete-property"],
            "switchesAccount": True,
        },
        "default": {"name": "default", "default": True, "host": sandbox.host},
        "globex": {"name": "globex", "host": sandbox.host, "section": "default", "switchesAccount": True},
    }


async def test_the_list_asks_nobody_unless_it_is_told_to_check(either: Stage) -> None:
    await rows(either)
    assert len(either.fake.requests) == 0


async def test_a_section_with_a_defect_is_a_row_with_a_problem(open_stage: OpenStage, alone: Path) -> None:
    with alone.open("a", encoding="utf-8") as edgerc:
        edgerc.write("[half]\nhost = h.example\nclient_token = PLANTED\n")
    async with open_stage(edgerc=alone) as stage:
        found = await rows(stage, check=True)
        assert (await stage.ask("akamai_read", READ)).content["status"] == 200
    assert "client_secret in section [half]" in found["half"]["problem"]
    assert found["half"]["check"] == {"state": "notAsked"}
    assert found["default"]["check"]["state"] == "works"


async def test_one_customer_can_be_asked_for_and_an_unknown_one_is_answered_with_the_known(stage: Stage) -> None:
    assert list(await rows(stage, customer="second")) == ["second"]
    reply = await stage.refused("akamai_list_customers", customer="nobody")
    assert reply.advice == "Configured customers: default, second, switched, wrong-secret."


async def test_a_list_of_very_many_is_cut_and_says_so(open_stage: OpenStage, alone: Path, tmp_path: Path) -> None:
    text = "".join(f'[c{number:04}]\naccount_switch_key = "1-PLANTED"\nnote = "{"x" * 200}"\n' for number in range(500))
    async with open_stage(edgerc=alone, customers_file=put(tmp_path / "many.toml", text)) as stage:
        reply = await stage.ask("akamai_list_customers")
        assert len(reply.text) < 45_000
        assert reply.content["_cut"]["cuts"][0]["of"] == 501
        assert list(await rows(stage, customer="c0499")) == ["c0499"]


# --- whom a call acts for ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("era", ERAS)
async def test_aliases_of_one_credential_send_each_its_own_switch_key(
    open_stage: OpenStage, era: str, alone: Path, file: Path
) -> None:
    async with open_stage(era, edgerc=alone, customers_file=file) as stage:
        for customer, key in (("acme", "1-PLANTED-A"), ("globex", "1-PLANTED-G"), ("default", None), ("acme", "1-PLANTED-A")):
            reply = await stage.ask("akamai_read", READ, customer=customer, cache="refresh")
            assert reply.content["status"] == 200
            assert switch_key(stage.seen.target) == key
            assert f"client_token={FIRST.client_token};" in (stage.seen.header("authorization") or "")
            assert "PLANTED" not in reply.text


async def test_the_default_customer_can_be_an_alias(open_stage: OpenStage, alone: Path, file: Path) -> None:
    async with open_stage(edgerc=alone, customers_file=file, customer="globex") as stage:
        await stage.ask("akamai_read", READ)
        assert switch_key(stage.seen.target) == "1-PLANTED-G"
        assert (await stage.ask("akamai_list_customers")).content["default"] == "globex"


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_customer_and_an_absent_default_are_answered_with_the_known_ones(
    open_stage: OpenStage, era: str, alone: Path, file: Path
) -> None:
    put(file, "sections = false\n" + FILE)
    async with open_stage(era, edgerc=alone, customers_file=file) as stage:
        for tool, arguments in (
            ("akamai_read", READ),
            ("papi/v1#get-contracts", {}),
            ("akamai_raw_request", {"toolName": READ["name"]}),
        ):
            unknown = await stage.refused(tool, arguments, customer="default")
            assert unknown.problem == "There is no customer 'default'."
            absent = await stage.refused(tool, arguments)
            assert "The default customer 'default' is not configured" in absent.problem
            assert "Configured customers: acme, globex." in unknown.advice
            assert "Configured customers: acme, globex." in absent.advice


# --- the argument in the schemas -----------------------------------------------------------------------------------------


async def takers(stage: Stage) -> dict[str, bool]:
    """Which tools show an argument `customer`."""
    return {tool.name: "customer" in tool.input_schema["properties"] for tool in await stage.client.list_tools()}


PROGRAM_TOOLS = ("akamai_query", "akamai_run")
ACTING = {
    "akamai_read",
    "akamai_write",
    "akamai_destroy",
    "akamai_raw_request",
    "akamai_list_customers",
    "akamai_find",
    *PROGRAM_TOOLS,
}


@pytest.mark.parametrize("era", ERAS)
async def test_with_one_customer_no_schema_has_the_argument_and_with_two_every_call_has(
    open_stage: OpenStage, era: str, alone: Path, sandbox: SandboxServer
) -> None:
    async with open_stage(era, edgerc=alone, tools="ccu") as stage:
        single = await takers(stage)
        assert [name for name, shown in single.items() if shown] == []
        sandbox.write_edgerc(alone, "second", SECOND)
        double = await takers(stage)
        assert {name for name, shown in double.items() if shown} == ACTING | {name for name in double if "_ccu_" in name}
        put(alone, "")
        sandbox.write_edgerc(alone)
        assert await takers(stage) == single
    assert sum("_ccu_" in name for name in single) == sum(one.key.startswith("ccu/") for one in operations_in_files())


async def test_the_sole_customer_may_be_named_all_the_same(open_stage: OpenStage, alone: Path) -> None:
    async with open_stage(edgerc=alone) as stage:
        assert (await stage.ask("akamai_read", READ, customer="default")).content["status"] == 200
        assert (await stage.ask("papi/v1#get-contracts", customer="default")).content["status"] == 200


async def test_a_sole_customer_that_is_not_the_default_can_be_chosen(
    open_stage: OpenStage, tmp_path: Path, sandbox: SandboxServer
) -> None:
    edgerc = sandbox.write_edgerc(tmp_path / "only.edgerc", "acme")
    async with open_stage(edgerc=edgerc) as stage:
        assert (await takers(stage))["akamai_read"]
        assert (await stage.ask("akamai_read", READ, customer="acme")).content["status"] == 200


# --- files that change ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("era", ERAS)
async def test_a_broken_new_version_keeps_the_old_and_says_so_in_list_figures_and_log(
    open_stage: OpenStage, era: str, alone: Path, file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(era, edgerc=alone, customers_file=file) as stage:
        before = await rows(stage)
        put(file, FILE + "[broken]\nnote = PLANTED\n")
        put(alone, "PLANTED\n")
        assert await rows(stage) == before
        assert (await stage.ask("akamai_read", READ, customer="acme")).content["status"] == 200
        listed = await stage.ask("akamai_list_customers")
        figures = await stage.ask("akamai_registry_stats")
        put(file, FILE + "[late]\nread_only = true\nsection = 'default'\n")
        assert "late" in await rows(stage)
    log = capfd.readouterr().err
    assert [f"{path} is " in problem for path, problem in zip((file, alone), listed.content["problems"], strict=True)] == [
        True
    ] * 2
    assert all("stays in effect" in problem for problem in listed.content["problems"])
    assert figures.content["problems"] == listed.content["problems"]
    assert log.count("stays in effect") == 2
    assert "PLANTED" not in log + listed.text + figures.text


async def test_files_that_others_may_read_are_warned_about_once_in_the_log_and_always_in_the_list(
    open_stage: OpenStage, alone: Path, file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    alone.chmod(0o644)
    async with open_stage(edgerc=alone, customers_file=file) as stage:
        for _ in range(3):
            await stage.ask("akamai_read", READ)
            reply = await stage.ask("akamai_list_customers")
            assert reply.content["problems"] == [f"{alone} is open to other users of this machine (mode 0644): make it 0600."]
    assert capfd.readouterr().err.count("make it 0600") == 1


async def test_a_customers_file_that_cannot_be_used_stops_every_call_until_it_can(
    open_stage: OpenStage, alone: Path, file: Path
) -> None:
    put(file, "[acme]\nread_onyl = true\n")
    async with open_stage(edgerc=alone, customers_file=file) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert reply.problem == f"read_onyl in [acme] of {file} is unknown."
        listed = await stage.ask("akamai_list_customers")
        assert (listed.content["customers"], listed.content["problems"]) == ([], [reply.problem])
        put(file, FILE)
        assert (await stage.ask("akamai_read", READ)).content["status"] == 200


# --- the check -----------------------------------------------------------------------------------------------------------


async def test_a_check_says_which_credentials_work_and_what_they_may_do(either: Stage) -> None:
    either.fake.faults.add(told())
    found = await rows(either, check=True, customer="switched")
    assert found["switched"]["check"] == {
        "state": "works",
        "client": "robot",
        "apis": {"READ-WRITE": ["CCU APIs", "Property Manager (PAPI)"], "READ-ONLY": ["Billing"]},
        "maySwitchAccounts": True,
        "clockSecondsAhead": found["switched"]["check"]["clockSecondsAhead"],
    }
    assert abs(found["switched"]["check"]["clockSecondsAhead"]) <= 1
    assert [request.method for request in either.fake.requests] == ["GET"]
    assert urlsplit(either.seen.target).path == SELF
    assert switch_key(either.seen.target) == ACCOUNT_KEY


async def test_a_check_of_many_counts_their_apis_instead_of_naming_them(stage: Stage) -> None:
    stage.fake.faults.add(told())
    found = await rows(stage, check=True)
    assert found["default"]["check"]["apis"] == {"READ-WRITE": 2, "READ-ONLY": 1}
    assert len(stage.fake.requests) == 4


async def test_a_wrong_secret_is_refused_and_the_others_work(either: Stage) -> None:
    found = await rows(either, check=True)
    states = {name: row["check"]["state"] for name, row in found.items()}
    assert states == {"default": "works", "second": "works", "switched": "works", "wrong-secret": "refused"}
    assert found["wrong-secret"]["check"]["status"] == 401
    assert "check the section of .edgerc" in found["wrong-secret"]["check"]["problem"]


async def test_a_client_that_may_not_see_itself_has_a_good_signature_all_the_same(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path=f"{SELF}*", status=403))
    check = (await rows(stage, check=True, customer="default"))["default"]["check"]
    assert (check["state"], check["status"]) == ("forbidden", 403)
    assert "The signature was accepted" in check["problem"]


async def test_a_host_that_cannot_be_reached_is_told_beside_those_that_can(
    open_stage: OpenStage, alone: Path, sandbox: SandboxServer
) -> None:
    with socket.socket() as nobody:  # bound and not listening: connections to it are refused
        nobody.bind(("127.0.0.1", 0))
        text = alone.read_text(encoding="utf-8")
        far = text.replace(sandbox.host, f"127.0.0.1:{nobody.getsockname()[1]}").replace("[default]", "[far]")
        put(alone, text + far)
        async with open_stage(edgerc=alone) as stage:
            found = await rows(stage, check=True)
    assert (found["default"]["check"]["state"], found["far"]["check"]["state"]) == ("works", "unreachable")
    assert "clockSecondsAhead" not in found["far"]["check"]


@pytest.mark.parametrize(("status", "state"), [(404, "unclear"), (429, "unclear"), (500, "unclear"), (302, "unclear")])
async def test_an_answer_that_says_nothing_of_the_credentials_is_unclear(stage: Stage, status: int, state: str) -> None:
    stage.fake.faults.add(Fault(path=f"{SELF}*", status=status))
    check = (await rows(stage, check=True, customer="default"))["default"]["check"]
    assert (check["state"], check["status"]) == (state, status)


@pytest.fixture
def late(fake: FakeAkamai) -> Iterator[float]:
    """The fake Akamai's clock an hour ahead, so that this machine's is an hour behind."""
    kept, fake._clock = fake._clock, lambda: time.time() + 3600
    yield 3600.0
    fake._clock = kept


async def test_a_clock_that_is_off_is_measured_and_the_credentials_work_all_the_same(
    open_stage: OpenStage, late: float, alone: Path
) -> None:
    async with open_stage(edgerc=alone) as stage:
        check = (await rows(stage, check=True))["default"]["check"]
    assert check["state"] == "works"
    assert check["clockSecondsAhead"] == pytest.approx(-late, abs=2)
    assert "Correct this machine's time" in check["clockAdvice"]


@pytest.mark.parametrize(
    ("seconds", "ahead", "advised"), [(0.4, 0, False), (-29.6, -30, False), (45.5, 45, True), (-40, -40, True)]
)
def test_a_clock_is_advised_about_from_thirty_seconds_on(seconds: float, ahead: int, advised: bool) -> None:
    found = read_clock(seconds)
    assert found["clockSecondsAhead"] == ahead
    assert ("clockAdvice" in found) is advised
    assert read_clock(None) == {}


async def test_a_check_that_takes_too_long_is_given_up(settings: MakeSettings, fake: FakeAkamai) -> None:
    parts = build_parts(settings())
    fake.faults.add(replace(UNANSWERED, path=f"{SELF}*"))
    brief = CustomerList(
        parts.customers, CredentialCheck(parts.customers, parts.invoker, SigningClock(), CheckPolicy(seconds=0.05))
    )
    try:
        answer = await brief.show({"check": True, "customer": "default"})
    finally:
        await parts.transport.aclose()
    assert answer.content["customers"][0]["check"] == {"state": "unreachable", "problem": "No response within 0.05 s."}


class CountingAkamai:
    """A handler that notes how many calls are under way at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def __call__(self, call: Call) -> Response:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(5):
            await asyncio.sleep(0)
        self.now -= 1
        return Response(status=200, headers=(), content=b"{}")


async def test_no_more_than_so_many_customers_are_checked_at_once_and_each_is_reported(
    settings: MakeSettings, alone: Path, tmp_path: Path
) -> None:
    text = "".join(f'[c{number}]\naccount_switch_key = "1-{number}"\n' for number in range(30))
    parts = build_parts(settings(edgerc=alone, customers_file=put(tmp_path / "many.toml", text)))
    akamai = CountingAkamai()
    parts.invoker._handler = akamai
    reported: list[tuple[float, float | None]] = []

    async def report(done: float, total: float | None, message: str) -> None:
        reported.append((done, total))

    limited = CustomerList(
        parts.customers, CredentialCheck(parts.customers, parts.invoker, SigningClock(), CheckPolicy(at_once=4))
    )
    answer = await limited.show({"check": True}, report)
    assert akamai.most == 4
    assert {row["check"]["state"] for row in answer.content["customers"]} == {"works"}
    assert reported == [(done, 31) for done in range(1, 32)]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (UpstreamConnectError("No way."), "unreachable"),
        (UpstreamTimeout("Too late."), "unreachable"),
        (UpstreamBusyError("Wait.", retry_after=1), "notAsked"),
        (AccessError("The rules of customer 'acme' forbid it."), "notAsked"),
    ],
)
def test_a_check_that_was_kept_back_is_no_word_about_the_credentials(error: Any, state: str) -> None:
    assert read_failure(error) == {"state": state, "problem": error.message}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"apiAccess": 5},
        {"apiAccess": {"apis": [5, None]}},
        {"apiAccess": {"apis": 5}},
        {"clientName": ["x"]},
    ],
)
def test_an_answer_of_another_shape_tells_no_rights(body: Any) -> None:
    assert read_rights(body, named=True) == {}


def test_names_that_akamai_sends_are_shown_on_one_bounded_line() -> None:
    rights = read_rights({"clientName": "a\x1b[31m\nb" + "x" * 500}, named=True)
    assert rights["client"].isprintable()
    assert len(rights["client"]) == 80


async def test_a_wrong_secret_and_a_right_one_of_one_client_are_told_apart(
    open_stage: OpenStage, alone: Path, sandbox: SandboxServer
) -> None:
    sandbox.write_edgerc(alone, "typo", replace(FIRST, access_token="akab-PLANTED"))
    async with open_stage(edgerc=alone) as stage:
        states = {name: row["check"]["state"] for name, row in (await rows(stage, check=True)).items()}
    assert states == {"default": "works", "typo": "refused"}
