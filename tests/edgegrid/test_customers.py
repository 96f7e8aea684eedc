"""Customers from both files and the environment: who they are, what changes while the server runs, what is warned about."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import current_caller
from akamai_mcp.edgegrid.credentials import Credentials, CredentialsSource
from akamai_mcp.edgegrid.customers import Customer, Customers
from akamai_mcp.errors import CredentialsError
from akamai_mcp.settings import Settings

SECTION = "[{name}]\nhost = {name}.example\nclient_token = ct-{name}\nclient_secret = cs\naccess_token = at\n"
VARIABLES = {"HOST": "env.example", "CLIENT_TOKEN": "ct-env", "CLIENT_SECRET": "cs", "ACCESS_TOKEN": "at"}


@dataclass
class Desk:
    """The two files in a folder, the customers read from them, and the warnings that were logged."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def edgerc(self) -> Path:
        return self.folder / ".edgerc"

    @property
    def file(self) -> Path:
        return self.folder / "customers.toml"

    def write(self, path: Path, text: str, mode: int = 0o600) -> None:
        """Replace a file as an editor does: by another one of its name."""
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(mode)
        fresh.replace(path)

    def sections(self, *names: str, more: str = "") -> None:
        self.write(self.edgerc, "".join(SECTION.format(name=name) for name in names) + more)

    def customers(self, default: str = "default", *, with_file: bool = True, section: str | None = None) -> Customers:
        source = CredentialsSource(edgerc=self.edgerc, environment=self.environment)
        file = self.file if with_file else None
        return Customers(source, default, file=file, section=section, warn=self.warnings.append)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- who they are ------------------------------------------------------------------------------------------------------


def test_one_credential_serves_many_accounts_by_name(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, '[acme]\naccount_switch_key = "1-A"\n[globex]\naccount_switch_key = "1-G"\n')
    customers = desk.customers()
    assert customers.names == ("acme", "default", "globex")
    keys = {name: customers.get(name).credentials.account_switch_key for name in customers.names}
    assert keys == {"acme": "1-A", "default": "", "globex": "1-G"}
    assert {customers.get(name).credentials.client_token for name in customers.names} == {"ct-default"}


def test_an_alias_uses_the_section_of_the_settings_unless_it_names_one(desk: Desk) -> None:
    desk.sections("default", "partner")
    desk.write(desk.file, '[a]\naccount_switch_key = "1-A"\n[b]\nsection = "default"\naccount_switch_key = "1-B"\n')
    customers = desk.customers(default="a", section="partner")
    assert customers.get("a").credentials.host == "partner.example"
    assert customers.get("b").credentials.host == "default.example"
    assert customers.get(None).name == "a"


def test_a_table_of_a_sections_name_adds_rules_and_a_note_to_it(desk: Desk) -> None:
    desk.sections("acme", more="account_key = 1-OWN\n")
    more = 'note = "look only"\nproducts = ["papi"]\ndeny = ["x"]\ndefaults = { groupId = "grp_1" }\n'
    desk.write(desk.file, f"[acme]\nread_only = true\n{more}")
    assert desk.customers().get("acme") == Customer(
        name="acme",
        credentials=Credentials(
            host="acme.example", client_token="ct-acme", client_secret="cs", access_token="at", account_switch_key="1-OWN"
        ),
        section="acme",
        note="look only",
        read_only=True,
        allow=("papi",),
        deny=("x",),
        defaults={"groupId": "grp_1"},
    )


def test_an_alias_of_a_section_with_a_key_of_its_own_switches_to_the_aliass(desk: Desk) -> None:
    desk.sections("acme", more="account_key = 1-OWN\n")
    desk.write(desk.file, '[eu]\nsection = "acme"\naccount_switch_key = "1-EU"\n[us]\nsection = "acme"\n')
    customers = desk.customers()
    assert customers.get("eu").credentials.account_switch_key == "1-EU"
    assert customers.get("us").credentials.account_switch_key == "1-OWN"


@pytest.mark.parametrize(
    "table",
    ['section = "other"', 'account_switch_key = "1-B"', 'section = "acme"\naccount_switch_key = "1-B"'],
)
def test_a_name_that_means_two_accounts_is_refused_and_the_others_are_not(desk: Desk, table: str) -> None:
    desk.sections("other", "acme", more="account_key = 1-A\n")
    desk.write(desk.file, f"[acme]\n{table}\n")
    customers = desk.customers(default="other")
    with pytest.raises(CredentialsError, match="'acme' is the name of two customers") as refused:
        customers.get("acme")
    assert "sections = false" in refused.value.advice
    assert "1-A" not in f"{refused.value.message}{refused.value.advice}"
    assert customers.get("other").credentials.host == "other.example"


def test_hidden_sections_are_no_customers_and_clash_with_no_name(desk: Desk) -> None:
    desk.sections("default", "acme")
    desk.write(desk.file, 'sections = false\n[acme]\nsection = "default"\n')
    customers = desk.customers(default="acme")
    assert customers.names == ("acme",)
    assert customers.get(None).credentials.host == "default.example"
    with pytest.raises(CredentialsError, match="There is no customer 'default'"):
        customers.get("default")
    with pytest.raises(CredentialsError, match=r"'default' is not configured: .*customers\.toml has no table \[default\]"):
        desk.customers().get(None)


def test_an_alias_may_use_a_section_of_the_environment(tmp_path: Path) -> None:
    desk = Desk(tmp_path, environment={f"AKAMAI_TEAM_{key}": value for key, value in VARIABLES.items()})
    desk.write(desk.file, '[acme]\nsection = "team"\naccount_switch_key = "1-A"\n')
    customers = desk.customers()
    assert customers.names == ("acme", "team")
    assert customers.get("acme").credentials.client_token == "ct-env"
    assert customers.problems == ()


def test_the_variables_of_a_section_of_the_file_make_no_second_customer(tmp_path: Path) -> None:
    more = {f"AKAMAI_MY_TEAM_{key}": value for key, value in VARIABLES.items()} | {"AKAMAI_MCP_HOST": "0.0.0.0"}
    desk = Desk(tmp_path, environment=more)
    desk.sections("my-team")
    assert desk.customers(with_file=False).names == ("my-team",)
    assert desk.customers(with_file=False).get("my-team").credentials.host == "env.example"


def test_an_alias_of_a_section_that_is_not_there_names_the_section(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, '[acme]\nsection = "gone"\n')
    with pytest.raises(CredentialsError, match=r"has no section \[gone\]"):
        desk.customers().get("acme")


def test_the_settings_name_the_files_the_default_and_the_section_of_aliases(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(desk.folder))
    desk.sections("partner")
    desk.write(desk.file, '[acme]\naccount_switch_key = "1-A"\n')
    settings = Settings(edgerc=Path("~/.edgerc"), customers_file=Path("~/customers.toml"), section="partner")
    assert settings.customers({}).get(None).name == "partner"
    chosen = settings.model_copy(update={"customer": "acme"}).customers({})
    assert (chosen.get(None).name, chosen.get(None).credentials.host) == ("acme", "partner.example")


# --- the default, and who is unknown -------------------------------------------------------------------------------------


def test_a_default_that_is_not_there_is_never_guessed_even_where_there_is_only_one(desk: Desk) -> None:
    desk.sections("acme")
    customers = desk.customers(with_file=False)
    with pytest.raises(CredentialsError, match="The default customer 'default' is not configured") as refused:
        customers.get(None)
    assert "Configured customers: acme." in refused.value.advice
    assert "AKAMAI_MCP_CUSTOMER" in refused.value.advice


@pytest.mark.parametrize(
    ("top", "place"), [("sections = false", "customers.toml has no table"), ("sections = true", ".edgerc has no section")]
)
def test_a_default_that_is_not_there_is_missed_in_the_file_that_could_have_it(desk: Desk, top: str, place: str) -> None:
    desk.sections("acme")
    desk.write(desk.file, f'{top}\n[other]\nsection = "acme"\n')
    with pytest.raises(CredentialsError, match=rf"{re.escape(place)} \[nobody\]"):
        desk.customers("nobody").get(None)


@pytest.mark.parametrize("name", ["nobody", None])
def test_who_is_unknown_may_stand_in_a_file_that_cannot_be_read_and_that_is_said(tmp_path: Path, name: str | None) -> None:
    desk = Desk(tmp_path, environment={f"AKAMAI_TEAM_{key}": value for key, value in VARIABLES.items()})
    desk.write(desk.file, '[acme]\nsection = "team"\n')
    customers = desk.customers(default="other")

    def advice() -> str:
        with pytest.raises(CredentialsError) as refused:
            customers.get(name)
        return refused.value.advice.partition("Configured customers: ")[2]

    assert advice() == "acme, team."  # and no word of a credentials file that nobody needs
    desk.write(desk.file, "no table\n")
    broken = f"{desk.file} is not valid TOML at line 1. The previous version stays in effect."
    assert advice() == f"acme, team. {broken}"
    desk.write(desk.edgerc, "no section\n")
    assert advice().startswith(f"acme, team. {broken} ")
    assert str(desk.edgerc) in advice()


def test_an_unknown_name_is_answered_with_at_most_fifty_known_ones(desk: Desk) -> None:
    desk.sections(*(f"c{number:03}" for number in range(60)))
    with pytest.raises(CredentialsError, match="There is no customer 'nobody'") as refused:
        desk.customers(with_file=False).get("nobody")
    assert "c049, ..." in refused.value.advice
    assert "c050" not in refused.value.advice


@pytest.mark.parametrize(
    ("names", "default", "choice"),
    [((), "default", False), (("default",), "default", False), (("acme",), "default", True), (("a", "b"), "a", True)],
)
def test_a_customer_must_be_chosen_where_there_are_several_or_the_one_is_not_the_default(
    desk: Desk, names: tuple[str, ...], default: str, choice: bool
) -> None:
    desk.sections(*names)
    assert CallerCustomers(desk.customers(default, with_file=False), current_caller).must_choose is choice


# --- files that change ---------------------------------------------------------------------------------------------------


def test_a_changed_credentials_file_is_read_again(desk: Desk) -> None:
    desk.sections("default")
    customers = desk.customers(with_file=False)
    assert customers.names == ("default",)
    desk.sections("default", "acme", more="account_key = 1-NEW\n")
    assert customers.names == ("acme", "default")
    assert customers.get("acme").credentials.account_switch_key == "1-NEW"


def test_a_changed_customers_file_is_read_again_and_its_rules_hold_at_once(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, "[default]\n")
    customers = desk.customers()
    assert customers.get(None).read_only is False
    desk.write(desk.file, "[default]\nread_only = true\n")
    assert customers.get(None).read_only is True


def test_a_section_alone_is_a_customer_without_rules(desk: Desk) -> None:
    desk.sections("default")
    credentials = Credentials(host="default.example", client_token="ct-default", client_secret="cs", access_token="at")
    expected = Customer(name="default", credentials=credentials, section="default")
    assert desk.customers(with_file=False).get(None) == expected
    assert (expected.read_only, expected.allow, expected.deny, expected.note, expected.defaults) == (False, (), (), "", {})


def test_an_unchanged_file_is_not_read_again(desk: Desk) -> None:
    desk.sections("default")
    customers = desk.customers(with_file=False)
    assert customers.get(None) is customers.get("default")


@pytest.mark.parametrize("broken", ["no section\n", "[default]\nPLANTED without a value\n", "\0\ufffe"])
def test_a_broken_credentials_file_leaves_the_former_in_force_with_one_warning(desk: Desk, broken: str) -> None:
    desk.sections("default")
    customers = desk.customers(with_file=False)
    before = customers.get(None)
    desk.write(desk.edgerc, broken)
    for _ in range(3):
        assert customers.get(None) == before
        assert customers.names == ("default",)
    assert len(desk.warnings) == 1
    assert "stays in effect" in desk.warnings[0]
    assert customers.problems == tuple(desk.warnings)
    assert "PLANTED" not in desk.warnings[0]
    desk.sections("default", "acme")
    assert customers.problems == ()
    assert customers.names == ("acme", "default")


def test_a_broken_customers_file_keeps_the_rules_that_were_in_force(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, "[default]\nread_only = true\n")
    customers = desk.customers()
    assert customers.get(None).read_only is True
    for broken in ("", "[default]\nread_only = 'no'\n", "[default\n"):
        desk.write(desk.file, broken)
        assert customers.get(None).read_only is True
        assert "stays in effect" in customers.problems[0]
    assert len(desk.warnings) == 3


def test_while_a_customers_file_was_never_usable_nobody_can_be_acted_for(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, "[default]\nread_onyl = true\n")
    customers = desk.customers()
    assert customers.names == ()
    for name in (None, "default"):
        with pytest.raises(CredentialsError, match=r"read_onyl in \[default\]"):
            customers.get(name)
    desk.write(desk.file, "[default]\nread_only = true\n")
    assert customers.get(None).read_only is True


def test_a_customers_file_that_is_removed_takes_everybody_with_it_until_it_is_back(desk: Desk) -> None:
    desk.sections("default")
    desk.write(desk.file, "[default]\nread_only = true\n")
    customers = desk.customers()
    assert customers.get(None).read_only is True
    desk.file.unlink()
    with pytest.raises(CredentialsError, match="There is no customers file"):
        customers.get(None)
    desk.write(desk.file, "[default]\nread_only = true\n")
    assert customers.get(None).read_only is True


def test_a_credentials_file_that_is_removed_takes_its_credentials_with_it(desk: Desk) -> None:
    desk.sections("default")
    customers = desk.customers(with_file=False)
    assert customers.get(None).name == "default"
    desk.edgerc.unlink()
    with pytest.raises(CredentialsError, match="There is no credentials file"):
        customers.get(None)


def test_a_defect_of_one_section_is_no_problem_of_the_file(desk: Desk) -> None:
    desk.sections("default", more="[half]\nhost = h.example\n")
    customers = desk.customers(with_file=False)
    assert customers.names == ("default", "half")
    assert customers.problems == ()
    with pytest.raises(CredentialsError, match=r"client_token in section \[half\]"):
        customers.get("half")


# --- permissions ---------------------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX says by the mode who may read a file")


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
@pytest.mark.parametrize("which", ["edgerc", "file"])
def test_a_file_that_others_may_read_is_warned_about_once(desk: Desk, which: str, mode: int) -> None:
    desk.sections("default")
    desk.write(desk.file, "[default]\n")
    path = getattr(desk, which)
    path.chmod(mode)
    customers = desk.customers()
    for _ in range(3):
        customers.get(None)
    assert desk.warnings == [f"{path} is open to other users of this machine (mode {mode:04o}): make it 0600."]
    assert customers.problems == tuple(desk.warnings)


@posix
def test_the_warning_goes_when_the_permissions_are_put_right_and_comes_back_with_them(desk: Desk) -> None:
    desk.sections("default")
    customers = desk.customers(with_file=False)
    for mode, count in ((0o644, 1), (0o600, 1), (0o400, 1), (0o644, 2)):
        desk.edgerc.chmod(mode)
        customers.get(None)
        assert len(desk.warnings) == count
        assert bool(customers.problems) is (mode == 0o644)


def test_a_secret_in_a_file_that_is_rotated_holds_for_the_next_call(desk: Desk) -> None:
    secret = desk.folder / "secret"
    desk.write(secret, "c2VjcmV0LTE=\n")
    plain = {f"AKAMAI_{name}": value for name, value in VARIABLES.items() if name != "CLIENT_SECRET"}
    desk.environment = plain | {"AKAMAI_CLIENT_SECRET_FILE": str(secret)}
    customers = desk.customers(with_file=False)
    assert customers.get(None).credentials.client_secret == "c2VjcmV0LTE="
    desk.write(secret, "c2VjcmV0LTI=\n")
    assert customers.get(None).credentials.client_secret == "c2VjcmV0LTI="
