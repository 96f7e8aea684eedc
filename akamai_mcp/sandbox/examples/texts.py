"""Example strings by format, pattern and length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from akamai_mcp.sandbox.examples.matching import has_pattern

FORMATS: Final[Mapping[str, Callable[[int], str]]] = {
    "date-time": lambda turn: f"2025-01-{1 + turn % 28:02d}T12:00:00Z",
    "date": lambda turn: f"2025-01-{1 + turn % 28:02d}",
    "time": lambda turn: f"12:{turn % 60:02d}:00Z",
    "email": lambda turn: f"user{turn + 1}@example.com",
    "uri": lambda turn: f"https://example.com/{turn + 1}",
    "url": lambda turn: f"https://example.com/{turn + 1}",
    "uri-reference": lambda turn: f"/example/{turn + 1}",
    "uuid": lambda turn: f"00000000-0000-4000-8000-{turn + 1:012x}",
    "hostname": lambda turn: f"host{turn + 1}.example.com",
    "ipv4": lambda turn: f"192.0.2.{1 + turn % 254}",
    "ip": lambda turn: f"192.0.2.{1 + turn % 254}",
    "ipv6": lambda turn: f"2001:db8::{turn + 1:x}",
}
# The first of these that matches a pattern is used. They cover the usual patterns for names, numbers,
# paths and addresses without a generator for regular expressions.
CANDIDATES: Final = (
    "example", "Example", "EXAMPLE", "1", "example1", "example_1", "example-1", "/example", "/example/", "example.com",
    "https://example.com/", "user@example.com", "192.0.2.1", "192.0.2.0/24", "2001:db8::1", "10s", "1.0", "v1", "1_A",
    "2025-01-01", "2025-01-01T12:00:00Z", "12:00", "00000000-0000-4000-8000-000000000001", "#abc123", "*", "",
    "deny_custom_1", "deny_custom_{1}", "prp_1", "ctr_1", "grp_1", "agr", "a", "A", "abc", "ABC", "ab", "AB", "0", "12",
    "123", "1234", "12345", "true", "a1", "A1", "ab1", "12345678", "1234567890", "0123456789abcdef", "/", ".",
)  # fmt: skip


def example_text(schema: Mapping[str, Any], turn: int) -> str:
    """A string for a schema, a different one for each `turn`."""
    pattern = schema.get("pattern")
    fitted = (_fit(text, schema, turn) for text in _texts(schema, turn))
    return next((text for text in fitted if has_pattern(text, pattern)), "example")


def _texts(schema: Mapping[str, Any], turn: int) -> Iterator[str]:
    name = str(schema.get("format"))
    if name == "byte":
        yield "ZXhhbXBsZQ=="
    elif name in FORMATS:
        yield FORMATS[name](turn)
    for text in CANDIDATES:
        yield f"{text}{turn + 1}" if turn else text
    yield from CANDIDATES


def _fit(text: str, schema: Mapping[str, Any], turn: int) -> str:
    shortest: int = schema.get("minLength", 0)
    longest: int = schema.get("maxLength", max(len(text), shortest))
    if len(text) > longest:
        text = str(turn) if turn and len(str(turn)) <= longest else text[:longest]
    # Padding repeats the last character, which most patterns with a length allow.
    return text + (text[-1:] or "x") * (shortest - len(text))
