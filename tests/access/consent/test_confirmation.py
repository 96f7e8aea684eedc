"""Which calls need a confirmation, and what a token is good for."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import AccessError, ConfirmationDeclined, ConfirmationRequired, ConfirmationUnproven, QuestionRequired
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request

IDENTITY = "one account"


class FakeClock:
    """A clock that stands still until it is told the time."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def confirmations(clock: FakeClock) -> Confirmations:
    numbers = count()
    return Confirmations(ConfirmationPolicy(), key=b"k" * 32, clock=clock, nonce=lambda size: next(numbers).to_bytes(size))


@pytest.fixture
def action(catalogue: Catalogue) -> Action:
    entry = catalogue.get("papi/v1#delete-property")
    request = Request(method="DELETE", target="/papi/v1/properties/prp_1?contractId=ctr_1", headers=())
    plain = to_action(entry, Placed(), "destroy", products=("papi",), target=request.target, customer="acme")
    return replace(plain, request=request)


def sending(action: Action, **changes: Any) -> Action:
    """The action with another request."""
    assert action.request is not None
    return replace(action, request=replace(action.request, **changes))


async def asked(confirmations: Confirmations, action: Action, token: str = "", identity: str = IDENTITY) -> ConfirmationRequired:
    with pytest.raises(ConfirmationRequired) as needed:
        await confirmations.authorize(action, identity, token)
    return needed.value


@pytest.mark.parametrize(
    ("mode", "effect", "reveals", "asks"),
    [
        ("destructive", "read", False, False),
        ("destructive", "write", False, False),
        ("destructive", "destroy", False, True),
        ("destructive", "read", True, True),
        ("writes", "read", False, False),
        ("writes", "write", False, True),
        ("writes", "destroy", False, True),
        ("writes", "read", True, True),
        ("never", "destroy", True, False),
    ],
)
def test_the_mode_decides_which_actions_need_a_confirmation(
    action: Action, mode: Any, effect: Any, reveals: bool, asks: bool
) -> None:
    assert ConfirmationPolicy(mode=mode).requires(replace(action, effect=effect, reveals=reveals)) is asks


async def test_a_refusal_says_what_would_be_done_where_and_for_whom(confirmations: Confirmations, action: Action) -> None:
    needed = await asked(confirmations, action)
    assert needed.line.startswith('DELETE /papi/v1/properties/prp_1 for customer "acme": destroy.\n')
    assert 'query "contractId": "ctr_1"' in needed.line
    assert needed.token in needed.advice
    assert isinstance(needed, AccessError)


async def test_the_token_of_a_refusal_lets_the_same_call_pass_once(confirmations: Confirmations, action: Action) -> None:
    token = (await asked(confirmations, action)).token
    await confirmations.authorize(action, IDENTITY, token)
    again = await asked(confirmations, action, token)
    assert "was used before, or has expired" in again.message
    assert again.token != token
    assert {len(token), len(again.token)} == {36}


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"target": "/papi/v1/properties/prp_2?contractId=ctr_1"},
        {"headers": (("If-Match", "x"),)},
        {"content": b"null"},
        {"content": b'{"network": "PRODUCTION"}'},
    ],
)
async def test_a_token_is_good_for_no_other_request(confirmations: Confirmations, action: Action, change: dict[str, Any]) -> None:
    await asked(confirmations, sending(action, **change), (await asked(confirmations, action)).token)


@pytest.mark.parametrize("change", [{"customer": "other"}, {"caller": "other"}, {"operation": "papi/v1#delete-cpcode"}])
async def test_a_token_is_good_for_nobody_else_and_no_other_operation(
    confirmations: Confirmations, action: Action, change: dict[str, Any]
) -> None:
    await asked(confirmations, replace(action, **change), (await asked(confirmations, action)).token)


async def test_a_token_is_good_for_no_other_account_of_the_same_name(confirmations: Confirmations, action: Action) -> None:
    await asked(confirmations, action, (await asked(confirmations, action)).token, identity="another account")


async def test_a_token_of_another_server_is_none(confirmations: Confirmations, action: Action, clock: FakeClock) -> None:
    other = Confirmations(ConfirmationPolicy(), key=b"o" * 32, clock=clock)
    await asked(confirmations, action, (await asked(other, action)).token)


async def test_a_token_ends_after_its_minutes(confirmations: Confirmations, action: Action, clock: FakeClock) -> None:
    token = (await asked(confirmations, action)).token
    clock.time += 301
    await asked(confirmations, action, token)


async def test_a_token_lasts_for_its_minutes_and_is_used_once_to_the_end(
    confirmations: Confirmations, action: Action, clock: FakeClock
) -> None:
    token = (await asked(confirmations, action)).token
    clock.time += 300
    await confirmations.authorize(action, IDENTITY, token)
    await asked(confirmations, action, token)


async def test_a_decline_counts_for_its_minutes(action: Action, clock: FakeClock) -> None:
    agreement = Agreement(way="dialog")
    confirmations = Confirmations(ConfirmationPolicy(), clock=clock, get_agreement=lambda: agreement)
    with pytest.raises(QuestionRequired) as question:
        await confirmations.authorize(action, IDENTITY, "")
    agreement = Agreement(way="dialog", reply="declined", state=question.value.state)
    for seconds in (0, 300):
        clock.time += seconds
        with pytest.raises(ConfirmationDeclined):
            await confirmations.authorize(action, IDENTITY, "")
    agreement, clock.time = Agreement(way="dialog"), clock.time + 1
    with pytest.raises(QuestionRequired):
        await confirmations.authorize(action, IDENTITY, "")


async def test_no_changed_character_of_a_token_goes_unnoticed(confirmations: Confirmations, action: Action) -> None:
    token = (await asked(confirmations, action)).token
    for place, letter in enumerate(token):
        await asked(confirmations, action, token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :])
    await confirmations.authorize(action, IDENTITY, token)


@pytest.mark.parametrize("token", ["x", "=", "ü", "AAAA", " ", "A" * 36, "\0"])
async def test_text_that_is_not_a_token_confirms_nothing(confirmations: Confirmations, action: Action, token: str) -> None:
    await asked(confirmations, action, token)


async def test_what_ran_out_is_forgotten(confirmations: Confirmations, action: Action, clock: FakeClock) -> None:
    for _ in range(20):
        await confirmations.authorize(action, IDENTITY, (await asked(confirmations, action)).token)
        clock.time += 200
    assert len(confirmations._used) <= 2


class FakeLedger:
    """What replicas have used, in memory; it may be out of reach, or forget when a new period begins."""

    def __init__(self) -> None:
        self.begins = "monday"
        self.used: set[bytes] = set()
        self.declined: set[str] = set()
        self.answers = True

    async def period(self) -> str:
        return self.begins

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        if not self.answers:
            return None
        first = token not in self.used
        self.used.add(token)
        return first

    async def note_declined(self, name: str, seconds: float) -> None:
        if self.answers:
            self.declined.add(name)

    async def was_declined(self, name: str) -> bool:
        return self.answers and name in self.declined


def replica(clock: FakeClock, ledger: FakeLedger) -> Confirmations:
    return Confirmations(ConfirmationPolicy(), key=b"k" * 32, clock=clock, ledger=ledger)


async def token_of(confirmations: Confirmations, action: Action) -> str:
    with pytest.raises(ConfirmationRequired) as needed:
        await confirmations.authorize(action, IDENTITY, "")
    return needed.value.token


async def test_a_token_of_one_replica_is_good_at_another_and_once_at_both(action: Action, clock: FakeClock) -> None:
    ledger = FakeLedger()
    first, second = replica(clock, ledger), replica(clock, ledger)
    token = await token_of(first, action)
    await second.authorize(action, IDENTITY, token)
    for confirmations in (first, second):
        with pytest.raises(ConfirmationRequired, match="was used before, or has expired"):
            await confirmations.authorize(action, IDENTITY, token)


async def test_a_token_is_good_for_no_other_call_or_account_at_another_replica_either(action: Action, clock: FakeClock) -> None:
    ledger = FakeLedger()
    first, second = replica(clock, ledger), replica(clock, ledger)
    token = await token_of(first, action)
    for changed, identity in ((sending(action, method="POST"), IDENTITY), (action, "another account")):
        with pytest.raises(ConfirmationRequired):
            await second.authorize(changed, identity, token)
    assert ledger.used == set()


async def test_while_the_ledger_cannot_be_asked_nothing_is_confirmed(action: Action, clock: FakeClock) -> None:
    ledger = FakeLedger()
    confirmations = replica(clock, ledger)
    token = await token_of(confirmations, action)
    ledger.answers = False
    with pytest.raises(ConfirmationUnproven):
        await confirmations.authorize(action, IDENTITY, token)
    ledger.begins = ""
    with pytest.raises(ConfirmationUnproven):
        await confirmations.authorize(action, IDENTITY, "")
    await confirmations.authorize(replace(action, effect="read", reveals=False), IDENTITY, "")


async def test_a_token_from_before_what_the_ledger_remembers_is_none(action: Action, clock: FakeClock) -> None:
    ledger = FakeLedger()
    confirmations = replica(clock, ledger)
    token = await token_of(confirmations, action)
    ledger.begins = "tuesday"
    with pytest.raises(ConfirmationRequired):
        await replica(clock, ledger).authorize(action, IDENTITY, token)
