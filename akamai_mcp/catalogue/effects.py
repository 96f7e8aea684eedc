"""What a call does to the account: read, write or destroy, decided by method, reviewed guide and arguments."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

EffectName = Literal["read", "write", "destroy"]

BY_METHOD: Final[Mapping[str, EffectName]] = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "read",
    "DELETE": "destroy",
}
_NETWORK_ARGUMENTS: Final = frozenset({"network", "networks"})
_UNREADABLE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The effect of an operation; `destroy_when` maps arguments to the values that make a write destructive.

    Arguments are dotted from the body (`body.network`) or a parameter's own name. Any one match decides.
    """

    otherwise: EffectName
    destroy_when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def worst(self) -> EffectName:
        """The strongest effect that any arguments can have: what a host should expect."""
        return "destroy" if self.destroy_when else self.otherwise

    def of(self, arguments: Mapping[str, Any]) -> EffectName:
        """The effect with these arguments; an absent network counts as production, a body that cannot be read as the worst."""
        for name, values in self.destroy_when.items():
            given = _look_up(arguments, name.split("."))
            absent_network = given in ([], [""]) and name.rsplit(".", 1)[-1] in _NETWORK_ARGUMENTS
            if absent_network or _UNREADABLE in given or any(_matches(value, values) for value in given):
                return "destroy"
        return self.otherwise


def parse_effect(method: str, note: Any) -> Effect:
    """The effect of a method, refined by the guide's note: a word, or `otherwise` with `destroy_when`."""
    if isinstance(note, Mapping) and isinstance(note.get("destroy_when"), Mapping):
        conditions = {
            str(name): tuple(values) if isinstance(values, list) else (values,) for name, values in note["destroy_when"].items()
        }
        return Effect(otherwise=_word(note.get("otherwise"), "write"), destroy_when=conditions)
    return Effect(otherwise=_word(note, BY_METHOD.get(method, "write")))


def _word(note: Any, default: EffectName) -> EffectName:
    return note if note in {"read", "write", "destroy"} else default


def _look_up(node: Any, path: list[str]) -> list[Any]:
    """Every value at a dotted path: lists are looked through, and JSON text is read where an object is wanted.

    An object where a value is wanted, and a name written in another case, are for the API to read: nobody knows how it does.
    """
    if isinstance(node, list):
        return [value for member in node for value in _look_up(member, path)]
    if not path:
        return [] if node is None else [_UNREADABLE] if isinstance(node, Mapping) else [node]
    if isinstance(node, str):
        return _look_up_text(node, path)
    if not isinstance(node, Mapping):
        return []
    other_case = any(name != path[0] and str(name).casefold() == path[0].casefold() for name in node)
    return [_UNREADABLE] if other_case or "base64" in node or "file" in node else _look_up(node.get(path[0]), path[1:])


def _look_up_text(text: str, path: list[str]) -> list[Any]:
    try:
        node = json.loads(text, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        return [_UNREADABLE]
    return [_UNREADABLE] if isinstance(node, str) else _look_up(node, path)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON text, which is sent as it stands: of a name given twice one reader takes the first, another the last."""
    node = dict(pairs)
    if len(node) < len(pairs):
        raise ValueError("a name is given twice")
    return node


def _matches(given: Any, values: tuple[Any, ...]) -> bool:
    return _word_of(given) in {_word_of(value) for value in values}


def _word_of(value: Any) -> str:
    """A value without what a lenient reader overlooks: case, width, spaces, marks that are not seen."""
    text = str(value)
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum()) or text
