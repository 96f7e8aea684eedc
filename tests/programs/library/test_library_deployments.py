"""The programs that bring something live: security configurations, EdgeWorkers, purges, whole zones."""

from __future__ import annotations

import base64
import io
import tarfile
from typing import Any

import pytest
from mcp_stage import Reply, Stage

from akamai_mcp.sandbox.faults import Fault

EMAILS = ["ops@alpenglow.test"]
WAF, WORKER, SITE, ZONE = "Alpenglow WAF", "Alpenglow headers", "www.alpenglow.test", "alpenglow.test"
ZONE_FILE = """\
$TTL 1h
@ IN SOA ns1.test. admin.test. ( 1 2 ; serial and refresh
    3 4 5 )
www 60 IN CNAME www.alpenglow.test.edgekey.net.
new IN TXT "a ; b" "c"   ; two texts
    IN A 192.0.2.1
    IN A 192.0.2.2
$ORIGIN sub
mail 1h30m MX 10 mx1
"""


def changes(stage: Stage) -> list[str]:
    """The requests that changed something, without their search and their ids."""
    found = [request for request in stage.fake.requests if request.method != "GET" and "/search/" not in request.target]
    return [f"{request.method} {request.target.partition('?')[0].rpartition('/')[2]}" for request in found]


async def asked(stage: Stage, program: str, **inputs: Any) -> Reply:
    return await stage.ask("akamai_run", program=program, inputs=inputs, maxBytes=100_000)


async def agreed(stage: Stage, program: str, **inputs: Any) -> Reply:
    """Run a program for a user who agrees to each plan of it."""
    reply = await asked(stage, program, **inputs)
    while "confirm" in reply.content:
        reply = await stage.ask("akamai_run", confirm=reply.content["confirm"])
    return reply


async def test_a_security_configuration_is_cloned_and_active_on_both_networks(stage: Stage) -> None:
    both = ["PRODUCTION", "STAGING"]
    plan = await asked(stage, "@clone-and-activate-waf", configuration=WAF, notifyEmails=EMAILS, networks=both)
    assert "3 changes by one program, of which 1 need your agreement" in plan.content["would"]
    assert changes(stage) == []
    body = (await stage.ask("akamai_run", confirm=plan.content["confirm"])).content["body"]
    assert (body["staging"]["status"], body["production"]["status"]) == ("ACTIVATED", "ACTIVATED")
    [one] = [one for one in stage.fake.account.security.configurations.values() if one.name == WAF]
    assert one.active("PRODUCTION", stage.fake.account.now) == one.active("STAGING", stage.fake.account.now) == body["version"]
    assert body["version"] > body["before"]["production"]


async def test_production_keeps_its_configuration_where_staging_fails(stage: Stage) -> None:
    stage.fake.faults.add(Fault(path="/appsec/v1/activations", method="POST", status=500, times=None))
    reply = await agreed(
        stage, "@clone-and-activate-waf", configuration=WAF, notifyEmails=EMAILS, networks=["STAGING", "PRODUCTION"]
    )
    assert (reply.failed, changes(stage)) == (True, ["POST versions", "POST activations"])
    assert reply.content["changed"][-1]["state"] == "done"


def bundle(version: str) -> dict[str, str]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in (
            ("main.js", "export function onClientRequest() {}"),
            ("bundle.json", f'{{"edgeworker-version": "{version}"}}'),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return {"base64": base64.b64encode(packed.getvalue()).decode()}


async def test_an_edgeworker_is_uploaded_and_activated_with_one_question(stage: Stage) -> None:
    inputs = {"edgeWorker": WORKER, "bundle": bundle("9.9.1"), "version": "9.9.1", "networks": ["STAGING", "PRODUCTION"]}
    plan = await asked(stage, "@deploy-edgeworker", **inputs)
    assert changes(stage) == []
    reply = await stage.ask("akamai_run", confirm=plan.content["confirm"])
    body = reply.content["body"]
    assert (body["version"], body["staging"]["status"], body["production"]["status"]) == ("9.9.1", "COMPLETE", "COMPLETE")
    assert changes(stage) == ["POST versions", "POST activations", "POST activations"]


async def test_an_edgeworker_without_bundle_and_version_is_told(stage: Stage) -> None:
    reply = await asked(stage, "@deploy-edgeworker", edgeWorker=WORKER)
    assert (reply.failed, changes(stage), "Give a bundle" in reply.problem) == (True, [], True)


async def test_a_version_that_is_active_is_purged_by_its_cp_codes(stage: Stage) -> None:
    reply = await agreed(stage, "@purge-after-deploy", property=SITE)
    [site] = [site for site in stage.fake.account.estate.sites if site.name == SITE]
    assert reply.content["body"]["purged"] == {"cpcodes": [site.cpcode_id]}
    assert changes(stage) == ["POST production"]


async def test_nothing_is_purged_before_the_version_is_active(stage: Stage) -> None:
    reply = await agreed(stage, "@purge-after-deploy", property=SITE, version=3, network="production", waitSeconds=0)
    assert (reply.content["body"]["status"], changes(stage)) == ("NEVER ACTIVATED", [])


@pytest.mark.parametrize(("kind", "values"), [("urls", ["https://www.alpenglow.test/a"]), ("tags", ["news"])])
async def test_urls_or_tags_are_purged_in_place_of_cp_codes(stage: Stage, kind: str, values: list[str]) -> None:
    reply = await agreed(stage, "@purge-after-deploy", property=SITE, network="staging", **{kind: values})
    assert (reply.content["body"]["purged"], changes(stage)) == ({kind: values}, ["POST staging"])


async def test_a_zone_file_is_compared_and_nothing_is_changed(stage: Stage) -> None:
    body = (await asked(stage, "@import-zone", zone=ZONE, zoneFile=ZONE_FILE, compareOnly=True)).content["body"]
    new = {(row["name"], row["type"]): (row["ttl"], row["rdata"]) for row in body["new"]}
    assert new == {
        ("new.alpenglow.test", "TXT"): (3600, ['"a ; b" "c"']),
        ("new.alpenglow.test", "A"): (3600, ["192.0.2.1", "192.0.2.2"]),
        ("mail.sub.alpenglow.test", "MX"): (5400, ["10 mx1.sub.alpenglow.test."]),
    }
    [different] = body["different"]
    assert (different["before"]["ttl"], different["after"]["ttl"]) == (300, 60)
    assert (body["changed"], changes(stage)) == (False, [])


async def test_a_zone_file_is_imported_and_then_differs_no_more(stage: Stage) -> None:
    assert not (await agreed(stage, "@import-zone", zone=ZONE, zoneFile=ZONE_FILE)).failed
    assert changes(stage) == ["POST recordsets", "PUT CNAME"]
    body = (await asked(stage, "@import-zone", zone=ZONE, zoneFile=ZONE_FILE, compareOnly=True)).content["body"]
    assert (body["new"], body["different"]) == ([], [])


async def test_what_the_file_has_not_is_deleted_after_one_question_and_the_zone_itself_stays(stage: Stage) -> None:
    sets = [{"name": "www", "type": "CNAME", "ttl": 300, "rdata": ["www.alpenglow.test.edgekey.net."]}]
    plan = await asked(stage, "@import-zone", zone=ZONE, recordSets=sets, deleteOthers=True)
    assert changes(stage) == []
    reply = await stage.ask("akamai_run", confirm=plan.content["confirm"])
    assert set(changes(stage)) == {f"DELETE {row['type']}" for row in reply.content["body"]["deleted"]}
    after = await asked(stage, "@import-zone", zone=ZONE, recordSets=sets, compareOnly=True)
    assert after.content["body"]["onlyAtAkamai"] == []
    left = await stage.ask(
        "akamai_read", name="config-dns/v2#get-zones-zone-recordsets", arguments={"zone": ZONE}, cache="refresh", maxBytes=50_000
    )
    assert sorted(row["type"] for row in left.content["body"]["recordsets"]) == ["CNAME", "NS", "SOA"]


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "Give a zoneFile or recordSets"),
        ({"zoneFile": "www IN A 192.0.2.1"}, "no type, no data or no TTL"),
        ({"zoneFile": "a 1 IN A ( 192.0.2.1"}, "is not closed"),
        ({"zoneFile": "$INCLUDE other"}, "is not known here"),
        ({"zoneFile": "www.other.test. 1 IN A 192.0.2.1"}, "is not in the zone"),
    ],
)
async def test_a_zone_file_that_is_not_understood_changes_nothing(stage: Stage, inputs: dict[str, Any], told: str) -> None:
    reply = await asked(stage, "@import-zone", zone=ZONE, **inputs)
    assert (reply.failed, changes(stage)) == (True, [])
    assert told in reply.problem
