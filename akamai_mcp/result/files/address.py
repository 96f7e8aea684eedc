"""What a handle names: a whole stored answer, a member of its archive, or the lines that match an expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.store import HANDLE_PREFIX

NAMES: Final = ("member", "search", "embed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A stored answer's identifier with its prefix, and the part of it; `embed` asks for the bytes of a file in the result."""

    handle: str
    member: str = ""
    search: str = ""
    embed: bool = False

    @property
    def text(self) -> str:
        """The address as a URI."""
        parts = {"member": self.member, "search": self.search}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items() if value)
        return f"{self.handle}?{query}" if query else self.handle


def parse_address(text: str) -> Address:
    """The address in a handle with or without its prefix. Raises ArgumentError.

    A plus sign stands for itself (RFC 3986), since it is frequent in expressions.
    """
    handle, _, query = text.partition("?")
    pairs = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    if unknown := next((name for name in pairs if name not in NAMES), None):
        raise ArgumentError(
            f"A handle has no part {unknown[:80]!r}.", advice="Use ?member=NAME, ?search=EXPRESSION, ?embed=true, or `select`."
        )
    values = {name: unquote(value) for name, value in pairs.items()}
    return Address(
        handle=HANDLE_PREFIX + handle.removeprefix(HANDLE_PREFIX),
        member=values.get("member", ""),
        search=values.get("search", ""),
        embed=values.get("embed", "").lower() in {"true", "1"},
    )
