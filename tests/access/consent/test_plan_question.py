"""What a person reads of a program's plan: no change hides another, and nothing stands below what it does not belong to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.confirmation import Weighed
from akamai_mcp.access.consent.plan_question import MAX_LINES, PlannedAction, write_plan
from akamai_mcp.access.consent.question import MAX_TEXT, write_question
from akamai_mcp.catalogue.effects import parse_effect
from akamai_mcp.request.builder import Request
from akamai_mcp.request.inspection.sent import read_sent

EFFECT = parse_effect("POST", {"write_when": {"body.network": "STAGING"}})


def planned(operation: str, path: str = "/x", body: bytes = b'{"network": "STAGING"}', **more: object) -> PlannedAction:
    request = Request(method="POST", target=path, headers=(), content=body)
    request = replace(request, headers=(("Content-Type", "application/json"),))
    action = Action(
        operation=operation,
        name=operation,
        summary=f"Do {operation}",
        products=("papi",),
        method="POST",
        target=path,
        effect=EFFECT.of(read_sent(request, {})),
        reveals=False,
        customer="acme",
        request=request,
        decisive=EFFECT.decisive(read_sent(request, {})),
    )
    action = replace(action, **more)  # type: ignore[arg-type]
    question = write_question(action)
    return PlannedAction(action=action, weighed=Weighed(name=f"{question.digest}", question=question, asks=True))


def lines_of(*changes: PlannedAction, open_end: str = "") -> list[str]:
    return write_plan(changes, open_end=open_end).text.split("\n")


def test_the_values_that_decide_come_before_all_paths_and_those_before_other_values() -> None:
    body = b'{"network": "PRODUCTION", "a": 1, "b": 2, "c": 3, "d": 4, "e": 5}'
    changes = [planned(f"op{number}", f"/x/{number}/{part}", body) for number in range(8) for part in range(3)]
    lines = lines_of(*changes)
    for number in range(8):
        at = lines.index(f'3 x destroy: POST "Do op{number}".')
        assert lines[at + 1] == '  Decides: body.network is "PRODUCTION".'
        assert lines[at + 2] == f"  /x/{number}/0"
    assert lines[-1].startswith("And ")
    assert len(lines) == MAX_LINES


def test_a_value_stands_below_its_own_path_or_nowhere() -> None:
    long = [f"/{letter * 150}" for letter in "abcdefghijklmn"]
    changes = [planned(f"op{number}", path, b'{"mark": "%d"}' % number) for number, path in enumerate(long)]
    lines = lines_of(*changes)
    for number, path in enumerate(long):
        mark = f'    body "mark": "{number}"'
        assert mark not in lines or lines[lines.index(mark) - 1] == f"  {path}"


def test_values_that_are_not_shown_are_told() -> None:
    assert "    and more values" in lines_of(planned("op", "/x", b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}'))


def test_a_change_whose_answer_contains_credentials_is_a_kind_of_its_own() -> None:
    lines = lines_of(planned("op", "/x"), planned("op", "/y", reveals=True))
    assert sum("The answer contains credentials." in line for line in lines) == 1


@pytest.mark.parametrize("open_end", ["", "line 3 needs the real answer of a change"])
@pytest.mark.parametrize("count", [1, 5, 26, 27, 40, 500])
def test_a_plan_is_bounded_and_counts_what_it_leaves_out(count: int, open_end: str) -> None:
    changes = [
        planned(f"op{number}", f"/{'x' * 300}/{number}", b'{"network": "PRODUCTION"}', customer=f"c{number}\U000e0041" * 9)
        for number in range(count)
    ]
    text = write_plan(changes, open_end=open_end).text
    kinds = sum(line.startswith("1 x destroy: ") for line in text.split("\n"))
    assert len(text) <= MAX_TEXT
    assert len(text.split("\n")) <= MAX_LINES
    assert kinds == count or f"And {count - kinds:,} more kinds of changes." in text
    assert kinds >= min(count, 8)
