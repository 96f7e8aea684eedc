"""Change one member of a JSON text, with or without comments, and leave every other character as it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

MAX_DEPTH: Final = 100
_TOKEN: Final = re.compile(
    r'(?P<space>[ \t\r\n]+)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")'
    r"|(?P<mark>[{}\[\]:,])|(?P<word>[\w.+-]+)",
    re.DOTALL,
)


class JsonTextError(ValueError):
    """The text is not JSON, or does not have the structure that a change needs; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value with its position in the text, and its members if it is an object."""

    start: int
    end: int
    value: Any
    members: tuple[Member, ...] = ()

    def member(self, key: str) -> Member | None:
        """Return the member with this key, or None."""
        return next((member for member in self.members if member.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of an object: its key and start, its value, and the position of the comma after it."""

    key: str
    start: int
    node: Node
    comma: int | None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse_json(text: str, *, comments: bool) -> Node:
    """Parse a text to a tree with positions; `comments` allows comments and trailing commas. Raises JsonTextError."""
    reader = _Reader(_tokens(text, comments=comments), text, trailing=comments)
    node = reader.value(0)
    reader.expect_end()
    return node


def set_member(text: str, path: tuple[str, ...], value: Any, *, comments: bool) -> str:
    """Set the value at a path, and create missing objects on the way. Raises JsonTextError."""
    *outer, key = path
    text = text if text.strip() else "{}\n"
    node = parse_json(text, comments=comments)
    for depth, name in enumerate(outer):
        _must_be_object(node, tuple(outer[:depth]))
        found = node.member(name)
        if found is None:
            return _insert(text, node, name, _nested(tuple(path[depth + 1 :]), value))
        node = found.node
    _must_be_object(node, tuple(outer))
    present = node.member(key)
    if present is None:
        return _insert(text, node, key, value)
    written = _render(value, text, _indent_of(text, present.start))
    return text[: present.node.start] + written + text[present.node.end :]


def remove_member(text: str, path: tuple[str, ...], *, comments: bool) -> str:
    """Remove the member at a path; without one, the text stays the same. Raises JsonTextError."""
    *outer, key = path
    node = parse_json(text, comments=comments)
    for name in outer:
        found = node.member(name)
        if found is None:
            return text
        node = found.node
    present = node.member(key)
    return text if present is None else _cut(text, node, present)


def _tokens(text: str, *, comments: bool) -> list[_Token]:
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        kind = match.lastgroup if match else None
        if match is None or kind is None or (kind == "comment" and not comments):
            raise JsonTextError(_at(text, position, "comments are not allowed" if kind else "this is not JSON"))
        if kind not in {"space", "comment"}:
            tokens.append(_Token(kind, match[0], position))
        position = match.end()
    return tokens


class _Reader:
    """A recursive descent parser over a list of tokens."""

    def __init__(self, tokens: list[_Token], text: str, *, trailing: bool) -> None:
        self._tokens = [*tokens, _Token("end", "", len(text))]
        self._text = text
        self._trailing = trailing
        self._next = 0

    def value(self, depth: int) -> Node:
        """Parse the next value."""
        token = self._take()
        if depth > MAX_DEPTH:
            raise self._wrong(token, "it is nested too deeply")
        if token.text == "{":
            return self._object(token, depth)
        if token.text == "[":
            return self._array(token, depth)
        if token.kind not in {"string", "word"}:
            raise self._wrong(token, "a value is missing")
        return Node(start=token.start, end=token.end, value=self._scalar(token))

    def expect_end(self) -> None:
        """Check that the text ends here."""
        if self._peek().kind != "end":
            raise self._wrong(self._peek(), "there is text after the end")

    def _object(self, opening: _Token, depth: int) -> Node:
        members: list[Member] = []
        while self._goes_on("}", first=not members):
            key = self._take()
            if key.kind != "string" or self._take().text != ":":
                raise self._wrong(key, "a key with a colon is missing")
            node = self.value(depth + 1)
            comma = self._comma("}")
            name = self._scalar(key)
            if any(member.key == name for member in members):
                raise self._wrong(key, "a key occurs twice")
            members.append(Member(key=name, start=key.start, node=node, comma=comma))
        value = {member.key: member.node.value for member in members}
        return Node(start=opening.start, end=self._take().end, value=value, members=tuple(members))

    def _array(self, opening: _Token, depth: int) -> Node:
        values: list[Any] = []
        while self._goes_on("]", first=not values):
            values.append(self.value(depth + 1).value)
            self._comma("]")
        return Node(start=opening.start, end=self._take().end, value=values)

    def _goes_on(self, closing: str, *, first: bool) -> bool:
        """Whether another element follows."""
        if self._peek().text != closing:
            return True
        if not first and self._tokens[self._next - 1].text == "," and not self._trailing:
            raise self._wrong(self._peek(), "there is a comma before the end")
        return False

    def _comma(self, closing: str) -> int | None:
        if self._peek().text == ",":
            return self._take().start
        if self._peek().text != closing:
            raise self._wrong(self._peek(), "a comma is missing")
        return None

    def _scalar(self, token: _Token) -> Any:
        try:
            return json.loads(token.text, parse_constant=self._no_constant)
        except ValueError:
            raise self._wrong(token, "this is not JSON") from None

    @staticmethod
    def _no_constant(name: str) -> Any:
        raise ValueError(name)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def _wrong(self, token: _Token, what: str) -> JsonTextError:
        return JsonTextError(_at(self._text, token.start, what))


def _at(text: str, position: int, what: str) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}: {what}"


def _must_be_object(node: Node, path: tuple[str, ...]) -> None:
    if not isinstance(node.value, dict):
        raise JsonTextError(f"{'.'.join(path) or 'the whole'} is not an object")


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _insert(text: str, node: Node, key: str, value: Any) -> str:
    """Insert a new last member into an object."""
    outer = _indent_of(text, node.start)
    first = node.members[0].start if node.members else None
    inner = _indent_of(text, first) if first is not None and _begins_line(text, first) else outer + _unit(text)
    line_end = _line_end(text)
    written = f"{line_end}{inner}{json.dumps(key)}: {_render(value, text, inner)}"
    closing = node.end - 1
    place = len(text[:closing].rstrip())
    tail = "" if "\n" in text[place:closing] else line_end + outer
    if not node.members:
        return text[:place] + written + tail + text[place:]
    last = node.members[-1]
    if last.comma is not None:
        return text[:place] + written + "," + tail + text[place:]
    return text[: last.node.end] + "," + text[last.node.end : place] + written + tail + text[place:]


def _cut(text: str, node: Node, member: Member) -> str:
    """Remove a member with its comma and its empty lines."""
    start, end = member.start, member.node.end if member.comma is None else member.comma + 1
    if _begins_line(text, start):
        line = text.rfind("\n", 0, start) + 1
        rest = re.compile(r"[ \t]*\r?\n").match(text, end)
        start, end = (line, rest.end()) if rest else (start, end)
    before = [other for other in node.members if other.start < member.start]
    if member.comma is None and before and (comma := before[-1].comma) is not None:
        return text[:comma] + text[comma + 1 : start] + text[end:]
    return text[:start] + text[end:]


def _render(value: Any, text: str, indent: str) -> str:
    lines = json.dumps(value, indent=_unit(text), ensure_ascii=False).split("\n")
    return (_line_end(text) + indent).join(lines)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unit(text: str) -> str:
    """The indentation step: that of the first indented line."""
    found = re.search(r"\n([ \t]+)\"", text)
    return found[1] if found else "  "


def _begins_line(text: str, position: int) -> bool:
    return not text[text.rfind("\n", 0, position) + 1 : position].strip(" \t")


def _indent_of(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]
