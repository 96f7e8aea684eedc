"""JSON Schema validators whose work is bounded: linear patterns, linear `uniqueItems`, and a limit on time and on keywords.

Python's `re` takes exponential time for `^(a+)+$`, and jsonschema compares every pair of items for `uniqueItems`. A pattern that
RE2 does not have, and a keyword whose value means nothing, are not judged, since Akamai judges it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Any, Final

import orjson
from cachetools import LRUCache, cached
from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, OAS31Validator

from akamai_mcp.openapi.patterns import compile_pattern

MAX_SECONDS: Final = 0.5  # of processor time for one call; the arguments of a large property take a tenth
MAX_NAMED: Final = 5
DIGEST_BYTES: Final = 16
# What RE2 may take for a pattern, by the first that is enough to compile it, and for all that are kept: it keeps the states that
# a text has led to.
PATTERN_MEMORY: Final = (256 * 1024, 4 * 1024 * 1024)
ALL_PATTERNS_MEMORY: Final = 32 * 1024 * 1024
# What jsonschema raises for `type: [object]` in a document of OpenAPI 3.0, `minimum: "1"`, `properties: []`.
MEANINGLESS: Final = (TypeError, AttributeError, UnknownType)
Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class ComparisonTooLong(Exception):
    """The comparison of a call with its schemas exceeded its time."""


_deadline: ContextVar[float | None] = ContextVar("_deadline", default=None)


@contextmanager
def time_limit(seconds: float = MAX_SECONDS) -> Iterator[None]:
    """Limit the processor time of the validators inside the block, which then raise ComparisonTooLong."""
    token = _deadline.set(time.thread_time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _bounded(keyword: Keyword) -> Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        deadline = _deadline.get()
        if deadline is not None and time.thread_time() > deadline:
            raise ComparisonTooLong
        with suppress(*MEANINGLESS):
            yield from keyword(validator, value, instance, schema) or ()

    return check


def _pattern(validator: Any, pattern: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern[:80]!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for pattern, subschema in patterns.items():
            for name, value in instance.items():
                if matches(pattern, name, unknown=False):
                    yield from validator.descend(value, subschema, path=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """A pattern, None if RE2 does not have it, and the bytes that it may take."""

    regex: Any
    memory: int


def matches(pattern: str, text: str, *, unknown: bool = True) -> bool:
    """Whether a pattern matches anywhere in a text; `unknown` if RE2 does not have the pattern."""
    regex = _compile(pattern).regex
    return unknown if regex is None else regex.search(text) is not None


@cached(LRUCache(ALL_PATTERNS_MEMORY, getsizeof=lambda compiled: compiled.memory), lock=Lock())
def _compile(pattern: str) -> _Compiled:
    for memory in PATTERN_MEMORY:
        with suppress(ValueError):
            return _Compiled(regex=compile_pattern(pattern, memory=memory), memory=memory)
    return _Compiled(regex=None, memory=len(pattern) + PATTERN_MEMORY[0])


def _unique_items(validator: Any, wanted: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if wanted is True and validator.is_type(instance, "array") and len(instance) != len(set(map(_digest, instance))):
        yield ValidationError(f"the {len(instance)} items are not unique")


def _digest(value: Any) -> bytes:
    """The same for equal values only; kept for each of many items, where their JSON takes 4 KiB each until it is freed."""
    return blake2b(_canonical(value), digest_size=DIGEST_BYTES).digest()


def _canonical(value: Any) -> bytes:
    """A value as JSON in which equal values are equal: 1 is 1.0 (JSON Schema 2020-12, section 4.2.2), true is not 1."""
    value = _with_integers(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(value, sort_keys=True).encode()


def _with_integers(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_integers(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _with_integers(one) for name, one in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    declared, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [name for name in instance if name not in declared and not any(matches(pattern, name) for pattern in patterns)]
    if isinstance(allowed, Mapping):
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)
    elif not allowed and extra:
        named = ", ".join(repr(name[:80]) for name in extra[:MAX_NAMED])
        verb = "was" if len(extra) == 1 else "were"
        yield ValidationError(f"Additional properties are not allowed ({named} {verb} unexpected)")


def _bound(base: Any) -> Any:
    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "uniqueItems": _unique_items,
        "additionalProperties": _additional_properties,
    }
    bound = extend(base, {name: _bounded(keyword) for name, keyword in {**base.VALIDATORS, **own}.items()})
    # jsonschema's unevaluatedProperties matches names by `re`; without a bound it is better not judged.
    for name in ("unevaluatedProperties", "unevaluatedItems"):
        bound.VALIDATORS.pop(name, None)
    evolve = bound.evolve

    def evolve_bounded(self: Any, **changes: Any) -> Any:
        """As jsonschema's, which leaves the bounds where a part of the schema has `$schema`."""
        schema = changes.get("schema")
        if isinstance(schema, Mapping) and "$schema" in schema:
            changes["schema"] = {name: part for name, part in schema.items() if name != "$schema"}
        return evolve(self, **changes)

    bound.evolve = evolve_bounded
    return bound


BoundedOAS30: Final = _bound(OAS30WriteValidator)
BoundedOAS31: Final = _bound(OAS31Validator)
# For what an API answers: there `writeOnly` members are those that must not be.
BoundedAnswer30: Final = _bound(OAS30ReadValidator)
BoundedAnswer31: Final = BoundedOAS31
