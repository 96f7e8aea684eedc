"""Media types (RFC 9110 section 8.3.1): parse and classify a Content-Type in the same way everywhere."""

from __future__ import annotations

import re
from typing import Final

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
BINARY_TYPE: Final = "application/octet-stream"
ANY_TYPE: Final = "*/*"
LINES_TYPES: Final = frozenset(
    f"application/{name}" for name in ("ndjson", "x-ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines", "json-seq")
)
ARCHIVES: Final = frozenset(
    f"application/{name}" for name in ("gzip", "x-gzip", "tar+gzip", "x-tar", "zip", "zstd", "x-7z-compressed", "pdf")
)
DEFAULT_CHARSET: Final = "utf-8"
# RFC 9110 section 5.6.6: a parameter's value is a token or a quoted string, in which a backslash quotes the next character.
_PARAMETER: Final = re.compile(r';\s*([^\s;="]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)')
_QUOTED: Final = re.compile(r"\\(.)")
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# RFC 9110 sections 8.3.1 and 5.6.6; a list of ranges is the value of Accept (section 12.5.1).
_TYPE: Final = rf'{_WORD}/{_WORD}(?:[\t ]*;[\t ]*(?:{_WORD}=(?:{_WORD}|"(?:[^"\\]|\\.)*"))?)*'
_MEDIA_TYPE: Final = re.compile(rf"{_TYPE}\Z")
_RANGES: Final = re.compile(rf"{_TYPE}(?:[\t ]*,[\t ]*{_TYPE})*\Z")


def is_media_type(text: str) -> bool:
    """True for a media type that a body can have: `type/subtype` with parameters, and no range such as `text/*`."""
    return _MEDIA_TYPE.match(text) is not None and not is_range(text)


def is_accept(text: str) -> bool:
    """True for a value of Accept: media types and ranges, with commas between them."""
    return _RANGES.match(text) is not None


def base_type(media_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return media_type.split(";", 1)[0].strip().lower()


def parameters(media_type: str) -> dict[str, str]:
    """The parameters of a media type by lower-case name; of a repeated name the first counts."""
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(media_type):
        text = _QUOTED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
        found.setdefault(name.lower(), text)
    return found


def charset(media_type: str) -> str:
    """The charset of a media type; UTF-8 if it has none."""
    return parameters(media_type).get("charset") or DEFAULT_CHARSET


def is_json(media_type: str) -> bool:
    """True for application/json and every `+json` type, also those that lack a `type/` part."""
    name = base_type(media_type)
    return name.rsplit("/", 1)[-1] == "json" or name.endswith("+json")


def is_json_lines(media_type: str) -> bool:
    """True for lines of JSON, also as RFC 7464 separates them."""
    return base_type(media_type) in LINES_TYPES or base_type(media_type).endswith("+json-seq")


def may_be_json(media_type: str) -> bool:
    """True for JSON and for `*/*`, with which 221 operations declare their JSON responses."""
    return is_json(media_type) or base_type(media_type) == ANY_TYPE


def is_text(media_type: str) -> bool:
    """True for text types, XML and lines of JSON."""
    name = base_type(media_type)
    # XML is read as text: no tool parses it for the agent.
    return (
        is_json_lines(name)
        or name.startswith("text/")
        or name in {"application/xml", "application/javascript"}
        or name.endswith("+xml")
    )


def is_binary(media_type: str) -> bool:
    """True for a type that is neither JSON nor text; False if there is none."""
    return bool(media_type) and not is_json(media_type) and not is_text(media_type)


def is_never_text(media_type: str) -> bool:
    """True for archives, compressed content, documents and media, whose bytes cannot be written as text."""
    name = base_type(media_type)
    return name in ARCHIVES or (name.partition("/")[0] in {"image", "audio", "video", "font"} and not is_text(name))


def is_form(media_type: str) -> bool:
    """True for a URL-encoded form."""
    return base_type(media_type) == FORM_TYPE


def is_multipart(media_type: str) -> bool:
    """True for a multipart type."""
    return base_type(media_type).startswith("multipart/")


def is_range(media_type: str) -> bool:
    """True for a range such as `*/*` or `text/*`, which Accept may contain but a body cannot have."""
    return "*" in base_type(media_type)
