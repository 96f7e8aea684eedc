"""The server against a sandbox that lives like Akamai: what no document tells is met and got over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from mcp_stage import OpenStage, Reply, Stage

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.habits.habits import NONE, read_habits

# A pause that a poll asks for, so that no test waits for real work.
AT_ONCE = {"retry-after": "0.01"}


@pytest.fixture
def live(fake: FakeAkamai) -> Iterator[FakeAkamai]:
    """The fake Akamai with every habit."""
    fake.habits = read_habits(("all", "papi=1000"))
    fake.reset()
    yield fake
    fake.habits = NONE


@pytest.fixture
async def here(live: FakeAkamai, open_stage: OpenStage) -> AsyncIterator[Stage]:
    async with open_stage() as opened:
        yield opened


def account_of(stage: Stage) -> Account:
    return stage.fake.account


async def read(stage: Stage, name: str, *, select: str = "", **arguments: Any) -> Reply:
    return await stage.ask("akamai_read", name=name, arguments=arguments, **({"select": select} if select else {}))


async def test_a_property_is_read_by_its_id_alone(here: Stage) -> None:
    site = account_of(here).estate.sites[0]
    reply = await here.ask("akamai_raw_request", method="GET", path=f"/papi/v1/properties/prp_{site.property_id}")
    assert (reply.failed, reply.content["status"]) == (False, 200)
    assert reply.content["body"]["properties"]["items"][0]["propertyName"] == site.name
    assert len(reply.content["redirected"]) == 1


async def test_an_id_of_papi_is_understood_by_cps(here: Stage) -> None:
    contract = account_of(here).estate.contracts[0]
    reply = await read(here, "cps/v2#get-enrollments", contractId=f"ctr_{contract}")
    assert (reply.failed, here.seen.target) == (False, f"/cps/v2/enrollments?contractId={contract}")
    assert reply.content["body"]["enrollments"]


async def test_an_activation_is_waited_for_though_it_is_not_found_at_first(here: Stage) -> None:
    one = next(iter(account_of(here).papi.properties.values()))
    here.fake.faults.add(Fault(path="*/activations*", times=None, headers=AT_ONCE))
    body = {"propertyVersion": one.latest, "network": "STAGING", "notifyEmails": ["ops@meridian-retail.test"]}
    where = {"propertyId": f"prp_{one.number}", "contractId": f"ctr_{one.contract_id}", "groupId": f"grp_{one.group_id}"}
    call = {"name": "papi/v1#post-property-activations", "arguments": {**where, "body": body}, "wait": True}
    reply = await here.agreed("akamai_write", call)
    assert (reply.failed, reply.content["outcome"]["state"]) == (False, "done")
    assert reply.content["outcome"]["asked"] == 5
    assert one.active("STAGING", account_of(here).now) == one.latest


async def test_a_rule_tree_that_another_changed_is_read_anew_after_the_refusal(here: Stage) -> None:
    account = account_of(here)
    one = next(iter(account.papi.properties.values()))
    version = one.add_version(one.latest, user="somebody", now=account.now)
    where = {"propertyId": f"prp_{one.number}", "propertyVersion": version.number}
    where |= {"contractId": f"ctr_{one.contract_id}", "groupId": f"grp_{one.group_id}"}

    async def put(etag: str) -> Reply:
        arguments = {**where, "If-Match": f'"{etag}"', "body": {"rules": version.rules}}
        return await here.agreed("akamai_write", name="papi/v1#put-property-version-rules", arguments=arguments)

    async def etag() -> str:
        return str((await read(here, "papi/v1#get-property-version-rules", **where)).content["body"]["etag"])

    old = await etag()
    version.changes += 1
    refused = await put(old)
    assert (refused.failed, refused.content["status"]) == (True, 412)
    accepted = await put(await etag())
    assert (accepted.failed, accepted.content["status"]) == (False, 200)


async def test_a_change_of_cps_gets_its_input_in_the_media_type_of_its_kind(here: Stage) -> None:
    enrollment = next(one for one in account_of(here).certificates.values() if one.changes)
    change = next(iter(enrollment.changes))
    where = {"enrollmentId": enrollment.number, "changeId": change}
    shown = await read(here, "cps/v2#get-change-allowed-input-param", **where, allowedInputTypeParam="lets-encrypt-challenges")
    assert (shown.failed, shown.content["status"]) == (False, 200)
    given = await here.agreed(
        "akamai_write",
        name="cps/v2#post-change-allowed-input-param",
        arguments={
            **where,
            "allowedInputTypeParam": "lets-encrypt-challenges-completed",
            "body": {"acknowledgement": "acknowledge"},
        },
    )
    assert (given.failed, given.content["status"]) == (False, 200)


async def test_a_gtm_domain_is_read_with_a_media_type_that_is_one(here: Stage) -> None:
    name = next(iter(account_of(here).names.domains))
    reply = await read(here, "config-gtm/v1#get-domain", domainName=name)
    assert (reply.failed, reply.content["body"]["name"]) == (False, name)


async def test_events_are_an_array_whose_last_line_says_where_to_go_on(here: Stage) -> None:
    config = next(iter(account_of(here).security.configurations))
    reply = await read(here, "siem/v1#get-config", configId=config, limit=5, select="[-1].offset")
    assert (reply.failed, reply.content["body"]) == (False, "5")


async def test_a_bundle_is_listed_by_its_members(here: Stage) -> None:
    worker = next(iter(account_of(here).edge.workers))
    reply = await read(here, "edgeworkers/v1#get-version-content", edgeWorkerId=worker, version="1.1.0")
    assert not reply.failed
    assert "main.js" in reply.text
    assert "bundle.json" in reply.text
