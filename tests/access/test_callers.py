"""What a caller may do: one of its roles has to allow the whole of a call, for the customer that it is made for."""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import Any, get_args

import pytest

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import ANONYMOUS, LOCAL, NOBODY, Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.effects import EffectName

EVERY_EFFECT = get_args(EffectName)
DENIES = Rules(source="role some", deny=("zoo",))


def action(effect: str = "read", *, reveals: bool = False, customer: str = "acme") -> Action:
    facts: dict[str, Any] = {"effect": effect, "reveals": reveals, "customer": customer, "summary": "", "products": ("zoo",)}
    return Action(operation="zoo/v1#x", name="akamai_zoo_x", method="GET", target="/zoo/v1/x", **facts)


def expected(grant: Grant, call: Action) -> str | None:
    if call.effect not in grant.effects:
        return f"role some: it may not {call.effect}"
    if call.reveals and not grant.secrets:
        return "role some: it may not see credentials"
    return "role some: denied by 'zoo'" if grant.rules == DENIES else None


def test_a_role_allows_the_effects_the_credentials_and_the_operations_that_it_has_and_nothing_else() -> None:
    subsets = list(chain.from_iterable(combinations(EVERY_EFFECT, size) for size in range(len(EVERY_EFFECT) + 1)))
    reasons = set()
    for effects, secrets, rules in product(subsets, (True, False), (Rules(source="role some"), DENIES)):
        grant = Grant(role="some", effects=frozenset(effects), secrets=secrets, rules=rules)  # type: ignore[arg-type]
        for effect, reveals in product(EVERY_EFFECT, (True, False)):
            call = action(effect, reveals=reveals)
            assert grant.refusal(call) == expected(grant, call)
            assert grant.may_list(call) is (expected(grant, call) is None)
            reasons.add(grant.refusal(call))
    assert len(reasons) == 6


READS = Grant(role="reader", customers=("acme*",), effects=frozenset({"read"}))
DESTROYS = Grant(role="destroyer", customers=("beta", "acme-eu"), effects=frozenset({"destroy"}))
NOT_THEIRS = "caller ann: none of their roles is for this customer"


@pytest.mark.parametrize(
    ("customer", "effect", "reason"),
    [
        ("acme", "read", None),
        ("acme-eu", "read", None),
        ("acme-eu", "destroy", None),
        ("beta", "destroy", None),
        ("acme", "destroy", "caller ann, role reader: it may not destroy"),
        ("beta", "read", "caller ann, role destroyer: it may not read"),
        ("acme-eu", "write", "caller ann, role reader: it may not write"),
        ("gamma", "read", NOT_THEIRS),
        ("ACME", "read", NOT_THEIRS),
        ("my-acme", "read", NOT_THEIRS),
    ],
)
def test_a_caller_may_do_what_one_role_allows_for_that_customer(customer: str, effect: str, reason: str | None) -> None:
    call = action(effect, customer=customer)
    assert Caller(name="ann", grants=(READS, DESTROYS)).refusal(call) == reason
    # A token's customers narrow those of the roles.
    assert Caller(name="ann", grants=(READS, DESTROYS), customers=("x", "other")).refusal(call) == NOT_THEIRS


def test_two_roles_that_each_allow_a_part_do_not_add_up() -> None:
    grants = (Grant(role="one", effects=frozenset({"destroy"}), secrets=False), Grant(role="two", effects=frozenset({"read"})))
    assert Caller(name="ann", grants=grants).refusal(action("destroy", reveals=True)) == (
        "caller ann, role one: it may not see credentials"
    )


@pytest.mark.parametrize(
    ("by_role", "by_token", "is_bounded"),
    [
        ([("*",)], ("*",), False),
        ([("acme",), ("*",)], ("*",), False),
        ([("acme",)], ("*",), True),
        ([("*", "acme")], ("*",), True),
        ([("*",)], ("acme",), True),
        ([], ("*",), True),
    ],
)
def test_a_caller_may_know_of_every_customer_if_a_role_and_the_token_are_for_all(
    by_role: list[tuple[str, ...]], by_token: tuple[str, ...], is_bounded: bool
) -> None:
    caller = Caller(name="ann", grants=tuple(Grant(role="some", customers=one) for one in by_role), customers=by_token)
    assert caller.is_bounded is is_bounded


def test_who_needs_no_token_may_do_everything_and_nobody_nothing() -> None:
    for effect, reveals in product(EVERY_EFFECT, (True, False)):
        call = action(effect, reveals=reveals)
        assert [caller.refusal(call) for caller in (LOCAL, ANONYMOUS)] == [None, None]
        assert NOBODY.refusal(call) == "caller nobody: none of their roles is for this customer"
    assert [caller.name for caller in (LOCAL, ANONYMOUS)] == ["local", "anonymous"]
