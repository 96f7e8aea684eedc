from __future__ import annotations

from pathlib import Path

import pytest

from akamai_mcp.access.callers import NOBODY, Caller, Grant, calling, current_caller
from akamai_mcp.access.roles import Roles, parse_roles
from akamai_mcp.errors import CredentialsError


def test_a_role_has_every_key_it_names_and_narrow_defaults() -> None:
    roles = parse_roles(
        '[dns]\ncustomers = ["acme*"]\neffects = ["read", "write"]\nproducts = ["config-dns"]\nallow = ["/x/*"]\ndeny = ["gtm"]\nsecrets = true\n[plain]',
        "it",
    )
    dns, plain = roles["dns"], roles["plain"]
    assert (dns.customers, dns.effects, dns.secrets) == (("acme*",), {"read", "write"}, True)
    assert (dns.rules.allow, dns.rules.deny) == (("config-dns", "/x/*"), ("gtm",))
    assert (plain.customers, plain.effects, plain.secrets) == (("*",), {"read"}, False)


@pytest.mark.parametrize(
    "text",
    ["", "[a", "a = 1", '[a]\ncustomer = ["x"]', "[a]\ncustomers = []", '[a]\neffects = ["delete"]', "[a]\neffects = []", '[a]\nsecrets = "yes"',
     '[a]\nallow = [""]', "[a.b]\nsecrets = true"],
)  # fmt: skip
def test_a_file_that_may_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(CredentialsError):
        parse_roles(text, "it")


def test_a_file_may_redefine_what_is_built_in_and_then_nothing_is_built_in_without_it(tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text("[admin]\n", encoding="utf-8")
    roles = Roles(path)
    assert [grant.effects for grant in roles.caller("ann", ["admin", "writer"]).grants] == [{"read"}, {"read", "write"}]
    path.unlink()
    assert roles.caller("ann", ["admin", "writer", "reader"]).grants == ()


@pytest.mark.parametrize(
    ("role", "effects", "secrets"),
    [("reader", {"read"}, False), ("writer", {"read", "write"}, False), ("admin", {"read", "write", "destroy"}, True)],
)
def test_a_built_in_role_allows_its_effects_and_is_named_where_it_refuses(role: str, effects: set[str], secrets: bool) -> None:
    [grant] = Roles().caller("ann", [role]).grants
    assert (grant.role, grant.effects, grant.secrets) == (role, effects, secrets)


def test_customers_of_a_token_narrow_those_of_its_roles() -> None:
    caller = Caller(name="ann", grants=(Grant(role="a", customers=("acme*", "other")),), customers=("acme-eu", "zeta"))
    assert [caller.may_act_for(name) for name in ("acme-eu", "acme-us", "other", "zeta")] == [True, False, False, False]
    assert caller.is_bounded


def test_the_caller_is_the_innermost_and_a_default_where_there_is_none() -> None:
    ann = Caller(name="ann")
    assert current_caller(NOBODY) is NOBODY
    with calling(lambda: ann):
        assert current_caller(NOBODY) is ann
    assert current_caller(NOBODY) is NOBODY
    assert NOBODY.grants == ()


def test_a_roles_file_is_checked_before_it_is_needed(tmp_path: Path) -> None:
    Roles().check()
    path = tmp_path / "roles.toml"
    for text, said in ((None, "cannot be read"), ("[a]\nsecrets = 1\n", "secrets in"), ("", "defines no role")):
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(CredentialsError, match=said) as refused:
            Roles(path).check()
        assert (
            text is not None or refused.value.advice == "Set AKAMAI_MCP_AUTH_ROLES_FILE to a text file that the server may read."
        )
    path.write_text("[a]\n", encoding="utf-8")
    Roles(path).check()
