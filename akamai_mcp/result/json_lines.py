"""Lines of JSON (RFC 7464 with its separators, or one value to a line) as an array."""

from __future__ import annotations

from typing import Any, Final

import orjson

from akamai_mcp.result.json_text import load

_CONTAINERS: Final = (b"{", b"[")
MAX_LAST: Final = 2_000  # bytes of a last line that is shown beside the array, where no cut reaches it


def read_lines(content: bytes, *, any_value: bool) -> list[Any] | None:
    """The values of the lines, or None if a line is not JSON; without `any_value` each has to be an object or an array."""
    lines = [line for line in content.replace(b"\x1e", b"\n").split(b"\n") if line.strip()]
    if not any_value and (len(lines) < 2 or not all(line.lstrip().startswith(_CONTAINERS) for line in lines)):  # noqa: PLR2004
        return None
    try:
        return [load(line) for line in lines]
    except orjson.JSONDecodeError:
        return None


def describe_lines(values: list[Any]) -> dict[str, Any]:
    """The number of lines and the last one, which in a feed is where the next request begins."""
    last = values[-1:]
    return {"count": len(values)} | ({"last": last[0]} if last and len(orjson.dumps(last)) <= MAX_LAST else {})
