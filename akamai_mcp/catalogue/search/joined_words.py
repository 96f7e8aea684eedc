"""Split words that a text joins and the index does not know: `apidefinitions` in a name of Terraform's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

SHORTEST_SPLIT: Final = 6
SHORTEST_PART: Final = 3
# Parts that are shorter than others may be: codes of the field.
SHORT_PARTS: Final = frozenset({"as", "cp", "ip", "id", "kv"})
_LETTERS: Final = re.compile(rf"(?<![A-Za-z0-9])[a-z]{{{SHORTEST_SPLIT},}}(?![A-Za-z0-9])")

IsKnown = Callable[[str], bool]


def split_unknown(text: str, is_known: IsKnown) -> str:
    """The text with each unknown word in lower case split into two known ones, if there are such; the first as long as can be."""

    def split(match: re.Match[str]) -> str:
        return match[0] if is_known(match[0]) else _parts(match[0], is_known)

    return _LETTERS.sub(split, text)


def _parts(word: str, is_known: IsKnown) -> str:
    for end in range(len(word) - 2, 1, -1):
        first, rest = word[:end], word[end:]
        if _may_be_part(first) and _may_be_part(rest) and is_known(first) and is_known(rest):
            return f"{first} {rest}"
    return word


def _may_be_part(part: str) -> bool:
    return len(part) >= SHORTEST_PART or part in SHORT_PARTS
