from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import answers, body, no_file, operation, parameter

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.request.arguments import Placed, place, place_raw
from akamai_mcp.request.builder import MAX_TARGET, Request, add_query, build_request, fill_path

BY_ID = operation(parameter("petId", "path"), path="/zoo/v1/pets/{petId}")
LIST = operation(parameter("limit", schema={"type": "integer"}), parameter("sort"), path="/zoo/v1/pets")


def build(op: Operation, **placed: Any) -> Request:
    return build_request(op, Placed(**placed), no_file)


def headers(op: Operation, **placed: Any) -> dict[str, str]:
    found = build(op, **placed).headers
    assert len({name.lower() for name, _ in found}) == len(found)
    return dict(found)


# --- the target ----------------------------------------------------------------------------------------------------------


def test_a_request_is_method_target_headers_and_content() -> None:
    post = operation(path="/zoo/v1/pets", method="POST", request_body=body("application/json"))
    assert build(post, body={"name": "Rex"}) == Request(
        method="POST",
        target="/zoo/v1/pets",
        headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
        content=b'{"name":"Rex"}',
    )


def test_a_request_without_a_body_has_no_content_and_no_content_type() -> None:
    assert build(LIST) == Request(method="GET", target="/zoo/v1/pets", headers=(("Accept", "application/json"),))
    assert build(LIST, standard_headers={"content-type": "application/json"}).headers == (("Accept", "application/json"),)


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("rex", "rex"),
        (0, "0"),
        (False, "false"),
        ("a/b", "a%2Fb"),
        ("..a/b..", "..a%2Fb.."),
        ("a?b#c", "a%3Fb%23c"),
        ("a b", "a%20b"),
        ("%2Fa", "%252Fa"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        ("...", "..."),
        ("a;b=c", "a%3Bb%3Dc"),
    ],
)
def test_a_path_value_is_one_segment_whatever_it_holds(value: Any, segment: str) -> None:
    assert build(BY_ID, path={"petId": value}).target == f"/zoo/v1/pets/{segment}"


@pytest.mark.parametrize("value", ["", ".", "..", "../../admin", "%2e%2e", "%252e%252e"])
def test_a_path_value_that_would_climb_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match="would address another resource"):
        build(BY_ID, path={"petId": value})


@pytest.mark.parametrize("path", ["/pets/../admin", "/pets/./{petId}", "/.."])
def test_a_document_whose_own_path_climbs_is_refused(path: str) -> None:
    with pytest.raises(ArgumentError, match="The path would lead to another resource"):
        build(operation(parameter("petId", "path"), path=path), path={"petId": "1"})


def test_a_label_of_dots_alone_is_refused() -> None:
    labelled = operation(parameter("a", "path", style="label"), path="/pets/{a}")
    with pytest.raises(ArgumentError, match="would address another resource"):
        build(labelled, path={"a": "."})


def test_values_that_climb_only_together_are_refused() -> None:
    pair = operation(parameter("a", "path"), parameter("b", "path"), path="/pets/{a}{b}")
    with pytest.raises(ArgumentError, match="The path would lead to another resource"):
        build(pair, path={"a": "x%", "b": "2F.%2e"})


def test_dots_between_values_are_part_of_the_segment() -> None:
    pair = operation(parameter("a", "path"), parameter("b", "path"), path="/pets/{a}.{b}")
    assert build(pair, path={"a": "x", "b": "y"}).target == "/pets/x.y"


def test_a_placeholder_that_the_document_does_not_declare_is_filled_too() -> None:
    loose = operation(path="/pets/{petId}")
    assert fill_path(loose, {"petId": "a/b"}) == "/pets/a%2Fb"
    assert fill_path(loose, {"petId": {"a": ["b", "c"]}}) == "/pets/a,%5B%22b%22%2C%22c%22%5D"
    assert fill_path(loose, {"petId": ["b", "c"]}) == "/pets/b,c"
    with pytest.raises(ArgumentError, match="The path needs 'petId'"):
        fill_path(loose, {})


def test_a_placeholder_that_stands_twice_is_filled_twice() -> None:
    assert fill_path(operation(parameter("a", "path"), path="/{a}/x/{a}"), {"a": "1"}) == "/1/x/1"


def test_a_value_with_braces_is_not_filled_again() -> None:
    two = operation(parameter("a", "path"), parameter("b", "path"), path="/{a}/{b}")
    assert fill_path(two, {"a": "{b}", "b": "1"}) == "/%7Bb%7D/1"


def test_the_query_is_in_the_documents_order_and_further_names_follow() -> None:
    placed = place_raw(LIST, path={}, query={"zebra": "a b", "sort": "name", "limit": 0, "tags": ["x", "y"]}, headers={})
    assert build_request(LIST, placed, no_file).target == "/zoo/v1/pets?limit=0&sort=name&zebra=a%20b&tags=x&tags=y"


@pytest.mark.parametrize("explode", [True, False])
def test_an_empty_array_leaves_no_question_mark(explode: bool) -> None:
    tags = operation(parameter("tags", schema={"type": "array"}, explode=explode))
    assert build(tags, query={"tags": []}).target == "/pets"


@pytest.mark.parametrize(("length", "fits"), [(MAX_TARGET - len("/pets?q="), True), (MAX_TARGET - len("/pets?q=") + 1, False)])
def test_a_target_has_at_most_64_ki_characters(length: int, fits: bool) -> None:
    search = operation(parameter("q"))
    if fits:
        assert len(build(search, query={"q": "x" * length}).target) == 65536
    else:
        with pytest.raises(ArgumentError, match="65537 characters; the limit is 65536"):
            build(search, query={"q": "x" * length})


def test_a_query_parameter_is_added_to_a_target_with_and_without_a_query() -> None:
    assert add_query("/a", "accountSwitchKey", "1-2:3&4") == "/a?accountSwitchKey=1-2%3A3%264"
    assert add_query("/a?b=c", "k", "v") == "/a?b=c&k=v"


@given(st.text(), st.text(min_size=1))
def test_no_value_changes_the_number_of_segments_or_of_parameters(path: str, query: str) -> None:
    op = operation(parameter("a", "path"), parameter("q"), path="/x/{a}/y")
    try:
        target = build(op, path={"a": path}, query={"q": query}).target
    except ArgumentError:
        return
    assert (target.count("/"), target.count("?"), target.count("&"), target.count("="), target.count("#")) == (3, 1, 0, 1, 0)
    assert target.isascii()
    assert target.isprintable()


def test_a_request_shows_its_method_and_path_alone() -> None:
    request = Request(method="GET", target="/a/b?token=PLANTED?x", headers=(("X", "PLANTED"),), content=b"PLANTED")
    assert (request.path, repr(request)) == ("/a/b", "Request(method='GET', path='/a/b')")


# --- headers -------------------------------------------------------------------------------------------------------------


def test_declared_headers_are_written_as_the_document_spells_them() -> None:
    op = operation(parameter("Contract", "header"), parameter("X-Max", "header"))
    assert headers(op, header={"X-Max": 0, "Contract": "C-1"}) == {"Contract": "C-1", "X-Max": "0", "Accept": "application/json"}


def test_a_wildcard_header_becomes_one_header_for_each_suffix() -> None:
    op = operation(parameter("X-AK-Meta-*", "header"))
    found = headers(op, header={"X-AK-Meta-*": {"Color": "red", "Size": 7, "Sold": False}})
    assert found == {"X-AK-Meta-Color": "red", "X-AK-Meta-Size": "7", "X-AK-Meta-Sold": "false", "Accept": "application/json"}


@pytest.mark.parametrize("suffix", ["a b", "a:", "a\r\nHost", "ü"])
def test_a_wildcard_headers_suffix_must_be_a_header_name(suffix: str) -> None:
    op = operation(parameter("X-AK-Meta-*", "header"))
    with pytest.raises(ArgumentError, match="invalid name or value"):
        build(op, header={"X-AK-Meta-*": {suffix: "red"}})


@pytest.mark.parametrize("value", ["a\r\nHost: evil.example", "a\nb", ["a", "b\r\n"], {"a": "\r\n"}, "ü", "\ud800"])
def test_a_header_value_that_would_end_its_line_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="invalid name or value"):
        build(operation(parameter("Contract", "header")), header={"Contract": value})


def test_the_wanted_media_type_cannot_carry_a_header_either() -> None:
    post = operation(method="POST", request_body=body("application/json"))
    with pytest.raises(ArgumentError, match="invalid name or value"):
        place(post, {"contentType": "application/json\r\nHost: evil.example", "body": {}})


def test_a_document_cannot_smuggle_a_header_in_a_media_type() -> None:
    named = "application/json\r\nHost: evil.example"
    post = operation(method="POST", request_body=body(named), responses=answers(named))
    assert headers(post, body={}) == {"Accept": "application/json", "Content-Type": "application/json"}


@pytest.mark.parametrize("given", ["json", "domain-vnd-config-gtm.v1.5+json", "a/b, c", "a/b; c", "text/", "*/*, x"])
@pytest.mark.parametrize("header", ["accept", "contentType", "Accept", "Content-Type"])
def test_a_given_type_that_is_no_media_type_is_refused(header: str, given: str) -> None:
    op = operation(
        parameter("Accept", "header"), parameter("Content-Type", "header"), method="PUT", request_body=body("text/plain")
    )
    with pytest.raises(ArgumentError, match="no media type"):
        build_request(op, place(op, {header: given, "body": "{}"}), no_file)


@pytest.mark.parametrize("given", ["a/b", "a/b;c=d", 'a/b; c="d, e"', "text/*;q=0.5, */*;q=0.1", "a/b;c=d;e=f , g/h"])
def test_every_value_of_accept_is_sent_as_it_was_given(given: str) -> None:
    assert headers(operation(), standard_headers={"accept": given}) == {"accept": given}


@pytest.mark.parametrize("given", ["*/*", "text/*", "a/b, c/d"])
def test_a_body_has_one_media_type_and_no_range(given: str) -> None:
    op = operation(method="PUT", request_body=body("text/plain"))
    with pytest.raises(ArgumentError, match="no media type"):
        build_request(op, place(op, {"contentType": given, "body": "x"}), no_file)


def test_cookies_share_one_header() -> None:
    op = operation(parameter("a", "cookie"), parameter("b", "cookie"), parameter("c", "cookie"))
    assert headers(op, cookie={"b": "x y", "a": "1"})["Cookie"] == "a=1; b=x%20y"


def test_the_declared_accept_header_wins_over_the_answers_types() -> None:
    op = operation(parameter("Accept", "header"), responses=answers("text/csv"))
    assert headers(op, header={"Accept": "application/pdf"}) == {"Accept": "application/pdf"}
    assert headers(op) == {"Accept": "text/csv"}


def test_the_accept_argument_wins_over_the_answers_types() -> None:
    op = operation(responses=answers("text/csv"))
    assert headers(op, standard_headers={"accept": "application/json"}) == {"accept": "application/json"}


def test_a_header_that_is_given_twice_is_sent_once_as_declared() -> None:
    op = operation(parameter("If-Match", "header"))
    placed = place(op, {"If-Match": '"declared"', "ifMatch": '"standard"'})
    assert [line for line in build_request(op, placed, no_file).headers if line[0].lower() == "if-match"] == [
        ("If-Match", '"declared"')
    ]


def test_a_declared_content_type_chooses_the_bodys_type_and_is_sent_once() -> None:
    op = operation(
        parameter("Content-Type", "header"),
        method="PUT",
        request_body=body(MediaType(name="a/x.v1+json", schema={}), MediaType(name="a/x.v2+json", schema={})),
    )
    assert headers(op, header={"Content-Type": "a/x.v1+json"}, body={})["Content-Type"] == "a/x.v1+json"
    assert headers(op, body={})["Content-Type"] == "a/x.v2+json"


def test_the_content_type_argument_chooses_the_bodys_type() -> None:
    op = operation(method="PUT", request_body=body("a/x.v1+json", "a/x.v2+json"))
    request = build_request(op, place(op, {"contentType": "a/x.v1+json", "body": {}}), no_file)
    assert dict(request.headers)["Content-Type"] == "a/x.v1+json"


def test_a_form_states_its_boundary_even_if_the_call_has_a_content_type() -> None:
    op = operation(parameter("Content-Type", "header"), method="PUT", request_body=body("multipart/form-data"))
    found = headers(op, header={"Content-Type": "multipart/form-data"}, body={"a": "b"})
    assert found["Content-Type"].startswith("multipart/form-data; boundary=")


def test_a_file_is_read_by_the_reader_that_is_given() -> None:
    op = operation(method="PUT", request_body=body("application/gzip"))
    request = build_request(op, Placed(body={"file": "a/b.tgz"}), {"a/b.tgz": b"\x1f\x8b"}.__getitem__)
    assert request.content == b"\x1f\x8b"


# --- what an object or a document must not bring in ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["accountSwitchKey", "AccountSwitchKey", "ACCOUNTSWITCHKEY"])
def test_an_account_key_among_the_members_of_an_object_is_refused(key: str) -> None:
    with pytest.raises(ArgumentError, match="is a setting of the customer"):
        build(LIST, path={}, query={"sort": {key: "1-OTHER"}})
    with pytest.raises(ArgumentError, match="is a setting of the customer"):
        build(LIST, path={}, extra_query={"further": {key: "1-OTHER"}})


def test_a_member_of_an_object_cannot_replace_another_parameter() -> None:
    with pytest.raises(ArgumentError, match="which is another parameter"):
        build(LIST, path={}, query={"limit": 5}, extra_query={"further": {"limit": 500}})


def test_a_member_may_have_the_name_of_its_own_object_or_of_nothing_that_is_declared() -> None:
    assert build(LIST, query={"sort": {"sort": "name", "order": "up"}}).target == "/zoo/v1/pets?sort=name&order=up"


def test_the_query_joins_one_that_the_documents_path_has() -> None:
    assert build(operation(parameter("q"), path="/zoo?kind=cat"), path={}, query={"q": "1"}).target == "/zoo?kind=cat&q=1"


@pytest.mark.parametrize("path", ["/pets#{petId}", "/pets/%2e%2e/{petId}"])
def test_a_documents_path_that_is_cut_or_climbs_on_the_wire_is_refused(path: str) -> None:
    with pytest.raises(ArgumentError, match="another resource"):
        build(operation(parameter("petId", "path"), path=path), path={"petId": "1"})


@pytest.mark.parametrize(
    "name", ["Host", "Authorization", "Connection", "content-length", "Expect", "TE", "Trailer", "Transfer-Encoding", "Upgrade"]
)
def test_a_header_of_the_transport_is_refused_though_the_document_declares_it(name: str) -> None:
    with pytest.raises(ArgumentError, match="is set by the server"):
        build(operation(parameter(name, "header")), path={}, header={name: "evil"})
