"""Malformed lines by the thousand: each is refused or read as Python's `json` reads it, judged without the code under test."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from random import Random
from typing import Any, Final

from akamai_mcp.server.messages.reading import Refusal, read_message

CODES: Final = {-32700, -32600, -32602}
MOST_SECONDS: Final = 0.5
MOST_DIGITS: Final = 4300
PIECES: Final = (
    *(rb'"\ud83e"', rb"\udc00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00", b"\\", b'"', b"[" * 300, b"]", b"{", b"}"),
    *(b"NaN", b"-Infinity", b"1.5", b"null", b"true", b"[]", b"{}", b"9" * 5000, b",", b":", b'"id":7', b'"result":{}', b" "),
    *("\U0001f98a".encode(), b'"jsonrpc"', b'"2.0"', b'"method"', b'"params"', rb"\u0000", b"\n", b"/**/", b"1e5", b"-0"),
)


def well_formed(random: Random) -> bytes:
    """A message that MCP allows, with its members in any order."""
    message: dict[str, Any] = {
        "jsonrpc": "2.0",
        "method": "tools/call",
        "params": {"name": "x", "arguments": {"id": 7, "b": [1.5]}},
    }
    if random.random() < 0.8:
        message["id"] = random.choice((1, 41, -1, "a", "caf\u00e9", 2**70))
    members = list(message.items())
    random.shuffle(members)
    return json.dumps(dict(members), ensure_ascii=random.random() < 0.5).encode()


def mutated(random: Random) -> bytes:
    """A message after up to three changes: pieces put in, put in place of others, taken out, cut off."""
    data = well_formed(random)
    for _ in range(random.randrange(4)):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.randrange(12))
        match random.randrange(4):
            case 0:
                data = data[:start] + random.choice(PIECES) + data[start:]
            case 1:
                data = data[:start] + random.choice(PIECES) + data[end:]
            case 2:
                data = data[:start] + data[end:]
            case _:
                data = data[:start] if random.random() < 0.3 else data
    return data


def judged(data: bytes) -> Any:
    """The message as Python's `json` reads it, or None if it is malformed."""
    try:
        value = json.loads(data.decode(), parse_constant=_refuse, parse_float=_number)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _is_message(value) else None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _number(digits: str) -> float:
    return float(digits) if len(digits.partition(".")[0]) <= MOST_DIGITS else _refuse(digits)


def _is_message(value: dict[str, Any]) -> bool:
    if value.get("jsonrpc") != "2.0" or (value.get("params") is not None and not isinstance(value["params"], dict)):
        return False
    has_id = "id" in value
    sound_id = isinstance(value.get("id"), int | str) and not isinstance(value.get("id"), bool)
    if "method" in value:
        return isinstance(value["method"], str) and (sound_id or not has_id)
    return sound_id and isinstance(value.get("result"), dict)


def find_fault(data: bytes) -> str:
    """What is wrong with the answer to these bytes; nothing if it is right."""
    begun = time.process_time()
    read = read_message(data)
    if time.process_time() - begun > MOST_SECONDS:
        return "took too long"
    expected = judged(data)
    if not isinstance(read, Refusal):
        written = {name: value for name, value in read.model_dump(exclude_unset=True).items() if name in (expected or {})}
        return "" if expected is not None and all(expected[name] == value for name, value in written.items()) else "read wrongly"
    if expected is not None:
        return "refused though well formed"
    answer = json.loads(read.answer().model_dump_json(by_alias=True, exclude_unset=True).encode())
    finite = not isinstance(answer["id"], float) or math.isfinite(answer["id"])
    return "" if answer["jsonrpc"] == "2.0" and answer["error"]["code"] in CODES and finite else "answered wrongly"


def fuzz_lines(count: int, seed: int) -> tuple[Counter[str], list[bytes]]:
    """Judge so many lines: how many were refused and read, and those with a fault."""
    random = Random(seed)
    counts: Counter[str] = Counter()
    faults = []
    for _ in range(count):
        data = mutated(random)
        if fault := find_fault(data):
            faults.append(fault.encode() + b": " + data)
        counts["malformed" if judged(data) is None else "well formed"] += 1
    return counts, faults
