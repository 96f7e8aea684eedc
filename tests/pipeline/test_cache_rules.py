"""How long the response of an operation may be cached, and which other paths a call of it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from akamai_mcp.catalogue.effects import plain_effect
from akamai_mcp.catalogue.undocumented import undocumented_entry
from akamai_mcp.pipeline.cache_rules import keep_class, touched_paths

READ = replace(undocumented_entry("GET", "/zoo/v1/things/{thingId}"), cache="")


@pytest.mark.parametrize(
    ("changes", "keep"),
    [
        ({}, "minutes"),
        ({"cache": "minutes"}, "minutes"),
        ({"cache": "hours"}, "hours"),
        ({"cache": "never"}, "never"),
        ({"method": "POST"}, "minutes"),
        *(({**more, "cache": cache}, "never") for cache in ("", "hours") for more in ({"secret": True}, {"effect": plain_effect("write")})),
        ({"effect": plain_effect("destroy")}, "never"),
        ({"effect": replace(plain_effect("destroy"), mildest="read")}, "never"),
    ],
)  # fmt: skip
def test_a_read_is_cached_by_its_class_and_what_may_hold_a_credential_or_change_something_never(
    changes: dict[str, Any], keep: str
) -> None:
    assert keep_class(replace(READ, **changes)) == keep


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ({}, ("/zoo/v1/groups", "/zoo/v1/things", "/zoo/v1/things")),
        ({"thingId": "a/b", "version": 2}, ("/zoo/v1/groups", "/zoo/v1/things/a%2Fb", "/zoo/v1/things/a%2Fb/versions/2")),
        ({"thingId": "1", "version": None}, ("/zoo/v1/groups", "/zoo/v1/things/1", "/zoo/v1/things/1/versions")),
        ({"version": 2, "more": "x"}, ("/zoo/v1/groups", "/zoo/v1/things", "/zoo/v1/things")),
    ],
)
def test_a_path_that_a_call_changes_ends_before_the_first_value_that_is_not_known(
    arguments: dict[str, Any], paths: tuple[str, ...]
) -> None:
    touches = ("/zoo/v1/groups", "/zoo/v1/things/{thingId}", "/zoo/v1/things/{thingId}/versions/{version}")
    assert touched_paths(replace(READ, touches=touches), arguments) == paths
