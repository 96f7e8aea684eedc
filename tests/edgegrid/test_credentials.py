"""Credentials from a file and from the environment, and what is said where they are not usable."""

from __future__ import annotations

from pathlib import Path

import pytest
from samples import credentials_of

from akamai_mcp.edgegrid.credentials import (
    Credentials,
    CredentialsSource,
    name_sections,
    variable_prefix,
)
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.edgegrid.edgerc import read_edgerc
from akamai_mcp.errors import CredentialsError

HOST = "akab-host.luna.akamaiapis.net"
FILE = f"""[default]
host = {HOST}
client_token = akab-ct
client_secret = cs=
access_token = akab-at

[other]
host: other.example
client_token: akab-ct2
client_secret: cs2
access_token: akab-at2
"""
ENVIRONMENT = {
    "AKAMAI_HOST": "env.example",
    "AKAMAI_CLIENT_TOKEN": "env-ct",
    "AKAMAI_CLIENT_SECRET": "env-cs",
    "AKAMAI_ACCESS_TOKEN": "env-at",
}


def source(tmp_path: Path, text: str = FILE, **environment: str) -> CredentialsSource:
    path = tmp_path / ".edgerc"
    path.write_text(text, encoding="utf-8")
    return CredentialsSource(edgerc=path, environment=environment)


def default(tmp_path: Path, line: str = "", **environment: str) -> Credentials:
    """The default section with one more line."""
    return credentials_of(source(tmp_path, FILE.replace("\n\n", f"\n{line}\n\n", 1), **environment), "default")


def test_a_section_is_read_with_its_defaults(tmp_path: Path) -> None:
    assert default(tmp_path) == Credentials(
        host=HOST, client_token="akab-ct", client_secret="cs=", access_token="akab-at",
        account_switch_key="", max_body=131_072, headers_to_sign=(),
    )  # fmt: skip


def test_another_section_is_read_with_colons_too(tmp_path: Path) -> None:
    assert credentials_of(source(tmp_path), "other").host == "other.example"


@pytest.mark.parametrize("name", ["account_key", "account-switch-key", "account_switch_key"])
def test_the_account_key_has_three_spellings(tmp_path: Path, name: str) -> None:
    assert default(tmp_path, f"{name} = 1-ABC:1-2RBL").account_switch_key == "1-ABC:1-2RBL"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        (HOST, HOST),
        (f"https://{HOST}", HOST),
        (f"https://{HOST}/", HOST),
        (f"http://{HOST}//", HOST),
        ("localhost:8443", "localhost:8443"),
        ("https://127.0.0.1:8443/", "127.0.0.1:8443"),
        ("[::1]:8443", "[::1]:8443"),
        (f'"{HOST}"', HOST),
    ],
)
def test_a_host_may_carry_scheme_port_and_slash(tmp_path: Path, written: str, host: str) -> None:
    assert credentials_of(source(tmp_path, FILE.replace(HOST, written)), "default").host == host


@pytest.mark.parametrize(
    "written",
    [
        "a b",
        "host/path",
        "user@host",
        "host?x",
        "host#x",
        "-host",
        "host:port",
        "host:123456",
        "https://",
        "a\tb",
        "ho_st",
        "host_",
        "host/_",
    ],
)
def test_what_is_no_host_is_refused_without_being_shown(tmp_path: Path, written: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        credentials_of(source(tmp_path, FILE.replace(HOST, written)), "default")
    assert "host in section [default]" in refused.value.message
    assert "luna.akamaiapis.net" in refused.value.advice


def test_max_body_is_a_number_of_bytes(tmp_path: Path) -> None:
    assert default(tmp_path, "max_body = 2048").max_body == 2048
    with pytest.raises(CredentialsError, match=r"max_body in section \[default\]"):
        default(tmp_path, "max_body = many")


@pytest.mark.parametrize("name", ["max_body", "account_key", "headers_to_sign"])
def test_a_key_without_a_value_is_as_good_as_none(tmp_path: Path, name: str) -> None:
    assert default(tmp_path, f"{name} =") == default(tmp_path)


@pytest.mark.parametrize(("written", "names"), [("X-One, X-Two ,", ("X-One", "X-Two")), ("None", ()), ("", ())])
def test_the_headers_to_sign_are_a_list(tmp_path: Path, written: str, names: tuple[str, ...]) -> None:
    assert default(tmp_path, f"headers_to_sign = {written}").headers_to_sign == names


@pytest.mark.parametrize("key", ["host", "client_token", "client_secret", "access_token"])
def test_a_missing_key_is_named_with_file_and_section(tmp_path: Path, key: str) -> None:
    text = "\n".join(line for line in FILE.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(CredentialsError) as refused:
        credentials_of(source(tmp_path, text), "default")
    assert refused.value.message == f"{key} in section [default] of {tmp_path / '.edgerc'} is missing."


def test_percent_signs_byte_order_marks_comments_and_quotes_are_taken_as_people_write_them(tmp_path: Path) -> None:
    text = "\ufeff# a comment\n[default]\n; another\n" + FILE.partition("\n")[2].replace("cs=", '"%(x)s%cs="')
    assert credentials_of(source(tmp_path, text), "default").client_secret == "%(x)s%cs="


def test_a_section_called_like_configparsers_own_default_lends_nothing_to_the_others(tmp_path: Path) -> None:
    text = "[DEFAULT]\naccount_key = 1-WRONG\n" + FILE
    assert credentials_of(source(tmp_path, text), "default").account_switch_key == ""


def test_an_unknown_section_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"has no section \[nope\]") as refused:
        credentials_of(source(tmp_path), "nope")
    assert "default, other" in refused.value.advice


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_a_file_without_sections_says_that_there_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        credentials_of(source(tmp_path, text), "default")
    assert refused.value.message == f"{tmp_path / '.edgerc'} has no section [default]."
    assert refused.value.advice == "Its sections: none. Select one with AKAMAI_MCP_SECTION or `customer`."


def test_a_malformed_line_is_named_by_its_number_and_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError) as refused:
        read_edgerc(source(tmp_path, FILE + "SECRET without a value\n").edgerc)
    assert f"is malformed at line {len(FILE.splitlines()) + 1}" in refused.value.message
    assert "SECRET" not in f"{refused.value.message} {refused.value.advice} {refused.value!r}"
    assert refused.value.__context__ is None


def test_the_environment_serves_the_default_section(tmp_path: Path) -> None:
    missing = CredentialsSource(edgerc=tmp_path / "none", environment=ENVIRONMENT)
    found = credentials_of(missing, "default")
    assert (found.host, found.client_token, found.client_secret, found.access_token) == (
        "env.example",
        "env-ct",
        "env-cs",
        "env-at",
    )


def test_the_environment_serves_a_named_section_by_its_prefix(tmp_path: Path) -> None:
    named = {name.replace("AKAMAI_", "AKAMAI_MY_TEAM_"): value for name, value in ENVIRONMENT.items()}
    assert variable_prefix("my-team") == "AKAMAI_MY_TEAM_"
    assert credentials_of(CredentialsSource(edgerc=tmp_path / "none", environment=named), "my-team").host == "env.example"


def test_the_environment_wins_over_the_file_for_its_section_only(tmp_path: Path) -> None:
    both = source(tmp_path, **ENVIRONMENT)
    assert credentials_of(both, "default").host == "env.example"
    assert credentials_of(both, "other").host == "other.example"


def test_nothing_of_the_file_is_mixed_into_the_environments_credentials(tmp_path: Path) -> None:
    assert default(tmp_path, "account_key = 1-FILE", **ENVIRONMENT).account_switch_key == ""


@pytest.mark.parametrize("name", ["AKAMAI_ACCOUNT_KEY", "AKAMAI_ACCOUNT_SWITCH_KEY"])
def test_the_environment_has_the_other_keys_too(tmp_path: Path, name: str) -> None:
    more = {name: "1-ENV", "AKAMAI_MAX_BODY": "2048", "AKAMAI_HEADERS_TO_SIGN": "X-One"}
    found = default(tmp_path, **ENVIRONMENT, **more)
    assert (found.account_switch_key, found.max_body, found.headers_to_sign) == ("1-ENV", 2048, ("X-One",))


@pytest.mark.parametrize("name", ["AKAMAI_CLIENT_TOKEN", "AKAMAI_CLIENT_SECRET", "AKAMAI_ACCESS_TOKEN"])
def test_a_partial_environment_names_the_missing_variable(tmp_path: Path, name: str) -> None:
    partial = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(CredentialsError) as refused:
        default(tmp_path, **partial)
    assert refused.value.message == f"the environment variable {name} is missing."


def test_a_bad_host_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="the environment variable AKAMAI_HOST is not a host name"):
        default(tmp_path, **ENVIRONMENT | {"AKAMAI_HOST": "a b"})


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert default(tmp_path, **ENVIRONMENT | {"AKAMAI_HOST": ""}).host == HOST


def test_all_customers_are_named_from_file_and_environment(tmp_path: Path) -> None:
    more = {"AKAMAI_EXTRA_HOST": "x", "AKAMAI_MCP_TIMEOUT": "1", "AKAMAI_CLIENT_TOKEN": "y"}
    found = source(tmp_path, **more)
    assert name_sections(found, read_edgerc(found.edgerc)) == ("default", "extra", "other")
    assert name_sections(CredentialsSource(edgerc=tmp_path / "none", environment={}), ()) == ()


def test_the_default_customer_is_used_unless_one_is_named(tmp_path: Path) -> None:
    customers = Customers(source(tmp_path), "other")
    assert customers.get(None).name == "other"
    found = customers.get("default")
    assert (found.name, found.credentials.host) == ("default", HOST)


def test_an_unknown_customer_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="There is no customer 'nobody'") as refused:
        Customers(source(tmp_path), "default").get("nobody")
    assert refused.value.advice == "Configured customers: default, other."


def test_credentials_are_read_when_they_are_wanted(tmp_path: Path) -> None:
    customers = Customers(source(tmp_path), "default")
    source(tmp_path, FILE.replace("akab-ct\n", "rotated\n"))
    assert customers.get(None).credentials.client_token == "rotated"


@pytest.mark.parametrize("written", ["{}", " {} ", '"{}"', "'{}'", ' "{}"', "\t'{}'\t"])
@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("client_token", "client_token"), ("client_secret", "client_secret"), ("access_token", "access_token"),
        ("account_key", "account_switch_key"), ("account-switch-key", "account_switch_key"), ("account_switch_key", "account_switch_key"),
    ],
)  # fmt: skip
def test_every_value_may_be_written_with_spaces_and_quotes_around_it(tmp_path: Path, key: str, found: str, written: str) -> None:
    lines = [line for line in FILE.split("\n\n", maxsplit=1)[0].splitlines() if not line.startswith(f"{key} =")]
    text = "\n".join([*lines, f"{key} = {written.format('1-ABC')}", ""])
    assert getattr(credentials_of(source(tmp_path, text)), found) == "1-ABC"


def test_an_empty_account_key_gives_way_to_one_that_says_something(tmp_path: Path) -> None:
    found = default(tmp_path, "account_key =\naccount-switch-key = 1-ABC")
    assert found.account_switch_key == "1-ABC"


@pytest.mark.parametrize("written", [" {}", "{}\n", '\t"{}" ', "'{}'"])
@pytest.mark.parametrize("variable", [*ENVIRONMENT, "AKAMAI_ACCOUNT_KEY"])
def test_a_variable_may_have_spaces_and_quotes_around_its_value(tmp_path: Path, variable: str, written: str) -> None:
    plain = ENVIRONMENT | {"AKAMAI_ACCOUNT_KEY": "1-ABC"}
    found = default(tmp_path, **plain | {variable: written.format(plain[variable])})
    assert found == default(tmp_path, **plain)


@pytest.mark.parametrize("value", ["_x_", "=x=", "x#y", "x;", ":x:", "-x-", "[x]", "None"])
@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'"])
def test_a_value_keeps_every_character_that_is_no_quote_around_it(tmp_path: Path, value: str, written: str) -> None:
    keys = ("client_token", "client_secret", "access_token", "account_key")
    lines = "".join(f"{key} = {written.format(value)}\n" for key in keys)
    by_file = credentials_of(source(tmp_path, f"[default]\nhost = {HOST}\n{lines}"))
    variables = {f"AKAMAI_{key.upper()}": written.format(value) for key in keys} | {"AKAMAI_HOST": HOST}
    by_variable = credentials_of(CredentialsSource(edgerc=tmp_path / "none", environment=variables))
    expected = Credentials(host=HOST, client_token=value, client_secret=value, access_token=value, account_switch_key=value)
    assert by_file == by_variable == expected
    # The same account key in a variable beside the file is no other account.
    beside = {"AKAMAI_ACCOUNT_KEY": written.format(value)}
    assert credentials_of(CredentialsSource(edgerc=tmp_path / ".edgerc", environment=beside)) == expected
