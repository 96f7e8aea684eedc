"""Other spellings of a path, and whether the decision on each is as strict as on the plain path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import LOCAL
from akamai_mcp.access.gate import changes, is_audited
from akamai_mcp.access.policy import Rules
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.prepare import Intent, Preparation, Prepared
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import find_target
from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.cache_rules import keep_class
from akamai_mcp.request.arguments import Placed, place_raw
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.outcomes.waiting import no_report
from fuzzing.judge import Broken, require

SEVERITY = ("read", "write", "destroy")
CUSTOMER = Customer(
    name="default",
    credentials=Credentials(host="h.luna.akamaiapis.net", client_token="t", client_secret="s", access_token="a"),
)
SLASHES = ("//", "/./", "/x/../", "/%2e/", "%2f", "%2F", "%252f", "%5c", "%c0%af", "%e0%80%af", "%EF%BC%8F", "\\", "%u2215")
TAILS = (
    "/",
    ";x",
    ";a=b/",
    "%3Bx",
    "%253bx",
    ".",
    "%20",
    "%2520",
    "%09",
    "%0a",
    "%00",
    "%00.png",
    ".json",
    "%3Fx=1",
    "%23x",
    "+",
    "%e2%80%8b",
)


def plain_path(template: str) -> str:
    """A path of a template, with `1` for each placeholder."""
    return re.sub(r"\{[^{}]*\}", "1", template.partition("?")[0])


def _one_character(encode: Callable[[str], str]) -> Callable[[Random, str], str]:
    def respell(random: Random, path: str) -> str:
        places = [
            index
            for index, character in enumerate(path)
            if character.isalnum() and character.isascii() and "%" not in path[max(0, index - 2) : index]
        ]
        index = random.choice(places)
        return path[:index] + encode(path[index]) + path[index + 1 :]

    return respell


def _case(random: Random, path: str) -> str:
    return "".join(random.choice((character.upper(), character.lower())) for character in path)


def _slash(random: Random, path: str) -> str:
    index = random.choice([index for index, character in enumerate(path) if character == "/"])
    return path[:index] + random.choice(SLASHES) + path[index + 1 :]


def _tail(random: Random, path: str) -> str:
    return path + random.choice(TAILS)


def _parameters(random: Random, path: str) -> str:
    ends = [index for index, character in enumerate(path) if character == "/" and index] or [len(path)]
    index = random.choice(ends)
    return path[:index] + random.choice((";x", ";a=b", "%3bx", "%20", "%09")) + path[index:]


def _all_encoded(_: Random, path: str) -> str:
    return "".join(f"%{ord(character):02x}" if character.isalnum() else character for character in path)


RESPELLINGS: tuple[Callable[[Random, str], str], ...] = (
    _one_character(lambda character: f"%{ord(character):02x}"),
    _one_character(lambda character: f"%{ord(character):02X}"),
    _one_character(lambda character: f"%25{ord(character):02x}"),
    _one_character(lambda character: f"%c{ord(character) >> 6}%{0x80 | ord(character) & 0x3F:02x}"),
    _one_character(lambda character: "".join(f"%{byte:02X}" for byte in chr(ord(character) + 0xFEE0).encode())),
    _one_character(lambda character: f"%00{character}"),
    _case,
    _slash,
    _tail,
    _parameters,
    _all_encoded,
)


def respellings(random: Random, path: str, count: int) -> Iterator[str]:
    """`count` spellings of a path that some server takes for the same one; every third is spelled twice over."""
    kinds = random.sample(RESPELLINGS, len(RESPELLINGS))
    for number in range(count):
        spelled = kinds[number % len(kinds)](random, path)
        yield random.choice((_case, _tail, _parameters))(random, spelled) if number % 3 == 2 else spelled


def values_that_reach(template: str, other: str) -> dict[str, str]:
    """The path values of a template that together spell the path of the other template; none where there are none."""
    mine, theirs = template.split("/"), plain_path(other).split("/")
    *firsts, last = mine
    if template == other or len(theirs) < len(mine) or not re.fullmatch(r"\{[^{}]*\}", last):
        return {}
    values = {last[1:-1]: "/".join(theirs[len(firsts) :])}
    for part, name in zip(firsts, theirs, strict=False):
        if re.fullmatch(r"\{[^{}]*\}", part):
            values[part[1:-1]] = name
        elif part != name:
            return {}
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides on calls as the server does, and sends nothing."""

    catalogue: Catalogue

    def decide(self, method: str, path: str) -> Prepared | None:
        """The decision on a raw request, or None where it is refused."""
        try:
            target = find_target(self.catalogue, method, path)
            placed = place_raw(target.operation, path=target.values, query={}, headers={})
            return self._prepare(target.entry, target.operation, placed)
        except AkamaiMcpError:
            return None

    def decide_values(self, entry: Entry, values: Mapping[str, str]) -> Prepared | None:
        """The decision on an operation with these path values, or None where it is refused."""
        operation = self.catalogue.operation(entry)
        try:
            return self._prepare(entry, operation, place_raw(operation, path=values, query={}, headers={}))
        except AkamaiMcpError:
            return None

    def _prepare(self, entry: Entry, operation: Operation, placed: Placed) -> Prepared:
        preparation = Preparation(self.catalogue, FilePolicy(), lambda: LOCAL, strict_validation=False)
        intent = Intent(entry=entry, operation=operation, placed=placed, controls=Controls(), report=no_report)
        return preparation.prepare(intent, CUSTOMER)

    def judge(self, entry: Entry, decision: Prepared | None, *, by_path: bool = True) -> None:
        """The decision is as strict as on the operation itself, or it refuses; `by_path` is true for one path in two spellings.

        Raises Broken.
        """
        if decision is None:
            return
        action = decision.action
        told = f"{action.method} {action.target} for {entry.key}"
        require(SEVERITY.index(action.effect) >= SEVERITY.index(entry.effect.mildest), f"milder: {told}")
        require(action.effect == "destroy" or entry.effect.worst != "destroy" or action.operation == entry.key, f"milder: {told}")
        require(action.reveals or not entry.reveals, f"credentials unasked: {told}")
        require(not entry.secret or keep_class(decision.entry) == "never", f"credentials cached: {told}")
        require(is_audited(action) or not entry.reveals, f"not audited: {told}")
        require(changes(action) or entry.effect.mildest == "read", f"not counted as a change: {told}")
        path = plain_path(entry.path)
        for rule in (entry.key, entry.name, entry.product, *((path, f"{entry.method} {path}") if by_path else ())):
            require(denies(rule, action), f"deny {rule} is passed: {told}")


def denies(rule: str, action: Action) -> bool:
    """True if a deny rule refuses some reading of the action."""
    rules = Rules(source="the test", deny=(rule,))
    return any(rules.refusal(reading) for reading in (replace(action, others=()), *action.others))


def fuzz_paths(catalogue: Catalogue, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Decide on so many other spellings of the operations' paths; the counts, and what broke."""
    random, decider = Random(seed), Decider(catalogue=catalogue)
    counts: Counter[str] = Counter()
    broken: list[str] = []
    entries = [entry for entry in catalogue.entries() if not entry.refusal]
    for number, entry in enumerate(entries):
        share = count * (number + 1) // len(entries) - count * number // len(entries)
        for path in respellings(random, plain_path(entry.path), share):
            decision = decider.decide(entry.method, path)
            counts["refused" if decision is None else "decided"] += 1
            try:
                decider.judge(entry, decision)
            except Broken as error:
                broken.append(f"{path}: {error}")
    return counts, broken
