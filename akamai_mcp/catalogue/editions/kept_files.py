"""The files of a folder that may change, kept in its index, so that what is served never depends on their later content."""

from __future__ import annotations

import sqlite3
import zlib

from akamai_mcp.openapi.files.folder import FolderContent, KeptFile

QUICK = 1  # of zlib's levels: documents shrink to a tenth with it


def keep_files(index: sqlite3.Connection, content: FolderContent) -> None:
    """Write the files of a folder into its index."""
    for name in content.names:
        if file := content.find(name):
            row = (name, zlib.compress(file.content, QUICK), file.fault, file.is_inside)
            index.execute("INSERT INTO files VALUES (?, ?, ?, ?)", row)
    index.execute("INSERT INTO meta VALUES ('kept', 'files')")


def kept_files(index: sqlite3.Connection) -> FolderContent | None:
    """The files that an index keeps; None if it keeps none, since its folder does not change."""
    if not index.execute("SELECT 1 FROM meta WHERE key = 'kept'").fetchone():
        return None

    def find(name: str) -> KeptFile | None:
        row = index.execute("SELECT content, fault, inside FROM files WHERE name = ?", (name,)).fetchone()
        return KeptFile(content=zlib.decompress(row[0]), fault=row[1], is_inside=bool(row[2])) if row else None

    names = tuple(row[0] for row in index.execute("SELECT name FROM files ORDER BY name"))
    return FolderContent(names=names, find=find)
