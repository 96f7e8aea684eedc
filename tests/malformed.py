"""Messages that are not JSON-RPC as MCP has it, each with the error code and the id that its answer must have."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

PARSE, REQUEST, PARAMS = -32700, -32600, -32602


class Malformed(NamedTuple):
    about: str
    data: bytes
    code: int
    id: Any


def call(id_: str, text: bytes, *, method: str = '"tools/call"') -> bytes:
    """A call of a tool whose only argument is written as `text`."""
    before = f'{{"jsonrpc":"2.0","id":{id_},"method":{method},"params":{{"name":"akamai_read","arguments":{{"name":'
    return before.encode() + text + b"}}}"


def last(text: bytes) -> bytes:
    """The same with the id at the end, as TypeScript clients write it."""
    before = b'{"method":"tools/call","params":{"name":"akamai_read","arguments":{"id":7,"name":'
    return before + text + b'}},"jsonrpc":"2.0","id":41}'


def ping(**members: Any) -> bytes:
    """A ping, with members replaced, or removed by None."""
    message = {"jsonrpc": "2.0", "id": 41, "method": "ping", "params": {}} | members
    return json.dumps({name: value for name, value in message.items() if value != "REMOVED"}).encode()


DEEP = b"[" * 300 + b"]" * 300
MALFORMED = [
    Malformed("high surrogate alone", call("41", rb'"\ud83e"'), PARSE, 41),
    Malformed("high surrogate alone, id last", last(rb'"\ud83e"'), PARSE, 41),
    Malformed("low surrogate alone", call("41", rb'"a\udc00b"'), PARSE, 41),
    Malformed("surrogates in the wrong order", call("41", rb'"\udd80\ud83e"'), PARSE, 41),
    Malformed("high surrogate before a letter", call("41", rb'"\ud83ex"'), PARSE, 41),
    Malformed("surrogate in a name", call("41", rb'{"\ud83e":1}'), PARSE, 41),
    Malformed("surrogate in the method", rb'{"jsonrpc":"2.0","id":41,"method":"\ud83e"}', PARSE, 41),
    Malformed("surrogate in the id", rb'{"jsonrpc":"2.0","id":"\ud83e","method":"ping"}', PARSE, None),
    Malformed("broken escape", call("41", rb'"\u12g4"'), PARSE, 41),
    Malformed("unknown escape", call("41", rb'"\x41"'), PARSE, 41),
    Malformed("control character in a string", call("41", b'"a\tb"'), PARSE, 41),
    Malformed("NUL in a string", call("41", b'"a\x00b"'), PARSE, 41),
    Malformed("truncated after the id", b'{"jsonrpc":"2.0","id":41,"method":"pi', PARSE, 41),
    Malformed("truncated in a string with an escape", call("41", rb'"abc\"')[:-3], PARSE, 41),
    Malformed("truncated within the id", b'{"jsonrpc":"2.0","id":4', PARSE, None),
    Malformed("truncated among arguments with an id", b'{"method":"tools/call","params":{"arguments":{"id":7}', PARSE, None),
    Malformed("two messages", ping() + b" " + ping(id=42), PARSE, 41),
    Malformed("trailing comma", b'{"jsonrpc":"2.0","id":41,"method":"ping",}', PARSE, 41),
    Malformed("single quotes", b"{'jsonrpc':'2.0','id':41,'method':'ping'}", PARSE, None),
    Malformed("comment", b'{"jsonrpc":"2.0",/* x */"id":41,"method":"ping"}', PARSE, 41),
    Malformed("no JSON", b"Content-Length: 52", PARSE, None),
    Malformed("byte order mark", b"\xef\xbb\xbf" + ping(), PARSE, 41),
    Malformed("empty", b"", PARSE, None),
    Malformed("white space", b" \t\r", PARSE, None),
    Malformed("NaN", call("41", b"NaN"), PARSE, 41),
    Malformed("Infinity", call("41", b"-Infinity"), PARSE, 41),
    Malformed("leading zero", call("41", b"007"), PARSE, 41),
    Malformed("300 levels", call("41", DEEP), REQUEST, 41),
    Malformed("300 levels, id last", last(DEEP), REQUEST, 41),
    Malformed("5,000 digits", call("41", b"9" * 5000), REQUEST, 41),
    Malformed("5,000 digits as the id", ping().replace(b"41", b"9" * 5000), REQUEST, None),
    Malformed("batch", b"[" + ping() + b"," + ping(id=42) + b"]", REQUEST, None),
    Malformed("empty batch", b"[]", REQUEST, None),
    Malformed("text", b'"ping"', REQUEST, None),
    Malformed("number", b"41", REQUEST, None),
    Malformed("null", b"null", REQUEST, None),
    Malformed("empty object", b"{}", REQUEST, None),
    Malformed("id is a fraction", ping(id=1.5), REQUEST, 1.5),
    Malformed("id is null", ping(id=None), REQUEST, None),
    Malformed("id is true", ping(id=True), REQUEST, None),
    Malformed("id is an object", ping(id={"a": 1}), REQUEST, None),
    Malformed("id is a list", ping(id=[41]), REQUEST, None),
    Malformed("id is infinite", ping().replace(b"41", b"1e999"), REQUEST, None),
    Malformed("no version", ping(jsonrpc="REMOVED"), REQUEST, 41),
    Malformed("no version, and an id of 400 digits", ping(jsonrpc="REMOVED", id=10**400), REQUEST, 10**400),
    Malformed("version as a number", ping(jsonrpc=2.0), REQUEST, 41),
    Malformed("version 1.0", ping(jsonrpc="1.0"), REQUEST, 41),
    Malformed("no method", ping(method="REMOVED"), REQUEST, 41),
    Malformed("method is a number", ping(method=1), REQUEST, 41),
    Malformed("method is null", ping(method=None, id="text"), REQUEST, "text"),
    Malformed("params are a list", ping(params=[]), PARAMS, 41),
    Malformed("params are a text", ping(params="x"), PARAMS, 41),
    Malformed("params are a list beside a result", ping(params=[], result={}), PARAMS, 41),
    Malformed("params of a notification are a list", ping(id="REMOVED", method="notifications/x", params=[]), REQUEST, None),
    Malformed("a notification without a version", b'{"method":"notifications/initialized"}', REQUEST, None),
    Malformed("a result that is a list", b'{"jsonrpc":"2.0","id":41,"result":[]}', REQUEST, None),
    Malformed("an error that is a text", b'{"jsonrpc":"2.0","id":41,"error":"no"}', REQUEST, None),
    Malformed("a truncated response", b'{"jsonrpc":"2.0","id":41,"result":{"a', PARSE, None),
]
# A WebSocket's own framing refuses these (RFC 6455, section 8.1).
NOT_UTF8 = [
    Malformed("raw byte", call("41", b'"caf\xe9"'), PARSE, 41),
    Malformed("raw byte, id last", last(b'"\xff"'), PARSE, 41),
    Malformed("raw byte in an id at the end", b'{"method":"x","a":01,"jsonrpc":"2.0","id":"\xff"}', PARSE, None),
    Malformed("raw surrogate", call("41", b'"\xed\xa0\xbe"'), PARSE, 41),
    Malformed("overlong", call("41", b'"\xc0\xaf"'), PARSE, 41),
    Malformed("UTF-16", ping().decode().encode("utf-16"), PARSE, None),
]
EVERY = MALFORMED + NOT_UTF8
ABOUT = [row.about for row in EVERY]
