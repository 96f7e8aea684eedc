"""Undo under attack: over somebody else's change, twice, of an undo, of what holds a secret or is too large, after documents changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from mcp_stage import BuildServer, MakeSettings, OpenStage, Reply, Stage

from akamai_mcp.access.callers import LOCAL, calling
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.programs.requests import ProgramRequest
from akamai_mcp.runs.record import RunPolicy
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.settings import Settings

ZONE = "alpenglow.test"
SECRET = "hunter2-of-the-origin"
RECORD = {"zone": ZONE, "name": f"kept.{ZONE}", "type": "TXT"}
BODY = {"name": f"kept.{ZONE}", "type": "TXT", "ttl": 300, "rdata": ['"first"']}
CREATE = 'await call("config-dns/v2#post-zones-zone-names-name-types-type", inputs["where"] | {"body": inputs["body"]})'
REPLACE = CREATE.replace("#post-", "#put-")
DELETE = 'await call("config-dns/v2#delete-zone-name-type", inputs["where"])'


@pytest.fixture
async def kept(open_stage: OpenStage, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        yield stage


@pytest.fixture
async def asking(open_stage: OpenStage, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that asks for each plan."""
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs", confirm="writes") as stage:
        yield stage


async def run(stage: Stage, program: str, **inputs: Any) -> Reply:
    """Run a program for a user who agrees to its plan."""
    reply = await stage.ask("akamai_run", program=program, inputs=inputs, maxBytes=400_000)
    if "confirm" in reply.content:
        reply = await stage.ask("akamai_run", confirm=reply.content["confirm"])
    assert not reply.failed, reply.text[:2000]
    return reply


async def undo(stage: Stage, changed: Reply) -> dict[str, Any]:
    return dict((await run(stage, "@undo", run=changed.content["run"])).content["body"])


async def read(stage: Stage, name: str, **arguments: Any) -> Any:
    reply = await stage.ask("akamai_read", name=name, arguments=arguments, cache="off", maxBytes=1_000_000)
    assert not reply.failed, reply.text
    return reply.content["body"]


async def record(stage: Stage) -> Any:
    reply = await stage.ask("akamai_read", name="config-dns/v2#get-zone-name-type", arguments=RECORD, cache="off")
    return reply.content["body"]["rdata"] if not reply.failed else None


async def first(stage: Stage) -> None:
    await run(stage, CREATE, where=RECORD, body=BODY)


def text(word: str) -> dict[str, Any]:
    return BODY | {"rdata": [f'"{word}"']}


async def test_what_somebody_else_changed_since_stays_and_is_told(kept: Stage) -> None:
    await first(kept)
    ours = await run(kept, REPLACE, where=RECORD, body=text("ours"))
    await run(kept, REPLACE, where=RECORD, body=text("theirs"))
    done = await undo(kept, ours)
    assert (done["takenBack"], "was changed since" in done["left"][0]["reason"]) == ([], True)
    assert await record(kept) == ['"theirs"']


async def test_what_somebody_else_changes_between_the_plan_and_the_yes_stays_and_is_told(asking: Stage) -> None:
    await first(asking)
    ours = await run(asking, REPLACE, where=RECORD, body=text("ours"))
    asked = await asking.ask("akamai_run", program="@undo", inputs={"run": ours.content["run"]})
    assert "confirm" in asked.content
    await run(asking, REPLACE, where=RECORD, body=text("theirs"))
    done = await asking.ask("akamai_run", confirm=asked.content["confirm"])
    assert (done.content["body"]["takenBack"], len(done.content["body"]["left"])) == ([], 1)
    assert "changes" not in done.content
    assert await record(asking) == ['"theirs"']


async def test_what_somebody_else_changed_between_two_changes_of_a_run_is_not_wiped_out(kept: Stage) -> None:
    await first(kept)
    program = f"""
import asyncio
{REPLACE.replace('inputs["body"]', 'inputs["one"]')}
await asyncio.sleep(inputs["seconds"])
{REPLACE.replace('inputs["body"]', 'inputs["two"]')}
"""
    waiting = asyncio.create_task(run(kept, program, where=RECORD, one=text("one"), two=text("two"), seconds=2))
    while await record(kept) != ['"one"']:
        await asyncio.sleep(0.05)
    await run(kept, REPLACE, where=RECORD, body=text("theirs"))
    done = await undo(kept, await waiting)
    assert (len(done["takenBack"]), len(done["left"])) == (1, 1)
    assert await record(kept) == ['"theirs"']


async def test_two_who_take_a_run_back_at_once_take_it_back_once(asking: Stage) -> None:
    await first(asking)
    ours = await run(asking, REPLACE, where=RECORD, body=text("ours"))
    asked = [await asking.ask("akamai_run", program="@undo", inputs={"run": ours.content["run"]}) for _ in range(2)]
    one = (await asking.ask("akamai_run", confirm=asked[0].content["confirm"])).content["body"]
    other = (await asking.ask("akamai_run", confirm=asked[1].content["confirm"])).content["body"]
    assert (len(one["takenBack"]), len(other["takenBack"]), len(other["left"])) == (1, 0, 1)
    again = await undo(asking, ours)
    assert (again["takenBack"], len(again["left"])) == ([], 1)
    assert await record(asking) == ['"first"']


async def test_an_undo_of_an_undo_brings_the_changes_again_and_a_third_takes_them_back(kept: Stage) -> None:
    await first(kept)
    ours = await run(kept, f"{REPLACE}\n{DELETE}", where=RECORD, body=text("ours"))
    assert await record(kept) is None
    undone = await run(kept, "@undo", run=ours.content["run"])
    assert await record(kept) == ['"first"']
    redone = await run(kept, "@undo", run=undone.content["run"])
    assert await record(kept) is None, redone.text
    await run(kept, "@undo", run=redone.content["run"])
    assert await record(kept) == ['"first"']


async def test_a_run_that_failed_half_way_is_taken_back_as_far_as_it_came(kept: Stage) -> None:
    await first(kept)
    asked = await kept.ask("akamai_run", program=f"{REPLACE}\n1 / 0", inputs={"where": RECORD, "body": text("ours")})
    failed = await kept.ask("akamai_run", confirm=asked.content["confirm"]) if "confirm" in asked.content else asked
    assert (failed.failed, failed.content["changes"]) == (True, {"done": 1})
    done = await undo(kept, failed)
    assert len(done["takenBack"]) == 1
    assert await record(kept) == ['"first"']


async def test_a_run_that_can_still_go_on_says_so(kept: Stage) -> None:
    await first(kept)
    program = f"import asyncio\n{REPLACE}\nawait asyncio.sleep(90000)\n{DELETE}"
    paused = await run(kept, program, where=RECORD, body=text("ours"))
    assert paused.content["status"] == "paused"
    done = await undo(kept, paused)
    assert (len(done["takenBack"]), "can still go on" in done["note"]) == (1, True)


async def test_what_was_made_without_keeping_is_removed_only_if_it_is_as_it_was_sent(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    async with open_stage(runs_dir=tmp_path / "runs") as stage:
        made = await run(stage, CREATE, where=RECORD, body=BODY)
        await run(stage, REPLACE, where=RECORD, body=text("theirs"))
        assert "was changed since" in (await undo(stage, made))["left"][0]["reason"]
        await run(stage, REPLACE, where=RECORD, body=BODY)
        assert len((await undo(stage, made))["takenBack"]) == 1
        assert await record(stage) is None


async def test_a_condition_that_is_none_sends_nothing(kept: Stage) -> None:
    for wrong in ({}, {"call": "a", "arguments": {}, "digests": "x"}, {"call": 1, "arguments": {}, "digests": []}):
        program = REPLACE[:-1] + ', only_if=inputs["wrong"])'
        asked = await kept.ask("akamai_run", program=program, inputs={"where": RECORD, "body": BODY, "wrong": wrong})
        told = await kept.ask("akamai_run", confirm=asked.content["confirm"]) if "confirm" in asked.content else asked
        assert told.failed
        assert "changes" not in told.content
    told = await kept.ask("akamai_run", program=REPLACE[:-1] + ", only_if=1)", inputs={"where": RECORD, "body": BODY})
    assert "only_if" in told.text
    assert await record(kept) is None


async def test_a_condition_that_cannot_be_compared_fails_its_call_alone(kept: Stage) -> None:
    zones = '"call": "config-dns/v2#get-zones", "digests": []'
    for wrong in (
        f'{{{zones}, "arguments": {{}}, "expression": "((("}}',
        f'{{{zones}, "arguments": {{}}, "expression": "abs(zones)"}}',
        f'{{{zones}, "arguments": {{"search": 2**70}}}}',
        "{1: 2}",
    ):
        sends = f"{REPLACE[:-1]}, only_if={wrong})"
        program = f"result = 'sent'\ntry:\n    {sends}\nexcept Exception as error:\n    result = str(error)\nresult"
        told = await run(kept, program, where=RECORD, body=BODY)
        assert (told.failed, told.content["body"] != "sent", "changes" in told.content) == (False, True, False), wrong
    assert await record(kept) is None


async def property_of(stage: Stage) -> dict[str, Any]:
    """A property and a new version of it."""
    rows = (await read(stage, "papi/v1#get-hostnames", network="PRODUCTION", limit=1))["hostnames"]["items"]
    where = {name: rows[0][name] for name in ("propertyId", "contractId", "groupId")}
    body = {"createFromVersion": (await read(stage, "papi/v1#get-property", **where))["properties"]["items"][0]["latestVersion"]}
    made = await run(
        stage, 'await call("papi/v1#post-property-versions", inputs["where"] | {"body": inputs["body"]})', where=where, body=body
    )
    version = int(made.content["body"]["versionLink"].partition("?")[0].rpartition("/")[2])
    return where | {"propertyVersion": version}


RULES = """
tree = await call("papi/v1#get-property-version-rules", inputs["where"])
tree["rules"]["behaviors"].append({"name": "verifyTokenAuthorization", "options": {"password": inputs["secret"]}})
await call("papi/v1#put-property-version-rules", inputs["where"] | {"body": {"rules": tree["rules"]}})
"""


async def test_rules_of_a_property_come_back_byte_for_byte_and_no_secret_of_them_is_on_disk(kept: Stage, tmp_path: Path) -> None:
    where = await property_of(kept)
    await run(kept, RULES, where=where, secret=SECRET)
    before = (await read(kept, "papi/v1#get-property-version-rules", **where))["rules"]
    changed = await run(kept, RULES, where=where, secret="another")
    assert (await read(kept, "papi/v1#get-property-version-rules", **where))["rules"] != before
    done = await undo(kept, changed)
    assert done["left"] == []
    assert json.dumps((await read(kept, "papi/v1#get-property-version-rules", **where))["rules"]) == json.dumps(before)
    everything = b"".join(file.read_bytes() for file in (tmp_path / "runs").iterdir())
    assert b"put-property-version-rules" in everything
    assert SECRET.encode() not in everything


async def test_what_may_hold_a_secret_is_told_as_left_by_the_next_process(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        where = await property_of(stage)
        changed = await run(stage, RULES, where=where, secret="another")
    async with open_stage(keep_before=True, runs_dir=tmp_path / "runs") as stage:
        (left,) = (await undo(stage, changed))["left"]
        assert "credential" in left["reason"]


async def test_hostnames_of_a_property_come_back_byte_for_byte(kept: Stage) -> None:
    where = await property_of(kept)
    before = json.dumps((await read(kept, "papi/v1#get-property-version-hostnames", **where))["hostnames"])
    program = """
one = (await call("papi/v1#get-property-version-hostnames", inputs))["hostnames"]["items"][0]
add = [{"cnameType": "EDGE_HOSTNAME", "cnameFrom": "new.alpenglow.test", "cnameTo": one["cnameTo"], "certProvisioningType": "CPS_MANAGED"}]
await call("papi/v1#patch-property-version-hostnames", inputs | {"body": {"add": add}})
"""
    changed = await run(kept, program, **where)
    assert json.dumps((await read(kept, "papi/v1#get-property-version-hostnames", **where))["hostnames"]) != before
    done = await undo(kept, changed)
    assert done["left"] == []
    assert json.dumps((await read(kept, "papi/v1#get-property-version-hostnames", **where))["hostnames"]) == before


async def test_what_is_active_on_two_networks_goes_back_on_both(kept: Stage) -> None:
    where = await property_of(kept)
    version = where.pop("propertyVersion")
    one = (await read(kept, "papi/v1#get-property", **where))["properties"]["items"][0]
    program = """
for network in ("STAGING", "PRODUCTION"):
    body = {"propertyVersion": inputs["version"], "network": network, "activationType": "ACTIVATE", "notifyEmails": ["a@example.com"],
            "acknowledgeAllWarnings": True, "complianceRecord": {"noncomplianceReason": "NO_PRODUCTION_TRAFFIC"}}
    await call("papi/v1#post-property-activations", inputs["where"] | {"body": body})
"""
    changed = await run(kept, program, where=where, version=version)
    done = await undo(kept, changed)
    sent = [
        json.loads(request.body)
        for request in kept.fake.requests
        if request.method == "POST" and b"activationType" in request.body
    ]
    assert [(one["network"], one["propertyVersion"]) for one in sent[2:]] == [
        ("PRODUCTION", one["productionVersion"]),
        ("STAGING", one["stagingVersion"]),
    ]
    assert (len(done["takenBack"]), done["left"]) == (2, [])


async def test_changes_of_two_parts_at_once_are_each_taken_back(kept: Stage) -> None:
    query = """
config = (await call("appsec/v1#get-configs"))["configurations"][0]
where = {"configId": config["id"], "versionNumber": config["latestVersion"]}
where["policyId"] = (await call("appsec/v1#get-policies", where))["policies"][0]["policyId"]
where
"""
    where = (await kept.ask("akamai_query", program=query)).content["body"]
    program = """
import asyncio
async def one(kind, body):
    await call(f"appsec/v1#put-policy-{kind}", inputs | {"body": body})
firewall = await call("appsec/v1#get-policy-ip-geo-firewall", inputs)
protections = await call("appsec/v1#get-policy-protections", inputs)
protections["applyBotmanControls"] = not protections.get("applyBotmanControls")
await asyncio.gather(one("ip-geo-firewall", firewall | {"block": "blockSpecificIPGeo"}), one("protections", protections))
"""
    parts = ("appsec/v1#get-policy-ip-geo-firewall", "appsec/v1#get-policy-protections")
    before = [await read(kept, part, **where) for part in parts]
    changed = await run(kept, program, **where)
    assert [await read(kept, part, **where) for part in parts] != before
    done = await undo(kept, changed)
    assert (len(done["takenBack"]), done["left"]) == (2, [])
    assert [await read(kept, part, **where) for part in parts] == before


class SmallStates(Settings):
    """Settings by which next to nothing of a resource is kept."""

    def run_policy(self, default_folder: Callable[[], Path]) -> RunPolicy:
        return replace(super().run_policy(default_folder), state_bytes=40)


async def test_what_is_too_large_to_be_kept_is_told_as_left(
    settings: MakeSettings, served: BuildServer, fake: FakeAkamai, tmp_path: Path
) -> None:
    usual = settings(keep_before=True, runs_dir=tmp_path / "runs")
    async with Client(served(SmallStates(**usual.model_dump(exclude_unset=True)))) as client:
        stage = Stage(client=client, fake=fake)
        await first(stage)
        ours = await run(stage, REPLACE, where=RECORD, body=text("ours"))
        (left,) = (await undo(stage, ours))["left"]
        assert "is larger than 40 bytes" in left["reason"]
        assert await record(stage) == ['"ours"']


async def test_after_the_documents_changed_a_change_is_told_as_left(
    settings: MakeSettings, served: BuildServer, fake: FakeAkamai, tmp_path: Path
) -> None:
    async with Client(served(settings(keep_before=True, runs_dir=tmp_path / "runs"))) as client:
        stage = Stage(client=client, fake=fake)
        await first(stage)
        ours = await run(stage, f"{REPLACE}\n{DELETE}", where=RECORD, body=text("ours"))
    specs = tmp_path / "specs" / "config-dns" / "v2"
    specs.mkdir(parents=True)
    document = json.loads((embedded_folder() / "config-dns/v2/openapi.json").read_bytes())
    item = document["paths"]["/zones/{zone}/names/{name}/types/{type}"]
    del item["post"], item["put"]
    (specs / "openapi.json").write_text(json.dumps(document))
    chosen = settings(keep_before=True, runs_dir=tmp_path / "runs", specs_dir=tmp_path / "specs")
    async with Client(served(chosen)) as client:
        left = (await undo(Stage(client=client, fake=fake), ours))["left"]
        assert [one["reason"] for one in left] == [
            "the operation that takes it back is in no document any more",
            "nothing is known that takes it back",
        ]


async def test_what_another_account_has_made_is_left(
    settings: MakeSettings, served: BuildServer, fake: FakeAkamai, edgerc: Path, tmp_path: Path
) -> None:
    own = tmp_path / ".edgerc"
    own.write_text(edgerc.read_text())
    own.chmod(0o600)
    async with Client(served(settings(keep_before=True, runs_dir=tmp_path / "runs", edgerc=own))) as client:
        stage = Stage(client=client, fake=fake)
        await first(stage)
        ours = await run(stage, REPLACE, where=RECORD, body=text("ours"))
        own.write_text(edgerc.read_text().replace("[default]\n", "[default]\naccount_key = 1-OTHER:1-2RBL\n"))
        arrived = len(fake.requests)
        (left,) = (await undo(stage, ours))["left"]
        assert "another account now" in left["reason"]
        assert len(fake.requests) == arrived, "nothing was even read"


async def test_a_run_of_another_caller_takes_nothing_back(
    settings: MakeSettings, served: BuildServer, fake: FakeAkamai, tmp_path: Path
) -> None:
    server = served(settings(keep_before=True, runs_dir=tmp_path / "runs"))
    async with Client(server) as client:
        stage = Stage(client=client, fake=fake)
        await first(stage)
        ours = await run(stage, REPLACE, where=RECORD, body=text("ours"))
        programs = server.parts.programs
        assert programs
        request = ProgramRequest(source="@undo", inputs={"run": ours.content["run"]})
        with calling(lambda: replace(LOCAL, name="somebody else")):
            told = await programs.run(request)
        assert told.is_error
        assert "There is no run" in json.dumps(told.content)
        assert await record(stage) == ['"ours"']
