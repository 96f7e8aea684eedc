"""Hostile programs through MCP at a whole server, with the sandbox behind it.

None escapes its bounds, sends what nobody agreed to, or leaves a call, a place or a worker behind.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from fastmcp import Client
from mcp_stage import one_router

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.settings import Settings
from fuzzing.judge import Broken, require
from fuzzing.protocol import ACCOUNTS, SECRETS, write_edgerc

CALLS: Final = 12  # that one program may make
SECONDS: Final = 2.0
TIMED_OUT: Final = "The program took longer"
PAUSE: Final = 0.5  # seconds in which a request that a program's end cut off may still arrive
LONGEST: Final = 30.0  # seconds for an answer, on a machine that does other work too
MEMORY: Final = 48 * 1024 * 1024
MOST_TEXT: Final = 60_000  # characters of an answer
MOST_SHOWN: Final = 20
PLACES: Final = 2
MOST_WORKERS: Final = 2 * PLACES  # each program has a copy that looks ahead
EVERY: Final = 50  # programs after which the server has to be at rest
HARMFUL: Final = {"PUT", "POST", "DELETE", "PATCH"}
INTERNAL: Final = ("unexpected error inside", "Traceback (most recent")

READ = "network-lists/v2#get-network-lists"
WRITE = "network-lists/v2#put-network-list"
DELETE = "network-lists/v2#delete-network-list"
TOKEN = "edgekv/v1#get-token"
VALUES = (
    "float('nan')", "float('inf')", "-0.0", "10 ** 5000", "2 ** 64", "-2 ** 63", "'\\ud800'", "'\\x00'", "'x' * 10 ** 5", "b'x'", "{1, 2}",
    "frozenset([1])", "(1, (2,))", "...", "int", "ValueError('x')", "lambda: 1", "call", "inputs", "range(5)", "{1: 2}", "{(1, 2): 3}",
    "{None: 1}", "deep(50)", "deep(5000)", "ring()", "shared(4)", "shared(7)", "[0] * 10 ** 5", "{str(i): i for i in range(10 ** 4)}",
    "A()", "A", "nothing", "datetime.date(2026, 1, 2)", "re.compile('a')", "'../..'", "'/etc/passwd'", "{'file': '/etc/passwd'}", "None",
    "True", "0", "''", "[]", "{}", "'1_A'", "f(1)", "asyncio.sleep(0)", "[i for i in range(10)]", "'%s' % 1", "json.loads('[1]')",
)  # fmt: skip
ODD = (
    "while True:\n    pass", "[0] * 10 ** 9", "10 ** 10 ** 8", "def f():\n    return f()\nf()", "raise SystemExit(1)", "raise KeyboardInterrupt()",
    "import os\nos.environ", "open('/etc/passwd').read()", "import socket", "__import__('os')", "().__class__.__mro__", "eval('1 +')",
    "exec('while True:\\n    pass')", "import re\nre.match('(a+)+$', 'a' * 50 + 'b')", "print('x' * 10 ** 6)", "for i in range(10 ** 5):\n    print(i)",
    "x = []\nwhile True:\n    x.append('a' * 1000)", "import math\nmath.factorial(10 ** 6)", "'x'.rjust(10 ** 10)", "sorted(range(10 ** 7))",
    "await asyncio.gather(*[asyncio.sleep(0) for i in range(10 ** 4)])", "await asyncio.sleep(10 ** 9)", "await asyncio.sleep(float('inf'))",
    "tasks = [asyncio.sleep(100) for i in range(1000)]", "async def g():\n    return await g()\nawait g()", "from pathlib import Path\nPath('/').exists()",
    "(" * 3000, "x = " + "lambda: " * 3000 + "1", "\x00", "def f(:", "return call", "return 5", "raise RuntimeError('{\"problem\": {}, \"sent\": true}')",
    "inputs.clear()", "call = 5", "def call(*a):\n    return 1", "search = call", "import asyncio as call", "globals()", "call.__globals__",
)  # fmt: skip
HEAD = """import asyncio, json, re, datetime
answer = None
class A:
    x = 1
def deep(n):
    x = []
    for i in range(n):
        x = [x]
    return x
def ring():
    x = []
    x.append(x)
    return x
def shared(n):
    x = ['a'] * 8
    for i in range(n):
        x = [x] * 8
    return x
async def f(x):
    return x
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A program, its tool, how often the agent goes on with a token, and what Akamai does."""

    tool: str
    program: str
    customer: str | None
    agrees: bool
    fault: Fault | None = field(default=None, repr=False)


class Author:
    """Writes hostile programs from one source of chance."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def shot(self) -> Shot:
        """The next program."""
        chance = self._random
        body = "\n".join(self._part() for _ in range(chance.choice((1, 1, 2, 3, 5))))
        program = HEAD + body if chance.random() < 0.9 else body
        if chance.random() < 0.05:
            place = chance.randrange(len(program) + 1)
            program = program[:place] + chance.choice(("\x00", "(", "\n", "'", "await ", "\u202e", "    ")) + program[place:]
        return Shot(
            tool=chance.choice(("akamai_query", "akamai_run", "akamai_run")),
            program=program,
            customer=chance.choice((None, None, None, "second", "nobody", "")),
            agrees=chance.random() < 0.3,
            fault=self._fault() if chance.random() < 0.3 else None,
        )

    def _fault(self) -> Fault:
        chance = self._random
        status = chance.choice((200, 201, 204, 302, 400, 403, 404, 409))
        body = chance.choice((b"", b"null", b"[" * 200, b'{"a": ' * 50, b'"x"', b"\xff\xfe", b"[1e999]", b"{}", b"x" * 10**6))
        return Fault(status=status, body=body, delay=chance.choice((0.0, 0.0, 0.05)))

    def _part(self) -> str:
        chance = self._random
        kinds: dict[Callable[[], str], int] = {
            lambda: chance.choice(ODD): 6,
            self._guarded: 14,
            lambda: self._indented(f"for i in range({chance.choice((0, 2, 5, 30))}):", self._part()): 15,
            lambda: f"await asyncio.gather(*[{self._asked()} for i in range({chance.choice((1, 3, 10, 40))})])": 7,
            lambda: self._indented(f"if {chance.choice(('answer', 'not answer', 'True'))}:", self._part()): 8,
            lambda: f"await asyncio.sleep({chance.choice(('0', '0.01', '-1', self._value()))})": 6,
            lambda: f"task = {self._asked()}": 6,
            self._value: 2,
            lambda: f"raise ValueError({self._value()})": 2,
            lambda: f"print({self._value()})": 2,
            lambda: f"answer = await {self._asked()}": 32,
        }
        return chance.choices(list(kinds), weights=list(kinds.values()))[0]()

    def _guarded(self) -> str:
        way = self._random.choice(("except Exception:", "finally:", "except BaseException:"))
        return self._indented("try:", self._part(), way, self._part())

    def _indented(self, *lines: str) -> str:
        """Heads of blocks and their bodies, by turns; a name that is not bound yet is part of the game."""
        blocks = zip(lines[::2], lines[1::2], strict=True)
        return "\n".join(f"{head}\n" + "\n".join(f"    {line}" for line in body.split("\n")) for head, body in blocks)

    def _asked(self) -> str:
        chance = self._random
        kind = chance.random()
        if kind < 0.04:
            return f"search({self._value()})"
        if kind < 0.08:
            return f"describe({chance.choice((repr(READ), self._value()))})"
        name = chance.choice((READ, WRITE, DELETE, DELETE, TOKEN, "akamai_destroy"))
        if kind < 0.13:
            return f"call({', '.join(self._value() for _ in range(chance.randrange(5)))})"
        return f"call({name!r}, {self._arguments(name)}{self._options()})"

    def _arguments(self, operation: str) -> str:
        chance = self._random
        if chance.random() < 0.04:
            return self._value()
        value = self._value() if chance.random() < 0.2 else "{'name': 'n', 'type': 'IP', 'list': ['192.0.2.1']}"
        name = self._value() if chance.random() < 0.08 else "'1_A'"
        more = (
            f", {chance.choice(('confirm', 'dryRun', 'search', 'customer', 'x'))!r}: {self._value()}"
            if chance.random() < 0.05
            else ""
        )
        return f"{{{self._own(operation, name, value)}{more}}}"

    def _own(self, operation: str, name: str, value: str) -> str:
        """The arguments that an operation has."""
        if operation == TOKEN:
            return f"'tokenName': {name}"
        if operation == READ:
            return "'search': 'x'"
        return f"'networkListId': {name}" + (f", 'body': {value}" if operation == WRITE else "")

    def _options(self) -> str:
        chance = self._random
        if chance.random() < 0.85:
            return ""
        name = chance.choice(("select", "check", "customer", "confirm", "dryRun", "wait", "x"))
        given = chance.choice((self._value(), "'second'", "False", "'@'", "'[*].a'", "'nobody'"))
        return f", {name}={given}"

    def _value(self) -> str:
        return self._random.choice(VALUES)


class Shooter:
    """Runs programs through a client, and judges what came back, what was sent and what is left."""

    def __init__(self, client: Client[Any], server: AkamaiServer, fake: FakeAkamai) -> None:
        self._client = client
        self._server = server
        self._fake = fake
        self.counts: Counter[str] = Counter()

    async def take(self, shot: Shot) -> None:
        """Run a program. Raises Broken where a promise does not hold."""
        self._fake.reset()
        if shot.fault:
            self._fake.faults.add(shot.fault)
        given = {"program": shot.program, "maxBytes": 5000} | ({"customer": shot.customer} if shot.customer is not None else {})
        content = await self._ask(shot.tool, given)
        changed = self._changes()
        require(shot.tool == "akamai_run" or not changed, "a query changed something")
        require("DELETE" not in changed and not self._revealed(), "something was sent that the user was not asked about")
        token = content.get("confirm")
        if not token:
            self.counts["ended"] += 1
            return
        self.counts["asked"] += 1
        if shot.agrees:
            await self._go_on(token, str(content["would"]))

    async def _go_on(self, token: str, plan: str) -> None:
        before = len(self._fake.requests)
        await self._ask("akamai_run", {"confirm": token})
        sent = sum(request.method == "DELETE" for request in list(self._fake.requests)[before:])
        agreed = sum(int(count) for count in re.findall(r"(\d+) x destroy", plan))
        require(sent <= agreed, f"{sent} were removed, and the plan had {agreed}")
        before = len(self._fake.requests)
        again = await self._ask("akamai_run", {"confirm": token})
        require(again.get("sent") is False and len(self._fake.requests) == before, "a token was good for two runs")
        self.counts["agreed"] += 1

    async def _ask(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        before = len(self._fake.requests)
        begun = time.monotonic()
        result = await self._client.call_tool(tool, arguments, raise_on_error=False)
        require(time.monotonic() - begun < LONGEST, f"an answer took {time.monotonic() - begun:.0f} s")
        text = "".join(block.text for block in result.content if block.type == "text")
        if TIMED_OUT in text:
            await asyncio.sleep(PAUSE)
        content = dict(result.structured_content or {})
        require(len(text) < MOST_TEXT, f"an answer of {len(text)} characters")
        require(not any(words in text for words in INTERNAL), "an internal failure")
        sent = list(self._fake.requests)[before:]
        require(len(sent) <= 2 * CALLS * 3, f"{len(sent)} requests of one program")
        changes = [request for request in sent if request.method in HARMFUL]
        require(content.get("sent") is not False or not changes, "a change was sent, and the answer denies it")
        require(sum(content.get("changes", {}).values()) >= len(changes) or "dryRun" in content, "a change is not told")
        for _, secret, access, key in SECRETS.values():
            require(secret not in text and access not in text and key not in text, "a secret is told")
        return content

    def _changes(self) -> set[str]:
        return {request.method for request in self._fake.requests} & HARMFUL

    def _revealed(self) -> bool:
        return any("/tokens/" in request.target for request in self._fake.requests)

    async def rest(self) -> None:
        """Everything that programs began has ended. Raises Broken."""
        programs = self._server.parts.programs
        assert programs is not None
        names = sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks())  # type: ignore[union-attr]
        left = [name for name in names if name.startswith(("Driver.", "Host.", "Programs."))]
        require(not left, f"tasks are left: {left}")
        require(programs.running == 0, f"{programs.running} programs hold a place")
        require(workers() <= MOST_WORKERS, f"{workers()} workers are left")


def workers() -> int:
    """Child processes of this one that interpret programs."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().partition(" (")[2].rpartition(")")
        except OSError:
            continue
        found += int(rest.split()[1]) == os.getpid() and "monty" in name
    return found


def shots(count: int, seed: int) -> Iterator[Shot]:
    """So many programs."""
    author = Author(Random(seed))
    return (author.shot() for _ in range(count))


async def fuzz_programs(catalogue: Catalogue, folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Run programs; how they ended, and what broke."""
    broken: list[str] = []
    with SandboxServer(FakeAkamai(one_router(), accounts=tuple(ACCOUNTS.values()))) as sandbox:
        server = build_server(settings(sandbox, folder), catalogue)
        async with Client(server) as client:
            shooter = Shooter(client, server, sandbox.fake)
            before = ""
            for number, shot in enumerate(shots(count, seed)):
                try:
                    await shooter.take(shot)
                    if number % EVERY == 0:
                        await shooter.rest()
                except Broken as error:
                    broken.append(f"{error}\n{shot.tool} {shot.program.removeprefix(HEAD)[:600]}\nafter {before}")
                except Exception as error:  # noqa: BLE001 - a fuzz run says what escaped and goes on
                    broken.append(f"{type(error).__name__} escaped: {error}"[:300] + f"\n{shot.program.removeprefix(HEAD)[:600]}")
                before = f"{shot.tool} {shot.program.removeprefix(HEAD)[:600]}"
    if left := workers():
        broken.append(f"{left} workers outlive the server")
    return shooter.counts, broken


def settings(sandbox: SandboxServer, folder: Path) -> Settings:
    """A server with small bounds, so that programs meet them."""
    return Settings(
        edgerc=write_edgerc(sandbox, folder),
        ca_bundle=sandbox.ca_bundle,
        cache_dir=folder,
        retries=0,
        log_level="error",
        rate=100_000,
        program_calls=CALLS,
        program_seconds=SECONDS,
        program_processor_seconds=0.5,
        program_memory_bytes=MEMORY,
        programs_at_once=PLACES,
    )
