"""Extract the documents from a repository's archive; the whole archive is checked before any file is written.

Python's data filter refuses members that would leave the folder. This module also refuses links, devices and
sparse files, names with another meaning on another platform, and sizes over the limits.
"""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.files.folder import SUFFIXES

FOLDER: Final = "apis"
ADVICE: Final = "Nothing was changed. Check the URL and the ref, then sync again; the documents in use are still served."
_GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 64 * 1024
_REGULAR: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)
_BROKEN: Final = (
    *(tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RecursionError),
    *(FileExistsError, NotADirectoryError, IsADirectoryError),  # a member's name is a folder in another's
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """The limits of an archive: bytes compressed, in total and per file, and the number of members."""

    compressed_bytes: int = 64 * 1024 * 1024
    total_bytes: int = 512 * 1024 * 1024
    file_bytes: int = 32 * 1024 * 1024
    members: int = 50_000


def refuse(name: str, reason: str) -> DocumentError:
    """The error that says why an archive was rejected."""
    return DocumentError(f"{name} was rejected: {reason}.", document=name, advice=ADVICE)


def extract_documents(archive: Path, into: Path, limits: ArchiveLimits, *, name: str) -> int:
    """Write the JSON and YAML files below `apis/` into a folder and return their number. Raises DocumentError."""
    try:
        with archive.open("rb") as file:
            # A login page or an error in HTML is the usual reason, which gzip would report as a broken archive.
            if file.read(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
                raise refuse(name, "what was received is not a .tar.gz archive")
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as content:
                return _extract(_Bounded(content, limits, name), into, limits, name)
    except _BROKEN as error:
        raise refuse(name, f"the archive is broken ({type(error).__name__}: {error})") from error


def _extract(content: _Bounded, into: Path, limits: ArchiveLimits, name: str) -> int:
    with tarfile.open(fileobj=cast("IO[bytes]", content), mode="r:") as tar:
        chosen = [(member, path) for member in _checked(tar, into, limits, name) if (path := _document_path(member))]
        _check_end(content, tar)
        for member, path in chosen:
            _write(tar, member, into / path)
    return len(chosen)


def _checked(tar: tarfile.TarFile, into: Path, limits: ArchiveLimits, name: str) -> Iterator[tarfile.TarInfo]:
    """The regular files of the archive. Raises DocumentError at the first member that is not allowed."""
    names: set[str] = set()
    for number, member in enumerate(tar, start=1):
        if number > limits.members:
            raise refuse(name, f"it has more than {limits.members:,} members")
        # Of two members with one name the second would overwrite the first, so it is not clear which one counts.
        if problem := _problem(member, limits) or ("it is in the archive twice" if member.name in names else ""):
            raise refuse(name, f"{member.name[:200]!a}: {problem}")
        # Raises for members outside the folder; its result is not needed, as _write opens files itself.
        tarfile.data_filter(member, str(into))
        names.add(member.name)
        if not member.isdir():
            yield member


def _problem(member: tarfile.TarInfo, limits: ArchiveLimits) -> str:
    if not member.isdir() and (member.type not in _REGULAR or member.issparse()):
        return "it is neither a regular file nor a folder"
    if member.name.startswith("/") or ".." in member.name.split("/") or not _is_portable(member.name):
        return "its name may lead out of the folder"
    if member.size > limits.file_bytes:
        return f"it is larger than {limits.file_bytes:,} bytes"
    return ""


def _is_portable(name: str) -> bool:
    # On Windows both separate the parts of a path.
    return name.isprintable() and not {"\\", ":"} & set(name)


def _document_path(member: tarfile.TarInfo) -> PurePosixPath | None:
    """The relative path of a document, or None for any other file; hosts wrap a repository in one folder."""
    parts = PurePosixPath(member.name).parts
    # Deeper folders of that name are something else.
    depth = parts.index(FOLDER) + 1 if FOLDER in parts[:2] else len(parts)
    path = PurePosixPath(*parts[depth:])
    is_hidden = any(part.startswith(".") for part in path.parts)
    return path if path.suffix in SUFFIXES and not is_hidden else None


def _check_end(content: _Bounded, tar: tarfile.TarFile) -> None:
    """Read to the end to detect a truncated or damaged archive, since tarfile treats any bad header as the end."""
    content.seek(tar.offset)
    if content.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise tarfile.ReadError("a member's header is damaged")
    while content.read(_CHUNK):
        pass


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(member)
    assert source is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    # Never through a file that is already there, whatever it is.
    with source, target.open("xb") as file:
        shutil.copyfileobj(source, file)


class _Bounded:
    """The decompressed bytes of an archive; raises DocumentError once they exceed the limits."""

    def __init__(self, content: gzip.GzipFile, limits: ArchiveLimits, name: str) -> None:
        self._content = content
        self._limits = limits
        self._name = name

    def read(self, size: int = -1) -> bytes:
        # tarfile reads an extended header at once, whatever size it claims.
        if not 0 <= size <= self._limits.file_bytes + tarfile.BLOCKSIZE:
            raise refuse(self._name, f"one of its headers is larger than {self._limits.file_bytes:,} bytes")
        self._check(self._content.tell() + size)
        return self._content.read(size)

    def seek(self, offset: int, *whence: Any) -> int:
        self._check(offset)
        return self._content.seek(offset, *whence)

    def tell(self) -> int:
        return self._content.tell()

    def _check(self, position: int) -> None:
        if position > self._limits.total_bytes + _CHUNK:
            raise refuse(self._name, f"it unpacks to more than {self._limits.total_bytes:,} bytes")
