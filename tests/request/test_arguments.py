from __future__ import annotations

import re
from typing import Any

import pytest
from samples import body, no_file, operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError, BodyError
from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.request.arguments import (
    ABSENT,
    BEYOND,
    MAX_HINT,
    Placed,
    argument_keys,
    check_header,
    place,
    place_raw,
    sanitize_key,
)
from akamai_mcp.request.builder import build_request

PET = operation(
    parameter("petId", "path"),
    parameter("limit", schema={"type": "integer"}),
    parameter("sort"),
    parameter("Contract", "header"),
    parameter("session", "cookie"),
    path="/pets/{petId}",
    method="PUT",
    request_body=body("application/json"),
)
META = operation(parameter("X-AK-Meta-*", "header"), parameter("X-AK-Meta-Owner", "header"))


def raw(op: Operation = PET, **given: Any) -> Any:
    return place_raw(op, **{"path": {"petId": "1"}, "query": {}, "headers": {}} | given)


def test_each_argument_goes_to_its_location() -> None:
    placed = place(PET, {"petId": "rex", "limit": 5, "Contract": "C-1", "session": "s", "body": {"name": "Rex"}})
    assert placed.path == {"petId": "rex"}
    assert placed.query == {"limit": 5}
    assert placed.header == {"Contract": "C-1"}
    assert placed.cookie == {"session": "s"}
    assert placed.body == {"name": "Rex"}


@pytest.mark.parametrize("value", [0, False, [], {}])
def test_zero_false_and_empty_are_values(value: Any) -> None:
    assert place(PET, {"petId": "1", "limit": value}).query == {"limit": value}
    assert raw(query={"limit": value, "unheard-of": value}).query == {"limit": value}
    assert raw(query={"unheard-of": value}).extra_query == {"unheard-of": value}


def test_null_is_absent() -> None:
    placed = place(PET, {"petId": "1", "limit": None, "Contract": None})
    assert (placed.query, placed.header) == ({}, {})
    placed = raw(query={"limit": None, "unheard-of": None}, headers={"Contract": None, "unheard-of": None})
    assert (placed.query, placed.extra_query, placed.header) == ({}, {}, {})


def test_a_null_header_argument_is_absent() -> None:
    assert place(PET, {"petId": "1", "accept": None, "ifMatch": None}).standard_headers == {}


def test_a_null_body_is_absent_because_clients_fill_optional_arguments_with_null() -> None:
    assert place(PET, {"petId": "1", "body": None}).body is ABSENT
    assert raw(body=None).body is ABSENT
    assert place_raw(operation(), path={}, query={}, headers={}, body=None).body is ABSENT


@pytest.mark.parametrize(
    ("given", "read"),
    [("null", "null"), (" null\n", " null\n"), ('{"a": 1}', {"a": 1}), ("", ABSENT), ("text", "text"), (["null"], ["null"])],
)
def test_the_text_null_is_sent_as_null_and_json_text_is_read(given: Any, read: Any) -> None:
    put = operation(method="PUT", request_body=body(MediaType(name="application/json", schema={"type": "object"})))
    assert place(put, {"body": given}).body == read
    assert place_raw(put, path={}, query={}, headers={}, body=given).body == read
    assert place_raw(operation(), path={}, query={}, headers={}, body=given).body == given


@pytest.mark.parametrize("value", [0, False, "", []])
def test_any_body_is_sent_and_none_without_the_argument(value: Any) -> None:
    assert place(PET, {"petId": "1", "body": value}).body == value
    assert raw(body=value).body == value
    assert place(PET, {"petId": "1"}).body is ABSENT
    assert raw().body is ABSENT


@pytest.mark.parametrize("given", [{}, {"petId": None}])
def test_a_missing_path_value_is_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=re.escape("zoo/v1#get-pets needs petId for its path /pets/{petId}.")):
        place(PET, given)
    with pytest.raises(ArgumentError, match="needs petId"):
        raw(path=given)


def test_all_missing_path_values_are_named_at_once() -> None:
    two = operation(parameter("a", "path"), parameter("b", "path"), path="/{a}/{b}")
    with pytest.raises(ArgumentError, match="needs a, b for its path"):
        place(two, {})


def test_an_unknown_argument_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(ArgumentError, match="zoo/v1#get-pets has no argument 'limits'") as caught:
        place(PET, {"petId": "1", "limits": 5})
    assert caught.value.advice == f"Did you mean limit? {BEYOND}"


def test_an_unknown_argument_like_no_other_is_refused_with_all_names() -> None:
    with pytest.raises(ArgumentError) as caught:
        place(PET, {"zzzzzz": 1})
    assert caught.value.advice == (
        f"It takes: Contract, accept, body, contentType, ifMatch, ifNoneMatch, limit, petId, session, sort. {BEYOND}"
    )


def test_a_body_is_an_unknown_argument_where_the_operation_has_none() -> None:
    with pytest.raises(ArgumentError, match="has no argument 'body'"):
        place(operation(), {"body": {}})


def test_an_unknown_path_parameter_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(ArgumentError, match="has no path parameter 'petID'") as caught:
        raw(path={"petID": "1"})
    assert caught.value.advice == "Did you mean petId?"


def test_at_most_three_names_are_near_and_half_of_a_name_is_near_enough() -> None:
    pages = operation(*(parameter(f"page{letter}") for letter in "ABCD"), parameter("maxItems"))
    for given, near in (("pageX", "pageD, pageC, pageB"), ("max", "maxItems")):
        with pytest.raises(ArgumentError) as caught:
            place(pages, {given: 1})
        assert caught.value.advice == f"Did you mean {near}? {BEYOND}"


def test_a_list_of_many_names_is_cut_and_the_advice_after_it_is_not() -> None:
    many = operation(
        *(parameter(f"{number:03}{'x' * 40}", place) for number in range(50) for place in ("query", "header", "path"))
    )
    with pytest.raises(ArgumentError) as caught:
        place(many, {"!": 1})
    assert caught.value.advice.startswith(f"It takes: 000{'x' * 40}")
    assert caught.value.advice.endswith(f" {BEYOND}")
    for given in ({"path": {"!": 1}}, {"headers": {"!": "1"}, "path": {}}):
        with pytest.raises(ArgumentError) as caught:
            raw(many, **given)
        assert len(caught.value.advice) == MAX_HINT


def test_a_declared_value_is_read_as_its_type_and_that_of_a_family_of_headers_is_not() -> None:
    assert place(PET, {"petId": "1", "limit": "5", "sort": "5"}).query == {"limit": 5, "sort": "5"}
    assert raw(query={"limit": "5", "sort": "5", "other": "5"}).query == {"limit": 5, "sort": "5"}
    family = operation(parameter("X-Meta-*", "header", schema={"properties": {"Size": {"type": "integer"}}}))
    assert place(family, {"X-Meta-*": {"Size": "7"}}).header == {"X-Meta-*": {"Size": "7"}}


def test_a_long_unknown_name_is_cut_in_the_message() -> None:
    with pytest.raises(ArgumentError) as caught:
        place(PET, {"x" * 5000: 1})
    assert len(caught.value.message) < 150


def test_an_argument_is_taken_by_its_wire_name_too() -> None:
    dotted = operation(parameter("filter[name]"))
    assert place(dotted, {"filter_name_": "a"}).query == {"filter[name]": "a"}
    assert place(dotted, {"filter[name]": "a"}).query == {"filter[name]": "a"}


# --- keys --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("limit", "limit"),
        ("X-AK-Meta-*", "X-AK-Meta-_"),
        ("filter[name]", "filter_name_"),
        ("größe", "gr__e"),
        ("a.b-c_d", "a.b-c_d"),
        ("x" * 70, "x" * 64),
    ],
)
def test_a_key_is_made_of_what_every_client_accepts(name: str, key: str) -> None:
    assert sanitize_key(name) == key


@pytest.mark.parametrize("name", ["body", "customer", "confirm", "accept", "contentType", "ifMatch", "ifNoneMatch"])
def test_a_parameter_named_like_a_control_gets_its_location_appended(name: str) -> None:
    op = operation(parameter(name))
    assert list(argument_keys(op)) == [f"{name}_query"]
    assert place(op, {f"{name}_query": "x"}).query == {name: "x"}


def test_two_parameters_of_one_name_get_two_keys() -> None:
    op = operation(parameter("id", "path"), parameter("id", "query"), path="/{id}")
    assert list(argument_keys(op)) == ["id", "id_query"]
    placed = place(op, {"id": "a", "id_query": "b"})
    assert (placed.path, placed.query) == ({"id": "a"}, {"id": "b"})


def test_parameters_whose_long_names_begin_alike_get_keys_of_their_own_that_fit() -> None:
    names = [f"{'x' * 64}{number}" for number in range(12)]
    keys = argument_keys(operation(*map(parameter, names)))
    assert list(keys) == ["x" * 64, *(f"{'x' * 61}_{number}" for number in range(2, 13))]
    assert [one.name for one in keys.values()] == names


# --- the account -------------------------------------------------------------------------------------------------------


def test_the_account_switch_key_is_not_an_argument() -> None:
    op = operation(parameter("accountSwitchKey"))
    assert argument_keys(op) == {}
    with pytest.raises(ArgumentError, match="has no argument 'accountSwitchKey'"):
        place(op, {"accountSwitchKey": "B-1:1"})


@pytest.mark.parametrize("op", [operation(parameter("accountSwitchKey")), operation()], ids=["declared", "undeclared"])
def test_the_account_switch_key_is_refused_in_a_raw_query(op: Operation) -> None:
    with pytest.raises(ArgumentError, match="accountSwitchKey is a setting of the customer"):
        raw(op, path={}, query={"accountSwitchKey": "B-1:1"})


def test_no_operation_takes_the_account_switch_key(catalogue: Catalogue) -> None:
    operations = [catalogue.operation(entry) for entry in catalogue.entries()]
    assert not any("accountswitchkey" in key.lower() for operation in operations for key in argument_keys(operation))
    assert sum(p.name == "accountSwitchKey" for operation in operations for p in operation.parameters) == 1224


# --- headers -----------------------------------------------------------------------------------------------------------


def test_a_declared_header_is_found_in_any_case() -> None:
    assert raw(headers={"contract": "C-1"}).header == {"Contract": "C-1"}


@pytest.mark.parametrize("name", ["Accept", "content-type", "IF-MATCH", "If-None-Match", "Prefer", "X-Request-Id"])
def test_a_standard_header_needs_no_declaration(name: str) -> None:
    assert raw(headers={name: "a"}).standard_headers == {name.lower(): "a"}


@pytest.mark.parametrize(
    "name", ["Authorization", "Host", "Cookie", "Content-Length", "Transfer-Encoding", "X-Forwarded-For", "X-Anything"]
)
def test_any_other_header_is_refused_by_name(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"does not take the header '{name}'") as caught:
        raw(headers={name: "a"})
    assert caught.value.advice == (
        "Allowed headers: Contract, accept, content-type, if-match, if-none-match, prefer, x-request-id."
    )


@pytest.mark.parametrize(
    ("argument", "name"),
    [("accept", "accept"), ("contentType", "content-type"), ("ifMatch", "if-match"), ("ifNoneMatch", "if-none-match")],
)
def test_every_tool_takes_the_standard_headers_as_arguments(argument: str, name: str) -> None:
    assert place(PET, {"petId": "1", argument: "text"}).standard_headers == {name: "text"}


def test_a_wildcard_header_takes_an_object_of_suffixes() -> None:
    assert place(META, {"X-AK-Meta-_": {"Color": "red"}}).header == {"X-AK-Meta-*": {"Color": "red"}}


def test_a_raw_header_of_the_wildcards_names_is_taken_as_a_suffix() -> None:
    placed = raw(META, path={}, headers={"x-ak-meta-Color": "red", "X-AK-Meta-Size": 7})
    assert placed.header == {"X-AK-Meta-*": {"Color": "red", "Size": 7}}


@pytest.mark.parametrize("name", ["X-Other", "X-AK-Met", "X-AK-MetaX", "ContractX", "X-AK-Meta-OwnerX", "X-AK"])
def test_a_header_is_declared_by_its_whole_name_or_by_that_of_its_family(name: str) -> None:
    op = operation(parameter("X-AK-Meta-*", "header"), parameter("Contract", "header"), parameter("X-AK-Meta-Owner", "header"))
    if name.startswith("X-AK-Meta-"):
        assert raw(op, path={}, headers={name: "1"}).header == {"X-AK-Meta-*": {"OwnerX": "1"}}
    else:
        with pytest.raises(ArgumentError, match=f"does not take the header '{name}'"):
            raw(op, path={}, headers={name: "1"})


def test_a_header_of_its_own_name_is_not_taken_by_the_wildcard() -> None:
    assert raw(META, path={}, headers={"x-ak-meta-owner": "me"}).header == {"X-AK-Meta-Owner": "me"}


def test_property_manager_is_asked_for_prefixes_unless_the_call_says_otherwise(catalogue: Catalogue) -> None:
    contracts = catalogue.operation(catalogue.get("papi/v1#get-contracts"))
    assert place(contracts, {}).header == {"PAPI-Use-Prefixes": "true"}
    assert place(contracts, {"PAPI-Use-Prefixes": None}).header == {"PAPI-Use-Prefixes": "true"}
    assert place(contracts, {"PAPI-Use-Prefixes": False}).header == {"PAPI-Use-Prefixes": False}
    assert raw(contracts, path={}).header == {"PAPI-Use-Prefixes": "true"}
    assert raw(contracts, path={}, headers={"papi-use-prefixes": "false"}).header == {"PAPI-Use-Prefixes": "false"}


def test_only_headers_that_the_guide_names_are_sent_without_being_given(catalogue: Catalogue) -> None:
    operations = [catalogue.operation(entry) for entry in catalogue.entries()]
    defaults = {(p.name, p.location, p.default) for one in operations for p in one.parameters if p.default is not None}
    assert defaults == {("PAPI-Use-Prefixes", "header", "true")}
    assert all(p.default == "true" for one in operations for p in one.parameters if p.name.lower() == "papi-use-prefixes")


def test_no_other_product_is_asked_for_prefixes() -> None:
    assert place(PET, {"petId": "1"}).header == {}


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\nb", "a\rb", "\x00", "a\x7fb", "ü", "漢", "\ud800"])
def test_a_header_value_that_is_not_one_line_of_ascii_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match="invalid name or value"):
        check_header("If-Match", value)
    with pytest.raises(ArgumentError, match="invalid name or value"):
        raw(headers={"If-Match": value})
    with pytest.raises(ArgumentError, match="invalid name or value"):
        place(PET, {"petId": "1", "ifMatch": value})


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ü", "a\n"])
def test_a_header_name_that_is_not_a_token_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="invalid name or value"):
        check_header(name, "value")


@pytest.mark.parametrize("value", ["", "plain", '"etag"', "a\tb", "~!@#$%^&*()"])
def test_a_line_of_visible_ascii_is_a_header_value(value: str) -> None:
    check_header("If-Match", value)


# --- the flat view -----------------------------------------------------------------------------------------------------


def test_the_flat_view_has_every_value_under_its_own_name() -> None:
    placed = raw(query={"limit": 5, "network": "PRODUCTION"}, headers={"Contract": "C"}, body={"a": 1})
    assert placed.flat() == {"petId": "1", "limit": 5, "network": "PRODUCTION", "Contract": "C", "body": {"a": 1}}


def test_the_flat_view_has_no_body_where_none_was_given() -> None:
    assert raw().flat() == {"petId": "1"}
    assert raw(body=0).flat() == {"petId": "1", "body": 0}


# --- what is shown -----------------------------------------------------------------------------------------------------


def test_nothing_that_a_caller_gives_is_shown_by_a_repr() -> None:
    values = {"PLANTED-name": "PLANTED-value"}
    texts = {"PLANTED-name": "PLANTED-value"}
    for given in ("PLANTED-body", values, [values], b"PLANTED"):
        placed = Placed(
            path=values, query=values, header=values, cookie=values, standard_headers=texts, extra_query=values, body=given
        )
        assert "PLANTED" not in f"{placed!r} {placed}"
    assert repr(ABSENT) == "ABSENT"


@pytest.mark.parametrize("value", ["red", 7, True, ["red"], [{"Color": "red"}]])
def test_a_wildcard_header_that_is_no_object_is_refused_with_what_to_give(value: Any) -> None:
    for placed in (place(META, {"X-AK-Meta-_": value}), place(META, {"X-AK-Meta-*": value})):
        with pytest.raises(ArgumentError, match=r"'X-AK-Meta-\*' is not an object") as refused:
            build_request(META, placed, no_file)
        assert refused.value.advice == 'Give an object from suffix to value, such as {"Color": "red"}.'


def test_a_wildcard_header_of_several_suffixes_is_as_many_headers() -> None:
    request = build_request(META, place(META, {"X-AK-Meta-_": {"Color": "red", "Size": 7, "Odd-1": ""}}), no_file)
    sent = [line for line in request.headers if line[0].startswith("X-AK")]
    assert sent == [("X-AK-Meta-Color", "red"), ("X-AK-Meta-Size", "7"), ("X-AK-Meta-Odd-1", "")]


# --- text for bytes, and nothing for a body ------------------------------------------------------------------------------

ARCHIVES = ["application/gzip", "application/tar+gzip", "application/zip; a=b", "application/PDF", "image/png"]


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("text", ["H4sIAAAA", "", "{}"])
def test_text_is_refused_where_bytes_are_never_text(name: str, text: str) -> None:
    with pytest.raises(BodyError, match="is binary, and text is none") as refused:
        place(operation(method="POST", request_body=body(name)), {"body": text})
    assert '{"base64": "..."}' in refused.value.advice


@pytest.mark.parametrize("name", ARCHIVES)
def test_who_names_the_media_type_or_sorts_the_values_says_what_the_bytes_are(name: str) -> None:
    upload = operation(method="POST", request_body=body(name))
    assert place(upload, {"body": "bytes", "contentType": name}).body == "bytes"
    assert place_raw(upload, path={}, query={}, headers={}, body="bytes").body == "bytes"


@pytest.mark.parametrize(
    "name", ["application/octet-stream", "application/pkix-cert", "application/yaml", "image/svg+xml", "text/csv"]
)
def test_text_is_taken_where_bytes_may_be_text(name: str) -> None:
    assert place(operation(method="POST", request_body=body(name)), {"body": "text"}).body == "text"


def test_an_empty_body_is_sent_only_where_the_api_wants_one() -> None:
    content = body("application/json")
    assert place(operation(method="POST", request_body=content, empty_body=True), {}).body == {}
    assert place(operation(method="POST", request_body=content, empty_body=True), {"body": {"a": 1}}).body == {"a": 1}
    assert place(operation(method="POST", request_body=content), {}).body is ABSENT
