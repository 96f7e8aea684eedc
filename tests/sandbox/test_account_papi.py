"""The account's properties: lists and single reads agree, and what is written shows in later reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

PAPI = "/papi/v1"
READABLE = {"note": "", "notifyEmails": ["ops@meridian-retail.test"]}


async def all_properties(account: AccountStage) -> list[dict[str, Any]]:
    """The properties as a person finds them: group by group."""
    found: list[dict[str, Any]] = []
    for group in (await account.get(f"{PAPI}/groups"))["groups"]["items"]:
        for contract in group["contractIds"]:
            listed = await account.get(f"{PAPI}/properties", contractId=contract, groupId=group["groupId"])
            found += listed["properties"]["items"]
    return found


async def new_version(account: AccountStage, row: dict[str, Any]) -> str:
    path = f"{PAPI}/properties/{row['propertyId']}/versions"
    made = await account.send("POST", path, {"createFromVersion": row["latestVersion"]})
    assert made.status_code == HTTPStatus.CREATED, made.text
    return str(made.json()["versionLink"].partition("?")[0])


async def test_each_property_is_in_one_group_and_reads_as_it_is_listed(account: AccountStage) -> None:
    listed = await all_properties(account)
    assert len({row["propertyId"] for row in listed}) == len(listed) == 12
    for row in listed:
        path = f"{PAPI}/properties/{row['propertyId']}"
        assert (await account.get(path))["properties"]["items"] == [row]
        versions = (await account.get(f"{path}/versions"))["versions"]["items"]
        assert versions[0]["propertyVersion"] == row["latestVersion"]
        active = [one["propertyVersion"] for one in versions if one["productionStatus"] == "ACTIVE"]
        assert active == [row["productionVersion"]]


async def test_the_hostnames_of_the_account_are_those_of_the_active_versions(account: AccountStage) -> None:
    listed = (await account.get(f"{PAPI}/hostnames", network="PRODUCTION", limit=1000))["hostnames"]
    expected: set[tuple[str, str]] = set()
    for row in await all_properties(account):
        path = f"{PAPI}/properties/{row['propertyId']}/versions/{row['productionVersion']}/hostnames"
        expected |= {(row["propertyId"], host["cnameFrom"]) for host in (await account.get(path))["hostnames"]["items"]}
    assert {(row["propertyId"], row["cnameFrom"]) for row in listed["items"]} == expected
    assert listed["totalItems"] == len(expected) > 80


async def test_pages_of_hostnames_join_to_the_whole(account: AccountStage) -> None:
    whole = (await account.get(f"{PAPI}/hostnames", limit=1000))["hostnames"]
    rows, link = [], f"{PAPI}/hostnames?limit=30"
    while link:
        page = (await account.get(link))["hostnames"]
        rows, link = rows + page["items"], page["nextLink"]
    assert rows == whole["items"]


async def test_a_new_version_can_be_changed_and_an_activated_one_cannot(account: AccountStage) -> None:
    row = (await all_properties(account))[0]
    version = await new_version(account, row)
    change = [{"op": "replace", "path": "/rules/behaviors/0/options/hostname", "value": "new-origin.test"}]
    changed = await account.send("PATCH", f"{version}/rules", change)
    assert changed.json()["rules"]["behaviors"][0]["options"]["hostname"] == "new-origin.test"
    assert (await account.get(f"{version}/rules"))["rules"] == changed.json()["rules"]
    active = f"{PAPI}/properties/{row['propertyId']}/versions/{row['productionVersion']}"
    refused = await account.send("PATCH", f"{active}/rules", change)
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert "new-origin.test" not in str(await account.get(f"{active}/rules"))


async def test_an_etag_that_is_no_longer_true_refuses_the_change(account: AccountStage) -> None:
    version = await new_version(account, (await all_properties(account))[0])
    before = await account.get(f"{version}/rules")
    body, etag = {"rules": before["rules"]}, {"If-Match": before["etag"]}
    first = await account.send("PUT", f"{version}/rules", body, headers=etag)
    second = await account.send("PUT", f"{version}/rules", body, headers=etag)
    assert (first.status_code, second.status_code) == (HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED)
    again = {"If-Match": (await account.get(f"{version}/rules"))["etag"]}
    assert (await account.send("PUT", f"{version}/rules", body, headers=again)).status_code == HTTPStatus.OK


async def test_a_hostname_that_is_added_is_on_the_network_once_its_version_is_active(account: AccountStage) -> None:
    row = (await all_properties(account))[0]
    version = await new_version(account, row)
    edge = (await account.get(f"{version}/hostnames"))["hostnames"]["items"][0]["edgeHostnameId"]
    added = {"add": [{"cnameType": "EDGE_HOSTNAME", "cnameFrom": "new.nordwind.test", "edgeHostnameId": edge}]}
    assert (await account.send("PATCH", f"{version}/hostnames", added)).status_code == HTTPStatus.OK
    assert (await account.get(f"{PAPI}/hostnames", hostname="new.nordwind.test"))["hostnames"]["items"] == []
    body = {"network": "STAGING", "propertyVersion": row["latestVersion"] + 1, **READABLE}
    assert (
        await account.send("POST", f"{PAPI}/properties/{row['propertyId']}/activations", body)
    ).status_code == HTTPStatus.CREATED
    found = (await account.get(f"{PAPI}/hostnames", hostname="new.nordwind.test"))["hostnames"]["items"]
    assert [one["propertyId"] for one in found] == [row["propertyId"]]


async def test_an_activation_goes_through_its_stages_and_then_the_version_is_active(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        row = (await all_properties(account))[0]
        await new_version(account, row)
        path, number = f"{PAPI}/properties/{row['propertyId']}/activations", row["latestVersion"] + 1
        link = (await account.send("POST", path, {"network": "STAGING", "propertyVersion": number, **READABLE})).json()
        statuses = [(await account.get(link["activationLink"]))["activations"]["items"][0]["status"] for _ in range(4)]
        assert statuses == ["PENDING", "ZONE_1", "ZONE_2", "ACTIVE"]
        after = (await account.get(f"{PAPI}/properties/{row['propertyId']}"))["properties"]["items"][0]
        assert after["stagingVersion"] == number


async def test_time_ends_an_activation_that_nobody_looks_at(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True, seconds=10)) as account:
        row = (await all_properties(account))[0]
        path, number = f"{PAPI}/properties/{row['propertyId']}", row["latestVersion"]
        body = {"network": "PRODUCTION", "propertyVersion": number, "acknowledgeAllWarnings": True, **READABLE}
        assert (await account.send("POST", f"{path}/activations", body)).status_code == HTTPStatus.CREATED
        assert (await account.get(path))["properties"]["items"][0]["productionVersion"] != number
        account.clock.time += 30
        assert (await account.get(path))["properties"]["items"][0]["productionVersion"] == number


async def test_an_activation_under_way_is_cancelled_and_holds_back_another(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        row = (await all_properties(account))[0]
        path = f"{PAPI}/properties/{row['propertyId']}/activations"
        body = {"network": "STAGING", "propertyVersion": 1, **READABLE}
        link = (await account.send("POST", path, body)).json()["activationLink"]
        assert (await account.send("POST", path, body)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        cancelled = await account.send("DELETE", link)
        assert cancelled.json()["activations"]["items"][0]["status"] == "ABORTED"
        assert (await account.send("DELETE", link)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_warnings_must_be_acknowledged_before_production(account: AccountStage) -> None:
    row = (await all_properties(account))[0]
    path = f"{PAPI}/properties/{row['propertyId']}/activations"
    body = {"network": "PRODUCTION", "propertyVersion": row["latestVersion"], **READABLE}
    refused = await account.send("POST", path, body)
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    seen = [warning["messageId"] for warning in refused.json()["warnings"]]
    accepted = await account.send("POST", path, {**body, "acknowledgeWarnings": seen})
    assert accepted.status_code == HTTPStatus.CREATED


async def test_a_clone_has_what_it_was_made_of_and_is_listed(account: AccountStage) -> None:
    row = (await all_properties(account))[0]
    where = {"contractId": row["contractId"], "groupId": row["groupId"]}
    source = {"propertyId": row["propertyId"], "version": row["latestVersion"], "copyHostnames": True}
    body = {"propertyName": "copy.nordwind.test", "productId": row["productId"], "cloneFrom": source}
    made = await account.send("POST", f"{PAPI}/properties", body, params=where)
    path = made.json()["propertyLink"].partition("?")[0]
    assert made.headers["location"].startswith(path)
    original = await account.get(f"{PAPI}/properties/{row['propertyId']}/versions/{row['latestVersion']}/rules")
    assert (await account.get(f"{path}/versions/1/rules"))["rules"] == original["rules"]
    assert "copy.nordwind.test" in {one["propertyName"] for one in await all_properties(account)}
    assert (await account.send("DELETE", path)).status_code == HTTPStatus.OK
    assert (await account.client.get(path)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("path", ["/properties/prp_1", "/properties/x", "/cpcodes/cpc_1", "/includes/inc_1/versions"])
async def test_what_the_account_does_not_have_is_not_found(account: AccountStage, path: str) -> None:
    answer = await account.client.get(PAPI + path)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_same_seed_makes_the_same_account_and_another_seed_another(open_account: OpenAccount) -> None:
    async def names(seed: int) -> list[dict[str, Any]]:
        async with open_account(Habits(account=True, seed=seed)) as account:
            return await all_properties(account)

    assert await names(5) == await names(5) != await names(6)


async def test_the_largest_account_has_what_it_is_said_to_have(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, properties=60)) as account:
        estate = account.fake.account.estate
        hostnames = [name for site in estate.sites for name in site.hostnames]
        assert len(set(hostnames)) == len(hostnames) == 470
        assert (len(estate.sites), len({site.enrollment_id for site in estate.sites}), len(estate.brands)) == (60, 25, 8)
        assert len(await all_properties(account)) == 60


async def test_a_reset_restores_the_account(account: AccountStage) -> None:
    before = await all_properties(account)
    await new_version(account, before[0])
    assert await all_properties(account) != before
    account.fake.reset()
    assert await all_properties(account) == before
