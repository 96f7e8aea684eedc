"""Finding an operation, reading what it needs, and calling it by its effect, as an agent does."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import DOCUMENTED, FIRST, FROM_CLIENTS, OPERATIONS, SECOND, OpenStage, Stage, operations_in_files

ACTIVATE = "papi/v1#post-property-activations"
HEADS = [
    "akamai_datastore_head_datastore_key",
    "akamai_papi_head_include_version_rules",
    "akamai_papi_head_property_version_rules",
]


def names(content: dict[str, Any]) -> list[str]:
    return [row["name"] for row in content["operations"]]


def activation(**body: Any) -> dict[str, Any]:
    return {
        "name": ACTIVATE,
        "arguments": {"propertyId": "prp_1", "body": {"propertyVersion": 1, "notifyEmails": ["a@example.com"], **body}},
    }


async def test_a_task_in_plain_words_finds_its_operation_with_effect_and_request(either: Stage) -> None:
    reply = await either.ask("akamai_list_operations", query="purge by url", limit=5)
    rows = {row["name"]: row for row in reply.content["operations"]}
    assert not reply.failed
    assert rows["akamai_ccu_post_invalidate_url"]["effect"] == "destroy"
    assert rows["akamai_ccu_post_invalidate_url"]["request"] == "POST /ccu/v3/invalidate/url/{network}"


@pytest.mark.parametrize(
    "question", ["akamai_papi_get_contracts", "papi/v1#get-contracts", "GET /papi/v1/contracts", "https://x/papi/v1/contracts"]
)
async def test_a_name_a_key_and_a_pasted_path_find_themselves_first(stage: Stage, question: str) -> None:
    assert names((await stage.ask("akamai_list_operations", query=question)).content)[0] == "akamai_papi_get_contracts"


async def test_the_filters_of_a_listing_apply_together(either: Stage) -> None:
    assert names((await either.ask("akamai_list_operations", method="HEAD")).content) == HEADS
    papi = await either.ask("akamai_list_operations", method="HEAD", product="papi")
    assert (names(papi.content), papi.content["total"]) == (HEADS[1:], 2)
    read = await either.ask("akamai_list_operations", product="papi", tag="property activations", readOnly=True)
    assert names(read.content) == ["akamai_papi_get_property_activations", "akamai_papi_get_property_activation"]
    assert {row["effect"] for row in read.content["operations"]} == {"read"}


async def test_a_search_keeps_to_its_filters(stage: Stage) -> None:
    reply = await stage.ask("akamai_list_operations", query="list properties", product="papi", readOnly=True, limit=50)
    assert reply.content["operations"]
    assert all(row["name"].startswith("akamai_papi_") and row["effect"] == "read" for row in reply.content["operations"])


PURGES = sum(one.key.startswith("ccu/") for one in operations_in_files())


async def test_pages_of_a_listing_follow_each_other_without_gap_or_overlap(either: Stage) -> None:
    whole = names((await either.ask("akamai_list_operations", product="ccu", limit=8)).content)
    first = await either.ask("akamai_list_operations", product="ccu", limit=4)
    second = await either.ask("akamai_list_operations", product="ccu", limit=4, offset=first.content["nextOffset"])
    assert (first.content["nextOffset"], first.content["total"]) == (4, PURGES)
    assert names(first.content) + names(second.content) == whole
    assert len(whole) == 8
    last = await either.ask("akamai_list_operations", product="ccu", limit=4, offset=PURGES - 4)
    assert "nextOffset" not in last.content


async def test_an_offset_beyond_the_end_gives_an_empty_page_with_the_total(stage: Stage) -> None:
    assert (await stage.ask("akamai_list_operations", offset=5000)).content == {"operations": [], "total": OPERATIONS}


async def test_a_page_is_at_most_two_hundred_rows(stage: Stage) -> None:
    reply = await stage.ask("akamai_list_operations", limit=100_000)
    assert (len(reply.content["operations"]), reply.content["nextOffset"]) == (200, 200)


async def test_a_listing_of_everything_names_the_products(stage: Stage) -> None:
    content = (await stage.ask("akamai_list_operations")).content
    assert len(content["products"]) == len({one.key.partition("#")[0] for one in operations_in_files()}) == 60 + 18
    assert {"papi/v1", "ccu/v3", "identity-management/v3"} <= content["products"].keys()
    assert len(content["operations"]) == 10


async def test_a_broad_search_says_in_which_products_there_is_more(stage: Stage) -> None:
    content = (await stage.ask("akamai_list_operations", query="create", limit=3)).content
    assert content["total"] > 25
    assert 2 <= len(content["alsoIn"]) <= 5
    assert sum(content["alsoIn"].values()) <= content["total"]


async def test_nothing_found_is_no_error_and_says_what_to_try(either: Stage) -> None:
    reply = await either.ask("akamai_list_operations", query="zzqqxx")
    assert (reply.failed, reply.content["operations"], reply.content["total"]) == (False, [], 0)
    assert "other words" in reply.advice


async def test_an_unknown_product_is_answered_with_the_known_ones(stage: Stage) -> None:
    reply = await stage.ask("akamai_list_operations", product="no-such-product")
    assert reply.content["total"] == 0
    assert "papi" in reply.advice
    assert "config-dns" in reply.advice


async def test_every_row_is_at_most_sixty_tokens(stage: Stage) -> None:
    rows: list[dict[str, Any]] = []
    while len(rows) < OPERATIONS:
        rows += (await stage.ask("akamai_list_operations", limit=200, offset=len(rows))).content["operations"]
    assert [row["name"] for row in rows if len(json.dumps(row, separators=(",", ":"))) / 4 > 60] == []


@pytest.mark.smoke
async def test_a_description_says_all_that_a_call_needs(either: Stage) -> None:
    facts = (await either.ask("akamai_describe_operation", name=ACTIVATE)).content
    assert facts["name"] == "akamai_papi_post_property_activations"
    assert facts["request"] == "POST /papi/v1/properties/{propertyId}/activations"
    assert facts["effect"].startswith("write if body.network is STAGING and body.activationType is ACTIVATE or absent")
    assert facts["callWith"] == "akamai_write; akamai_destroy if its effect is destroy"
    assert facts["arguments"]["propertyId"]["in"] == "path"
    assert "akamai_papi_get_properties" in facts["arguments"]["propertyId"]["about"]
    assert facts["body"]["schema"]["properties"]["network"]["enum"] == ["STAGING", "PRODUCTION"]
    assert facts["outcomeShownBy"] == "akamai_papi_get_property_activation"
    assert "accountSwitchKey" not in json.dumps(facts)


async def test_the_example_of_a_description_is_a_call_that_works(either: Stage) -> None:
    example = (await either.ask("akamai_describe_operation", name="papi/v1#post-properties")).content["example"]
    reply = await either.ask("akamai_write", example)
    assert (reply.failed, reply.content["status"]) == (False, 201)
    assert either.seen.target.startswith("/papi/v1/properties?")


async def test_several_operations_are_described_at_once(stage: Stage) -> None:
    reply = await stage.ask("akamai_describe_operation", name="papi/v1#get-properties, akamai_ccu_post_delete_url")
    assert names(reply.content) == ["akamai_papi_get_properties", "akamai_ccu_post_delete_url"]


@pytest.mark.parametrize(("given", "count"), [("a b c d", "4"), (" , ", "0")])
async def test_a_wrong_number_of_names_is_refused(stage: Stage, given: str, count: str) -> None:
    reply = await stage.refused("akamai_describe_operation", name=given)
    assert reply.problem == f"{count} names were given."


async def test_a_part_of_a_body_or_answer_is_shown_whole(stage: Stage) -> None:
    network = await stage.ask("akamai_describe_operation", name=ACTIVATE, at="body.network")
    assert network.content["schema"] == {"type": "string", "enum": ["STAGING", "PRODUCTION"]}
    items = await stage.ask("akamai_describe_operation", name="papi/v1#get-contracts", at="200.contracts.items")
    assert "contractId" in json.dumps(items.content["schema"])


async def test_a_part_that_does_not_exist_is_refused_with_examples(stage: Stage) -> None:
    reply = await stage.refused("akamai_describe_operation", name=ACTIVATE, at="body.nowhere")
    assert "'body.nowhere'" in reply.problem
    assert "body.rules" in reply.advice


async def test_an_operation_that_cannot_be_sent_says_so_in_its_description(stage: Stage) -> None:
    facts = (await stage.ask("akamai_describe_operation", name="netstorage-usage-api/v1#get-dir")).content
    assert "another host" in facts["cannotBeSent"]


@pytest.mark.parametrize(
    ("caller", "name", "right"),
    [
        ("akamai_read", "papi/v1#post-properties", "akamai_write"),
        ("akamai_read", "papi/v1#delete-property", "akamai_destroy"),
        ("akamai_write", "papi/v1#get-contracts", "akamai_read"),
        ("akamai_write", "ccu/v3#post-delete-url", "akamai_destroy"),
        ("akamai_destroy", "papi/v1#get-contracts", "akamai_read"),
        ("akamai_destroy", "papi/v1#post-properties", "akamai_write"),
    ],
)
async def test_a_caller_refuses_another_effect_and_names_the_right_caller(
    stage: Stage, caller: str, name: str, right: str
) -> None:
    reply = await stage.refused(caller, name=name)
    assert caller in reply.problem
    assert f"Call it with {right}" in reply.advice


async def test_an_activation_on_staging_is_a_write(either: Stage) -> None:
    reply = await either.ask("akamai_write", activation(network="STAGING"))
    assert (reply.failed, reply.content["status"]) == (False, 201)
    refused = await either.refused("akamai_destroy", activation(network="STAGING"))
    assert "Call it with akamai_write" in refused.advice


@pytest.mark.parametrize(
    "body",
    [
        {"network": "PRODUCTION"},
        {"network": "production"},
        {},
        {"network": None},
        {"network": "STAGING", "activationType": "DEACTIVATE"},
    ],
)
async def test_an_activation_on_production_or_on_no_named_network_is_destructive(either: Stage, body: dict[str, Any]) -> None:
    assert "akamai_destroy" in (await either.refused("akamai_write", activation(**body))).advice
    unconfirmed = await either.refused("akamai_destroy", activation(**body))
    assert unconfirmed.content["problem"]["title"] == "The call needs a confirmation"
    assert (await either.agreed("akamai_destroy", activation(**body))).content["status"] == 201


@pytest.mark.parametrize("entry_point", ["akamai_papi_post_property_activations", ACTIVATE, "akamai_raw_request"])
async def test_no_entry_point_sends_a_production_activation_unconfirmed(stage: Stage, entry_point: str) -> None:
    arguments = activation(network="PRODUCTION")["arguments"]
    raw = {"toolName": ACTIVATE, "pathParams": {"propertyId": "prp_1"}, "body": arguments["body"]}
    reply = await stage.refused(entry_point, raw if entry_point == "akamai_raw_request" else arguments)
    assert "confirm: " in reply.advice


async def test_a_destructive_body_given_as_json_text_is_destructive_all_the_same(stage: Stage) -> None:
    arguments = {"hostname": "www.example.com", "body": '{"targetState": "DEPROVISIONED"}'}
    await stage.refused("akamai_write", name="chinacdn/v1#post-property-hostname-provision-state-change", arguments=arguments)


@pytest.mark.parametrize("name", ["akamai_papi_put_property_version_rules", "papi/v1#put-property-version-rules"])
@pytest.mark.smoke
async def test_a_raw_request_places_path_query_headers_and_body_as_given(either: Stage, name: str) -> None:
    reply = await either.ask(
        "akamai_raw_request",
        toolName=name,
        pathParams={"propertyId": "prp_1", "propertyVersion": 3},
        queryParams={"dryRun": False, "notDeclared": 0},
        headers={"If-Match": '"abc"', "papi-use-prefixes": "false"},
        body={"rules": {"name": "default"}},
    )
    assert (reply.failed, reply.content["status"]) == (False, 200)
    assert (either.seen.method, either.seen.target) == (
        "PUT",
        "/papi/v1/properties/prp_1/versions/3/rules?dryRun=false&notDeclared=0",
    )
    assert (either.seen.header("if-match"), either.seen.header("papi-use-prefixes")) == ('"abc"', "false")
    assert json.loads(either.seen.body) == {"rules": {"name": "default"}}


async def test_a_raw_request_refuses_an_undeclared_header_by_its_name(either: Stage) -> None:
    reply = await either.refused("akamai_raw_request", toolName="papi/v1#get-contracts", headers={"X-Forwarded-For": "192.0.2.1"})
    assert "'X-Forwarded-For'" in reply.problem
    assert "PAPI-Use-Prefixes" in reply.advice


@pytest.mark.parametrize("header", ["Host", "Authorization", "Cookie", "Content-Length", "Transfer-Encoding"])
async def test_a_raw_request_sets_no_header_that_belongs_to_the_connection(stage: Stage, header: str) -> None:
    reply = await stage.refused("akamai_raw_request", toolName="papi/v1#get-contracts", headers={header: "1"})
    assert f"'{header}'" in reply.problem


async def test_no_call_can_choose_an_account_key(stage: Stage) -> None:
    raw = await stage.refused("akamai_raw_request", toolName="papi/v1#get-contracts", queryParams={"accountSwitchKey": "1-A"})
    assert "accountSwitchKey" in raw.problem
    own = await stage.refused("akamai_papi_get_contracts", accountSwitchKey="1-A")
    assert "'accountSwitchKey'" in own.problem


async def test_a_raw_request_needs_the_confirmation_that_its_operation_needs(stage: Stage) -> None:
    call = {
        "toolName": "ccu/v3#post-delete-url",
        "pathParams": {"network": "staging"},
        "body": {"objects": ["https://www.example.com/"]},
    }
    await stage.refused("akamai_raw_request", call)
    assert (await stage.agreed("akamai_raw_request", call)).content["status"] == 201


@pytest.mark.smoke
async def test_the_figures_of_the_registry_are_those_of_the_documents(either: Stage) -> None:
    stats = (await either.ask("akamai_registry_stats")).content
    assert (stats["operations"], stats["documents"], stats["specs"]) == (OPERATIONS, 60, "embedded")
    assert (stats["documented"], stats["fromClients"], stats["clientDocuments"]) == (DOCUMENTED, FROM_CLIENTS, 34)
    assert {"": DOCUMENTED, **stats["bySource"]} == Counter(one.source for one in operations_in_files())
    assert stats["byMethod"] == Counter(one.method for one in operations_in_files())
    assert stats["byProduct"] == Counter(one.key.partition("#")[0] for one in operations_in_files())
    assert sum(stats["byEffect"].values()) == OPERATIONS
    assert "problems" not in stats


@pytest.mark.parametrize(("effect", "chosen"), [("read", {"readOnly": True})])
async def test_the_figures_agree_with_what_a_listing_counts(stage: Stage, effect: str, chosen: dict[str, Any]) -> None:
    stats = (await stage.ask("akamai_registry_stats")).content
    assert (await stage.ask("akamai_list_operations", chosen)).content["total"] == stats["byEffect"][effect]
    assert (await stage.ask("akamai_list_operations", paginatable=True)).content["total"] == stats["paginatable"]


async def test_the_figures_count_what_went_to_akamai(stage: Stage) -> None:
    for _ in range(3):
        await stage.ask("akamai_read", name="papi/v1#get-contracts")
    pipeline = (await stage.ask("akamai_registry_stats")).content["pipeline"]
    assert (pipeline["calls"], pipeline["upstream"], pipeline["cacheHits"]) == (3, 1, 2)
    assert len(stage.fake.requests) == 1


async def test_customers_are_listed_by_name_and_without_a_token(either: Stage) -> None:
    reply = await either.ask("akamai_list_customers")
    assert [row["name"] for row in reply.content["customers"]] == ["default", "second", "switched", "wrong-secret"]
    assert reply.content["default"] == "default"
    planted = (FIRST.client_token, FIRST.access_token, FIRST.client_secret, SECOND.client_token, SECOND.client_secret, "PLANTED")
    assert not any(secret in reply.text for secret in planted)


async def test_the_default_customer_is_the_one_of_the_settings(open_stage: OpenStage) -> None:
    async with open_stage(section="second") as stage:
        assert (await stage.ask("akamai_list_customers")).content["default"] == "second"
        await stage.ask("akamai_read", name="papi/v1#get-contracts")
        assert f"client_token={SECOND.client_token};" in (stage.seen.header("authorization") or "")


async def test_a_call_signs_as_the_customer_that_it_names_and_only_that_call(either: Stage) -> None:
    await either.ask("akamai_read", name="papi/v1#get-contracts", customer="second")
    assert SECOND.client_token in (either.seen.header("authorization") or "")
    await either.ask("akamai_read", name="papi/v1#get-groups")
    assert FIRST.client_token in (either.seen.header("authorization") or "")


async def test_an_example_takes_one_property_where_the_schema_allows_one_and_lists_as_lists(stage: Stage) -> None:
    found = (await stage.ask("akamai_describe_operation", name="akamai_papi_post_search_find_by_value")).content
    assert len(found["example"]["arguments"]["body"]) == found["body"]["schema"]["maxProperties"] == 1
    record = await stage.ask("akamai_describe_operation", name="config-dns/v2#post-zones-zone-names-name-types-type")
    assert record.content["example"]["arguments"]["body"]["rdata"] == ["192.0.2.10"]


async def test_a_read_whose_work_goes_on_can_be_waited_for(stage: Stage) -> None:
    asked = {"body": {"errorCode": "9.6f64d440.1318965461.2f2b078"}}
    reply = await stage.ask("akamai_read", name="edge-diagnostics/v1#post-error-translator", arguments=asked, wait=True)
    assert reply.content["outcome"]["state"] == "done"


async def test_a_description_of_a_boundless_document_is_cut(open_stage: OpenStage, tmp_path: Path) -> None:
    wide = {"type": "string", "enum": ["x" * 1000] * 2000}
    operation = {"operationId": "get-it", "parameters": [{"name": "q", "in": "query", "schema": wide}], "responses": {}}
    document = {"openapi": "3.0.3", "info": {"title": "Zoo", "version": "1"}, "paths": {"/it": {"get": operation}}}
    (tmp_path / "zoo.json").write_text(json.dumps(document), encoding="utf-8")
    async with open_stage(specs_dir=tmp_path) as stage:
        reply = await stage.ask("akamai_describe_operation", name="zoo/v1#get-it")
    assert len(reply.text) < 100_000
    assert reply.content["_cut"][0]["of"] == 2000


async def test_an_example_has_no_value_that_its_operation_does_not_take(stage: Stage) -> None:
    facts = (await stage.ask("akamai_describe_operation", name="cps/v2#get-change-allowed-input-param")).content
    kind = facts["example"]["arguments"]["allowedInputTypeParam"]
    await stage.ask("cps/v2#get-change-allowed-input-param", facts["example"]["arguments"])
    sent = {"third-party-csr": "csr.v2", "lets-encrypt-challenges": "dv-challenges.v2"}[kind]
    assert stage.seen.header("accept") == f"application/vnd.akamai.cps.{sent}+json"


async def test_a_row_names_the_product_where_its_code_does_not_say_it(stage: Stage) -> None:
    async def named(product: str) -> set[str | None]:
        rows = (await stage.ask("akamai_list_operations", product=product, limit=3)).content["operations"]
        return {row.get("product") for row in rows}

    assert await named("cam") == {"Cloud Access Manager"}
    assert await named("hapi") == {"Edge Hostnames"}
    assert await named("network-lists") == {None}
    assert await named("edgeworkers") == {None}
