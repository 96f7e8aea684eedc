"""Inputs that ask a server for much work or memory, each with what its answer says."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from pathlib import Path
from typing import Any

from mcp_stage import FIRST, MIB

from akamai_mcp.sandbox.faults import Fault

PATH = "/network-list/v2/network-lists"
READ, CREATE, SHORT = "rows/v1#read", "rows/v1#create", "rows/v1#short"
SLOW_PATTERN = "^(a+)+$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A call of a tool, or with `uri` the reading of a resource; `answer` is what the fake Akamai answers, `says` what comes back.

    In arguments and URI, `{whole}` stands for the handle of the answer that `kept` made Akamai give before.
    """

    says: str
    tool: str = "akamai_read"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    uri: str = ""
    answer: Fault | None = None
    kept: Fault | None = None


def read(says: str, body: bytes = b"{}", /, headers: Mapping[str, str] | None = None, **controls: Any) -> Row:
    """A read that Akamai answers with this body."""
    return Row(
        says=says, arguments={"name": READ, "cache": "off", **controls}, answer=Fault(path=PATH, body=body, headers=headers or {})
    )


def refused_by_akamai(says: str, body: Any) -> Row:
    """A change that Akamai refuses, so that the arguments are compared with the schema."""
    arguments = {"name": CREATE, "arguments": {"body": body}}
    return Row(says=says, tool="akamai_write", arguments=arguments, answer=Fault(path=PATH, status=400, body=b'{"title": "x"}'))


def from_whole(says: str, kept: Fault, part: str = "", **controls: Any) -> Row:
    """A part of an answer that was too large to show."""
    return Row(says=says, arguments={"name": f"{{whole}}{part}", **controls}, kept=kept)


def nested(levels: int) -> Any:
    return reduce(lambda inner, _: [inner], range(levels), 0)


@cache
def packed(mebibytes: int) -> bytes:
    """Zeros in gzip, made of one compressed block that is repeated: after a full flush it refers to nothing before it."""
    zeros, packer = bytes(MIB), zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    check = reduce(lambda crc, _: zlib.crc32(zeros, crc), range(mebibytes), 0)
    head, end = b"\x1f\x8b\x08" + bytes(6) + b"\xff", packer.flush()
    return head + block * mebibytes + end + struct.pack("<II", check, mebibytes * MIB % 2**32)


def zipped(mebibytes: int) -> bytes:
    """An archive of one file of zeros."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.txt", "w") as file:
        for _ in range(mebibytes):
            file.write(bytes(MIB))
    return content.getvalue()


DOUBLED = "|".join(["[@,@]"] * 26 + ["to_string(@)"])
ITEMS = b'{"networkLists":[' + b'{"a":1,"b":"x"},' * 200_000 + b'{"a":1}]}'
LINES = Fault(body=("a" * 200 + "!\n").encode() * 60_000, content_type="text/plain")
KEPT = Fault(body=ITEMS)

SELECTIONS = {
    "a list doubled and written": read("returns too much", ITEMS, select=DOUBLED),
    "a list doubled in a resource": Row(says="returns too much", uri=f"{{whole}}?select={DOUBLED}", kept=KEPT),
    "a list doubled in a stored answer": from_whole("returns too much", KEPT, select=DOUBLED),
    "many alternatives": read("takes too long", ITEMS, select=f"networkLists[?{' || '.join(['a==`-1`'] * 100)}]"),
    "many objects": read("_cut", ITEMS, select="networkLists[].{a: a, b: b, c: a, d: b}"),
    "a search for a slow pattern": from_whole("matches", LINES, f"?search={SLOW_PATTERN}"),
}


@cache
def answers() -> dict[str, Row]:
    """Answers that are large or take much work to read; made for the test alone, since packing them takes seconds."""
    lists = b"[" + b"[1]," * 2_500_000 + b"0]"
    objects = b"[" + (b'{"name":"a list","type":"IP"},' * (16 * MIB // 30 - 9))[:-1] + b"]"
    secrets = b'["' + b" ".join([FIRST.client_token.encode()] * (15 * MIB // len(FIRST.client_token) - 100)) + b'"]'
    return {
        "zeros in gzip": read("larger than", packed(800), {"content-encoding": "gzip"}),
        "zeros in gzip in gzip": read("Content-Encoding", gzip.compress(packed(800)), {"content-encoding": "gzip, gzip"}),
        "half of a gzip": read("ended early", packed(1)[:-20], {"content-encoding": "gzip"}),
        "another encoding": read("Content-Encoding", b"x", {"content-encoding": "br"}),
        "zeros in an archive": from_whole("larger", Fault(body=zipped(400), content_type="application/zip"), "?member=zeros.txt"),
        "millions of lists": read("request less", lists),
        "the largest answer": read("_cut", objects),
        "credentials beside credentials": read("***", secrets),
        "900 levels": read("levels", b"[" * 900 + b"]" * 900),
        "100,000 levels": read("whole", b"[" * 100_000 + b"]" * 100_000),
        "a number of many digits": read("whole", b"[" + b"9" * 10_000_000 + b"]"),
        "a slice of many lines": Row(says="aaaa", uri="{whole}?offset=59990&limit=5", kept=LINES),
    }


ARGUMENTS = {
    "900,000 query parameters": Row(
        says="150000 values",
        tool="akamai_raw_request",
        arguments={"toolName": READ, "queryParams": {"q": ["b"] * 900_000}},
    ),
    "240 levels": Row(
        says="levels", tool="akamai_write", arguments={"name": CREATE, "arguments": {"body": {"any": nested(240)}}}
    ),
    "170 levels": Row(
        says="dryRun",
        tool="akamai_write",
        arguments={"name": CREATE, "arguments": {"body": {"any": nested(170)}}, "dryRun": True},
    ),
    "a long question": Row(says="operations", tool="akamai_list_operations", arguments={"query": "list hosts " * 90_000}),
}
COMPARISONS = {
    "a slow pattern": ("does not match", {"text": "a" * 35 + "!"}),
    "a slow pattern and a long text": ("does not match", {"text": "a" * 1_000_000 + "!"}),
    "many items and one number": ("is not of type", {"unique": [*map(str, range(50_000)), 1]}),
    "many items, two of them equal": ("are not unique", {"unique": [*map(str, range(50_000)), "1"]}),
    "alternatives of alternatives": ("too long to compare", {"deep": [9] * 1000}),
}


def documents(folder: Path) -> Path:
    """Write a document with what the rows need, and beside it YAML that stands for more than it says."""
    (folder / "rows" / "v1").mkdir(parents=True)
    (folder / "rows" / "v1" / "openapi.json").write_text(json.dumps(ROWS))
    head = "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths: {}\nx0: &x0 {a: 1}\n"
    for levels in (7, 8, 30):
        merged = [f"x{n + 1}: &x{n + 1} {{<<: [{', '.join([f'*x{n}'] * 10)}], k{n}: 1}}" for n in range(levels)]
        (folder / f"merged{levels}.yaml").write_text(head + "\n".join(merged))
        listed = [f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 10)}]" for n in range(levels)]
        (folder / f"listed{levels}.yaml").write_text(head + "\n".join(listed))
    return folder


def alternatives(levels: int) -> Any:
    """Alternatives of alternatives, none of which fits."""
    schema: Any = {"type": "integer", "minimum": 9}
    for _ in range(levels):
        schema = {"oneOf": [{"allOf": [schema, {"type": "string"}]}, {"allOf": [schema]}]}
    return schema


BODY = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "pattern": SLOW_PATTERN},
        "unique": {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
        "deep": {"type": "array", "items": alternatives(9)},
        "any": {},
    },
}
ROWS = {
    "openapi": "3.0.0",
    "info": {"title": "Rows", "version": "1"},
    "paths": {
        PATH: {
            "get": {
                "operationId": "read",
                "parameters": [{"name": "q", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}],
                "responses": {},
            },
            "post": {
                "operationId": "create",
                "requestBody": {"content": {"application/json": {"schema": BODY}}},
                "responses": {},
            },
        },
        "/papi/v1/groups": {"get": {"operationId": "short", "responses": {}}},
    },
}
