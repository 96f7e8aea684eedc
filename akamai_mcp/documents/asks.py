"""How people ask for each operation: one YAML file for each product in `asks/`, beside the guide.

A file has `product`, and for each version the phrases of each operationId. `specs build` writes them into the documents,
and search uses them. They stand apart from the guide, which stays readable, and in one place: the guide itself has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from akamai_mcp.errors import DocumentError

FOLDER: Final = "asks"
ASKS: Final = range(5, 13)
_NOT_WORDS: Final = re.compile(r"[^a-z0-9]+")
# By version and operationId.
Asks = Mapping[str, Mapping[str, list[str]]]


def to_asks(name: str, content: Mapping[str, Any]) -> tuple[str, Asks]:
    """The product and the asks in the content of a file with this name. Raises DocumentError."""
    if "product" not in content:
        raise DocumentError(f"{name} names no product.", document=name, advice="Begin it with `product: NAME`.")
    versions = {str(version): phrases for version, phrases in content.items() if version != "product"}
    for version, operations in versions.items():
        if not isinstance(operations, Mapping) or not all(isinstance(phrases, list) for phrases in operations.values()):
            raise DocumentError(
                f"{name}: {version} is no mapping of operationIds to lists of phrases.",
                document=name,
                advice="Write each operationId with a list of phrases below its version.",
            )
    asks = {
        version: {operation_id: [str(phrase) for phrase in phrases] for operation_id, phrases in operations.items()}
        for version, operations in versions.items()
    }
    return str(content["product"]), asks


def ask_problems(asks: Any) -> Iterator[str]:
    """What is wrong with the asks of one operation."""
    phrases = asks if isinstance(asks, list | tuple) else ()
    if len(phrases) not in ASKS:
        yield f"needs {ASKS.start} to {ASKS.stop - 1} asks, has {len(phrases)}"
    yield from (f"asks the same twice: {phrase}" for phrase in doubles(map(str, phrases)))


def doubles(phrases: Iterable[str]) -> Iterator[str]:
    """The phrases that have the same words as one before them."""
    seen: set[str] = set()
    for phrase in phrases:
        plain = _NOT_WORDS.sub(" ", phrase.lower()).strip()
        if plain in seen:
            yield phrase
        seen.add(plain)
