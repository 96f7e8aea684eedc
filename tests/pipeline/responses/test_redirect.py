"""Where a redirect leads, as a table."""

from __future__ import annotations

import pytest

from akamai_mcp.errors import AccessError
from akamai_mcp.pipeline.responses.redirect import FOLLOWED_STATUSES, redirect_target

HOST = "akab-test.luna.akamaiapis.net"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/a/c", "/a/c"),
        ("c", "/a/c"),
        ("?x=1", "/a/b?x=1"),
        (f"https://{HOST.upper()}:443/a?x=1&y=2#z", "/a?x=1&y=2"),
        (f"https://{HOST}", "/"),
        (" /a ", "/a"),
        ("/a?accountSwitchKey=***&x=1", "/a?x=1"),
        ("/a?x=1&accountSwitchKey=***", "/a?x=1"),
        ("/a?accountSwitchKey=***", "/a"),
        ("/a?accountSwitchKey=***&accountSwitchKey=***&x=1&y=2", "/a?x=1&y=2"),
        ("/a?accountSwitchKey=1-OTHER", "/a?accountSwitchKey=1-OTHER"),
        ("/a?accountSwitchKey=***1&myaccountSwitchKey=***", "/a?accountSwitchKey=***1&myaccountSwitchKey=***"),
        ("/a/accountSwitchKey=***", "/a/accountSwitchKey=***"),
        ("/a&", "/a&"),
        ("/a?", "/a"),
        ("/a?x=?", "/a?x=?"),
        ("/a?x=1&", "/a?x=1&"),
        ("/a?x=_", "/a?x=_"),
    ],
)
def test_a_location_on_the_same_host_becomes_a_target(location: str, target: str) -> None:
    assert redirect_target(location, "/a/b?old=1", HOST) == target


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (None, "It has no Location."),
        ("", "It has no Location."),
        ("https://[::1/a", "Its Location is no address."),
        *(
            (location, "It leads to another host, port or scheme.")
            for location in (
                "http://{}/a",
                "https://x.{}/a",
                "https://{}:444/a",
                "//e.example/a",
                "https://{}_/a",
                "https://me@{}/a",
            )
        ),
    ],
)
def test_a_location_elsewhere_is_refused(location: str | None, reason: str) -> None:
    with pytest.raises(AccessError) as refused:
        redirect_target(location and location.format(HOST), "/a/b", HOST)
    assert refused.value.message == reason


def test_of_the_redirects_only_those_that_say_where_it_is_now_are_followed() -> None:
    assert sorted(FOLLOWED_STATUSES) == [302, 303, 307, 308]
