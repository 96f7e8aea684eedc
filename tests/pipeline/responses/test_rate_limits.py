"""What responses say of their limits, in each spelling."""

from __future__ import annotations

import pytest
from pipeline_fakes import ok

from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.rate_limits import LONGEST, MINUTE, RateLimit, read_rate_limit

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z


def combined(limit: str, policy: str = "") -> Response:
    return ok(ratelimit=limit, **({"ratelimit_policy": policy} if policy else {}))


@pytest.mark.parametrize(
    ("response", "limit"),
    [
        (ok(x_ratelimit_limit="100", x_ratelimit_remaining="7"), RateLimit(limit=100, remaining=7)),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_next="2023-11-14T22:13:50Z"),
            RateLimit(limit=100, remaining=7, reset=30),
        ),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_next="2023-11-14T22:13:00Z"),
            RateLimit(limit=100, remaining=7),
        ),
        (ok(x_ratelimit_limit="100;w=10", x_ratelimit_remaining="7"), RateLimit(limit=100, remaining=7, window=10)),
        (ok(x_ratelimit_limit="100 ; w=10", x_ratelimit_remaining="7;x=1"), RateLimit(limit=100, remaining=7, window=10)),
        (ok(ratelimit_limit="100, 100;w=10", ratelimit_remaining="7", ratelimit_reset="4"), RateLimit(limit=100, remaining=7, window=10, reset=4)),
        (ok(akamai_ratelimit_limit="100", akamai_ratelimit_remaining="7"), RateLimit(limit=100, remaining=7)),
        (ok(x_rate_limit_limit="100", x_rate_limit_remaining="7"), RateLimit(limit=100, remaining=7)),
        (ok(x_akamai_ratelimit_limit="100", x_akamai_ratelimit_remaining="7"), RateLimit(limit=100, remaining=7)),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_reset=str(int(NOW) + 20)),
            RateLimit(limit=100, remaining=7, reset=20),
        ),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_reset=str(int(NOW) - 20)),
            RateLimit(limit=100, remaining=7),
        ),
        (ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_reset="1000000000"), RateLimit(limit=100, remaining=7)),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_reset="999999999"),
            RateLimit(limit=100, remaining=7, reset=LONGEST),
        ),
        (ok(x_ratelimit_limit="100", x_ratelimit_remaining="7", x_ratelimit_reset="30"), RateLimit(limit=100, remaining=7, reset=30)),
        (
            ok(x_ratelimit_limit="100", x_ratelimit_remaining="0", x_ratelimit_reset="99999"),
            RateLimit(limit=100, remaining=0, reset=LONGEST),
        ),
        (combined("limit=100, remaining=7, reset=4"), RateLimit(limit=100, remaining=7, reset=4)),
        (combined('"default";r=7;t=4', '"default";q=100;w=10'), RateLimit(limit=100, remaining=7, window=10, reset=4)),
        (combined('"default";r=7', '"default";q=100'), RateLimit(limit=100, remaining=7, window=MINUTE)),
        (combined('"default";r=7;t=4'), None),
        (ok(x_ratelimit_limit="100"), None),
        (ok(x_ratelimit_remaining="7"), None),
        (ok(x_ratelimit_limit="0", x_ratelimit_remaining="0"), None),
        (ok(x_ratelimit_limit="many", x_ratelimit_remaining="7"), None),
        (ok(x_ratelimit_limit="\u00b2", x_ratelimit_remaining="7"), None),
        (ok(content_type="application/json"), None),
    ],
)  # fmt: skip
def test_a_limit_is_read_in_each_spelling(response: Response, limit: RateLimit | None) -> None:
    assert read_rate_limit(response, NOW) == limit


def test_the_last_quarter_of_a_limit_is_spent_over_the_rest_of_its_window() -> None:
    assert RateLimit(limit=100, remaining=25).rate() is None
    assert RateLimit(limit=100, remaining=24).rate() == 24 / MINUTE
    assert RateLimit(limit=100, remaining=24, window=12).rate() == 2.0
    assert RateLimit(limit=100, remaining=24, window=12, reset=6).rate() == 4.0
    assert RateLimit(limit=100, remaining=0).rate() == 0.0
    assert [RateLimit(limit=100, remaining=left).is_low for left in (100, 25, 24, 0)] == [False, False, True, True]


def test_calls_in_flight_are_taken_off_what_is_left() -> None:
    assert RateLimit(limit=100, remaining=54, window=11).rate(in_flight=32) == 2.0
    assert RateLimit(limit=100, remaining=20).rate(in_flight=32) == 0.0


def test_only_a_used_up_limit_that_says_when_it_ends_closes_a_queue() -> None:
    assert RateLimit(limit=100, remaining=0, reset=30).closed_for == 30.0
    assert RateLimit(limit=100, remaining=0).closed_for == 0.0
    assert RateLimit(limit=100, remaining=1, reset=30).closed_for == 0.0
