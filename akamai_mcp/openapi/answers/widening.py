"""Widen a schema by a correction, so that it allows what was seen and nothing else; a second time changes nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.media_types import is_json, is_media_type
from akamai_mcp.openapi.answers.corrections import Correction, to_steps
from akamai_mcp.openapi.model import Dialect, MediaType, Response

Facts = dict[str, Any]
Change = Callable[[Facts, Any, Dialect], Facts]

# What a member keeps beside alternatives: it is said of the member, and not of one of its types.
_OUTSIDE: Final = frozenset({"readOnly", "writeOnly", "deprecated"})
_ALTERNATIVES: Final = ("oneOf", "anyOf")
_WITHOUT_CONTENT: Final = frozenset({"204", "205"})  # RFC 9110 sections 15.3.5 and 15.3.6


def correct_answers(answers: tuple[Response, ...], corrections: Iterable[Correction], dialect: Dialect) -> tuple[Response, ...]:
    """The answers of an operation with its corrections made, in their order."""
    corrected = {answer.status: answer for answer in answers}
    for one in corrections:
        if one.kind == "status":
            _add_status(corrected, one)
        elif one.status in corrected:
            corrected[one.status] = _correct(corrected[one.status], one, dialect)
    return tuple(corrected.values())


def misfits(answers: Iterable[Response], corrections: Iterable[Correction]) -> Iterator[str]:
    """What corrections name that corrected answers do not have: a status, or a place."""
    by_status = {answer.status: answer for answer in answers}
    for one in corrections:
        media = by_status[one.status].content if one.status in by_status else ()
        if one.kind != "status" and all(part_at(each.schema, one.at) is None for each in media if _is_compared(each)):
            yield f"answers of {one.operation}: {one.status} has no {one.at or 'JSON'}"


def _add_status(answers: dict[str, Response], correction: Correction) -> None:
    if correction.value in answers and correction.status not in answers:
        like = answers[correction.value]
        content = () if correction.status in _WITHOUT_CONTENT else like.content
        answers[correction.status] = replace(like, status=correction.status, content=content)


def _correct(answer: Response, correction: Correction, dialect: Dialect) -> Response:
    return replace(answer, content=tuple(_correct_media(media, correction, dialect) for media in answer.content))


def _correct_media(media: MediaType, correction: Correction, dialect: Dialect) -> MediaType:
    return replace(media, schema=widen(media.schema, correction, dialect)) if _is_compared(media) else media


def _is_compared(media: MediaType) -> bool:
    """What is no media type stands for JSON, and what has no schema stays open."""
    return bool(media.schema) and (is_json(media.name) or not is_media_type(media.name))


def widen(schema: Any, correction: Correction, dialect: Dialect) -> Any:
    """The schema with the correction made; as it is where it has no such place, or allows it already."""
    change = _CHANGES[correction.kind]
    return _change_at(schema, to_steps(correction.at), lambda part: change(part, correction.value, dialect))


def part_at(schema: Any, pointer: str) -> Any:
    """The part of a schema at a JSON pointer; None where there is none."""
    found: list[Facts] = []

    def note(part: Facts) -> Facts:
        found.append(part)
        return part

    _change_at(schema, to_steps(pointer), note)
    return found[0] if found else None


def _change_at(node: Any, steps: Sequence[str], change: Callable[[Facts], Facts]) -> Any:
    if not steps:
        return change(dict(node)) if isinstance(node, Mapping) else node
    step, *rest = steps
    if isinstance(node, list):
        return [_change_at(part, rest, change) if str(index) == step else part for index, part in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    if step in node:
        return {**node, step: _change_at(node[step], rest, change)}
    # A part that a correction gave another type has what it was before as its first alternative.
    if first := node.get("anyOf"):
        return {**node, "anyOf": [_change_at(first[0], steps, change), *first[1:]]}
    return node


def _with_null(node: Facts, _: Any, dialect: Dialect) -> Facts:
    values = {"enum": [*node["enum"], None]} if "enum" in node and None not in node["enum"] else {}
    kinds = _types_of(node)
    if dialect == "3.0":
        return {**node, "nullable": True, **values}
    return {**node, **({"type": [*kinds, "null"]} if kinds and "null" not in kinds else {}), **values}


def _with_type(node: Facts, kind: str, dialect: Dialect) -> Facts:
    kinds = _types_of(node)
    if kind in kinds:
        return node
    if kinds == ("integer",) and kind == "number":
        return {**node, "type": kind}
    if kinds and dialect == "3.1":
        return {**node, "type": [*kinds, kind]}
    return _with_alternative(node, of_type(kind))


def _with_alternative(node: Facts, part: Facts) -> Facts:
    """OpenAPI 3.0 has one type for a schema, so a second one is an alternative."""
    keyword = next((name for name in _ALTERNATIVES if name in node), None)
    if keyword is None or "type" in node:
        outside = {name: value for name, value in node.items() if name in _OUTSIDE}
        return outside | {"anyOf": [{name: value for name, value in node.items() if name not in _OUTSIDE}, part]}
    parts = node[keyword]
    return node if part in parts else {**node, keyword: [*parts, part]}


def of_type(kind: str) -> Facts:
    """The schema of a JSON type; of null alone nothing is known."""
    if kind == "null":
        return {}
    return {"type": kind, "items": {}} if kind == "array" else {"type": kind}


def _without_required(node: Facts, name: str, _: Dialect) -> Facts:
    left = [other for other in node.get("required") or () if other != name]
    return {key: left if key == "required" else value for key, value in node.items() if key != "required" or left}


def _with_value(node: Facts, value: Any, _: Dialect) -> Facts:
    if "const" in node:
        node = {("enum" if key == "const" else key): [part] if key == "const" else part for key, part in node.items()}
    values = node.get("enum")
    return node if values is None or value in values else {**node, "enum": [*values, value]}


def _with_member(node: Facts, member: Mapping[str, str], _: Dialect) -> Facts:
    known = node.get("properties") or {}
    return {**node, "properties": {**known, **{name: of_type(kind) for name, kind in member.items() if name not in known}}}


def _without_write_only(node: Facts, _: Any, __: Dialect) -> Facts:
    return {name: value for name, value in node.items() if name != "writeOnly"}


def _with_bound(node: Facts, bounds: Mapping[str, Any], _: Dialect) -> Facts:
    wider = {name: _wider(name, node[name], bound) for name, bound in bounds.items() if name in node}
    return {name: value for name, value in {**node, **wider}.items() if value is not None}


def _wider(name: str, declared: Any, seen: Any) -> Any:
    if seen is None:
        return None
    return max(declared, seen) if name.startswith("max") else min(declared, seen)


def _with_any(node: Facts, _: Any, __: Dialect) -> Facts:
    """The schema in which a value may fit several alternatives."""
    if "anyOf" in node:
        return node
    return {("anyOf" if name == "oneOf" else name): value for name, value in node.items()}


def _types_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that a schema names."""
    kind = node.get("type")
    return (kind,) if isinstance(kind, str) else tuple(kind or ())


_CHANGES: Final[Mapping[str, Change]] = {
    "null": _with_null,
    "type": _with_type,
    "missing": _without_required,
    "value": _with_value,
    "member": _with_member,
    "shown": _without_write_only,
    "bound": _with_bound,
    "alternatives": _with_any,
}
