"""The other APIs tell the same of the account: CP codes, groups, edge hostnames, traffic, error references."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from account_stage import AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

TRAFFIC = "/reporting-api/v1/reports/{}/versions/1/report-data"
DAY = {"start": "2025-06-14T00:00:00Z", "end": "2025-06-15T00:00:00Z"}


async def test_contracts_groups_and_cp_codes_are_those_of_papi_with_bare_ids(account: AccountStage) -> None:
    contracts = (await account.get("/papi/v1/contracts"))["contracts"]["items"]
    bare = await account.get("/contract-api/v1/contracts/identifiers")
    assert [row["contractId"].removeprefix("ctr_") for row in contracts] == bare
    groups = (await account.get("/papi/v1/groups"))["groups"]["items"]
    top = (await account.get("/identity-management/v3/user-admin/groups"))[0]
    assert {row["groupId"].removeprefix("grp_") for row in groups} == {str(row["groupId"]) for row in [top, *top["subGroups"]]}
    codes = (await account.get("/papi/v1/cpcodes"))["cpcodes"]["items"]
    others = (await account.get("/cprg/v1/cpcodes"))["cpcodes"]
    assert {row["cpcodeId"].removeprefix("cpc_"): row["cpcodeName"] for row in codes} == {
        str(row["cpcodeId"]): row["cpcodeName"] for row in others
    }


async def test_the_certificate_of_an_edge_hostname_covers_the_hostnames_that_lead_there(account: AccountStage) -> None:
    served = (await account.get("/papi/v1/hostnames", network="PRODUCTION", limit=1000))["hostnames"]["items"]
    for row in (await account.get("/hapi/v1/edge-hostnames"))["edgeHostnames"]:
        name = f"{row['recordName']}.{row['dnsZone']}"
        path = f"/hapi/v1/dns-zones/{row['dnsZone']}/edge-hostnames/{row['recordName']}/certificate"
        covered = set((await account.get(path))["availableDomains"])
        led = {one["cnameFrom"] for one in served if one["productionCnameTo"] == name}
        assert led
        assert led <= covered


async def report(account: AccountStage, name: str, objects: list[str]) -> list[dict[str, Any]]:
    answer = await account.send("POST", TRAFFIC.format(name), {"objectIds": objects}, params={**DAY, "interval": "HOUR"})
    assert answer.status_code == HTTPStatus.OK, answer.text
    return list(answer.json()["data"])


async def test_traffic_by_hostname_adds_up_to_traffic_by_cp_code(account: AccountStage) -> None:
    code = str(account.fake.account.estate.sites[0].cpcode_id)
    whole = (await report(account, "hits-by-cpcode", [code]))[0]
    parts = await report(account, "hits-by-hostname", [code])
    assert len(parts) == len(account.fake.account.estate.sites[0].hostnames)
    assert sum(int(row["edgeBytes"]) for row in parts) == int(whole["edgeBytes"]) > 0
    assert 0 < float(whole["bytesOffload"]) < 100
    assert len(await report(account, "hits-by-time", [code])) == 24


async def test_a_report_by_dimensions_is_ordered_and_filtered(account: AccountStage) -> None:
    body: dict[str, Any] = {"dimensions": ["hostname"], "metrics": ["edgeHitsSum"]}
    code = str(account.fake.account.estate.sites[0].cpcode_id)
    body["filters"] = [{"dimensionName": "cpcode", "operator": "IN_LIST", "expressions": [code]}]
    path = "/reporting-api/v2/reports/delivery/traffic/current/data"
    rows = (await account.send("POST", path, body, params=DAY)).json()["data"]
    assert {row["hostname"] for row in rows} == set(account.fake.account.estate.sites[0].hostnames)
    assert rows == sorted(rows, key=lambda row: -row["edgeHitsSum"])


@pytest.mark.parametrize("query", [{"start": "yesterday"}, {"start": DAY["end"], "end": DAY["start"]}])
async def test_a_time_that_is_none_is_refused(account: AccountStage, query: dict[str, str]) -> None:
    answer = await account.send("POST", TRAFFIC.format("hits-by-time"), {"objectIds": ["all"]}, params=query)
    assert answer.status_code == HTTPStatus.BAD_REQUEST


async def test_an_error_reference_is_explained_after_a_while(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        begun = await account.send("POST", "/edge-diagnostics/v1/error-translator", {"errorCode": "9.44ae3017"})
        assert (begun.status_code, begun.json()["executionStatus"]) == (HTTPStatus.ACCEPTED, "IN_PROGRESS")
        answers = [await account.get(begun.json()["link"]) for _ in range(2)]
        assert [answer["executionStatus"] for answer in answers] == ["IN_PROGRESS", "SUCCESS"]
        assert answers[1]["result"]["propertyName"] in {site.name for site in account.fake.account.estate.sites}


async def test_a_purge_is_accepted_each_with_an_id_of_its_own(account: AccountStage) -> None:
    path = "/ccu/v3/invalidate/url/production"
    answers = [await account.send("POST", path, {"objects": ["https://www.nordwind.test/"]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [HTTPStatus.CREATED] * 2
    assert len({answer.json()["purgeId"] for answer in answers}) == 2


async def test_who_changed_what_is_told_by_events_the_newest_first_page_by_page(account: AccountStage) -> None:
    site = account.fake.account.estate.sites[0]
    account.clock.time += 10
    await account.send("POST", f"/papi/v1/properties/{site.property_id}/versions", {"createFromVersion": 1})
    found, link = list[dict[str, Any]](), "/event-viewer-api/v1/events"
    while link:
        page = await account.get(link)
        found += page["events"]
        link = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert len({row["eventId"] for row in found}) == len(found) > 100
    assert [row["eventTime"] for row in found] == sorted((row["eventTime"] for row in found), reverse=True)
    newest = {row["key"]: row["value"] for row in found[0]["eventData"]}
    assert (found[0]["eventType"]["eventDefinition"]["eventName"], newest["Property"]) == ("Property version saved", site.name)
    mine = await account.get("/event-viewer-api/v1/events", username=found[0]["username"])
    assert [row["eventId"] for row in mine["events"]] == [found[0]["eventId"]]


async def test_the_client_knows_what_it_may_do(account: AccountStage) -> None:
    path = "/identity-management/v3/api-clients/self"
    row = await account.get(path, apiAccess="true", groupAccess="true")
    levels = {api["apiName"]: api["accessLevel"] for api in row["apiAccess"]["apis"]}
    assert set(levels.values()) == {"READ-ONLY", "READ-WRITE"}
    groups = row["groupAccess"]["groups"][0]["subGroups"]
    assert {group["groupId"] for group in groups} == {brand.group_id for brand in account.fake.account.estate.brands}
    assert "apiAccess" not in await account.get(path)


async def test_each_report_that_is_listed_has_data_and_another_name_is_not_found(account: AccountStage) -> None:
    names = [row["name"] for row in await account.get("/reporting-api/v1/reports")]
    assert len(names) > 5
    for name in names:
        assert await report(account, name, ["all"])
    missing = await account.send("POST", TRAFFIC.format("hits-by-moon"), {"objectIds": ["all"]})
    assert missing.status_code == HTTPStatus.NOT_FOUND
