"""A caller knows of the customers that it may act for, and cannot tell another one from none."""

from __future__ import annotations

from pathlib import Path

import pytest

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import Caller, Grant
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import CredentialsError

SECTION = "[{}]\nhost = akab-{}.example\nclient_token = a\nclient_secret = b\naccess_token = c\n"
ALL = ("*",)


@pytest.fixture
def edgerc(tmp_path: Path) -> Path:
    path = tmp_path / ".edgerc"
    path.write_text("".join(SECTION.format(name, name) for name in ("acme", "beta", "default")), encoding="utf-8")
    path.chmod(0o644)  # a problem: others may read it
    return path


def of(edgerc: Path, by_role: tuple[str, ...], by_token: tuple[str, ...] = ALL, default: str = "default") -> CallerCustomers:
    caller = Caller(name="ann", grants=(Grant(role="some", customers=by_role),), customers=by_token)
    return CallerCustomers(Customers(CredentialsSource(edgerc=edgerc, environment={}), default), lambda: caller)


@pytest.mark.parametrize(
    ("by_role", "by_token", "names", "default", "must_choose"),
    [
        (ALL, ALL, ("acme", "beta", "default"), "default", True),
        (("acme",), ALL, ("acme",), "", True),
        (ALL, ("acme", "default"), ("acme", "default"), "default", True),
        (("d*",), ALL, ("default",), "default", False),
        (("acme",), ("beta",), (), "", False),
    ],
)
def test_the_customers_are_those_of_roles_and_token_together(
    edgerc: Path, by_role: tuple[str, ...], by_token: tuple[str, ...], names: tuple[str, ...], default: str, must_choose: bool
) -> None:
    found = of(edgerc, by_role, by_token)
    assert (found.names, found.default, found.must_choose) == (names, default, must_choose)
    assert tuple(one.name for one in found.usable()) == names


@pytest.mark.parametrize(
    ("by_role", "name", "customer"),
    [
        (ALL, None, "default"),
        (ALL, "acme", "acme"),
        (("acme",), "acme", "acme"),
        (("d*",), None, "default"),
        (("d*",), "", "default"),
    ],
)
def test_a_customer_is_given_to_those_who_may_act_for_it(
    edgerc: Path, by_role: tuple[str, ...], name: str | None, customer: str
) -> None:
    assert of(edgerc, by_role).get(name).name == customer


NOT_NAMED = "The call names no customer, and you may not act for the default one."


@pytest.mark.parametrize(
    ("by_role", "name", "message", "known"),
    [
        (("acme",), "beta", "There is no customer 'beta'.", "acme"),
        (("acme",), "nobody", "There is no customer 'nobody'.", "acme"),
        (("acme", "beta"), None, NOT_NAMED, "acme, beta"),
        (("other",), None, NOT_NAMED, "none"),
        (("other",), "acme", "There is no customer 'acme'.", "none"),
    ],
)
def test_another_customer_is_refused_as_one_that_there_is_not(
    edgerc: Path, by_role: tuple[str, ...], name: str | None, message: str, known: str
) -> None:
    with pytest.raises(CredentialsError) as refused:
        of(edgerc, by_role).get(name)
    assert refused.value.message == message
    assert refused.value.advice == f"Set `customer` to one that you may act for: {known}."


def test_problems_of_the_files_are_for_those_who_may_see_every_customer(edgerc: Path) -> None:
    assert of(edgerc, ALL).problems
    assert of(edgerc, ALL, ("acme",)).problems == of(edgerc, ("acme",)).problems == ()


@pytest.mark.parametrize(
    ("by_role", "known"),
    [(ALL, {"acme": "ctr_A", "beta": "ctr_B"}), (("acme", "default"), {"acme": "ctr_A"}), (("default",), {}), (("none",), {})],
)
def test_the_operators_defaults_are_told_for_the_callers_own_customers_that_have_some(
    edgerc: Path, tmp_path: Path, by_role: tuple[str, ...], known: dict[str, str]
) -> None:
    file = tmp_path / "customers.toml"
    tables = [f'[{name}]\ndefaults = {{ contractId = "{value}" }}' for name, value in (("acme", "ctr_A"), ("beta", "ctr_B"))]
    file.write_text("\n".join([*tables, "[default]\n"]), encoding="utf-8")
    customers = Customers(CredentialsSource(edgerc=edgerc, environment={}), "default", file=file, warn=lambda _: None)
    found = CallerCustomers(customers, lambda: Caller(name="ann", grants=(Grant(role="some", customers=by_role),)))
    assert found.defaults == {name: {"contractId": value} for name, value in known.items()}
