"""A mistake in a role is told by its key, with what may stand there."""

from __future__ import annotations

import pytest

from akamai_mcp.access.roles import parse_roles
from akamai_mcp.errors import CredentialsError


@pytest.mark.parametrize(
    ("line", "key", "wanted"),
    [
        ("customers = []", "customers", "a non-empty list of customers as globs"),
        ('customers = ["\\n"]', "customers", "a list of customers as globs"),
        ('effects = ["delete"]', "effects", "a list of effects: read, write, destroy"),
        ('products = [""]', "products", "a list of product names such as papi"),
        ("allow = []", "allow", "a non-empty list of rules"),
        ("allow = [1]", "allow", "a list of rules"),
        ('deny = [" "]', "deny", "a list of rules"),
        ('secrets = "yes"', "secrets", "true or false"),
    ],
)
def test_a_mistake_names_its_key_and_what_may_stand_there(line: str, key: str, wanted: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        parse_roles(f"[dns]\n{line}\n", "roles.toml")
    assert refused.value.message == f"{key} in [dns] of roles.toml is invalid."
    assert refused.value.advice == f"Set it to {wanted}, or remove the key."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[dns]\nproduct = 1", "product in [dns]"),
        ("dns = 1", "dns"),
        ("[dns.eu]\n", "eu in [dns]"),
        ('["a\\u001b"]\nx = 1', "x in [a?]"),
    ],
)
def test_a_key_that_no_role_has_is_named_with_those_that_one_may_have(text: str, what: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        parse_roles(text, "roles.toml")
    assert refused.value.message == f"{what} of roles.toml is unknown."
    assert refused.value.advice == "Write tables [role] with the keys customers, effects, products, allow, deny, secrets."
