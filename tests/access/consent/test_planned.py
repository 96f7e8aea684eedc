"""A program makes the changes of its plan and no others: each as often as planned, for the account that was planned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ChangeNotPlanned, ConfirmationDeclined, QuestionRequired
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request


@pytest.fixture
def removal(catalogue: Catalogue) -> Action:
    entry = catalogue.get("papi/v1#delete-property")
    request = Request(method="DELETE", target="/papi/v1/properties/1?contractId=ctr_1", headers=())
    plain = to_action(entry, Placed(), "destroy", products=("papi",), target=request.target, customer="acme")
    return replace(plain, request=request)


async def name_of(action: Action, identity: str = "account") -> str:
    return (await Confirmations(ConfirmationPolicy()).weigh(action, identity)).name


def under(plan: PlannedChanges) -> Confirmations:
    return Confirmations(ConfirmationPolicy(), get_agreement=lambda: Agreement(way="plan", plan=plan))


async def test_a_planned_change_passes_as_often_as_it_was_planned_with_the_text_that_was_agreed_to(removal: Action) -> None:
    name = await name_of(removal)
    confirmations = under(PlannedChanges([name, name], agreed=True, text="the plan"))

    assert [await confirmations.authorize(removal, "account", "") for _ in range(2)] == ["the plan"] * 2
    with pytest.raises(ChangeNotPlanned):
        await confirmations.authorize(removal, "account", "")


async def test_another_request_and_another_account_are_not_planned(removal: Action) -> None:
    confirmations = under(PlannedChanges([await name_of(removal)], agreed=True))
    assert removal.request is not None

    with pytest.raises(ChangeNotPlanned):
        await confirmations.authorize(removal, "another account", "")
    with pytest.raises(ChangeNotPlanned):
        await confirmations.authorize(replace(removal, request=replace(removal.request, target="/other")), "account", "")


async def test_a_change_that_asks_needs_a_plan_that_was_agreed_to(removal: Action) -> None:
    confirmations = under(PlannedChanges([await name_of(removal)]))

    with pytest.raises(ChangeNotPlanned):
        await confirmations.authorize(removal, "account", "")


async def test_even_a_plain_write_has_to_be_planned(removal: Action) -> None:
    write = replace(removal, effect="write")

    assert await under(PlannedChanges([await name_of(write)])).authorize(write, "account", "") == ""
    with pytest.raises(ChangeNotPlanned):
        await under(PlannedChanges([])).authorize(write, "account", "")


async def test_a_read_is_no_part_of_a_plan_unless_it_returns_credentials(removal: Action) -> None:
    read = replace(removal, effect="read")

    assert await under(PlannedChanges([])).authorize(read, "account", "") == ""
    with pytest.raises(ChangeNotPlanned):
        await under(PlannedChanges([])).authorize(replace(read, reveals=True), "account", "")


async def test_a_token_among_the_arguments_adds_nothing_to_a_plan(removal: Action) -> None:
    outside = Confirmations(ConfirmationPolicy(), key=b"k" * 32)
    with pytest.raises(Exception, match="DELETE") as refused:
        await outside.authorize(removal, "account", "")
    plan = PlannedChanges([])
    inside = Confirmations(ConfirmationPolicy(), key=b"k" * 32, get_agreement=lambda: Agreement(way="plan", plan=plan))

    with pytest.raises(ChangeNotPlanned):
        await inside.authorize(removal, "account", getattr(refused.value, "token", ""))


async def test_the_plan_as_a_whole_is_agreed_to_like_a_single_call(removal: Action) -> None:
    confirmations = Confirmations(ConfirmationPolicy())
    question = (await confirmations.weigh(removal, "account")).question
    with pytest.raises(Exception, match="DELETE") as refused:
        await confirmations.agree(question, "local", "")
    token = getattr(refused.value, "token", "")

    with pytest.raises(Exception, match="another call"):
        await confirmations.agree(replace(question, digest="another plan"), "local", token)
    with pytest.raises(Exception, match="another call"):
        await confirmations.authorize(removal, "account", token)
    assert await confirmations.agree(question, "local", token) == question.text


async def test_a_plan_with_a_change_that_was_declined_is_declined_and_a_declined_plan_declines_its_changes(
    removal: Action,
) -> None:
    said: list[Agreement] = [Agreement(way="dialog")]
    confirmations = Confirmations(ConfirmationPolicy(), get_agreement=lambda: said[0])
    weighed = await confirmations.weigh(removal, "account")
    other = replace(removal, request=Request(method="DELETE", target="/papi/v1/properties/2", headers=()))
    name = (await confirmations.weigh(other, "account")).name

    async def decline(ask: Callable[[], Awaitable[str]]) -> None:
        with pytest.raises(QuestionRequired) as asked:
            await ask()
        said[0] = Agreement(way="dialog", reply="declined", state=asked.value.state)
        with pytest.raises(ConfirmationDeclined):
            await ask()
        said[0] = Agreement(way="dialog")

    await decline(lambda: confirmations.authorize(removal, "account", ""))
    with pytest.raises(ConfirmationDeclined):
        await confirmations.agree(weighed.question, "local", "", asking=[weighed.name])
    plan = replace(weighed.question, digest="another plan")
    await decline(lambda: confirmations.agree(plan, "local", "", asking=[name]))
    with pytest.raises(ConfirmationDeclined):
        await confirmations.authorize(other, "account", "")


async def test_a_change_that_was_declined_since_its_plan_is_not_made(removal: Action) -> None:
    said: list[Agreement] = [Agreement(way="dialog")]
    confirmations = Confirmations(ConfirmationPolicy(), get_agreement=lambda: said[0])
    with pytest.raises(QuestionRequired) as asked:
        await confirmations.authorize(removal, "account", "")
    said[0] = Agreement(way="dialog", reply="declined", state=asked.value.state)
    with pytest.raises(ConfirmationDeclined):
        await confirmations.authorize(removal, "account", "")
    said[0] = Agreement(way="plan", plan=PlannedChanges([await name_of(removal)], agreed=True))
    with pytest.raises(ConfirmationDeclined):
        await confirmations.authorize(removal, "account", "")
