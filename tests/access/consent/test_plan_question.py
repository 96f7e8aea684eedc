"""What a person reads of a program's plan: no change hides another, and nothing stands below what it does not belong to."""

from __future__ import annotations

import json
import random
import re
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


def asked(change: PlannedAction, *, asks: bool) -> PlannedAction:
    return replace(change, weighed=replace(change.weighed, asks=asks))


PLAIN = b'{"network": "STAGING", "n": 1}'


def test_a_plan_reads_as_a_whole() -> None:
    changes = [
        asked(planned("op", "/a?token=PLANTED&x=1", PLAIN), asks=False),
        asked(planned("op", f"/{'b' * 200}", PLAIN, customer="beta", switched=True), asks=True),
    ]
    assert lines_of(*changes, open_end="line 3 needs the answer") == [
        'For customer "acme", "beta" with its account switch key: 2 changes by one program, of which 1 need your agreement.',
        '1 x write: POST "Do op" for customer "acme".',
        '  Decides: body.network is "STAGING".',
        "  /a?token=***&x=1",
        '    body "network": "STAGING"',
        '    query "token": "***"',
        '    query "x": "1"',
        '    body "n": 1',
        '1 x write: POST "Do op" for customer "beta".',
        '  Decides: body.network is "STAGING".',
        f"  /{'b' * 79} ... {'b' * 80}",
        '    body "network": "STAGING"',
        '    body "n": 1',
        "It may mean more changes after that, and asks for them then: line 3 needs the answer.",
    ]


@pytest.mark.parametrize(
    ("asks", "head"),
    [
        ([True], "1 change by one program."),
        ([False], "1 change by one program."),
        ([True, True], "2 changes by one program."),
        ([False, False], "2 changes by one program."),
        ([True, False, True], "3 changes by one program, of which 2 need your agreement."),
    ],
)
def test_a_plan_says_how_many_of_its_changes_ask(asks: list[bool], head: str) -> None:
    changes = [asked(planned("op", f"/{number}"), asks=one) for number, one in enumerate(asks)]
    assert lines_of(*changes)[0] == f'For customer "acme": {head}'


def test_of_many_customers_and_many_paths_the_first_are_named_and_the_rest_counted() -> None:
    lines = lines_of(*(planned("op", f"/{number}", customer=f"c{number}") for number in range(4)))
    assert lines[0] == 'For customer "c0", "c1", "c2", "c3": 4 changes by one program.'
    lines = lines_of(*(planned("op", f"/{number}", customer=f"c{number}") for number in range(6)))
    assert lines[0] == 'For customer "c0", "c1", "c2", "c3" and 2 more: 6 changes by one program.'
    assert lines_of(*(planned("op", f"/{number}") for number in range(5)))[1:] == [
        '5 x write: POST "Do op".',
        '  Decides: body.network is "STAGING".',
        "  /0",
        "  /1",
        "  /2",
        "  and 2 more",
    ]
    assert lines_of(*(planned("op", f"/{number}") for number in range(3)))[-1] == '    body "network": "STAGING"'


def test_the_worst_changes_come_first_and_those_of_one_kind_together() -> None:
    harmful = b'{"network": "PRODUCTION"}'
    shown = planned("c", "/5", effect="read", reveals=True)
    lines = lines_of(shown, planned("a", "/1"), planned("b", "/2", harmful), planned("a", "/3"), planned("a", "/4", harmful))
    assert [line for line in lines if " x " in line] == [
        '1 x destroy: POST "Do b".',
        '1 x destroy: POST "Do a".',
        '2 x write: POST "Do a".',
        '1 x read: POST "Do c". The answer contains credentials.',
    ]


def test_what_is_left_out_takes_everything_below_it_along() -> None:
    """Each line names its operation, and each value its path too, so that one below another's is seen."""
    source = random.Random(7)
    left_out = 0
    for _ in range(30):
        changes = []
        for number in range(source.randrange(1, 30)):
            named = f"op{number}{'x' * source.randrange(100)}"
            for part in range(source.randrange(1, 4)):
                path = f"/op{number}-{part}-{'y' * source.randrange(150)}"
                body = json.dumps({"network": f"op{number}", "mark": f"op{number}-{part}-"}).encode()
                changes.append(planned(named, path, body))
        lines = lines_of(*changes)[1:]
        left_out += lines[-1].startswith("And ")
        operation = path = ""
        for line in lines:
            name = re.search(r"op\d+", line)
            if line.startswith("And "):
                assert line is lines[-1]
            elif " x destroy: " in line:
                operation = name[0] if name else ""
            elif line.startswith("  /"):
                path = line.strip()
                assert path.startswith(f"/{operation}-")
            elif line.startswith("  Decides: "):
                assert name is not None
                assert name[0] == operation
            elif '"mark"' in line:
                assert f"/{json.loads(line.partition(': ')[2])}" in path
    assert 5 < left_out < 30


@pytest.mark.parametrize(
    ("last", "taken", "end"), [("", 12 * 140 + 20, "And 39 more lines."), ("x", 12 * 140, "And 1 more kinds of changes.")]
)
def test_the_lines_of_a_plan_take_what_is_left_beside_its_head_and_a_count(last: str, taken: int, end: str) -> None:
    # Twelve lines of 139 characters and their ends, and one that takes the last of 1,700 characters or one more than that.
    changes = [planned(f"op{number}", f"/{number}", summary="x" * 120) for number in range(12)]
    changes.append(planned("last", "/last", summary=last))
    lines = lines_of(*changes)
    assert sum(len(line) + 1 for line in lines if " x write: " in line) == taken
    assert lines[-1] == end
