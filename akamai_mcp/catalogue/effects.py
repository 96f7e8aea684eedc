"""The effect of a call on the account, `read`, `write` or `destroy`, from its method, the reviewed guide and its arguments."""

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

    An argument is a parameter's name or a dotted path in the body (`body.network`). One match is enough.
    """

    otherwise: EffectName
    destroy_when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def worst(self) -> EffectName:
        """The strongest effect that any arguments can have: what a client should prepare its user for."""
        return "destroy" if self.destroy_when else self.otherwise

    def of(self, arguments: Mapping[str, Any]) -> EffectName:
        """The effect with these arguments; an absent network counts as production, an unreadable body as `destroy`."""
        for name, values in self.destroy_when.items():
            found = _look_up(arguments, name.split("."))
            absent_network = found in ([], [""]) and name.rsplit(".", 1)[-1] in _NETWORK_ARGUMENTS
            if absent_network or _UNREADABLE in found or any(_matches(value, values) for value in found):
                return "destroy"
        return self.otherwise


def parse_effect(method: str, note: Any) -> Effect:
    """The effect of a method, unless the guide's note replaces it: with a word, or with `otherwise` and `destroy_when`."""
    if isinstance(note, Mapping) and isinstance(note.get("destroy_when"), Mapping):
        conditions = {
            str(name): tuple(values) if isinstance(values, list) else (values,) for name, values in note["destroy_when"].items()
        }
        return Effect(otherwise=_word(note.get("otherwise"), "write"), destroy_when=conditions)
    # POST, PUT, PATCH and any unknown method count as writes.
    return Effect(otherwise=_word(note, BY_METHOD.get(method, "write")))


def _word(note: Any, default: EffectName) -> EffectName:
    return note if note in {"read", "write", "destroy"} else default


def _look_up(node: Any, path: list[str]) -> list[Any]:
    """Every value at a dotted path, through lists and JSON text.

    An object in place of a value, or a name in another case, is unreadable: how the API would read it is unknown.
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
    """A JSON object without duplicate names: parsers disagree on which one counts (RFC 8259 section 4), so they are refused."""
    node = dict(pairs)
    if len(node) < len(pairs):
        raise ValueError("duplicate name")
    return node


def _matches(value: Any, values: tuple[Any, ...]) -> bool:
    return _word_of(value) in {_word_of(other) for other in values}


def _word_of(value: Any) -> str:
    """A value without what a lenient parser ignores: case, width, spaces and invisible marks."""
    text = str(value)
    # NFKD turns full-width and styled letters into plain ones, as a lenient server might.
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum()) or text
