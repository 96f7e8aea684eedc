"""A description names what shows the outcome of a call, what takes it back and what to use in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from documents.document_samples import document

from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue

GET, PUT, DELETE = ("zoo/v1#get-thing", "zoo/v1#put-thing", "zoo/v1#delete-thing")
ID = {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}
NOTES: dict[str, dict[str, Any]] = {
    "get": {"secret": "part"},
    "put": {"undo": {"ways": [{"call": PUT}, {"call": DELETE}, {"call": PUT}], "read": {"call": GET}, "about": "Soon."}, "outcome": GET},
    "post": {"undo": {"ways": [{"call": DELETE}, {"call": "zoo/v1#none"}]}, "secret": True, "instead": PUT},
    "delete": {"undo": {"never": "It is gone."}},
    "patch": {"undo": {"never": "x"}, "outcome": "zoo/v1#none", "instead": "zoo/v1#none"},
}  # fmt: skip

FURTHER = {"/things": "all", "/things/{thingId}/parts/": "parts", "/things/{thingId}/parts/{partId}": "part", "/other": "other"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("own")
    paths = {
        method: {
            "operationId": f"{method}-thing",
            "parameters": [ID],
            "responses": {"200": {"description": "Done."}},
            "x-guide": note,
        }
        for method, note in NOTES.items()
    }
    (folder / "specs").mkdir()
    more = {
        path: {"get": {"operationId": name, "responses": {"200": {"description": "Done."}}}} for path, name in FURTHER.items()
    }
    text = json.dumps(document(paths={"/things/{thingId}": paths, **more}))
    (folder / "specs" / "zoo.json").write_text(text, encoding="utf-8")
    return open_catalogue(locate(folder / "specs"), folder / "cache")


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (
            "put",
            {
                "outcomeShownBy": "akamai_zoo_v1_get_thing",
                "undoneBy": {
                    "names": ["akamai_zoo_v1_put_thing", "akamai_zoo_v1_delete_thing"],
                    "needs": "AKAMAI_MCP_KEEP_BEFORE, in a program",
                    "how": "Soon.",
                },
            },
        ),
        (
            "post",
            {
                "undoneBy": {"name": "akamai_zoo_v1_delete_thing"},
                "secret": "The response contains a credential.",
                "deprecated": "use akamai_zoo_v1_put_thing",
            },
        ),
        ("get", {"secret": "The response may contain a credential."}),
        ("patch", {"undoneBy": {"never": "x"}, "deprecated": True}),
        ("delete", {"undoneBy": {"never": "It is gone."}}),
    ],
)
def test_a_description_has_the_ways_that_the_guide_knows(own: Catalogue, method: str, told: dict[str, Any]) -> None:
    facts = describe_operation(own, own.get(f"zoo/v1#{method}-thing"))
    shown = {name: facts[name] for name in ("outcomeShownBy", "undoneBy", "secret", "deprecated") if name in facts}
    assert shown == told


def test_what_lies_on_its_path_comes_before_what_lies_above_and_below_it(own: Catalogue) -> None:
    def related_to(name: str) -> list[str]:
        return [one.removeprefix("akamai_zoo_v1_") for one in describe_operation(own, own.get(f"zoo/v1#{name}"))["related"]]

    assert related_to("get-thing") == ["delete_thing", "patch_thing", "post_thing", "put_thing", "all"]
    assert related_to("all") == ["delete_thing", "get_thing", "patch_thing", "post_thing", "put_thing"]
    assert related_to("part") == ["parts"]
    assert related_to("parts") == ["delete_thing", "get_thing", "part", "patch_thing", "post_thing"]
