"""Shots at the path of a call, in process: tools' work, place, decide, build, read; only the network is a fake that answers badly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.question import write_question
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.calls.invoker import Invoker, InvokerPolicies
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customer, Customers
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.responses.redirect import MAX_REDIRECTS
from akamai_mcp.pipeline.stack import PipelinePolicies, build_pipeline
from akamai_mcp.pipeline.transport.redaction import Redact
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.store import StorePolicy
from akamai_mcp.server.fixed.surface import build_fixed_tools
from akamai_mcp.server.tool_results import reply
from fuzzing.hostile import Hostile, Shot, hostile_response
from fuzzing.judge import (
    Broken,
    judge_given_headers,
    judge_question,
    judge_request,
    judge_result,
    judge_values,
    judge_write,
    require,
)

SECRETS = {
    "default": ("akab-FUZZclient-1", "FUZZsecret+/1=", "akab-FUZZaccess-1", "1-FUZZKEY1:1-2RBL"),
    "second": ("akab-FUZZclient-2", "FUZZsecret+/2=", "akab-FUZZaccess-2", "1-FUZZKEY2:1-2RBL"),
}


def write_edgerc(folder: Path) -> Path:
    """Credentials of two customers."""
    path = folder / ".edgerc"
    path.write_text(
        "\n".join(
            f"[{name}]\nhost = {name}.luna.akamaiapis.net\nclient_token = {token}\nclient_secret = {secret}\n"
            f"access_token = {access}\naccount_key = {key}"
            for name, (token, secret, access, key) in SECRETS.items()
        )
    )
    path.chmod(0o600)
    return path


class RecordingGate(Gate):
    """The gate, which remembers what it let pass."""

    passed: Action | None = None

    async def authorize(self, customer: Customer, action: Action, token: str) -> Action:
        self.passed = action
        return await super().authorize(customer, action, token)


class BadAkamai:
    """Remembers what it is sent and answers with what nobody should."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.calls: list[Call] = []

    async def __call__(self, call: Call) -> Response:
        self.calls.append(call)
        return hostile_response(self.random, SECRETS[call.customer])


class Core:
    """The tools' work over a real invoker, with a bad Akamai behind it."""

    def __init__(self, catalogue: Catalogue, folder: Path, random: Random) -> None:
        self.catalogue = catalogue
        self.akamai = BadAkamai(random)
        self.counts: Counter[str] = Counter()
        self.conditional_writes = 0
        files = folder / "files"
        files.mkdir(exist_ok=True)
        customers = Customers(CredentialsSource(edgerc=write_edgerc(folder), environment={}), "default")
        gate = self._gate = RecordingGate(
            Rules(source="this server"), Confirmations(ConfirmationPolicy(mode="never")), AuditLog(AuditPolicy())
        )
        policies = InvokerPolicies(files=FilePolicy(folder=files), store=StorePolicy())
        self._invoker = Invoker(catalogue, customers, gate, Redact(self.akamai), policies)
        pipeline = build_pipeline(self.akamai, PipelinePolicies())
        visibility = Visibility(catalogue, gate.rules, customers)
        tools = build_fixed_tools(catalogue, self._invoker, customers, pipeline, visibility)
        self._tools = {tool.name: tool for tool in tools}

    async def take(self, shot: Shot) -> None:
        """Fire one shot. Raises Broken where a promise does not hold."""
        self.akamai.calls.clear()
        result = await reply(shot.tool, self._work(shot))
        text = result.content[0].text  # type: ignore[union-attr]
        sent = len(self.akamai.calls)
        self.counts["sent" if sent else "answered without sending"] += 1
        hops = self.akamai.calls[1:]
        require(len(hops) <= MAX_REDIRECTS, f"{sent} requests went out")
        secrets = [secret for known in SECRETS.values() for secret in known]
        judge_result(text, None, failed=bool(result.is_error), sent=sent, secrets=secrets)
        for call in self.akamai.calls[:1]:
            self._judge(shot, call)
        for hop in hops:
            self._judge_hop(self.akamai.calls[0], hop)

    def _judge_hop(self, first: Call, hop: Call) -> None:
        """A redirect is followed for a read alone, to the same host, as the same customer."""
        judge_request(hop.request.method, hop.request.target, hop.request.headers, None)
        require({first.request.method, hop.request.method} <= {"GET", "HEAD"}, "a redirect of a change was followed")
        require(hop.customer == first.customer and hop.credentials == first.credentials, "a redirect changed the customer")

    def _judge_question(self, call: Call) -> None:
        action = self._gate.passed
        require(action is not None and action.request is not None, "nothing was authorized")
        assert action is not None
        question = write_question(action)
        judge_question(question.text, call.request.method, call.request.path, call.customer, action.effect)
        # However the arguments were written, only what is sent counts.
        require(question == write_question(replace(action, placed=Placed())), "the question is of the arguments")

    def _work(self, shot: Shot) -> Any:
        tool = self._tools.get(shot.tool)
        if tool is not None:
            return tool._checked(shot.arguments)
        assert shot.entry is not None
        return self._invoker.call(shot.entry, shot.arguments)

    def _judge(self, shot: Shot, call: Call) -> None:
        judge_request(call.request.method, call.request.target, call.request.headers, shot.entry)
        judge_given_headers(call.request.headers)
        self._judge_question(call)
        judge_values(call.request.path, shot.entry.path if shot.entry else "", shot.path_values)
        customer = shot.arguments.get("customer") or "default"
        require(call.customer == customer, f"{call.customer} was charged for {customer}")
        require(call.credentials.client_token == SECRETS[customer][0], "another's credentials were used")
        require(shot.arguments.get("dryRun") is not True, "a dry run was sent")
        if shot.tool == "akamai_write" and shot.entry and shot.entry.effect.conditions:
            judge_write(call.request.target, call.request.content, shot.entry)
            self.conditional_writes += 1
        if shot.tool == "akamai_read" and shot.entry:
            require(shot.entry.effect.mildest == "read", "a reader changed something")


def in_batches(catalogue: Catalogue, random: Random, shots: int, *, wild: bool) -> Iterator[tuple[Entry, list[Shot]]]:
    """Shots at every operation, as many for each, document by document; one more for some, so that the sum is right."""
    entries = catalogue.entries()
    for number, entry in enumerate(entries):
        share = shots * (number + 1) // len(entries) - shots * number // len(entries)
        if share:
            hostile = Hostile(random, catalogue.operation(entry), entry, wild=wild)
            yield entry, [hostile.shot() for _ in range(share)]


def show(entry: Entry, shot: Shot, what: str) -> str:
    """A shot that broke a promise, for a person; what is too deep to be shown is not."""
    try:
        return f"{entry.key}: {what}\n  {shot.tool} {shot.arguments!r}"[:900]
    except RecursionError:
        return f"{entry.key}: {what}\n  {shot.tool} with {sorted(shot.arguments)}, too deep to be shown"


async def fire(core: Core, shots: Sequence[Shot]) -> list[tuple[Shot, str]]:
    """Fire shots; those that broke a promise, and which."""
    broken: list[tuple[Shot, str]] = []
    for shot in shots:
        try:
            await core.take(shot)
        except Broken as error:
            broken.append((shot, str(error)))
        except Exception as error:  # noqa: BLE001 - a fuzz run says what escaped and goes on
            broken.append((shot, f"{type(error).__name__} escaped: {error}"[:300]))
    return broken
