"""Whom the claims of a verified token name, and until when."""

from __future__ import annotations

import math
from typing import Any

import pytest

from akamai_mcp.access.authentication import MAX_NAME, Identity, JwtPolicy, read_identity

NOW = 1_000.0
CLAIMS: dict[str, Any] = {"sub": "ann", "exp": NOW + 1, "roles": ["reader"]}
POLICY = {"issuer": "https://issuer.example", "audience": "mcp"}


def identity(policy: dict[str, Any] | None = None, **claims: Any) -> Identity | None:
    return read_identity(CLAIMS | claims, JwtPolicy(**POLICY | (policy or {})), NOW)


def test_a_subject_is_known_by_its_name_its_roles_and_every_customer() -> None:
    assert identity() == Identity(name="jwt:ann", roles=("reader",), customers=("*",))
    assert identity(nbf=NOW, exp=NOW + 0.5) == identity()


@pytest.mark.parametrize(
    "claims",
    [
        *({"sub": subject} for subject in (None, 5, "", " ", "a\nb", "a\u200bb", "x" * (MAX_NAME + 1))),
        *({"exp": end} for end in (None, NOW, NOW - 1, True, "2000", math.inf, math.nan)),
        *({"nbf": begin} for begin in (None, NOW + 1, False, "1", -math.inf, math.nan)),
    ],
    ids=str,
)
def test_who_has_no_usable_name_or_is_out_of_time_is_nobody(claims: dict[str, Any]) -> None:
    assert identity(**claims) is None


def test_a_name_may_be_as_long_as_a_name_can_be() -> None:
    assert identity(sub="x" * MAX_NAME) is not None


@pytest.mark.parametrize(
    ("name", "claims", "read"),
    [
        ("roles", {"roles": ["a", 5, None, "b"]}, ("a", "b")),
        ("roles", {"roles": "a  b"}, ("a", "b")),
        ("roles", {"roles": {"a": 1}}, ()),
        ("realm.roles", {"realm": {"roles": ["a"]}}, ("a",)),
        ("realm.roles", {"realm": {"roles": ["a"]}, "realm.roles": ["b"]}, ("b",)),
        ("realm.roles", {"realm": "roles"}, ()),
        ("none", {}, ()),
    ],
)
def test_roles_and_customers_are_words_of_the_claim_that_the_operator_names(
    name: str, claims: dict[str, Any], read: tuple[str, ...]
) -> None:
    by_role, by_customer = identity({"roles_claim": name}, **claims), identity({"customers_claim": name}, **claims)
    assert by_role is not None
    assert by_customer is not None
    assert (by_role.roles, by_customer.customers) == (read, read)
