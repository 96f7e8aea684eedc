"""Say what is in a binary answer: the format of its archive and its members with their sizes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.archive import Archive, Member, open_archive

MAX_LISTED: Final = 100


def list_archive(binary: Mapping[str, Any], most: int | None = MAX_LISTED) -> dict[str, Any]:
    """`{"archive": ...}` for a binary body (`base64`, `contentType`, `bytes`) that is an archive, else nothing.

    `most` bounds the members; None lists all. An archive that cannot be opened says why.
    """
    try:
        archive = open_archive(base64.b64decode(binary["base64"]))
    except ArgumentError as error:
        return {"archive": {"refused": error.message}}
    return {"archive": _shown(archive, most)} if archive else {}


def _shown(archive: Archive, most: int | None) -> dict[str, Any]:
    members = archive.members[:most]
    rest = len(archive.members) - len(members)
    return {"format": archive.format, "members": [_row(member) for member in members]} | ({"moreMembers": rest} if rest else {})


def _row(member: Member) -> dict[str, Any]:
    return {"name": member.name, "bytes": member.size} | ({"refused": member.refusal} if member.refusal else {})
