"""Change one table of a TOML text and leave every other character as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

_HEADER: Final = re.compile(r"^[ \t]*\[.*$", re.MULTILINE)
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


class TomlTextError(ValueError):
    """The text is not TOML, or does not have the table as a table of its own."""


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a text. Raises TomlTextError, which says where."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlTextError(str(error)) from None


def set_table(text: str, path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    """Set the table at a path, where it was, or at the end."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    written = render_table(path, value).replace("\n", line_end)
    spans = _spans(text, path)
    if spans:
        rest = remove_table(text, path)
        place = spans[0][0]
        gap = line_end if rest[place:].strip() else ""
        return rest[:place] + written + gap + rest[place:]
    gap = "" if not text.strip() else line_end if text.endswith("\n") else line_end * 2
    return text + gap + written


def remove_table(text: str, path: tuple[str, ...]) -> str:
    """Remove the table at a path, with its inner tables."""
    for start, end in reversed(_spans(text, path)):
        text = text[:start] + text[end:]
    return text


def render_table(path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    """Format a table as TOML; objects in it become tables of their own."""
    plain = {key: item for key, item in value.items() if not isinstance(item, Mapping)}
    lines = [f"[{'.'.join(_key(part) for part in path)}]", *(f"{_key(key)} = {_text(item)}" for key, item in plain.items())]
    inner = [render_table((*path, key), item) for key, item in value.items() if isinstance(item, Mapping) and item]
    return "\n".join(["\n".join(lines) + "\n", *inner])


def _spans(text: str, path: tuple[str, ...]) -> list[tuple[int, int]]:
    """The spans of the tables at a path: from a header to the next one, without the comments above that one."""
    headers = [(found, names) for found in _HEADER.finditer(text) if (names := _header_path(found[0].strip()))]
    ends = [*(header.start() for header, _ in headers[1:]), len(text)]
    return [
        (header.start(), _without_lead(text, header.end(), end))
        for (header, names), end in zip(headers, ends, strict=False)
        if names[: len(path)] == path
    ]


def _header_path(line: str) -> tuple[str, ...]:
    """The names in a table header; empty if the line is something else, such as a line of an array."""
    try:
        node: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    names: list[str] = []
    while isinstance(node, dict) and len(node) == 1:
        name, node = next(iter(node.items()))
        names.append(name)
    return tuple(names)


def _without_lead(text: str, start: int, end: int) -> int:
    """The end of a table's own lines: comments directly above the next header belong to that one."""
    if end == len(text):
        return end
    lines = text[start:end].splitlines(keepends=True)
    while lines and lines[-1].lstrip().startswith("#"):
        end -= len(lines.pop())
    return end


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
