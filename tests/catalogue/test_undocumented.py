"""What a method and a path mean: the operation of a document, else as little as is known, and the safe side of the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest
from catalogue_stage import open_small
from documents.document_samples import document, operation, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import plain_effect
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import (
    MAX_PATH,
    RAW_METHODS,
    Target,
    check_path,
    find_target,
    undocumented_entry,
    undocumented_operation,
)
from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.model import MediaType, Operation, Parameter, RequestBody

PATH = "/some-api/v1/things/{thingId}"
TEMPLATE = "/animals/{id}/days/{day}"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("specs")
    names = re.findall(r"{(.+?)}", TEMPLATE)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    paths = {TEMPLATE: {"parameters": parameters, "get": operation("get-day")}}
    write(folder, "zoo/v1/openapi.json", document(paths=paths, servers=[{"url": "https://{hostname}/zoo/v1"}]))
    return open_small(folder)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/zoo/v1/animals/7/days/8", {"id": "7", "day": "8"}),
        ("/zoo/v1/animals/a%20b/days/8/", {"id": "a b", "day": "8"}),
        ("/zoo/v1/animals/{id}/days/{day}", {}),
        ("/zoo/v1/animals/7/days/{other}", {"id": "7"}),
        ("/zoo/v1/animals/x-{id}/days/8", {"day": "8"}),
    ],
)
def test_a_path_that_a_document_has_is_its_operation_with_the_values_that_are_filled_in(
    catalogue: Catalogue, path: str, values: dict[str, Any]
) -> None:
    entry = catalogue.get("zoo/v1#get-day")
    assert find_target(catalogue, "get", path) == Target(entry=entry, operation=catalogue.operation(entry), values=values)


def test_any_other_path_is_an_undocumented_operation(catalogue: Catalogue) -> None:
    for method, path in (("POST", "/zoo/v1/animals/7/days/8"), ("get", "/zoo/v1/plants")):
        entry = undocumented_entry(method.upper(), path)
        assert find_target(catalogue, method, path) == Target(entry=entry, operation=undocumented_operation(entry), values={})


def test_a_method_that_no_operation_has_is_refused(catalogue: Catalogue) -> None:
    assert RAW_METHODS == ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    for method in ("trace", "OPTIONS", "CONNECT", "", "GET "):
        with pytest.raises(ArgumentError) as caught:
            find_target(catalogue, method, "/a")
        assert caught.value.message == f"{method.upper()!r} is not a supported HTTP method."
        assert caught.value.advice == "Use one of GET, HEAD, POST, PUT, PATCH, DELETE."


@pytest.mark.parametrize(
    "path", ["/a", "/a/", "/a/{id}/{a.b-c}", "/a/%C3%A9", "/a.b_~!$&'()*+,;=:@-/c..d/...", "/" + "a" * (MAX_PATH - 1)]
)
def test_a_path_on_the_host_is_taken(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//", "a/b", "//host/a", "https://host/a", "/a//b", "/a//", "/a?b=1", "/a#b", "/a b", "/a\n", "/é", "/a|b"),
        *("/.", "/..", "/a/./b", "/a/../b", "/a/..", "/a/../", "/a/%2e/b", "/a/.%2E/b", "/a/%2e%2e"),
        *("/a/b%2fc", "/a/b%2F..%2Fc", "/a/b%5cc", "/a/%5C", "/a\\b", "/a/%ff", "/a/%C3", "/a/%2", "/a/%zz", "/{}", "/{a b}", "/{a"),
    ],
)  # fmt: skip
def test_a_path_that_may_lead_elsewhere_is_refused(catalogue: Catalogue, path: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        find_target(catalogue, "GET", path)
    assert caught.value.message == f"{path!r} is not a path on the customer's host."
    assert caught.value.advice == (
        "Start with /, percent-encode values, and put the query in queryParams. Example: /papi/v1/properties."
    )


def test_a_path_has_a_greatest_length() -> None:
    with pytest.raises(ArgumentError) as caught:
        check_path("/" + "a" * MAX_PATH)
    assert (caught.value.message, caught.value.advice) == (
        f"The path is longer than {MAX_PATH} characters.", "Give the path of one resource.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "effect"), [("GET", "read"), ("HEAD", "read"), *((method, "destroy") for method in ("POST", "PUT", "PATCH", "DELETE"))]
)  # fmt: skip
def test_nothing_is_claimed_of_it_and_whatever_does_not_read_counts_as_destroying(method: str, effect: Any) -> None:
    entry = undocumented_entry(method, PATH)
    assert entry == Entry(
        name="akamai_raw_request",
        product="undocumented",
        version="some-api-v1",
        operation_id=f"{method} {PATH}",
        method=method,
        template=PATH,
        path=PATH,
        document="",
        summary="Undocumented request",
        ask=(),
        tags=(),
        parameters=("thingId",),
        effect=plain_effect(effect),
        secret=False,
        reveals=False,
        outcome="",
        cache="never",
        touches=(),
        refusal="",
        deprecated=False,
        has_body=True,
        paginatable=False,
        replaces=method == "PUT",
    )
    assert entry.empty_body is False


def test_its_operation_takes_a_body_or_none_and_each_placeholder_as_a_required_value() -> None:
    assert undocumented_operation(undocumented_entry("POST", PATH)) == Operation(
        product="undocumented",
        version="some-api-v1",
        operation_id=f"POST {PATH}",
        method="POST",
        path=PATH,
        refusal="",
        summary="Undocumented request",
        tags=(),
        deprecated=False,
        parameters=(Parameter(name="thingId", location="path", required=True, style="simple", explode=False, schema={}),),
        request_body=RequestBody(required=False, content=(MediaType(name="application/json", schema={}),)),
        responses=(),
        dialect="3.0",
    )


@pytest.mark.parametrize("path", ["/SOME-api/v1/things", "/some-api/%76%31/things", "/some-api/v1/things/"])
def test_limits_and_circuits_are_those_of_the_api_however_its_path_is_written(path: str) -> None:
    assert undocumented_entry("GET", path).version == undocumented_entry("GET", PATH).version == "some-api-v1"
