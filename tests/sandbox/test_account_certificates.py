"""Certificates: they cover the hostnames of properties, end some day, and change by steps that want input."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from account_stage import NOW, AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

CPS = "/cps/v2/enrollments"


async def rows(account: AccountStage) -> list[dict[str, Any]]:
    return list((await account.get(CPS))["enrollments"])


async def state(account: AccountStage, change: str) -> tuple[str, list[str]]:
    answer = await account.get(change)
    return answer["statusInfo"]["state"], [one["type"] for one in answer["allowedInput"]]


async def test_every_hostname_with_a_managed_certificate_is_in_one(account: AccountStage) -> None:
    covered = {name for row in await rows(account) for name in row["csr"]["sans"]}
    served = (await account.get("/papi/v1/hostnames", network="PRODUCTION", limit=1000))["hostnames"]["items"]
    assert len(covered) > 80
    assert {row["cnameFrom"] for row in served if row["productionCertType"] == "CPS_MANAGED"} <= covered


async def test_an_enrollment_reads_as_it_is_listed_and_some_certificates_end_within_30_days(account: AccountStage) -> None:
    left = []
    for row in await rows(account):
        assert await account.get(row["location"]) == row
        expiry = (await account.get(f"{row['location']}/deployments"))["production"]["primaryCertificate"]["expiry"]
        left.append((datetime.fromisoformat(expiry) - datetime.fromtimestamp(NOW, UTC)).days)
    assert len(left) == 5
    assert 0 < len([days for days in left if days <= 30]) < len(left)


async def test_a_change_waits_for_its_input_and_then_deploys_a_new_certificate(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, work=True)) as account:
        row = next(row for row in await rows(account) if row["ra"] == "lets-encrypt" and not row["pendingChanges"])
        wanted = {**row, "csr": {**row["csr"], "sans": [*row["csr"]["sans"], "new.nordwind.test"]}}
        begun = await account.send("PUT", row["location"], wanted)
        assert begun.status_code == HTTPStatus.ACCEPTED
        change = begun.json()["changes"][0]
        assert await state(account, change) == ("running", [])
        assert await state(account, change) == ("awaiting-input", ["lets-encrypt-challenges"])
        challenges = await account.get(f"{change}/input/info/lets-encrypt-challenges")
        assert "new.nordwind.test" in {one["domain"] for one in challenges["dv"]}
        body = {"acknowledgement": "acknowledge"}
        given = await account.send("POST", f"{change}/input/update/lets-encrypt-challenges-completed", body)
        assert given.json() == {"change": change}
        assert [(await state(account, change))[0] for _ in range(2)] == ["running", "completed"]
        after = await account.get(row["location"])
        assert "new.nordwind.test" in after["csr"]["sans"]
        assert after["pendingChanges"] == []


async def test_an_input_that_is_not_wanted_is_not_found(account: AccountStage) -> None:
    change = next(row for row in await rows(account) if row["pendingChanges"])["pendingChanges"][0]["location"]
    assert await state(account, change) == ("awaiting-input", ["lets-encrypt-challenges"])
    assert (await account.client.get(f"{change}/input/info/third-party-csr")).status_code == HTTPStatus.NOT_FOUND
    refused = await account.send("POST", f"{change}/input/update/third-party-cert-and-trust-chain", {})
    assert refused.status_code == HTTPStatus.NOT_FOUND


async def test_a_pending_change_holds_back_another_until_it_is_cancelled(account: AccountStage) -> None:
    row = next(row for row in await rows(account) if row["pendingChanges"])
    wanted = {**row, "csr": {**row["csr"], "sans": row["csr"]["sans"][:1]}}
    assert (await account.send("PUT", row["location"], wanted)).status_code == HTTPStatus.CONFLICT
    change = row["pendingChanges"][0]["location"]
    assert (await account.send("DELETE", change)).status_code == HTTPStatus.OK
    assert (await state(account, change))[0] == "cancelled"
    assert (await account.send("PUT", row["location"], wanted)).status_code == HTTPStatus.ACCEPTED


async def test_a_third_party_enrollment_wants_a_certificate_and_then_a_yes(account: AccountStage) -> None:
    row = next(row for row in await rows(account) if row["ra"] == "third-party")
    begun = await account.send("PUT", row["location"], row, params={"force-renewal": "true"})
    change = begun.json()["changes"][0]
    for info, update in (
        ("third-party-csr", "third-party-cert-and-trust-chain"),
        ("change-management-info", "change-management-ack"),
    ):
        assert await state(account, change) == ("awaiting-input", [info])
        assert (await account.client.get(f"{change}/input/info/{info}")).status_code == HTTPStatus.OK
        assert (await account.send("POST", f"{change}/input/update/{update}", {})).status_code == HTTPStatus.OK
    assert await state(account, change) == ("completed", [])


async def test_a_new_enrollment_is_listed_and_has_no_certificate_yet(account: AccountStage) -> None:
    row = (await rows(account))[0]
    body = {name: value for name, value in row.items() if name not in {"id", "location", "pendingChanges"}}
    made = await account.send("POST", CPS, body, params={"contractId": account.fake.account.estate.contracts[0]})
    path = made.json()["enrollment"]
    assert made.status_code == HTTPStatus.ACCEPTED
    assert path in {one["location"] for one in await rows(account)}
    assert (await account.client.get(f"{path}/deployments")).status_code == HTTPStatus.NOT_FOUND
    assert (await account.send("DELETE", path)).status_code == HTTPStatus.OK
    assert path not in {one["location"] for one in await rows(account)}
