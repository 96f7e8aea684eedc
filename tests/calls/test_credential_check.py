"""The check of credentials asks once for each customer, says how each ended, and is a call like any other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from calls_stage import CallsStage, shown
from virtual_time import VirtualLoop, run

from akamai_mcp.access.policy import Rules
from akamai_mcp.calls.credential_check import SELF, CheckPolicy, CredentialCheck
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.errors import UpstreamBusyError, UpstreamConnectError, UpstreamTlsError
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.result.outcomes.waiting import no_report

APIS = [{"apiName": f"API {number}", "accessLevel": "READ-ONLY", "endPoint": "/papi"} for number in range(3000)]
RIGHTS = {"clientName": "robot", "apiAccess": {"apis": APIS[:1]}}
NAMED = {"state": "works", "client": "robot", "apis": {"READ-ONLY": ["API 0"]}, "products": {"READ-ONLY": ["papi"]}}
COUNTED = {"state": "works", "client": "robot", "apis": {"READ-ONLY": 1}}


def check_of(stage: CallsStage, policy: CheckPolicy | None = None, clock: SigningClock | None = None) -> CredentialCheck:
    return CredentialCheck(stage.customers, stage.invoker, clock or SigningClock(), policy, lambda path: [path.strip("/")])


@pytest.mark.parametrize(
    ("names", "each"), [(("two", "one", "acme"), NAMED), (("two", "one", "acme", "one"), COUNTED), (("acme",), NAMED)]
)
async def test_each_customer_is_asked_for_once_and_reported_and_only_of_few_the_apis_are_named(
    stage: CallsStage, names: tuple[str, ...], each: dict[str, Any]
) -> None:
    said: list[tuple[float, float | None, str]] = []

    async def report(done: float, total: float | None, message: str) -> None:
        said.append((done, total, message))

    stage.akamai.tell(f"GET {SELF}", shown(RIGHTS))
    assert await check_of(stage)(names, report) == [each] * len(names)
    assert said == [(number + 1, len(names), f"{name}: works") for number, name in enumerate(names)]
    assert [(call.customer, call.cache, call.request.target) for call in stage.akamai.calls] == [
        (name, "off", f"{SELF}?apiAccess=true") for name in names
    ]


async def test_the_apis_of_a_client_that_has_very_many_are_all_counted(stage: CallsStage) -> None:
    stage.akamai.tell(f"GET {SELF}", shown({"apiAccess": {"apis": APIS}}))
    found = await check_of(stage)(("one",) * 4, no_report)
    assert found == [{"state": "works", "apis": {"READ-ONLY": 3000}}] * 4


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (UpstreamConnectError("Nothing listens."), {"state": "unreachable", "problem": "Nothing listens."}),
        (UpstreamTlsError("Expired.", advice="Look."), {"state": "unreachable", "problem": "Expired. Look."}),
        (UpstreamBusyError("Full.", retry_after=1, advice="Wait."), {"state": "notAsked", "problem": "Full. Wait."}),
    ],
)
async def test_a_call_without_a_response_says_whether_akamai_was_asked(
    stage: CallsStage, error: Any, found: dict[str, str]
) -> None:
    stage.akamai.tell(f"GET {SELF}", error)
    assert await check_of(stage)(("one",), no_report) == [found]


async def test_a_rule_that_forbids_the_check_and_credentials_that_are_missing_leave_akamai_unasked(stage: CallsStage) -> None:
    assert await check_of(stage)(("nobody",), no_report) == [{"state": "notAsked"}]
    stage.gate.rules = Rules(source="the test", deny=(f"GET {SELF}",))
    (found,) = await check_of(stage)(("one",), no_report)
    assert (found.keys(), found["state"]) == ({"state", "problem"}, "notAsked")
    assert stage.akamai.calls == []


async def test_the_clock_is_that_of_the_customers_host(stage: CallsStage) -> None:
    clock = SigningClock(clock=lambda: 1_700_000_000.0)
    clock.learn("two.example", 200, "Tue, 14 Nov 2023 22:13:00 GMT")  # twenty seconds before
    stage.akamai.tell(f"GET {SELF}", shown({}))
    assert await check_of(stage, clock=clock)(("one", "two"), no_report) == [
        {"state": "works"},
        {"state": "works", "clockSecondsAhead": 20},
    ]


@pytest.mark.parametrize(("policy", "at_once", "seconds"), [(None, 8, "30"), (CheckPolicy(at_once=2, seconds=0.5), 2, "0.5")])
def test_so_many_are_asked_at_once_and_each_for_so_long(
    stage: CallsStage, policy: CheckPolicy | None, at_once: int, seconds: str
) -> None:
    under_way: list[int] = [0]

    async def silent(call: Call) -> Response:
        under_way.append(under_way[-1] + 1)
        try:
            await asyncio.sleep(10_000)
        finally:
            under_way.append(under_way[-1] - 1)
        raise AssertionError("nobody waits so long")

    stage.invoker._handler = silent
    found = run(check_of(stage, policy)(("one",) * 20, no_report), VirtualLoop())
    assert found == [{"state": "unreachable", "problem": f"No response within {seconds} s."}] * 20
    assert max(under_way) == at_once
