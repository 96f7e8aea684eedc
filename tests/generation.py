"""Values that a JSON Schema of OpenAPI accepts: drawn by a seeded generator, so the same seed gives the same values.

The texts are chosen to be awkward where they are written: spaces, slashes, delimiters, other scripts, words that
look like other types. Nothing here reads or uses the code under test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from openapi_schema_validator import OAS30WriteValidator, OAS31Validator

Schema = Mapping[str, Any]

QUERY_TEXTS = (
    "plain",
    "two words",
    "a/b",
    "a,b;c=d&e+f?g#h%25",
    "größe 漢字 😀",
    "0",
    "false",
    "null",
    "..",
    '"quoted" \\ back',
    "{braces}[brackets]<angles>|^`~",
    " edges ",
    "line\nbreak\ttab",
    "",
)
BODY_TEXTS = (*QUERY_TEXTS, "\u0000\u2028\r\n", "<script>'&amp;")
PATH_TEXTS = (*(text for text in QUERY_TEXTS if text not in {"", ".."}), "...", "a/b", "..a/b..", "%2Fa", "a:b@c", "-", "~")
HEADER_TEXTS = ("plain", "two words", "a,b;c=d", '"a-tag"', "0", "false", "!#$%&'*+.^_`|~:<>?@[]{}()/\\")

# One of these fits each pattern of the documents, as it is or repeated.
SAMPLES = (
    "a", "b2", "abc", "123", "12h", "#0aF", "/a.c/", "@", "prp_1", "challenge_1", "deny_custom_1", "deny_custom_{7}",
    "192.0.2.1", "www.example.com", "agr", "2024-01-31", "A-1", "a_1", "/a~1b/~0",
)  # fmt: skip
FORMATS = {
    "date-time": ("2024-02-29T23:59:59Z", "2024-01-31T00:00:00.123+02:00"),
    "date": ("2024-02-29",),
    "email": ("someone+tag@example.com",),
    "hostname": ("www.example.com",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "uri": ("https://example.com/a%20b?c=d&e=f#g",),
    "uri-reference": ("../a?b=c", "https://example.com/"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
    "byte": ("aGVsbG8=",),
}
TRIES = 12


@dataclass(slots=True, kw_only=True)
class Generator:
    """Draws values; `full` adds optional members as long as `nodes` lasts and the depth allows.

    Without `strict`, closed objects are taken as open: for schemas that contradict themselves.
    """

    random: Random
    dialect: str = "3.0"
    full: bool = True
    strict: bool = True
    texts: tuple[str, ...] = BODY_TEXTS
    max_depth: int = 6
    nodes: int = 250
    _left: int = field(init=False, default=0)

    def draw(self, schema: Schema) -> Any:
        """One value for a schema."""
        self._left = self.nodes
        return self._value(schema, 0)

    def _value(self, schema: Schema, depth: int) -> Any:
        self._left -= 1
        if any(schema.get(key) for key in ("oneOf", "anyOf", "allOf")):
            return self._of_alternatives(schema, depth)
        if values := [value for value in schema.get("enum", ()) if value is not None or _is_nullable(schema)]:
            return self.random.choice(values)
        if _is_nullable(schema) and depth and self.random.random() < 0.15:
            return None
        if "const" in schema:
            return schema["const"]
        return self._typed(schema, depth)

    def _typed(self, schema: Schema, depth: int) -> Any:
        match _type_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer":
                return self._integer(schema)
            case "number":
                return self._number(schema)
            case "boolean":
                return self.random.random() < 0.5
            case _:
                return self._text(schema)

    def _of_alternatives(self, schema: Schema, depth: int) -> Any:
        """A value of one alternative that the whole schema accepts; the last one tried where none is found."""
        validator = (OAS31Validator if self.dialect == "3.1" else OAS30WriteValidator)(schema)
        value: Any = None
        full, left = self.full, self._left
        for number in range(TRIES):
            self.full = full and number < TRIES // 2
            for flat in self._flattened(schema):
                self._left = left
                value = self._value(flat, depth)
                if not self.strict or validator.is_valid(value):
                    self.full = full
                    return value
        self.full = full
        return value

    def _flattened(self, schema: Schema) -> Iterator[Schema]:
        rest = {key: value for key, value in schema.items() if key not in {"oneOf", "anyOf", "allOf"}}
        for part in schema.get("allOf", ()):
            rest = self._merged(rest, part)
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        if not branches:
            yield rest
        for branch in self.random.sample(branches, len(branches)):
            yield self._merged(rest, branch)

    def _merged(self, left: Schema, right: Schema) -> dict[str, Any]:
        merged = _merged(left, right)
        for part in (left, right) if self.strict else ():
            if part.get("additionalProperties") is False:
                known = part.get("properties", {})
                merged["properties"] = {name: value for name, value in merged.get("properties", {}).items() if name in known}
                merged["additionalProperties"] = False
        return merged

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties") or {}
        required = set(schema.get("required", ()))
        least = schema.get("minProperties", 0)
        made: dict[str, Any] = {}
        for name, part in properties.items():
            if part.get("readOnly") and (self.dialect == "3.0" or name not in required):
                continue
            if name in required or len(made) < least or self._adds(depth):
                made[name] = self._value(part, depth + 1)
            if len(made) == schema.get("maxProperties"):
                break
        made |= {name: self._value({}, depth + 1) for name in sorted(required - properties.keys())}
        return made | self._additional(schema, least - len(made), depth)

    def _additional(self, schema: Schema, missing: int, depth: int) -> dict[str, Any]:
        more = schema.get("additionalProperties")
        if more is False or (missing <= 0 and (schema.get("properties") or not self._adds(depth))):
            return {}
        part = more if isinstance(more, Mapping) else {"type": "string"}
        return {f"further {number}/ü": self._value(part, depth + 1) for number in range(max(missing, 1))}

    def _adds(self, depth: int) -> bool:
        return self.full and depth < self.max_depth and self._left > 0

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        wanted = least if not self._adds(depth) else max(least, min(self.random.choice((0, 1, 1, 2, 3)), most))
        items = schema.get("items") or {}
        made: list[Any] = []
        for _ in range(wanted * TRIES):
            if len(made) == wanted:
                break
            value = self._value(items, depth + 1)
            if not schema.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def _integer(self, schema: Schema) -> int:
        low, high = _bounds(schema, 1)
        most = 2**31 - 1 if schema.get("format") == "int32" else 2**53
        near = [value for value in (0, 1, -1, 7, 2**31 - 1, 2**53) if low <= value <= min(high, most)]
        edges = [int(edge) for edge in (low, high) if abs(edge) <= most]
        return self.random.choice([*near, *near, *edges])

    def _number(self, schema: Schema) -> float:
        low, high = _bounds(schema, 0.25)
        near = [value for value in (0, 1, 1.5, -2.25, 1e21, 0.1) if low <= value <= high]
        return self.random.choice(near or [low if abs(low) < abs(high) else high])

    def _text(self, schema: Schema) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 20)
        pattern = schema.get("pattern")
        if pattern:
            return self.random.choice(_matching(pattern, least, most))
        if known := [text for text in FORMATS.get(schema.get("format", ""), ()) if least <= len(text) <= most]:
            return self.random.choice(known)
        text = self.random.choice(self.texts)
        return (text + "x" * (least - len(text)))[:most]


def _matching(pattern: str, least: int, most: int) -> list[str]:
    longer = (sample * times for sample in SAMPLES for times in (1, 2, 8, 24, 64))
    found = [text for text in longer if least <= len(text) <= most and re.search(pattern, text)]
    if not found:
        raise LookupError(f"no sample fits {pattern!r} with {least} to {most} characters: add one to SAMPLES")
    return found


def _bounds(schema: Schema, step: float) -> tuple[float, float]:
    low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = low + step if over is True else max(low, over + step) if _is_number(over) else low
    high = high - step if under is True else min(high, under - step) if _is_number(under) else high
    return low, high


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_nullable(schema: Schema) -> bool:
    return schema.get("nullable") is True or (isinstance(schema.get("type"), list) and "null" in schema["type"])


def _type_of(schema: Schema) -> str:
    declared = schema.get("type")
    kinds = [kind for kind in (declared if isinstance(declared, list) else [declared]) if kind and kind != "null"]
    implied = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return kinds[0] if kinds else implied


def _merged(left: Schema, right: Schema) -> dict[str, Any]:
    """Both schemas at once, as far as a generator needs it: all properties, all that is required."""
    merged = {**left, **right}
    for key in ("oneOf", "anyOf", "allOf"):
        if key in left and key in right:
            merged[key] = [*left[key], *right[key]]
    if "properties" in left and "properties" in right:
        shared = left["properties"].keys() & right["properties"].keys()
        both = {name: _merged(left["properties"][name], right["properties"][name]) for name in shared}
        merged["properties"] = {**left["properties"], **right["properties"], **both}
    if "required" in left and "required" in right:
        merged["required"] = [*left["required"], *right["required"]]
    return merged
