"""The inventory for clients that browse: resources of each kind, and completion from what is kept."""

from __future__ import annotations

import json

import pytest
from fastmcp.exceptions import FastMCPError
from mcp.shared.exceptions import MCPError
from mcp_stage import Stage
from mcp_types import PromptReference, ResourceTemplateReference

INVENTORY = ResourceTemplateReference(type="ref/resource", uri="akamai://inventory/{kind}")


async def test_a_resource_has_all_of_a_kind_as_rows(stage: Stage) -> None:
    (content,) = await stage.client.read_resource("akamai://inventory/zone")
    rows = json.loads(content.text)["rows"]
    assert {row["id"] for row in rows} == set(stage.fake.account.names.zones)


async def test_a_resource_of_an_unknown_kind_is_refused_with_the_kinds_that_there_are(stage: Stage) -> None:
    with pytest.raises((MCPError, FastMCPError), match="certificate"):
        await stage.client.read_resource("akamai://inventory/spaceship")


async def test_kinds_are_completed(stage: Stage) -> None:
    found = await stage.client.complete(INVENTORY, {"name": "kind", "value": "gtm"})
    assert set(found.values) == {"gtm-domain", "gtm-property"}


@pytest.mark.parametrize(
    ("prompt", "argument", "typed", "name"),
    [
        ("compare-versions", "property", "www.nord", "www.nordwind.test"),
        ("dns-change", "zone", "kes", "kestrel.test"),
        ("block-in-list", "list", "blocked", "Blocked scrapers"),
    ],
)
async def test_names_of_what_is_kept_complete_the_arguments_of_prompts(
    stage: Stage, prompt: str, argument: str, typed: str, name: str
) -> None:
    reference = PromptReference(type="ref/prompt", name=prompt)
    sent = len(stage.fake.requests)
    before = await stage.client.complete(reference, {"name": argument, "value": typed})
    assert (before.values, len(stage.fake.requests)) == ([], sent), "nothing is read to complete a name"
    for kind in ("property", "gtm-property", "zone", "network-list"):
        await stage.ask("akamai_find", query="*", kind=kind)
    sent = len(stage.fake.requests)
    after = await stage.client.complete(reference, {"name": argument, "value": typed})
    assert after.values[0] == name
