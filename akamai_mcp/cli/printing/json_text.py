"""JSON as the command line prints it: data of an account must not act on the terminal that shows it."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from akamai_mcp.openapi.visible_text import is_hidden

# orjson escapes what JSON demands; a terminal also obeys C1 controls, and text can be reordered by what nobody sees.
_PLAIN: Final = re.compile(r"[\x20-\x7e\n]+")


def to_json(value: Any, *, indent: bool = True) -> str:
    """The value as JSON text of the same value, with each hidden character written as its escape."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    return text if _PLAIN.fullmatch(text) else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character == "\n" or not is_hidden(character):
        return character
    code = character.encode("utf-16-be")
    return "".join(f"\\u{code[at : at + 2].hex()}" for at in range(0, len(code), 2))
