"""Tool names: `akamai_<tool key of the document>_<operation id>`, at most 51 characters of `[a-z0-9_]`.

A name depends on its own operation alone, so adding a document never renames a tool. 51 characters leave
room for the prefixes that clients add within their limits of 60 to 64: `mcp__akamai__` has 13.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

TOOL_PREFIX: Final = "akamai"
MAX_NAME: Final = 51
FORMER_MAX_NAME: Final = 52  # names of this length still answer
LONGEST_SPELLED: Final = 200  # characters; names and keys are shorter
MAX_TOOL_KEY: Final = 20
_TOOL_KEY: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*\Z")
# 24 bits: collisions among a product's truncated names are unlikely, and the index resolves them.
_DIGEST: Final = 6


def default_tool_key(product: str, version: str) -> str:
    """The document's part of tool names where its guide gives none: `<product>_<version>`."""
    return snake(f"{product}_{version}")


def is_tool_key(text: Any) -> bool:
    """True for what may be a document's part of tool names: a few words of `[a-z0-9]` joined by `_`."""
    return isinstance(text, str) and _TOOL_KEY.match(text) is not None and len(text) <= MAX_TOOL_KEY


def tool_name(tool_key: str, key: str, longest: int = MAX_NAME) -> str:
    """The tool name of the operation with this key; `tool_key` is its document's part of it.

    A name over the limit keeps the whole words that fit and ends with a digest of the key.
    """
    name = f"{TOOL_PREFIX}_{tool_key}_{snake(key.partition('#')[2])}"
    return name if len(name) <= longest else distinct_name(name, key, longest)


def document_of(key: str) -> tuple[str, str]:
    """The (product, version) in an operation's key, `product/version#operationId`."""
    product, _, version = key.partition("#")[0].rpartition("/")
    return product, version


def distinct_name(name: str, key: str, longest: int = MAX_NAME) -> str:
    """The whole words of a name that fit, followed by a digest of the operation's full key."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]
    whole = name if len(name) < longest - _DIGEST else name[: longest - _DIGEST].rsplit("_", 1)[0]
    return f"{whole.rstrip('_')}_{digest}"


def snake(text: str) -> str:
    """The words of an identifier joined by `_`: `getPropertyVersions` and `get-property-versions` give the same name."""
    return "_".join(words(text))


def words(text: str) -> list[str]:
    """The lower-case words of an identifier, split at case changes and at every character outside `[A-Za-z0-9]`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text))
    return re.findall(r"[a-z0-9]+", spaced.lower())


def spellings(name: str) -> list[str]:
    """The tool names that a name may stand for, the longest first: in small letters, with `_`, without a client's prefix.

    `mcp__akamai__akamai_read`, `AKAMAI-READ`, `akamai.read` and `read` may all stand for `akamai_read`.
    """
    parts = words(name[:LONGEST_SPELLED])
    starts = [place for place, word in enumerate(parts) if word == TOOL_PREFIX]
    return list(dict.fromkeys("_".join(part) for part in [*(parts[start:] for start in starts), [TOOL_PREFIX, *parts]]))
