"""One state of the documents, and which one is asked: the newest, or for a request the one with which it began."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary, finalize

import orjson

from akamai_mcp.catalogue.editions.kept_files import kept_files
from akamai_mcp.catalogue.editions.path_lookup import PathLookup
from akamai_mcp.catalogue.entry import Entry, read_entry
from akamai_mcp.catalogue.naming import TOOL_PREFIX, snake
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.answers.corrections import CorrectionFile
from akamai_mcp.openapi.answers.widening import correct_answers
from akamai_mcp.openapi.loader import DocumentFile, load_raw, resolve
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import parse_operation
from akamai_mcp.openapi.reachable import part_for

KEPT_DOCUMENTS: Final = 4
KEPT_OPERATIONS: Final = 256

T = TypeVar("T")


class Edition:
    """The documents as they were when their index was made, and what was read from them."""

    def __init__(self, index: sqlite3.Connection, root: Path, source: str, answers: CorrectionFile) -> None:
        self.index = index
        self.source = source
        self._answers = answers
        self._root = root
        self._content = kept_files(index)
        self._document = lru_cache(maxsize=KEPT_DOCUMENTS)(lambda name: load_raw(self._file(name)))
        self.owners = lru_cache(maxsize=KEPT_OPERATIONS)(self._find_owners)
        self.operation = lru_cache(maxsize=KEPT_OPERATIONS)(self._parse_operation)
        self.entry = lru_cache(maxsize=KEPT_OPERATIONS)(self._read_entry)
        self.spelled = cache(self._spell)
        self.paths = PathLookup(self._read_templates)
        # Commands that end with the process forget to close; Python 3.13 warns of a connection that is only dropped.
        self.close = finalize(self, index.close)

    def problems(self) -> list[tuple[str, str]]:
        """(document, reason) for every document or operation that could not be served as written."""
        return list(self.index.execute("SELECT document, reason FROM problems ORDER BY 1, 2"))

    def _read_entry(self, name: str) -> Entry:
        row = self.index.execute(
            "SELECT entry FROM operations WHERE name = :name OR key = :name OR (former = :name AND former <> '')"
            " OR (former_name = :name AND former_name <> '') ORDER BY id LIMIT 1",
            {"name": name},
        ).fetchone()
        if row is None:
            raise LookupError(name)
        return read_entry(row[0])

    def _spell(self) -> dict[str, str]:
        """The keys of all operations by the spelling of their names and keys, without what two of them share."""
        rows = self.index.execute("SELECT name, key FROM operations").fetchall()
        spelled = [(text, key) for name, key in rows for text in {name, f"{TOOL_PREFIX}_{snake(key)}"}]
        count = Counter(text for text, _ in spelled)
        return {text: key for text, key in spelled if count[text] == 1}

    def _find_owners(self, base: str) -> tuple[str, ...]:
        rows = self.index.execute(
            "SELECT DISTINCT product FROM operations WHERE lower(substr(path, 1, length(:base) + 1)) IN (:base, :base || '/')",
            {"base": base},
        )
        return tuple(sorted(row[0] for row in rows))

    def _read_templates(self, method: str) -> list[tuple[str, str]]:
        # Without refused operations: a template for another host may consist of placeholders and match every path.
        return self.index.execute(
            "SELECT path, key FROM operations WHERE method = ? AND json_extract(entry, '$.refusal') = '' ORDER BY id", (method,)
        ).fetchall()

    def _file(self, document: str) -> DocumentFile:
        return DocumentFile(path=self._root / document, root=self._root, content=self._content)

    def _parse_operation(self, key: str) -> Operation:
        entry = self.entry(key)
        try:
            part = part_for(self._document(entry.document), entry.template, entry.method.lower())
            operation = parse_operation(
                resolve(part, self._file(entry.document)),
                product=entry.product,
                version=entry.version,
                operation_id=entry.operation_id,
                template=entry.template,
                method=entry.method,
                defaults=self._header_defaults(entry.document),
                corrections=entry.corrects,
            )
            return replace(
                operation,
                responses=correct_answers(operation.responses, self._answers.of(entry.key), operation.dialect),
                accept=entry.accept,
                content_type=entry.content_type,
                empty_body=entry.empty_body,
            )
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
            raise DocumentError(
                f"{entry.document} no longer describes {entry.key}.",
                document=entry.document,
                advice="The specs folder has changed since the server started. Restart the server.",
            ) from error

    def _header_defaults(self, document: str) -> dict[str, str]:
        (guide,) = self.index.execute("SELECT guide FROM products WHERE document = ?", (document,)).fetchone()
        return header_defaults(orjson.loads(guide))


class Editions:
    """The newest edition, and the one that a request holds to.

    `refused` has (document, reason) of what keeps later documents out of service; it is empty while the newest are served.
    """

    def __init__(self, first: Edition) -> None:
        self._newest = first
        self.refused: tuple[tuple[str, str], ...] = ()

    @property
    def current(self) -> Edition:
        """The edition that the running request holds to, else the newest one."""
        holder, edition = _HELD.get()
        return edition if holder is self and edition is not None else self._newest

    def renew(self, edition: Edition) -> None:
        """Make an edition the newest; the one before is closed with the last request that holds to it."""
        self._newest, self.refused = edition, ()

    def newest_problems(self) -> list[tuple[str, str]]:
        """(document, reason) of the faults of the documents in service."""
        return self._newest.problems()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it, all that is asked is answered from one edition."""
        token = _HELD.set((self, self.current))
        try:
            yield
        finally:
            _HELD.reset(token)


_HELD: ContextVar[tuple[Editions | None, Edition | None]] = ContextVar("held edition", default=(None, None))


class PerEdition(Generic[T]):
    """A value that is made from the documents at its first use, once for each edition."""

    def __init__(self, editions: Editions, make: Callable[[], T]) -> None:
        self._editions = editions
        self._make = make
        self._made: WeakKeyDictionary[Edition, T] = WeakKeyDictionary()

    def __call__(self) -> T:
        """The value for the current edition."""
        edition = self._editions.current
        if edition not in self._made:
            self._made[edition] = self._make()
        return self._made[edition]


def header_defaults(guide: Any) -> dict[str, str]:
    """The values of headers that the guide of a product names for calls that give none."""
    return {name: note["default"] for name, note in guide.get("fields", {}).items() if note.get("default")}
