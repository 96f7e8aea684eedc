"""The records of one account and one set of rights, found by their names; each part of them can be replaced by itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from akamai_mcp.inventory.matching.question import ALL, Question
from akamai_mcp.inventory.matching.ranking import (
    ABOVE,
    COVERS,
    EXACT,
    HOLDS,
    INSIDE,
    LEAST_LIKE,
    PART,
    WORDS,
    Field,
    How,
    alike,
    in_network,
    within,
)
from akamai_mcp.inventory.matching.texts import Network, covers, normal, parents, to_network
from akamai_mcp.inventory.records import Key, Part, Record, merge

MOST_HITS: Final = 2_000  # names that hold a text; more say nothing
MOST_LIKE: Final = 40
LEAST_TEXT: Final = 2  # characters of a text that is looked for inside names

# Names are of a place in a network: the addresses and networks that a list has, by version and length of the prefix.
Held = defaultdict[tuple[int, int], dict[int, set[Key]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that a question means, how it fits, and how well."""

    record: Record
    how: How
    score: float


class Index:
    """Records by kind and id, their names, and the networks that they hold; `changes` counts what changed, by kind."""

    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}
        self._given: defaultdict[Key, dict[str, Record]] = defaultdict(dict)
        self._records: dict[Key, Record] = {}
        self._names: dict[str, dict[Key, Field]] = {}
        self._of_kind: defaultdict[str, dict[Key, Record]] = defaultdict(dict)
        self._names_of_kind: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._held: Held = defaultdict(dict)
        self._below: defaultdict[Key, set[Key]] = defaultdict(set)
        self.changes: Counter[str] = Counter()

    @property
    def parts(self) -> Mapping[str, Part]:
        """The parts by their name."""
        return self._parts

    @property
    def kinds(self) -> dict[str, int]:
        """How many records there are of each kind."""
        return {kind: len(records) for kind, records in self._of_kind.items() if records}

    def get(self, key: Key) -> Record | None:
        """The record with a kind and id."""
        return self._records.get(key)

    def of_kind(self, kind: str) -> list[Record]:
        """Every record of a kind."""
        return [*self._of_kind[kind].values()]

    def below(self, key: Key, kind: str) -> list[Record]:
        """The records of a kind that belong to a record."""
        return [self._records[one] for one in self._below.get(key, ()) if one[0] == kind]

    def put(self, *parts: Part) -> None:
        """Add parts, each in place of the one that it has the name of; what several tell of is merged once."""
        changed: dict[Key, None] = {}
        for part in parts:
            name = part.name
            before = self._parts.get(name)
            self._parts[name] = part
            for record in before.records if before else ():
                changed[record.key] = None
                self._given[record.key].pop(name, None)
            for record in part.records:
                changed[record.key] = None
                self._given[record.key][name] = record
        for key in changed:
            self._renew(key)

    def drop(self, name: str) -> None:
        """Remove a part."""
        if part := self._parts.pop(name, None):
            for record in part.records:
                self._given[record.key].pop(name, None)
                self._renew(record.key)

    def _renew(self, key: Key) -> None:
        """Merge again what the parts say of a record."""
        self.changes[key[0]] += 1
        if old := self._records.pop(key, None):
            self._forget(old)
            del self._of_kind[key[0]][key]
        given = self._given[key]
        if not given:
            del self._given[key]
            return
        # The newest answer is right where two differ.
        ordered = sorted(given, key=lambda name: self._parts[name].read_at) if len(given) > 1 else given
        record = self._records[key] = merge([given[name] for name in ordered])
        self._of_kind[key[0]][key] = record
        for text, field in _names_of(record):
            self._names.setdefault(text, {}).setdefault(key, field)
            self._names_of_kind[key[0]][text] += 1
        for network in _networks_of(record):
            place = (network.version, network.prefixlen)
            self._held[place].setdefault(int(network.network_address), set()).add(key)
        for kind, ids in record.belongs.items():
            for one in ids:
                self._below[kind, one].add(key)

    def _forget(self, record: Record) -> None:
        for text, _ in _names_of(record):
            self._names_of_kind[record.kind][text] -= 1
            if not self._names_of_kind[record.kind][text]:
                del self._names_of_kind[record.kind][text]
            if known := self._names.get(text):
                known.pop(record.key, None)
                if not known:
                    del self._names[text]
        for network in _networks_of(record):
            self._held[network.version, network.prefixlen].get(int(network.network_address), set()).discard(record.key)
        for kind, ids in record.belongs.items():
            for one in ids:
                self._below[kind, one].discard(record.key)

    def named(self, text: str, kind: str) -> list[Record]:
        """The records of a kind that bear exactly this name."""
        return [self._records[key] for key in self._names.get(normal(text), ()) if key[0] == kind]

    def find(self, question: Question) -> list[Hit]:
        """What a question means, best first; `*` means everything, by kind and name."""
        if question.text == ALL:
            chosen = [one for one in self._records.values() if question.kind in {"", one.kind}]
            return [Hit(record=one, how="all", score=1.0) for one in sorted(chosen, key=lambda one: (one.kind, one.title))]
        found: dict[Key, tuple[float, How]] = {}
        for key, how, score in self._candidates(question):
            if (not question.kind or key[0] == question.kind) and score > found.get(key, (0.0, ""))[0]:
                found[key] = (score, how)
        order = {kind: place for place, kind in enumerate(question.order)}
        last = len(order)
        ranked = sorted(found, key=lambda key: (-round(found[key][0], 2), order.get(key[0], last), -found[key][0], key))
        return [Hit(record=self._records[key], how=found[key][1], score=found[key][0]) for key in ranked]

    def _candidates(self, question: Question) -> Iterator[tuple[Key, How, float]]:
        exact = [*self._exact(question), *self._around(question), *self._holding(question)]
        yield from exact
        # Texts of addresses that begin alike or look alike are other addresses.
        if len(question.text) < LEAST_TEXT or question.network is not None:
            return
        names = self._names_of_kind[question.kind] if question.kind else self._names
        parts = [*self._within(question.text, names)]
        yield from parts
        if question.kind and not any(key[0] == question.kind for key, _, _ in (*exact, *parts)):
            exact = parts = []
        if not parts and " " in question.text:
            parts = [*self._with_words(question.text.split(), names)]
            yield from parts
        if not parts and all(score < PART for _, _, score in exact):
            yield from self._like(question.text, names)

    def _exact(self, question: Question) -> Iterator[tuple[Key, How, float]]:
        for text in {question.text, question.id}:
            for key, field in self._names.get(text, {}).items():
                if text == question.text or field != "also":
                    yield key, *EXACT[field]

    def _around(self, question: Question) -> Iterator[tuple[Key, How, float]]:
        """What covers a hostname by a wildcard, what a wildcard covers, and the domains above it."""
        if question.form != "host":
            return
        host = question.text
        if host.startswith("*."):
            for name in self._ending(host[1:]):
                if covers(host, name):
                    yield from ((key, "covers", COVERS - 0.01) for key in self._names[name])
            return
        _, _, domain = host.partition(".")
        for key, field in self._names.get(f"*.{domain}", {}).items():
            yield key, "covers", COVERS - (0.02 if field == "also" else 0.0)
        for distance, above in enumerate(parents(host)):
            for key, field in self._names.get(above, {}).items():
                if key[0] in {"zone", "gtm-domain"} and field != "also":
                    yield key, "above", ABOVE - 0.01 * distance

    def _ending(self, end: str) -> list[str]:
        return [name for name in self._names if name.endswith(end)]

    def _holding(self, question: Question) -> Iterator[tuple[Key, How, float]]:
        """The lists with an address, with a network that it is in, or with something in it where it is a network."""
        if question.network is None:
            return
        network, longest = question.network, question.network.max_prefixlen
        for (version, prefix), held in self._held.items():
            if version == network.version and prefix <= network.prefixlen:
                above = int(network.network_address) >> (longest - prefix) << (longest - prefix)
                whole = prefix == network.prefixlen
                score = HOLDS if whole else in_network(prefix, longest)
                yield from ((key, "holds" if whole else "contains", score) for key in held.get(above, ()))
            elif version == network.version:
                first, last = int(network.network_address), int(network.broadcast_address)
                yield from ((key, "inside", INSIDE) for one, keys in held.items() if first <= one <= last for key in keys)

    def _within(self, text: str, names: Iterable[str]) -> Iterator[tuple[Key, How, float]]:
        holding = [name for name in names if text in name]
        for name in sorted(holding, key=len)[:MOST_HITS]:
            if name != text:
                how, score = within(text, name)
                yield from ((key, how, score - (0.01 if field == "also" else 0.0)) for key, field in self._names[name].items())

    def _with_words(self, words: Iterable[str], names: Iterable[str]) -> Iterator[tuple[Key, How, float]]:
        """Names that have every word, in any order."""
        wanted = [*words]
        for name in [name for name in names if all(word in name for word in wanted)][:MOST_HITS]:
            share = sum(map(len, wanted)) / len(name)
            yield from ((key, "words", WORDS + 0.03 * share) for key in self._names[name])

    def _like(self, text: str, names: Iterable[str]) -> Iterator[tuple[Key, How, float]]:
        """Names that are spelled nearly so."""
        from rapidfuzz import process  # 57 ms: only a misspelt name needs it
        from rapidfuzz.distance import OSA
        from rapidfuzz.fuzz import ratio

        near = [name for name, _, _ in process.extract(text, [*names], scorer=ratio, limit=MOST_LIKE)]
        for name in near:
            if (likeness := OSA.normalized_similarity(text, name)) >= LEAST_LIKE:
                yield from ((key, "like", alike(likeness)) for key in self._names[name])


def _names_of(record: Record) -> Iterator[tuple[str, Field]]:
    if record.name:
        yield normal(record.name), "name"
    yield normal(record.id), "id" if record.name else "name"
    yield from ((normal(one), "also") for one in record.also)


def _networks_of(record: Record) -> Iterator[Network]:
    for text in record.holds:
        if (network := to_network(text)) is not None:
            yield network
