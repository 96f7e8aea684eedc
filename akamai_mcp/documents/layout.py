"""Write a document as JSON with line breaks that follow its structure, so that diffs are short and readable."""

from __future__ import annotations

import json
from typing import Any, Final

WIDTH: Final = 140


def to_text(value: Any) -> str:
    """JSON text: a value that fits is on one line, any other has one member per line."""
    return "".join(_write(value, 0)) + "\n"


def _write(value: Any, depth: int) -> list[str]:
    line = _compact(value)
    if not value or not isinstance(value, (dict, list)) or (len(line) + depth <= WIDTH and depth > 1):
        return [line]
    inner = " " * (depth + 1)
    if isinstance(value, dict):
        rows = [[inner, _compact(key), ": ", *_write(member, depth + 1)] for key, member in value.items()]
        opening, closing = "{\n", "}"
    elif all(not isinstance(member, (dict, list)) for member in value):
        return [_wrap([_compact(member) for member in value], depth)]
    else:
        rows = [[inner, *_write(member, depth + 1)] for member in value]
        opening, closing = "[\n", "]"
    return [opening, ",\n".join("".join(row) for row in rows), "\n", " " * depth, closing]


def _wrap(words: list[str], depth: int) -> str:
    inner = " " * (depth + 1)
    lines, line = [], inner
    for word in words:
        if len(line) + len(word) > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = inner
        line += word + ", "
    lines.append(line.rstrip().rstrip(","))
    return "[\n" + "\n".join(lines) + "\n" + " " * depth + "]"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
