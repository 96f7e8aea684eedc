"""The programs of the library that stand on the inventory."""

from __future__ import annotations

from mcp_stage import OpenStage, Stage


async def test_about_tells_a_person_what_serves_and_protects_a_hostname(stage: Stage) -> None:
    host = stage.fake.account.estate.sites[0].hostnames[0]
    reply = await stage.ask("akamai_query", program="@about", inputs={"hostname": host})
    body = reply.content["body"]
    number = stage.fake.account.estate.sites[0].property_id
    live = stage.fake.account.papi.properties[number].active("PRODUCTION", stage.fake.account.now)
    assert body["found"] is True
    for part in (f"({number}), production v{live}", f"PRODUCTION: v{live} ACTIVE", "Certificate: ", "Security policy: ", "CNAME"):
        assert part in body["text"]


async def test_about_says_what_is_near_a_hostname_that_is_not_there(stage: Stage) -> None:
    host = stage.fake.account.estate.sites[0].hostnames[0]
    reply = await stage.ask("akamai_query", program="@about", inputs={"hostname": host.replace(".test", ".tset")})
    assert reply.content["body"]["found"] is False
    assert host in reply.content["body"]["text"]


async def test_inventory_exports_every_property_and_zone_as_rows(stage: Stage) -> None:
    reply = await stage.ask("akamai_query", program="@inventory", inputs={"kinds": ["properties", "zone"]})
    rows, account = reply.content["body"]["rows"], stage.fake.account
    assert {row["id"] for row in rows if row["kind"] == "property"} == {str(number) for number in account.papi.properties}
    assert {row["id"] for row in rows if row["kind"] == "zone"} == set(account.names.zones)


async def test_a_program_finds_what_the_account_owns(stage: Stage) -> None:
    name = next(iter(stage.fake.account.security.network_lists.values())).name
    program = f"found = await find({name!r}, kind='network lists')\nfound['found'][0]['ids']['networkListId']"
    reply = await stage.ask("akamai_query", program=program)
    assert reply.content["body"] == next(iter(stage.fake.account.security.network_lists))


async def test_a_program_is_told_where_the_inventory_is_off_or_the_kind_unknown(open_stage: OpenStage) -> None:
    async with open_stage(inventory="off") as stage:
        reply = await stage.ask("akamai_query", program="await find('x')")
        assert reply.failed
        assert "AKAMAI_MCP_INVENTORY" in reply.text
    async with open_stage() as stage:
        reply = await stage.ask("akamai_query", program="await find('x', 'spaceship')")
        assert reply.failed
        assert "certificate" in reply.text
