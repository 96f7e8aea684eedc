"""A request is shown as it would be sent, without what is secret in it."""

from __future__ import annotations

from typing import Any

import pytest
from samples import files

from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, Streamed
from akamai_mcp.request.inspection.preview import MAX_BODY_TEXT, preview

JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain"
KEY = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"


def shown(content: Content | None = None, kind: str = JSON, target: str = "/a", *, switched: bool = False, **headers: str) -> Any:
    lines = (*((name.replace("_", "-"), value) for name, value in headers.items()), ("Content-Type", kind))
    return preview(Request(method="POST", target=target, headers=lines, content=content), host="akab.example", switched=switched)


def test_method_url_headers_and_body_are_shown_and_secrets_are_not() -> None:
    assert shown(b'{"name": "n", "password": "p"}', target="/a?x=1&token=t", X_Api_Key="k", Policy_Set="s") == {
        "method": "POST",
        "url": "https://akab.example/a?x=1&token=***",
        "headers": {"X-Api-Key": "***", "Policy-Set": "s", "Content-Type": JSON, "Authorization": "EG1-HMAC-SHA256 ***"},
        "body": {"name": "n", "password": "***"},
        "bodyBytes": 30,
    }


@pytest.mark.parametrize(("target", "url"), [("/a", "/a?accountSwitchKey=***"), ("/a?x=1", "/a?x=1&accountSwitchKey=***")])
def test_an_account_switch_key_that_is_added_is_seen_and_not_shown(target: str, url: str) -> None:
    assert shown(target=target, switched=True)["url"] == f"https://akab.example{url}"


@pytest.mark.parametrize(
    ("content", "kind", "body", "size"),
    [
        (b"plain", TEXT, "plain", 5),
        (f"a {KEY}".encode(), TEXT, "a ***", 2 + len(KEY)),
        (b"a=1&password=p", FORM, "a=1&password=***", 14),
        (b"password=p", TEXT, "password=p", 10),
        (b"\xff\x00", TEXT, {"binary": 2}, 2),
        (b"--x", "multipart/form-data; boundary=x", {"text": 3}, 3),
        (b"x" * MAX_BODY_TEXT, TEXT, "x" * MAX_BODY_TEXT, MAX_BODY_TEXT),
        (b"x" * (MAX_BODY_TEXT + 1), TEXT, {"text": MAX_BODY_TEXT + 1}, MAX_BODY_TEXT + 1),
        (Streamed(pieces=(b"ab", files({"f": b"12345"})("f"))), TEXT, {"fromFile": 7}, 7),
    ],
    ids=range(9),
)
def test_a_body_is_shown_by_what_it_is(content: Content, kind: str, body: Any, size: int) -> None:
    seen = shown(content, kind)
    assert (seen["body"], seen["bodyBytes"]) == (body, size)


def test_without_a_body_none_is_shown() -> None:
    assert shown().keys() == {"method", "url", "headers"}
