"""Path templates (OpenAPI 3.1.0, "Path Templating" and "Paths Object"): read them, fill them, match them with paths.

A path is matched as sent, segment by segment: values are returned decoded, literal segments are compared undecoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
KEPT_PATTERNS: Final = 512

Specificity = tuple[int, tuple[bool, ...]]


def names(template: str) -> tuple[str, ...]:
    """The names of a template's placeholders, in order."""
    return tuple(_PLACEHOLDER.findall(template))


def segments(path: str) -> list[str]:
    """The segments of a template or a path, without a trailing slash."""
    return path.removeprefix("/").removesuffix("/").split("/")


def placeholder(segment: str) -> str:
    """The name in a segment that is one placeholder, such as `{zone}`, or an empty text."""
    found = _PLACEHOLDER.fullmatch(segment)
    return found[1] if found else ""


def is_literal(segment: str) -> bool:
    """True for a segment without a placeholder."""
    return _PLACEHOLDER.search(segment) is None


def literals(template: str) -> list[str]:
    """The segments of a template without a placeholder."""
    return [segment for segment in segments(template) if segment and is_literal(segment)]


def shape(template: str) -> str:
    """The template without the names of its placeholders: `/lists/{}`."""
    return rename(template, lambda _: "").removesuffix("/")


def rename(template: str, new: Callable[[str], str]) -> str:
    """The template with other names for its placeholders."""
    return fill(template, lambda name: f"{{{new(name)}}}")


def fill(template: str, text: Callable[[str], str]) -> str:
    """The path of a template; `text` gives a placeholder's value, percent-encoded."""
    return _PLACEHOLDER.sub(lambda found: text(found[1]), template)


def fill_known(template: str, values: Mapping[str, str]) -> str:
    """The path of a template, cut before the first segment with an unknown value: the nearest known collection."""
    known: list[str] = []
    for segment in template.split("/"):
        if not values.keys() >= set(names(segment)):
            break
        known.append(fill(segment, values.__getitem__))
    return "/".join(known)


def match(template: str, path: str) -> dict[str, str] | None:
    """The decoded values of a template's placeholders in a path, or None if the path does not match."""
    return match_segments(segments(template), segments(path))


def match_segments(wanted: Sequence[str], actual: Sequence[str]) -> dict[str, str] | None:
    """The same as `match` for segments, for part of a path, such as one without its base path."""
    if len(wanted) != len(actual):
        return None
    values: dict[str, str] = {}
    for part, segment in zip(wanted, actual, strict=True):
        found = _match_segment(part, segment)
        if found is None:
            return None
        values |= found
    return values


def _match_segment(part: str, segment: str) -> Mapping[str, str] | None:
    # The usual case, without a pattern: a raw request is compared with every template of its method.
    if "{" not in part:
        return {} if part == segment else None
    found = _pattern(part).fullmatch(segment)
    return {name: unquote(value) for name, value in zip(names(part), found.groups(), strict=True)} if found else None


@lru_cache(maxsize=KEPT_PATTERNS)
def _pattern(part: str) -> re.Pattern[str]:
    literal = [re.escape(text) for text in _PLACEHOLDER.split(part)[::2]]
    return re.compile("([^/]+)".join(literal), re.DOTALL)


def specificity(template: str) -> Specificity:
    """A sort key for templates that match the same path, the most specific first: fewer placeholders, then later ones."""
    return len(names(template)), tuple(not is_literal(segment) for segment in segments(template))
