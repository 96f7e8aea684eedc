"""What the operator's rules allow, deny and list."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.access.action import Action
from akamai_mcp.access.policy import Rules, require_permission
from akamai_mcp.errors import PolicyRefused


def action(**changes: Any) -> Action:
    facts: dict[str, Any] = {
        "operation": "papi/v1#post-property-activations",
        "name": "akamai_papi_post_property_activations",
        "summary": "Activate a property",
        "products": ("papi",),
        "method": "POST",
        "target": "/papi/v1/properties/prp_1/activations?contractId=ctr_1",
        "effect": "write",
        "reveals": False,
        "customer": "acme",
    }
    return Action(**(facts | changes))


def rules(**members: Any) -> Rules:
    return Rules(source="the test", **members)


RULES_THAT_MEAN_IT = [
    "papi",
    "PAPI",
    "pap*",
    "papi/v1#post-property-activations",
    "papi/v1#*activation*",
    "akamai_papi_*",
    "/papi/*",
    "/papi/v1/properties/prp_1/activations",
    "/papi/v1/properties/*/activations",
    "POST /papi/*",
]
RULES_THAT_MEAN_ANOTHER = ["ccu", "papi/v1", "papi/v1#get-*", "akamai_ccu_*", "/ccu/*", "GET /papi/*", "papi/*", "/papi"]


@pytest.mark.parametrize("rule", RULES_THAT_MEAN_IT)
def test_a_rule_means_a_product_an_operation_or_a_path(rule: str) -> None:
    assert rules(deny=(rule,)).refusal(action()) == f"the test: denied by {rule!r}"
    assert rules(allow=(rule,)).refusal(action()) is None


@pytest.mark.parametrize("rule", RULES_THAT_MEAN_ANOTHER)
def test_a_rule_for_something_else_neither_denies_nor_allows(rule: str) -> None:
    assert rules(deny=(rule,)).refusal(action()) is None
    assert rules(allow=(rule,)).refusal(action()) == "the test: no allow rule matches it"


def test_deny_wins_over_allow() -> None:
    assert rules(allow=("papi",), deny=("POST /papi/*",)).refusal(action()) is not None


@pytest.mark.parametrize("effect", ["write", "destroy"])
def test_read_only_beats_an_allowance(effect: Any) -> None:
    assert "read-only" in (rules(read_only=True, allow=("papi",)).refusal(action(effect=effect)) or "")
    assert rules(read_only=True, allow=("papi",)).refusal(action(effect="read")) is None


@pytest.mark.parametrize(
    "target",
    [
        "/papi/v1/groups/",
        "/papi/v1/%67roups",
        "/PAPI/v1/Groups",
        "/papi/v1/groups;x=1",
        "/papi;a/v1/groups",
        "/papi/v1/groups?x=1",
    ],
)
def test_a_denied_path_is_denied_however_it_is_written(target: str) -> None:
    assert rules(deny=("/papi/v1/groups",)).refusal(action(target=target)) is not None


@pytest.mark.parametrize("target", ["/PAPI/v1/groups", "/papi/v1/groups/1", "/papi/v1/%67roups/x", "/x/papi/v1/groups"])
def test_an_allowed_path_is_allowed_only_as_it_is_meant(target: str) -> None:
    assert rules(allow=("/papi/v1/groups",)).refusal(action(target=target)) is not None


@pytest.mark.parametrize("path", ["/papi/v1/groups", "/papi/v1/groups_", "/papi/v1/-", "/papi"])
@pytest.mark.parametrize("end", ["", "*"])
def test_a_path_as_it_is_written_in_a_rule_is_allowed(path: str, end: str) -> None:
    assert rules(allow=(path + end,)).refusal(action(target=path)) is None


def test_a_path_of_several_products_is_denied_for_one_and_allowed_for_all() -> None:
    undocumented = action(
        operation="undocumented/appsec-v1#GET /appsec/v1/x", products=("appsec", "bot-manager"), target="/appsec/v1/x"
    )
    assert rules(deny=("bot-manager",)).refusal(undocumented) is not None
    assert rules(allow=("appsec",)).refusal(undocumented) is not None
    assert rules(allow=("appsec", "bot-*")).refusal(undocumented) is None


def test_a_refusal_names_the_source_and_says_who_can_change_it() -> None:
    with pytest.raises(PolicyRefused) as refused:
        require_permission((rules(), rules(deny=("papi",))), action())
    assert "the test: denied by 'papi'" in refused.value.message
    assert "'acme'" in refused.value.message
    assert "operator" in refused.value.advice


@pytest.mark.parametrize(
    ("members", "listed"),
    [
        ({}, True),
        ({"read_only": True}, False),
        ({"deny": ("papi",)}, False),
        ({"deny": ("/papi/v1/properties/prp_1/*",)}, True),
        ({"allow": ("/papi/v1/properties/prp_1/*",)}, True),
        ({"allow": ("POST /papi/v1/properties/prp_1/activations",)}, True),
        ({"allow": ("GET /papi/v1/properties/*",)}, False),
        ({"allow": ("/papi/v1/groups/*",)}, False),
        ({"allow": ("/papi/v1/properties/prp_1",)}, False),
        ({"allow": ("papi/v1#post-property-activations",)}, True),
        ({"allow": ("ccu",)}, False),
    ],
)
def test_an_operation_is_listed_where_some_call_of_it_is_allowed(members: dict[str, Any], listed: bool) -> None:
    assert rules(**members).may_list(action(target="/papi/v1/properties/{propertyId}/activations")) is listed


@pytest.mark.parametrize("other", ["ccu", "ccu/v3#*", "akamai_ccu_*", "/ccu/*", "GET /papi/*"])
@pytest.mark.parametrize("rule", RULES_THAT_MEAN_IT)
def test_one_rule_of_several_is_enough(rule: str, other: str) -> None:
    for both in ((rule, other), (other, rule)):
        assert rules(allow=both).refusal(action()) is None
        assert rules(deny=both).refusal(action()) == f"the test: denied by {rule!r}"
        assert rules(allow=both).may_list(action(target="/papi/v1/properties/{propertyId}/activations"))
    assert rules(allow=(other, other)).refusal(action()) is not None


@pytest.mark.parametrize(
    ("rule", "listed"),
    [
        ("/papi/*", True),
        ("/papi/v1/*", True),
        ("/papi/v1/prop*", True),
        ("/papi/v1/properties/prp_*", True),
        ("/papi/v1/properties/prp_1/activations*", True),
        ("/*", True),
        ("/papi/v1/properties", False),
        ("/papi/v1/properties/*/versions/*", False),
        ("/papi/v1/properties/*/activations/*", False),
        ("/papi/v2/*", False),
        ("/papi/*/groups", False),
    ],
)
def test_what_lies_below_a_path_rule_is_listed_however_deep_it_lies(rule: str, listed: bool) -> None:
    assert rules(allow=(rule,)).may_list(action(target="/papi/v1/properties/{propertyId}/activations")) is listed


ID_RULES = [
    ("/papi/v1/properties/prp_1*", "/papi/v1/properties/1/activations"),
    ("/papi/v1/properties/1*", "/papi/v1/properties/prp_1/activations"),
    ("/papi/*/prp_1", "/papi/v1/properties/1"),
]


@pytest.mark.parametrize(("rule", "path"), ID_RULES)
def test_a_rule_matches_an_identifier_with_and_without_its_prefix(rule: str, path: str) -> None:
    assert rules(deny=(rule,)).refusal(action(target=path)) is not None
    assert rules(deny=(rule,)).refusal(action(target="/papi/v1/properties/2")) is None


@pytest.mark.parametrize(("rule", "path"), ID_RULES[:2])
def test_an_allowed_identifier_is_allowed_with_and_without_its_prefix(rule: str, path: str) -> None:
    assert rules(allow=(rule,)).refusal(action(target=path)) is None


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/papi/v1/properties/prp_*", "/papi/v1/properties/1"),
        ("/papi/*prp_1*", "/papi/v1/properties/1"),
        ("/papi/v1/groups/", "/papi/v1/groups"),
        ("/papi/v1/groups", "/papi/v1/groups.json"),
    ],
)
def test_a_deny_rule_takes_the_widest_reading(rule: str, path: str) -> None:
    assert rules(deny=(rule,)).refusal(action(target=path)) is not None


@pytest.mark.parametrize(("rule", "path"), [("/x/grp_1", "/x/ctr_1"), ("/x/prp_*", "/x/find"), ("/x/*", "/x/..%2Fy")])
def test_an_allow_rule_takes_the_narrowest_reading(rule: str, path: str) -> None:
    assert rules(allow=(rule,)).refusal(action(target=path)) is not None


def test_a_rule_refuses_what_may_be_another_operation() -> None:
    other = action(operation="papi/v1#delete-property", name="akamai_papi_delete_property", effect="destroy")
    for rule in (rules(deny=("papi/v1#delete-*",)), rules(read_only=True), rules(allow=("papi/v1#post-*",))):
        with pytest.raises(PolicyRefused):
            require_permission((rule,), action(others=(other,)))
