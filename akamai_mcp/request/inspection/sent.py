"""The parts of a built request that decide its effect, parsed strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from akamai_mcp.catalogue.effects import ABSENT, UNREADABLE, Sent
from akamai_mcp.media_types import is_json
from akamai_mcp.request.builder import Request
from akamai_mcp.request.reading import refuse_constant, unambiguous

# Some parsers end a pair at a semicolon too, as HTML 4.01 (B.2.2) recommends.
_PAIR_END: Final = re.compile("[&;]")
_CHARSET: Final = re.compile(r";\s*charset[*\d\s]*=(?!\s*\"?utf-8\"?\s*(?:;|\Z))", re.IGNORECASE)


def read_sent(request: Request, path: Mapping[str, Any]) -> Sent:
    """What decides the effect of a request; `path` has the values of its placeholders."""
    parts = (pair.partition("=") for pair in _PAIR_END.split(request.target.partition("?")[2]) if pair)
    query = tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in parts)
    return Sent(path=path, query=query, body=_body(request))


def _body(request: Request) -> Any:
    if request.content is None:
        return ABSENT
    media_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if not isinstance(request.content, bytes) or not is_json(media_type) or _CHARSET.search(media_type):
        return UNREADABLE
    try:
        return json.loads(request.content.decode(), object_pairs_hook=unambiguous, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return UNREADABLE
