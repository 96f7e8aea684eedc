"""Which items of an answer to several things report a failure."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.result.shaping import failed_items, has_failed

OK, BAD = {"id": 1, "status": 200}, {"id": 2, "status": 409}


@pytest.mark.parametrize("name", ["status", "statusCode", "httpStatus", "code"])
@pytest.mark.parametrize(
    ("value", "failed"),
    [
        *((status, False) for status in (100, 200, 207, 304, 399, True, None, 40.4, "200", "4xx", "OK", "")),
        *((status, True) for status in (400, 404, 500, 599, "404", "500")),
        *((word, True) for word in ("failed", "FAILURE", "Error", "invalid", "REJECTED")),
    ],
)
def test_a_status_reports_a_failure_as_a_number_or_as_a_word(name: str, value: Any, failed: bool) -> None:
    assert has_failed({name: value}) is failed
    assert has_failed({"status": "fine", name: value}) is failed


@pytest.mark.parametrize(
    ("item", "failed"),
    [
        ({"success": False}, True),
        ({"success": True}, False),
        ({"success": None}, False),
        ({"error": "x"}, True),
        ({"errors": [1]}, True),
        ({"error": None, "errors": []}, False),
        ({}, False),
        ("failed", False),
        (["failed"], False),
    ],
)
def test_an_item_may_report_it_by_itself(item: Any, failed: bool) -> None:
    assert has_failed(item) is failed


@pytest.mark.parametrize("name", ["failures", "failure", "failed", "errors"])
def test_every_item_of_a_list_of_failures_has_failed(name: str) -> None:
    assert failed_items({name: [OK, "x"], "items": [OK, BAD]}) == [OK, "x", BAD]
    assert failed_items({name: {"id": 1}, "items": [OK]}) == []
    assert failed_items({name: [BAD]}) == [BAD]


def test_of_other_lists_those_that_report_it_have() -> None:
    assert failed_items([OK, BAD, BAD]) == [BAD, BAD]
    assert failed_items({"a": [BAD], "b": [OK], "c": [BAD], "d": "failed"}) == [BAD, BAD]
    assert [failed_items(body) for body in ("failed", None, 5)] == [[], [], []]
