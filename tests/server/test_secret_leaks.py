"""Every entry point with every fault, at the most talkative log level: no secret is shown, printed, logged or written."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.exceptions import McpError
from mcp_stage import ERAS, UNANSWERED, MakeSettings, OpenStage, Stage, start_child
from planted import ACCOUNT_KEY, OWN, PLANTED, found_in, leaks, signing_secrets
from samples import credentials_of

from akamai_mcp.cli import main
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.parts import Parts, build_parts
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import build_server

PASSWORD = "PLANTEDpassword+/of=a:body"
OTHER_KEY = "1-PLANTEDOTHER+/:1-2RBL"
COOKIE = "PLANTEDcookie+/of=upstream"
PRIVATE_KEY = "PLANTEDprivateKEY+/of=answer"
CREATE = "network-lists/v2#post-network-lists"
LIST = {"name": PASSWORD, "type": "IP", "list": []}
READ = {"name": "papi/v1#get-contracts", "cache": "off"}
PURGE = {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": [f"https://a.example/?p={PASSWORD}"]}}}  # fmt: skip
ACTIVATE = {
    "name": "papi/v1#post-property-activations",
    "arguments": {
        "propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1",
        "body": {"propertyVersion": 1, "network": "STAGING", "notifyEmails": [f"{PASSWORD}@example.com"], "activationType": "ACTIVATE"},
    },
}  # fmt: skip
TOKEN = {"name": "edgekv/v1#get-token", "arguments": {"tokenName": "t"}}

# Each entry point that sends a call to Akamai; every question is answered with yes.
ENTRY_POINTS: dict[str, tuple[str, dict[str, Any]]] = {
    "own tool, read": ("akamai_papi_get_contracts", {"cache": "off"}),
    "own tool, write": (CREATE, {"body": LIST}),
    "caller of reads": ("akamai_read", READ),
    "caller of writes": ("akamai_write", {"name": CREATE, "arguments": {"body": LIST}}),
    "caller of what destroys": ("akamai_destroy", PURGE),
    "raw request by name": ("akamai_raw_request", {"toolName": CREATE, "body": LIST}),
    "raw request by path": ("akamai_raw_request", {"method": "POST", "path": "/network-list/v2/network-lists", "body": LIST}),
    "raw request that no document has": ("akamai_raw_request", {"method": "GET", "path": "/papi/v1/none-such", "cache": "off"}),
    "pages": ("akamai_read", {"name": "config-dns/v2#get-zones", "paginate": True, "cache": "off"}),
    "waiting": ("akamai_write", {**ACTIVATE, "wait": True, "waitSeconds": 1}),
    "a read of a secret": ("akamai_read", TOKEN),
    "another customer": ("akamai_read", {**READ, "customer": "switched"}),
    "check of customers": ("akamai_list_customers", {"check": True}),
}
REPEATED = json.dumps({"sent": {"Authorization": f"EG1-HMAC-SHA256 client_token={PLANTED.client_token};signature=c2ln"}, "own": OWN, "self": f"/x?accountSwitchKey={ACCOUNT_KEY}"})  # fmt: skip
REPEATED_HEADERS = {
    "location": f"/x?accountSwitchKey={ACCOUNT_KEY}",
    "link": f'</x?accountSwitchKey={ACCOUNT_KEY}&page=2>; rel="next"',
}
FAULTS: dict[str, Fault] = {
    **{str(status): Fault(status=status) for status in (400, 401, 403, 404, 409, 422, 500, 503)},
    "redirect": Fault(status=302, headers=REPEATED_HEADERS),
    "dropped": Fault(drop=True),
    "dropped afterwards": Fault(drop=True, before=False),
    "truncated": Fault(truncate=True),
    "malformed": Fault(malformed_json=True),
    "slow": UNANSWERED,
    "of another type": Fault(content_type="text/html"),
    "of no type": Fault(content_type="no type at all"),
    "empty": Fault(body=b""),
    "large": Fault(body_size=200_000),
    "repeated": Fault(body=REPEATED.encode(), headers=REPEATED_HEADERS),
    "repeated in a problem": Fault(status=403, body=REPEATED.encode(), headers=REPEATED_HEADERS),
    "repeated as text": Fault(status=400, body=REPEATED.encode(), content_type="text/plain", headers=REPEATED_HEADERS),
    "cookie": Fault(headers={"set-cookie": f"s={COOKIE}; Path=/; Secure"}),
    "429": Fault(status=429, retry_after="1"),  # the last: the limiter spares an API that has answered so, a second for each call
}
# Those after which the circuit counts a failure; between any two of them stands one of the others, which closes it.
FAILING = ("500", "503", "dropped", "dropped afterwards", "truncated", "slow")
OTHERS = tuple(fault for fault in FAULTS if fault not in FAILING)
TELLING = ("400", "500", "403", "dropped afterwards", "repeated in a problem", "slow", "cookie")


@pytest.fixture(autouse=True)
def debug(caplog: pytest.LogCaptureFixture) -> None:
    """Log records are kept from DEBUG on."""
    caplog.set_level(logging.DEBUG)


class Output:
    """What a server wrote beside its answers: standard output, standard error, log records, audit lines, journal and key."""

    def __init__(self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, folder: Path) -> None:
        self._capfd, self._caplog, self._folder = capfd, caplog, folder

    def read(self) -> str:
        """All that was said since the last time, and the files as they are, as one text."""
        output, logged = self._capfd.readouterr(), self._caplog.text
        self._caplog.clear()
        return "\n".join((output.out, output.err, logged, files_of(self._folder)))


def files_of(folder: Path) -> str:
    """What stands in the files of a folder, as text."""
    return "\n".join(path.read_bytes().decode("latin-1") for path in sorted(folder.iterdir()))


@pytest.fixture
def output(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, audit: Path) -> Output:
    return Output(capfd, caplog, audit.parent)


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    (tmp_path / "audit").mkdir()
    return tmp_path / "audit" / "audit.jsonl"


@pytest.fixture
def customers_file(tmp_path: Path) -> Path:
    """A second customer behind the same credentials, with a key of its own."""
    path = tmp_path / "customers.toml"
    path.write_text(f'[switched]\naccount_switch_key = "{OTHER_KEY}"\nnote = "the other"\n', encoding="utf-8")
    return path


def repeating(fault: Fault, arguments: dict[str, Any]) -> Fault:
    """The fault as the caller's own Akamai makes it: it repeats the key that it received."""
    if arguments.get("customer") != "switched":
        return fault
    headers = {name: value.replace(ACCOUNT_KEY, OTHER_KEY) for name, value in fault.headers.items()}
    body = fault.body.replace(ACCOUNT_KEY.encode(), OTHER_KEY.encode()) if fault.body else fault.body
    return replace(fault, headers=headers, body=body)


async def call_through(stage: Stage, entry_point: str, fault: Fault) -> str:
    """Call through an entry point that meets a fault; what the client reads."""
    tool, arguments = ENTRY_POINTS[entry_point]
    stage.fake.faults.clear()
    stage.fake.faults.add(repeating(fault, arguments))
    reply = await stage.agreed(tool, arguments)
    while fault is UNANSWERED and stage.fake.faults:  # on a busy machine a call may time out before its request arrives
        reply = await stage.agreed(tool, arguments)
    assert not stage.fake.faults
    return reply.text + json.dumps(reply.content) + repr(reply)


def by_turns() -> list[str]:
    """Every fault, no two of those that open a circuit in a row."""
    turns = [name for pair in zip_longest(OTHERS, FAILING) for name in pair if name]
    assert sorted(turns) == sorted(FAULTS)
    return turns


@pytest.mark.parametrize(("form", "faults"), [("console", by_turns()), ("json", TELLING)], ids=["console", "json"])
async def test_no_entry_point_shows_or_writes_a_secret_whatever_goes_wrong(
    open_stage: OpenStage, planted: Path, customers_file: Path, audit: Path, output: Output, form: str, faults: Sequence[str]
) -> None:
    found: dict[str, list[str]] = {}
    chosen = {"edgerc": planted, "customers_file": customers_file, "audit_file": audit, "log_level": "debug", "log_format": form}
    async with open_stage(**chosen) as patient, open_stage(**chosen, timeout=0.2) as impatient:
        for fault in faults:
            stage = impatient if fault == "slow" else patient  # nothing else may run into the time limit
            stage.fake.requests.clear()
            told = "\n".join([await call_through(stage, entry_point, FAULTS[fault]) for entry_point in ENTRY_POINTS])
            written = output.read()
            found[fault] = leaks(f"{told}\n{written}", stage.fake) + found_in(f"{told}\n{written}", [COOKIE, OTHER_KEY])
            found[fault] += found_in(written, [PASSWORD, PRIVATE_KEY])
            assert not any(request.header("cookie") for request in stage.fake.requests)
    assert {fault: leaked for fault, leaked in found.items() if leaked} == {}
    assert audit.with_name(audit.name + ".key").exists()
    assert audit.read_text().count("\n") > len(faults)


async def test_a_dry_run_through_any_entry_point_shows_and_writes_no_secret(
    open_stage: OpenStage, planted: Path, customers_file: Path, audit: Path, output: Output
) -> None:
    told: list[str] = []
    async with open_stage(edgerc=planted, customers_file=customers_file, audit_file=audit, log_level="debug") as stage:
        for tool, arguments in ENTRY_POINTS.values():
            if tool not in {"akamai_read", "akamai_list_customers"}:
                reply = await stage.ask(tool, {**arguments, "dryRun": True})
                assert reply.content["sent"] is False, reply.text
                told.append(reply.text + repr(reply))
        assert len(stage.fake.requests) == 0
    written = output.read()
    assert len(told) > 6
    assert found_in("\n".join((*told, written)), [*OWN, OTHER_KEY]) == []
    assert found_in(written, [PASSWORD]) == []


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("answer", ["accept", "decline", "cancel"])
async def test_a_question_to_the_user_holds_no_secret(
    settings: MakeSettings, fake: FakeAkamai, planted: Path, customers_file: Path, audit: Path, output: Output, era: str, answer: str
) -> None:  # fmt: skip
    asked: list[str] = []

    async def user(message: str, kind: Any, params: Any, context: Any) -> ElicitResult[Any]:
        asked.append(f"{message} {params!r}")
        return ElicitResult(action=answer, content={"agree": True} if answer == "accept" else None)

    chosen = settings(edgerc=planted, customers_file=customers_file, audit_file=audit, log_level="debug")
    async with Client(build_server(chosen), mode=era, elicitation_handler=user) as client:
        stage = Stage(client=client, fake=fake)
        told: list[str] = []
        for tool, arguments in (("akamai_destroy", PURGE), ("akamai_read", TOKEN)):
            for customer in ("default", "switched"):
                fake.faults.clear()
                fake.faults.add(repeating(FAULTS["repeated in a problem"], {"customer": customer}))
                told.append((await stage.ask(tool, {**arguments, "customer": customer})).text)
    assert len(asked) == 4
    assert len(fake.requests) == (4 if answer == "accept" else 0)
    secrets = [*OWN, OTHER_KEY, *signing_secrets(fake)]
    assert found_in("\n".join((*asked, *told, output.read())), secrets) == []


async def test_the_tools_that_send_nothing_to_akamai_show_no_secret(
    open_stage: OpenStage,
    planted: Path,
    output: Output,
) -> None:
    async with open_stage(edgerc=planted, log_level="debug") as stage:
        told = [
            await call_through(stage, "caller of writes", FAULTS["repeated"]),
            await call_through(stage, "pages", FAULTS["repeated in a problem"]),
        ]
        for tool, arguments in (
            ("akamai_list_operations", {"query": "contracts"}),
            ("akamai_describe_operation", {"name": CREATE}),
            ("akamai_registry_stats", {}),
            ("akamai_list_customers", {}),
            ("akamai_read", {**READ, "customer": "broken"}),
            ("akamai_read", {**READ, "customer": PLANTED.client_token[:5]}),
            ("akamai_destroy", PURGE),
            ("akamai_destroy", {**PURGE, "confirm": True}),
            ("akamai_raw_request", {"toolName": CREATE, "headers": {"Authorization": "x"}}),
            ("akamai_raw_request", {"toolName": CREATE, "queryParams": {"accountSwitchKey": "x"}}),
            ("akamai_raw_request", {"method": "GET", "path": "https://elsewhere.example/x"}),
            ("akamai_nonsense", {}),
        ):
            told.append((await stage.ask(tool, arguments)).text)
        for uri in (
            "akamai://products",
            "akamai://products/papi",
            "akamai://operations/akamai_papi_get_contracts",
            "akamai://operations/none",
            "akamai://results/none",
        ):
            with suppress(McpError):
                told.append("".join(str(content) for content in await stage.client.read_resource(uri)))
        told += [tool.model_dump_json() for tool in await stage.client.list_tools()]
        await call_through(stage, "caller of reads", Fault())
        await call_through(stage, "own tool, read", Fault())
    assert leaks("\n".join((*told, output.read())), stage.fake) == []


async def test_a_secret_that_was_asked_for_is_told_once_and_kept_nowhere(
    open_stage: OpenStage,
    planted: Path,
    output: Output,
) -> None:
    answer = Fault(body=json.dumps({"value": PRIVATE_KEY, "more": ["x" * 50] * 200}).encode())
    async with open_stage(edgerc=planted, log_level="debug") as stage:
        stage.fake.faults.add(answer, answer)
        first = await stage.agreed("akamai_read", TOKEN)
        assert found_in(first.text, [PRIVATE_KEY]) == [PRIVATE_KEY]
        cut = await stage.agreed("akamai_read", {**TOKEN, "maxBytes": 1000})
        assert len(stage.fake.requests) == 2  # the second answer came from Akamai, not from a cache
        assert "akamai://results/" not in cut.text
        later = [(await stage.ask(tool)).text for tool in ("akamai_registry_stats", "akamai_list_customers")]
    assert found_in("\n".join((*later, output.read())), [PRIVATE_KEY]) == []


@pytest.mark.parametrize("fault", TELLING)
def test_a_call_from_the_command_line_prints_no_secret(
    child_environment: dict[str, str], planted: Path, fake: FakeAkamai, audit: Path, output: Output, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    limit = {"TIMEOUT": "0.2"} if fault == "slow" else {}  # nothing else may run into the time limit
    chosen = {"EDGERC": planted, "LOG_LEVEL": "debug", "AUDIT_FILE": audit, **limit}
    for name, value in (child_environment | {f"AKAMAI_MCP_{name}": str(value) for name, value in chosen.items()}).items():
        monkeypatch.setenv(name, value)
    written = ""
    for name, arguments in ((READ["name"], {"cache": "off"}), (CREATE, {"body": LIST}), (PURGE["name"], PURGE["arguments"])):
        fake.faults.clear()
        fake.faults.add(FAULTS[fault])
        main(("call", str(name), "--json", json.dumps(arguments)))
        while name != PURGE["name"] and fake.faults:  # it timed out before its request arrived
            main(("call", str(name), "--json", json.dumps(arguments)))
    written += output.read()
    assert (len(fake.requests) == 2) or fault == "slow"
    assert found_in(written, [*OWN, *signing_secrets(fake), COOKIE]) == []


@pytest.mark.parametrize("form", ["console", "json"])
async def test_a_child_in_pythons_development_mode_writes_no_secret(
    child_environment: dict[str, str],
    planted: Path,
    fake: FakeAkamai,
    audit: Path,
    tmp_path: Path,
    form: str,
) -> None:
    environment = child_environment | {
        "AKAMAI_MCP_EDGERC": str(planted),
        "AKAMAI_MCP_LOG_LEVEL": "debug",
        "AKAMAI_MCP_LOG_FORMAT": form,
        "AKAMAI_MCP_AUDIT_FILE": str(audit),
        "AKAMAI_MCP_TIMEOUT": "0.2",
        "FASTMCP_LOG_LEVEL": "DEBUG",
        "PYTHONDEVMODE": "1",
        "PYTHONWARNINGS": "default",
        "PYTHONASYNCIODEBUG": "1",
    }
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        for fault in FAULTS.values():
            for entry_point in ("own tool, write", "caller of reads", "raw request by path"):
                fake.faults.clear()
                fake.faults.add(fault)
                tool, arguments = ENTRY_POINTS[entry_point]
                await child.call(tool, **arguments)
        await child.write("this is not JSON")
        _, errors = await child.end()
    files = [files_of(audit.parent)]
    assert len(fake.requests) > len(FAULTS)
    assert leaks("\n".join((*child.lines, errors, *files)), fake) == []
    assert found_in("\n".join((errors, *files)), [PASSWORD, COOKIE]) == []


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def raised_by(parts: Parts, fake: FakeAkamai, fault: str) -> list[BaseException]:
    """What a read, a write and a call without credentials raise where this goes wrong."""
    raised: list[BaseException] = []
    for name, arguments in ((READ["name"], {"cache": "off"}), (CREATE, {"body": LIST}), (CREATE, {"body": LIST, "customer": "broken"})):  # fmt: skip
        fake.faults.clear()
        fake.faults.add(FAULTS[fault])
        try:
            await parts.invoker.call(parts.catalogue.get(str(name)), arguments)
        except AkamaiMcpError as error:
            raised.append(error)
    return raised


async def test_no_exception_holds_a_secret(settings: MakeSettings, planted: Path, fake: FakeAkamai) -> None:
    parts = build_parts(settings(edgerc=planted, timeout=0.2))
    try:
        raised = {fault: await raised_by(parts, fake, fault) for fault in by_turns()}
    finally:
        await parts.transport.aclose()
    assert all(raised.values())
    assert all(len(raised[fault]) == 3 for fault in ("dropped", "dropped afterwards", "truncated", "slow"))
    text = "\n".join(
        f"{error!s} {error!r} {error.args!r} {getattr(error, 'advice', '')} {getattr(error, '__notes__', '')}"
        for errors in raised.values()
        for top in errors
        for error in chain(top)
    )
    text += "".join("".join(traceback.format_exception(error)) for errors in raised.values() for error in errors)
    assert found_in(text, [*OWN, PASSWORD, COOKIE]) == []


def test_no_repr_of_a_value_on_the_way_of_a_call_holds_a_secret(planted: Path, settings: MakeSettings) -> None:
    credentials = credentials_of(CredentialsSource(edgerc=planted, environment={}), "default")
    request = Request(
        method="POST", target=f"/x?password={PASSWORD}", headers=(("Cookie", COOKIE),), content=json.dumps(LIST).encode()
    )
    shown = [
        settings(edgerc=planted),
        credentials,
        request,
        Call(operation="a/v1#b", customer="c", credentials=credentials, request=request),
        Response(status=200, headers=(("set-cookie", COOKIE),), content=PRIVATE_KEY.encode()),
        Placed(query={"password": PASSWORD}, cookie={"s": COOKIE}, body=LIST),
    ]
    text = "\n".join(f"{value!r} {value!s}" for value in shown)
    assert found_in(text, [*OWN, PASSWORD, COOKIE, PRIVATE_KEY]) == []
    assert "Request(method='POST', path='/x')" in text
