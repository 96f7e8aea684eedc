"""A customer is described whole and without a secret, and a check of its credentials says what they may do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from calls_stage import zoo_customers
from pipeline_fakes import credentials

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import LOCAL
from akamai_mcp.calls.credential_check import FORBIDDEN_ADVICE, read_check, read_clock, read_rights
from akamai_mcp.calls.customer_list import CustomerList, describe_customer
from akamai_mcp.edgegrid.customers import Customer, Customers
from akamai_mcp.errors import CredentialsError
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.waiting import Report

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


# --- the list -----------------------------------------------------------------------------------------------------------

ROWS: dict[str, dict[str, Any]] = {
    "acme": {
        "name": "acme",
        "host": "one.example",
        "section": "one",
        "defaults": {"contractId": "ctr_1"},
        "switchesAccount": True,
    },
    "one": {"name": "one", "default": True, "host": "one.example"},
    "two": {"name": "two", "host": "two.example"},
}


class FakeCheck:
    """Finds that all credentials work, and remembers for whom it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def __call__(self, names: tuple[str, ...], report: Report) -> list[dict[str, Any]]:
        self.asked.append(names)
        await report(1, len(names), "all of them")
        return [{"state": f"works for {name}"} for name in names]


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        ({}, ["acme", "one", "two"]),
        ({"customer": ""}, ["acme", "one", "two"]),
        ({"customer": "two"}, ["two"]),
        ({"customer": "acme", "check": False}, ["acme"]),
    ],
)
async def test_the_list_has_every_customer_or_the_one_that_is_asked_for(
    customers: Customers, arguments: dict[str, Any], listed: list[str]
) -> None:
    check = FakeCheck()
    answer = await CustomerList(CallerCustomers(customers, lambda: LOCAL), check).show(arguments)
    assert answer.content == {"customers": [ROWS[name] for name in listed], "default": "one"}
    assert check.asked == []


async def test_a_check_stands_in_each_row_and_without_one_nothing_is_checked(customers: Customers) -> None:
    check, said = FakeCheck(), []

    async def report(done: float, total: float | None, message: str) -> None:
        said.append((done, total, message))

    bounded = replace(LOCAL, customers=("two", "acme"))
    known = CallerCustomers(customers, lambda: bounded)
    answer = await CustomerList(known, check).show({"check": True}, report)
    assert answer.content == {"customers": [ROWS[name] | {"check": {"state": f"works for {name}"}} for name in ("acme", "two")]}
    assert (check.asked, said) == ([("acme", "two")], [(1, 2, "all of them")])
    assert (await CustomerList(known).show({"check": True})).content == {"customers": [ROWS["acme"], ROWS["two"]]}
    with pytest.raises(CredentialsError) as refused:
        await CustomerList(known, check).show({"customer": "one", "check": True})
    assert refused.value.message == "There is no customer 'one'."
    assert len(check.asked) == 1


async def test_what_is_wrong_with_the_files_is_told_with_the_list_and_a_long_list_is_cut(tmp_path: Path) -> None:
    own = zoo_customers(tmp_path)
    rows = "".join(f'[c{number:04}]\naccount_switch_key = "1-X"\nnote = "{"x" * 200}"\n' for number in range(300))
    (tmp_path / "customers.toml").write_text(rows, encoding="utf-8")
    with (tmp_path / ".edgerc").open("a", encoding="utf-8") as edgerc:
        edgerc.write("[half]\nhost = half.example\n")
    (tmp_path / ".edgerc").chmod(0o644)
    shown = CustomerList(CallerCustomers(own, lambda: LOCAL))
    (half,) = (await shown.show({"customer": "half"})).content["customers"]
    assert half.keys() == {"name", "problem"}
    assert "section [half]" in half["problem"]
    content = (await shown.show({})).content
    assert (len(content["problems"]), content["_cut"]["advice"]) == (1, "Set customer to see one.")
    assert content["_cut"]["cuts"][0]["of"] == 303
    assert 0 < len(content["customers"]) < 303
