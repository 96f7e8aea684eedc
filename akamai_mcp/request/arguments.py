"""Sort a call's arguments by parameter location, and refuse what cannot be sent.

Values are read as the types that are declared for them (`reading`), before anything else is decided by them.
Missing path values, unknown arguments and undeclared headers are refused by name. Everything else is sent:
`validation` reports whether a value matches its schema, but only strict mode refuses it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any, Final

from akamai_mcp.errors import ArgumentError, BodyError
from akamai_mcp.media_types import is_never_text
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import Location, Operation, Parameter
from akamai_mcp.request.control_names import CONTROL_NAMES
from akamai_mcp.request.reading import read_whole
from akamai_mcp.request.serialization import to_text

BODY: Final = "body"
ACCOUNT_SWITCH_KEY: Final = "accountSwitchKey"
HEADER_ARGUMENTS: Final[Mapping[str, str]] = {
    "accept": "accept",
    "contentType": "content-type",
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
}
RESERVED_ARGUMENTS: Final = frozenset({BODY, *HEADER_ARGUMENTS, *CONTROL_NAMES})
STANDARD_HEADERS: Final = frozenset({"accept", "content-type", "if-match", "if-none-match", "prefer", "x-request-id"})
BEYOND: Final = "A query parameter that no document has can be sent with akamai_raw_request."
MAX_HINT: Final = 900  # characters
MAX_KEY: Final = 64
MAX_HEADER: Final = 8 * 1024
MAX_NAMES: Final = 1000  # arguments per location; no operation declares a tenth of that
# Empty, or visible ASCII with spaces and tabs inside only: a line break would start another header.
_HEADER_VALUE: Final = re.compile(r"(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?\Z")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


class Absent:
    """The type of ABSENT, a body that was not given. Null counts as absent too; to send JSON null, give the text `null`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A call's arguments by parameter location, kept out of `repr`; `extra_query` holds undeclared query parameters.

    `adjusted` has the values that were changed so that they fit the operation, by their argument.
    """

    path: Mapping[str, Any] = field(default_factory=dict, repr=False)
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    header: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cookie: Mapping[str, Any] = field(default_factory=dict, repr=False)
    standard_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    extra_query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    body: Any = field(default=ABSENT, repr=False)
    adjusted: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def content_type(self) -> str | None:
        """The Content-Type among the arguments, or None."""
        declared = next((to_text(value) for name, value in self.header.items() if name.lower() == "content-type"), None)
        return self.standard_headers.get("content-type") or declared

    def located(self) -> dict[str, Any]:
        """Every value by its location, as plain JSON; two calls are the same if these are equal."""
        located: dict[str, Any] = {
            "path": dict(self.path),
            "query": {**self.query},
            "extraQuery": {**self.extra_query},
            "header": {**self.header},
            "standardHeader": {**self.standard_headers},
            "cookie": {**self.cookie},
        }
        return located | ({BODY: self.body} if self.body is not ABSENT else {})

    def flat(self) -> dict[str, Any]:
        """Every value by its own name, and the body as `body`; the effect of a call is decided on these."""
        values = {**self.extra_query, **self.cookie, **self.header, **self.query, **self.path}
        return values | ({BODY: self.body} if self.body is not ABSENT else {})


def argument_keys(operation: Operation) -> dict[str, Parameter]:
    """The parameters of an operation by their argument keys.

    A key is the wire name in `[a-zA-Z0-9_.-]`, at most 64 characters. One that is reserved (`body`, a header argument, a
    control) or that another parameter already has gets its location appended: `dryRun` becomes `dryRun_query`.
    """
    keys: dict[str, Parameter] = {}
    for parameter in operation.parameters:
        if parameter.name != ACCOUNT_SWITCH_KEY:
            keys[_free_key(parameter, keys)] = parameter
    return keys


def _free_key(parameter: Parameter, taken: Container[str]) -> str:
    key = sanitize_key(parameter.name)
    if key not in RESERVED_ARGUMENTS and key not in taken:
        return key
    # A control would otherwise swallow the parameter, or one parameter the other.
    key = sanitize_key(f"{parameter.name}_{parameter.location}")
    # Two names of more than 64 characters may begin alike; without a number the second would replace the first.
    numbered = (f"{key[: MAX_KEY - 3]}_{number}" for number in count(2))
    return next(free for free in chain([key], numbered) if free not in taken)


def sanitize_key(name: str) -> str:
    """The name as a property key that every MCP client accepts."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "_", name)[:MAX_KEY] or "_"


def place(operation: Operation, arguments: Mapping[str, Any]) -> Placed:
    """Sort the flat arguments of an operation's own tool by location. Raises ArgumentError."""
    keys = argument_keys(operation)
    by_name = {parameter.name: parameter for parameter in keys.values()}
    known = {**by_name, **keys}
    allowed = {BODY} if operation.request_body else set()
    present = _present(arguments)
    _refuse_unknown(operation, present, known.keys() | allowed | HEADER_ARGUMENTS.keys())
    found: dict[Location, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for key, value in present.items():
        if key in known:
            found[known[key].location][known[key].name] = value
    headers = {
        HEADER_ARGUMENTS[key]: to_text(value) for key, value in present.items() if key in HEADER_ARGUMENTS and key not in known
    }
    return _refuse_text(operation, _complete(operation, found, headers, {}, present.get(BODY, ABSENT)))


def place_raw(
    operation: Operation,
    *,
    path: Mapping[str, Any],
    query: Mapping[str, Any],
    headers: Mapping[str, Any],
    body: Any = ABSENT,
) -> Placed:
    """Check arguments that are already sorted by location. Raises ArgumentError.

    Undeclared query parameters are sent unchanged; headers must be declared or in STANDARD_HEADERS.
    """
    declared = {location: {p.name: p for p in operation.parameters_in(location)} for location in ("path", "query", "header")}
    _refuse_unknown(operation, path, declared["path"].keys(), what="path parameter")
    # Undeclared query parameters are sent unchanged, so this one must be refused here.
    for name in query:
        refuse_account_key(name)
    found: dict[Location, dict[str, Any]] = {"path": _present(path), "query": {}, "header": {}, "cookie": {}}
    extra: dict[str, Any] = {}
    for name, value in _present(query).items():
        (found["query"] if name in declared["query"] else extra)[name] = value
    standard = _sort_headers(operation, headers, declared["header"], found["header"])
    return _complete(operation, found, standard, extra, ABSENT if body is None else body)


def refuse_account_key(name: str) -> None:
    """Refuse the query parameter `accountSwitchKey` in any case. Raises ArgumentError."""
    if name.casefold() == ACCOUNT_SWITCH_KEY.casefold():
        raise ArgumentError(
            "accountSwitchKey is a setting of the customer and cannot be an argument.",
            advice="Choose the account with `customer`; akamai_list_customers lists the customers.",
        )


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    if len(values) > MAX_NAMES:
        raise ArgumentError(
            f"The call has {len(values)} arguments; the limit is {MAX_NAMES}.", advice="Send only the operation's own arguments."
        )
    return {name: value for name, value in values.items() if value is not None}


def _sort_headers(
    operation: Operation, headers: Mapping[str, Any], declared: Mapping[str, Parameter], found: dict[str, Any]
) -> dict[str, str]:
    """Add the declared headers to `found` and return the standard ones; a declared `X-Meta-*` matches any suffix."""
    names = {name.lower(): name for name in declared}
    standard: dict[str, str] = {}
    for name, value in _present(headers).items():
        lower = name.lower()
        wildcard = next((n for n in declared if n.endswith("*") and lower.startswith(n[:-1].lower())), None)
        if lower in names:
            found[names[lower]] = value
        elif lower in STANDARD_HEADERS:
            standard[lower] = to_text(value)
        elif wildcard:
            found.setdefault(wildcard, {})[name[len(wildcard) - 1 :]] = value
        else:
            allowed = ", ".join([*declared, *sorted(STANDARD_HEADERS)])
            raise ArgumentError(
                f"{operation.key} does not take the header {name[:80]!r}.",
                advice=f"Allowed headers: {allowed}."[:MAX_HINT],
            )
    return standard


def _complete(
    operation: Operation, found: Mapping[Location, dict[str, Any]], headers: dict[str, str], extra: dict[str, Any], body: Any
) -> Placed:
    found = {location: _read(operation, location, values) for location, values in found.items()}
    _require_path(operation, found["path"])
    present = {name.lower() for name in found["header"]}
    for parameter in operation.parameters_in("header"):
        if parameter.default is not None and parameter.name.lower() not in present:
            found["header"][parameter.name] = parameter.default
    for name, value in headers.items():
        check_header(name, value)
    placed = Placed(
        path=found["path"],
        query=found["query"],
        header=found["header"],
        cookie=found["cookie"],
        standard_headers=headers,
        extra_query=extra,
        body=body,
    )
    return replace(placed, body=_read_body(operation, placed))


def _read(operation: Operation, location: Location, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of declared parameters as their types; `X-Meta-*` has its values by suffix."""
    schemas = {p.name: p.schema for p in operation.parameters_in(location) if not p.name.endswith("*")}
    return _present({name: read_whole(value, schemas[name]) if name in schemas else value for name, value in values.items()})


def _read_body(operation: Operation, placed: Placed) -> Any:
    if placed.body is ABSENT or operation.request_body is None:
        return {} if placed.body is ABSENT and operation.empty_body else placed.body
    if isinstance(placed.body, str) and placed.body.strip() == "null":
        return placed.body  # the way to send JSON null, since null itself counts as absent
    body = read_whole(placed.body, media_type_of(operation, placed).schema)
    return ABSENT if body is None else body


def _refuse_text(operation: Operation, placed: Placed) -> Placed:
    """Refuse text for an archive or the like, unless the call itself names the media type. Raises BodyError."""
    name = media_type_of(operation, placed).name
    if isinstance(placed.body, str) and placed.content_type is None and is_never_text(name):
        raise BodyError(
            f"A body of {name} is binary, and text is none.",
            advice='Send {"base64": "..."} with the encoded bytes, or {"file": "path in the files folder"}.',
        )
    return placed


def _require_path(operation: Operation, path: Mapping[str, Any]) -> None:
    missing = [p.name for p in operation.parameters_in("path") if path.get(p.name) is None]
    if missing:
        raise ArgumentError(
            f"{operation.key} needs {', '.join(missing)} for its path {operation.path}.",
            advice=f"Add {missing[0]!r}; akamai_describe_operation says which operation lists its values.",
        )


def _refuse_unknown(operation: Operation, arguments: Mapping[str, Any], known: Iterable[str], what: str = "argument") -> None:
    names = sorted(known)
    for key in arguments:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=3, cutoff=0.5)
            hint = f"Did you mean {', '.join(near)}?" if near else f"It takes: {', '.join(names) or 'none'}."
            beyond = f" {BEYOND}" if what == "argument" else ""
            raise ArgumentError(f"{operation.key} has no {what} {key[:80]!r}.", advice=hint[:MAX_HINT] + beyond)


def check_header(name: str, value: str) -> None:
    """Refuse a header that is not one line of visible ASCII (RFC 9110 sections 5.1 and 5.5). Raises ArgumentError."""
    if not _HEADER_NAME.match(name) or not _HEADER_VALUE.match(value) or len(value) > MAX_HEADER:
        raise ArgumentError(
            f"The header {name[:80]!r} has an invalid name or value, or is larger than 8 KiB.",
            advice="Use visible ASCII characters on one line.",
        )
