"""Where a redirect leads, as a table."""

from __future__ import annotations

import pytest

from akamai_mcp.errors import AccessError
from akamai_mcp.pipeline.responses.redirect import redirect_target

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
        ("/a?accountSwitchKey=1-OTHER", "/a?accountSwitchKey=1-OTHER"),
    ],
)
def test_a_location_on_the_same_host_becomes_a_target(location: str, target: str) -> None:
    assert redirect_target(location, "/a/b?old=1", HOST) == target


@pytest.mark.parametrize(
    "location", [None, "", "http://{}/a", "https://x.{}/a", "https://{}:444/a", "//e.example/a", "https://[::1/a"]
)
def test_a_location_elsewhere_is_refused(location: str | None) -> None:
    with pytest.raises(AccessError):
        redirect_target(location and location.format(HOST), "/a/b", HOST)
