"""A rule that matches nothing is told with what it may have meant, and stops the start where it was to deny something."""

from __future__ import annotations

import pytest

from akamai_mcp.access.action import Action
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.rule_check import UnmatchedRule, unmatched_rules


def listed(operation: str, path: str, method: str = "GET", product: str = "zoo") -> Action:
    name = f"akamai_zoo_{operation.replace('-', '_')}"
    facts = {"summary": "", "effect": "read", "reveals": False, "customer": ""}
    return Action(operation=f"zoo/v1#{operation}", name=name, products=(product,), method=method, target=path, **facts)  # type: ignore[arg-type]


KNOWN = (
    listed("get-things", "/zoo/v1/things"),
    listed("get-thing", "/zoo/v1/things/{thingId}"),
    listed("delete-thing", "/zoo/v1/things/{thingId}", "DELETE"),
    listed("elsewhere", "/{any}/things", product="other"),
)


def unmatched(**rules: tuple[str, ...]) -> list[UnmatchedRule]:
    return list(unmatched_rules([Rules(source="this server", **rules)], iter(KNOWN)))


@pytest.mark.parametrize(
    "rule",
    [
        "zoo",
        "ZOO",
        "z*",
        "zoo/v1#get-thing",
        "zoo/v1#*",
        "akamai_zoo_*",
        "/zoo/*",
        "/zoo/v1/things",
        "/zoo/v1/things/7",
        "DELETE /zoo/*",
    ],
)
def test_a_rule_that_matches_some_call_is_not_told(rule: str) -> None:
    assert unmatched(deny=(rule,), allow=(rule,)) == []


@pytest.mark.parametrize(
    ("rule", "meant", "breaks"),
    [
        ("zo", "zoo", True),
        ("papi", "", True),
        ("zoo/v1#get-thin", "zoo/v1#get-thing", True),
        ("ZOO/v1#get-thin", "zoo/v1#get-thing", True),
        ("akamai_zoo_get_thin", "akamai_zoo_get_thing", True),
        ("akamai_papi_x", "", True),
        ("/zoo/v1/thin", "", False),
        ("/zoo/v1", "/zoo/v1/*", True),
        ("/zoo/v1/", "/zoo/v1/*", True),
        ("GET /zoo", "GET /zoo/*", True),
        ("PUT /zoo/v1/things", "PUT /zoo/v1/things/*", True),
        ("/undocumented/*", "", False),
    ],
)
def test_a_rule_that_matches_none_is_told_with_the_nearest_name(rule: str, meant: str, breaks: bool) -> None:
    [denied] = unmatched(deny=(rule,))
    assert denied == UnmatchedRule(source="this server", kind="deny", rule=rule, meant=meant)
    assert denied.breaks_a_promise is breaks
    [allowed] = unmatched(allow=(rule,))
    assert (allowed.kind, allowed.meant, allowed.breaks_a_promise) == ("allow", meant, False)
    ending = f"; did you mean {meant}?" if meant else "."
    assert str(denied) == f"this server: the deny rule {rule!r} matches no product, operation or path{ending}"


def test_every_source_is_looked_at_its_deny_rules_first() -> None:
    sources = [Rules(source="a", deny=("x",), allow=("zoo", "y")), Rules(source="b", allow=("w",))]
    found = list(unmatched_rules(sources, KNOWN))
    assert [(one.source, one.kind, one.rule) for one in found] == [("a", "deny", "x"), ("a", "allow", "y"), ("b", "allow", "w")]
