"""Style and explode: the table of OpenAPI 3.0.3 ("Style Examples"), and what is written is what is read."""

from __future__ import annotations

import json
import math
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from samples import parameter

from akamai_mcp.errors import ArgumentError
from akamai_mcp.request.serialization import (
    serialize_cookie,
    serialize_header,
    serialize_path,
    serialize_query,
    to_json,
    to_text,
)

COLOR = "blue"
COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}
LONE_SURROGATE = "\ud800"
# What climbs as a path value and, to be simple, some more that does not.
DOTS = re.compile(r"(?:^|[/\\,])\.{1,2}(?:[/\\;,]|$)|%(?:2[EF5]|3B|5C)", re.IGNORECASE)


def query_text(value: Any, **node: Any) -> str:
    return "&".join("=".join(pair) for pair in serialize_query(parameter("color", **node), value))


# Where the specification's table (3.0.3) joins an unexploded label by ".", its own text says RFC 6570, which joins by
# ","; 3.0.4 corrects the table, and the corrected values stand here.
@pytest.mark.parametrize(
    ("style", "explode", "value", "text"),
    [
        ("matrix", False, "", ";color"),
        ("matrix", False, COLOR, ";color=blue"),
        ("matrix", False, COLORS, ";color=blue,black,brown"),
        ("matrix", False, RGB, ";color=R,100,G,200,B,150"),
        ("matrix", True, "", ";color"),
        ("matrix", True, COLOR, ";color=blue"),
        ("matrix", True, COLORS, ";color=blue;color=black;color=brown"),
        ("matrix", True, RGB, ";R=100;G=200;B=150"),
        ("label", False, COLOR, ".blue"),
        ("label", False, COLORS, ".blue,black,brown"),
        ("label", False, RGB, ".R,100,G,200,B,150"),
        ("label", True, COLOR, ".blue"),
        ("label", True, COLORS, ".blue.black.brown"),
        ("label", True, RGB, ".R=100.G=200.B=150"),
        ("simple", False, COLOR, "blue"),
        ("simple", False, COLORS, "blue,black,brown"),
        ("simple", False, RGB, "R,100,G,200,B,150"),
        ("simple", True, COLOR, "blue"),
        ("simple", True, COLORS, "blue,black,brown"),
        ("simple", True, RGB, "R=100,G=200,B=150"),
    ],
)
def test_a_path_value_is_written_as_the_table_of_styles_says(style: str, explode: bool, value: Any, text: str) -> None:
    assert serialize_path(parameter("color", "path", style=style, explode=explode), value) == text


# The table leaves the delimiters of spaceDelimited and pipeDelimited bare or encoded; here both are percent-encoded,
# since neither a space nor a bar may stand in a URI (RFC 3986). The brackets of deepObject are encoded for the same reason.
@pytest.mark.parametrize(
    ("style", "explode", "value", "text"),
    [
        ("form", False, "", "color="),
        ("form", False, COLOR, "color=blue"),
        ("form", False, COLORS, "color=blue,black,brown"),
        ("form", False, RGB, "color=R,100,G,200,B,150"),
        ("form", True, "", "color="),
        ("form", True, COLOR, "color=blue"),
        ("form", True, COLORS, "color=blue&color=black&color=brown"),
        ("form", True, RGB, "R=100&G=200&B=150"),
        ("spaceDelimited", False, COLORS, "color=blue%20black%20brown"),
        ("spaceDelimited", False, RGB, "color=R%20100%20G%20200%20B%20150"),
        ("spaceDelimited", True, COLORS, "color=blue&color=black&color=brown"),
        ("pipeDelimited", False, COLORS, "color=blue%7Cblack%7Cbrown"),
        ("pipeDelimited", False, RGB, "color=R%7C100%7CG%7C200%7CB%7C150"),
        ("pipeDelimited", True, COLORS, "color=blue&color=black&color=brown"),
        ("deepObject", True, RGB, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ],
)
def test_a_query_value_is_written_as_the_table_of_styles_says(style: str, explode: bool, value: Any, text: str) -> None:
    assert query_text(value, style=style, explode=explode) == text


@pytest.mark.parametrize(
    ("explode", "value", "text"),
    [
        (False, COLOR, "blue"),
        (False, COLORS, "blue,black,brown"),
        (False, RGB, "R,100,G,200,B,150"),
        (True, COLORS, "blue,black,brown"),
        (True, RGB, "R=100,G=200,B=150"),
    ],
)
def test_a_header_value_is_written_in_simple_style(explode: bool, value: Any, text: str) -> None:
    assert serialize_header(parameter("X-Color", "header", explode=explode), value) == [("X-Color", text)]


@pytest.mark.parametrize(
    ("explode", "value", "text"),
    [
        (False, COLOR, "color=blue"),
        (False, COLORS, "color=blue,black,brown"),
        (False, RGB, "color=R,100,G,200,B,150"),
        (True, COLOR, "color=blue"),
    ],
)
def test_a_cookie_value_is_written_in_form_style(explode: bool, value: Any, text: str) -> None:
    assert serialize_cookie(parameter("color", "cookie", explode=explode), value) == text


def test_the_defaults_are_simple_in_a_path_and_exploded_form_in_a_query() -> None:
    assert serialize_path(parameter("color", "path"), RGB) == "R,100,G,200,B,150"
    assert query_text(COLORS) == "color=blue&color=black&color=brown"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        (1.5, "1.5"),
        (9007199254740993, "9007199254740993"),
        ("", ""),
        ("Größe", "Größe"),
        (None, ""),
        ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
    ],
)
def test_a_value_is_written_as_json_writes_it_and_a_string_as_it_is(value: Any, text: str) -> None:
    assert to_text(value) == text


def test_a_parameter_with_a_media_type_is_written_as_json() -> None:
    filters = parameter("filters", content={"application/json": {"schema": {"type": "object"}}})
    assert serialize_query(filters, {"in": ["a&b", 1]}) == [("filters", "%7B%22in%22%3A%5B%22a%26b%22%2C1%5D%7D")]
    in_path = parameter("filters", "path", content={"application/json": {}})
    assert serialize_path(in_path, {"a": "/"}) == "%7B%22a%22%3A%22%2F%22%7D"
    in_header = parameter("X-Filters", "header", content={"application/json": {}})
    assert serialize_header(in_header, {"a": 1}) == [("X-Filters", '{"a":1}')]


def test_only_what_belongs_to_the_value_is_encoded_and_the_styles_delimiter_is_not() -> None:
    assert query_text(["a,b", "c&d", "e=f"], explode=False) == "color=a%2Cb,c%26d,e%3Df"
    assert serialize_path(parameter("color", "path"), ["a,b", "c/d"]) == "a%2Cb,c%2Fd"
    assert query_text({"a[b]": "c]"}, style="deepObject") == "color%5Ba%5Bb%5D%5D=c%5D"


def test_reserved_characters_stay_where_the_document_allows_them_except_the_querys_own() -> None:
    value = "https://a.example/b?c=d&e#f+g[h]"
    assert query_text(value, allowReserved=True) == "color=https://a.example/b?c%3Dd%26e%23f%2Bg[h]"
    assert query_text(value) == "color=https%3A%2F%2Fa.example%2Fb%3Fc%3Dd%26e%23f%2Bg%5Bh%5D"


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({}, "color=%7B%22a%22%3A%7B%22b%22%3A%5B1%5D%7D%2C%22c%22%3A2%7D"),
        ({"explode": False}, "color=%7B%22a%22%3A%7B%22b%22%3A%5B1%5D%7D%2C%22c%22%3A2%7D"),
        ({"allowReserved": True}, "color=%7B%22a%22:%7B%22b%22:[1]%7D,%22c%22:2%7D"),
        ({"style": "deepObject"}, "color%5Ba%5D=%7B%22b%22%3A%5B1%5D%7D&color%5Bc%5D=2"),
        ({"style": "pipeDelimited", "explode": False}, "color=a%7C%7B%22b%22%3A%5B1%5D%7D%7Cc%7C2"),
    ],
)
def test_an_object_in_an_object_is_json_where_the_style_has_no_place_for_it(node: dict[str, Any], text: str) -> None:
    assert query_text({"a": {"b": [1]}, "c": 2}, **node) == text


@pytest.mark.parametrize("style", ["form", "spaceDelimited", "pipeDelimited"])
def test_a_value_of_a_list_or_an_object_keeps_its_reserved_characters_where_the_document_allows_them(style: str) -> None:
    assert query_text(["a/b", "c,d"], style=style, allowReserved=True, explode=True) == "color=a/b&color=c,d"
    assert query_text({"x/y": "a/b"}, style=style, allowReserved=True, explode=True) == "x%2Fy=a/b"


def test_a_parameters_name_is_encoded_too() -> None:
    assert serialize_query(parameter("a b&c[]"), "1") == [("a%20b%26c%5B%5D", "1")]


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "../..", "a/..", "./a", "a/../../b", "..%2F..", "..%2fa", "%2e%2e", "%252e%252e/a", "\\..\\", "a\\..", "..;", "a/..;b=c/d",
     ["a", "/../b"], {"a": "/./"}],
)  # fmt: skip
def test_a_path_value_that_would_address_another_resource_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match="would address another resource"):
        serialize_path(parameter("color", "path"), value)


@pytest.mark.parametrize("value", [[], {}, [""]])
def test_an_empty_path_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="would address another resource"):
        serialize_path(parameter("color", "path"), value)


def test_a_label_that_is_a_single_dot_is_refused() -> None:
    for value in ("", "."):
        with pytest.raises(ArgumentError, match="would address another resource"):
            serialize_path(parameter("color", "path", style="label"), value)


@pytest.mark.parametrize("value", [LONE_SURROGATE, ["a", LONE_SURROGATE], {LONE_SURROGATE: "a"}])
def test_text_that_is_not_unicode_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="not valid Unicode"):
        serialize_path(parameter("color", "path"), value)
    with pytest.raises(ArgumentError, match="not valid Unicode"):
        serialize_query(parameter("color"), value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [1, math.nan], {"a": {"b": math.inf}}])
def test_a_number_that_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="no infinite numbers"):
        to_json(value)
    with pytest.raises(ArgumentError, match="no infinite numbers"):
        serialize_path(parameter("color", "path"), value)
    with pytest.raises(ArgumentError, match="no infinite numbers"):
        serialize_query(parameter("color"), value)
    with pytest.raises(ArgumentError, match="no infinite numbers"):
        serialize_header(parameter("X-Color", "header"), value)


# --- what is written is what is read -----------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
full_texts = texts.filter(bool)
text_lists = st.lists(texts, min_size=1, max_size=4)
text_maps = st.dictionaries(full_texts, texts, min_size=1, max_size=4)


def decoded(parts: list[str]) -> list[str]:
    return [unquote(part, errors="strict") for part in parts]


def paired(parts: list[str]) -> dict[str, str]:
    return dict(zip(decoded(parts[::2]), decoded(parts[1::2]), strict=True))


@given(texts)
@example("a/b")
@example("..a/b..")
@example("a;..")
@example("\x00\r\n")
def test_any_text_in_a_path_is_one_segment_that_reads_as_the_same_text(text: str) -> None:
    assume(text and not DOTS.search(text))
    segment = serialize_path(parameter("color", "path"), text)
    assert segment.isascii()
    assert "/" not in segment
    assert unquote(segment, errors="strict") == text


@given(texts)
def test_the_client_sends_a_path_and_query_as_they_were_written(text: str) -> None:
    assume(text and not DOTS.search(text))
    target = f"/a/{serialize_path(parameter('x', 'path'), text)}?{query_text(text)}"
    assert httpx.URL(f"https://host.example{target}").raw_path == target.encode()


@given(texts)
def test_any_text_in_a_query_reads_as_the_same_text(text: str) -> None:
    assert httpx.QueryParams(query_text(text)).multi_items() == [("color", text)]


@given(text_lists)
def test_an_exploded_form_array_reads_as_the_same_members(members: list[str]) -> None:
    assert httpx.QueryParams(query_text(members)).get_list("color") == members


@given(text_maps)
def test_an_exploded_form_object_reads_as_the_same_members(members: dict[str, str]) -> None:
    assert dict(httpx.QueryParams(query_text(members))) == members


@pytest.mark.parametrize(("style", "delimiter"), [("form", ","), ("spaceDelimited", "%20"), ("pipeDelimited", "%7C")])
@given(members=text_lists, pairs=text_maps)
def test_a_delimited_query_value_splits_into_the_same_members(
    style: str, delimiter: str, members: list[str], pairs: dict[str, str]
) -> None:
    assume(style == "form" or not any(" " in text or "|" in text for text in [*members, *pairs, *pairs.values()]))
    [(_, text)] = serialize_query(parameter("color", style=style, explode=False), members)
    assert decoded(text.split(delimiter)) == members
    [(_, text)] = serialize_query(parameter("color", style=style, explode=False), pairs)
    assert paired(text.split(delimiter)) == pairs


@given(text_maps)
def test_a_deep_object_reads_as_the_same_members(members: dict[str, str]) -> None:
    found = serialize_query(parameter("color", style="deepObject"), members)
    assert {unquote(name)[len("color[") : -1]: unquote(text) for name, text in found} == members


@given(text_lists, text_maps)
def test_a_simple_path_value_splits_into_the_same_members(members: list[str], pairs: dict[str, str]) -> None:
    assume(",".join(members) and not any(DOTS.search(text) for text in (",".join(members), *members, *pairs, *pairs.values())))
    assert decoded(serialize_path(parameter("color", "path"), members).split(",")) == members
    assert paired(serialize_path(parameter("color", "path"), pairs).split(",")) == pairs
    exploded = serialize_path(parameter("color", "path", explode=True), pairs).split(",")
    assert dict(tuple(decoded(pair.split("="))) for pair in exploded) == pairs


@given(text_lists, text_maps)
def test_a_matrix_path_value_splits_into_the_same_members(members: list[str], pairs: dict[str, str]) -> None:
    assume(not any(DOTS.search(text) for text in (*members, *pairs, *pairs.values())))
    exploded = parameter("color", "path", style="matrix", explode=True)
    assert [pair.partition("=")[0] for pair in serialize_path(exploded, members)[1:].split(";")] == ["color"] * len(members)
    assert decoded([pair.partition("=")[2] for pair in serialize_path(exploded, members)[1:].split(";")]) == members
    found = [pair.partition("=") for pair in serialize_path(exploded, pairs)[1:].split(";")]
    assert {unquote(name): unquote(text) for name, _, text in found} == pairs


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_reads_as_the_same_value(value: Any) -> None:
    assert json.loads(to_json(value)) == value


@given(json_values)
def test_no_value_can_add_another_query_parameter(value: Any) -> None:
    for pair in serialize_query(parameter("color"), value):
        assert not set("".join(pair)) & set("&=#?/ \r\n")


def test_a_header_for_many_suffixes_takes_an_object() -> None:
    many = parameter("X-Meta-*", "header")
    assert serialize_header(many, {"Color": "red", "Size": 7}) == [("X-Meta-Color", "red"), ("X-Meta-Size", "7")]


@pytest.mark.parametrize("value", ["red", 7, True, None, ["red"], [{"Color": "red"}]])
def test_a_header_for_many_suffixes_takes_nothing_else(value: Any) -> None:
    with pytest.raises(ArgumentError, match="is not an object") as refused:
        serialize_header(parameter("X-Meta-*", "header"), value)
    assert "Give an object" in refused.value.advice
