"""A path names one operation as it is written, and each other one that a lenient server may take it for."""

from __future__ import annotations

import pytest

from akamai_mcp.catalogue.editions.path_lookup import PathLookup

ROWS = {
    "GET": [
        ("/zoo/v1/animals/{id}", "animal"),
        ("/zoo/v1/animals/all", "all"),
        ("/zoo/v1/{kind}/{id}/days", "days of a kind"),
        ("/zoo/v1/animals/{id}/{part}", "part"),
        ("/zoo/v1/animals/{id}.{form}", "form"),
        ("/zoo/v2/Animals/{id}", "animal, newer"),
        ("/zoo/v1/names?sort=up", "sorted names"),
        ("/shop/a/b/v1/items", "items"),
        ("/farm/{a}/x/{b}", "pair"),
        ("/farm/{z}/x/y", "single"),
        ("/{any}/list", "list"),
        ("/{any}/v1/list/{id}", "listed"),
        ("/v1", "root"),
        ("/v1/plants", "plants"),
    ],
    "HEAD": [("/zoo/v1/animals/all", "head of all")],
    "DELETE": [("/zoo/v1/animals/{id}", "removal")],
}


def lookup() -> PathLookup:
    return PathLookup(lambda method: ROWS.get(method, []))


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/zoo/v1/animals/7", ("animal", {"id": "7"})),
        ("GET", "/zoo/v1/animals/a%20b", ("animal", {"id": "a b"})),
        ("GET", "/zoo/v1/animals/all", ("all", {})),
        ("GET", "/zoo/v1/animals/7/days", ("part", {"id": "7", "part": "days"})),
        ("GET", "/zoo/v1/plants/7/days", ("days of a kind", {"kind": "plants", "id": "7"})),
        ("GET", "/farm/1/x/y", ("single", {"z": "1"})),
        ("GET", "/x/list", ("list", {"any": "x"})),
        ("HEAD", "/zoo/v1/animals/7", None),
        ("DELETE", "/zoo/v1/animals/7", ("removal", {"id": "7"})),
        ("GET", "/zoo/v1/Animals/7", None),
        ("GET", "/zoo/v3/animals/7", None),
        ("PATCH", "/zoo/v1/animals/7", None),
    ],
)
def test_a_path_as_it_is_written_names_the_most_specific_operation(
    method: str, path: str, found: tuple[str, dict[str, str]] | None
) -> None:
    assert lookup().exact(method, path) == found


@pytest.mark.parametrize(
    ("method", "path", "keys"),
    [
        ("GET", "/zoo/v1/animals/7", ["animal"]),
        ("GET", "/zoo/v1/animals/all", ["all"]),
        ("GET", "/ZOO/v1/aNIMALS/7/", ["animal"]),
        ("GET", "/zoo/v2/animals/7", ["animal, newer"]),
        ("GET", "/zoo/v1/names", ["sorted names"]),
        ("GET", "/Farm/1/x/y", ["single"]),
        ("GET", "/Zoo/list", ["list"]),
        ("GET", "/zoo/v1/animals/all.json", ["animal", "all"]),
        ("GET", "/zoo/v1/animals/x%2f..%2fall", ["animal", "all"]),
        ("HEAD", "/zoo/v1/animals/all", ["head of all"]),
        ("HEAD", "/zoo/v1/animals/7", ["animal"]),
        ("DELETE", "/zoo/v1/animals/all", ["removal"]),
        ("PATCH", "/zoo/v1/animals/all", []),
        ("GET", "/zoo", []),
        ("GET", "/", []),
    ],
)
def test_each_reading_of_a_path_names_its_most_specific_operation(method: str, path: str, keys: list[str]) -> None:
    assert list(lookup().keys(method, path)) == keys


@pytest.mark.parametrize(
    ("method", "path", "keys"),
    [
        ("GET", "/zoo/v3/animals/7", {"animal", "animal, newer"}),
        ("GET", "/zoo/animals/7", {"animal", "animal, newer"}),
        ("GET", "/zoo/v0.9-beta/animals/v2", {"animal", "animal, newer"}),
        ("GET", "/zoo/v3/animals/all", {"all", "animal", "animal, newer"}),
        ("HEAD", "/zoo/v3/animals/all", {"head of all", "all", "animal", "animal, newer"}),
        ("DELETE", "/zoo/v3/animals/7", {"removal"}),
        ("GET", "/shop/a/b/v7/items", {"items"}),
        ("GET", "/shop/v7/list/3", {"listed"}),
        ("GET", "/v3/plants", {"plants"}),
        ("GET", "/zoo/other/animals/7", set()),
        ("GET", "/zoo/vx/animals/7", set()),
        ("GET", "/v3", set()),
        ("PATCH", "/zoo/v3/animals/7", set()),
    ],
)
def test_a_path_of_a_version_that_nobody_describes_may_be_what_other_versions_have(
    method: str, path: str, keys: set[str]
) -> None:
    assert set(lookup().keys(method, path)) == keys
