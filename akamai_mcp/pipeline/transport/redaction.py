"""Redact the caller's credentials in responses that repeat them.

Tokens, secret and signature are redacted everywhere. The account switch key is redacted in headers, in problems and in
every `accountSwitchKey=...`; in the body of a success only if it has the form `account:contract type`. Without the second
part it is the account's plain identifier, which responses use as data: a client that reads such a body and writes it
back must not write the redacted text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final

from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.media_types import is_binary
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.off_loop import OffLoop

MASK: Final = b"***"
SHORTEST: Final = 8  # shorter values would match parts of unrelated words
_LITERAL: Final = re.compile(r"[A-Za-z0-9-]+")
_START: Final = rb"(?P<before>(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))"
_EQUALS: Final = rb"(?:=|%(?:25)*3[Dd]|\\u003[Dd]|[\"']\s*:\s*[\"'])"
_SIGNATURE: Final = re.compile(rb"(?P<before>EG1-HMAC-SHA256)(?:\s|%20|\+)+client_token[^\"\\\r\n<]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A value to redact: a pattern for all its encodings, and a needle that each encoding contains."""

    needle: bytes
    pattern: re.Pattern[bytes]

    def apply(self, text: bytes) -> bytes:
        """The text with the value redacted; testing for the needle first is a hundred times faster than the pattern."""
        return self._masked(text) if self.needle in text else text

    def _masked(self, text: bytes) -> bytes:
        # Written piece by piece: `sub` keeps a list of all pieces, ten times the size of a text that is full of values.
        written, start = bytearray(), 0
        for found in self.pattern.finditer(text):
            written += text[start : found.start()] + found["before"] + MASK
            start = found.end()
        return bytes(written + text[start:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Redactions:
    """The values to redact in headers and problems (`everywhere`) and in the body of a success (`in_data`)."""

    everywhere: tuple[Redaction, ...]
    in_data: tuple[Redaction, ...]


class Redact:
    """The layer around the transport that redacts the caller's credentials, so that no other layer stores them."""

    def __init__(self, inner: Handler) -> None:
        self._inner = inner
        self._off_loop = OffLoop()

    async def __call__(self, call: Call) -> Response:
        """Send a call and redact its credentials in the response."""
        response = await self._inner(call)
        work = partial(redact, response, redactions_of(call.credentials))
        return await self._off_loop.run(work, size=len(response.content))


def redact(response: Response, redactions: Redactions) -> Response:
    """The response with the values redacted, in its headers and in a text body."""
    headers = tuple((name, _apply(value.encode(), redactions.everywhere).decode()) for name, value in response.headers)
    if is_binary(response.header("content-type") or ""):
        return replace(response, headers=headers)
    content = _apply(response.content, redactions.in_data if response.is_success else redactions.everywhere)
    return replace(response, headers=headers, content=content)


@lru_cache(maxsize=1024)
def redactions_of(credentials: Credentials) -> Redactions:
    """The values to redact in responses to these credentials."""
    key = credentials.account_switch_key
    secret = (credentials.client_token, credentials.client_secret, credentials.access_token)
    always = [Redaction(needle=b"EG1-HMAC-SHA256", pattern=_SIGNATURE), *map(_free, filter(_is_telling, secret))]
    named = [_named(key)] if key else []
    free = [_free(key)] if _is_telling(key) else []
    everywhere = (*always, *named, *free)
    return Redactions(everywhere=everywhere, in_data=everywhere if ":" in key else (*always, *named))


def _is_telling(value: str) -> bool:
    return len(value) >= SHORTEST


def _free(value: str) -> Redaction:
    """The value as a whole word."""
    needle = max(_LITERAL.findall(value), key=len, default="").encode()
    return Redaction(needle=needle, pattern=re.compile(_START + spelled(value) + rb"(?![A-Za-z0-9])"))


def _named(key: str) -> Redaction:
    """The value of a parameter or field with the name accountSwitchKey."""
    return Redaction(
        needle=b"accountSwitchKey", pattern=re.compile(rb"(?P<before>accountSwitchKey" + _EQUALS + rb")" + spelled(key))
    )


def spelled(value: str) -> bytes:
    """A pattern that matches a value as is, percent-encoded once or more, or escaped as JSON."""
    return b"".join(_spelled(character) for character in value.encode())


def _spelled(code: int) -> bytes:
    character = bytes((code,))
    if _LITERAL.fullmatch(character.decode("latin-1")):
        return re.escape(character)
    digits = b"(?i:%02X)" % code
    return rb"(?:\\?" + re.escape(character) + rb"|%(?:25)*" + digits + rb"|\\u00" + digits + rb")"


def _apply(text: bytes, redactions: tuple[Redaction, ...]) -> bytes:
    for redaction in redactions:
        text = redaction.apply(text)
    return text
