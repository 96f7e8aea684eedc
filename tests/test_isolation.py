"""Several customers at once through the one path of a call: nobody's credentials, switch key or answer is another's."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.policy import Rules
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.calls.invoker import Invoker, InvokerPolicies
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import AkamaiMcpError, UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy
from akamai_mcp.pipeline.limits import LimitPolicy
from akamai_mcp.pipeline.retry import RetryPolicy
from akamai_mcp.pipeline.stack import Pipeline, PipelinePolicies, build_pipeline
from akamai_mcp.pipeline.transport.errors import map_error
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.sandbox.signature import Credentials as Account
from akamai_mcp.sandbox.signature import Nonces, SignedRequest, verify

LIST = "network-lists/v2#get-network-list"
RENAME = "network-lists/v2#put-network-list"
ONE, TWO = (Account(client_token=f"ct-{name}", client_secret=f"cs-{name}", access_token=f"at-{name}") for name in ("one", "two"))
HOSTS = {"ct-one": "one.example", "ct-two": "two.example"}
# Two aliases of one credential, the credential itself, and another credential: (client token, account switch key).
WHO = {"acme": ("ct-one", "1-ACME"), "globex": ("ct-one", "1-GLOBEX"), "one": ("ct-one", ""), "two": ("ct-two", "")}
LOST = {"refused": httpx.ConnectError, "late": httpx.ReadTimeout, "broken": httpx.RemoteProtocolError}
FAULTS = ("503", "429", "500", *LOST)


@dataclass(frozen=True, slots=True)
class Act:
    """One call: for whom, of which list, when it begins, what its first attempt meets, how long an answer is under way."""

    customer: str
    number: int
    write: bool
    cache: str
    begins: int
    back: int
    fault: str | None


def acts(size: int) -> st.SearchStrategy[list[Act]]:
    one = st.builds(
        Act,
        customer=st.sampled_from(sorted(WHO)),
        number=st.integers(1, 2),
        write=st.integers(0, 3).map(lambda roll: roll == 0),
        cache=st.sampled_from(("use", "use", "use", "refresh", "off")),
        begins=st.integers(0, 8),
        back=st.integers(0, 5),
        fault=st.none() | st.none() | st.sampled_from(FAULTS),
    )
    return st.lists(one, min_size=4, max_size=size)


@dataclass
class Echo:
    """An upstream whose every answer says for whom and what it was; the acts say how each request fares, in turn."""

    plan: Iterator[Act]
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    async def answer(self, who: tuple[str, str], target: str, customer: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and content for somebody's request; some requests get none."""
        self.seen.append((*who, customer))
        act = next(self.plan, None)
        for _ in range(act.back if act else 0):
            await asyncio.sleep(0)
        fault = act.fault if act else None
        if fault in LOST:
            raise LOST[fault](f"{who} {target}")
        status = int(fault or 200)
        headers = {"content-type": "application/json"} | ({"retry-after": "0"} if status in {429, 503} else {})
        # Backwards, because the account key itself would be blanked out of the answer.
        said = {"who": who[0], "account": who[1][::-1], "path": target.partition("?")[0]}
        return status, headers, json.dumps(said).encode()

    async def __call__(self, call: Call) -> Response:
        """As the innermost handler, in the transport's place."""
        who = (call.credentials.client_token, call.credentials.account_switch_key)
        try:
            status, headers, content = await self.answer(who, call.request.target, call.customer)
        except httpx.HTTPError as error:
            raise map_error(error, call.credentials.host) from None
        return Response(status=status, headers=tuple(headers.items()), content=content)


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Customers:
    folder: Path = tmp_path_factory.mktemp("customers")
    section = "[{0}]\nhost = {0}.example\nclient_token = ct-{0}\nclient_secret = cs-{0}\naccess_token = at-{0}\n"
    for name, text in (
        (".edgerc", section.format("one") + section.format("two")),
        ("file.toml", '[acme]\naccount_switch_key = "1-ACME"\n[globex]\naccount_switch_key = "1-GLOBEX"\n'),
    ):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    return Customers(CredentialsSource(edgerc=folder / ".edgerc", environment={}), "one", file=folder / "file.toml")


class OnePath:
    """The one path of a call, its invoker made once; each example has layers of its own, few places and no waiting."""

    def __init__(self, catalogue: Catalogue, customers: Customers) -> None:
        self.catalogue = catalogue
        gate = Gate(Rules(source="the test"), Confirmations(ConfirmationPolicy(mode="never")), AuditLog(AuditPolicy()))
        self.invoker = Invoker(catalogue, customers, gate, self._carry, InvokerPolicies(files=FilePolicy()))
        self._handler: Handler | None = None

    def over(self, innermost: Handler) -> Pipeline:
        policies = PipelinePolicies(
            retry=RetryPolicy(attempts=3, first_wait=0.0, longest_wait=0.0),
            breaker=BreakerPolicy(failures=4, open_seconds=0.0),
            limits=LimitPolicy(concurrent=2, slowest=1000.0),
        )
        pipeline = build_pipeline(innermost, policies)
        self._handler = pipeline.handler
        return pipeline

    async def _carry(self, call: Call) -> Response:
        assert self._handler is not None
        return await self._handler(call)


@pytest.fixture(scope="module")
def path(catalogue: Catalogue, customers: Customers) -> OnePath:
    return OnePath(catalogue, customers)


async def play(path: OnePath, plan: list[Act]) -> int:
    """Carry all acts at once; each that is answered must be answered for its own customer and list."""

    async def run(act: Act) -> int:
        for _ in range(act.begins):
            await asyncio.sleep(0)
        arguments: dict[str, Any] = {"networkListId": f"list-{act.number}", "customer": act.customer}
        more: dict[str, Any] = {"body": {"name": "n", "type": "IP", "list": []}} if act.write else {"cache": act.cache}
        try:
            answer = await path.invoker.call(path.catalogue.get(RENAME if act.write else LIST), arguments | more)
        except AkamaiMcpError as error:
            told = error.message + error.advice
            assert not any(key in told for _, key in WHO.values() if key)
            assert not isinstance(error, UpstreamBusyError) or f"{act.customer!r}" in told
            return 0
        said = answer.content.get("body") or answer.content.get("problem")
        wanted = (*WHO[act.customer], f"/network-list/v2/network-lists/list-{act.number}")
        assert (said["who"], said["account"][::-1], said["path"]) == wanted, act
        return 1

    return sum(await asyncio.gather(*(run(act) for act in plan)))


@settings(max_examples=300)
@given(plan=acts(12))
def test_over_all_layers_every_answer_reaches_its_own_caller_and_every_request_has_its_own_credentials(
    path: OnePath, plan: list[Act]
) -> None:
    echo = Echo(iter(plan * 2))
    path.over(echo)
    asyncio.run(play(path, plan))
    assert echo.seen
    for token, key, customer in echo.seen:
        assert (token, key) == WHO[customer]


class Wire(httpx.AsyncBaseTransport):
    """The same upstream behind httpx: it believes only what the signature and the query say, and hands out cookies."""

    def __init__(self) -> None:
        self.echo = Echo(iter(()))
        self._nonces = Nonces()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        account = verify(
            SignedRequest(
                method=request.method,
                scheme=request.url.scheme,
                host=request.headers["host"],
                target=target,
                headers=request.headers,
                body=await request.aread(),
            ),
            request.headers.get("authorization"),
            accounts=(ONE, TWO),
            now=time.time(),
            nonces=self._nonces,
        )
        assert request.headers["host"] == HOSTS[account.client_token]
        assert "cookie" not in request.headers
        keys = parse_qs(urlsplit(target).query).get("accountSwitchKey", [""])
        assert len(keys) == 1
        status, headers, content = await self.echo.answer((account.client_token, keys[0]), target)
        cookie = {"set-cookie": f"session={account.client_token}"}
        return httpx.Response(status, headers=headers | cookie, content=content)


@pytest.fixture(scope="module")
def transport() -> Transport:
    """The real transport with its real client, whose connections end in a wire that each example hangs in."""
    real = Transport(TransportPolicy())
    real.open()._mounts = {}
    return real


@settings(max_examples=100)
@given(plan=acts(12))
def test_on_the_wire_every_request_is_signed_by_its_own_client_for_its_own_account(
    path: OnePath, transport: Transport, plan: list[Act]
) -> None:
    wire = Wire()
    wire.echo = Echo(iter(plan * 2))
    transport.open()._transport = wire
    path.over(transport)
    answered = asyncio.run(play(path, plan))
    assert len(wire.echo.seen) >= answered / len(plan)
    assert {(token, key) for token, key, _ in wire.echo.seen} <= set(WHO.values())


async def test_identical_reads_of_two_accounts_of_one_credential_are_two_requests_and_two_answers(path: OnePath) -> None:
    echo = Echo(iter(()))
    pipeline = path.over(echo)
    same = [Act(customer=name, number=1, write=False, cache="use", begins=0, back=0, fault=None) for name in sorted(WHO)]
    assert await play(path, same * 25) == 100
    assert sorted(echo.seen) == sorted((*WHO[name], name) for name in WHO)
    assert pipeline.counters["upstream"] == 4
