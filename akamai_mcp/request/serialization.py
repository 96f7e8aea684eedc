"""Serialize parameter values by OpenAPI's `style` and `explode` (3.0.3, "Style Values" and "Style Examples").

Each value is percent-encoded on its own, so that only the style's own delimiters act as delimiters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.model import Parameter
from akamai_mcp.openapi.paths import BLANKS

# Reserved characters (RFC 3986) that `allowReserved` keeps; `#`, `&`, `=` and `+` would change the query's structure.
_ALLOWED_RESERVED: Final = ":/?[]@!$'()*,;"
# More layers of encoding than any gateway removes.
MAX_DECODINGS: Final = 5
_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}  # all others: a comma

Pairs = list[tuple[str, str]]


def to_text(value: Any) -> str:
    """A value as text: strings unchanged, null empty, everything else as JSON. Raises ArgumentError."""
    if isinstance(value, str):
        return value
    return "" if value is None else to_json(value)


def encode(text: str, safe: str = "") -> str:
    """Percent-encode everything except unreserved characters (RFC 3986 section 2.3). Raises ArgumentError on lone surrogates."""
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as error:
        raise ArgumentError("A value contains text that is not valid Unicode.", advice="Remove the lone surrogates.") from error


def serialize_path(parameter: Parameter, value: Any) -> str:
    """The text of a path parameter.

    Raises ArgumentError if it is empty or has a dot segment, since the path would then address another resource.
    """
    if parameter.media_type:
        return _whole_segment(parameter, encode(to_json(value)))
    text = _delimited(parameter, value)
    if parameter.style == "label":
        text = "." + text
    if parameter.style == "matrix":
        text = _matrix(parameter, value)
    return _whole_segment(parameter, text)


def _whole_segment(parameter: Parameter, text: str) -> str:
    if not text or climbs(text):
        raise ArgumentError(
            f"The path value {parameter.name!r} is {text[:200]!r}, which would address another resource.",
            advice="Use the plain identifier.",
        )
    return text


def climbs(path: str) -> bool:
    """True if a path has a dot segment (`.` or `..`), even after repeated decoding."""
    # A gateway may decode a path before it routes it (`a%2F..`), read a backslash as a slash, or `..;a` and `..%20` as `..`.
    for _ in range(MAX_DECODINGS):
        if any(segment.partition(";")[0].strip(BLANKS) in {".", ".."} for segment in path.replace("\\", "/").split("/")):
            return True
        path = unquote(path)
    return False


def _delimited(parameter: Parameter, value: Any) -> str:
    """`simple` and `label`: values joined by `,` (by `.` for an exploded label), objects as `k,v` or `k=v`."""
    delimiter = "." if parameter.style == "label" and parameter.explode else ","
    if isinstance(value, Mapping):
        joiner = "=" if parameter.explode else ","
        pairs = (f"{encode(str(k))}{joiner}{encode(to_text(v))}" for k, v in value.items())
        return delimiter.join(pairs)
    if isinstance(value, list):
        return delimiter.join(encode(to_text(member)) for member in value)
    return encode(to_text(value))


def _matrix(parameter: Parameter, value: Any) -> str:
    name = encode(parameter.name)
    if isinstance(value, Mapping) and parameter.explode:
        return "".join(_matrix_pair(encode(str(k)), encode(to_text(v))) for k, v in value.items())
    if isinstance(value, list) and parameter.explode:
        return "".join(_matrix_pair(name, encode(to_text(member))) for member in value)
    return _matrix_pair(name, _delimited(parameter, value))


def _matrix_pair(name: str, text: str) -> str:
    """`;name=text`, or `;name` alone for an empty text (RFC 6570 section 3.2.7)."""
    return f";{name}={text}" if text else f";{name}"


def serialize_query(parameter: Parameter, value: Any) -> Pairs:
    """The (name, value) pairs of a query parameter, both percent-encoded; none for an empty list (RFC 6570 section 2.3)."""
    name = encode(parameter.name)
    safe = _ALLOWED_RESERVED if parameter.allow_reserved else ""
    if parameter.media_type:
        return [(name, encode(to_json(value)))]
    if isinstance(value, Mapping):
        return _query_object(parameter, name, value, safe)
    if isinstance(value, list):
        members = [encode(to_text(member), safe) for member in value]
        if parameter.explode or not members:
            return [(name, member) for member in members]
        return [(name, _DELIMITERS.get(parameter.style, ",").join(members))]
    return [(name, encode(to_text(value), safe))]


def _query_object(parameter: Parameter, name: str, value: Mapping[str, Any], safe: str) -> Pairs:
    if parameter.style == "form" and any(isinstance(part, Mapping) for part in value.values()):
        # No style is defined for objects in objects (OpenAPI 3.1, style values); APIs that take them read JSON.
        return [(name, encode(to_json(value), safe))]
    pairs = [(encode(str(k)), encode(to_text(v), safe)) for k, v in value.items()]
    if parameter.style == "deepObject":
        return [(f"{name}%5B{key}%5D", text) for key, text in pairs]
    if parameter.explode:
        return pairs
    delimiter = _DELIMITERS.get(parameter.style, ",")
    return [(name, delimiter.join(f"{key}{delimiter}{text}" for key, text in pairs))]


def serialize_header(parameter: Parameter, value: Any) -> list[tuple[str, str]]:
    """The header lines of a parameter; a name such as `X-Meta-*` takes an object of suffixes and values.

    Raises ArgumentError where it is given anything else: no API reads a header whose name ends in `*`.
    """
    if parameter.media_type:
        return [(parameter.name, to_json(value))]
    if parameter.name.endswith("*"):
        if not isinstance(value, Mapping):
            raise ArgumentError(
                f"{parameter.name[:80]!r} is not an object.",
                advice='Give an object from suffix to value, such as {"Color": "red"}.',
            )
        return [(parameter.name[:-1] + str(suffix), to_text(text)) for suffix, text in value.items()]
    if isinstance(value, Mapping):
        joiner = "=" if parameter.explode else ","
        return [(parameter.name, ",".join(f"{k}{joiner}{to_text(v)}" for k, v in value.items()))]
    if isinstance(value, list):
        return [(parameter.name, ",".join(to_text(member) for member in value))]
    return [(parameter.name, to_text(value))]


def serialize_cookie(parameter: Parameter, value: Any) -> str:
    """The `name=value` pairs of a cookie parameter, joined by `; `."""
    pairs = serialize_query(parameter, value)
    return "; ".join(f"{name}={text}" for name, text in pairs)


def to_json(value: Any) -> str:
    """Compact JSON. Raises ArgumentError for NaN and infinities (RFC 8259 section 6)."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise ArgumentError("JSON has no infinite numbers and no NaN.", advice="Use a finite number.") from error
