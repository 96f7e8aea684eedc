"""Which media types a call names: that of its body, and that of the answer it asks for. No value is sent that is no media type.

The call's own argument counts first, then the guide, then the document: JSON before other types, the newest version of it, and
for plain text a text type if there is one.

In the guide `accept: application/json` is for every call. `content_type: {path.kind: {csr: TYPE}, body.hash: TYPE, otherwise:
TYPE}` goes by arguments: by the value of one, or by its being there; of several conditions the first that holds counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from akamai_mcp.media_types import ANY_TYPE, JSON_TYPE, base_type, is_accept, is_json, is_media_type, is_text
from akamai_mcp.openapi.model import NO_NOTE, MediaNote, MediaType, Operation

OTHERWISE: Final = "otherwise"
LOCATIONS: Final = ("path", "query", "body")
NOTES: Final[Mapping[str, Callable[[str], bool]]] = {"accept": is_accept, "content_type": is_media_type}
MAX_SHOWN: Final = 80
_VERSION: Final = re.compile(r"\.v(\d+(?:\.\d+)*)(?=[+.]|\Z)")


class Given(Protocol):
    """The arguments of a call, as far as they decide on a media type."""

    @property
    def path(self) -> Mapping[str, Any]:
        """The values of the path."""

    @property
    def query(self) -> Mapping[str, Any]:
        """The values of the query."""

    @property
    def body(self) -> Any:
        """The body, of any type where there is none."""

    @property
    def content_type(self) -> str | None:
        """The Content-Type that the call gives itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments: what they would decide stays open."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    content_type: str | None = None


NOTHING: Final = Nothing()


def newest(names: Iterable[str]) -> str | None:
    """The media type with the highest version (`...v2.1+json`), or the first if none has a version; JSON before others."""
    names = tuple(names)
    if not names:
        return None
    return max(names, key=lambda name: (is_json(name), _version(name), -names.index(name)))


def _version(name: str) -> tuple[int, ...]:
    match = _VERSION.search(name)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def media_type_of(operation: Operation, given: Given = NOTHING) -> MediaType:
    """The media type that the body of a call is written as, with what the document says of it."""
    content = operation.request_body.content if operation.request_body else ()
    if given.content_type:
        return _called(given.content_type, content)
    usual = _usual(content)
    if noted := chosen_by(operation.content_type, _argument(given)):
        declared = _called(noted, content)
        # What the guide puts in the place of a wrong name has the schema of that name.
        return declared if declared.schema or is_json(noted) != is_json(usual.name) else replace(usual, name=noted)
    return (_text(content) if is_json(usual.name) and _is_plain_text(given.body) else None) or usual


def _called(name: str, content: Iterable[MediaType]) -> MediaType:
    """The media type of this name, with the schema that is declared for it if there is one."""
    same = next((media for media in content if base_type(media.name) == base_type(name)), None)
    return replace(same, name=name) if same else MediaType(name=name, schema={})


def _usual(content: tuple[MediaType, ...]) -> MediaType:
    """The newest declared type that can be sent, JSON if there is none: then with the schema of the newest that cannot."""
    by_name = {media.name: media for media in content}
    name = newest(name for name in by_name if is_media_type(name))
    unnamed = by_name[newest(by_name) or ""] if by_name else MediaType(name=JSON_TYPE, schema={})
    return by_name[name] if name else MediaType(name=JSON_TYPE, schema=unnamed.schema)


def _text(content: Iterable[MediaType]) -> MediaType | None:
    return next((media for media in content if is_media_type(media.name) and is_text(media.name)), None)


def _is_plain_text(body: Any) -> bool:
    if not isinstance(body, str):
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return True
    return False


def accept_of(operation: Operation, given: Given = NOTHING) -> str:
    """The Accept header of a call that gives none: the guide's, else the newest declared type, else JSON.

    A document that declares only `*/*` means JSON, unless it says that the bytes are any.
    """
    if noted := chosen_by(operation.accept, _argument(given)):
        return noted
    media = [one for response in operation.responses if response.is_success for one in response.content]
    any_bytes = any(one.name == ANY_TYPE and one.schema.get("format") == "binary" for one in media)
    return newest(dict.fromkeys(one.name for one in media if is_media_type(one.name))) or (ANY_TYPE if any_bytes else JSON_TYPE)


def _argument(given: Given) -> Callable[[str], Any]:
    """Reads an argument by a name such as `path.kind` or `body.hash`."""

    def read(name: str) -> Any:
        location, _, rest = name.partition(".")
        values = {"path": given.path, "query": given.query, "body": given.body}[location]
        return values.get(rest) if isinstance(values, Mapping) else None

    return read


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
