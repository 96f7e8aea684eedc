"""A view is the union of what the rules of each customer and each role allow, under the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import ALL_EFFECTS, Caller, Grant
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.visibility import EVERYTHING, MAX_SHOWN, View, Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.credentials import CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import PolicyRefused, UnknownOperationError

READ, WRITE, DELETION, TOKEN = (
    "papi/v1#get-property",
    "network-lists/v2#post-network-lists",
    "papi/v1#delete-property",
    "edgekv/v1#get-token",
)
ADMIN = Grant(role="admin")
READER = Grant(role="reader", effects=frozenset({"read"}), secrets=False)
SECTIONS = "".join(
    f"[{name}]\nhost = akab.example\nclient_token = {name}\nclient_secret = b\naccess_token = c\n" for name in ("acme", "beta")
)


class Desk:
    """What a caller sees under the rules of the server and of the customers file."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue = catalogue
        self._folder = folder

    def visibility(
        self, *grants: Grant, rules: dict[str, Any] | None = None, file: str = "", edgerc: str = SECTIONS
    ) -> Visibility:
        paths = self._folder / ".edgerc", self._folder / "customers.toml"
        for path, text in zip(paths, (edgerc, file), strict=True):
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
        caller = Caller(name="ann", grants=grants)
        source = CredentialsSource(edgerc=paths[0], environment={})
        customers = CallerCustomers(Customers(source, "acme", file=paths[1] if file else None), lambda: caller)
        return Visibility(self._catalogue, Rules(source="this server", **rules or {}), customers, lambda: caller)


@pytest.fixture
def desk(catalogue: Catalogue, tmp_path: Path) -> Desk:
    return Desk(catalogue, tmp_path)


def shown(catalogue: Catalogue, view: View) -> set[str]:
    return {key for key in (READ, WRITE, DELETION, TOKEN) if view.shows(catalogue.get(key))}


def test_who_may_do_everything_for_some_customer_sees_everything(desk: Desk) -> None:
    assert desk.visibility(ADMIN).view() is EVERYTHING
    assert desk.visibility(ADMIN, file="[beta]\nread_only = true\n").view() is EVERYTHING
    assert desk.visibility(ADMIN, edgerc="").view() is EVERYTHING  # before there are credentials
    assert (EVERYTHING.keys, EVERYTHING.effects) == (None, ALL_EFFECTS)


@pytest.mark.parametrize(
    ("grants", "file", "seen"),
    [
        ((READER,), "", {READ}),
        ((Grant(role="r", effects=frozenset({"read"})),), "", {READ, TOKEN}),
        ((ADMIN,), "[acme]\nread_only = true\n[beta]\nread_only = true\n", {READ, TOKEN}),
        ((ADMIN,), '[acme]\nread_only = true\n[beta]\nallow = ["network-lists"]\n', {READ, WRITE, TOKEN}),
        (
            (READER, Grant(role="w", customers=("beta",), effects=frozenset({"write"}))),
            '[beta]\ndeny = ["papi"]\n',
            {READ, WRITE},
        ),
        ((Grant(role="a", customers=("nobody",), effects=frozenset({"write"})),), "", {WRITE}),  # who can act for nobody yet
        ((), "", set()),
    ],
)
def test_a_view_has_what_some_role_may_do_for_some_customer(
    desk: Desk, catalogue: Catalogue, grants: tuple[Grant, ...], file: str, seen: set[str]
) -> None:
    assert shown(catalogue, desk.visibility(*grants, file=file).view()) == seen


def test_an_operation_is_got_by_those_who_may_call_it_and_named_to_all(desk: Desk, catalogue: Catalogue) -> None:
    reader = desk.visibility(READER)
    assert reader.get(f" {READ} ").key == READ
    assert reader.named(DELETION).key == DELETION
    with pytest.raises(PolicyRefused, match=f"do not allow {DELETION}"):
        reader.get(DELETION)


def test_an_unknown_name_is_answered_with_what_the_caller_may_call(desk: Desk) -> None:
    meant = "akamai_papi_delete_property"
    for grant, is_known in ((READER, False), (ADMIN, True)):
        with pytest.raises(UnknownOperationError) as unknown:
            desk.visibility(grant).named(f"{meant}y")
        assert (meant in unknown.value.nearest[:1]) is is_known
        assert (f'Call akamai_destroy with {{"name": "{meant}"' in unknown.value.advice) is is_known
    with pytest.raises(UnknownOperationError) as unknown:
        desk.visibility(READER).named("x" * 500)
    assert "x" * MAX_SHOWN in unknown.value.message
    assert "x" * (MAX_SHOWN + 1) not in unknown.value.message


def test_rights_are_the_same_text_for_the_same_rights_and_another_for_others(desk: Desk) -> None:
    def rights(*grants: Grant, customer: str = "acme", **more: Any) -> str:
        visibility = desk.visibility(*grants, **more)
        [found] = [one for one in visibility._customers.usable() if one.name == customer]
        return visibility.rights(found)

    assert (
        rights(READER)
        == rights(Grant(role="other", effects=frozenset({"read"}), secrets=False))
        == rights(READER, customer="beta")
    )
    others = [
        rights(ADMIN),
        rights(READER, ADMIN),
        rights(Grant(role="r", effects=frozenset({"read"}))),
        rights(READER, rules={"deny": ("papi",)}),
        rights(READER, file="[acme]\nread_only = true\n"),
    ]
    assert len({rights(READER), *others}) == len(others) + 1
