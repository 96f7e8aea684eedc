"""Encode a multipart form (RFC 7578), one part per field or file."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from akamai_mcp.request.content import Content, Piece, join

# A quoted name cannot contain quotes or line breaks; browsers percent-encode them (HTML standard, "multipart/form-data").
_UNQUOTABLE: Final = re.compile(r'["\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; a plain value has neither a file name nor a Content-Type."""

    name: str
    content: Piece
    filename: str | None = None
    content_type: str | None = None

    def head(self) -> bytes:
        """The part's header lines and the empty line after them."""
        disposition = f"Content-Disposition: form-data; name={_quoted(self.name)}"
        if self.filename:
            disposition += f"; filename={_quoted(self.filename)}"
        media_type = f"\r\nContent-Type: {self.content_type}" if self.content_type else ""
        return f"{disposition}{media_type}\r\n\r\n".encode()


def new_boundary() -> str:
    """A boundary of 128 random bits, which no content can be made to contain."""
    return secrets.token_hex(16)


def write_form(parts: Iterable[Part], boundary: str) -> Content:
    """The encoded form, with a boundary before and after each part."""
    pieces: list[Piece] = []
    # RFC 2046 section 5.1.1: each part starts with the boundary, and the last boundary ends in `--`.
    between = f"--{boundary}\r\n".encode()
    for part in parts:
        pieces += [between, part.head(), part.content, b"\r\n"]
    return join([*pieces, f"--{boundary}--\r\n".encode()])


def _quoted(text: str) -> str:
    return '"' + _UNQUOTABLE.sub(lambda match: f"%{ord(match[0]):02X}", text) + '"'
