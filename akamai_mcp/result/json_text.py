"""Read JSON as it really comes: in another encoding than UTF-8, behind a byte order mark, with integers of any size."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final

import orjson

from akamai_mcp.media_types import charset

# UTF-32 first: its little-endian mark begins with that of UTF-16.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_AS_IT_IS: Final = frozenset({"utf-8", "ascii"})
_LONG: Final = re.compile(rb"\d{19}")
WRITABLE: Final = range(-(2**63), 2**64)  # beyond it no JSON of ours can hold an integer


def to_utf8(content: bytes, content_type: str) -> bytes:
    """The content in UTF-8 without a byte order mark; unchanged if it is not what its mark or its charset says."""
    mark, encoding = next((known for known in MARKS if content.startswith(known[0])), (b"", charset(content_type)))
    try:
        if not mark and codecs.lookup(encoding).name in _AS_IT_IS:
            return content  # a copy of the largest answers would count
        return content[len(mark) :].decode(encoding).encode()
    except (ValueError, LookupError):  # an unknown encoding, or one that is not a text encoding
        return content


def load(content: bytes) -> Any:
    """The value of JSON; an integer of more than 64 bits is its digits as text. Raises orjson.JSONDecodeError."""
    if not _LONG.search(content):
        return orjson.loads(content)
    orjson.loads(content)  # the standard library takes more for JSON than JSON is
    try:
        return json.loads(content, parse_int=_integer)  # orjson reads such an integer as a fraction
    except (ValueError, RecursionError):
        return orjson.loads(content)


def _integer(digits: str) -> int | str:
    return value if (value := int(digits)) in WRITABLE else digits
