"""No request names an account, a method or a URL beside its own."""

from __future__ import annotations

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError
from akamai_mcp.request.overrides import refuse_overrides, refuse_overrides_in


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
        "/x?X-HTTP-Verb=DELETE",
        "/x?x_method=DELETE",
    ],
)
def test_a_parameter_that_chooses_account_or_method_is_refused(target: str) -> None:
    with pytest.raises(ArgumentError, match="could choose another"):
        refuse_overrides(target, ())


METHODS = ("_method", "$method", "_httpmethod", "$httpmethod")
SPELLED = ("{}", "{}[]", "{}[a]", "{}%00", " {} ", "{}/", "{}%5B%5D")


@pytest.mark.parametrize("name", [*METHODS, "_METHOD", "%5Fmethod", "%255fmethod", "%24method"])
@pytest.mark.parametrize("spelled", SPELLED)
def test_a_name_that_frameworks_read_a_method_from_is_refused_in_query_and_body_however_it_is_spelled(
    name: str, spelled: str
) -> None:
    for mark in "? & ; ?a=1& ?a=1; %3F %3f %3B %3b ?a=1%26 ?a%3B ?a%3b %253F ?a=1%252526".split():
        with pytest.raises(ArgumentError, match="could choose another"):
            refuse_overrides(f"/x{mark}{spelled.format(name)}=DELETE", ())
    with pytest.raises(ArgumentError, match="could choose another"):
        refuse_overrides_in(["a", spelled.format(name)])


def test_a_body_may_have_names_that_only_sound_like_it() -> None:
    refuse_overrides_in(["method", "my_method", "_methods", "a[_method]", "", "[_method]", "accountSwitchKey", "X-HTTP-Method"])


HEADERS = (
    "X-HTTP-Method-Override x-http-method X_Method_Override HTTP-Method-Override X-HTTP-Verb X-HTTP-Verb-Override X-Verb X-Method "
    "X-Original-Method X-Override-Method X-Request-Method X-Tunnel-Method X-Envoy-Original-Method X-MS-HTTP-Method "
    "X-Original-URL X-Original-URI X-Original-Path X-Original-Host X-Rewrite-URL X-Rewrite-Path X-Override-URL X-Request-URI "
    "Request-URI X-Real-URL X-Proxy-URL X-Envoy-Original-Path X-HTTP-Path-Override X-HTTP-Host-Override X-HTTP-DestinationURL "
    "X-Host X-Forwarded-Host X-Forwarded-Prefix Forwarded X-Accel-Redirect X-Sendfile "
    "AccountSwitchKey X-Account-Switch-Key Akamai-Account-Switch-Key"
).split()


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_overrides_method_or_url_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="could choose another"):
        refuse_overrides("/x", [(name, "x")])


def test_no_parameter_that_a_document_of_ours_declares_is_taken_for_an_override(catalogue: Catalogue) -> None:
    declared = [one for entry in catalogue.entries() for one in catalogue.operation(entry).parameters]
    headers = {one.name for one in declared if one.location == "header"}
    assert {"Contract", "Policy-Set", "PAPI-Use-Prefixes"} <= headers
    refuse_overrides("/x", [(name, "x") for name in headers])
    for name in {one.name for one in declared if one.location == "query"} - {"accountSwitchKey"}:
        refuse_overrides(f"/x?{name}=1", ())


@pytest.mark.parametrize(
    "target",
    ["/_method/x", "/x?a=_method", "/x?a[_method]=1", "/x?method=a&accountId=1&q=accountSwitchKey", "/x?a=b=_method", "/"],
)
def test_what_is_no_name_of_a_parameter_may_say_anything(target: str) -> None:
    refuse_overrides(target, ())


def test_other_parameters_and_headers_pass() -> None:
    refuse_overrides("/x/a%3Bb?method=a&accountId=1&q=accountSwitchKey", [("Accept", "x"), ("PAPI-Use-Prefixes", "true")])
