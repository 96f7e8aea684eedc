"""The answer for binary content: its type, size and listing, and where its bytes are."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from akamai_mcp.result.answer import Answer, Attachment
from akamai_mcp.result.files.listing import list_archive
from akamai_mcp.result.store import HANDLE_PREFIX

Keep = Callable[[Any], str | None]
Save = Callable[[str | None, bytes], Path | None]

# An attachment needs a URI even if its answer is not stored.
UNKEPT: Final = f"{HANDLE_PREFIX}unkept"
MEMBERS: Final = (
    "Call akamai_read with name = whole and ?member=NAME at its end for a member (select = [0:200] for lines), or ?search=RE2 "
    "for matching lines."
)
DOWNLOADS: Final = "To save such answers as files, set AKAMAI_MCP_DOWNLOADS_DIR."
EMBEDDED: Final = "The bytes are in the embedded resource of this result; select = base64 returns them as text."


def shape_binary(answer: Answer, name: str, *, max_bytes: int, embed: bool, keep: Keep, save: Save) -> Answer:
    """The answer with its binary content described and linked.

    The bytes themselves are embedded if the caller asked for them or they may not be stored, and they fit into
    `max_bytes`. Content over that size is also saved to a file if downloads are allowed.
    """
    whole = answer.content[name]
    fits = len(whole["base64"]) <= max_bytes
    handle = keep({key: whole[key] for key in ("base64", "contentType", "bytes")})
    path = None if fits else save(answer.content.get("headers", {}).get("content-disposition"), base64.b64decode(whole["base64"]))
    embedded = fits and (embed or handle is None)
    facts = {**_facts(whole), **list_archive(whole)} | ({"savedTo": str(path)} if path else {})
    facts |= {"whole": handle} if handle else {}
    facts["advice"] = _advise(facts, handle, embedded=embedded, fits=fits)
    content = {**answer.content, name: facts}
    return replace(answer, content=content, attachment=_attachment(whole, handle, embedded=embedded))


def _facts(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key != "base64"}


def _attachment(whole: Mapping[str, Any], handle: str | None, *, embedded: bool) -> Attachment | None:
    if handle is None and not embedded:
        return None
    encoded = whole["base64"] if embedded else ""
    return Attachment(uri=handle or UNKEPT, media_type=whole["contentType"], size=whole["bytes"], base64=encoded)


def _advise(facts: Mapping[str, Any], handle: str | None, *, embedded: bool, fits: bool) -> str:
    if embedded:
        return EMBEDDED
    saving = "" if fits or "savedTo" in facts else f" {DOWNLOADS}"
    if handle is None:
        return saving.strip() or "The file is at the path in savedTo."
    larger = "" if fits else ", both with a larger maxBytes"
    members = f"{MEMBERS} " if "members" in facts.get("archive", {}) else ""
    asking = f"{handle}{'&' if '?' in handle else '?'}embed=true"
    return (
        f"{members}For the bytes, read the resource in whole, or call akamai_read with name = {asking} for an embedded resource "
        f"or with name = whole and select = base64 for text{larger}.{saving}"
    )
