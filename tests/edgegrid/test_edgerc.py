"""`.edgerc` as people have it: what is meant is read, and what is not understood is said and never dropped."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from samples import credentials_of

from akamai_mcp.edgegrid.credentials import Credentials, CredentialsSource
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import CredentialsError

LINES = (
    "host = akab-host.luna.akamaiapis.net",
    "client_token = akab-ct",
    "client_secret = akab-cs",
    "access_token = akab-at",
)
BODY = "\n".join(LINES) + "\n"
FILE = f"[default]\n{BODY}"
ENVIRONMENT = {
    "AKAMAI_HOST": "env.example",
    "AKAMAI_CLIENT_TOKEN": "env-ct",
    "AKAMAI_CLIENT_SECRET": "env-cs",
    "AKAMAI_ACCESS_TOKEN": "env-at",
}


def read(folder: Path, content: str | bytes, section: str = "default", **environment: str) -> Credentials:
    path = folder / ".edgerc"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return credentials_of(CredentialsSource(edgerc=path, environment=environment), section)


def refusal(folder: Path, content: str | bytes, section: str = "default", **environment: str) -> str:
    with pytest.raises(CredentialsError) as refused:
        read(folder, content, section, **environment)
    said = f"{refused.value.message} {refused.value.advice}"
    assert "akab-" not in said.replace("akab-....luna", "")
    assert "1-" not in said
    return said


def test_a_file_as_it_was_downloaded_is_told_where_its_header_belongs(tmp_path: Path) -> None:
    said = refusal(tmp_path, f"\n; downloaded\n{BODY}")
    assert "Line 3 of" in said
    assert "[default]" in said


@pytest.mark.parametrize("second", ["client_token = akab-other\n", BODY, "account_key = 1-OTHER\n"])
def test_a_section_that_is_there_twice_is_refused_with_both_lines(tmp_path: Path, second: str) -> None:
    said = refusal(tmp_path, f"{FILE}account_key = 1-FIRST\n\n[default]\n{second}")
    assert "[default]" in said
    assert "lines 1 and 8" in said


def test_other_sections_of_the_file_can_be_used_all_the_same(tmp_path: Path) -> None:
    text = f"{FILE}[twice]\n{BODY}[twice]\n{BODY}"
    assert read(tmp_path, text).client_token == "akab-ct"
    assert "[twice]" in refusal(tmp_path, text, "twice")
    customers = Customers(CredentialsSource(edgerc=tmp_path / ".edgerc", environment={}), "default")
    assert customers.names == ("default", "twice")
    assert [customer.name for customer in customers.usable()] == ["default"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("client_token = akab-1", "client_token = akab-2"),
        ("account_key = 1-A", "account-switch-key = 1-B"),
        ("max_body = 1", "max-body = 2"),
    ],
)
def test_two_values_for_one_thing_are_refused_with_both_lines(tmp_path: Path, first: str, second: str) -> None:
    lines = [line for line in LINES if not line.startswith("client_token")] + ["client_token = akab-1"] * ("client" not in first)
    said = refusal(tmp_path, "\n".join(["[default]", *lines, first, second, ""]))
    assert f"lines {len(lines) + 2} and {len(lines) + 3}" in said


def test_the_same_value_twice_and_an_empty_one_say_nothing_new(tmp_path: Path) -> None:
    found = read(tmp_path, FILE + "account_key = 1-A\naccount_switch_key = 1-A\naccount-key =\n")
    assert found.account_switch_key == "1-A"


@pytest.mark.parametrize(
    "name",
    [
        "account_key", "account-key", "accountkey", "accountKey", "account_switch_key", "account-switch-key", "accountSwitchKey",
        "accountswitchkey", "ACCOUNT_KEY",
    ],
)  # fmt: skip
def test_the_account_switch_key_is_understood_in_every_spelling(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{FILE}{name} = 1-ABC:1-2RBL\n").account_switch_key == "1-ABC:1-2RBL"


@pytest.mark.parametrize("name", ["clientToken", "client-token", "CLIENT_TOKEN", " client_token "])
def test_the_other_keys_are_too(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, FILE.replace("client_token", name)).client_token == "akab-ct"


@pytest.mark.parametrize(
    "name",
    [
        "account",
        "account_id",
        "accountswitch",
        "switch_key",
        "switchkey",
        "account_key_id",
        "acount_key",
        "account_kye",
        "a-c-o-u-n-t-k-y",
        "acntky",
        "acntswchky",
    ],
)
def test_a_key_that_may_mean_an_account_is_never_passed_over(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, f"{FILE}{name} = 1-ABC\n")
    assert name in said
    assert "line 6" in said
    assert "account_key" in said


def test_a_key_that_means_nothing_here_is_named_with_the_customer(tmp_path: Path) -> None:
    said: list[str] = []
    found = read(tmp_path, FILE + "contract_id = 1-A\nproxy = none\n")
    assert found.ignored == ("contract_id", "proxy")
    Customers(CredentialsSource(edgerc=tmp_path / ".edgerc", environment={}), "default", warn=said.append).get(None)
    assert [line for line in said if "contract_id, proxy" in line and "[default]" in line]
    assert "1-A" not in "".join(said)


@pytest.mark.parametrize("name", ["access_key", "count", "key", "contract_id", "ack", "client_id", "comment_key", "accesskeys"])
def test_a_key_that_is_not_like_an_accounts_is_passed_over_by_its_name(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{FILE}{name} = 1-ABC\n").ignored == (name,)


def test_a_misspelt_key_is_named_where_the_right_one_is_missing(tmp_path: Path) -> None:
    said = refusal(tmp_path, FILE.replace("client_token", "client_tokn"))
    assert "client_token in section [default]" in said
    assert "client_tokn" in said


@pytest.mark.parametrize("variable", ["AKAMAI_ACCOUNT_KEY", "AKAMAI_ACCOUNT_SWITCH_KEY"])
def test_an_account_key_of_the_environment_beside_a_file_is_not_passed_over(tmp_path: Path, variable: str) -> None:
    said = refusal(tmp_path, FILE, **{variable: "1-ENV"})
    assert variable in said
    assert read(tmp_path, FILE + "account_key = 1-ENV\n", **{variable: "1-ENV"}).account_switch_key == "1-ENV"
    assert variable in refusal(tmp_path, FILE + "account_key = 1-FILE\n", **{variable: "1-ENV"})


def test_it_belongs_to_its_own_section_and_holds_back_no_other(tmp_path: Path) -> None:
    both = FILE + FILE.replace("[default]", "[my-team]")
    assert read(tmp_path, both, "my-team", AKAMAI_ACCOUNT_KEY="1-ENV").account_switch_key == ""
    assert "AKAMAI_MY_TEAM_ACCOUNT_KEY" in refusal(tmp_path, both, "my-team", AKAMAI_MY_TEAM_ACCOUNT_KEY="1-ENV")


def test_another_variable_beside_a_file_is_named_with_the_customer(tmp_path: Path) -> None:
    assert read(tmp_path, FILE, AKAMAI_CLIENT_TOKEN="env-ct").ignored == ("AKAMAI_CLIENT_TOKEN",)


def test_two_account_keys_in_the_environment_are_refused(tmp_path: Path) -> None:
    two = {"AKAMAI_ACCOUNT_KEY": "1-A", "AKAMAI_ACCOUNT_SWITCH_KEY": "1-B"}
    assert "AKAMAI_ACCOUNT_SWITCH_KEY" in refusal(tmp_path, FILE, **ENVIRONMENT, **two)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_windows_is_read_in_the_encodings_that_its_first_bytes_tell(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    content = (mark + FILE.replace("\n", "\r\n")).encode(encoding)
    assert read(tmp_path, content).client_token == "akab-ct"


def test_a_comment_in_latin_1_hinders_nobody_and_a_value_is_named_by_its_line(tmp_path: Path) -> None:
    comment = "# f\xfcr die Zugangsdaten\n; \xe9t\xe9\n".encode("latin-1")
    assert read(tmp_path, comment + FILE.encode()).client_token == "akab-ct"
    said = refusal(tmp_path, FILE.encode() + "account_key = 1-\xfc\n".encode("latin-1"))
    assert "Line 6 of" in said
    assert "UTF-8" in said


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_half_a_character_of_utf_16_is_named_by_its_line(tmp_path: Path, mark: bytes) -> None:
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    assert "Line 6 of" in refusal(tmp_path, mark + FILE.encode(encoding) + b"x")


@pytest.mark.parametrize("odd", [b"\0", b"\xfc", b"\0\0"])
@pytest.mark.parametrize("line", [b"client_token = akab-%b", b"x%b = akab-", b"[x%b]", b"%b"])
def test_a_line_with_characters_that_no_credentials_have_is_named_by_its_number(tmp_path: Path, line: bytes, odd: bytes) -> None:
    said = refusal(tmp_path, FILE.encode() + line % odd + b"\n")
    path = tmp_path / ".edgerc"
    assert said == f"Line 6 of {path} has characters that no credentials have. Save the file as text in UTF-8."


@pytest.mark.parametrize(
    "content", [FILE.encode("utf-16-le"), b"\x00\x01\x02", FILE.encode().replace(b"akab-ct", b"\xff\xfe\x00")]
)
def test_what_is_no_text_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    assert ".edgerc" in refusal(tmp_path, content)


@pytest.mark.parametrize("written", ["²", "१२", "0", "-1", "1e5", "131072 bytes", "9" * 5000, "0x10"])
def test_a_max_body_that_is_no_number_of_bytes_is_refused(tmp_path: Path, written: str) -> None:
    assert "max_body in section [default]" in refusal(tmp_path, f"{FILE}max_body = {written}\n")


@pytest.mark.parametrize("scheme", ["https://", "HTTPS://", "Https://", "HTTP://"])
def test_a_host_may_carry_a_scheme_in_any_case(tmp_path: Path, scheme: str) -> None:
    assert read(tmp_path, FILE.replace("host = ", f"host = {scheme}")).host == "akab-host.luna.akamaiapis.net"


@pytest.mark.parametrize("written", ["1 ABC", "\u201c1-ABC\u201d", "1-ABC ; of the test account"])
def test_an_account_key_that_none_can_be_is_refused(tmp_path: Path, written: str) -> None:
    assert "account_key in section [default]" in refusal(tmp_path, f"{FILE}account_key = {written}\n")


@pytest.mark.parametrize("header", ["[ default ]", "  [default]", "[default] ; mine", "[default]\t# mine"])
def test_a_header_may_have_blanks_and_a_comment(tmp_path: Path, header: str) -> None:
    assert read(tmp_path, f"{header}\n{BODY}").client_token == "akab-ct"


def test_lines_may_be_indented(tmp_path: Path) -> None:
    assert read(tmp_path, "[default]\n" + "".join(f"    {line}\n" for line in LINES)).access_token == "akab-at"


@pytest.mark.parametrize("line", ["SECRET", "[default", "= akab-x", "[]", "[default] akab-x = 1"])
def test_a_line_that_is_neither_header_nor_key_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    said = refusal(tmp_path, f"{FILE}{line}\n")
    assert "malformed at line 6" in said
    assert "SECRET" not in said
