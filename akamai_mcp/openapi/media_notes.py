"""What the guide says of an operation's media types, where the document is silent or wrong, or names one for each kind of call.

`accept: application/json` is for every call. `content_type: {path.kind: {csr: TYPE}, body.hash: TYPE, otherwise: TYPE}` goes by
arguments: by the value of one, or by its being there; of several conditions the first that holds counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from akamai_mcp.media_types import is_accept, is_media_type

# A media type by the argument that decides, or for each of its values; `otherwise` is for all other calls.
MediaNote = Mapping[str, str | Mapping[str, str]]

NO_NOTE: Final[MediaNote] = {}
OTHERWISE: Final = "otherwise"
LOCATIONS: Final = ("path", "query", "body")
NOTES: Final[Mapping[str, Callable[[str], bool]]] = {"accept": is_accept, "content_type": is_media_type}
MAX_SHOWN: Final = 80


def parse_media(name: str, note: Any) -> MediaNote:
    """The note called `accept` or `content_type`; empty if there is none, or one without a meaning."""
    if note is None or next(media_problems(name, note), None) is not None:
        return NO_NOTE
    return {OTHERWISE: note} if isinstance(note, str) else dict(note)


def media_problems(name: str, note: Any) -> Iterator[str]:
    """What is wrong with a note called `accept` or `content_type`; an absent one is right."""
    if isinstance(note, str):
        note = {OTHERWISE: note}
    if note is None:
        return
    if not isinstance(note, Mapping) or not note:
        yield f"{name} is neither a media type nor media types by argument"
        return
    for argument, chosen in note.items():
        location, _, rest = str(argument).partition(".")
        if argument != OTHERWISE and (location not in LOCATIONS or not rest):
            yield f"{name}: {str(argument)[:MAX_SHOWN]!r} is no argument such as path.kind or body.hash"
        types = list(chosen.values()) if isinstance(chosen, Mapping) and argument != OTHERWISE else [chosen]
        wrong = [one for one in types if not (isinstance(one, str) and NOTES[name](one))]
        yield from (f"{name}: {str(one)[:MAX_SHOWN]!r} is no media type" for one in wrong)


def chosen_by(note: MediaNote, argument: Callable[[str], Any]) -> str | None:
    """The media type that a note means for a call; `argument` returns the value of a named argument, or None."""
    for name, chosen in note.items():
        value = None if name == OTHERWISE else argument(name)
        found = chosen.get(str(value)) if isinstance(chosen, Mapping) else chosen
        if found and (name == OTHERWISE or value is not None):
            return found
    return None
