"""No request names an account, a method or a URL beside its own."""

from __future__ import annotations

import pytest

from akamai_mcp.errors import ArgumentError
from akamai_mcp.request.overrides import refuse_overrides


@pytest.mark.parametrize(
    "target",
    [
        "/x?accountSwitchKey=1-EVIL",
        "/x?a=1&ACCOUNTSWITCHKEY=1",
        "/x?%61ccountSwitchKey=1",
        "/x?%2561ccountSwitchKey=1",
        "/x?accountSwitchKey%20=1",
        "/x?accountSwitchKey%00=1",
        "/x?accountSwitchKey%5B%5D=1",
        "/x?account_switch_key=1",
        "/x;accountSwitchKey=1/y",
        "/x%3FaccountSwitchKey=1",
        "/x%3FaccountSwitchKey%3D1",
        "/x?_method=DELETE",
        "/x?X-HTTP-Method-Override=DELETE",
    ],
)
def test_a_parameter_that_chooses_account_or_method_is_refused(target: str) -> None:
    with pytest.raises(ArgumentError, match="could choose another"):
        refuse_overrides(target, ())


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X_Method_Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "Forwarded"])  # fmt: skip
def test_a_header_that_overrides_method_or_url_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="could choose another"):
        refuse_overrides("/x", [(name, "x")])


def test_other_parameters_and_headers_pass() -> None:
    refuse_overrides("/x/a%3Bb?method=a&accountId=1&q=accountSwitchKey", [("Accept", "x"), ("PAPI-Use-Prefixes", "true")])
