"""A header that an API always wants is sent by itself where the notes on its document say with which value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation

from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import place

PARAMETERS = [
    {"name": "X-Zone", "in": "header", "required": True, "schema": {"type": "string"}},
    {"name": "mode", "in": "query", "required": True, "schema": {"type": "string"}},
]


def served(folder: Path, fields: Any) -> Operation:
    own = document(paths={"/a": {"get": operation("get-a", parameters=PARAMETERS)}}) | {"x-guide": {"fields": fields}}
    (folder / "specs").mkdir()
    (folder / "specs" / "zoo.json").write_text(json.dumps(own), encoding="utf-8")
    catalogue = open_catalogue(locate(folder / "specs"), folder / "cache")
    return catalogue.operation(catalogue.get("zoo/v1#get-a"))


def test_a_header_with_a_default_is_sent_unless_the_call_gives_it(tmp_path: Path) -> None:
    one = served(tmp_path, {"X-Zone": {"about": "The zone", "default": "all"}})
    assert place(one, {}).header == {"X-Zone": "all"}
    assert place(one, {"X-Zone": "b"}).header == {"X-Zone": "b"}
    assert {p.name: p.must_be_given for p in one.parameters} == {"X-Zone": False, "mode": True}


@pytest.mark.parametrize(
    "fields", [{}, {"X-Zone": {"default": 5}}, {"X-Zone": {"default": ""}}, {"X-Zone": "all"}, ["X-Zone"], None]
)
def test_without_a_usable_default_nothing_is_sent(tmp_path: Path, fields: Any) -> None:
    assert place(served(tmp_path, fields), {}).header == {}


def test_only_headers_have_defaults(tmp_path: Path) -> None:
    one = served(tmp_path, {"mode": {"about": "The mode", "default": "fast"}})
    assert place(one, {}).query == {}
