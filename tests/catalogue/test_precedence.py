from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from catalogue_stage import open_small
from documents.document_samples import document, operation, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.precedence import (
    Former,
    described_endpoints,
    endpoint_of,
    former_operations,
    is_replaced,
    successor_of,
)
from akamai_mcp.documents.check import check_documents, summary_line
from akamai_mcp.openapi.parser import Outline

OURS = "zoo/v1/openapi.clients.json"
NOTE = {"summary": "Send an animal away", "ask": ["let the lion go"], "effect": "destroy"}


def paths(template: str, **methods: dict[str, Any]) -> dict[str, Any]:
    names = re.findall(r"{(.+?)}", template)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return {"servers": [{"url": "https://{hostname}/zoo/v1"}], "paths": {template: {"parameters": parameters, **methods}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    send = operation("post-animal", **{"x-source": "client", "summary": NOTE["summary"], "x-guide": NOTE})
    read = operation("get-animal", **{"x-source": "observed"})
    write(tmp_path, OURS, document(**paths("/animals/{animalId}", get=read, post=send), **{"x-guide": {"name": "Zoo"}}))
    return tmp_path


def catalogue_of(folder: Path) -> Catalogue:
    return open_small(folder)


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [("get", "/a/{b}/c", "GET /a/{}/c"), ("POST", "/a/{other}/c/", "POST /a/{}/c"), ("GET", "/a/{b}.{c}", "GET /a/{}.{}")],
)
def test_an_endpoint_does_not_depend_on_the_names_of_its_parameters(method: str, path: str, endpoint: str) -> None:
    assert endpoint_of(method, path) == endpoint


def outline(method: str = "GET", path: str = "/zoo/v1/a/{id}", **more: Any) -> Outline:
    facts: dict[str, Any] = {"template": "/a/{id}", "refusal": "", "summary": "", "tags": (), "deprecated": False}
    return Outline(operation_id="get-a", method=method, path=path, parameters=(), has_body=False, **{"guide": {}} | facts | more)


def test_of_several_operations_each_replaces_the_one_of_its_endpoint_alone() -> None:
    known, seen = outline(), outline(path="/zoo/v1/a/{other}/", source="client", summary="See", guide={"effect": "write"})
    elsewhere, others = outline(refusal="another host"), [outline(method="PUT"), outline(path="/zoo/v1/b/{id}")]
    assert described_endpoints([known, *others]) == {"GET /zoo/v1/a/{}", "PUT /zoo/v1/a/{}", "GET /zoo/v1/b/{}"}
    assert described_endpoints([seen, elsewhere]) == frozenset()
    formers = dict(former_operations("zoo", "v1", [known, seen, elsewhere]))
    former = Former(key="zoo/v1#get-a", note={"summary": "See", "effect": "write"})
    assert formers == {"GET /zoo/v1/a/{}": former}
    assert dict(former_operations("zoo", "v1", [replace(seen, guide={"summary": "Look"})])) == {
        "GET /zoo/v1/a/{}": Former(key="zoo/v1#get-a", note={"summary": "Look"})
    }
    described = described_endpoints([known])
    assert [is_replaced(one, described) for one in (seen, known, replace(seen, method="PUT"))] == [True, False, False]
    found = [successor_of(one, formers) for one in (known, seen, elsewhere, *others)]
    assert found == [former, None, None, None, None]


def test_an_undocumented_operation_is_served_and_names_its_source(folder: Path) -> None:
    entries = catalogue_of(folder).entries()
    assert {(entry.key, entry.source) for entry in entries} == {
        ("zoo/v1#get-animal", "observed"),
        ("zoo/v1#post-animal", "client"),
    }


def test_a_document_replaces_undocumented_operations_with_the_same_method_and_path(folder: Path) -> None:
    write(folder, "animals/v3/openapi.json", document(**paths("/animals/{id}", post=operation("release"))))
    catalogue = catalogue_of(folder)
    [entry] = [entry for entry in catalogue.entries() if not entry.source]
    assert (entry.key, entry.name, entry.former) == ("animals/v3#release", "akamai_zoo_v1_post_animal", "zoo/v1#post-animal")
    assert catalogue.find("zoo/v1#post-animal") == catalogue.find("akamai_zoo_v1_post_animal") == entry
    assert {one.key for one in catalogue.entries()} == {"animals/v3#release", "zoo/v1#get-animal"}


def test_a_documented_operation_inherits_the_former_effect_unless_its_own_note_gives_one(folder: Path) -> None:
    write(folder, "animals/v3/openapi.json", document(**paths("/animals/{id}", post=operation("release"))))
    assert catalogue_of(folder).get("animals/v3#release").effect.mildest == "destroy"
    noted = operation("release", **{"x-guide": {"effect": "write"}})
    write(folder, "animals/v3/openapi.json", document(**paths("/animals/{id}", post=noted), **{"x-guide": {}}))
    assert catalogue_of(folder).get("animals/v3#release").effect.mildest == "write"


@pytest.mark.parametrize(
    "other",
    [
        paths("/animals", post=operation("release")),
        paths("/animals/{id}", put=operation("release")),
        paths("/animals/{id}", post=operation("release")) | {"servers": [{"url": "https://{hostname}/zoo/v2"}]},
        paths("/animals/{id}", post=operation("release")) | {"servers": [{"url": "https://zoo.example.com/zoo/v1"}]},
    ],
    ids=["other template", "other method", "other base path", "other host"],
)
def test_another_endpoint_replaces_nothing(folder: Path, other: dict[str, Any]) -> None:
    write(folder, "animals/v3/openapi.json", document(**other))
    names = {entry.key: entry.name for entry in catalogue_of(folder).entries()}
    assert names["zoo/v1#post-animal"] == "akamai_zoo_v1_post_animal"
    assert names["animals/v3#release"] == "akamai_animals_v3_release"


def test_a_documented_operation_with_the_same_key_is_the_one_that_is_served(folder: Path) -> None:
    write(folder, "zoo/v1/openapi.json", document(**paths("/animals/{x}", post=operation("post-animal"))))
    entry = catalogue_of(folder).get("zoo/v1#post-animal")
    assert (entry.document, entry.source, entry.template) == ("zoo/v1/openapi.json", "", "/animals/{x}")


def test_a_clients_document_that_is_replaced_whole_is_no_longer_listed(folder: Path) -> None:
    both = paths("/animals/{x}", get=operation("read"), post=operation("release"))
    write(folder, "animals/v3/openapi.json", document(**both))
    assert [product.document for product in catalogue_of(folder).products()] == ["animals/v3/openapi.json"]
    report = check_documents(folder)
    assert report.ok
    assert (report.documents, report.operations, report.client_documents, report.replaced) == (1, 2, 0, 2)


def test_a_check_counts_both_kinds_and_what_is_replaced_apart(folder: Path) -> None:
    write(folder, "animals/v3/openapi.json", document(**paths("/animals/{x}", post=operation("release"))))
    report = check_documents(folder)
    assert report.ok
    assert summary_line(report) == (
        "1 documents, 1 operations, 0 lost, 0 collisions; "
        "beyond them 1 documents, 1 operations from Akamai's clients (1 observed, 0 client), 1 replaced"
    )


def test_an_unknown_source_does_not_make_an_operation_undocumented(tmp_path: Path) -> None:
    write(tmp_path, "zoo/v1/openapi.json", document(**paths("/a", get=operation("a", **{"x-source": "https://example.com"}))))
    assert [entry.source for entry in catalogue_of(tmp_path).entries()] == [""]
