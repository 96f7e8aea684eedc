"""A program may what its caller may, and what it leaves behind is its caller's."""

from __future__ import annotations

from pathlib import Path

import pytest
from service_stage import OpenService, TokenBook

LISTS = "network-lists/v2#get-network-lists"
DELETE = 'await call("network-lists/v2#delete-network-list", {"networkListId": "1_A"})'
WAYS = ("http", "sse", "websocket")
ROLES = """\
[second-only]
customers = ["second"]
effects = ["read", "write", "destroy"]

[no-papi]
deny = ["papi"]
effects = ["read", "write", "destroy"]
"""


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text(ROLES, encoding="utf-8")
    return path


@pytest.mark.parametrize("way", WAYS)
async def test_a_plan_of_one_caller_is_none_of_another(open_service: OpenService, book: TokenBook, way: str) -> None:
    book.give(ann="admin", bob="admin")
    async with open_service(way, auth_tokens_file=book.path) as service, service.enter(way, book.token("ann")) as stage:
        token = (await stage.refused("akamai_run", program=DELETE)).content["confirm"]
        async with service.enter(way, book.token("bob")) as other:
            assert "No program waits" in (await other.refused("akamai_run", confirm=token)).problem
        assert not (await stage.ask("akamai_run", confirm=token)).failed
        assert len(service.fake.requests) == 1


async def test_a_result_and_a_plan_that_are_kept_for_one_caller_are_kept_from_another(
    open_service: OpenService, book: TokenBook
) -> None:
    book.give(ann="admin", bob="admin")
    many = f"for i in range(9):\n    {DELETE}"
    async with open_service("http", auth_tokens_file=book.path) as service:
        async with service.enter("http", book.token("ann")) as stage:
            result = await stage.ask("akamai_query", program="['x' * 50] * 2000", maxBytes=600)
            plan = await stage.ask("akamai_run", program=many, dryRun=True)
            handles = [result.content["_cut"]["whole"], plan.content["wholePlan"]]
            for handle in handles:
                assert not (await stage.ask("akamai_read", name=handle)).failed
        async with service.enter("http", book.token("bob")) as stage:
            for handle in handles:
                assert "Nothing is stored" in (await stage.ask("akamai_read", name=handle)).problem


@pytest.mark.parametrize("tool", ["akamai_query", "akamai_run"])
async def test_a_program_acts_for_no_customer_and_calls_no_product_that_its_caller_may_not(
    open_service: OpenService, book: TokenBook, roles: Path, tool: str
) -> None:
    book.give(ann="second-only", bob="no-papi", eve="reader")
    given = {"auth_tokens_file": book.path, "auth_roles_file": roles, "confirm": "never"}
    async with open_service("http", **given) as service:
        async with service.enter("http", book.token("ann")) as stage:
            for chosen in ("", ", customer='default'"):
                assert (await stage.refused(tool, program=f"await call('{LISTS}', {{}}{chosen})", customer="default")).failed
            assert not (await stage.ask(tool, program=f"await call('{LISTS}', customer='second')")).failed
        async with service.enter("http", book.token("bob")) as stage:
            await stage.refused(tool, program="await call('papi/v1#get-contracts')")
            await stage.refused(tool, program="await describe('papi/v1#get-contracts')")
            found = await stage.ask(tool, program="[row['name'] for row in await search('list the contracts of a property')]")
            assert [name for name in found.content["body"] if "_papi_" in name] == []
        async with service.enter("http", book.token("eve")) as stage:
            await stage.refused(tool, program=DELETE)
