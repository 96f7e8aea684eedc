"""Of every operation that shows how work ends, the guide knows where its state is and what each word of its document means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.outcomes.aim import aim_problems, choose, parse_aim
from akamai_mcp.catalogue.outcomes.progress import KINDS, MAX_WORD, MAX_WORDS, ProgressNote, parse_progress, progress_problems

# Their documents, learned from clients, have no schema, and no client reads their state.
WITHOUT_FACTS = frozenset(
    {
        "appsec/v1#get-export-status",
        "config-media-live/v2#get-streams-migrate",
        "edgekv/v1#get-namespace-job",
        "edgeworkers/v1#get-id-logging",
        "lds-api/v3#get-log-redelivery",
        "reporting-api/v2#get-report-query",
    }
)


def outcomes(catalogue: Catalogue) -> set[str]:
    named = {key for entry in catalogue.entries() for key in (entry.outcome, entry.outcome_else) if key}
    assert len(named) == 96
    return named


def schemas_at(schema: Any, path: str) -> Iterator[Mapping[str, Any]]:
    """The schemas that a dotted path leads to."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    for choice in (*(schema.get("allOf") or ()), *(schema.get("oneOf") or ()), *(schema.get("anyOf") or ())):
        yield from schemas_at(choice, path)
    found = schema.get("properties", {}).get(name) if name else schema
    if found is not None and step.endswith("[]"):
        found = found.get("items")
    if found is not None:
        yield from schemas_at(found, rest) if rest else [found]


def test_every_operation_that_shows_an_outcome_says_where_its_state_is(catalogue: Catalogue) -> None:
    assert {key for key in outcomes(catalogue) if catalogue.get(key).progress is None} == WITHOUT_FACTS


def test_every_word_of_every_outcome_has_a_meaning(catalogue: Catalogue) -> None:
    unknown, lost, words = [], [], 0
    for key in outcomes(catalogue) - WITHOUT_FACTS:
        note = catalogue.get(key).progress
        assert note is not None
        answers = [answer for answer in catalogue.operation(catalogue.get(key)).responses if answer.is_success and answer.content]
        documented = [media.schema for answer in answers for media in answer.content if media.schema]
        for path in note.at:
            found = [leaf for schema in documented for leaf in schemas_at(schema, path)]
            lost += [f"{key}: {path}"] if documented and not found else []
            enumerated = [word for leaf in found for word in leaf.get("enum") or ()]
            words += len(enumerated)
            unknown += [f"{key}: {path} {word}" for word in enumerated if note.state_of(str(word)) == "unknown"]
    assert unknown == []
    # It redirects to the activation, whose state this is.
    assert lost == ["appsec/v1#get-activations-status: status"]
    assert words > 300


def test_every_end_that_a_call_aims_at_is_a_word_of_its_outcome(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        aim = (
            [entry.until]
            if not isinstance(entry.until, Mapping)
            else [w for values in entry.until.values() for w in values.values()]
        )
        if words := [word for some in aim for word in some]:
            note = catalogue.get(entry.outcome).progress
            assert note is not None
            assert {note.state_of(word) for word in words} == {"done"}, entry.key


FULL: dict[str, Any] = {
    "at": ["status", "items[].state"],
    "needs": ["ask"],
    "pending": ["new", False],
    "failed": ["error"],
    "done": ["ready", 3],
    "match": {"version": "body.version"},
    "absent": "pending",
    "wants": "missing[]",
    "answer_with": "zoo/v1#put-answer",
}


def test_a_note_is_read_with_all_that_it_says() -> None:
    note = ProgressNote(
        at=("status", "items[].state"),
        needs=("ask",),
        pending=("new", "False"),
        failed=("error",),
        done=("ready", "3"),
        match={"version": "body.version"},
        absent="pending",
        wants="missing[]",
        answer_with="zoo/v1#put-answer",
    )
    assert parse_progress(FULL) == note
    assert [note.state_of(word) for word in ("ask", "new", "error", "ready", "x")] == [
        "needs-the-user", "pending", "failed", "done", "unknown",
    ]  # fmt: skip
    assert parse_progress({"at": []}) == parse_progress({"at": [], "absent": "", "wants": ""}) == ProgressNote(at=())
    assert (parse_progress(None), list(progress_problems(None))) == (None, [])


@pytest.mark.parametrize("absent", ["", "needs", "pending", "failed", "done"])
def test_without_a_word_the_state_is_one_that_words_may_mean(absent: str) -> None:
    assert noted(absent=absent) == []


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        ({"pending": ["NEW"]}, "does not say where"),
        ({"at": "status"}, "does not say where"),
        ({"at": ["status"], "finished": ["X"]}, "has no fact 'finished'"),
        ({"at": ["status"], "done": "X"}, "progress.done cannot be"),
        ({"at": ["status"], "done": ["X"], "failed": ["x"]}, "more than once"),
        ({"at": ["status"], "absent": "never"}, "progress.absent cannot be"),
        ({"at": ["status"], "absent": []}, "progress.absent cannot be"),
        ({"at": ["status"], "match": ["version"]}, "progress.match cannot be"),
        ({"at": ["status"], "match": {"version": ""}}, "progress.match cannot be"),
        ({"at": ["status"], "match": {"": "version"}}, "progress.match cannot be"),
        ({"at": ["status"], "wants": ["a"]}, "progress.wants cannot be"),
        ({"at": ["status"], "answer_with": None}, "progress.answer_with cannot be"),
    ],
)
def test_a_note_that_means_nothing_is_told_and_ignored(note: dict[str, Any], problem: str) -> None:
    assert problem in next(progress_problems(note))
    assert parse_progress(note) is None


def test_words_are_compared_without_case_spaces_and_hyphens() -> None:
    note = parse_progress({"at": ["a"], "needs": ["awaiting-input"], "pending": [False, 3], "done": ["Really Done"]})
    assert note is not None
    seen = [note.state_of(word) for word in ("AWAITING_INPUT", "false", "3", "really-done", "other")]
    assert seen == ["needs-the-user", "pending", "pending", "done", "unknown"]
    assert set(KINDS.values()) == {"needs-the-user", "pending", "failed", "done"}


def test_an_aim_is_fixed_or_chosen_by_an_argument() -> None:
    by_type = parse_aim({"body.type": {"ACTIVATE": ["ACTIVE"], "DEACTIVATE": "INACTIVE"}})
    assert choose(parse_aim(["ACTIVE"]), lambda _: None) == ("ACTIVE",)
    assert choose(by_type, {"body.type": "Activate"}.get) == ("ACTIVE",)
    assert choose(by_type, {"body.type": ["DEACTIVATE", "ACTIVATE"]}.get) == ("ACTIVE", "INACTIVE")
    assert choose(by_type, lambda _: None) == ()
    assert parse_aim({"body.type": ["ACTIVE"]}) == parse_aim("ACTIVE") == ()
    for wrong in ({"body.type": ["ACTIVE"]}, [1.5], [None], ["x" * (MAX_WORD + 1)], [["a"]], 3, "ACTIVE"):
        assert list(aim_problems("until", wrong)) == [
            "until is neither a list of words nor an argument with words for its values"
        ]
    assert list(aim_problems("until", ["x" * MAX_WORD, 3, True])) == list(aim_problems("until", None)) == []
    assert "until has no words for 'ON'" in next(aim_problems("until", {"body.type": {"ON": 3}}))


def noted(**facts: Any) -> list[str]:
    return list(progress_problems({"at": ["status"], **facts}))


def test_a_list_of_words_and_a_word_have_a_greatest_length() -> None:
    words = [f"w{number}" for number in range(MAX_WORDS + 1)]
    assert noted(done=words[:-1]) == noted(done=["x" * MAX_WORD]) == noted(failed=[0, True]) == []
    for wrong in (words, ["x" * (MAX_WORD + 1)], [""], ["a\n"], [None], {"X": "Y"}):
        assert len(noted(done=wrong)) == 1, wrong
