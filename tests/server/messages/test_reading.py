"""A message is read strictly, and what is malformed is refused with the code of JSON-RPC and the id of its sender."""

from __future__ import annotations

import json
from typing import Any

import pytest
from malformed import ABOUT, EVERY, PARSE, REQUEST, Malformed, call, last, ping
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse
from processor_time import works_at_most

from akamai_mcp.server.messages.lines import LineSplitter, LongLine
from akamai_mcp.server.messages.reading import MAX_MESSAGE_BYTES, Refusal, read_message, refuse_oversize
from akamai_mcp.server.messages.refusal_log import LINES_A_MINUTE, RefusalLog
from akamai_mcp.server.messages.request_id import find_id


def refused(data: bytes) -> Refusal:
    read = read_message(data)
    assert isinstance(read, Refusal)
    return read


@pytest.mark.parametrize("row", EVERY, ids=ABOUT)
def test_a_malformed_message_is_refused_with_its_code_and_id(row: Malformed) -> None:
    refusal = refused(row.data)
    assert (refusal.code, refusal.id, type(refusal.id)) == (row.code, row.id, type(row.id))
    written = json.loads(refusal.answer().model_dump_json(by_alias=True, exclude_unset=True))
    assert written == {"jsonrpc": "2.0", "id": row.id, "error": {"code": row.code, "message": refusal.reason}}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (ping(), JSONRPCRequest),
        (ping(id="text", params="REMOVED"), JSONRPCRequest),
        (ping(id=2**80), JSONRPCRequest),
        (ping(params=None, extra=1), JSONRPCRequest),
        (ping() + b"\r", JSONRPCRequest),
        (ping(id="REMOVED", method="notifications/initialized"), JSONRPCNotification),
        (b'{"jsonrpc":"2.0","id":41,"result":{"method":"x"}}', JSONRPCResponse),
        (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}', JSONRPCError),
    ],
)
def test_a_message_that_is_well_formed_is_read(data: bytes, kind: type) -> None:
    assert isinstance(read_message(data), kind)


def test_of_members_with_the_same_name_the_last_counts() -> None:
    read = read_message(b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping","method":"x"}')
    assert isinstance(read, JSONRPCRequest)
    assert (read.id, read.method) == (2, "x")


@pytest.mark.parametrize(
    "text", ["\u0000", "\U0001f98a", "e\u0301 \u00e9", "\ufffd\ufffe\ufeff", "\u202e\u2028", "\u0130\u0131\u00df"]
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_valid_text_is_read_as_it_was_written(text: str, ascii_only: bool) -> None:
    read = read_message(call("1", json.dumps(text, ensure_ascii=ascii_only).encode()))
    assert isinstance(read, JSONRPCRequest)
    assert read.params is not None
    assert read.params["arguments"]["name"] == text


@pytest.mark.parametrize(
    ("head", "tail", "found"),
    [
        (call("41", b'"' + b"x" * 100_000), b"", 41),
        (call('"a\\"b"', b'"' + b"x" * 100_000), b"", 'a"b'),
        (last(b'"')[:90], b'xxx"}},"jsonrpc":"2.0","id":41}', 41),
        (last(b'"')[:90], b'xxx"}},"id":"a", "jsonrpc" : "2.0" } ', "a"),
        (last(b'"')[:90], b'xxx","id":7}', None),
        (b'{"result":{"a":"', b'xxx"},"jsonrpc":"2.0","id":41}', None),
        (b'["', b'xxx"],"jsonrpc":"2.0","id":41}', None),
        (b"", b"", None),
        (b'{"' + b'\\"' * 200_000, b"", None),
        (b'{"a\\', b"", None),
        (b"{" * 300_000, b"", None),
        (b"[" * 200_000, b"", None),
    ],
)
def test_the_id_is_looked_for_at_both_ends_of_what_cannot_be_parsed(head: bytes, tail: bytes, found: Any) -> None:
    with works_at_most(0.5):
        assert find_id(head, tail) == found


@pytest.mark.parametrize("written", [call, lambda id_, text: last(text)])
def test_a_message_that_is_too_large_is_refused_with_its_id(written: Any) -> None:
    data = written("41", b'"' + b"x" * MAX_MESSAGE_BYTES + b'"')
    refusal = refused(data)
    assert (refusal.code, refusal.id) == (REQUEST, 41)
    assert str(MAX_MESSAGE_BYTES) in refusal.reason
    [line] = LineSplitter().feed(data + b"\n")
    assert isinstance(line, LongLine)
    assert refuse_oversize(line.head, line.tail) == refusal


def test_no_reason_holds_anything_of_the_message() -> None:
    assert "PLANTED" not in str(
        [refused(call("41", b'"PLANTED' + end)).reason for end in (b'\xff"', b'\\ud800"', b"", b'" PLANTED')]
    )
    assert "PLANTED" not in str([refused(ping(**{name: ["PLANTED"]})).reason for name in ("id", "jsonrpc", "method", "params")])


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_lines_are_the_same_however_the_bytes_arrive(step: int) -> None:
    data = b"one\n\n" + b"x" * 50 + b"\n" + b"y" * 51 + b"\ntwo\nrest"
    splitter = LineSplitter(limit=50)
    lines = [line for start in range(0, len(data), step) for line in splitter.feed(data[start : start + step])]
    lines += splitter.end()
    assert lines == [b"one", b"", b"x" * 50, LongLine(b"y" * 51, b"y" * 51), b"two", b"rest"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    splitter = LineSplitter()
    for _ in range(2000):
        assert list(splitter.feed(b"x" * 32768)) == []
    [line] = splitter.feed(b"\n")
    assert isinstance(line, LongLine)
    assert len(line.head) + len(line.tail) < 100_000


def test_refusals_are_logged_at_a_bounded_rate_and_the_rest_is_counted() -> None:
    now = 0.0
    written: list[dict[str, Any]] = []

    class Kept:
        def warning(self, event: str, **fields: Any) -> None:
            written.append(fields)

    log = RefusalLog("stdio", clock=lambda: now, logger=Kept)
    for _ in range(LINES_A_MINUTE + 5):
        log.write(Refusal(code=PARSE, reason="why", id="PLANTED"))
    assert written == [{"transport": "stdio", "code": PARSE, "reason": "why"}] * LINES_A_MINUTE
    now = 60.0
    log.write(Refusal(code=PARSE, reason="why"))
    assert written[-1]["left_out"] == 5
