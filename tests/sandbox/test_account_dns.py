"""Zones and GTM domains: record sets agree with the properties, and every change is a version."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

ZONES = "/config-dns/v2/zones"
GTM = "/config-gtm/v1/domains"
ADDRESS = {"name": "new.nordwind.test", "type": "A", "ttl": 300, "rdata": ["192.0.2.7"]}


async def all_records(account: AccountStage, zone: str) -> list[dict[str, Any]]:
    return list((await account.get(f"{ZONES}/{zone}/recordsets", showAll="true"))["recordsets"])


async def serial(account: AccountStage, zone: str) -> int:
    return int((await account.get(f"{ZONES}/{zone}/names/{zone}/types/SOA"))["rdata"][0].split()[2])


async def test_each_hostname_of_a_property_leads_to_its_edge_hostname(account: AccountStage) -> None:
    zones = [row["zone"] for row in (await account.get(ZONES))["zones"]]
    aliases = {
        row["name"]: row["rdata"][0].rstrip(".")
        for zone in zones
        for row in await all_records(account, zone)
        if row["type"] == "CNAME"
    }
    served = (await account.get("/papi/v1/hostnames", network="PRODUCTION", limit=1000))["hostnames"]["items"]
    assert len(served) > 80
    for row in served:
        assert row["cnameFrom"] in zones or aliases[row["cnameFrom"]] == row["productionCnameTo"]


async def test_record_sets_come_in_pages_of_25_that_join_to_the_whole(account: AccountStage) -> None:
    zone = (await account.get(ZONES))["zones"][0]["zone"]
    path, pages = f"{ZONES}/{zone}/recordsets", list[Any]()
    whole = await all_records(account, zone)
    for number in range(1, len(whole) // 25 + 2):
        page = await account.get(path, page=number)
        assert page["metadata"]["totalElements"] == len(whole)
        pages += page["recordsets"]
    assert len((await account.get(path))["recordsets"]) == 25
    assert pages == whole


async def test_a_record_set_is_created_changed_and_deleted_each_with_a_new_serial(account: AccountStage) -> None:
    path, numbers = f"{ZONES}/nordwind.test/names/{ADDRESS['name']}/types/A", [await serial(account, "nordwind.test")]
    changed = {**ADDRESS, "rdata": ["192.0.2.8"]}
    for method, body, status in (
        ("POST", ADDRESS, HTTPStatus.CREATED),
        ("POST", ADDRESS, HTTPStatus.CONFLICT),
        ("PUT", changed, HTTPStatus.OK),
        ("DELETE", None, HTTPStatus.NO_CONTENT),
        ("DELETE", None, HTTPStatus.NOT_FOUND),
    ):
        assert (await account.send(method, path, body)).status_code == status
        numbers.append(await serial(account, "nordwind.test"))
        if method == "PUT":
            assert await account.get(path) == changed
    assert [number - numbers[0] for number in numbers] == [0, 1, 1, 2, 3, 3]


async def test_many_record_sets_are_added_together_or_not_at_all(account: AccountStage) -> None:
    path, other = f"{ZONES}/nordwind.test/recordsets", {**ADDRESS, "name": "other.nordwind.test"}
    assert (await account.send("POST", path, {"recordsets": [ADDRESS]})).status_code == HTTPStatus.NO_CONTENT
    refused = await account.send("POST", path, {"recordsets": [other, ADDRESS]})
    assert refused.status_code == HTTPStatus.CONFLICT
    names = {row["name"] for row in await all_records(account, "nordwind.test")}
    assert (ADDRESS["name"] in names, other["name"] in names) == (True, False)


async def test_a_zone_file_read_and_sent_back_changes_nothing_but_the_serial(account: AccountStage) -> None:
    path = f"{ZONES}/nordwind.test/zone-file"
    before = await all_records(account, "nordwind.test")
    text = (await account.client.get(path)).text
    assert text.splitlines()[0].split()[:4] == ["nordwind.test.", "86400", "IN", "SOA"]
    sent = await account.client.post(
        path, content=text + 'extra.nordwind.test. 60 IN TXT "hello world"\n', headers={"content-type": "text/dns"}
    )
    assert sent.status_code == HTTPStatus.NO_CONTENT
    after = await all_records(account, "nordwind.test")
    assert {"name": "extra.nordwind.test", "type": "TXT", "ttl": 60, "rdata": ['"hello world"']} in after
    assert [row for row in after if row["type"] != "SOA" and row["ttl"] != 60] == [row for row in before if row["type"] != "SOA"]


async def test_a_former_version_can_be_served_again(account: AccountStage) -> None:
    path = f"{ZONES}/nordwind.test"
    before = (await account.get(f"{path}/versions"))["versions"][0]["versionId"]
    await account.send("POST", f"{path}/names/{ADDRESS['name']}/types/A", ADDRESS)
    now, old = (await account.get(f"{path}/versions"))["versions"]
    assert (now["activationState"], old["activationState"], old["versionId"]) == ("ACTIVE", "OBSOLETE", before)
    await account.send("POST", f"{path}/versions/{before}/recordsets/activate")
    assert ADDRESS["name"] not in {row["name"] for row in await all_records(account, "nordwind.test")}


async def test_two_versions_of_a_zone_are_compared(account: AccountStage) -> None:
    path = f"{ZONES}/nordwind.test"
    changed, gone = f"{path}/names/nordwind.test/types/A", f"{path}/names/mx2.nordwind.test/types/A"
    old = (await account.get(f"{path}/versions"))["versions"][0]["versionId"]
    await account.send("POST", f"{path}/names/{ADDRESS['name']}/types/A", ADDRESS)
    await account.send("PUT", changed, {**ADDRESS, "name": "nordwind.test"})
    await account.send("DELETE", gone)
    new = (await account.get(f"{path}/versions"))["versions"][0]["versionId"]
    rows = (await account.get(f"{path}/versions/diff", **{"from": old, "to": new}))["diffs"]["recordSetDiffs"]
    assert {(row["name"], row["operation"]) for row in rows if row["type"] == "A"} == {
        (ADDRESS["name"], "ADD"),
        ("nordwind.test", "EDIT"),
        ("mx2.nordwind.test", "DELETE"),
    }
    assert {row["operation"] for row in rows if row["type"] == "SOA"} == {"EDIT"}
    assert (await account.client.get(f"{path}/versions/diff", params={"from": old})).status_code == HTTPStatus.NOT_FOUND


async def test_zones_created_and_deleted_together_are_told_by_a_job(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        bodies = {"zones": [{"zone": name, "type": "PRIMARY"} for name in ("one.test", "two.test", "nordwind.test")]}
        where = {"contractId": (await account.get(ZONES))["zones"][0]["contractId"]}
        begun = (await account.send("POST", f"{ZONES}/create-requests", bodies, params=where)).json()
        path = f"{ZONES}/create-requests/{begun['requestId']}"
        assert [(await account.get(path))["isComplete"] for _ in range(2)] == [False, True]
        result = await account.get(f"{path}/result")
        assert result["successfullyCreatedZones"] == ["one.test", "two.test"]
        assert result["failedZones"] == [{"zone": "nordwind.test", "failureReason": "ZONE_ALREADY_EXISTS"}]
        assert {"SOA", "NS"} == {row["type"] for row in await all_records(account, "one.test")}
        await account.send("POST", f"{ZONES}/delete-requests", {"zones": ["one.test"]})
        assert (await account.client.get(f"{ZONES}/one.test")).status_code == HTTPStatus.NOT_FOUND


async def test_a_change_of_a_gtm_property_spreads_by_and_by(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        name = (await account.get(GTM))["items"][0]["name"]
        row = (await account.get(f"{GTM}/{name}/properties"))["items"][0]
        path = f"{GTM}/{name}/properties/{row['name']}"
        row["trafficTargets"][0]["weight"] = 5.0
        changed = await account.send("PUT", path, row)
        assert changed.json()["status"]["propagationStatus"] == "PENDING"
        seen = [(await account.get(f"{GTM}/{name}/status/current"))["propagationStatus"] for _ in range(2)]
        assert seen == ["PENDING", "COMPLETE"]
        assert (await account.get(path))["trafficTargets"][0]["weight"] == 5.0
        assert (await account.get(f"{GTM}/{name}"))["properties"][0] == row


async def test_a_datacenter_that_gets_traffic_is_not_deleted(account: AccountStage) -> None:
    name = (await account.get(GTM))["items"][0]["name"]
    centers = (await account.get(f"{GTM}/{name}/datacenters"))["items"]
    path = f"{GTM}/{name}/datacenters"
    assert (await account.send("DELETE", f"{path}/{centers[0]['datacenterId']}")).status_code == HTTPStatus.BAD_REQUEST
    made = (await account.send("POST", path, {"nickname": "Spare"})).json()["resource"]["datacenterId"]
    assert (await account.send("DELETE", f"{path}/{made}")).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "path", [f"{ZONES}/none.test", f"{ZONES}/nordwind.test/names/none.nordwind.test/types", f"{GTM}/none.akadns.net"]
)
async def test_a_name_that_is_not_there_is_not_found(account: AccountStage, path: str) -> None:
    assert (await account.client.get(path)).status_code == HTTPStatus.NOT_FOUND
