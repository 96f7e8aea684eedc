"""Find the part of a stored answer that an address names."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.media_types import BINARY_TYPE
from akamai_mcp.result.decoding import is_binary
from akamai_mcp.result.files.address import Address
from akamai_mcp.result.files.archive import Archive, open_archive, read_all
from akamai_mcp.result.files.search import search_lines

_MARK: Final = "\ufeff"


def find_part(value: Any, address: Address) -> Any:
    """The value itself, a member of its archive as text or as a binary body, or the matches of a search. Raises ArgumentError."""
    part = _member(value, address.member) if address.member else value
    if not address.search:
        return part
    if isinstance(part, str):
        return search_lines(address.search, [(address.member, part)])
    if is_binary(part) and not address.member:
        return search_lines(address.search, _texts(_archive(part)))
    raise ArgumentError("Only text and archives are searched.", advice="Use select with a JMESPath expression instead.")


def _member(value: Any, name: str) -> Any:
    if not is_binary(value):
        raise ArgumentError("This answer is not an archive, so it has no members.", advice="Use select.")
    content = _archive(value).read(name)
    text = _text(content)
    if text is not None:
        return text
    return {"base64": base64.b64encode(content).decode(), "contentType": BINARY_TYPE, "bytes": len(content)}


def _archive(value: Any) -> Archive:
    archive = open_archive(base64.b64decode(value["base64"]))
    if archive is None:
        raise ArgumentError("This file is not a tar, tar.gz, zip or gzip file.", advice="Read it with select = base64.")
    return archive


def _texts(archive: Archive) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, content in read_all(archive) if (text := _text(content)) is not None)


def _text(content: bytes) -> str | None:
    """The text of a file in UTF-8, or None if it is not text."""
    try:
        text = content.decode()
    except ValueError:
        return None
    return None if "\0" in text else text.removeprefix(_MARK)
