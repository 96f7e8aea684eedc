"""What is said of a request that no document has: as little as is known, and the safe side of the rest."""

from __future__ import annotations

import pytest

from akamai_mcp.catalogue.undocumented import undocumented_entry, undocumented_operation

PATH = "/some-api/v1/things/{thingId}"


@pytest.mark.parametrize(
    ("method", "effect"), [("GET", "read"), ("HEAD", "read"), ("POST", "destroy"), ("PUT", "destroy"), ("DELETE", "destroy")]
)
def test_whatever_does_not_read_counts_as_destroying(method: str, effect: str) -> None:
    entry = undocumented_entry(method, PATH)
    assert (entry.effect.mildest, entry.effect.worst) == (effect, effect)
    assert entry.replaces is (method == "PUT")


def test_nothing_is_claimed_of_it() -> None:
    entry = undocumented_entry("POST", PATH)
    operation = undocumented_operation(entry)
    assert (entry.deprecated, entry.secret, entry.reveals, entry.paginatable, operation.deprecated) == (False,) * 5
    assert (entry.cache, entry.has_body) == ("never", True)


def test_its_operation_takes_a_body_or_none_and_each_placeholder_as_a_required_value() -> None:
    operation = undocumented_operation(undocumented_entry("POST", PATH))
    assert [(one.name, one.location, one.required) for one in operation.parameters] == [("thingId", "path", True)]
    assert operation.request_body
    assert operation.request_body.required is False


@pytest.mark.parametrize("path", ["/SOME-api/v1/things", "/some-api/%76%31/things", "/some-api/v1/things/"])
def test_limits_and_circuits_are_those_of_the_api_however_its_path_is_written(path: str) -> None:
    assert undocumented_entry("GET", path).version == undocumented_entry("GET", PATH).version == "some-api-v1"
