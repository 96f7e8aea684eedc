"""Search in all rule trees, and changes of many properties by one job."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.account.jsonpath import JsonPathError, find
from akamai_mcp.sandbox.account.patches import PatchError, patched
from akamai_mcp.sandbox.habits.habits import Habits

BULK = "/papi/v1/bulk"
TREE = {
    "name": "default",
    "behaviors": [{"name": "origin", "options": {"hostname": "old.test", "port": 443}}, {"name": "caching", "options": {}}],
    "children": [{"name": "a/b", "behaviors": [{"name": "origin", "options": {"hostname": "new.test", "port": 80}}]}],
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.behaviors[0]", ["/behaviors/0"]),
        ("$.behaviors[*].name", ["/behaviors/0/name", "/behaviors/1/name"]),
        ("$..behaviors[?(@.name == 'origin')]", ["/behaviors/0", "/children/0/behaviors/0"]),
        (
            "$..[?(@.name == 'origin')].options.hostname",
            ["/behaviors/0/options/hostname", "/children/0/behaviors/0/options/hostname"],
        ),
        ("$..behaviors[?(@.name=='origin' && @.options.hostname == 'new.test')]", ["/children/0/behaviors/0"]),
        ("$..behaviors[?(@.options.port < 100 || @.name == 'caching')]", ["/behaviors/1", "/children/0/behaviors/0"]),
        ("$..options[?(@ =~ /^OLD/i)]", ["/behaviors/0/options/hostname"]),
        ("$..behaviors[?(@.options.hostname)]", ["/behaviors/0", "/children/0/behaviors/0"]),
        ("$['children'][0]['name']", ["/children/0/name"]),
        ("$.nothing[3]", []),
    ],
)
def test_a_path_finds_its_places(path: str, expected: list[str]) -> None:
    assert find(TREE, path) == expected


@pytest.mark.parametrize("path", ["behaviors", "", "$.a[", "$..b[?(@.c ~ 1)]", "$" + ".a" * 600])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(JsonPathError):
        find(TREE, path)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3], "b/c": {}}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b/c": {}}),
        ([{"op": "replace", "path": "/b~1c", "value": 5}], {"a": [1, 2], "b/c": 5}),
        ([{"op": "remove", "path": "/a/1"}], {"a": [1], "b/c": {}}),
        ([{"op": "move", "from": "/a/0", "path": "/a/1"}], {"a": [2, 1], "b/c": {}}),
        ([{"op": "copy", "from": "/a", "path": "/b~1c/d"}], {"a": [1, 2], "b/c": {"d": [1, 2]}}),
        ([{"op": "test", "path": "/a/0", "value": 1}], {"a": [1, 2], "b/c": {}}),
    ],
)
def test_a_patch_changes_what_it_names(operations: list[dict[str, Any]], expected: Any) -> None:
    assert patched({"a": [1, 2], "b/c": {}}, operations) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a/0", "value": 9},
        {"op": "replace", "path": "/none", "value": 1},
        {"op": "add", "path": "/a/7", "value": 1},
        {"op": "remove", "path": "/a/x"},
        {"op": "jump", "path": "/a"},
        {"path": "/a"},
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(operation: dict[str, Any]) -> None:
    value = {"a": [1, 2]}
    with pytest.raises(PatchError):
        patched(value, [{"op": "add", "path": "/a/-", "value": 3}, operation])
    assert value == {"a": [1, 2]}


async def matches(account: AccountStage, host: str) -> dict[str, dict[str, Any]]:
    """The newest versions whose origin is a host, by property."""
    query = {
        "syntax": "JSONPATH",
        "match": f"$.behaviors[?(@.name == 'origin' && @.options.hostname == '{host}')].options.hostname",
    }
    begun = await account.send("POST", f"{BULK}/rules-search-requests", {"bulkSearchQuery": query})
    answer: dict[str, Any] = {"searchTargetStatus": ""}
    while answer["searchTargetStatus"] != "COMPLETE":
        answer = await account.get(begun.json()["bulkSearchLink"])
    return {row["propertyId"]: row for row in answer["results"] if row["isLatest"]}


async def test_a_search_a_new_version_and_a_patch_move_the_properties_of_an_old_origin(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True, properties=60)) as account:
        hosts = {site.property_id: f"legacy-{site.purpose}.{site.brand.domain}" for site in account.fake.account.estate.sites}
        old = {row["propertyId"]: row for host in set(hosts.values()) for row in (await matches(account, host)).values()}
        assert 3 < len(old) < 30
        wanted = [{"propertyId": row["propertyId"], "createFromVersion": row["propertyVersion"]} for row in old.values()]
        created = await account.send("POST", f"{BULK}/property-version-creations", {"createPropertyVersions": wanted})
        link = created.json()["bulkCreateVersionLink"]
        seen = [(await account.get(link))["bulkCreateVersionsStatus"] for _ in range(3)]
        assert seen == ["PENDING", "IN_PROGRESS", "COMPLETE"]
        rows = (await account.get(link))["createPropertyVersions"]
        change = [{"op": "replace", "path": "/rules/behaviors/0/options/hostname", "value": "origin.nordwind.test"}]
        patches = [
            {"propertyId": row["propertyId"], "propertyVersion": row["propertyVersion"], "etag": row["etag"], "patches": change}
            for row in rows
        ]
        # One names a version that is active, and fails alone.
        patches.append({"propertyId": rows[0]["propertyId"], "propertyVersion": 1, "patches": change})
        begun = await account.send("POST", f"{BULK}/rules-patch-requests", {"patchPropertyVersions": patches})
        result = await account.get(begun.json()["bulkPatchLink"])
        assert ["fatalError" in row for row in result["patchPropertyVersions"]] == [False] * len(rows) + [True]
        assert set(await matches(account, "origin.nordwind.test")) == set(old)


async def test_a_bulk_activation_is_as_far_as_its_activations(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True, seconds=5)) as account:
        one = next(iter(account.fake.account.papi.properties.values()))
        wanted = [{"propertyId": f"prp_{one.number}", "propertyVersion": one.latest, "network": "PRODUCTION"}]
        body = {"activatePropertyVersions": wanted, "defaultActivationSettings": {"acknowledgeAllWarnings": True}}
        begun = await account.send("POST", f"{BULK}/activations", body)
        link = begun.json()["bulkActivationLink"]
        assert begun.status_code == HTTPStatus.ACCEPTED
        assert (await account.get(link))["activatePropertyVersions"][0]["activationStatus"] == "PENDING"
        account.clock.time += 20
        assert (await account.get(link))["activatePropertyVersions"][0]["activationStatus"] == "ACTIVE"


async def test_properties_are_found_by_a_hostname_and_by_an_edge_hostname(account: AccountStage) -> None:
    site = account.fake.account.estate.sites[3]
    for body in ({"hostname": site.hostnames[-1]}, {"edgeHostname": site.edge_hostname}, {"propertyName": site.name}):
        answer = await account.send("POST", "/papi/v1/search/find-by-value", body)
        found = answer.json()["versions"]["items"]
        assert {row["propertyName"] for row in found} == {site.name}
        assert "ACTIVE" in {row["productionStatus"] for row in found}
    nothing = await account.send("POST", "/papi/v1/search/find-by-value", {"hostname": "none.test"})
    assert nothing.json()["versions"]["items"] == []
