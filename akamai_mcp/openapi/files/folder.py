"""The content of a specs folder at one moment, so that documents in service stay as they were while their files change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})
MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
# Documents declare `openapi` near their start, so the rest of a file is not read to recognize one.
SNIFF_BYTES: Final = 64 * 1024
# Works on JSON and YAML text; the key may be quoted and needs not be the first one.
# Swagger 2.0 is found too: passed over in silence, it would be missed only when a call is.
_DECLARES_OPENAPI: Final = re.compile(rb"""(?:^|[{,\n])\s*["']?(?:openapi["']?\s*:\s*["']?3\.|swagger["']?\s*:\s*["']?2\.)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file: its bytes, or why it cannot be read; `is_inside` is false for a link to something outside the folder."""

    content: bytes = field(default=b"", repr=False)
    fault: str = ""
    is_inside: bool = True

    def read(self) -> bytes:
        """The bytes. Raises ValueError if the file cannot be read."""
        if self.fault:
            raise ValueError(self.fault)
        return self.content


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContent:
    """The files of a folder by their names relative to it; `find` returns None for a name that it has not."""

    names: tuple[str, ...]
    find: Callable[[str], KeptFile | None]

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError, ValueError."""
        file = self.find(name)
        if file is None:
            raise FileNotFoundError(f"there is no {name}")
        return file.read()

    def is_inside(self, name: str) -> bool:
        """Whether a reference may name this file: one below the folder that is no link to something outside it."""
        if name.startswith("../"):
            return False
        file = self.find(name)
        return file is None or file.is_inside

    def documents(self) -> tuple[str, ...]:
        """The names of the files that declare themselves OpenAPI documents, and of those that cannot be read."""
        found = ((name, self.find(name)) for name in self.names)
        return tuple(name for name, file in found if file and (file.fault or declares_openapi(file.content[:SNIFF_BYTES])))

    def digest(self) -> str:
        """SHA-256 over the names and files."""
        whole = hashlib.sha256()
        for name in self.names:
            file = self.find(name) or KeptFile()
            whole.update(f"{name}\0{file.is_inside}\0{file.fault}\0".encode())
            whole.update(hashlib.sha256(file.content).digest())
        return whole.hexdigest()


def declares_openapi(head: bytes) -> bool:
    """Whether a file that begins so is an OpenAPI document."""
    return _DECLARES_OPENAPI.search(head) is not None


def read_folder(root: Path) -> FolderContent:
    """Read every JSON and YAML file of a folder tree, since documents refer to files that are no documents."""
    inside = root.resolve()
    paths = (path for path in sorted(root.rglob("*")) if path.suffix in SUFFIXES and path.is_file())
    files = {path.relative_to(root).as_posix(): _read_file(path, inside) for path in paths}
    return FolderContent(names=tuple(files), find=files.get)


def _read_file(path: Path, root: Path) -> KeptFile:
    try:
        is_inside = path.resolve().is_relative_to(root)
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            return KeptFile(fault=f"larger than {MAX_DOCUMENT_BYTES} bytes", is_inside=is_inside)
        return KeptFile(content=path.read_bytes(), is_inside=is_inside)
    except OSError as error:
        return KeptFile(fault=f"{type(error).__name__}: {error.strerror}")
