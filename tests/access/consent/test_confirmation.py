"""Which calls need a confirmation, and what a token is good for."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.consent import confirmation
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import (
    AccessError,
    ConfirmationDeclined,
    ConfirmationRequired,
    ConfirmationUnanswered,
    ConfirmationUnavailable,
    ConfirmationUnproven,
    QuestionRequired,
)
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request

IDENTITY = "one account"


class FakeClock:
    """A clock that stands still until it is told the time."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


class FakeLedger:
    """What replicas have used, in memory; it may be out of reach, or forget when a new period begins."""

    def __init__(self) -> None:
        self.begins = "monday"
        self.used: set[bytes] = set()
        self.declined: set[str] = set()
        self.kept_for: set[float] = set()
        self.answers = True

    async def period(self) -> str:
        return self.begins

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        if not self.answers:
            return None
        self.kept_for.add(seconds)
        first = token not in self.used
        self.used.add(token)
        return first

    async def note_declined(self, name: str, seconds: float) -> None:
        if self.answers:
            self.kept_for.add(seconds)
            self.declined.add(name)

    async def was_declined(self, name: str) -> bool:
        return self.answers and name in self.declined


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


class Dialog:
    """A client with a dialog, whose user declines what is asked."""

    def __init__(self, clock: FakeClock, *, seconds: float = 300.0, ledger: FakeLedger | None = None) -> None:
        self.agreement = Agreement(way="dialog")
        policy = ConfirmationPolicy(seconds=seconds)
        self.confirmations = Confirmations(policy, clock=clock, ledger=ledger, get_agreement=lambda: self.agreement)

    async def asks(self, action: Action) -> bool:
        """True if the user would be asked, False if the call stays declined."""
        try:
            await self.confirmations.authorize(action, IDENTITY, "")
        except QuestionRequired:
            return True
        except ConfirmationDeclined:
            return False
        raise AssertionError("the call went ahead")

    async def decline(self, action: Action) -> ConfirmationDeclined:
        with pytest.raises(QuestionRequired) as question:
            await self.confirmations.authorize(action, IDENTITY, "")
        self.agreement = Agreement(way="dialog", reply="declined", state=question.value.state)
        with pytest.raises(ConfirmationDeclined) as declined:
            await self.confirmations.authorize(action, IDENTITY, "")
        self.agreement = Agreement(way="dialog")
        return declined.value


@pytest.mark.parametrize(("seconds", "minutes"), [(60.0, 1), (300.0, 5), (3600.0, 60)])
async def test_a_decline_counts_for_its_minutes_and_says_how_many(
    action: Action, clock: FakeClock, seconds: float, minutes: int
) -> None:
    dialog = Dialog(clock, seconds=seconds)
    told = f"it stays declined for {minutes} minutes."
    assert told in (await dialog.decline(action)).advice
    clock.time += seconds
    with pytest.raises(ConfirmationDeclined, match="declined this call") as again:
        await dialog.confirmations.authorize(action, IDENTITY, "")
    assert told in again.value.advice
    plan = PlannedChanges([(await dialog.confirmations.weigh(action, IDENTITY)).name], agreed=True)
    dialog.agreement = Agreement(way="plan", plan=plan)
    with pytest.raises(ConfirmationDeclined) as planned:
        await dialog.confirmations.authorize(action, IDENTITY, "")
    assert told in planned.value.advice
    dialog.agreement, clock.time = Agreement(way="dialog"), clock.time + 1
    assert await dialog.asks(action)


async def test_of_too_many_declines_the_newest_are_remembered(
    action: Action, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "MAX_DECLINED", 2)
    dialog = Dialog(clock)
    first, second, third = (sending(action, target=f"/papi/v1/properties/{number}") for number in range(3))
    await dialog.decline(first)
    clock.time += 301
    await dialog.decline(second)
    await dialog.decline(first)  # again, as the earlier one counts no more
    await dialog.decline(third)
    assert [await dialog.asks(one) for one in (first, second, third)] == [False, True, False]


async def test_what_was_declined_at_one_replica_is_declined_at_each(action: Action, clock: FakeClock) -> None:
    ledger = FakeLedger()
    one, other, alone = Dialog(clock, ledger=ledger), Dialog(clock, ledger=ledger), Dialog(clock)
    await one.decline(action)
    assert [await dialog.asks(action) for dialog in (one, other, alone)] == [False, False, True]
    assert ledger.kept_for == {300.0}
    ledger.answers = False
    assert [await dialog.asks(action) for dialog in (one, other)] == [False, True]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("cancelled", "The dialog was closed without an answer, so nobody has decided on this call."),
        ("failed", "The client has a dialog but did not show the question, so nobody has decided on this call."),
    ],
)
async def test_a_question_that_nobody_answered_is_told_as_that_and_can_be_asked_again(
    action: Action, clock: FakeClock, reply: Any, said: str
) -> None:
    dialog = Dialog(clock)
    with pytest.raises(QuestionRequired) as question:
        await dialog.confirmations.authorize(action, IDENTITY, "")
    dialog.agreement = Agreement(way="dialog", reply=reply, state=question.value.state)
    with pytest.raises(ConfirmationUnanswered) as unanswered:
        await dialog.confirmations.authorize(action, IDENTITY, "")
    assert unanswered.value.message == said
    dialog.agreement = Agreement(way="dialog")
    assert await dialog.asks(action)


async def test_without_a_way_to_ask_no_token_counts(action: Action, clock: FakeClock, confirmations: Confirmations) -> None:
    token = (await asked(confirmations, action)).token
    agreement = Agreement(way="none")
    mute = Confirmations(ConfirmationPolicy(), key=b"k" * 32, clock=clock, get_agreement=lambda: agreement)
    for brought in ("", token):
        with pytest.raises(ConfirmationUnavailable, match=re.escape("This client cannot ask its user. DELETE /papi/")):
            await mute.authorize(action, IDENTITY, brought)


async def test_no_changed_character_of_a_token_goes_unnoticed(confirmations: Confirmations, action: Action) -> None:
    token = (await asked(confirmations, action)).token
    for place, letter in enumerate(token):
        await asked(confirmations, action, token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :])
    await confirmations.authorize(action, IDENTITY, token)


@pytest.mark.parametrize("more", [" ", "\n", "!", "A", "AAAA", "é"])
async def test_a_token_with_anything_more_confirms_nothing(confirmations: Confirmations, action: Action, more: str) -> None:
    token = (await asked(confirmations, action)).token
    for place in (0, 5, len(token)):
        await asked(confirmations, action, token[:place] + more + token[place:])


@pytest.mark.parametrize("token", ["x", "=", "ü", "AAAA", " ", "A" * 36, "\0"])
async def test_text_that_is_not_a_token_confirms_nothing(confirmations: Confirmations, action: Action, token: str) -> None:
    await asked(confirmations, action, token)


async def test_what_ran_out_is_forgotten(confirmations: Confirmations, action: Action, clock: FakeClock) -> None:
    for _ in range(20):
        await confirmations.authorize(action, IDENTITY, (await asked(confirmations, action)).token)
        clock.time += 200
    assert len(confirmations._used) <= 2


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
    assert ledger.kept_for == {300.0}
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
