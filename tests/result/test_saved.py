"""A response that was saved to a file is told by its file, and text by how it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.decoding import decode_saved, is_binary, is_saved


@pytest.mark.parametrize(
    ("content_type", "told"),
    [
        ("text/csv; charset=utf-8", {"contentType": "text/csv", "begins": "a\ufffd"}),
        ("application/json", {"contentType": "application/json", "begins": "a\ufffd"}),
        ("application/gzip", {"contentType": "application/gzip"}),
        (None, {"contentType": "application/octet-stream"}),
    ],
)
def test_a_saved_response_names_its_type_its_size_and_its_file(content_type: str | None, told: dict[str, Any]) -> None:
    headers = (("content-type", content_type),) if content_type else ()
    saved = decode_saved(Response(status=200, headers=headers, content=b"a\xff", file=Path("/downloads/a"), size=9))
    assert saved.value == told | {"bytes": 9, "savedTo": "/downloads/a"}
    assert (is_saved(saved.value), is_binary(saved.value)) == (True, False)


@pytest.mark.parametrize(
    "value",
    [None, "text", [], {}, {"contentType": "a", "bytes": 1, "savedTo": "/a", "more": 1}, {"contentType": "a", "bytes": 1}],
)
def test_another_value_is_no_saved_response(value: Any) -> None:
    assert not is_saved(value)


@pytest.mark.parametrize(("more", "is_one"), [({}, True), ({"archive": {}}, True), ({"savedTo": "/a"}, False)])
def test_binary_content_is_known_by_its_members(more: dict[str, Any], is_one: bool) -> None:
    assert is_binary({"base64": "", "contentType": "a", "bytes": 0} | more) is is_one
    assert not is_binary({"base64": "", "bytes": 0} | more)
