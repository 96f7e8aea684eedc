"""The prefixes of Akamai's identifiers: Property Manager takes `prp_1` and `1` for the same property."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import orjson

ID_PREFIXES: Final = "id_prefixes.json"


@cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    from akamai_mcp.documents.location import embedded_folder  # 15 ms, since it brings the index

    return dict(orjson.loads((embedded_folder() / ID_PREFIXES).read_bytes()))


@cache
def id_prefixes() -> frozenset[str]:
    """The known prefixes, each with its underscore."""
    return frozenset(_facts())


@cache
def prefixed_ids() -> Mapping[str, re.Pattern[str]]:
    """For each name of a parameter or member that takes an identifier: the pattern of one with its prefix, `bare` without it."""
    named = [(name, f"{prefix}(?P<bare>{kind['form']})") for prefix, kind in _facts().items() for name in kind.get("names", ())]
    return {name: re.compile(pattern) for name, pattern in named}


@cache
def _prefix_of() -> Mapping[str, str]:
    return {name: prefix for prefix, kind in _facts().items() for name in kind.get("names", ())}


def with_prefix(name: str, value: str) -> str:
    """A bare identifier with the prefix that Property Manager writes under this name; any other value as it is."""
    prefix = _prefix_of().get(name, "")
    return prefix + value if prefix and prefixed_ids()[name].fullmatch(prefix + value) else value


@cache
def _at_segment() -> re.Pattern[str]:
    return re.compile(rf"/(?:{'|'.join(sorted(id_prefixes()))})(?=[^/])", re.IGNORECASE)


def without_id_prefixes(path: str) -> str:
    """The path, or a glob of paths, without the prefix of each identifier that is a whole segment."""
    return _at_segment().sub("/", path) if "_" in path else path


def with_id_prefixes(path: str, glob: str) -> Iterator[str]:
    """The path with each prefix of the glob before each of its segments, one at a time."""
    parts = path.split("/")
    for prefix in sorted(prefix for prefix in id_prefixes() if "_" in glob and prefix in glob.lower()):
        for index in range(1, len(parts)):
            yield "/".join((*parts[:index], prefix + parts[index], *parts[index + 1 :]))
