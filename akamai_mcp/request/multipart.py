"""Write a multipart form (RFC 7578): a part for each field, of which some are files."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from akamai_mcp.request.content import Content, Piece, join

# Within quotes a name may hold no quote and no line break; browsers percent-encode them (HTML, "multipart/form-data").
_UNQUOTABLE: Final = re.compile(r'["\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field: its content, and for a file its name; a plain value has neither name nor type."""

    name: str
    content: Piece
    filename: str | None = None
    content_type: str | None = None

    def head(self) -> bytes:
        """The part's header lines and the empty line below them."""
        disposition = f"Content-Disposition: form-data; name={_quoted(self.name)}"
        if self.filename:
            disposition += f"; filename={_quoted(self.filename)}"
        media_type = f"\r\nContent-Type: {self.content_type}" if self.content_type else ""
        return f"{disposition}{media_type}\r\n\r\n".encode()


def new_boundary() -> str:
    """A line that stands in no content: 128 random bits."""
    return secrets.token_hex(16)


def write_form(parts: Iterable[Part], boundary: str) -> Content:
    """The parts between boundaries."""
    pieces: list[Piece] = []
    between = f"--{boundary}\r\n".encode()
    for part in parts:
        pieces += [between, part.head(), part.content, b"\r\n"]
    return join([*pieces, f"--{boundary}--\r\n".encode()])


def _quoted(text: str) -> str:
    return '"' + _UNQUOTABLE.sub(lambda match: f"%{ord(match[0]):02X}", text) + '"'
