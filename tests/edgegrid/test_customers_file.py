"""The customers file: what it may say, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.edgegrid.customers_file import Definition, load_customers_file, parse_customers
from akamai_mcp.errors import CredentialsError

PLANTED = "1-PLANTEDKEY:1-2RBL"


def parse(text: str) -> dict[str, Definition]:
    return dict(parse_customers(text, "/etc/customers.toml", "main").definitions)


def test_a_customer_has_every_key_that_is_documented() -> None:
    found = parse(
        f"""
        [acme]
        section = "partner"
        account_switch_key = "{PLANTED}"
        products = ["papi", "ccu"]
        allow = ["GET /alerts/*"]
        deny = ["papi/v1#delete-property"]
        read_only = true
        note = "Tuesdays only"
        """
    )
    assert found == {
        "acme": Definition(
            name="acme",
            section="partner",
            account_switch_key=PLANTED,
            note="Tuesdays only",
            read_only=True,
            allow=("papi", "ccu", "GET /alerts/*"),
            deny=("papi/v1#delete-property",),
        )
    }


@pytest.mark.parametrize(
    ("table", "defaults"),
    [
        ("", {}),
        ("defaults = {}", {}),
        ('defaults = { contractId = "ctr_1" }', {"contractId": "ctr_1"}),
        ('defaults = { groupId = "grp_1" }', {"groupId": "grp_1"}),
        (
            'defaults = { contractId = "ctr_1", groupId = "grp_1", notifyEmails = ["a@example.com"] }',
            {"contractId": "ctr_1", "groupId": "grp_1", "notifyEmails": ["a@example.com"]},
        ),
        (
            'defaults = { notifyEmails = ["a@example.com", "b@example.com"] }',
            {"notifyEmails": ["a@example.com", "b@example.com"]},
        ),
    ],
)
def test_a_customer_has_the_defaults_that_are_declared_and_no_others(table: str, defaults: dict[str, object]) -> None:
    assert parse(f"[acme]\n{table}\n")["acme"].defaults == defaults


def test_without_a_section_a_switch_key_means_the_default_section_and_none_means_that_of_the_same_name() -> None:
    found = parse('[alias]\naccount_switch_key = "1-A"\n[other]\nnote = "x"\n')
    assert (found["alias"].section, found["other"].section) == ("main", "other")


def test_what_is_left_out_forbids_nothing_and_allows_everything() -> None:
    found = parse("[acme]\n")["acme"]
    assert (found.read_only, found.allow, found.deny, found.note, found.account_switch_key) == (False, (), (), "", "")


def test_the_sections_are_customers_too_unless_the_file_says_no() -> None:
    assert parse_customers("[a]\n", "f", "main").sections is True
    assert parse_customers("sections = true\n[a]\n", "f", "main").sections is True
    assert parse_customers("sections = false\n[a]\n", "f", "main").sections is False


def test_a_customer_may_be_called_sections() -> None:
    found = parse_customers("[sections]\nread_only = true\n", "f", "main")
    assert (found.sections, found.definitions["sections"].read_only) == (True, True)


def test_a_switch_key_stands_in_no_repr() -> None:
    text = repr(parse_customers(f'[acme]\naccount_switch_key = "{PLANTED}"\n', "f", "main"))
    assert "acme" in text
    assert "PLANTED" not in text


WRONG = [
    (f'[acme]\nswitch_key = "{PLANTED}"', "switch_key in [acme]", "Known keys: section, account_switch_key,"),
    (f'[acme]\nsection = ["{PLANTED}"]', "section in [acme]", "the name of a section"),
    ('[acme]\nsection = ""', "section in [acme]", "the name of a section"),
    ("[acme]\naccount_switch_key = 5", "account_switch_key in [acme]", "one word"),
    ('[acme]\naccount_switch_key = ""', "account_switch_key in [acme]", "one word"),
    (f'[acme]\naccount_switch_key = "{PLANTED} x"', "account_switch_key in [acme]", "one word"),
    (f'[acme]\naccount_switch_key = "{PLANTED}\\n"', "account_switch_key in [acme]", "one word"),
    ('[acme]\nproducts = "papi"', "products in [acme]", "a non-empty list of product names"),
    ("[acme]\nproducts = []", "products in [acme]", "a non-empty list"),
    ('[acme]\nproducts = ["papi/*"]', "products in [acme]", "a list of product names"),
    ("[acme]\nallow = []", "allow in [acme]", "a non-empty list"),
    ("[acme]\nallow = [1]", "allow in [acme]", "a list of rules, or remove the key."),
    ('[acme]\ndeny = ["a\\u0000b"]', "deny in [acme]", "a list of rules, or remove the key."),
    ("[acme]\ndeny = {}", "deny in [acme]", "a non-empty list of rules, or remove the key."),
    ('[acme]\nread_only = "yes"', "read_only in [acme]", "true or false"),
    ("[acme]\nread_only = 1", "read_only in [acme]", "true or false"),
    (f'[acme]\nnote = "{"x" * 301}"', "note in [acme]", "at most 300 characters"),
    ('[acme]\nnote = "two\\nlines"', "note in [acme]", "one line"),
    ('["a b"]\n', "'a b'", "1 to 64 letters"),
    (f'["{"x" * 65}"]\n', "has an invalid customer name", "1 to 64 letters"),
    ('[""]\n', "has an invalid customer name", "1 to 64 letters"),
    (f'["a\\u001b{"x" * 80}"]\n', f"has an invalid customer name: 'a?{'x' * 62}'.", "1 to 64 letters"),
    ("[acme]\nallow = {}", "allow in [acme]", "a non-empty list of rules, or remove the key."),
    ('[acme]\nallow = [""]', "allow in [acme]", "a list of rules, or remove the key."),
    ("[acme.eu]\nread_only = true\n", "eu in [acme]", '["acme.eu"]'),
    (f'account_switch_key = "{PLANTED}"\n[acme]\n', "account_switch_key in", "only sections may be above one"),
    ('sections = "no"\n[acme]\n', "sections in", "true or false"),
    (f'[acme]\nnote = "a"\naccount_switch_key = {PLANTED}\n', "is not valid TOML at line 3", "each customer"),
    (f"[acme]\n[acme]\n# {PLANTED}", "is not valid TOML at line 2", "each customer"),
    ("[acme]\ndefaults = 1", "defaults in [acme]", "a table of contractId, groupId, notifyEmails, and of nothing else"),
    ('[acme]\ndefaults = { network = "PLANTED" }', "defaults in [acme]", "a table of contractId,"),
    ('[acme]\ndefaults = { contractId = "PLANTED x" }', "contractId in defaults of [acme]", "an identifier as one word"),
    ("[acme]\ndefaults = { groupId = 1 }", "groupId in defaults of [acme]", "an identifier as one word"),
    ("[acme]\ndefaults = { notifyEmails = [] }", "notifyEmails in defaults of [acme]", "a non-empty list of e-mail addresses"),
    ('[acme]\ndefaults = { notifyEmails = ["PLANTED"] }', "notifyEmails in defaults of [acme]", "a list of e-mail addresses"),
    ("", "defines no customer", "[name]"),
    ("sections = false", "defines no customer", "[name]"),
]


@pytest.mark.parametrize(("text", "said", "advice"), WRONG)
def test_a_mistake_is_told_by_file_table_and_key_and_never_by_its_value(text: str, said: str, advice: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        parse(text)
    assert said in refused.value.message
    assert "/etc/customers.toml" in refused.value.message
    assert advice in refused.value.advice
    assert "PLANTED" not in f"{refused.value.message} {refused.value.advice} {refused.value!r}"
    assert refused.value.__cause__ is None


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        parse(text)
    except CredentialsError as refused:
        assert "/etc/customers.toml" in refused.message


JSONISH = st.recursive(
    st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
KEY = st.sampled_from(["section", "account_switch_key", "products", "allow", "deny", "read_only", "note", "other"])


@given(values=st.dictionaries(KEY, JSONISH, max_size=4))
def test_values_of_every_kind_are_taken_whole_or_refused_with_their_key(values: dict[str, object]) -> None:
    from akamai_mcp.edgegrid.customers_file import _definition

    try:
        found = _definition("acme", values, "f", "main")
    except CredentialsError as refused:
        assert any(f"{key} in [acme] of f" in refused.message for key in values)
    else:
        assert found.read_only is values.get("read_only", False)
        assert list(found.deny) == values.get("deny", [])
        assert len(found.allow) == len(values.get("allow", [])) + len(values.get("products", []))  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_told_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="There is no customers file") as refused:
        load_customers_file(tmp_path / "none.toml", "default")
    assert "AKAMAI_MCP_CUSTOMERS_FILE" in refused.value.advice


@pytest.mark.parametrize("content", [b"\xff\xfe\x00PLANTED", None])
def test_a_file_that_is_no_text_is_told_without_its_content(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(CredentialsError, match="cannot be read") as refused:
        load_customers_file(path, "default")
    assert "PLANTED" not in f"{refused.value.message}{refused.value.advice}"
