"""A customer is described whole and without a secret, and a check of its credentials says what they may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pipeline_fakes import credentials

from akamai_mcp.calls.credential_check import FORBIDDEN_ADVICE, read_check, read_clock, read_rights
from akamai_mcp.calls.customer_list import describe_customer
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.result.answer import Answer

OWN = replace(credentials(account_switch_key="PLANTED-1"), ignored=("clientname",))
CUSTOMER = Customer(
    name="acme",
    credentials=OWN,
    section="default",
    note="the large one",
    read_only=True,
    allow=("papi",),
    deny=("ccu",),
    defaults={"contractId": "ctr_1"},
)
BODY: dict[str, Any] = {
    "clientName": "robot",
    "allowAccountSwitch": True,
    "isLocked": True,
    "accessToken": "PLANTED-2",
    "apiAccess": {
        "allAccessibleApis": True,
        "apis": [
            {"apiName": "Property", "accessLevel": "READ-WRITE", "endPoint": "/papi/"},
            {"apiName": "Lists", "accessLevel": "READ-ONLY", "endPoint": "/lists"},
            {"apiName": "Edge", "accessLevel": "READ-WRITE", "endPoint": "/papi"},
            {"apiName": "Nowhere", "accessLevel": "READ-WRITE", "endPoint": "nowhere"},
            "no API",
        ],
    },
}
PRODUCTS = {"/papi": ("papi", "edge"), "/lists": ("network-lists",)}


def products_at(path: str) -> tuple[str, ...]:
    return PRODUCTS.get(path, ())


def test_a_customer_is_described_with_all_that_the_operator_said_of_it() -> None:
    assert describe_customer(CUSTOMER) == {
        "host": OWN.host,
        "section": "default",
        "note": "the large one",
        "readOnly": True,
        "allow": ["papi"],
        "deny": ["ccu"],
        "defaults": {"contractId": "ctr_1"},
        "ignored": ["clientname"],
        "switchesAccount": True,
    }
    assert describe_customer(Customer(name="acme", credentials=credentials(), section="acme")) == {"host": OWN.host}


def test_rights_are_named_by_level_or_counted_and_no_token_shows() -> None:
    named = {
        "client": "robot",
        "allApis": True,
        "apis": {"READ-WRITE": ["Edge", "Nowhere", "Property"], "READ-ONLY": ["Lists"]},
        "products": {"READ-WRITE": ["edge", "papi"], "READ-ONLY": ["network-lists"]},
        "maySwitchAccounts": True,
        "locked": True,
    }
    assert read_rights(BODY, named=True, products_at=products_at) == named
    counted = {name: value for name, value in named.items() if name != "products"} | {"apis": {"READ-WRITE": 3, "READ-ONLY": 1}}
    assert read_rights(BODY, named=False, products_at=products_at) == counted
    assert read_rights({"clientName": "robot", "allowAccountSwitch": "yes", "isLocked": 1}, named=True) == {"client": "robot"}
    assert [read_rights(body, named=True) for body in (None, "x", {"apiAccess": {"apis": {}}})] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"status": 200, "body": {"clientName": "robot"}}, {"state": "works", "client": "robot"}),
        (
            {"status": 401, "problem": {"detail": "Bad signature", "title": "Not authorized"}, "advice": "Check it."},
            {"state": "refused", "status": 401, "problem": "Bad signature Check it."},
        ),
        (
            {"status": 403, "problem": {"title": "Forbidden"}, "advice": "Check it."},
            {"state": "forbidden", "status": 403, "problem": f"Forbidden {FORBIDDEN_ADVICE}"},
        ),
        ({"status": 500, "problem": "text", "advice": "Wait."}, {"state": "unclear", "status": 500, "problem": "Wait."}),
        ({"status": 404}, {"state": "unclear", "status": 404, "problem": ""}),
    ],
)
def test_a_check_says_what_the_status_means_and_what_the_problem_tells(content: dict[str, Any], found: dict[str, Any]) -> None:
    assert read_check(Answer(content=content), named=True) == found


def test_a_clock_is_told_in_seconds_once_it_is_known() -> None:
    assert read_clock(None) == {}
    assert read_clock(2.5) == {"clockSecondsAhead": 2}
    assert read_clock(-40.0).keys() == {"clockSecondsAhead", "clockAdvice"}
