"""The state of a resource around a change: which read shows it, and what has to be the same before it is taken back. Pure.

A state is JSON: `null` of a resource that is not there, and empty where it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.outcomes.undo import UndoCall, read_undo
from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.schema import merge_alternatives
from akamai_mcp.programs.durable.expressions import NoValue, fill, take
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.request.arguments import BODY, argument_keys
from akamai_mcp.result.selection import select_part

REPLACING: Final = frozenset({"PUT", "DELETE", "PATCH"})
NOT_THERE: Final = b"null"
ABSENT: Final = "absent"
# A tag names the resource as it was when the call was made, so it would stop every call that comes after it.
PRECONDITIONS: Final = frozenset({"if-match", "if-none-match", "ifmatch", "ifnonematch"})


class Known:
    """What the documents say of operations, by key. Methods raise UnknownOperationError."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def entry(self, key: str) -> Entry:
        """The entry of an operation."""
        return self._catalogue.get(key)

    def arguments(self, call: UndoCall, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call for `values`: those of the same name of the call to take back, and its own over them."""
        known = argument_keys(self._catalogue.operation(self._catalogue.get(call.call)))
        given = values["arg"].items()
        same = {key: value for key, value in given if key in known and key.lower() not in PRECONDITIONS}
        filled: dict[str, Any] = fill(call.arguments, values)
        return {key: value for key, value in same.items() if key not in call.arguments} | filled

    def members(self, key: str) -> tuple[str, ...] | None:
        """The members of an operation's body that a caller may set; None where its document names none."""
        properties = _properties(self._body(key))
        return tuple(name for name, one in properties.items() if not _is_read_only(one)) or None

    def settable(self, key: str, value: Any) -> Any:
        """What of a resource a caller may set in the body of an operation, as far as its document says it."""
        schema = self._body(key)
        return _settable(value, {**merge_alternatives(schema), "additionalProperties": False} if _properties(schema) else {})

    def _body(self, key: str) -> Mapping[str, Any]:
        body = self._catalogue.operation(self._catalogue.get(key)).request_body
        return body.content[0].schema if body and body.content else {}

    def read_of(self, entry: Entry, values: Mapping[str, Any], customer: str | None) -> CallRequest | None:
        """The read that shows the resource of a change: that of the guide, or of the same path; None if there is none.

        Raises NoValue where it needs what is not known yet.
        """
        note = read_undo(entry.undo) if entry.undo else None
        name = self._catalogue.read_of(entry) if entry.method in REPLACING and (note is None or not note.never) else None
        call = note.read if note and note.read else UndoCall(call=name) if name else None
        if call is None:
            return None
        if any(isinstance(one, str) and one.startswith("=answer") for one in call.arguments.values()) and not values["answer"]:
            raise NoValue(BODY)
        return CallRequest(name=call.call, arguments=self.arguments(call, values), customer=customer, check=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must hold at the moment of a change: a part of what a read shows has one of the digests.

    The part is a JMESPath expression, or those `members` of an object, or all of it.
    """

    call: str
    arguments: Mapping[str, Any] = field(repr=False)
    digests: tuple[str, ...]
    expression: str = ""
    members: tuple[str, ...] | None = None

    def holds(self, state: bytes) -> bool:
        """True of a state that is known and has one of the digests."""
        found = self.digest(state) if state else ""
        return bool(found) and found in self.digests

    def digest(self, state: bytes) -> str:
        """The digest of the part of a state; empty if it does not have the form that the part is about."""
        value = orjson.loads(state)
        try:
            return ABSENT if value is None else digest_of(self.part(value))
        except ArgumentError:
            return ""

    def part(self, value: Any) -> Any:
        """The part of a resource that counts."""
        if self.expression:
            return select_part(self.expression, value)
        return take(value, self.members) or value  # without any of the members all of it counts, so that nothing passes unseen

    def read(self, customer: str | None) -> CallRequest:
        """The read that shows the resource."""
        return CallRequest(name=self.call, arguments=self.arguments, customer=customer, check=False)

    def as_json(self) -> dict[str, Any]:
        """The condition as a program hands it on."""
        part = {"expression": self.expression} if self.expression else {"members": list(self.members)} if self.members else {}
        return {"call": self.call, "arguments": dict(self.arguments), "digests": list(self.digests)} | part


def _settable(value: Any, schema: Any) -> Any:
    if isinstance(value, list):
        items = schema.get("items") if isinstance(schema, Mapping) else None
        return [_settable(one, items or {}) for one in value]
    if not isinstance(value, Mapping):
        return value
    known = _properties(schema)
    is_closed = bool(known) and schema.get("additionalProperties") is False
    return {
        name: _settable(member, known.get(name, {}))
        for name, member in value.items()
        if member is not None and not _is_read_only(known.get(name)) and (name in known or not is_closed)
    }


def _properties(schema: Any) -> Mapping[str, Any]:
    found = merge_alternatives(schema).get("properties") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _is_read_only(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("readOnly") is True


def body_of(value: Any, request: CallRequest) -> Any:
    """The body of the answer to a call: with `check=False` a program gets the whole answer."""
    return value if request.check or not isinstance(value, Mapping) else value.get("body")


def digest_of(value: Any) -> str:
    """What tells a value from another, whatever the order of its members."""
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


def read_condition(facts: Mapping[str, Any]) -> Condition | None:
    """What `Condition.as_json` wrote; None if it is anything else."""
    members = facts.get("members")
    texts = (facts.get("call"), facts.get("expression", ""))
    lists = (facts.get("digests"), [] if members is None else members)
    if not all(isinstance(one, str) for one in texts) or not isinstance(facts.get("arguments"), Mapping):
        return None
    if not all(isinstance(one, list) and all(isinstance(text, str) for text in one) for one in lists):
        return None
    return Condition(
        call=facts["call"],
        arguments=facts["arguments"],
        digests=tuple(facts["digests"]),
        expression=facts.get("expression", ""),
        members=None if members is None else tuple(members),
    )
