from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from akamai_mcp.media_types import may_be_json
from akamai_mcp.openapi.templates import placeholder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.examples.shapes import count_again, find_list, find_resource, id_field
from akamai_mcp.sandbox.examples.values import example
from akamai_mcp.sandbox.routing import Router
from akamai_mcp.sandbox.store import Store, uuid_of

LISTS = "/network-list/v2/network-lists"
ZONES = "/config-dns/v2/zones"
KV = "/edgekv/v1/networks/staging/namespaces"
CLIENT_REQUESTS = Path("/work/shared/conformance/client_requests.jsonl")
BLOCKLIST = {"name": "Blocklist", "type": "IP", "list": ["192.0.2.0/24"]}
RECORD = {"name": "www.example.org", "type": "A", "ttl": 300, "rdata": ["192.0.2.7"]}


def concrete(template: str) -> str:
    return "/".join("1" if placeholder(segment) else segment for segment in template.split("/"))


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_created_network_list_is_read_listed_and_deleted(client: httpx.AsyncClient) -> None:
    created = await client.post(LISTS, json=BLOCKLIST)
    identifier = created.json()["uniqueId"]
    assert created.status_code == 201
    assert created.headers["location"] == f"{LISTS}/{identifier}"
    assert created.json().items() >= BLOCKLIST.items()

    assert await get(client, f"{LISTS}/{identifier}") == created.json()
    assert created.json() in (await get(client, LISTS))["networkLists"]

    deleted = await client.delete(f"{LISTS}/{identifier}")
    assert deleted.json()["uniqueId"] == identifier
    gone = await client.get(f"{LISTS}/{identifier}")
    assert gone.status_code == 404
    assert gone.headers["content-type"] == "application/problem+json"
    assert identifier not in {one["uniqueId"] for one in (await get(client, LISTS))["networkLists"]}
    assert (await client.delete(f"{LISTS}/{identifier}")).status_code == 404


async def test_elements_are_added_to_and_removed_from_a_network_list(client: httpx.AsyncClient) -> None:
    path = (await client.post(LISTS, json=BLOCKLIST)).headers["location"]
    appended = await client.post(f"{path}/append", json={"list": ["198.51.100.1", "192.0.2.0/24"]})
    assert appended.json()["list"] == ["192.0.2.0/24", "198.51.100.1"]
    await client.put(f"{path}/elements", params={"element": "203.0.113.9"})
    await client.delete(f"{path}/elements", params={"element": "192.0.2.0/24"})
    assert (await get(client, path))["list"] == ["198.51.100.1", "203.0.113.9"]


async def test_identifiers_are_counted_so_two_creations_differ_and_two_runs_agree(
    client: httpx.AsyncClient, fake: FakeAkamai
) -> None:
    async def create_two() -> list[str]:
        return [(await client.post(LISTS, json=BLOCKLIST)).json()["uniqueId"] for _ in range(2)]

    first = await create_two()
    fake.reset()
    assert first == await create_two() == ["1001", "1002"]


async def test_an_unknown_resource_is_an_example_with_the_requested_identifier(
    client: httpx.AsyncClient,
) -> None:
    answer = await get(client, f"{LISTS}/12345_EXAMPLE")
    assert answer["uniqueId"] == "12345_EXAMPLE"
    assert answer == await get(client, f"{LISTS}/12345_EXAMPLE")


async def test_a_put_replaces_what_is_read(client: httpx.AsyncClient) -> None:
    path = (await client.post(LISTS, json=BLOCKLIST)).headers["location"]
    await client.put(path, json={**BLOCKLIST, "name": "Renamed", "syncPoint": 4})
    answer = await get(client, path)
    assert (answer["name"], answer["syncPoint"], answer["uniqueId"]) == ("Renamed", 4, path.rpartition("/")[2])


async def test_a_zone_keeps_the_name_that_it_was_created_with(client: httpx.AsyncClient) -> None:
    created = await client.post(ZONES, json={"zone": "example.org", "type": "PRIMARY"}, params={"contractId": "1-2"})
    assert created.status_code == 201
    assert created.headers["location"] == f"{ZONES}/example.org"
    assert (await get(client, f"{ZONES}/example.org"))["type"] == "PRIMARY"
    assert "example.org" in {zone["zone"] for zone in (await get(client, ZONES))["zones"]}


async def test_a_recordset_is_created_changed_listed_and_deleted(client: httpx.AsyncClient) -> None:
    await client.post(ZONES, json={"zone": "example.org", "type": "PRIMARY"})
    path = f"{ZONES}/example.org/names/www.example.org/types/A"
    assert (await client.post(path, json=RECORD)).status_code == 201
    assert await get(client, path) == RECORD
    await client.put(path, json={**RECORD, "ttl": 60})
    listed = await get(client, f"{ZONES}/example.org/recordsets")
    assert listed["recordsets"] == [{**RECORD, "ttl": 60}]
    assert listed["metadata"]["totalElements"] == 1
    assert await get(client, f"{ZONES}/example.org/names") == {"names": ["www.example.org"]}
    assert await get(client, f"{ZONES}/example.org/names/www.example.org/types") == {"types": ["A"]}

    removed = await client.delete(path)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await client.get(path)).status_code == 404
    assert (await get(client, f"{ZONES}/example.org/recordsets"))["recordsets"] == []


async def test_recordsets_may_be_stored_and_replaced_together(client: httpx.AsyncClient) -> None:
    await client.post(ZONES, json={"zone": "example.org", "type": "PRIMARY"})
    path = f"{ZONES}/example.org/recordsets"
    assert (await client.post(path, json={"recordsets": [RECORD]})).status_code == 204
    assert await get(client, f"{ZONES}/example.org/names/www.example.org/types/A") == RECORD
    other = {**RECORD, "type": "AAAA", "rdata": ["2001:db8::7"]}
    await client.put(path, json={"recordsets": [other]})
    assert (await get(client, path))["recordsets"] == [other]


async def test_zones_are_created_and_deleted_by_requests_for_many(client: httpx.AsyncClient) -> None:
    created = await client.post(f"{ZONES}/create-requests", json={"zones": [{"zone": "one.example", "type": "PRIMARY"}]})
    assert created.status_code == 201
    assert (await get(client, f"{ZONES}/one.example"))["type"] == "PRIMARY"
    await client.post(f"{ZONES}/delete-requests", json={"zones": ["one.example"]})
    assert (await client.get(f"{ZONES}/one.example")).status_code == 404
    assert (await client.get(f"{ZONES}/one.example/recordsets")).status_code == 404


async def test_an_edgekv_namespace_is_created_under_its_name(client: httpx.AsyncClient) -> None:
    body = {"namespace": "shop", "retentionInSeconds": 0, "groupId": 7}
    assert (await client.post(KV, json=body)).status_code == 200
    assert await get(client, f"{KV}/shop") == body
    assert "shop" in {one["namespace"] for one in (await get(client, KV))["namespaces"]}


@pytest.mark.parametrize(
    ("content_type", "content"), [("application/json", b'{"a":[1,null,"\xc3\xa9"]}'), ("text/plain", b"just text")]
)
async def test_an_edgekv_item_is_read_as_it_was_written(client: httpx.AsyncClient, content_type: str, content: bytes) -> None:
    path = f"{KV}/shop/groups/eu/items/basket"
    await client.put(path, content=content, headers={"content-type": content_type})
    read = await client.get(path)
    assert (read.content, read.headers["content-type"].partition(";")[0]) == (content, content_type)
    assert await get(client, f"{KV}/shop/groups/eu") == ["basket"]
    assert (await client.delete(path)).status_code == 200
    assert (await client.get(path)).status_code == 404


async def test_a_wrapped_resource_keeps_its_wrapper(client: httpx.AsyncClient) -> None:
    created = await client.post("/papi/v1/properties", json={"productId": "prd_1", "propertyName": "www"})
    assert created.headers["location"] == created.json()["propertyLink"] == "/papi/v1/properties/1001"
    item = (await get(client, "/papi/v1/properties/1001"))["properties"]["items"][0]
    assert (item["propertyName"], item["propertyId"]) == ("www", "1001")
    listed = (await get(client, "/papi/v1/properties"))["properties"]["items"]
    assert "www" in {one["propertyName"] for one in listed}


async def test_a_patch_changes_what_is_stored_and_leaves_the_rest(client: httpx.AsyncClient) -> None:
    path = "/papi/v1/properties/1/versions/1/rules"
    await client.put(path, json={"rules": {"name": "default"}, "ruleFormat": "v2020-03-04"})
    await client.patch(path, json={"ruleFormat": "v2023-01-05"})
    await client.patch(path, json=[{"op": "remove", "path": "/rules"}])
    answer = await get(client, path)
    assert (answer["rules"]["name"], answer["ruleFormat"]) == ("default", "v2023-01-05")


async def test_an_identifier_is_of_the_kind_that_its_schema_asks_for(client: httpx.AsyncClient) -> None:
    number = await client.post("/cloudlets/v3/policies", json={"name": "n"})
    assert number.json()["id"] == 1001
    text = await client.post("/sandbox-api/v1/sandboxes", json={"name": "n"})
    assert text.headers["location"].rpartition("/")[2] == text.json()["sandboxId"]


async def test_a_created_resource_is_read_and_deleted_at_its_own_path(
    router: Router, client: httpx.AsyncClient, fake: FakeAkamai
) -> None:
    created = 0
    for route in router:
        item = router.item_template(route.template)
        content = body.content if (body := router.operation(route).request_body) else ()
        schema = next((media.schema for media in content if may_be_json(media.name)), {})
        body = example(schema)
        if route.method != "POST" or item is None or not isinstance(body, dict):
            continue
        fake.store.clear()
        answer = await client.post(concrete(route.template), json=body)
        path = next(("/" + "/".join(key) for key, _ in fake.store.below(())), None)
        assert answer.is_success, route.name
        if path is None or "GET" not in router.methods(item):
            continue
        created += 1
        assert (await client.get(path)).status_code == 200, route.name
        if "DELETE" in router.methods(item):
            assert (await client.delete(path)).is_success, route.name
            assert (await client.get(path)).status_code == 404, route.name
    assert created > 100


@pytest.mark.skipif(not CLIENT_REQUESTS.exists(), reason="the requests of Akamai's own client are not here")
async def test_the_requests_of_akamais_own_client_are_routed_and_answered(client: httpx.AsyncClient, fake: FakeAkamai) -> None:
    requests = [json.loads(line) for line in CLIENT_REQUESTS.read_text().splitlines()]
    for request in requests:
        fake.store.clear()
        answer = await client.request(request["method"], request["target"], json=request["body"])
        assert answer.is_success, request["id"]
    assert [one.operation for one in fake.requests] == [request["operation"] for request in requests]


async def test_a_fake_without_memory_answers_from_the_schemas_alone(
    router: Router, fake: FakeAkamai, client: httpx.AsyncClient
) -> None:
    forgetful = FakeAkamai(router, remembers=False, clock=fake._clock)
    transport = httpx.ASGITransport(forgetful.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://sandbox.example", auth=client.auth) as other:
        before = (await other.get(LISTS)).json()
        await other.post(LISTS, json=BLOCKLIST)
        await other.delete(f"{LISTS}/1")
        assert (await other.get(LISTS)).json() == before
        assert (await other.get(f"{LISTS}/1")).status_code == 200


def test_a_counted_identifier_may_be_a_uuid() -> None:
    assert uuid_of(1001) == "00000000-0000-4000-8000-0000000003e9"


def test_everything_below_a_deleted_path_is_gone_until_it_is_written() -> None:
    store = Store()
    store.put(("zones", "a", "names", "b"), 1)
    store.delete(("zones", "a"))
    assert (len(store), store.is_gone(("zones", "a", "names", "b")), store.is_gone(("zones", "b"))) == (0, True, False)
    store.put(("zones", "a", "names", "b"), 2)
    assert not store.is_gone(("zones", "a", "names", "b"))


@pytest.mark.parametrize(
    ("parameter", "fields", "name"),
    [
        ("zone", ["id", "zone"], "zone"),
        ("networkListId", ["name", "networkListType", "uniqueId"], "uniqueId"),
        ("namespaceId", ["groupId", "namespace"], "namespace"),
        ("tokenName", ["expiry", "name"], "name"),
        ("urlProtectionPolicyId", ["configId", "policyId"], "policyId"),
        ("anything", ["other"], None),
    ],
)
def test_the_field_of_a_path_parameter_is_found(parameter: str, fields: list[str], name: str | None) -> None:
    assert id_field({field: {} for field in fields}, parameter) == name


def test_a_resource_belongs_where_the_schema_has_most_of_its_fields() -> None:
    inner = {"type": "array", "items": {"properties": {"a": {}, "b": {}}}}
    schema = {"properties": {"a": {}, "things": {"properties": {"items": inner}}}}
    node = find_resource(schema, {"a", "b"})
    assert node is not None
    assert (node.path, node.listed) == (("things", "items"), True)
    assert find_resource(schema, {"unknown"}) is None
    assert find_list({"type": "object"}) is None


def test_totals_are_updated() -> None:
    answer = {"totalItems": 1, "metadata": {"totalElements": 1, "page": 1}, "total": True}
    assert count_again(answer, 3) == {"totalItems": 3, "metadata": {"totalElements": 3, "page": 1}, "total": True}
