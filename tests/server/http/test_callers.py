"""What a caller may do: their roles hold at every entry point and with every transport, and callers share nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from entry_points import DESTROY, NEW, PROPERTY, READ, READS, WRITE, WRITES
from fastmcp.exceptions import McpError
from mcp_stage import OpenStage
from service_stage import WAYS, OpenService, Service, TokenBook

from akamai_mcp.sandbox.faults import Fault

ROLES = """\
[dns]
products = ["config-dns"]
effects = ["read", "write", "destroy"]

[second-only]
customers = ["second"]
effects = ["read", "write"]

[no-papi]
deny = ["papi"]
effects = ["read", "write", "destroy"]

[audit-second]
customers = ["sec*"]
"""
LISTS = "network-lists/v2#get-network-lists"


@pytest.fixture
def roles(tmp_path: Path) -> Path:
    path = tmp_path / "roles.toml"
    path.write_text(ROLES, encoding="utf-8")
    return path


async def test_a_reader_changes_nothing_through_any_entry_point(open_service: OpenService, book: TokenBook) -> None:
    book.give(ann="reader", ops="admin")
    for way in WAYS:
        async with open_service(way, auth_tokens_file=book.path, confirm="never") as service:
            async with service.enter(way, book.token("ann")) as stage:
                for entry_point, ask in WRITES.items():
                    assert re.search("caller token:ann, role reader: it may not (write|destroy)", (await ask(stage)).problem), (
                        way,
                        entry_point,
                    )
                assert len(service.fake.requests) == 0
                assert not (await stage.ask("akamai_read", name=READ, arguments=PROPERTY)).failed
            async with service.enter(way, book.token("ops")) as stage:
                assert not (await stage.ask(WRITE, NEW)).failed
        service.fake.reset()


@pytest.mark.parametrize("role", ["dns", "no-papi"])
@pytest.mark.parametrize("way", WAYS)
async def test_what_a_role_refuses_is_refused_at_every_entry_point(
    open_service: OpenService, book: TokenBook, roles: Path, role: str, way: str
) -> None:
    book.give(ann=role)
    async with (
        open_service(way, auth_tokens_file=book.path, auth_roles_file=roles, confirm="never") as service,
        service.enter(way, book.token("ann")) as stage,
    ):
        for entry_point, ask in {**READS, **{f"{name}, writing": ask for name, ask in WRITES.items()}}.items():
            assert f"is not allowed by caller token:ann, role {role}" in (await ask(stage)).problem, entry_point
        assert len(service.fake.requests) == 0


@pytest.mark.parametrize("way", WAYS)
async def test_a_caller_knows_of_no_customers_but_their_own(
    open_service: OpenService, book: TokenBook, roles: Path, way: str
) -> None:
    book.give(ann="second-only,audit-second")
    async with (
        open_service(way, auth_tokens_file=book.path, auth_roles_file=roles) as service,
        service.enter(way, book.token("ann")) as stage,
    ):
        listed = await stage.ask("akamai_list_customers")
        assert [row["name"] for row in listed.content["customers"]] == ["second"]
        assert not (await stage.ask("akamai_read", name=LISTS, customer="second")).failed
        answers = [
            await stage.refused("akamai_read", name=LISTS, customer=name) for name in ("default", "switched", "nobody-at-all")
        ]
        assert {re.sub("'.*?'", "it", answer.problem) for answer in answers} == {"There is no customer it."}
        assert {answer.advice for answer in answers} == {"Set `customer` to one that you may act for: second."}
        unnamed = await stage.refused("akamai_read", name=LISTS)
        assert "you may not act for the default one" in unnamed.problem
        checked = await stage.ask("akamai_list_customers", check=True)
        assert [row["name"] for row in checked.content["customers"]] == ["second"]
        assert (await stage.ask("akamai_list_customers", customer="switched")).failed


async def test_grants_are_not_mixed_with_each_other(open_service: OpenService, book: TokenBook, roles: Path) -> None:
    book.give(ann="reader,second-only")
    async with (
        open_service(auth_tokens_file=book.path, auth_roles_file=roles) as service,
        service.enter("http", book.token("ann")) as stage,
    ):
        assert not (await stage.ask(WRITE, NEW, customer="second")).failed
        assert "may not write" in (await stage.refused(WRITE, NEW, customer="default")).problem
        assert not (await stage.ask("akamai_read", name=LISTS, customer="default")).failed


async def test_a_role_sees_no_credentials_unless_it_says_so(open_service: OpenService, book: TokenBook, tmp_path: Path) -> None:
    file = tmp_path / "roles.toml"
    file.write_text("[keys]\nsecrets = true\n", encoding="utf-8")
    book.give(ann="reader", bob="keys")
    async with open_service(auth_tokens_file=book.path, auth_roles_file=file) as service:
        async with service.enter("http", book.token("ann")) as stage:
            names = revealing(service)
            assert names
            for name in names:
                assert (
                    "may not see credentials"
                    in (await stage.refused("akamai_read", name=name, arguments=asks_of(service, name))).problem
                )
        async with service.enter("http", book.token("bob")) as stage:
            for name in names:
                assert "confirm" in (await stage.refused("akamai_read", name=name, arguments=asks_of(service, name))).content


def revealing(service: Service) -> list[str]:
    """Operations that only read and are there to show a credential, by the catalogue."""
    entries = service.server.parts.catalogue.entries()
    return [entry.key for entry in entries if entry.reveals and entry.effect.worst == "read" and not entry.refusal][:3]


def asks_of(service: Service, name: str) -> dict[str, object]:
    catalogue = service.server.parts.catalogue
    operation = catalogue.operation(catalogue.get(name))
    return {parameter.name: 1 for parameter in operation.parameters if parameter.required}


@pytest.mark.parametrize("way", ["http", "sse", "websocket"])
async def test_a_caller_is_shown_what_they_may_call(open_service: OpenService, book: TokenBook, roles: Path, way: str) -> None:
    book.give(ann="reader", ops="admin", bob="dns", eve="unknown-role")
    seen: dict[str, set[str]] = {}
    async with open_service(way, auth_tokens_file=book.path, auth_roles_file=roles, tools="discover,papi") as service:
        for name in ("ann", "ops", "bob", "eve"):
            async with service.enter(way, book.token(name)) as stage:
                seen[name] = {tool.name for tool in await stage.client.list_tools()}
                found = (await stage.ask("akamai_list_operations", query="delete a property", limit=50)).content["operations"]
                seen[name] |= {row["name"] for row in found}
    assert "akamai_papi_delete_property" in seen["ops"]
    assert {"akamai_write", "akamai_destroy", "akamai_papi_delete_property"} & seen["ann"] == set()
    assert "akamai_papi_get_property" in seen["ann"]
    assert {name for name in seen["bob"] if "_papi_" in name} == set()
    assert "akamai_destroy" in seen["bob"]
    assert {name for name in seen["eve"] if name in {"akamai_read", "akamai_write"} or "_papi_" in name} == set()


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_kept_for_one_caller_is_kept_from_another(open_service: OpenService, book: TokenBook, way: str) -> None:
    book.give(ann="admin", bob="admin")
    async with open_service(way, auth_tokens_file=book.path) as service:
        async with service.enter(way, book.token("ann")) as stage:
            body = json.dumps({"networkLists": [{"uniqueId": str(n)} for n in range(500)]}).encode()
            service.fake.faults.add(Fault(body=body))
            handle = (await stage.ask("akamai_read", name=LISTS, maxBytes=600)).content["_cut"]["whole"]
            assert not (await stage.ask("akamai_read", name=handle, select="networkLists[0]")).failed
            assert json.loads((await stage.client.read_resource(handle))[0].text) == json.loads(body)
        async with service.enter(way, book.token("bob")) as stage:
            assert "Nothing is stored" in (await stage.ask("akamai_read", name=handle)).problem
            with pytest.raises(McpError, match="Nothing is stored"):
                await stage.client.read_resource(handle)


@pytest.mark.parametrize("way", WAYS)
async def test_an_agreement_of_one_caller_is_none_of_another(open_service: OpenService, book: TokenBook, way: str) -> None:
    book.give(ann="admin", bob="admin")
    call = {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": "1_X"}}
    async with open_service(way, auth_tokens_file=book.path) as service, service.enter(way, book.token("ann")) as stage:
        token = (await stage.refused("akamai_destroy", call)).content["confirm"]
        async with service.enter(way, book.token("bob")) as other:
            assert "is for another call" in (await other.refused("akamai_destroy", call, confirm=token)).problem
        assert len(service.fake.requests) == 0
        await stage.ask("akamai_destroy", call, confirm=token)
        assert len(service.fake.requests) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_the_audit_trail_says_who_it_was(open_service: OpenService, book: TokenBook, way: str, tmp_path: Path) -> None:
    book.give(ann="writer", bob="reader")
    file = tmp_path / "audit.jsonl"
    async with open_service(way, auth_tokens_file=book.path, audit_file=file) as service:
        for name in ("ann", "bob"):
            async with service.enter(way, book.token(name)) as stage:
                await stage.ask(WRITE, NEW)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(line["who"], line["decision"]) for line in lines] == [("token:ann", "allowed"), ("token:bob", "refused")]


async def test_without_tokens_the_trail_says_that_nobody_was_named(open_service: OpenService, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    async with open_service(audit_file=file) as service, service.enter() as stage:
        await stage.ask(WRITE, NEW)
    assert json.loads(file.read_text(encoding="utf-8"))["who"] == "anonymous"


async def test_roles_that_change_hold_for_the_next_call_and_a_broken_file_changes_nothing(
    open_service: OpenService, book: TokenBook, roles: Path
) -> None:
    book.give(ann="no-papi")
    async with (
        open_service(auth_tokens_file=book.path, auth_roles_file=roles) as service,
        service.enter("websocket", book.token("ann")) as stage,
    ):
        assert "denied by 'papi'" in (await stage.refused(READ, PROPERTY)).problem
        roles.write_text("[no-papi\n", encoding="utf-8")
        assert "denied by 'papi'" in (await stage.refused(READ, PROPERTY)).problem
        roles.write_text('[no-papi]\neffects = ["read"]\n', encoding="utf-8")
        assert not (await stage.ask(READ, PROPERTY)).failed
        roles.unlink()
        assert "may not act for the default one" in (await stage.refused(READ, PROPERTY)).problem


async def test_a_role_beats_no_rule_of_the_server(open_service: OpenService, book: TokenBook) -> None:
    book.give(ops="admin")
    async with (
        open_service(auth_tokens_file=book.path, read_only=True, deny="ccu") as service,
        service.enter("http", book.token("ops")) as stage,
    ):
        assert "this server: read-only" in (await stage.refused(WRITE, NEW)).problem


@pytest.mark.parametrize("way", ["http", "sse", "websocket"])
async def test_a_caller_who_asks_too_much_is_told_when_to_try_again(open_service: OpenService, book: TokenBook, way: str) -> None:
    book.give(ann="admin", bob="admin")
    async with open_service(way, auth_tokens_file=book.path, caller_calls=2, caller_changes=1) as service:
        async with service.enter(way, book.token("ann")) as stage:
            assert not (await stage.ask(WRITE, NEW)).failed
            over = await stage.refused(WRITE, NEW)
            assert over.content["problem"] == {
                "title": "The caller's quota is used up",
                "detail": "Caller token:ann may make at most 1 changes per hour.",
            }
            assert 3500 < over.content["retryAfterSeconds"] <= 3600
            assert not (await stage.ask("akamai_read", name=LISTS)).failed
            assert "2 calls per minute" in (await stage.refused("akamai_read", name=LISTS)).problem
            assert not (await stage.ask("akamai_list_operations", query="purge")).failed
        async with service.enter(way, book.token("bob")) as stage:
            assert not (await stage.ask(WRITE, NEW)).failed


async def test_further_pages_count_and_what_came_before_is_kept(open_stage: OpenStage) -> None:
    async with open_stage(caller_calls=2) as stage:
        stage.fake.collections.items, stage.fake.collections.page_size = 23, 5
        asked = {"name": "config-dns/v2#get-zones", "paginate": True, "arguments": {"pageSize": 5}}
        reply = await stage.ask("akamai_read", asked)
        assert reply.failed
        assert reply.content["_pages"]["pages"] == 2
        assert len(stage.fake.requests) == 2
        assert "2 calls per minute" in reply.text


async def test_an_agreement_is_not_spent_on_a_call_over_the_quota(open_stage: OpenStage) -> None:
    async with open_stage(caller_changes=1) as stage:
        call = {
            "name": DESTROY,
            "arguments": {
                "propertyId": "prp_1",
                "body": {"propertyVersion": 1, "network": "PRODUCTION", "notifyEmails": ["a@example.com"]},
            },
        }
        assert "confirm" in (await stage.refused("akamai_destroy", call)).content
        assert not (await stage.ask(WRITE, NEW)).failed
        assert "quota" in (await stage.refused("akamai_destroy", call)).content["problem"]["title"]
