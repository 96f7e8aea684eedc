"""Derive operationIds in Akamai's style: the method, then the path's names, in the singular for a single item.

`GET /lists` becomes `get-lists`, `GET /lists/{listId}` `get-list` and `POST /lists/{listId}/items` `post-list-item`. An
operationId depends on its own endpoint alone, so a new endpoint never renames another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.documents.clients.notes import LearningNotes
from akamai_mcp.openapi.templates import placeholder, shape

_PLURALS: Final = (("ies", "y"), ("sses", "ss"), ("s", ""))
_SINGULARS: Final = re.compile(r"(?:ss|us|is|ddos)\Z")


def derive_id(method: str, base_path: str, template: str, notes: LearningNotes) -> str:
    """The operationId of an endpoint; `template` is its path without the base path."""
    begun, rest = _beginning(notes.beginnings.get(base_path, {}), template)
    named = [begun] if begun else []
    segments = [segment for segment in rest.split("/") if segment]
    for index, segment in enumerate(segments):
        following = segments[index + 1] if index + 1 < len(segments) else ""
        if name := placeholder(segment):
            named += [] if index == 0 or not placeholder(segments[index - 1]) else [_called(name)]
        else:
            named.append(_name(segment, following))
    if method == "POST" and named and not template.endswith("}") and (segments[-1:] or [begun])[0] not in notes.plurals:
        named[-1] = singular(named[-1])
    return "-".join([method.lower(), *named])


def _beginning(known: Mapping[str, str], template: str) -> tuple[str, str]:
    """(name, rest): the name of the longest known beginning of a path, and the rest of the path."""
    segments = template.strip("/").split("/")
    for size in range(len(segments), 0, -1):
        beginning = shape("/" + "/".join(segments[:size]))
        if known.get(beginning) or (beginning in known and size < len(segments)):
            return known[beginning], "/".join(segments[size:])
    return "", template


def _name(segment: str, following: str) -> str:
    """The name of a literal segment: singular before a parameter, or with the parameter's name if it has no singular."""
    plain = "-".join(words(segment))
    parameter = placeholder(following)
    if not parameter:
        return plain
    one = singular(plain)
    chosen = _called(parameter)
    return one if one != plain else chosen if chosen.startswith(plain) else f"{plain}-{chosen}"


def _called(parameter: str) -> str:
    """The name of what a parameter identifies: `operationId` gives `operation`."""
    found = words(parameter)
    return "-".join(found[:-1] if len(found) > 1 and found[-1] == "id" else found)


def singular(name: str) -> str:
    """The name with its last word in the singular."""
    if _SINGULARS.search(name):
        return name
    return next((name.removesuffix(plural) + one for plural, one in _PLURALS if name.endswith(plural)), name)
