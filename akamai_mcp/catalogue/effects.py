"""What a call does to the account: read, write or destroy, decided by method, reviewed guide and what is sent.

A conditional effect names the values with which a call is harmless. Everything else is the worse effect: another spelling,
a value of another type, a name given twice, a body that cannot be read, and absence where nothing says that it is harmless.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import unquote

EffectName = Literal["read", "write", "destroy"]
Value = str | bool | int

EFFECTS: Final = frozenset({"read", "write", "destroy"})
BY_METHOD: Final[Mapping[str, EffectName]] = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "read",
    "DELETE": "destroy",
}
BY_SEVERITY: Final[tuple[EffectName, ...]] = ("read", "write", "destroy")
MAX_DECODINGS: Final = 3  # of a name; one more finds more spellings
NAMES_IN_ROW: Final = 2  # arguments named in a row
CONDITION_KEYS: Final = frozenset({"write_when", "optional"})
# Printable ASCII, because the question to a person shows the name.
CONDITION_NAME: Final = re.compile(r"(?:path|query)\.[!-\-/-Z\\^-~]+|body(?:\.[!-\-/-Z\\^-~]+)+(?:\[\])?")


class Mark:
    """The type of `ABSENT` and `UNREADABLE`, which stand for a missing value and for one that parsers may disagree on."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Final = Mark("ABSENT")
UNREADABLE: Final = Mark("UNREADABLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The parts of a request that decide an effect; never shown.

    `path` has the values of the placeholders, `query` every pair of the query as it is decoded, in order.
    `body` is the JSON value of the body, ABSENT without one, UNREADABLE where it is no JSON or in a file.
    """

    path: Mapping[str, Any] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: Any = field(default=ABSENT, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisive:
    """A value that decides an effect: the argument's name in the guide, the value, whether it is harmless."""

    name: str
    value: Any = field(repr=False)
    harmless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The harmless values of one argument: `body.network`, `body.networks[]` for each member of a list, `query.activate`.

    `optional` says that a call without the argument is harmless too, and without values nothing else is.
    """

    name: str
    values: tuple[Value, ...]
    optional: bool

    @property
    def location(self) -> str:
        """Where the argument stands: path, query or body."""
        return self.name.partition(".")[0]

    @property
    def steps(self) -> tuple[str, ...]:
        """The names that lead to the value, below its location; `[]` is left out."""
        return tuple(self.name.removesuffix("[]").split(".")[1:])

    @property
    def is_list(self) -> bool:
        """True where the argument is a list, of which each member has to be harmless."""
        return self.name.endswith("[]")

    @property
    def is_network(self) -> bool:
        """True where the argument chooses between Akamai's networks, and staging is harmless."""
        return bool(self.values) and all(str(value).upper() == "STAGING" for value in self.values)

    def holds(self, sent: Sent) -> bool:
        """True where what is sent is harmless, whichever parser reads it."""
        return not _is_named_elsewhere(self, sent) and all(self._is_harmless(value) for value in _find(self, sent))

    def decisive(self, sent: Sent) -> Iterator[Decisive]:
        """Each value of the argument that is sent; one that is absent or unreadable too."""
        for value in _find(self, sent):
            if self.is_list and isinstance(value, list) and value:
                yield from (Decisive(name=self.name, value=member, harmless=self._is_one_of(member)) for member in value)
            else:
                yield Decisive(name=self.name, value=value, harmless=self._is_harmless(value))

    def _is_harmless(self, value: Any) -> bool:
        if value is ABSENT:
            return self.optional
        if self.is_list:
            return isinstance(value, list) and bool(value) and all(self._is_one_of(member) for member in value)
        return self._is_one_of(value)

    def _is_one_of(self, value: Any) -> bool:
        # 0 equals False in Python, and is not what the guide means by false.
        return any(type(value) is type(known) and value == known for known in self._known)

    @property
    def _known(self) -> tuple[Value, ...]:
        return self.values if self.location == "body" else tuple(_text(value) for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The effect of an operation: `mildest` where every condition holds, `worst` otherwise."""

    worst: EffectName
    mildest: EffectName
    conditions: tuple[Condition, ...] = ()

    def of(self, sent: Sent) -> EffectName:
        """The effect of what is sent."""
        return self.mildest if all(condition.holds(sent) for condition in self.conditions) else self.worst

    def decisive(self, sent: Sent) -> tuple[Decisive, ...]:
        """The values that decide the effect of what is sent."""
        return tuple(one for condition in self.conditions for one in condition.decisive(sent))

    @property
    def text(self) -> str:
        """The effect in words: `write if body.network is STAGING, otherwise destroy`."""
        if not self.conditions:
            return self.worst
        return f"{self.mildest} if {' and '.join(map(_in_words, self.conditions))}, otherwise {self.worst}"

    @property
    def short(self) -> str:
        """The effect in a few words: `write; destroy on production`, `write; destroy by activate`."""
        if not self.conditions:
            return self.worst
        names = [condition.steps[-1] for condition in self.conditions if not condition.is_network]
        on = ["on production"] if len(names) < len(self.conditions) else []
        by = [f"by {', '.join(names[:NAMES_IN_ROW])}{', ...' if len(names) > NAMES_IN_ROW else ''}"] if names else []
        return f"{self.mildest}; {self.worst} {' or '.join([*on, *by])}"


def parse_effect(method: str, note: Any) -> Effect:
    """The effect of a method, refined by the guide's note: a word, or `write_when`; the strictest where it is neither."""
    if note is None:
        # POST, PUT, PATCH and any unknown method count as writes.
        return plain_effect(BY_METHOD.get(method, "write"))
    if isinstance(note, str) and note in EFFECTS:
        return plain_effect(note)  # type: ignore[arg-type]
    if any(find_faults(note)):
        return plain_effect("destroy")
    return Effect(worst="destroy", mildest="write", conditions=tuple(_conditions(note)))


def plain_effect(word: EffectName) -> Effect:
    """An effect that no argument changes."""
    return Effect(worst=word, mildest=word)


def worst_of(effects: Iterable[EffectName]) -> EffectName:
    """The strictest of several effects."""
    return max(effects, key=BY_SEVERITY.index)


def find_faults(note: Any) -> Iterator[str]:
    """What is wrong with the form of the guide's note on an effect."""
    if isinstance(note, str) and note in EFFECTS:
        return
    if isinstance(note, Mapping) and "destroy_when" in note:
        yield "effect: destroy_when lists harmful values and lets every other one pass; list the harmless ones in write_when"
    elif not isinstance(note, Mapping) or not isinstance(note.get("write_when"), Mapping) or not note["write_when"]:
        yield f"unknown effect {note}"
    elif unknown := sorted(str(key) for key in note.keys() - CONDITION_KEYS):
        yield f"effect: unknown keys {unknown}"
    else:
        yield from _condition_faults(note)


def _condition_faults(note: Mapping[str, Any]) -> Iterator[str]:
    optional = note.get("optional", [])
    if not isinstance(optional, list) or not all(isinstance(name, str) and name in note["write_when"] for name in optional):
        yield "effect: optional is a list of arguments in write_when"
        return
    for name, values in note["write_when"].items():
        if not isinstance(name, str) or not CONDITION_NAME.fullmatch(name):
            yield f"effect: {name} is no argument; write body.network, query.activate or path.environment"
        elif name in optional and name.startswith("path."):
            yield f"effect: {name} stands in the path and is never absent"
        if not all(_is_value(value) for value in _listed(values)) or (values == [] and name not in optional):
            yield f"effect: {name} needs a harmless value or a list of them; the list is empty where only absence is harmless"


def _is_value(value: Any) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, str) and bool(value) and value == value.strip())


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _conditions(note: Mapping[str, Any]) -> Iterator[Condition]:
    for name, values in note["write_when"].items():
        yield Condition(name=name, values=tuple(_listed(values)), optional=name in note.get("optional", ()))


def _in_words(condition: Condition) -> str:
    values = [*map(_text, condition.values), *(["absent"] if condition.optional else [])]
    return f"{condition.name} is {' or '.join(values)}"


def _text(value: Any) -> Any:
    """A value as text in a path or a query; a list, an object or a fraction has no text that every parser reads alike."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, str | int) else UNREADABLE


def _find(condition: Condition, sent: Sent) -> list[Any]:
    """Every value of an argument: one, except in a body that is a list."""
    if condition.location == "body":
        return [ABSENT] if sent.body is ABSENT else _look_up(sent.body, condition.steps)
    (name,) = condition.steps
    if condition.location == "path":
        return [_text(sent.path.get(name, UNREADABLE))]
    return [value for given, value in sent.query if given == name] or [ABSENT]


def _look_up(node: Any, steps: tuple[str, ...]) -> list[Any]:
    if not steps:
        return [node]
    if isinstance(node, list):
        return [value for member in node for value in _look_up_in_object(member, steps)] or [UNREADABLE]
    return _look_up_in_object(node, steps)


def _look_up_in_object(node: Any, steps: tuple[str, ...]) -> list[Any]:
    if not isinstance(node, Mapping) or _has_other_spelling(node, steps[0]):
        return [UNREADABLE]
    return _look_up(node[steps[0]], steps[1:]) if steps[0] in node else [ABSENT]


def _has_other_spelling(names: Mapping[str, Any], wanted: str) -> bool:
    folded = fold_name(wanted)
    return any(name != wanted and fold_name(name) == folded for name in names)


def _is_named_elsewhere(condition: Condition, sent: Sent) -> bool:
    """True where the argument's name, in any spelling, is given twice or in a place where a parser may look first."""
    name = condition.steps[-1]
    in_query = [given for given, _ in sent.query if fold_name(given) == fold_name(name)]
    if condition.location == "body":
        return bool(in_query)
    if condition.location == "path":
        return bool(in_query) or _is_in_body(name, sent.body)
    # A form in the body and the query are the same parameters to many parsers (Jakarta Servlet 6.0, section 3.1).
    return in_query not in ([], [name]) or sent.body is UNREADABLE or _is_in_body(name, sent.body)


def _is_in_body(name: str, body: Any) -> bool:
    """True where the body, or an object of its list, has a member of that name at its top."""
    members = [member for member in (body if isinstance(body, list) else [body]) if isinstance(member, Mapping)]
    return any(fold_name(given) == fold_name(name) for member in members for given in member)


def fold_name(name: str) -> str:
    """A name without what a lenient parser ignores: case, width, separators, unseen characters, an index in brackets."""
    text = name
    for _ in range(MAX_DECODINGS):  # a gateway decodes a name of the query once, and the server behind it once more
        text = unquote(text)
    # NFKD turns full-width and styled letters into plain ones, as a lenient server might.
    plain = unicodedata.normalize("NFKD", text.partition("[")[0] or text).casefold()
    return "".join(character for character in plain if character.isalnum()) or name
