"""What the guide says of media types: for every call, or by the arguments of one."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.openapi.media_choice import chosen_by, media_problems, parse_media

BY_ARGUMENT = {"path.kind": {"csr": "application/csr.v2+json"}, "body.hash": "application/hash+json", "otherwise": "text/plain"}


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"path.kind": "csr"}, "application/csr.v2+json"),
        ({"path.kind": "csr", "body.hash": "x"}, "application/csr.v2+json"),
        ({"path.kind": "ack", "body.hash": "x"}, "application/hash+json"),
        ({"body.hash": ""}, "application/hash+json"),
        ({"path.kind": "ack"}, "text/plain"),
        ({}, "text/plain"),
    ],
)
def test_the_first_condition_that_holds_counts(given: dict[str, str], chosen: str) -> None:
    assert chosen_by(parse_media("content_type", BY_ARGUMENT), given.get) == chosen


def test_a_text_is_the_media_type_of_every_call() -> None:
    assert chosen_by(parse_media("accept", "text/csv"), {}.get) == "text/csv"


def test_nothing_is_chosen_where_no_condition_holds() -> None:
    assert chosen_by({"path.kind": {"csr": "a/b"}}, {"path.kind": "other"}.get) is None


@pytest.mark.parametrize("name", ["accept", "content_type"])
@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ([], "neither"),
        ({}, "neither"),
        (7, "neither"),
        ("domain-vnd.v1+json", "no media type"),
        ("text/csv\r\nX-A: b", "no media type"),
        ({"kind": "a/b"}, "no argument"),
        ({"header.kind": "a/b"}, "no argument"),
        ({"path.": "a/b"}, "no argument"),
        ({"path.kind": {"csr": "json"}}, "no media type"),
        ({"path.kind": ["a/b"]}, "no media type"),
        ({"otherwise": {"a": "a/b"}}, "no media type"),
    ],
)
def test_a_note_that_means_nothing_is_reported_and_says_nothing(name: str, note: Any, fault: str) -> None:
    assert fault in " ".join(media_problems(name, note))
    assert parse_media(name, note) == {}


def test_a_range_is_asked_for_and_never_written() -> None:
    assert parse_media("accept", "*/*") == {"otherwise": "*/*"}
    assert parse_media("content_type", "*/*") == {}
