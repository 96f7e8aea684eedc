"""Path templates: one reading of them for requests, links, rules, search and the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.undocumented import UNDOCUMENTED, find_target
from akamai_mcp.openapi.templates import (
    fill,
    fill_known,
    is_literal,
    literals,
    match,
    match_segments,
    names,
    placeholder,
    rename,
    segments,
    shape,
    specificity,
)
from akamai_mcp.sandbox.routing import Match, load_router

ROOT = Path(__file__).parents[2]
ZONE = "/config-dns/v2/zones/{zone}/names/{name}"


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/zones", "/zones", {}),
        ("/zones", "/zones/", {}),
        ("/zones/", "/zones", {}),
        ("/zones", "/Zones", None),
        ("/zones", "/zones/a", None),
        ("/zones/{zone}", "/zones/example.com", {"zone": "example.com"}),
        ("/zones/{zone}", "/zones/a%2Fb%20c", {"zone": "a/b c"}),
        ("/zones/{zone}", "/zones/", None),
        ("/zones/{zone}", "/zones//", None),
        ("/zones/{zone}/types/{type}", "/zones/a/types/A", {"zone": "a", "type": "A"}),
        ("/zones/{zone}/types/{type}", "/zones/a/kinds/A", None),
        ("/{a}/{b}", "/zones", None),
        ("/files/{name}.zip", "/files/log.tar.zip", {"name": "log.tar"}),
        ("/files/{name}.zip", "/files/log", None),
        ("/range/{from}-{to}", "/range/1-2", {"from": "1", "to": "2"}),
        ("/a.b/{c}", "/aXb/1", None),
        ("/a+b/{c}", "/a+b/1", {"c": "1"}),
        ("/x/{odd.name-1}", "/x/1", {"odd.name-1": "1"}),
        ("/", "/", {}),
    ],
)
def test_a_path_is_a_templates_or_is_not(template: str, path: str, values: dict[str, str] | None) -> None:
    assert match(template, path) == values


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2))
def test_a_path_made_of_a_template_gives_its_values_back(given_values: list[str]) -> None:
    values = dict(zip(names(ZONE), given_values, strict=True))
    try:
        path = fill(ZONE, lambda name: quote(values[name], safe=""))
    except UnicodeEncodeError:  # lone surrogates, which no path holds
        return
    assert match(ZONE, path) == values


def test_a_part_of_a_path_is_compared_by_its_segments() -> None:
    assert match_segments(segments(ZONE)[-2:], ["names", "www"]) == {"name": "www"}
    assert match_segments(segments(ZONE)[-2:], ["types", "A"]) is None
    assert match_segments([], ["a"]) is None


@pytest.mark.parametrize(
    ("segment", "name", "literal"),
    [("{zone}", "zone", False), ("zone", "", True), ("{a}.zip", "", False), ("{}", "", False), ("{a", "", True), ("", "", True)],
)
def test_a_segment_is_a_placeholder_whole_in_part_or_not_at_all(segment: str, name: str, literal: bool) -> None:
    assert (placeholder(segment), is_literal(segment)) == (name, literal)


def test_a_templates_shape_does_not_depend_on_its_names() -> None:
    assert shape(ZONE) == shape("/config-dns/v2/zones/{z}/names/{n}/") == "/config-dns/v2/zones/{}/names/{}"
    assert rename(ZONE, str.upper) == "/config-dns/v2/zones/{ZONE}/names/{NAME}"
    assert literals("/a/{b}/c/{d}.zip/") == ["a", "c"]


@pytest.mark.parametrize(
    ("known", "path"),
    [
        ({"zone": "a", "name": "b"}, "/config-dns/v2/zones/a/names/b"),
        ({"zone": "a"}, "/config-dns/v2/zones/a/names"),
        ({"name": "b"}, "/config-dns/v2/zones"),
    ],
)
def test_a_path_is_cut_before_the_first_value_that_is_not_known(known: dict[str, str], path: str) -> None:
    assert fill_known(ZONE, known) == path


def test_the_more_concrete_template_comes_first() -> None:
    ordered = ["/a/b/c", "/a/b/{c}", "/a/{b}/c", "/{a}/b/c", "/a/{b}/{c}", "/{a}/{b}/{c}"]
    assert sorted([*ordered[3:], *ordered[:3]], key=specificity) == ordered


def test_every_operation_is_found_at_its_own_path_as_the_sandbox_finds_it(catalogue: Catalogue) -> None:
    # The sandbox keeps all templates in one tree, so that two ways of finding an operation are compared here.
    router = load_router(ROOT / "specs")
    for entry in catalogue.entries():
        if entry.refusal:
            continue
        path = fill(entry.path, lambda name: f"value%20of-{quote(name)}")
        found, routed = find_target(catalogue, entry.method, path), router.match(entry.method, path)
        assert isinstance(routed, Match), path
        assert found.entry.product != UNDOCUMENTED
        assert found.entry.path == routed.route.template, path
        wanted: dict[str, Any] = {name: f"value of-{name}" for name in names(found.entry.path)}
        assert found.values == routed.values == wanted, path


def test_a_placeholder_in_a_path_leaves_its_value_to_the_arguments(catalogue: Catalogue) -> None:
    found = find_target(catalogue, "GET", "/config-dns/v2/zones/{zone}/names/www/types/%7BA%7D")
    assert (found.entry.operation_id, found.values) == ("get-zone-name-type", {"name": "www", "type": "{A}"})


def test_no_other_module_takes_templates_apart() -> None:
    reading = re.compile(r"\\\{\(?\[\^|startswith\(\"\{\"\)|strip\(\"\{\}\"\)|count\(\"\{\"\)|'\{'")
    found = [path.name for path in (ROOT / "akamai_mcp").rglob("*.py") if reading.search(path.read_text(encoding="utf-8"))]
    found = [name for name in found if name != "request_id.py"]  # the braces of JSON
    assert found == ["templates.py"]
