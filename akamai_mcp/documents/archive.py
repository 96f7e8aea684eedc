"""Take the documents out of a repository's archive, which is checked whole before anything of it is written.

Python's data filter refuses members that would leave the folder; refused here besides are links, devices and
sparse files anywhere in the archive, names that mean another place on another system, and sizes over the limits.
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
from akamai_mcp.openapi.loader import SUFFIXES

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
    """What an archive may hold at most, in bytes and members."""

    compressed_bytes: int = 64 * 1024 * 1024
    total_bytes: int = 512 * 1024 * 1024
    file_bytes: int = 32 * 1024 * 1024
    members: int = 50_000


def refuse(name: str, reason: str) -> DocumentError:
    """The error that says why an archive is not used."""
    return DocumentError(f"{name} is not used: {reason}.", document=name, advice=ADVICE)


def extract_documents(archive: Path, into: Path, limits: ArchiveLimits, *, name: str) -> int:
    """Write the JSON and YAML files below `apis/` into a folder; their number. Raises DocumentError naming the archive."""
    try:
        with archive.open("rb") as file:
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
    """Every regular file of the archive. Raises DocumentError at the first member that may not be there."""
    names: set[str] = set()
    for number, member in enumerate(tar, start=1):
        if number > limits.members:
            raise refuse(name, f"it has more than {limits.members:,} members")
        if problem := _problem(member, limits) or ("it comes twice" if member.name in names else ""):
            raise refuse(name, f"{member.name[:200]!a}: {problem}")
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
    return name.isprintable() and not {"\\", ":"} & set(name)


def _document_path(member: tarfile.TarInfo) -> PurePosixPath | None:
    """Where a document goes, or None for any other file; hosts put one folder above a repository's own."""
    parts = PurePosixPath(member.name).parts
    depth = parts.index(FOLDER) + 1 if FOLDER in parts[:2] else len(parts)
    path = PurePosixPath(*parts[depth:])
    is_hidden = any(part.startswith(".") for part in path.parts)
    return path if path.suffix in SUFFIXES and not is_hidden else None


def _check_end(content: _Bounded, tar: tarfile.TarFile) -> None:
    """Read to the end: a cut or damaged archive shows there, and tarfile takes any bad header for the end."""
    content.seek(tar.offset)
    if content.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise tarfile.ReadError("a member's header is damaged")
    while content.read(_CHUNK):
        pass


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(member)
    assert source is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, target.open("xb") as file:
        shutil.copyfileobj(source, file)


class _Bounded:
    """The unpacked bytes of an archive, refused once there are more of them than the limits allow."""

    def __init__(self, content: gzip.GzipFile, limits: ArchiveLimits, name: str) -> None:
        self._content = content
        self._limits = limits
        self._name = name

    def read(self, size: int = -1) -> bytes:
        # tarfile reads extended headers whole, at whatever size they claim.
        if not 0 <= size <= self._limits.file_bytes + tarfile.BLOCKSIZE:
            raise refuse(self._name, f"a header of it is larger than {self._limits.file_bytes:,} bytes")
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
