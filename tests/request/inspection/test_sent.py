"""What decides an effect is read from the request as it goes out."""

from __future__ import annotations

from typing import Any

import pytest
from samples import body, files, no_file, operation, parameter

from akamai_mcp.catalogue.effects import ABSENT, UNREADABLE, Sent
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request, build_request
from akamai_mcp.request.content import Streamed
from akamai_mcp.request.inspection.sent import read_sent

JSON = "application/json"


def sent(content: Any, media_type: str = JSON) -> Any:
    request = Request(method="POST", target="/pets", headers=(("Content-Type", media_type),), content=content)
    return read_sent(request, {}).body


@pytest.mark.parametrize("media_type", [JSON, "application/json; charset=utf-8", 'application/vnd.x.v1+json;charset="UTF-8"'])
def test_json_is_read_whatever_its_media_type_is_called(media_type: str) -> None:
    assert sent(b'{"a": [1, true, null]}', media_type) == {"a": [1, True, None]}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"a": 1, "b": NaN}', "application/json"),
        (b'{"a": 1, "b": -Infinity}', "application/json"),
        (b'{"a": 1}', "application/json; charset*=utf-16''"),
        (b'{"a": 1}', "application/json; charset*0=utf-7"),
        (b'{"a": 1, "a": 2}', JSON),
        (b'{"b": {"a": 1, "\\u0061": 2}}', JSON),
        (b"{'a': 1}", JSON),
        (b'{"a": 1} // comment', JSON),
        (b'\xef\xbb\xbf{"a": 1}', JSON),
        (b'{"a": "\xff"}', JSON),
        (b"", JSON),
        (b"[" * 100_000, JSON),
        (b'{"a": 1}', "text/plain"),
        (b'{"a": 1}', ""),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b'{"a": 1}', "multipart/form-data; boundary=x"),
        (b'{"a": 1}', "application/json; charset=utf-7"),
        (b'{"a": 1}', "application/json; CHARSET = utf-16"),
        (b'{"a": 1}', "application/json; charset=utf-8; charset=utf-7"),
        (Streamed(pieces=(files({"a.json": b"{}"})("a.json"),)), JSON),
    ],
)
def test_what_two_readers_may_read_in_two_ways_is_unreadable(content: Any, media_type: str) -> None:
    assert sent(content, media_type) is UNREADABLE


def test_a_request_without_a_body_has_none() -> None:
    assert read_sent(Request(method="GET", target="/pets", headers=()), {"id": "1"}) == Sent(path={"id": "1"}, body=ABSENT)


@pytest.mark.parametrize(
    ("target", "pairs"),
    [
        ("/pets?a=b", (("a", "b"),)),
        ("/pets?a=1&a=2", (("a", "1"), ("a", "2"))),
        ("/pets?a", (("a", ""),)),
        ("/pets?%61=%62+c", (("a", "b c"),)),
        ("/pets?a=1;b=2", (("a", "1"), ("b", "2"))),
        ("/pets?a=b=c", (("a", "b=c"),)),
        ("/pets?a=1?b=2", (("a", "1?b=2"),)),
    ],
)
def test_each_pair_of_the_query_is_read_as_it_is_sent(target: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert read_sent(Request(method="GET", target=target, headers=()), {}).query == pairs


def test_an_object_that_spreads_into_the_query_is_read_as_the_pairs_that_it_makes() -> None:
    one = operation(parameter("filter"), request_body=body(JSON), method="POST")
    placed = Placed(query={"filter": {"name": "x"}}, extra_query={"more": {"network": "PRODUCTION"}}, body={"a": 1})
    read = read_sent(build_request(one, placed, no_file), {})
    assert set(read.query) == {("name", "x"), ("network", "PRODUCTION")}
    assert read.body == {"a": 1}
