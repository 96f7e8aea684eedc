"""Media types (RFC 9110 section 8.3.1): what a Content-Type says of a body, read the same way in every room."""

from __future__ import annotations

import re
from typing import Final

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
BINARY_TYPE: Final = "application/octet-stream"
ANY_TYPE: Final = "*/*"
DEFAULT_CHARSET: Final = "utf-8"
# RFC 9110 section 5.6.6: a parameter's value is a token or a quoted string, in which a backslash quotes the next character.
_PARAMETER: Final = re.compile(r';\s*([^\s;="]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)')
_QUOTED: Final = re.compile(r"\\(.)")


def base_type(media_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return media_type.split(";", 1)[0].strip().lower()


def parameters(media_type: str) -> dict[str, str]:
    """The parameters of a media type by their names in lower case; of a repeated name the first one counts."""
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(media_type):
        text = _QUOTED.sub(r"\1", value[1:-1]) if value.startswith('"') else value
        found.setdefault(name.lower(), text)
    return found


def charset(media_type: str) -> str:
    """The character encoding that a media type names, UTF-8 where it names none."""
    return parameters(media_type).get("charset") or DEFAULT_CHARSET


def is_json(media_type: str) -> bool:
    """True for application/json and every `+json` type, also those that lack a `type/` part."""
    name = base_type(media_type)
    return name.rsplit("/", 1)[-1] == "json" or name.endswith("+json")


def may_be_json(media_type: str) -> bool:
    """True for JSON and for `*/*`, as which 221 operations declare their JSON answers."""
    return is_json(media_type) or base_type(media_type) == ANY_TYPE


def is_text(media_type: str) -> bool:
    """True for text types and XML."""
    name = base_type(media_type)
    return name.startswith("text/") or name in {"application/xml", "application/javascript"} or name.endswith("+xml")


def is_binary(media_type: str) -> bool:
    """True for content that nobody reads as JSON or text; an absent type says nothing."""
    return bool(media_type) and not is_json(media_type) and not is_text(media_type)


def is_form(media_type: str) -> bool:
    """True for the pairs of an HTML form."""
    return base_type(media_type) == FORM_TYPE


def is_multipart(media_type: str) -> bool:
    """True for a form whose fields are parts, some of them files."""
    return base_type(media_type).startswith("multipart/")


def is_range(media_type: str) -> bool:
    """True for `*/*` and `text/*`, which can be asked for and not written."""
    return "*" in base_type(media_type)
