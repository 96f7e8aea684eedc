"""The command `token`: a token may have an end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from akamai_mcp.access.tokens import parse_holders
from akamai_mcp.cli import main
from akamai_mcp.cli.token import read_last_day
from akamai_mcp.errors import SettingsError

TODAY = date(2027, 1, 31)


def test_a_token_for_some_days_has_a_line_with_its_last_day(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC).date()
    assert main(["token", "ann", "reader", "--days", "90"]) == 0
    line = capsys.readouterr().out.splitlines()[1].removeprefix("line:").strip()
    (holder,) = parse_holders(line, "it")
    assert holder.last_day in {before + timedelta(days=90), before + timedelta(days=91)}


def test_days_are_counted_from_today_and_a_named_day_is_taken_as_it_is() -> None:
    assert read_last_day(28, None, TODAY) == date(2027, 2, 28)
    assert read_last_day(None, "2027-01-31", TODAY) == TODAY
    assert read_last_day(None, None, TODAY) is None


@pytest.mark.parametrize(
    ("days", "until", "advice"),
    [
        (0, None, "--days 90"),
        (-5, None, "--days 90"),
        (999_999_999, None, "--days 90"),
        (None, "2027-01-30", "a later day"),
        (None, "31.1.2027", "YYYY-MM-DD"),
        (None, "", "YYYY-MM-DD"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused_with_advice(days: int | None, until: str | None, advice: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_last_day(days, until, TODAY)
    assert advice in refused.value.advice
