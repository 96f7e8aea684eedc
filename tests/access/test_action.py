"""An action has what its operation says and what its call adds: rules, question and audit trail know nothing else of a call."""

from __future__ import annotations

from typing import Any

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.request.arguments import Placed

KEYS = ("papi/v1#get-property", "papi/v1#delete-property", "edgekv/v1#get-token", "network-lists/v2#put-network-list")
CALL: dict[str, Any] = {"products": ("papi", "other"), "target": "/x/1?y=2", "customer": "acme"}
PLACED = Placed(path={"id": "1"}, query={"y": 2})


def test_an_action_is_what_the_operation_says_and_what_the_call_adds(catalogue: Catalogue) -> None:
    said = []
    for entry in map(catalogue.get, KEYS):
        facts = {name: getattr(entry, name) for name in ("name", "summary", "method", "reveals", "replaces")}
        expected = Action(operation=entry.key, effect="write", placed=PLACED, caller="ann", **facts, **CALL)
        assert to_action(entry, PLACED, "write", **CALL, caller="ann") == expected
        said.append(facts)
    for name in said[0]:
        assert len({facts[name] for facts in said}) > 1, f"the operations do not differ in {name}"


def test_a_call_is_the_local_users_without_a_switch_key_unless_it_says_more(catalogue: Catalogue) -> None:
    action = to_action(catalogue.get(KEYS[0]), PLACED, "read", **CALL)
    assert (action.caller, action.switched, action.replaces, action.request, action.decisive) == ("local", False, False, None, ())
    assert (action.question, action.run, action.others) == ("", "", ())
    assert Action(**CALL, operation="o", name="n", summary="", method="GET", effect="read", reveals=False).replaces is None


def test_the_path_is_the_target_up_to_the_first_question_mark(catalogue: Catalogue) -> None:
    for target, path in (("/x/1?y=2?z", "/x/1"), ("/x/1", "/x/1"), ("/x?", "/x"), ("/x%3Fy", "/x%3Fy")):
        assert to_action(catalogue.get(KEYS[0]), PLACED, "read", **CALL | {"target": target}).path == path
