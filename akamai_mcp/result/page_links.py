"""Find and follow the next link of a page; only its query is used, and only for the same host and path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from akamai_mcp.catalogue.page_notes import OFFSETS, PAGES
from akamai_mcp.openapi.templates import match_segments, segments
from akamai_mcp.request.arguments import ACCOUNT_SWITCH_KEY, Placed
from akamai_mcp.request.serialization import to_text
from akamai_mcp.result.page_rules import SIZES, PageRule, plain

LINK_FIELDS: Final = frozenset({"nextlink", "next", "nextpage", "nexturl"})
COUNTS: Final = frozenset({*OFFSETS, *PAGES, *SIZES})
LINK_LISTS: Final = ("links", "_links")
_HEADER_LINK: Final = re.compile(r"<([^<>]*)>([^<]*)")
_NEXT: Final = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next(?=[\s;,]|\Z))", re.IGNORECASE)


def find_link(boxes: Iterable[Mapping[str, Any]], headers: Iterable[tuple[str, str]]) -> str | None:
    """The URL of the next page, "" if the response says that there is none, None if it says nothing."""
    last: str | None = None
    for box in boxes:
        for address in _addresses(box):
            if address:
                return address
            last = ""
    return _header_link(headers) or last


def _addresses(box: Mapping[str, Any]) -> Iterable[str]:
    for name, value in box.items():
        if plain(name) in LINK_FIELDS and (value is None or isinstance(value, str)):
            yield value or ""
        elif name in LINK_LISTS:
            yield from _listed(value)


def _listed(links: Any) -> Iterable[str]:
    """The next link in a list of `{rel, href}`, or in an object by relation (HAL)."""
    if isinstance(links, Mapping):
        links = [{"rel": "next", "href": link.get("href") if isinstance(link, Mapping) else link} for link in [links.get("next")]]
    for link in links if isinstance(links, list) else ():
        if isinstance(link, Mapping) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            yield link["href"]


def _header_link(headers: Iterable[tuple[str, str]]) -> str | None:
    """The target of the Link header with `rel=next` (RFC 8288)."""
    found = (pair for name, value in headers if name.lower() == "link" for pair in _HEADER_LINK.findall(value))
    return next((address for address, parameters in found if _NEXT.search(parameters)), None)


def follow_link(rule: PageRule, placed: Placed, address: str, host: str) -> Placed | None:
    """The call with the link's query merged in, or None if the link leads to another host or path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    # Credentials must never be sent to another host.
    if (parts.netloc and parts.netloc.lower() != host.lower()) or parts.scheme not in {"", "https"}:
        return None
    if parts.path and not _is_own_path(rule.path, placed, parts.path):
        return None
    return with_query(rule, placed, _grouped(parts.query)) if parts.query else None


def _is_own_path(template: str, placed: Placed, path: str) -> bool:
    """True if the path is the operation's own; a link may omit the base path."""
    parts = segments(path)
    values = match_segments(segments(template)[-len(parts) :], parts)
    return values is not None and all(_is_same(to_text(placed.path.get(name)), value) for name, value in values.items())


def _is_same(value: str, linked: str) -> bool:
    """True for the same identifier: Property Manager accepts one without its prefix and returns it with the prefix."""
    return value == linked or value.endswith(f"_{linked}") or linked.endswith(f"_{value}")


def _grouped(query: str) -> dict[str, Any]:
    """The values of a query by name; a repeated name has a list."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    # The transport adds the account switch key itself.
    values.pop(ACCOUNT_SWITCH_KEY, None)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def with_query(rule: PageRule, placed: Placed, query: Mapping[str, Any]) -> Placed:
    """The call with these query values; a value that is equal as text keeps its type."""
    declared = {name: value for name, value in placed.query.items() if name not in rule.drops}
    extra = dict(placed.extra_query)
    for name, value in query.items():
        values = declared if name in rule.keys else extra
        values[name] = _kept(name, values.get(name), value)
    return replace(placed, query=declared, extra_query=extra)


def _kept(name: str, present: Any, value: Any) -> Any:
    if present is not None and _words(present) == _words(value):
        return present
    is_count = plain(name) in COUNTS and isinstance(value, str) and value.isascii() and value.isdigit()
    return int(value) if is_count and str(int(value)) == value else value


def _words(value: Any) -> str:
    return ",".join(to_text(member) for member in value) if isinstance(value, list) else to_text(value)
