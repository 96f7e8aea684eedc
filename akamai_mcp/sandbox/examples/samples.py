"""Small, plausible example content for media types other than JSON."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Final

from akamai_mcp.media_types import BINARY_TYPE, base_type

_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
_ZONE: Final = (
    b"example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. 1 3600 600 604800 300\n"
    b"www.example.com. 300 IN A 192.0.2.1\n"
)
SAMPLES: Final[Mapping[str, bytes]] = {
    "text/csv": b"id,name\r\n1,example\r\n",
    "text/dns": _ZONE,
    "text/html": b"<!doctype html><title>Example</title><p>Example</p>\n",
    "text/plain": b"example",
    "text/xml": b'<?xml version="1.0"?><example><id>1</id></example>\n',
    "application/xml": b'<?xml version="1.0"?><example><id>1</id></example>\n',
    "application/gzip": gzip.compress(b"example\n", mtime=0),
    "application/pdf": _PDF,
    # A ZIP archive without entries is just its end-of-central-directory record.
    "application/zip": b"PK\x05\x06" + bytes(18),
    BINARY_TYPE: b"\x00example\xff",
}


def sample(media_type: str) -> bytes:
    """Example content for a media type; arbitrary bytes for an unknown one."""
    return SAMPLES.get(base_type(media_type), SAMPLES[BINARY_TYPE])
