"""A document's part of tool names is data: in the guide for Akamai's products, in `x-guide` for a user's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.naming import is_tool_key
from akamai_mcp.documents.location import locate, open_catalogue


def served(folder: Path, **documents: Mapping[str, Any]) -> list[str]:
    """The tool names of documents, each in the folders that its name has for `__`."""
    for name, content in documents.items():
        path = folder / "specs" / name.replace("__", "/").replace("_", "-") / "openapi.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return open_catalogue(locate(folder / "specs"), folder / "cache").names()


def test_every_document_of_the_project_has_a_key_of_its_own(catalogue: Catalogue) -> None:
    keys = {(one.product, one.version): one.guide.get("tool_key") for one in catalogue.products()}
    assert len(keys) == 78
    assert all(map(is_tool_key, keys.values()))
    assert len(set(keys.values())) == len(keys)
    for entry in catalogue.entries():
        wanted = tuple(entry.former.partition("#")[0].split("/")) if entry.former else (entry.product, entry.version)
        assert entry.name.startswith(f"akamai_{keys[wanted]}_"), entry.key  # type: ignore[index]


@pytest.mark.parametrize("guide", [None, {}, {"name": "Ours"}, {"tool_key": "not A key"}, {"tool_key": 5}, "text"])
def test_a_known_product_keeps_its_names_whoever_wrote_its_document(tmp_path: Path, guide: Any) -> None:
    own = document("get-things") | ({} if guide is None else {"x-guide": guide})
    assert served(tmp_path, apikey_manager_api__v1=own) == ["akamai_apikeys_get_things"]


def test_a_document_gives_its_own_key(tmp_path: Path) -> None:
    own = document("get-things") | {"x-guide": {"tool_key": "zoo"}}
    assert served(tmp_path, our_animals__v7=own, other_animals__v2=document()) == [
        "akamai_other_animals_v2_get_things",
        "akamai_zoo_get_things",
    ]


def test_a_key_is_shared_by_the_documents_of_one_product_and_version(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "zoo" / "v1"
    folder.mkdir(parents=True)
    known = document("get-a") | {"x-guide": {"tool_key": "animals"}}
    observed = document(paths={"/b": {"get": operation("get-b") | {"x-source": "client"}}})
    (folder / "openapi.json").write_text(json.dumps(known), encoding="utf-8")
    (folder / "openapi.clients.json").write_text(json.dumps(observed), encoding="utf-8")
    names = open_catalogue(locate(tmp_path / "specs"), tmp_path / "cache").names()
    assert names == ["akamai_animals_get_a", "akamai_animals_get_b"]


def test_two_documents_with_one_key_are_both_served(tmp_path: Path) -> None:
    own = document("get-things") | {"x-guide": {"tool_key": "zoo"}}
    names = served(tmp_path, a__v1=own, b__v1=own)
    assert len(set(names)) == 2
    assert all(name.startswith("akamai_zoo_get_things") for name in names)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("apr", True), ("cloudlets_v3", True), ("x" * 20, True), ("1", True),
        ("", False), ("x" * 21, False), ("A", False), ("a-b", False), ("_a", False), ("a_", False), ("a__b", False), ("a\n", False),
        ("ä", False), (None, False), (1, False),
    ],
)  # fmt: skip
def test_a_key_is_a_few_plain_words(text: Any, is_one: bool) -> None:
    assert is_tool_key(text) is is_one
