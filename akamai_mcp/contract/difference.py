"""Where an answer differs from its schema, said without a value of the answer: it may be anybody's secret. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import clean

MAX_PLACE: Final = 200  # characters
MAX_TEXT: Final = 200
MAX_NAMED: Final = 5
ALTERNATIVES: Final = frozenset({"oneOf", "anyOf", "not"})
_FIELD: Final = re.compile(r"[A-Za-z_]\w{0,40}\Z", re.ASCII)
# Schema keywords below which a member of the data is looked at, by whether the member's name is a name of the schema.
_DATA: Final = ("items", "prefixItems", "additionalProperties", "patternProperties")
_DESCENDS: Final = {"properties": True} | dict.fromkeys(_DATA, False)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as far as a document says something about it."""

    operation: Operation
    key: str
    status: int
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One kind of difference: the operation's key, the place in its answer, what is different there."""

    operation: str
    place: str
    text: str


def schema_differences(error: Any, operation: str) -> Iterator[Difference]:
    """The differences that an error of jsonschema stands for."""
    for one in _causes(error):
        place = to_place(one.absolute_path, one.absolute_schema_path)
        for suffix, text in _texts(one):
            yield Difference(operation=operation, place=clean(place + suffix, MAX_PLACE), text=clean(text, MAX_TEXT))


def _causes(error: Any) -> Iterator[Any]:
    """The error, or where only one alternative has the value's type, what is wrong with that one."""
    fitting = [errors for errors in _branches(error) if not any(map(_is_of_root, errors))]
    if len(fitting) != 1:
        yield error
    else:
        yield from (cause for one in fitting[0] for cause in _causes(one))


def _branches(error: Any) -> list[list[Any]]:
    """The errors of each alternative of an error; none where it has no alternatives."""
    found: dict[int, list[Any]] = {}
    for one in error.context if error.validator in ALTERNATIVES else ():
        found.setdefault(one.schema_path[0], []).append(one)
    return list(found.values())


def _is_of_root(error: Any) -> bool:
    """Whether the alternative itself, and not a member of it, is of another type."""
    return error.validator == "type" and not error.path


def to_place(path: Iterable[Any], schema_path: Iterable[Any]) -> str:
    """A path in an answer with `[]` for members of lists and `*` for names that are data, such as those of hosts."""
    parts, place = iter(path), "body"
    keywords = iter(schema_path)
    for keyword in keywords:
        if keyword in _DESCENDS and (part := next(parts, None)) is not None:
            place += "[]" if isinstance(part, int) else f".{part}" if _DESCENDS[keyword] else ".*"
        if keyword == "properties":  # the next part is a name of the schema, which may be called as a keyword is
            next(keywords, None)
    return place


def _texts(error: Any) -> Iterator[tuple[str, str]]:
    """(suffix of the place, text) of each difference in an error."""
    match error.validator:
        case "type":
            yield "", f"is {kind_of(error.instance)}, declared as {_kinds(error.validator_value, error.schema)}"
        case "required":
            name = re.match(r"'(.*)' is a required", error.message)
            yield f".{name[1]}" if name else "", "is missing, declared as required"
        case "enum" | "const":
            yield "", "has a value that is not among the declared ones"
        case "additionalProperties":
            names = _undeclared(error.instance, error.schema)
            yield "", "has undeclared properties" + (f": {', '.join(names)}" if names else "")
        case "writeOnly":
            yield "", "is in an answer, declared as write-only"
        case keyword if keyword in ALTERNATIVES and (kinds := _alternative_kinds(error)):
            yield "", f"is {kind_of(error.instance)}, declared as {' or '.join(kinds)}"
        case keyword if keyword in ALTERNATIVES:
            yield "", f"fits none or too many of the declared alternatives ({keyword})"
        case keyword if error.validator_value is not None and not isinstance(error.validator_value, (dict, list)):
            yield "", f"is beyond the declared {keyword} {error.validator_value}"
        case keyword:
            yield "", f"is not as {keyword} declares it"


def _alternative_kinds(error: Any) -> list[str]:
    """The types of the alternatives, where the value is of none of them."""
    wrong = [next(filter(_is_of_root, errors), None) for errors in _branches(error)]
    kinds = [_kinds(one.validator_value, one.schema) for one in wrong if one is not None]
    return list(dict.fromkeys(kinds)) if len(kinds) == len(wrong) else []


def _undeclared(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of fields that the schema has not. Where it declares none, names are data, and so is what looks like no name."""
    declared = schema.get("properties") or {}
    return [name for name in instance if declared and name not in declared and _FIELD.match(name)][:MAX_NAMED]


def _kinds(declared: Any, schema: Mapping[str, Any]) -> str:
    kinds = [*declared] if isinstance(declared, list) else [declared]
    return " or ".join([*map(str, kinds), *(["null"] if schema.get("nullable") else [])])


def kind_of(value: Any) -> str:
    """The JSON type of a value."""
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
