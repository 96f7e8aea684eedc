"""Evaluate akamai_find on simulated accounts: what 200 questions find, how fast, and what it costs to fill.

python -m benchmarks.inventory            both accounts: 60 properties, and 2,000 properties in 500 groups
python -m benchmarks.inventory --small    the first alone
python -m benchmarks.inventory --check    exit 1 if a figure misses its bar

The time of the background passes at once, in the account's limits too, so that its minutes take seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.inventory.keeper import Keeper
from akamai_mcp.inventory.policy import FILE, InventoryPolicy
from akamai_mcp.inventory.service import FindRequest, Inventory
from akamai_mcp.inventory.shelf import FileShelf
from akamai_mcp.parts import Parts, build_parts
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.habits.live import Live
from akamai_mcp.sandbox.routing import Router, load_router
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.settings import Settings

QUESTIONS: Final = 200
FORMS: Final = ("exact", "part", "typo", "id", "address", "san", "wildcard", "url")
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
BARS: Final = {"first": 0.95, "five": 0.99, "milliseconds": 20.0, "calls": 40}
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, the kind that it is bound to if any, and the answers that are right: all that bear what was asked for."""

    form: str
    query: str
    kind: str = ""
    right: frozenset[Key] = frozenset()


@dataclass(slots=True, kw_only=True)
class Names:
    """What an account owns, drawn from its state and not from what the inventory read: names by kind and id."""

    by_kind: dict[str, dict[str, str]]
    sans: dict[str, set[str]]
    lists: dict[str, list[str]]
    all: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, account: Account) -> Names:
        """The names of an account."""
        papi, security = account.papi, account.security
        hostnames = {name for site in account.estate.sites for name in site.hostnames}
        by_kind = {
            "property": {str(number): one.name for number, one in papi.properties.items()},
            "cp-code": {str(number): one.row["cpcodeName"] for number, one in papi.cpcodes.items()},
            "edge-hostname": {str(number): one.row["edgeHostnameDomain"] for number, one in papi.edge_hostnames.items()},
            "hostname": {name: name for name in hostnames},
            "zone": {name: name for name in account.names.zones},
            "gtm-domain": {name: name for name in account.names.domains},
            "certificate": {str(number): one.names[0] for number, one in account.certificates.items()},
            "security-config": {str(number): one.name for number, one in security.configurations.items()},
            "network-list": {key: one.name for key, one in security.network_lists.items()},
            "client-list": {key: one.name for key, one in security.client_lists.items()},
            "group": {str(brand.group_id): brand.title for brand in account.estate.brands},
            "contract": {one: one for one in account.estate.contracts},
        }
        lists = {key: one.elements for key, one in security.network_lists.items() if one.kind == "IP"}
        sans = {str(number): set(one.names) for number, one in account.certificates.items()}
        known = {name.casefold() for names in by_kind.values() for name in names.values()} | set().union(*sans.values())
        return cls(by_kind=by_kind, sans=sans, lists=lists, all=known)

    def named(self, name: str, kind: str = "") -> frozenset[Key]:
        """Everything that bears a name, of a kind if one is given."""
        wanted = name.casefold()
        return frozenset(
            (one, key)
            for one, names in self.by_kind.items()
            for key, known in names.items()
            if kind in {"", one} and wanted in {known.casefold(), key.casefold()}
        )


PREFIXES: Final = {"property": "prp_", "cp-code": "cpc_", "edge-hostname": "ehn_", "group": "grp_", "contract": "ctr_"}


def draw_questions(account: Account, count: int = QUESTIONS, seed: int = 7) -> list[Asked]:
    """Questions of every form in turn, drawn from what the account owns."""
    random, names = Random(seed), Names.of(account)
    drawn: list[Asked] = []
    turn = 0
    while len(drawn) < count:
        question = _draw(FORMS[turn % len(FORMS)], random, names)
        turn += 1
        if question is not None:
            drawn.append(question)
    return drawn


def _draw(form: str, random: Random, names: Names) -> Asked | None:
    kind = random.choice([one for one in names.by_kind if form != "id" or one in PREFIXES])
    key, name = random.choice(sorted(names.by_kind[kind].items()))
    bound = kind if random.random() < 0.5 else ""
    match form:
        case "exact":
            return Asked(form=form, query=name, kind=bound, right=names.named(name, bound))
        case "url":
            host = random.choice(sorted(names.by_kind["hostname"]))
            return Asked(form=form, query=f"https://{host.upper()}/a?b=c", right=names.named(host))
        case "id":
            prefixed = random.random() < 0.5
            query = PREFIXES[kind] + key if prefixed else key
            return Asked(
                form=form, query=query, kind="" if prefixed else bound, right=names.named(key, kind if prefixed else bound)
            )
        case "part":
            return _part(random, names, kind, name)
        case "typo":
            query = misspell(name, random)
            return (
                None
                if query.casefold() in names.all or len(name) < 6
                else Asked(form=form, query=query, kind=kind, right=nearest(query, names.by_kind[kind], kind))
            )
        case "address":
            return _address(random, names)
        case "san":
            number = random.choice(sorted(names.sans))
            name = random.choice(sorted(names.sans[number]))
            right = frozenset(("certificate", one) for one, sans in names.sans.items() if name in sans)
            return Asked(form=form, query=name, kind="certificate", right=right)
        case _:
            host = random.choice(sorted(names.by_kind["hostname"]))
            domain = host.partition(".")[2]
            below = frozenset(("hostname", one) for one in names.by_kind["hostname"] if one.partition(".")[2] == domain)
            return Asked(form=form, query=f"*.{domain}", kind="hostname", right=below)


def _part(random: Random, names: Names, kind: str, name: str) -> Asked | None:
    """A part that only names of the kind have in which it is meant: what holds it is right."""
    if len(name) < 8:
        return None
    start = random.randrange(len(name) - 6)
    part = name[start : start + random.randint(5, 12)].strip(" .-")
    right = frozenset((kind, key) for key, one in names.by_kind[kind].items() if part.casefold() in one.casefold())
    return Asked(form="part", query=part, kind=kind, right=right) if len(part) >= 5 and right else None


def _address(random: Random, names: Names) -> Asked:
    """An address of a list; the lists that name it alone are right, those with its network come after them."""
    key = random.choice(sorted(names.lists))
    address = random.choice([one for one in names.lists[key] if "/" not in one])
    right = frozenset(("network-list", one) for one, elements in names.lists.items() if address in elements)
    return Asked(form="address", query=address, kind="network-list", right=right)


def misspell(name: str, random: Random) -> str:
    """The name with one letter swapped, left out, doubled or wrong."""
    at = random.randrange(1, len(name) - 1)
    before, after = name[:at], name[at:]
    swapped, wrong = after[1:2] + after[:1] + after[2:], random.choice(LETTERS) + after[1:]
    return before + random.choice((after[1:], swapped, after[0] + after, wrong))


def nearest(query: str, names: dict[str, str], kind: str) -> frozenset[Key]:
    """What is meant by a misspelt name: every name with the fewest letters to change, by a slow count of our own."""
    distance = {key: edits(query.casefold(), name.casefold()) for key, name in names.items() if abs(len(name) - len(query)) <= 2}
    least = min(distance.values())
    return frozenset((kind, key) for key, one in distance.items() if one == least)


def edits(one: str, other: str) -> int:
    """The letters to insert, remove, replace or swap with their neighbour (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question with the place of its first right answer (0 for none) and its time."""

    asked: Asked
    place: int
    milliseconds: float


async def ask_all(inventory: Inventory, questions: Sequence[Asked]) -> list[Judged]:
    """Ask every question."""
    judged = []
    for asked in questions:
        started = time.perf_counter()
        content = await inventory.find(FindRequest(query=asked.query, kind=asked.kind, limit=5))
        milliseconds = (time.perf_counter() - started) * 1000
        keys = [(row["kind"], row["id"]) for row in content["found"]]
        place = next((place for place, key in enumerate(keys, 1) if key in asked.right), 0)
        judged.append(Judged(asked=asked, place=place, milliseconds=milliseconds))
    return judged


class PassingTime:
    """A clock of which sleeping takes no time."""

    def __init__(self) -> None:
        self.slept = 0.0

    def __call__(self) -> float:
        return time.time() + self.slept

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept += seconds
        await asyncio.sleep(0)


def build_inventory(parts: Parts, folder: Path, clock: PassingTime) -> Inventory:
    """An inventory whose background waits in passing time."""
    policy, limits = InventoryPolicy(folder=folder), parts.pipeline.limits.known_limits
    layer = parts.pipeline.limits
    layer._clock, layer._wall, layer._sleep = clock, clock, clock.sleep  # noqa: SLF001 - its waits pass at once too
    keeper = Keeper(
        parts.invoker, parts.visibility, parts.customers, policy, FileShelf(folder), limits, clock=clock, sleep=clock.sleep
    )
    return Inventory(keeper, parts.visibility)


async def measure(fake: FakeAkamai, folder: Path, clock: PassingTime, count: int = QUESTIONS) -> dict[str, Any]:
    """Fill the inventory of an account, ask the questions, and return the figures."""
    with SandboxServer(fake) as sandbox:
        settings = Settings(
            edgerc=sandbox.write_edgerc(folder / ".edgerc"), ca_bundle=sandbox.ca_bundle, cache_dir=folder, retries=0
        )
        parts = build_parts(settings)
        inventory = build_inventory(parts, folder, clock)
        try:
            started = time.perf_counter()
            await inventory.find(FindRequest(query=next(iter(fake.account.security.network_lists.values())).name))
            first = time.perf_counter() - started
            held = await inventory.keeper.hold(None)
            await inventory.keeper.settle(held)
            filled = [one.operation for one in fake.requests]
            refused = sum(1 for part in held.index.parts.values() if part.failure)
            judged = await ask_all(inventory, draw_questions(fake.account, count))
            again = await ask_all(inventory, draw_questions(fake.account, count))
        finally:
            await inventory.aclose()
            await parts.aclose()
    return {
        "records": sum(held.index.kinds.values()),
        "firstAnswerSeconds": round(first, 2),
        "calls": len(filled),
        "largest": Counter(filled).most_common(2),
        "minutes": round(clock.slept / 60, 1),
        "refused": refused,
        "first": _share(judged, 1),
        "five": _share(judged, 5),
        "milliseconds": round(statistics.median(one.milliseconds for one in judged), 1),
        "millisecondsAgain": round(statistics.median(one.milliseconds for one in again), 1),
        "slowest": round(max(one.milliseconds for one in again), 1),
        "forms": {form: _share([one for one in judged if one.asked.form == form], 1) for form in FORMS},
        **_loaded(folder),
        "diskKiB": round(sum(one.stat().st_size for one in folder.glob(f"{FILE}*")) / 1024),
        "missed": [
            f"{one.asked.form}: {one.asked.query} {one.asked.kind} (place {one.place})" for one in judged if one.place != 1
        ],
    }


def _share(judged: Sequence[Judged], places: int) -> float:
    return round(sum(0 < one.place <= places for one in judged) / len(judged), 3) if judged else 0.0


# In a process of its own, so that nothing of the sandbox counts.
LOAD: Final = """
import asyncio, json, resource, sqlite3, sys, time
from pathlib import Path
from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.shelf import FileShelf
def memory(): return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
folder = Path(sys.argv[1])
(owner,), = sqlite3.connect(folder / "inventory.sqlite").execute("SELECT DISTINCT owner FROM parts")
before, started, index = memory(), time.perf_counter(), Index()
index.put(*asyncio.run(FileShelf(folder).load(owner)))
print(json.dumps({"memoryMiB": round(memory() - before), "loadSeconds": round(time.perf_counter() - started, 2)}))
"""


def _loaded(folder: Path) -> dict[str, Any]:
    """What the kept inventory takes in the memory of a new process, and how long its loading takes."""
    done = subprocess.run([sys.executable, "-c", LOAD, str(folder)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def accounts(router: Router, clock: PassingTime, *, small: bool) -> Iterator[tuple[str, FakeAkamai]]:
    """The accounts to measure, with the limits of the live API."""
    sizes = {"60 properties": {"properties": 60}, "2,000 properties in 500 groups": {"properties": 2000, "groups": 500}}
    for name, size in list(sizes.items())[: 1 if small else None]:
        fake = FakeAkamai(router, habits=Habits(account=True, limits=True, headers=True, burst=1000, **size))
        fake._live = Live(fake.habits, router, clock)  # noqa: SLF001 - signatures stay in real time
        yield name, fake


def misses(figures: dict[str, Any], *, small: bool) -> list[str]:
    """The bars that figures miss."""
    wrong = [f"{name} {figures[name]} < {BARS[name]}" for name in ("first", "five") if figures[name] < BARS[name]]
    if figures["milliseconds"] > BARS["milliseconds"]:
        wrong.append(f"median {figures['milliseconds']} ms")
    if small and figures["calls"] > BARS["calls"]:
        wrong.append(f"{figures['calls']} calls")
    return [*wrong, *([f"{figures['refused']} refused"] if figures["refused"] else [])]


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    router, clock, wrong = load_router(embedded_folder()), PassingTime(), []
    for name, fake in accounts(router, clock, small=options.small):
        with tempfile.TemporaryDirectory() as folder:
            clock.slept = 0.0
            figures = asyncio.run(measure(fake, Path(folder), clock))
        print(name, json.dumps(figures, indent=2))
        wrong += misses(figures, small=name.startswith("60"))
    if options.check and wrong:
        print("\n".join(wrong), file=sys.stderr)
    return int(options.check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
