"""The prepared index of a specs folder: one SQLite file in the user's cache, named by the documents' content.

It is built when a folder's content has not been seen before, and never used for other content, so a start
only reads the documents' bytes and opens a file. Where the cache cannot be written the index is kept in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from akamai_mcp.catalogue.entry import Entry, to_entry
from akamai_mcp.catalogue.naming import distinct_name
from akamai_mcp.catalogue.precedence import Former, described_places, former_operations, is_replaced, successor_of
from akamai_mcp.catalogue.profile import Texts, name_words, read_texts, write_profile
from akamai_mcp.catalogue.stemming import Stemmer
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import DocumentFile, find_documents, identify, load_document, load_raw, plain
from akamai_mcp.openapi.parser import METHODS, Outline, clean, outline_document

FORMAT: Final = 15
KEPT_INDEXES: Final = 6
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE products (product TEXT, version TEXT, document TEXT, title TEXT, guide TEXT, operations INTEGER, source TEXT);
CREATE TABLE replaced (document TEXT, method TEXT, template TEXT);
CREATE TABLE problems (document TEXT, reason TEXT);
CREATE TABLE operations (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT, product TEXT, version TEXT, method TEXT, effect TEXT,
  paginatable INTEGER, has_body INTEGER, tags TEXT, path TEXT, source TEXT, former TEXT, entry TEXT, profile TEXT
);
CREATE INDEX operations_name ON operations (name);
CREATE INDEX operations_former ON operations (former);
CREATE INDEX operations_product ON operations (product);
CREATE VIRTUAL TABLE terms USING fts5(
  summary, ask, identifier, path, product, fields, content='', tokenize='unicode61'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(terms, 'row');
CREATE VIRTUAL TABLE vocabulary_by_column USING fts5vocab(terms, 'col');
"""

# What reading a document raises where a node has another type than OpenAPI says.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)

Guides = Mapping[str, Mapping[str, Any]]
Progress = Callable[[str], None]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The documents to index; `guides` gives notes for operations whose own document has none."""

    root: Path
    files: tuple[DocumentFile, ...]
    guides: Callable[[], Guides]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A document as far as the index needs it."""

    file: DocumentFile
    product: str
    version: str
    title: str
    about: Mapping[str, Any]
    has_guide: bool
    outlines: tuple[Outline, ...]

    @property
    def is_ours(self) -> bool:
        return bool(self.outlines) and all(outline.source for outline in self.outlines)


def open_index(source: Source, cache: Path | None, progress: Progress = lambda _: None) -> sqlite3.Connection:
    """The index of a source: the prepared one if its content is the same, else a new one."""
    digest = content_digest(source.files)
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
    try:
        connection = _connect(f"{target.resolve().as_uri()}?mode=ro&immutable=1")
        row = connection.execute("SELECT value FROM meta WHERE key = 'digest'").fetchone()
        connection.execute("SELECT rowid FROM terms LIMIT 1").fetchone()
    except sqlite3.Error:
        return None
    return connection if row == (digest,) else None


def _connect(target: str) -> sqlite3.Connection:
    return sqlite3.connect(target, uri=target.startswith("file:"), check_same_thread=False, isolation_level=None)


def _build_cached(source: Source, digest: str, target: Path, progress: Progress) -> sqlite3.Connection:
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix="building-", suffix=".sqlite", dir=target.parent)
        os.close(handle)
        try:
            connection = _connect(name)
            fill_index(connection, source, digest, progress)
            connection.close()
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        _forget_old(target.parent)
    except (OSError, sqlite3.Error):
        return _build_in_memory(source, digest, progress)
    return _open_prepared(target, digest) or _build_in_memory(source, digest, progress)


def _build_in_memory(source: Source, digest: str, progress: Progress) -> sqlite3.Connection:
    connection = _connect(":memory:")
    fill_index(connection, source, digest, progress)
    return connection


def _forget_old(folder: Path) -> None:
    indexes = sorted(folder.glob("index-*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in indexes[KEPT_INDEXES:]:
        path.unlink(missing_ok=True)


def fill_index(connection: sqlite3.Connection, source: Source, digest: str, progress: Progress) -> None:
    """Write every operation of the source into an empty database."""
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    writer = _Writer(connection)
    drafts = [draft for file in source.files if (draft := writer.attempt(file.name, partial(_read_draft, file, progress)))]
    drafts.sort(key=lambda draft: draft.is_ours)  # where both have a key, the documents' operation is the one that is served
    known = _collect(drafts, source.guides)
    for draft in drafts:
        writer.attempt(draft.file.name, partial(writer.add_document, draft, known))
    connection.execute("INSERT INTO meta VALUES ('digest', ?)", (digest,))
    connection.execute("COMMIT")


def _read_draft(file: DocumentFile, progress: Progress) -> _Draft:
    progress(file.name)
    document = load_document(file)
    product, version = identify(file, document)
    about = plain(document.get("x-guide")) or {}
    return _Draft(
        file=file,
        product=product,
        version=version,
        title=clean(about.get("name") or document.get("info", {}).get("title"), 100),
        about=about,
        has_guide="x-guide" in document,
        outlines=tuple(outline_document(document)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the documents of a folder say of each other's operations, and the notes that are lent to them."""

    guides: Guides
    formers: Mapping[str, Former]
    described: frozenset[str]


def _collect(drafts: Iterable[_Draft], lend: Callable[[], Guides]) -> _Known:
    drafts = list(drafts)
    formers = dict(chain.from_iterable(former_operations(d.product, d.version, d.outlines) for d in drafts))
    guides = lend() if not formers or not all(draft.has_guide for draft in drafts) else {}
    lent = {place: Former(key=note["key"], note=note["note"]) for place, note in guides.items() if " " in place}
    described = described_places(chain.from_iterable(draft.outlines for draft in drafts))
    return _Known(guides=guides, formers=lent | formers, described=described)


class _Writer:
    """Writes documents into an index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._stems = Stemmer().stems

    def attempt(self, document: str, step: Callable[[], Done]) -> Done | None:
        """What a step gives, or None with a problem noted where the document does not allow it."""
        try:
            return step()
        except DocumentError as error:
            self.add_problem(document, error.message)
        except _MALFORMED as error:
            self.add_problem(document, clean(f"it is not a well-formed OpenAPI document ({type(error).__name__}: {error})"))
        return None

    def add_problem(self, document: str, reason: str) -> None:
        self._connection.execute("INSERT INTO problems VALUES (?, ?)", (document, reason))

    def add_document(self, draft: _Draft, known: _Known) -> None:
        about = draft.about or dict(known.guides.get(f"{draft.product}/{draft.version}", {}))
        served = [outline for outline in draft.outlines if not is_replaced(outline, known.described)]
        self._note_replaced(draft, known)
        if draft.outlines and not served:
            return
        entries = [_to_entry(outline, draft, known) for outline in served]
        title = draft.title if draft.about.get("name") else clean(about.get("name"), 100) or draft.title or draft.product
        guide = orjson.dumps(about).decode()
        source = "clients" if draft.is_ours else ""
        row = (draft.product, draft.version, draft.file.name, title, guide, len(entries), source)
        self._connection.execute("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        called = " ".join(self._stems(name_words(title, draft.product, *about.get("aliases", ()))))
        texts = [read_texts(entry) for entry in entries]
        self._stems(chain.from_iterable(text.words() for text in texts))  # for all at once: the stemmer costs by call
        for entry, text in zip(entries, texts, strict=True):
            self._add_entry(entry, text, called)

    def _note_replaced(self, draft: _Draft, known: _Known) -> None:
        rows = [
            (draft.file.name, outline.method, outline.template)
            for outline in draft.outlines
            if is_replaced(outline, known.described)
        ]
        self._connection.executemany("INSERT INTO replaced VALUES (?, ?, ?)", rows)

    def _add_entry(self, entry: Entry, texts: Texts, called: str) -> None:
        if self._connection.execute("SELECT 1 FROM operations WHERE name = ?", (entry.name,)).fetchone():
            entry = replace(entry, name=distinct_name(entry.name, entry.key))  # `getFoo` and `get-foo`: both can be called
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
            orjson.dumps(entry).decode(),
            write_profile(entry, texts, self._stems),
        )
        try:
            cursor = self._connection.execute("INSERT INTO operations VALUES (NULL, ?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row)
        except sqlite3.IntegrityError:
            self.add_problem(entry.document, f"{entry.key} is declared twice; the first one is served")
            return
        self._connection.execute(
            "INSERT INTO terms (rowid, summary, ask, identifier, path, product, fields) VALUES (?,?,?,?,?,?,?)",
            (cursor.lastrowid, *texts.columns(called, self._stems)),
        )


def _to_entry(outline: Outline, draft: _Draft, known: _Known) -> Entry:
    former = successor_of(outline, known.formers)
    own = outline.guide or known.guides.get(f"{draft.product}/{draft.version}#{outline.operation_id}", {})
    return to_entry(
        outline,
        product=draft.product,
        version=draft.version,
        document=draft.file.name,
        note={**(former.note if former else {}), **own},
        former=former.key if former else "",
    )


def read_guides(root: Path) -> Guides:
    """The guide's notes in the documents of a folder, by `product/version`, by operation key, and by place where it is ours."""
    guides: dict[str, Mapping[str, Any]] = {}
    for file in find_documents(root):
        document = load_raw(file)
        product, version = identify(file, document)
        about = guides.get(f"{product}/{version}", {})
        guides[f"{product}/{version}"] = merge_abouts(about, document.get("x-guide", {}))
        for item in document["paths"].values():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    note = {"summary": operation.get("summary"), **operation.get("x-guide", {})}
                    guides[f"{product}/{version}#{operation['operationId']}"] = note
        formers = former_operations(product, version, outline_document(document))
        guides |= {place: {"key": former.key, "note": former.note} for place, former in formers}
    return guides


def merge_abouts(first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    """What two documents of a product say of it, with the fields of both."""
    fields = {**first.get("fields", {}), **second.get("fields", {})}
    return {**first, **second, **({"fields": fields} if fields else {})}
