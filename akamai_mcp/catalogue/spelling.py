"""The names that a name may stand for where only its case, its separators or a client's prefix differ."""

from __future__ import annotations

from typing import Final

from akamai_mcp.catalogue.naming import TOOL_PREFIX, words

LONGEST_SPELLED: Final = 200  # characters; names and keys are shorter


def spellings(name: str) -> list[str]:
    """The tool names that a name may stand for, the longest first: in small letters, with `_`, without a client's prefix.

    `mcp__akamai__akamai_read`, `AKAMAI-READ`, `akamai.read` and `read` may all stand for `akamai_read`.
    """
    parts = words(name[:LONGEST_SPELLED])
    starts = [place for place, word in enumerate(parts) if word == TOOL_PREFIX]
    return list(dict.fromkeys("_".join(part) for part in [*(parts[start:] for start in starts), [TOOL_PREFIX, *parts]]))
