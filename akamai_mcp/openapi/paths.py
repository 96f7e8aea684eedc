"""Fold paths: every path that a server may read a path as, so that a decision holds however the path is spelled.

RFC 3986 section 6.2.2 names the spellings that are the same path. Servers and gateways accept more of them: they decode
before they split, drop `;` parameters, ignore case, or read a backslash as a slash.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.visible_text import is_hidden

KEPT_PATHS: Final = 512
# No value that anyone means comes near it; each layer of encoding multiplies the readings.
MAX_READINGS: Final = 64
UNDECODED: Final = "\ufffd"  # stands for bytes that are no UTF-8, which some decoders drop
BLANKS: Final = "".join(map(chr, range(0x21)))  # what is trimmed from a segment
_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# A path of these characters alone has one reading.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~!$&'()*,:=@/-]*\Z")
_PARAMETERS: Final = re.compile(r";[^/]*")
_QUERY: Final = re.compile(r"[?#].*\Z", re.DOTALL)
_UTF16: Final = re.compile(r"%u([0-9A-Fa-f]{4})", re.IGNORECASE)
# UTF-8 forbids these longer forms of short characters (RFC 3629 section 3), but careless decoders accept them.
_OVERLONG: Final = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}")
# Slashes to servers on Windows, and what its code pages turn into slashes.
_SLASHES: Final = str.maketrans(dict.fromkeys("\\\u00a5\u20a9\u2044\u2215\u2216\u29f5\u29f8", "/"))
# Some frameworks choose the format of a response by an extension of the path, and route without it.
_EXTENSION: Final = re.compile(r"\.[a-z0-9]{1,8}\Z")


def normalize(path: str) -> str:
    """The path with percent-encoded unreserved characters decoded and upper-case hex (RFC 3986 sections 6.2.2.1, 6.2.2.2)."""
    return _ENCODED.sub(_normalized, path)


def _normalized(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()


@lru_cache(maxsize=KEPT_PATHS)
def readings(path: str) -> tuple[str, ...]:
    """Every path that a lenient server may read a path as, each one folded; the first is the path with nothing decoded.

    Raises ArgumentError for a path of more than MAX_READINGS.
    """
    if _PLAIN.match(path):
        return (_tidy(path),)
    return tuple(dict.fromkeys(map(_tidy, _spellings(path))))


def wide_readings(path: str) -> Iterator[str]:
    """The readings of a path, and each one without its extension, such as `.json`."""
    for reading in readings(path):
        wide, shorter = "", reading
        while shorter != wide:
            wide, shorter = shorter, _tidy(_EXTENSION.sub("", shorter))
            yield wide


@lru_cache(maxsize=KEPT_PATHS)
def fold(path: str) -> str:
    """One spelling for all that a lenient server may take for the same path: decoded, without parameters, in lower case."""
    text, before = path, ""
    while text != before:
        before, text = text, _unify(_cut_at_nul(_drop_query(_decode(text))))
    return _tidy(_drop_parameters(text))


def fold_segment(segment: str) -> str:
    """A segment without what a lenient server ignores: case, width, accents, unseen characters, trailing dots."""
    if segment.isascii():
        seen = segment.lower() if segment.isprintable() else "".join(filter(str.isprintable, segment.lower()))
        return seen.replace(" ", "").lstrip("+").rstrip("+.")
    letters = unicodedata.normalize("NFKD", segment).upper().casefold()
    return "".join(filter(_is_seen, letters)).lstrip("+").rstrip("+.")


def _is_seen(character: str) -> bool:
    ignored = is_hidden(character) or character.isspace() or unicodedata.combining(character)
    return not ignored and character != UNDECODED


def _spellings(path: str) -> list[str]:
    found = [path]
    for text in found:  # grows while it is walked
        found += [new for new in dict.fromkeys(step(text) for step in _STEPS) if new not in found]
        if len(found) > MAX_READINGS:
            raise ArgumentError(
                f"The path {path[:120]!r} can be read in more than {MAX_READINGS} ways.",
                advice="Give the plain identifiers as path values, percent-encoded at most once.",
            )
    return found


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    wide = _UTF16.sub(lambda found: chr(int(found[1], 16)), text)
    content = _OVERLONG.sub(_shortest, unquote_to_bytes(wide.encode("utf-8", "surrogatepass")))
    return content.decode("utf-8", "replace")


def _shortest(found: re.Match[bytes]) -> bytes:
    lead, *rest = found[0]
    code = lead & (0x1F if len(rest) == 1 else 0x0F if len(rest) == 2 else 0x07)  # noqa: PLR2004 - bytes that follow
    for byte in rest:
        code = code << 6 | byte & 0x3F
    return chr(code).encode()


def _drop_parameters(text: str) -> str:
    return _PARAMETERS.sub("", text)


def _drop_query(text: str) -> str:
    return _QUERY.sub("", text)


def _cut_at_nul(text: str) -> str:
    return text.partition("\0")[0]  # where a C string ends


def _unify(text: str) -> str:
    if text.isascii():
        return text.replace("\\", "/")
    return unicodedata.normalize("NFKC", text.translate(_SLASHES)).translate(_SLASHES)


_STEPS: Final[tuple[Callable[[str], str], ...]] = (_decode, _drop_parameters, _drop_query, _cut_at_nul, _unify)


def _tidy(text: str) -> str:
    """The path of its folded segments, without empty ones and dot segments (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    for segment in text.split("/"):
        if segment.strip(BLANKS) == "..":
            kept = kept[:-1]
        elif folded := fold_segment(segment):
            kept.append(folded)
    return "/" + "/".join(kept)
