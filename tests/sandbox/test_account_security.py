"""Network lists, client lists and security configurations: what is written shows, and what has changed since refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

LISTS = "/network-list/v2/network-lists"
CLIENTS = "/client-list/v1/lists"
CONFIGS = "/appsec/v1/configs"
NEW = {"name": "Blocked bots", "type": "IP", "list": ["192.0.2.7"]}


async def first_list(account: AccountStage) -> dict[str, Any]:
    return dict((await account.get(LISTS, extended="true"))["networkLists"][0])


async def first_config(account: AccountStage) -> dict[str, Any]:
    return dict((await account.get(CONFIGS))["configurations"][0])


async def test_elements_are_added_and_removed_and_each_change_raises_the_sync_point(account: AccountStage) -> None:
    before = await first_list(account)
    path = f"{LISTS}/{before['uniqueId']}"
    await account.send("POST", f"{path}/append", {"list": ["198.51.100.77", before["list"][0]]})
    await account.send("PUT", f"{path}/elements", params={"element": "198.51.100.78"})
    await account.send("DELETE", f"{path}/elements", params={"element": before["list"][0]})
    after = await account.get(path)
    assert after["list"] == [*before["list"][1:], "198.51.100.77", "198.51.100.78"]
    assert (after["syncPoint"], after["elementCount"]) == (before["syncPoint"] + 3, len(after["list"]))
    old = await account.get(f"{path}/sync-points/{before['syncPoint']}/history")
    assert old["list"] == before["list"]


async def test_a_list_that_was_changed_since_it_was_read_is_not_replaced(account: AccountStage) -> None:
    before = await first_list(account)
    path, body = f"{LISTS}/{before['uniqueId']}", {**NEW, "syncPoint": before["syncPoint"]}
    assert (await account.send("PUT", path, body)).status_code == HTTPStatus.OK
    refused = await account.send("PUT", path, {**body, "list": []})
    assert refused.status_code == HTTPStatus.CONFLICT
    assert (await account.get(path))["list"] == NEW["list"]


async def test_an_active_list_that_changes_is_modified_until_it_is_activated_again(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        before = await first_list(account)
        path = f"{LISTS}/{before['uniqueId']}"
        assert before["productionActivationStatus"] == "ACTIVE"
        await account.send("POST", f"{path}/append", {"list": ["198.51.100.77"]})
        assert (await first_list(account))["productionActivationStatus"] == "MODIFIED"
        begun = (await account.send("POST", f"{path}/environments/PRODUCTION/activate", {})).json()
        assert begun["activationStatus"] == "PENDING_ACTIVATION"
        seen = [(await account.get(f"{path}/environments/PRODUCTION/status"))["activationStatus"] for _ in range(2)]
        assert seen == ["PENDING_ACTIVATION", "ACTIVE"]
        assert (await account.get(f"/network-list/v2/activations/{begun['activationId']}"))["status"] == "ACTIVATED"


async def test_a_new_list_is_listed_and_can_be_deleted_and_an_active_one_cannot(account: AccountStage) -> None:
    made = await account.send("POST", LISTS, NEW)
    path = made.headers["location"]
    assert (await account.get(path))["list"] == NEW["list"]
    assert [row["name"] for row in (await account.get(LISTS, search="bots"))["networkLists"]] == [NEW["name"]]
    assert (await account.send("DELETE", path)).status_code == HTTPStatus.OK
    assert (await account.client.get(path)).status_code == HTTPStatus.NOT_FOUND
    active = f"{LISTS}/{(await first_list(account))['uniqueId']}"
    assert (await account.send("DELETE", active)).status_code == HTTPStatus.FORBIDDEN


async def test_items_of_a_client_list_are_active_once_the_version_that_has_them_is(account: AccountStage) -> None:
    row = (await account.get(CLIENTS))["content"][0]
    path, value = f"{CLIENTS}/{row['listId']}", "203.0.113.200"
    await account.send("POST", f"{path}/items", {"append": [{"value": value, "description": "A test"}]})
    assert (await account.get(path))["productionActivationStatus"] == "MODIFIED"
    statuses = []
    for _ in range(2):
        item = next(one for one in (await account.get(path, includeItems="true"))["items"] if one["value"] == value)
        statuses.append(item["productionStatus"])
        await account.send("POST", f"{path}/activations", {"network": "PRODUCTION", "action": "ACTIVATE"})
    assert statuses == ["INACTIVE", "ACTIVE"]
    await account.send("POST", f"{path}/items", {"delete": [{"value": value}]})
    assert value not in str(await account.get(f"{path}/items"))


async def test_a_clone_of_a_version_can_be_changed_and_activated(account: AccountStage) -> None:
    config = await first_config(account)
    path = f"{CONFIGS}/{config['id']}/versions"
    active = f"{path}/{config['productionVersion']}/selected-hostnames"
    change = {"mode": "append", "hostnameList": [{"hostname": "new.nordwind.test"}]}
    assert (await account.send("PUT", active, change)).status_code == HTTPStatus.FORBIDDEN
    clone = await account.send("POST", path, {"createFromVersion": config["productionVersion"], "ruleUpdate": False})
    number = clone.json()["version"]
    assert (clone.json()["basedOn"], number) == (config["productionVersion"], config["latestVersion"] + 1)
    assert (await account.send("PUT", f"{path}/{number}/selected-hostnames", change)).status_code == HTTPStatus.OK
    body = {"network": "PRODUCTION", "action": "ACTIVATE", "note": "", "notificationEmails": []}
    wanted = {**body, "activationConfigs": [{"configId": config["id"], "configVersion": number}]}
    assert (await account.send("POST", "/appsec/v1/activations", wanted)).json()["status"] == "ACTIVATED"
    after = await first_config(account)
    assert after["productionVersion"] == number
    assert set(after["productionHostnames"]) == {*config["productionHostnames"], "new.nordwind.test"}
    history = (await account.get(f"{CONFIGS}/{config['id']}/activations"))["activationHistory"]
    assert (history[0]["version"], history[0]["status"]) == (number, "ACTIVATED")


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("ip-geo-firewall", {"block": "blockAllTrafficExceptAllowedIPs"}),
        ("mode", {"mode": "ASE_MANUAL"}),
        ("protections", {"applyRateControls": False}),
    ],
)
async def test_what_is_set_in_a_policy_of_a_clone_leaves_the_original_alone(
    account: AccountStage, part: str, body: dict[str, Any]
) -> None:
    config = await first_config(account)
    path = f"{CONFIGS}/{config['id']}/versions"
    clone = (await account.send("POST", path, {"createFromVersion": 1, "ruleUpdate": False})).json()["version"]
    policy = (await account.get(f"{path}/{clone}/security-policies"))["policies"][0]["policyId"]
    original = await account.get(f"{path}/1/security-policies/{policy}/{part}")
    assert (await account.send("PUT", f"{path}/{clone}/security-policies/{policy}/{part}", body)).status_code == HTTPStatus.OK
    changed = await account.get(f"{path}/{clone}/security-policies/{policy}/{part}")
    assert body.items() <= changed.items()
    assert await account.get(f"{path}/1/security-policies/{policy}/{part}") == original != changed


async def test_every_hostname_of_the_properties_is_protected_by_one_configuration(account: AccountStage) -> None:
    rows = (await account.get("/appsec/v1/hostname-coverage"))["hostnameCoverage"]
    served = (await account.get("/papi/v1/hostnames", network="PRODUCTION", limit=1000))["hostnames"]["items"]
    assert {row["hostname"] for row in rows} >= {row["cnameFrom"] for row in served}
    names = {row["configuration"]["id"] for row in rows}
    assert names == {config["id"] for config in (await account.get(CONFIGS))["configurations"]}
