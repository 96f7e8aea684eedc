"""Variables that look like settings: which are mistyped safety settings, and values that are written with blanks or in capitals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

import pytest

from akamai_mcp.errors import SettingsError
from akamai_mcp.service_settings import SAFETY
from akamai_mcp.settings import PREFIX, Settings, load_settings, misnamed

SETTINGS = {PREFIX + name.upper(): field for name, field in Settings.model_fields.items()}
SAFE = [name for name, field in SETTINGS.items() if field.json_schema_extra is SAFETY]
OTHERS = [name for name in SETTINGS if name not in SAFE]
# What an operator meant, told by a person.
MEANT = {
    "READONLY": "READ_ONLY",
    "READ_ONY": "READ_ONLY",
    "READ_ONLY_MODE": "READ_ONLY",
    "DENNY": "DENY",
    "DENIED": "DENY",
    "DENY_LIST": "DENY",
    "ALOW": "ALLOW",
    "CONFIRMS": "CONFIRM",
    "CONFIRMATION": "CONFIRM",
    "CONFIRMBY": "CONFIRM_BY",
    "AUDITFILE": "AUDIT_FILE",
    "AUTH_TOKEN_FILE": "AUTH_TOKENS_FILE",
    "AUTH_ROLE_FILE": "AUTH_ROLES_FILE",
    "CALLERS_CHANGES": "CALLER_CHANGES",
    "CUSTOMERS": "CUSTOMER",
    "SECTIONS": "SECTION",
    "ONLY_READ": "READ_ONLY",
    "DENIES": "DENY",
    "JWKS": "AUTH_JWKS_URL",
    "AUDIT_PATH": "AUDIT_FILE",
    "BLACKLIST": "DENY",
    "Whitelist": "ALLOW",
    "NO_WRITES": "READ_ONLY",
    "STRICT": "VALIDATION",
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's owner."""
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def misspellings(name: str) -> Iterator[str]:
    """One letter left out, doubled or swapped with the next, and the underscores forgotten."""
    own = name.removeprefix(PREFIX)
    yield from (own[:at] + own[at + 1 :] for at in range(len(own)))
    yield from (own[: at + 1] + own[at:] for at in range(len(own)))
    yield from (own[:at] + own[at + 1] + own[at] + own[at + 2 :] for at in range(len(own) - 1))
    yield own.replace("_", "")
    yield own + "S"


@pytest.mark.parametrize(("written", "meant"), MEANT.items())
def test_a_name_near_a_safety_setting_stops_the_start_and_names_it(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    monkeypatch.setenv(PREFIX + written, "true")
    with pytest.raises(SettingsError, match=f"{PREFIX}{written} is not a setting; did you mean {PREFIX}{meant}[?]"):
        load_settings()


@pytest.mark.parametrize("setting", SAFE)
def test_no_misspelling_of_a_safety_setting_is_ignored(setting: str) -> None:
    passed = [
        wrong
        for wrong in misspellings(setting)
        if PREFIX + wrong not in SETTINGS and not any(name.safety for name in misnamed(environment={PREFIX + wrong: "x"}))
    ]
    assert passed == []


def test_the_settings_that_restrict_calls_are_safety_settings() -> None:
    assert {"READ_ONLY", "ALLOW", "DENY", "CONFIRM", "CONFIRM_BY", "AUDIT_FILE", "AUTH_TOKENS_FILE", "CUSTOMERS_FILE"} <= {
        name.removeprefix(PREFIX) for name in SAFE
    }


@pytest.mark.parametrize("name", ["AUTH", "AUTH_FILE", "TOKENS", "ROLES", "AUDIT_TRAIL"])
def test_a_name_between_several_safety_settings_stops_the_start(name: str) -> None:
    (found,) = misnamed(environment={PREFIX + name: "x"})
    assert found.safety


@pytest.mark.parametrize("name", ["AKAMAI_EDGERC", "AKAMAI_EDGERC_SECTION", "AKAMAI_SECTION", "AKAMAI_MCP2_HOST", "MCP_TIMEOUT"])
def test_a_variable_of_other_software_is_none_of_ours(name: str) -> None:
    assert misnamed(environment={name: "x"}) == ()


@pytest.mark.parametrize(
    "spelling",
    [
        "akamai_mcp_readonly", "AKAMAIMCP_READ_ONLY", "Akamai_Mcp_Readonly", "AKAMI_MCP_READ_ONLY", "AKAMAI_MPC_DENY",
        "AKAMAI_MCPS_CONFIRM_BY", "AKAMAI-MCP-DENY", "AKAMAL_MCP_ALLOW",
    ],
)  # fmt: skip
def test_a_safety_setting_with_a_misspelt_prefix_or_in_small_letters_is_not_ignored(spelling: str) -> None:
    (found,) = misnamed(environment={spelling: "true"})
    assert found.safety


@pytest.mark.parametrize("name", ["LOG_LEVL", "CACHES", "ALLOWED_HOST", "METRIC", "SOMETHING_ELSE"])
def test_any_other_unknown_name_is_only_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(PREFIX + name, "x")
    load_settings()
    (found,) = misnamed()
    assert str(found).startswith(f"{PREFIX}{name} is not a setting")


@pytest.mark.parametrize("name", [*SETTINGS, f"{PREFIX}SHARED_KEY_FILE", f"{PREFIX}REDIS_URL_FILE", f"{PREFIX}HOST_NAME"])
def test_no_known_name_is_told(name: str) -> None:
    assert misnamed(environment={name: "x", name.lower(): "x"}) == ()


@pytest.mark.parametrize("key", ["HOST", "CLIENT_TOKEN", "CLIENT_SECRET", "ACCESS_TOKEN", "CLIENT_SECRET_FILE"])
def test_credentials_of_a_section_named_mcp_are_no_settings(key: str) -> None:
    assert misnamed(environment={PREFIX + key: "x"}) == ()


def test_an_unknown_name_without_a_value_says_nothing() -> None:
    assert misnamed(environment={f"{PREFIX}READONLY": " "}) == ()


@pytest.mark.parametrize("setting", [name for name, field in SETTINGS.items() if get_origin(field.annotation) is Literal])
def test_a_choice_is_taken_with_blanks_and_in_any_case(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    field = setting.removeprefix(PREFIX).lower()
    for choice in get_args(SETTINGS[setting].annotation):
        for written in (choice.upper(), choice.lower(), choice.title(), f"  {choice}\t"):
            monkeypatch.setenv(setting, written)
            assert getattr(load_settings(), field) == choice


@pytest.mark.parametrize("setting", [name for name, field in SETTINGS.items() if field.annotation is bool])
@pytest.mark.parametrize("written", [" true ", "TRUE", "True\n", " 1"])
def test_a_flag_is_taken_with_blanks_and_in_any_case(monkeypatch: pytest.MonkeyPatch, setting: str, written: str) -> None:
    monkeypatch.setenv(setting, written)
    assert getattr(load_settings(), setting.removeprefix(PREFIX).lower()) is True


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_blank_value_is_an_unset_one(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(setting, " \t")
    assert load_settings() == Settings()
