"""Secrets that stand in files, as containers mount them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from samples import credentials_of

from akamai_mcp.edgegrid.credentials import CredentialsSource, name_sections, secret_files
from akamai_mcp.edgegrid.secret_files import LARGEST_SECRET
from akamai_mcp.errors import CredentialsError, SettingsError
from akamai_mcp.settings import Settings, load_as, load_settings

VALUES = {"HOST": "host.example", "CLIENT_TOKEN": "PLANTED-ct", "CLIENT_SECRET": "PLANTED-cs=", "ACCESS_TOKEN": "PLANTED-at"}


def mounted(folder: Path, prefix: str = "AKAMAI_", **changes: bytes) -> dict[str, str]:
    """The variables of credentials that stand in files below a folder."""
    environment: dict[str, str] = {}
    for name, value in VALUES.items():
        path = folder / name.lower()
        path.write_bytes(changes.get(name, f"{value}\n".encode()))
        environment[f"{prefix}{name}_FILE"] = str(path)
    return environment


def source(folder: Path, environment: dict[str, str]) -> CredentialsSource:
    return CredentialsSource(edgerc=folder / "none", environment=environment)


def test_credentials_are_read_from_the_files_that_variables_name(tmp_path: Path) -> None:
    found = credentials_of(source(tmp_path, mounted(tmp_path)), "default")
    assert (found.host, found.client_token, found.client_secret, found.access_token) == tuple(VALUES.values())


def test_those_of_another_section_too_and_it_is_listed(tmp_path: Path) -> None:
    chosen = source(tmp_path, mounted(tmp_path, "AKAMAI_MY_TEAM_"))
    assert credentials_of(chosen, "my-team").client_secret == "PLANTED-cs="
    assert name_sections(chosen, ()) == ("my_team",)


def test_values_and_files_can_be_mixed(tmp_path: Path) -> None:
    environment = mounted(tmp_path)
    del environment["AKAMAI_HOST_FILE"]
    environment |= {"AKAMAI_HOST": "other.example", "AKAMAI_ACCOUNT_KEY_FILE": str(tmp_path / "key")}
    (tmp_path / "key").write_text("1-ABC:1-2RBL")
    found = credentials_of(source(tmp_path, environment), "default")
    assert (found.host, found.account_switch_key) == ("other.example", "1-ABC:1-2RBL")


@pytest.mark.parametrize("content", [b"PLANTED-cs=", b"PLANTED-cs=\n", b"PLANTED-cs=\r\n", b"\xef\xbb\xbfPLANTED-cs=\n\n"])
def test_the_end_of_the_last_line_does_not_count(tmp_path: Path, content: bytes) -> None:
    chosen = source(tmp_path, mounted(tmp_path, CLIENT_SECRET=content))
    assert credentials_of(chosen, "default").client_secret == "PLANTED-cs="


@pytest.mark.parametrize("value", ["PLANTED_", "_PLANTED", "PLANTED-", "PLANTED=="])
def test_nothing_but_the_end_of_the_line_is_taken_off(tmp_path: Path, value: str) -> None:
    chosen = source(tmp_path, mounted(tmp_path, CLIENT_SECRET=f"{value}\r\n".encode()))
    assert credentials_of(chosen, "default").client_secret == value


def test_a_file_is_named_by_its_whole_path(tmp_path: Path) -> None:
    message = refusal(tmp_path, mounted(tmp_path) | {"AKAMAI_CLIENT_SECRET_FILE": "secret"})
    assert message == "AKAMAI_CLIENT_SECRET_FILE names 'secret', and it is not an absolute path."


def refusal(folder: Path, environment: dict[str, str]) -> str:
    """What is said of credentials that cannot be used, in every way that an exception says something."""
    with pytest.raises(CredentialsError) as refused:
        credentials_of(source(folder, environment), "default")
    error = refused.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    told = f"{error} {error!r} {error.args} {error.advice}"
    assert "PLANTED" not in told
    return error.message


@pytest.mark.parametrize("name", VALUES)
def test_both_a_value_and_a_file_are_an_error_that_names_both_variables(tmp_path: Path, name: str) -> None:
    message = refusal(tmp_path, mounted(tmp_path) | {f"AKAMAI_{name}": "PLANTED"})
    assert message == f"AKAMAI_{name} and AKAMAI_{name}_FILE are both set; only one of them may be."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PLANTED" * LARGEST_SECRET, "is too large"),
        (b"PLANTED\xff\xfe", "is not text"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_not_quoted(tmp_path: Path, content: bytes, reason: str) -> None:
    message = refusal(tmp_path, mounted(tmp_path, CLIENT_SECRET=content))
    assert message == f"AKAMAI_CLIENT_SECRET_FILE names {str(tmp_path / 'client_secret')!r}, which {reason}."


@pytest.mark.parametrize(("kind", "reason"), [("none", "No such file"), ("folder", "directory"), ("pipe", "not a regular file")])
def test_what_is_no_file_is_named_with_its_variable(tmp_path: Path, kind: str, reason: str) -> None:
    environment = mounted(tmp_path) | {"AKAMAI_CLIENT_SECRET_FILE": str(tmp_path / kind)}
    if kind == "folder":
        (tmp_path / kind).mkdir()
    if kind == "pipe":
        os.mkfifo(tmp_path / kind)
    message = refusal(tmp_path, environment)
    assert message.startswith(f"AKAMAI_CLIENT_SECRET_FILE names {str(tmp_path / kind)!r}, which cannot be read (")
    assert reason in message


def test_a_file_with_more_than_a_token_is_refused_without_being_quoted(tmp_path: Path) -> None:
    message = refusal(tmp_path, mounted(tmp_path, CLIENT_SECRET=b"PLANTED\nPLANTED"))
    assert message == "the environment variable AKAMAI_CLIENT_SECRET has characters that no token has."


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    environment = mounted(tmp_path)
    environment |= {"AKAMAI_CLIENT_SECRET": "", "AKAMAI_ACCOUNT_KEY_FILE": ""}
    assert credentials_of(source(tmp_path, environment), "default").account_switch_key == ""


def test_the_files_to_look_after_are_those_of_credentials(tmp_path: Path) -> None:
    environment = mounted(tmp_path) | {
        "AKAMAI_X_HOST_FILE": "/x",
        "AKAMAI_MCP_AUDIT_FILE": "/audit",
        "AKAMAI_MCP_HOST_FILE": "/no",
    }
    assert secret_files(source(tmp_path, environment)) == tuple(
        sorted([Path("/x"), *(tmp_path / name.lower() for name in VALUES)])
    )


class WithSecret(Settings):
    """Settings of which one is secret."""

    password: SecretStr | None = None


def test_a_secret_setting_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("PLANTED\n")
    monkeypatch.setenv("AKAMAI_MCP_PASSWORD_FILE", str(tmp_path / "password"))
    loaded = load_as(WithSecret, {})
    assert loaded.password is not None
    assert loaded.password.get_secret_value() == "PLANTED"
    assert "PLANTED" not in repr(loaded)


def test_a_secret_setting_given_twice_or_in_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="AKAMAI_MCP_PASSWORD_FILE names"):
        load_as(WithSecret, {})
    monkeypatch.setenv("AKAMAI_MCP_PASSWORD", "PLANTED")
    with pytest.raises(SettingsError) as refused:
        load_as(WithSecret, {})
    assert refused.value.message == "AKAMAI_MCP_PASSWORD and AKAMAI_MCP_PASSWORD_FILE are both set; only one of them may be."


def test_a_setting_that_is_a_path_is_never_read_as_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(tmp_path / "audit"))
    assert load_settings().audit_file == tmp_path / "audit"
    monkeypatch.setenv("AKAMAI_MCP_EDGERC_FILE", str(tmp_path / "edgerc"))
    with pytest.raises(SettingsError, match="did you mean AKAMAI_MCP_EDGERC"):
        load_settings()
