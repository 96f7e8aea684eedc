"""Each habit by itself: what it does when it is on, and that nothing of it is there when it is off."""

from __future__ import annotations

import io
import tarfile
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson
import pytest
from account_stage import NOW, AccountStage, OpenAccount

from akamai_mcp.sandbox.habits.habits import Habits

GROUPS = "/papi/v1/groups"
LISTS = "/network-list/v2/network-lists"
CPS = "/cps/v2/enrollments"
ACKNOWLEDGE = {"acknowledgement": "acknowledge"}


def site_path(account: AccountStage, rest: str = "") -> str:
    return f"/papi/v1/properties/prp_{account.fake.account.estate.sites[0].property_id}{rest}"


@pytest.mark.parametrize("rest", ["", "/versions", "/versions/1/rules", "/hostnames?limit=5", "/activations"])
async def test_papi_sends_a_read_that_names_no_contract_to_the_address_that_does(open_account: OpenAccount, rest: str) -> None:
    async with open_account(Habits(account=True, redirects=True)) as account:
        first = await account.client.get(site_path(account, rest))
        location = first.headers["location"]
        assert first.status_code == HTTPStatus.FOUND
        assert location.startswith(site_path(account).replace("prp_", ""))
        assert "contractId=" in location
        assert "groupId=" in location
        assert ("limit=5" in location) == ("limit=5" in rest)
        for spelling in (location, location.replace("/properties/", "/properties/prp_")):
            assert (await account.client.get(spelling)).status_code == HTTPStatus.OK


async def test_papi_redirects_no_write_no_list_and_nothing_that_it_does_not_have(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, redirects=True)) as account:
        made = await account.send("POST", site_path(account, "/versions"), {"createFromVersion": 1})
        assert made.status_code == HTTPStatus.CREATED
        assert (await account.client.get(GROUPS)).status_code == HTTPStatus.OK
        assert (await account.client.get("/papi/v1/properties/prp_1")).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{CPS}?contractId=ctr_1-ABC", None),
        ("GET", "/cprg/v1/cpcodes/cpc_1", None),
        ("POST", LISTS, {"name": "n", "type": "IP", "list": [], "contractId": "ctr_1-ABC"}),
        ("GET", "/datastream-config-api/v2/log/groups/grp_1/properties", None),
    ],
)
async def test_an_id_with_papis_prefix_is_refused_elsewhere_and_only_with_the_habit(
    open_account: OpenAccount, method: str, path: str, body: Any
) -> None:
    async with open_account(Habits(account=True, ids=True)) as account:
        refused = await account.send(method, path, body)
        assert refused.status_code == HTTPStatus.BAD_REQUEST
        assert refused.json()["title"].startswith("Invalid ")
        assert (await account.client.get(site_path(account))).status_code == HTTPStatus.OK
    async with open_account(Habits(account=True)) as account:
        assert (await account.send(method, path, body)).status_code != HTTPStatus.BAD_REQUEST


async def pending_change(account: AccountStage) -> str:
    rows = (await account.client.get(CPS, headers={"accept": "*/*"})).json()["enrollments"]
    return str(next(row for row in rows if row["pendingChanges"])["pendingChanges"][0]["location"])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("dv-challenges.v2", HTTPStatus.OK),
        ("dv-challenges.v1", HTTPStatus.OK),
        ("deployment.v7", HTTPStatus.NOT_ACCEPTABLE),
        ("csr.v2", HTTPStatus.NOT_ACCEPTABLE),
    ],
)
async def test_an_input_of_cps_is_shown_in_the_media_type_of_its_kind(
    open_account: OpenAccount, kind: str, status: HTTPStatus
) -> None:
    async with open_account(Habits(account=True, media_types=True)) as account:
        path = f"{await pending_change(account)}/input/info/lets-encrypt-challenges"
        answer = await account.client.get(path, headers={"accept": f"application/vnd.akamai.cps.{kind}+json"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("acknowledgement.v1", HTTPStatus.OK),
        ("certificate-and-trust-chain.v2", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    ],
)
async def test_an_input_of_cps_is_given_in_the_media_type_of_its_kind(
    open_account: OpenAccount, kind: str, status: HTTPStatus
) -> None:
    async with open_account(Habits(account=True, media_types=True)) as account:
        path = f"{await pending_change(account)}/input/update/lets-encrypt-challenges-completed"
        headers = {"content-type": f"application/vnd.akamai.cps.{kind}+json", "accept": "*/*"}
        answer = await account.client.post(path, content=orjson.dumps(ACKNOWLEDGE), headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/vnd.config-gtm.v1.7+json", HTTPStatus.OK),
        ("application/json", HTTPStatus.OK),
        ("domain-vnd-config-gtm.v1.5+json", HTTPStatus.NOT_ACCEPTABLE),
    ],
)
async def test_gtm_wants_a_media_type_that_is_one(open_account: OpenAccount, accept: str, status: HTTPStatus) -> None:
    async with open_account(Habits(account=True, media_types=True)) as account:
        name = next(iter(account.fake.account.names.domains))
        answer = await account.client.get(f"/config-gtm/v1/domains/{name}", headers={"accept": accept})
        assert answer.status_code == status


async def test_a_burst_is_refused_at_the_gate_and_over_after_a_second(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, limits=True, burst=5)) as account:
        answers = [await account.client.get(LISTS) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [HTTPStatus.OK] * 5 + [HTTPStatus.BAD_REQUEST]
        problem = answers[-1].json()
        assert problem["type"].endswith("/pep-authn/request-error")
        assert "IPBLOCK-BURST" in problem["detail"]
        account.clock.time += 1
        assert (await account.client.get(LISTS)).status_code == HTTPStatus.OK


async def test_a_write_that_is_refused_at_the_gate_has_no_effect(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, limits=True, burst=1)) as account:
        await account.client.get(LISTS)
        body = {"name": "Not made", "type": "IP", "list": []}
        assert (await account.send("POST", LISTS, body)).status_code == HTTPStatus.BAD_REQUEST
        assert "Not made" not in {one.name for one in account.fake.account.security.network_lists.values()}


async def test_papi_says_when_the_next_request_may_come(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, limits=True, headers=True, papi=2)) as account:
        first = await account.client.get(GROUPS)
        assert (first.headers["x-ratelimit-limit"], first.headers["x-ratelimit-remaining"]) == ("2", "1")
        account.clock.time += 10
        await account.client.get(GROUPS)
        refused = await account.client.get(GROUPS)
        assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (HTTPStatus.TOO_MANY_REQUESTS, "0")
        assert datetime.fromisoformat(refused.headers["x-ratelimit-next"]).timestamp() == NOW + 60
        assert (await account.client.get(LISTS)).status_code == HTTPStatus.OK
        account.clock.time = NOW + 60
        assert (await account.client.get(GROUPS)).status_code == HTTPStatus.OK


async def test_cps_says_it_in_words_and_others_by_retry_after_in_its_three_forms(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, limits=True, cps=1, others=1)) as account:
        await account.client.get(CPS)
        refused = await account.client.get(CPS)
        assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert "retry-after" not in refused.headers
        said = refused.json()["detail"].partition("try after ")[2].rstrip(".")
        assert datetime.fromisoformat(said).timestamp() == NOW + 60
        await account.client.get(LISTS)
        forms = [(await account.client.get(LISTS)).headers["retry-after"] for _ in range(3)]
        assert forms[0] == "60"
        assert float(forms[1]) == pytest.approx(60, abs=0.1)
        assert "." in forms[1]
        assert parsedate_to_datetime(forms[2]).timestamp() == NOW + 60


async def test_what_was_just_created_is_not_found_by_the_first_look(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, late=True)) as account:
        made = await account.send("POST", LISTS, {"name": "New", "type": "IP", "list": []})
        path = made.headers["location"]
        assert [(await account.client.get(path)).status_code for _ in range(2)] == [HTTPStatus.NOT_FOUND, HTTPStatus.OK]
        link = (await account.send("POST", site_path(account, "/versions"), {"createFromVersion": 1})).json()["versionLink"]
        account.clock.time += 6
        assert (await account.client.get(link)).status_code == HTTPStatus.OK


async def test_events_are_lines_and_the_last_one_says_where_to_go_on(open_account: OpenAccount) -> None:
    async with open_account(Habits(account=True, lines=True)) as account:
        config = next(iter(account.fake.account.security.configurations.values()))
        offset, hosts, pages = "0", set[str](), 0
        while pages < 5:
            answer = await account.client.get(f"/siem/v1/configs/{config.number}", params={"offset": offset, "limit": 100})
            *events, last = [orjson.loads(line) for line in answer.content.splitlines()]
            assert last["total"] == len(events)
            hosts |= {event["httpMessage"]["host"] for event in events}
            offset, pages = last["offset"], pages + 1
            if not events:
                break
        assert (offset, pages) == ("240", 4)
        assert hosts <= set(config.versions[1].hostnames)


async def test_archives_have_members(open_account: OpenAccount) -> None:
    path = "/edgeworkers/v1/ids/42/revisions/1-1/content"
    async with open_account(Habits(archives=True)) as account:
        answer = await account.client.get(path)
        with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:gz") as archive:
            assert archive.getnames()
    async with open_account(Habits()) as account:
        content = (await account.client.get(path)).content
        assert not tarfile.is_tarfile(io.BytesIO(content))


async def test_what_schemas_answer_waits_too_before_it_is_done(open_account: OpenAccount) -> None:
    path = "/edge-diagnostics/v1/url-health-check"
    async with open_account(Habits(work=True, looks=2)) as account:
        assert (await account.send("POST", path, {})).status_code == HTTPStatus.ACCEPTED
        seen = [(await account.get(f"{path}/requests/1"))["executionStatus"] for _ in range(4)]
        assert seen == ["IN_PROGRESS", "IN_PROGRESS", "SUCCESS", "SUCCESS"]


async def test_without_habits_there_is_no_account_and_examples_answer(open_account: OpenAccount) -> None:
    async with open_account(Habits()) as account:
        answers = [await account.client.get(LISTS) for _ in range(70)]
        assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
        assert (await account.client.get("/papi/v1/properties/prp_1")).status_code == HTTPStatus.OK
        with pytest.raises(RuntimeError, match="account"):
            _ = account.fake.account
