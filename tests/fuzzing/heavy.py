"""Values that ask for much work or memory: expressions, patterns, YAML, nesting, encodings, lengths, comparisons.

Each is given to the code that meets it first, where the server runs it: on the event loop or beside it. A second caller takes
its turn on the loop every few milliseconds. A promise is broken if that caller waits for a second of this process's work, if
the process grows beyond what a server has left of 300 MiB, by one value or by what is kept of all, or if anything but a value or
a refusal comes back.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, Final

from akamai_mcp.cli.serve import give_memory_back
from akamai_mcp.openapi.files.yaml_text import parse_yaml
from akamai_mcp.pipeline.transport.content_encoding import open_inflater
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.response_body import Body
from akamai_mcp.request.lengths import check_lengths
from akamai_mcp.request.validation.bounded import BoundedOAS31, ComparisonTooLong, matches, time_limit
from akamai_mcp.result.decoding import decode_content
from akamai_mcp.result.selection import select_part
from akamai_mcp.server.messages.reading import Refusal, read_message
from fuzzing.second_caller import MOST_GROWTH, SecondCaller, Work, find_fault, memory

LIMIT: Final = 1024 * 1024  # of a response, instead of the 16 MiB that would make each input dear
SELDOM: Final = 0.002  # the share of inputs whose size is beside or beyond a limit
FEW: Final = {"networkLists": [{"a": number, "b": "x", "c": [1, "y", None]} for number in range(20)]}
MANY: Final = {"networkLists": [{"a": number, "b": "x"} for number in range(20_000)]}
PROBLEM: Final = {"type": "object", "required": ["a"], "uniqueItems": True}


def expression(random: Random) -> Work:
    """A selection: parts doubled, filtered, nested, written, joined, misspelt."""
    atoms = (
        "@",
        "networkLists",
        "networkLists[]",
        "*",
        "[@,@]",
        "a",
        "`1`",
        "'x'",
        "[?a==`1`]",
        "[::0]",
        "&a",
        "{a: @, b: @}",
        "[",
    )
    shapes = (
        *("{0}|{1}", "[{0},{1}]", "{{a: {0}, b: {1}}}", "to_string({0})", "join('x', {0})", "networkLists[?{0} == {1}]", "!{0}"),
        *(
            "sort_by({0}, &{1})",
            "map(&{0}, {1})",
            "merge({0}, {1})",
            "contains({0}, {1})",
            "{0} || {1}",
            "({0})[].{1}",
            "{0}.{1}",
        ),
    )
    text = random.choice(atoms)
    for _ in range(random.randrange(7)):
        text = random.choice(shapes).format(text, random.choice((text, random.choice(atoms))))
    if random.random() < 0.1:
        text = "|".join([random.choice(("[@,@]", "[*,@]", "{a:@,b:@}"))] * random.randrange(40)) + "|to_string(@)"
    return partial(select_part, text, MANY if random.random() < SELDOM else FEW)


def pattern(random: Random) -> Work:
    """A pattern with repetitions of repetitions, and a text that almost fits it."""
    inner = random.choice(("a", "a|a", "a|aa", ".", "a?", "[a-z]", r"\w", "(?:a|b)", "x", r"(a)\1", "(?=a)", "\u00e9", r"\p{L}"))
    for _ in range(random.randrange(1, 5)):
        inner = f"({inner}){random.choice(('+', '*', '?', '{25}', '{1,1000}', '{,5}', '', '|b'))}"
    whole = random.choice(("^{}$", "{}", "^{}b", "{}{}")).format(inner, inner)
    text = random.choice(("a", "aa", "ab", "x", "\u00e9")) * random.choice((0, 1, 35, 300)) + random.choice(("", "!", "b"))
    return partial(_one_of, bool, matches, whole, text * (2000 if random.random() < SELDOM else 1))


def yaml_text(random: Random) -> Work:
    """A text with anchors in anchors, merge keys, deep nesting, odd tags or numbers."""
    levels = random.randrange(1, 12)
    bombs = ["x0: &x0 [1, 2]"] + [
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * random.randrange(1, 12))}]" for n in range(1, levels)
    ]
    merges = ["x0: &x0 {a: 1}"] + [f"x{n}: &x{n} {{<<: [*x{n - 1}, *x0], k{n}: 1}}" for n in range(1, levels)]
    deep = random.choice((10, 200, 256, 257, 600))
    odd = (
        "!!python/object:os.system x",
        "? [a]\n: b",
        "- &a [*a]",
        "1e999",
        "0x10",
        "9" * 4001,
        "\ufeffa: 1",
        "a: \x00",
        "*none",
    )
    lines = random.choice((bombs, merges, ["[" * deep + "]" * deep], ["- " * deep], [random.choice(odd)], ["a: !!float nan"]))
    text = "\n".join(lines).encode()
    cut = random.randrange(len(text) + 1) if random.random() < 0.1 else len(text)
    return partial(_refuses, (ValueError,), _finite_yaml, text[:cut])


def nesting(random: Random) -> Work:
    """Deep JSON as a message, as an answer, as arguments."""
    levels = random.choice((5, 100, 127, 128, 129, 180, 181, 199, 200, 201, 254, 255, 600, 3000))
    opened, closed = random.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    text = opened * levels + "1" + closed * (levels if random.random() < 0.9 else 0)
    message = f'{{"jsonrpc":"2.0","id":1,"method":"x","params":{{"a":{text}}}}}'.encode()
    return random.choice(
        (partial(_answered, message), partial(decode_content, text.encode(), "application/json"), partial(_arguments, levels))
    )


def encoding(random: Random) -> Work:
    """An answer that expands: once, twice, cut off, with bytes changed or more behind it."""
    size = random.choice((0, 1, 1000, 70_000)) if random.random() > 10 * SELDOM else 3 * LIMIT
    plain = random.choice((b"\x00" * size, b'{"a":1},' * (size // 8), random.randbytes(min(size, 1000))))
    pack = random.choice((gzip.compress, zlib.compress, _raw))
    data = pack(plain)
    data = random.choice((data, pack(data), data[: len(data) // 2], data + b"x" * 10, data + data))
    if data and random.random() < 0.2:
        at = random.randrange(len(data))
        data = data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
    header = random.choice(("gzip", "deflate", "x-gzip", "gzip, gzip", "br", "", "identity, gzip", "GZIP", "gzip;q=1"))
    return partial(_received, header, data, random.choice((1, 7, 64, 65_536)))


def length(random: Random) -> Work:
    """Arguments with many values, names or characters."""
    count = random.choice((0, 10, 999, 1001)) if random.random() > SELDOM else random.choice((149_999, 150_001, 900_000))
    value = random.choice(
        ([0] * count, {f"a{n}": n for n in range(min(count, 200_000))}, "x" * (count * 5), [[]] * count, ["\ud800"])
    )
    return partial(check_lengths, random.choice(({"a": value}, {"a": {"b": [value, value]}}, {"x" * count: 1})))


def comparison(random: Random) -> Work:
    """A value beside a schema with unique items, patterns of names, and alternatives of alternatives."""
    schema: dict[str, Any] = random.choice((
        {"uniqueItems": True}, {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, PROBLEM, {"type": "integer"},
    ))  # fmt: skip
    deepest = 25 if random.random() < SELDOM else 6
    for _ in range(random.randrange(deepest)):
        schema = {random.choice(("oneOf", "anyOf", "allOf")): [schema, {"allOf": [schema]}]}
    count = 50_000 if random.random() < SELDOM else random.randrange(60)
    value = random.choice(
        ([*map(str, range(count)), 1, 1.0, True], {"a" * n: n for n in range(min(count, 60))}, [[1], [1.0]] * count)
    )
    return partial(_compare, schema, value)


KINDS: Final[Mapping[str, Callable[[Random], Work]]] = {
    "expression": expression, "pattern": pattern, "yaml": yaml_text, "nesting": nesting, "encoding": encoding, "length": length,
    "comparison": comparison,
}  # fmt: skip
ON_LOOP: Final = frozenset({"nesting", "length"})


def _one_of(kind: type, work: Callable[..., object], *given: object) -> None:
    if not isinstance(work(*given), kind):
        raise TypeError(kind.__name__)


def _refuses(errors: tuple[type[Exception], ...], work: Callable[..., object], *given: object) -> object:
    try:
        return work(*given)
    except errors:
        return None


def _finite_yaml(text: bytes) -> None:
    value = parse_yaml(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError("a number that JSON does not have")


def _answered(message: bytes) -> None:
    read = read_message(message)
    if isinstance(read, Refusal):
        json.loads(read.answer().model_dump_json(by_alias=True))


def _arguments(levels: int) -> None:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    check_lengths({"a": value})


def _raw(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def _received(header: str, data: bytes, chunk: int) -> None:
    body = Body(name="x", downloads=DownloadPolicy(), in_memory=LIMIT, binary=False)
    inflater = open_inflater(header)
    for start in range(0, len(data), max(chunk, len(data) // 50)):
        piece = data[start : start + max(chunk, len(data) // 50)]
        for step in inflater.steps(piece) if inflater else [piece]:
            body.add(step)
    if inflater:
        inflater.finish()
    if len(body.finish().content) > LIMIT:
        raise ValueError("more than the limit")


def _compare(schema: Any, value: Any) -> None:
    try:
        with time_limit():
            for _ in zip(range(10), BoundedOAS31(schema).iter_errors(value), strict=False):
                pass
    except ComparisonTooLong:
        pass


async def fuzz_heavy(count: int, seed: int) -> tuple[Counter[str], list[str], float]:
    """Give so many values to what meets them first; how they ended, what broke, and the longest wait of the second caller."""
    random, caller = Random(seed), SecondCaller()
    counts: Counter[str] = Counter()
    faults: list[str] = []
    turns = asyncio.create_task(caller.live())
    begun, _ = memory()
    for _ in range(count):
        name = random.choice(list(KINDS))
        work = KINDS[name](random)
        ended, fault = await find_fault(work, caller, on_loop=name in ON_LOOP)
        counts[f"{name} {ended}"] += 1
        if fault:
            faults.append(f"{name}: {fault}: {str(work)[:300]}")
    turns.cancel()
    if (kept := memory()[0] - begun) > MOST_GROWTH:
        faults.append(f"{kept // 1024} MiB were kept")
    return counts, faults, caller.longest


def report_heavy(count: int, seed: int) -> int:
    """Give so many values to what meets them first, and print the figures; how many broke a promise."""
    give_memory_back()  # as the server does
    begun = time.monotonic()
    counts, faults, longest = asyncio.run(fuzz_heavy(count, seed))
    print(f"heavy: {dict(counts)}, {len(faults)} broke a promise {faults[:20]}; ", end="")
    print(
        f"at most {longest * 1000:.0f} ms of work between two turns, {memory()[1] // 1024} MiB, {time.monotonic() - begun:.0f} s"
    )
    return len(faults)
