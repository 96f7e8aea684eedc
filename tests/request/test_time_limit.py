"""The time of a comparison is limited inside a block and no longer."""

from __future__ import annotations

import pytest

from akamai_mcp.request.validation.bounded import BoundedOAS30, ComparisonTooLong, time_limit


def compare() -> list[str]:
    return [error.message for error in BoundedOAS30({"type": "string"}).iter_errors(5)]


def test_a_comparison_ends_when_its_time_is_over_and_the_next_has_its_own() -> None:
    with time_limit(60.0):
        assert compare() == ["5 is not of type 'string'"]
        with time_limit(-1.0), pytest.raises(ComparisonTooLong):
            compare()
        assert compare()
    assert compare()
    with time_limit(-1.0), pytest.raises(ComparisonTooLong):
        compare()
    assert compare()
