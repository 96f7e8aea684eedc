"""Which of its media types an operation is called with."""

from __future__ import annotations

import re
from typing import Final

from akamai_mcp.media_types import JSON_TYPE, base_type, is_range
from akamai_mcp.openapi.model import MediaType, RequestBody

_VERSION: Final = re.compile(r"\.v(\d+(?:\.\d+)*)(?=[+.]|\Z)")


def newest(names: tuple[str, ...]) -> str | None:
    """The media type with the highest version (`...v2.1+json`), or the first if none has a version."""
    if not names:
        return None
    return max(names, key=lambda name: (_version(name), -names.index(name)))


def _version(name: str) -> tuple[int, ...]:
    match = _VERSION.search(name)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def choose_media_type(declared: RequestBody | None, wanted: str | None) -> MediaType:
    """The media type to encode as: the wanted one, else the newest declared one that is not a range (`*/*`), else JSON."""
    content = declared.content if declared else ()
    if wanted:
        same = next((media for media in content if base_type(media.name) == base_type(wanted)), None)
        return MediaType(name=wanted, schema=same.schema if same else {}, encoding=same.encoding if same else {})
    name = newest(tuple(media.name for media in content if not is_range(media.name)))
    schema = content[0].schema if content else {}
    return next((media for media in content if media.name == name), MediaType(name=JSON_TYPE, schema=schema))
