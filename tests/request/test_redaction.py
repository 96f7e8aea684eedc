"""What is redacted in requests that are shown or recorded: values of secret names, wherever they stand, and private keys."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.request.redaction import (
    holds_secret,
    is_secret_header,
    is_secret_name,
    redact,
    redact_private_keys,
    redact_target,
)

BEGIN, END = "-----BEGIN {}PRIVATE KEY-----", "-----END {}PRIVATE KEY-----"
SECRET_NAMES = (
    "password passwd Passphrase clientSecret secret privateKey private_key private-key credentials access_token accessToken "
    "authToken apiToken refresh_token clientToken bearerToken token pin sshKey tsig_key apiKey api-key accountSwitchKey "
    "account_switch_key cookie Authorization"
).split()
PLAIN_NAMES = "name key keys auth author tokens tokenName pinned spin sortKey cacheKey cookies session signature keyId".split()
SECRET_HEADERS = "Authorization X-Api-Key X-Auth-Token Cookie Set-Cookie X-Session-Id X-Signature X-Secret PWD".split()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_member_with_a_secret_name_is_redacted(name: str) -> None:
    assert is_secret_name(name)
    assert redact({name: "PLANTED", "a": 1}) == {name: "***", "a": 1}


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_a_member_that_only_sounds_like_it_is_shown(name: str) -> None:
    assert redact({name: "shown"}) == {name: "shown"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": {"password": "p"}}, {"a": {"password": "***"}}),
        ([{"password": "p"}, ["x", {"token": 7}]], [{"password": "***"}, ["x", {"token": "***"}]]),
        ({"password": {"old": "p"}, "secret": ["p"]}, {"password": "***", "secret": "***"}),
        ({"password": None, "token": "", "pin": 0}, {"password": None, "token": "***", "pin": "***"}),
        ({"password": "***", "a": ["b"]}, {"password": "***", "a": ["b"]}),
        ({7: "a"}, {7: "a"}),
        ([f"a {BEGIN.format('')}x"], ["a ***"]),
        ("text", "text"),
        (5, 5),
        (None, None),
    ],
)
def test_it_is_redacted_at_any_depth_and_everything_else_is_as_it_was(value: Any, shown: Any) -> None:
    assert redact(value) == shown
    assert holds_secret(value) is (shown != value)


@pytest.mark.parametrize("kind", ["", "RSA ", "ENCRYPTED "])
def test_a_private_key_is_redacted_whole_also_if_its_end_is_missing(kind: str) -> None:
    begin, end = BEGIN.format(kind), END.format(kind)
    assert redact_private_keys(f"a\n{begin}\nx\ny\n{end}\nb {begin}x{end}") == "a\n***\nb ***"
    assert redact_private_keys(f"a {begin}\nx") == "a ***"
    assert redact_private_keys("-----BEGIN CERTIFICATE-----x") == "-----BEGIN CERTIFICATE-----x"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/token/secret", "/token/secret"),
        ("/a?", "/a?"),
        ("/a?token=t", "/a?token=***"),
        ("/a?x=1&token=t&y=2", "/a?x=1&token=***&y=2"),
        ("/a?%74oken=t&API+KEY=k", "/a?%74oken=***&API+KEY=***"),
        ("/a?token=&secret&y", "/a?token=&secret&y"),
        ("/a?token=a=b?c", "/a?token=***"),
        ("/a?q=%7B%22password%22%3A%22p%22%7D", "/a?q=***"),
        ("/a?q=password:p&r=client_secret+%3D+s", "/a?q=***&r=***"),
        ("/a?q=password&r=p:x", "/a?q=password&r=p:x"),
        ("?password=p", "?password=***"),
    ],
)
def test_a_query_is_shown_without_the_values_that_may_be_secret(target: str, shown: str) -> None:
    assert redact_target(target) == shown


def test_headers_that_may_hold_a_credential_are_known_by_their_names() -> None:
    assert [name for name in SECRET_HEADERS if not is_secret_header(name)] == []
    assert not any(map(is_secret_header, ("Accept", "Content-Type", "If-Match", "Policy-Set", "X-Request-Id")))
