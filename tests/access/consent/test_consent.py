"""Whose answer lets a call be sent: the whole table, written out."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from akamai_mcp.access.consent.decision import Reply, Verdict, Way, choose_way, decide

REPLIES: tuple[Reply | None, ...] = (None, "accepted", "declined", "cancelled", "failed")

# Way of asking, reply to the question, whether the token was issued for this very call -> what becomes of the call.
TABLE: dict[tuple[Way, Reply | None, bool], Verdict] = {
    ("dialog", None, False): "ask",
    ("dialog", None, True): "ask",
    ("dialog", "accepted", False): "ask",
    ("dialog", "accepted", True): "send",
    ("dialog", "declined", False): "ask",
    ("dialog", "declined", True): "declined",
    ("dialog", "cancelled", False): "ask",
    ("dialog", "cancelled", True): "unanswered",
    ("dialog", "failed", False): "ask",
    ("dialog", "failed", True): "not shown",
    **{("token", reply, False): "issue token" for reply in REPLIES},  # type: ignore[dict-item]
    **{("token", reply, True): "send" for reply in REPLIES},  # type: ignore[dict-item]
    **{("none", reply, proven): "no dialog" for reply in REPLIES for proven in (False, True)},  # type: ignore[dict-item]
    **{("plan", reply, False): "not planned" for reply in REPLIES},  # type: ignore[dict-item]
    **{("plan", reply, True): "send" for reply in REPLIES},  # type: ignore[dict-item]
}


@pytest.mark.parametrize(("way", "reply", "proven"), TABLE)
def test_the_table_decides(way: Way, reply: Reply | None, proven: bool) -> None:
    assert decide(way, reply, proven=proven, declined=False) == TABLE[way, reply, proven]


def test_the_table_is_complete() -> None:
    assert set(TABLE) == set(product(("dialog", "token", "none", "plan"), REPLIES, (False, True)))


@pytest.mark.parametrize(("way", "reply", "proven"), TABLE)
def test_a_call_that_was_declined_is_sent_in_no_case(way: Way, reply: Reply | None, proven: bool) -> None:
    assert decide(way, reply, proven=proven, declined=True) == "declined"


def test_only_an_accepted_question_sends_where_there_is_a_dialog() -> None:
    sent = [
        (reply, proven)
        for way, reply, proven in TABLE
        if way == "dialog" and decide(way, reply, proven=proven, declined=False) == "send"
    ]
    assert sent == [("accepted", True)]


@pytest.mark.parametrize(
    ("confirm_by", "has_dialog", "way"),
    [
        ("auto", True, "dialog"),
        ("auto", False, "token"),
        ("dialog", True, "dialog"),
        ("dialog", False, "none"),
        ("token", True, "token"),
        ("token", False, "token"),
    ],
)
def test_the_operator_says_how_users_are_asked(confirm_by: str, has_dialog: bool, way: Way) -> None:
    assert choose_way(confirm_by, has_dialog=has_dialog) == way  # type: ignore[arg-type]


def test_the_docs_have_the_table() -> None:
    text = (
        (Path(__file__).parents[3] / "docs" / "security.md")
        .read_text(encoding="utf-8")
        .split("### Who agrees")[1]
        .split("\n## ")[0]
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")][1:]
    written = {
        (way, None if reply == "none" else reply, proven): verdict
        for way, replies, proofs, verdict in rows
        for reply in (("none", "accepted", "declined", "cancelled", "failed") if replies == "any" else (replies,))
        for proven in ((False, True) if proofs == "any" else (proofs == "yes",))
    }
    assert written == TABLE
