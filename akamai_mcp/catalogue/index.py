"""The prepared index of a specs folder: a SQLite file in the user's cache, named by a digest of the documents.

A folder with new content gets a new index, and an index is never used for other content, so a start only
reads the documents' bytes and opens a file. If the cache folder is not writable, the index stays in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from akamai_mcp.catalogue.drafts import Draft, Guides, Known, collect_known, read_draft
from akamai_mcp.catalogue.editions.kept_files import keep_files
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.naming import distinct_name
from akamai_mcp.catalogue.search.nearness.phrases import Meanings
from akamai_mcp.catalogue.search.profile import Texts, name_words, read_texts, write_profile
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.files.folder import FolderContent
from akamai_mcp.openapi.loader import DocumentFile
from akamai_mcp.openapi.parser import clean

# Part of the digest: raise it when the schema or the content of the index changes, so that old files are not read.
FORMAT: Final = 28
# Old versions stay for other folders and for going back; older ones are deleted.
KEPT_INDEXES: Final = 6
LONGEST_TITLE: Final = 100  # characters
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE products (product TEXT, version TEXT, document TEXT, title TEXT, guide TEXT, operations INTEGER, source TEXT);
CREATE TABLE aliases (alias TEXT, product TEXT, PRIMARY KEY (alias, product)) WITHOUT ROWID;
CREATE TABLE replaced (document TEXT, method TEXT, template TEXT);
CREATE TABLE problems (document TEXT, reason TEXT);
CREATE TABLE files (name TEXT PRIMARY KEY, content BLOB, fault TEXT, inside INTEGER) WITHOUT ROWID;
CREATE TABLE operations (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT, product TEXT, version TEXT, method TEXT, effect TEXT,
  paginatable INTEGER, has_body INTEGER, tags TEXT, path TEXT, source TEXT, former TEXT, former_name TEXT,
  entry TEXT, profile TEXT, meaning BLOB
);
CREATE INDEX operations_name ON operations (name);
CREATE INDEX operations_former ON operations (former);
CREATE INDEX operations_former_name ON operations (former_name);
CREATE INDEX operations_product ON operations (product);
CREATE VIRTUAL TABLE terms USING fts5(
  summary, ask, identifier, path, product, fields, content='', tokenize='unicode61'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(terms, 'row');
CREATE VIRTUAL TABLE vocabulary_by_column USING fts5vocab(terms, 'col');
"""

# What reading a document raises if a node does not have the type that OpenAPI requires.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)

Progress = Callable[[str], None]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The documents to index; `guides` reads the default notes for documents that have none of their own.

    `content` is the folder's, where its files may change while they are served: the index then keeps it.
    """

    root: Path
    files: tuple[DocumentFile, ...]
    guides: Callable[[], Guides]
    content: FolderContent | None = None

    def digest(self) -> str:
        """What the index is a function of: format, names and bytes."""
        if self.content is None:
            return content_digest(self.files)
        return hashlib.sha256(f"format {FORMAT}, kept {self.content.digest()}".encode()).hexdigest()


def open_index(source: Source, cache: Path | None, progress: Progress = lambda _: None) -> sqlite3.Connection:
    """The index of a source: the prepared one for the same content, else a new one. `progress` gets each file's name."""
    digest = source.digest()
    target = cache / f"index-{digest[:32]}-{FORMAT}.sqlite" if cache else None
    if target and (prepared := _open_prepared(target, digest)):
        return prepared
    return _build_cached(source, digest, target, progress) if target else _build_in_memory(source, digest, progress)


def content_digest(files: Iterable[DocumentFile]) -> str:
    """SHA-256 over the names and bytes of the documents."""
    digest = hashlib.sha256(f"format {FORMAT}\n".encode())
    for file in files:
        digest.update(f"{file.name}\0".encode())
        with contextlib.suppress(OSError):
            digest.update(hashlib.sha256(file.path.read_bytes()).digest())
    return digest.hexdigest()


def _open_prepared(target: Path, digest: str) -> sqlite3.Connection | None:
    if not target.is_file():
        return None
    # Immutable: the file never changes, so SQLite needs no locks.
    connection = _connect(f"{target.resolve().as_uri()}?mode=ro&immutable=1")
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'digest'").fetchone()
        sound = connection.execute("PRAGMA quick_check(1)").fetchone()  # 1.4 ms; finds a file that a full disk or a crash damaged
        if (row, sound) == ((digest,), ("ok",)):
            return connection
    except sqlite3.Error:
        pass
    connection.close()
    return None


def _connect(target: str) -> sqlite3.Connection:
    return sqlite3.connect(target, uri=target.startswith("file:"), check_same_thread=False)


def _build_cached(source: Source, digest: str, target: Path, progress: Progress) -> sqlite3.Connection:
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Several processes may build the same index: each writes its own file and renames it, which is atomic.
        with tempfile.TemporaryDirectory(dir=target.parent) as name:
            with contextlib.closing(_connect(f"{name}/{target.name}")) as connection:
                fill_index(connection, source, digest, progress)
            Path(name, target.name).replace(target)
    except (OSError, sqlite3.Error):
        return _build_in_memory(source, digest, progress)
    _forget_old(target.parent)
    return _open_prepared(target, digest) or _build_in_memory(source, digest, progress)


def _build_in_memory(source: Source, digest: str, progress: Progress) -> sqlite3.Connection:
    connection = _connect(":memory:")
    fill_index(connection, source, digest, progress)
    return connection


def _forget_old(folder: Path) -> None:
    with contextlib.suppress(OSError):  # another process may forget the same ones
        indexes = sorted(folder.glob("index-*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in indexes[KEPT_INDEXES:]:
            path.unlink()


def fill_index(connection: sqlite3.Connection, source: Source, digest: str, progress: Progress) -> None:
    """Write every operation of the source into an empty database, in one transaction."""
    connection.executescript(_SCHEMA)
    with connection:
        _fill(connection, source, progress)
        connection.execute("INSERT INTO meta VALUES ('digest', ?)", (digest,))


def _fill(connection: sqlite3.Connection, source: Source, progress: Progress) -> None:
    writer = _Writer(connection)
    drafts: list[Draft] = []
    for file in source.files:
        progress(file.name)
        if draft := writer.attempt(file.name, partial(read_draft, file)):
            drafts.append(draft)
    drafts.sort(key=lambda draft: draft.is_undocumented)  # documented operations first: of two with one key, the first is served
    known = collect_known(drafts, source.guides)
    for draft in drafts:
        writer.attempt(draft.file.name, partial(writer.add_document, draft, known))
    if source.content is not None:
        keep_files(connection, source.content)


class _Writer:
    """Writes documents into an index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stems = Stemmer().stems
        self._meanings = Meanings()

    def attempt(self, document: str, step: Callable[[], Done]) -> Done | None:
        """The result of a step, or None if the document is faulty, which is recorded as a problem."""
        try:
            return step()
        except DocumentError as error:
            self.add_problem(document, error.message)
        except _MALFORMED as error:
            self.add_problem(document, clean(f"it is not a well-formed OpenAPI document ({type(error).__name__}: {error})"))
        return None

    def add_problem(self, document: str, reason: str) -> None:
        self._connection.execute("INSERT INTO problems VALUES (?, ?)", (clean(document), clean(reason)))

    def add_document(self, draft: Draft, known: Known) -> None:
        for fault in draft.faults:
            self.add_problem(draft.file.name, fault)
        replaced = [(draft.file.name, outline.method, outline.template) for outline in known.replaced(draft)]
        self._connection.executemany("INSERT INTO replaced VALUES (?, ?, ?)", replaced)
        entries = [known.entry(outline, draft) for outline in known.served(draft)]
        # A document whose operations are all replaced is not listed, but an empty document is.
        if entries or not replaced:
            title, called = self._add_product(draft, known.about(draft), len(entries))
            self._add_entries(entries, title, called)

    def _add_product(self, draft: Draft, about: Mapping[str, Any], operations: int) -> tuple[str, str]:
        """Write a document's row and its aliases; returns its title, and the stems of all names of the product."""
        title = clean(about.get("name") or draft.title, LONGEST_TITLE)
        guide, source = orjson.dumps(about).decode(), "clients" if draft.is_undocumented else ""
        row = (draft.product, draft.version, draft.file.name, title, guide, operations, source)
        self._connection.execute("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        names = (title, *about.get("aliases", ()))
        rows = [(str(name).lower(), draft.product) for name in names]
        self._connection.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?)", rows)
        return title, " ".join(self._stems(name_words(title, draft.product, *about.get("aliases", ()))))

    def _add_entries(self, entries: Iterable[Entry], title: str, called: str) -> None:
        texts = [(entry, read_texts(entry)) for entry in entries]
        self._stems(chain.from_iterable(text.words() for _, text in texts))  # all words at once: the stemmer's cost is per call
        for entry, text in texts:
            self._add_entry(entry, text, title, called)

    def _add_entry(self, entry: Entry, texts: Texts, title: str, called: str) -> None:
        if self._connection.execute("SELECT 1 FROM operations WHERE name = ?", (entry.name,)).fetchone():
            entry = replace(entry, name=distinct_name(entry.name, entry.key))  # `getFoo` and `get-foo` give one name
        row = (
            entry.key,
            entry.name,
            entry.product,
            entry.version,
            entry.method,
            entry.effect.worst,
            entry.paginatable,
            entry.has_body,
            "\n".join(entry.tags).lower(),
            entry.path,
            entry.source,
            entry.former,
            entry.former_name,
            orjson.dumps(entry).decode(),
            write_profile(entry, texts, self._stems),
            self._meanings.of((f"{title}: {entry.summary}", entry.summary, *entry.ask)),
        )
        try:
            cursor = self._connection.execute("INSERT INTO operations VALUES (NULL, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row)
        except sqlite3.IntegrityError:
            self.add_problem(entry.document, f"{entry.key} is declared twice; the first one is served")
            return
        self._connection.execute(
            "INSERT INTO terms (rowid, summary, ask, identifier, path, product, fields) VALUES (?,?,?,?,?,?,?)",
            (cursor.lastrowid, *texts.columns(called, self._stems)),
        )
