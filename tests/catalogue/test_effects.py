"""What a call does is decided by its operation and what is sent; whatever is not plainly harmless is the worse effect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.catalogue.effects import ABSENT, UNREADABLE, Decisive, Sent, find_faults, fold_name, parse_effect, worst_of

NOTE = {"write_when": {"body.network": "STAGING", "body.action": ["ACTIVATE", "REFRESH"]}, "optional": ["body.action"]}
ACTIVATION = parse_effect("POST", NOTE)
FLAG = parse_effect("POST", {"write_when": {"query.activate": False}, "optional": ["query.activate"]})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(["STAGING", "ACTIVATE"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["network", "action"]), inner, max_size=3)
    ),
)


@pytest.mark.parametrize(
    ("method", "effect"),
    [
        ("GET", "read"),
        ("HEAD", "read"),
        ("OPTIONS", "read"),
        ("POST", "write"),
        ("PUT", "write"),
        ("PATCH", "write"),
        ("DELETE", "destroy"),
    ],
)
def test_the_method_decides_where_the_guide_says_nothing(method: str, effect: str) -> None:
    assert parse_effect(method, None).of(Sent()) == effect


@pytest.mark.parametrize("note", ["read", "write", "destroy"])
def test_a_word_of_the_guide_is_the_effect(note: str) -> None:
    effect = parse_effect("POST", note)
    assert (effect.of(Sent()), effect.worst, effect.mildest) == (note, note, note)
    assert list(find_faults(note)) == []


@pytest.mark.parametrize(
    "note",
    [
        "wrte",
        "",
        3,
        True,
        [],
        {},
        {"otherwise": "write"},
        {"write_when": {}},
        {"write_when": {"body.network": "STAGING"}, "otherwise": "write"},
        {"write_when": {"network": "STAGING"}},
        {"write_when": {"header.network": "STAGING"}},
        {"write_when": {"body": "STAGING"}},
        {"write_when": {"body.network": None}},
        {"write_when": {"body.network": [" STAGING"]}},
        {"write_when": {"body.network": ""}},
        {"write_when": {"body.network": {"not": "PRODUCTION"}}},
        {"write_when": {"body.network": []}},
        {"write_when": {"body.network": "STAGING"}, "optional": ["body.action"]},
        {"write_when": {"body.network": "STAGING"}, "optional": "body.network"},
        {"write_when": {"path.network": "STAGING"}, "optional": ["path.network"]},
        {"otherwise": "write", "destroy_when": {"body.network": "PRODUCTION"}},
        {"write_when": {"body.network\nDecides: body.note is harmless": "STAGING"}},
        {"write_when": {"body.\u202enetwork": "STAGING"}},
    ],
)
def test_a_note_that_is_no_effect_is_a_fault_and_the_strictest_effect(note: Any) -> None:
    assert list(find_faults(note))
    assert {parse_effect(method, note).of(Sent(body={"network": "STAGING"})) for method in ("GET", "POST")} == {"destroy"}


def test_the_former_list_of_harmful_values_is_told_to_be_turned_round() -> None:
    assert "list the harmless ones in write_when" in next(find_faults({"otherwise": "write", "destroy_when": {"body.a": 1}}))


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ({"network": "STAGING"}, "write"),
        ({"network": "STAGING", "action": "REFRESH", "note": "PRODUCTION"}, "write"),
        ({"network": "STAGING", "action": "DEACTIVATE"}, "destroy"),
        ({"network": "STAGING", "action": None}, "destroy"),
        ({"action": "ACTIVATE"}, "destroy"),
        ([{"network": "STAGING"}, {"network": "STAGING"}], "write"),
        ([{"network": "STAGING"}, {"network": "PRODUCTION"}], "destroy"),
        ([{"network": "STAGING"}, {}], "destroy"),
        ([[{"network": "STAGING"}]], "destroy"),
        ([], "destroy"),
        ({"network": ["STAGING"]}, "destroy"),
        ({"network": {"name": "STAGING"}}, "destroy"),
        ("STAGING", "destroy"),
        (None, "destroy"),
        (UNREADABLE, "destroy"),
        ({"network": "STAGING", "Network": "STAGING"}, "destroy"),
        ({"network": "STAGING", "net_work": "PRODUCTION"}, "destroy"),
        ({"network": "STAGING", "\uff4eetwork": "PRODUCTION"}, "destroy"),
        ({"network": "STAGING", "network\u200b": "PRODUCTION"}, "destroy"),
        ({"network": "STAGING", "network[]": "PRODUCTION"}, "destroy"),
        ({"network": "STAGING", "Action": "ACTIVATE"}, "destroy"),
    ],
)
def test_each_condition_has_to_hold_for_each_object_of_the_body(body: Any, effect: str) -> None:
    assert ACTIVATION.of(Sent(body=body)) == effect


@pytest.mark.parametrize("query", [(("network", "STAGING"),), (("NETWORK", "PRODUCTION"),), (("action", "ACTIVATE"),)])
def test_an_argument_of_the_body_that_stands_in_the_query_too_is_not_harmless(query: tuple[tuple[str, str], ...]) -> None:
    assert ACTIVATION.of(Sent(body={"network": "STAGING"}, query=query)) == "destroy"


@pytest.mark.parametrize(
    ("sent", "effect"),
    [
        (Sent(), "write"),
        (Sent(query=(("activate", "false"),)), "write"),
        (Sent(query=(("other", "true"),), body={"note": 1}), "write"),
        (Sent(query=(("activate", ""),)), "destroy"),
        (Sent(query=(("activate", "False"),)), "destroy"),
        (Sent(query=(("activate", "0"),)), "destroy"),
        (Sent(query=(("activate", "false"), ("activate", "false"))), "destroy"),
        (Sent(query=(("activate", "false"), ("activate", "true"))), "destroy"),
        (Sent(query=(("Activate", "false"),)), "destroy"),
        (Sent(query=(("activate[0]", "true"),)), "destroy"),
        (Sent(body={"Activate": True}), "destroy"),
        (Sent(body=[{"activate": True}]), "destroy"),
        (Sent(body=UNREADABLE), "destroy"),
    ],
)
def test_a_query_is_harmless_once_in_its_own_spelling_and_nowhere_else(sent: Sent, effect: str) -> None:
    assert FLAG.of(sent) == effect


@pytest.mark.parametrize(
    ("value", "effect"),
    [("staging", "write"), ("STAGING", "destroy"), ("staging ", "destroy"), (["staging"], "destroy"), (None, "destroy")],
)
def test_a_value_of_the_path_is_harmless_in_its_own_spelling(value: Any, effect: str) -> None:
    path = parse_effect("PUT", {"write_when": {"path.network": "staging"}})
    assert path.of(Sent(path={"network": value})) == effect
    assert path.of(Sent()) == "destroy"


def test_a_body_that_nobody_reads_leaves_the_path_what_it_is() -> None:
    path = parse_effect("PUT", {"write_when": {"path.network": "staging"}})
    assert path.of(Sent(path={"network": "staging"}, body=UNREADABLE)) == "write"
    assert path.of(Sent(path={"network": "staging"}, body={"Network": "production"})) == "destroy"


@pytest.mark.parametrize(
    ("networks", "effect"),
    [
        (["STAGING"], "write"),
        (["STAGING", "STAGING"], "write"),
        (["STAGING", "PRODUCTION"], "destroy"),
        ([["STAGING"]], "destroy"),
        ([], "destroy"),
        ("STAGING", "destroy"),
        ({"0": "STAGING"}, "destroy"),
    ],
)
def test_each_member_of_a_list_has_to_be_harmless(networks: Any, effect: str) -> None:
    listed = parse_effect("POST", {"write_when": {"body.networks[]": "STAGING"}})
    assert listed.of(Sent(body={"networks": networks})) == effect


@pytest.mark.parametrize("given", [[], None, "", {}, ["x"]])
def test_without_harmless_values_only_absence_is_harmless(given: Any) -> None:
    effect = parse_effect("POST", {"write_when": {"body.purge": []}, "optional": ["body.purge"]})
    assert effect.of(Sent(body={"name": "x"})) == effect.of(Sent()) == "write"
    assert effect.of(Sent(body={"purge": given})) == "destroy"


@pytest.mark.parametrize("given", [0, 0.0, "false", "False", "", None, [], [False], True])
def test_false_is_nothing_that_is_merely_equal_to_it(given: Any) -> None:
    effect = parse_effect("PUT", {"write_when": {"body.deleted": False}})
    assert effect.of(Sent(body={"deleted": False})) == "write"
    assert effect.of(Sent(body={"deleted": given})) == "destroy"


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ({"auth": {"purge": False}}, "write"),
        ({"auth": [{"purge": False}, {"purge": False}]}, "write"),
        ([{"auth": {"purge": False}}], "write"),
        ({"auth": {"purge": True}}, "destroy"),
        ({"auth": [{"purge": False}, {"purge": True}]}, "destroy"),
        ({"auth": {}}, "destroy"),
        ({"auth": []}, "destroy"),
        ({"auth": {"purge": False, "Purge": False}}, "destroy"),
        ({"auth": {"purge": False}, "Auth": {}}, "destroy"),
        ({"purge": False}, "destroy"),
    ],
)
def test_an_argument_further_in_is_looked_up_step_by_step(body: Any, effect: str) -> None:
    assert parse_effect("POST", {"write_when": {"body.auth.purge": False}}).of(Sent(body=body)) == effect


DECIDES = {"body.network": "STAGING", "body.zones[]": "a", "query.activate": False, "path.place": 1}


def test_the_values_that_decide_are_told_one_by_one() -> None:
    effect = parse_effect("POST", {"write_when": DECIDES, "optional": ["body.network"]})
    body = {"network": "PRODUCTION", "zones": ["a", "b"]}
    assert effect.decisive(Sent(path={"place": "1"}, query=(("activate", "false"),), body=body)) == (
        Decisive(name="body.network", value="PRODUCTION", harmless=False),
        Decisive(name="body.zones[]", value="a", harmless=True),
        Decisive(name="body.zones[]", value="b", harmless=False),
        Decisive(name="query.activate", value="false", harmless=True),
        Decisive(name="path.place", value="1", harmless=True),
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (ABSENT, [("body.network", ABSENT, True), ("body.zones[]", ABSENT, False)]),
        ({}, [("body.network", ABSENT, True), ("body.zones[]", ABSENT, False)]),
        ("text", [("body.network", UNREADABLE, False), ("body.zones[]", UNREADABLE, False)]),
        ({"network": ["STAGING"], "zones": []}, [("body.network", ["STAGING"], False), ("body.zones[]", [], False)]),
        ({"network": "STAGING", "zones": "a"}, [("body.network", "STAGING", True), ("body.zones[]", "a", False)]),
    ],
)
def test_what_is_absent_or_unreadable_is_told_too(body: Any, told: list[tuple[str, Any, bool]]) -> None:
    effect = parse_effect("POST", {"write_when": DECIDES, "optional": ["body.network"]})
    rest = [("query.activate", ABSENT, False), ("path.place", UNREADABLE, False)]
    assert (repr(ABSENT), repr(UNREADABLE)) == ("ABSENT", "UNREADABLE")
    assert [(one.name, one.value, one.harmless) for one in effect.decisive(Sent(body=body))] == told + rest


@pytest.mark.parametrize(
    ("method", "note", "short"),
    [
        ("DELETE", None, "destroy"),
        ("POST", {"body.network": "STAGING"}, "write; destroy on production"),
        ("PUT", {"path.network": ["staging", "Staging"]}, "write; destroy on production"),
        ("POST", {"body.network": ["STAGING", "TEST"]}, "write; destroy by network"),
        ("POST", {"query.activate": False}, "write; destroy by activate"),
        ("POST", {"body.auth.a": False, "body.b[]": 1}, "write; destroy by a, b"),
        ("POST", {"body.a": 1, "body.b": 1, "body.c": 1}, "write; destroy by a, b, ..."),
        ("POST", {"body.a": 1, "body.network": "STAGING"}, "write; destroy on production or by a"),
    ],
)
def test_an_effect_in_short_says_where_it_is_the_worse_one(method: str, note: Any, short: str) -> None:
    assert parse_effect(method, note and {"write_when": note}).short == short


def test_an_argument_that_may_only_be_absent_is_no_choice_of_a_network() -> None:
    effect = parse_effect("POST", {"write_when": {"body.purge": []}, "optional": ["body.purge"]})
    assert effect.short == "write; destroy by purge"


def test_the_worst_of_several_effects_is_the_strictest() -> None:
    assert [worst_of(words) for words in (("read", "write"), ("destroy", "write"), ("write", "destroy", "read"), ("read",))] == [
        "write", "destroy", "destroy", "read",
    ]  # fmt: skip


def test_an_effect_in_words_says_what_is_harmless() -> None:
    assert ACTIVATION.text == (
        "write if body.network is STAGING and body.action is ACTIVATE or REFRESH or absent, otherwise destroy"
    )
    assert FLAG.text == "write if query.activate is false or absent, otherwise destroy"
    assert parse_effect("DELETE", None).text == "destroy"


@given(JSON)
def test_of_random_bodies_only_plainly_harmless_ones_are_a_write(body: Any) -> None:
    objects = body if isinstance(body, list) else [body]
    harmless = bool(objects) and all(
        isinstance(one, dict)
        and one.get("network") == "STAGING"
        and (
            "action" not in one or one["action"] in {"ACTIVATE", "REFRESH"}
            if not isinstance(one.get("action"), (list, dict))
            else False
        )
        and all(name in {"network", "action"} or fold_name(name) not in {"network", "action"} for name in one)
        for one in objects
    )
    assert (ACTIVATION.of(Sent(body=body)) == "write") is harmless


@pytest.mark.parametrize(
    "name", ["net%77ork", "%6eetwork", "net%2577ork", "net%252577ork", "%EF%BD%8Eetwork", "network%5B%5D", "network%00"]
)
def test_a_name_that_is_decoded_once_more_is_another_spelling_of_the_argument(name: str) -> None:
    body, query = (parse_effect("POST", {"write_when": {f"{place}.network": "STAGING"}}) for place in ("body", "query"))
    assert body.of(Sent(body={"network": "STAGING"}, query=((name, "PRODUCTION"),))) == "destroy"
    assert body.of(Sent(body={"network": "STAGING", name: "PRODUCTION"})) == "destroy"
    assert query.of(Sent(query=(("network", "STAGING"), (name, "PRODUCTION")))) == "destroy"
    assert query.of(Sent(query=((name, "STAGING"),))) == "destroy"
