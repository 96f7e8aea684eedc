"""Open a tar, tar.gz, zip or gzip file in memory and read its members; nothing is written and no link is followed."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, Literal

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.unpacking import GZIP_MAGIC, MAX_UNPACKED, gunzip, refuse, too_much

Format = Literal["tar", "tar.gz", "zip", "gzip"]

MAX_MEMBERS: Final = 10_000
MAX_MEMBER: Final = 16 * 1024 * 1024
# The name of what a gzip file holds that is not an archive.
CONTENT: Final = "content"
_TAR_MAGIC: Final = (257, b"ustar")
_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_ENTRY: Final = b"PK\x01\x02"
_BROKEN: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError,
                  RuntimeError, RecursionError, LookupError, OverflowError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of an archive, its size in bytes as the archive states it, and why it is not read, if it is not."""

    name: str
    size: int
    refusal: str = ""
    open: Callable[[], IO[bytes] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The format of an archive and its members, in the archive's order."""

    format: Format
    members: tuple[Member, ...]

    def read(self, name: str) -> bytes:
        """The content of a member, of several with one name the last. Raises ArgumentError."""
        found = next((member for member in reversed(self.members) if member.name == name), None)
        if found is None:
            raise ArgumentError(f"The archive has no member {name[:200]!r}.", advice="Take a name from archive.members.")
        return read_member(found)


def open_archive(content: bytes) -> Archive | None:
    """The archive in some bytes, judged by them and not by a media type; None if they are none. Raises ArgumentError."""
    try:
        return _opened(content)
    except _BROKEN as error:
        raise refuse(f"The archive is damaged ({type(error).__name__}).") from error


def read_member(member: Member) -> bytes:
    """The content of a member, whatever size the archive states for it. Raises ArgumentError."""
    if member.refusal:
        raise refuse(f"The member {member.name[:200]!r} is not read: {member.refusal}.")
    try:
        with member.open() or io.BytesIO() as file:
            content = file.read(MAX_MEMBER + 1)
    except _BROKEN as error:
        raise refuse(f"The member {member.name[:200]!r} cannot be read ({type(error).__name__}).") from error
    if len(content) > MAX_MEMBER:
        raise refuse(f"The member is larger than {MAX_MEMBER:,} bytes.")
    return content


def read_all(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """The name and content of each member that may be read. Raises ArgumentError beyond MAX_UNPACKED bytes together."""
    size = 0
    for member in archive.members:
        if member.refusal:
            continue
        content = read_member(member)
        size += len(content)
        if size > MAX_UNPACKED:
            raise too_much()
        yield member.name, content


def _opened(content: bytes) -> Archive | None:
    if content.startswith(_ZIP_MAGICS):
        return Archive(format="zip", members=_bounded(_zip_members(content)))
    if _is_tar(content):
        return Archive(format="tar", members=_bounded(_tar_members(content)))
    if not content.startswith(GZIP_MAGIC):
        return None
    unpacked = gunzip(content)
    if _is_tar(unpacked):
        return Archive(format="tar.gz", members=_bounded(_tar_members(unpacked)))
    return Archive(format="gzip", members=(Member(name=CONTENT, size=len(unpacked), open=lambda: io.BytesIO(unpacked)),))


def _is_tar(content: bytes) -> bool:
    start, magic = _TAR_MAGIC
    return content[start : start + len(magic)] == magic


def _bounded(members: Iterator[Member]) -> tuple[Member, ...]:
    found: list[Member] = []
    for member in members:
        if len(found) == MAX_MEMBERS:
            raise refuse(f"The archive has more than {MAX_MEMBERS:,} members.")
        found.append(member)
    return tuple(found)


def _tar_members(content: bytes) -> Iterator[Member]:
    tar = tarfile.open(fileobj=io.BytesIO(content), mode="r:", tarinfo=_Header)  # noqa: SIM115 - its members are read later
    for header in tar:
        if not header.isdir():
            yield _tar_member(tar, header)


def _tar_member(tar: tarfile.TarFile, header: tarfile.TarInfo) -> Member:
    is_file = header.type in {tarfile.REGTYPE, tarfile.AREGTYPE} and not header.issparse()
    refusal = refusal_of(header.name) or ("" if is_file else "it is a link or a special file")
    return Member(name=header.name, size=header.size, refusal=refusal, open=lambda: tar.extractfile(header))


class _Header(tarfile.TarInfo):
    """A tar header whose size never leads backwards, which would make tarfile read the same headers for ever."""

    def _block(self, count: int) -> int:
        if count < 0:
            raise tarfile.HeaderError("a member has a negative size")
        blocks: int = super()._block(count)  # type: ignore[misc]
        return blocks


def _zip_members(content: bytes) -> Iterator[Member]:
    if content.count(_ZIP_ENTRY) > MAX_MEMBERS:  # before zipfile makes an object of each
        raise refuse(f"The archive has more than {MAX_MEMBERS:,} members.")
    archive = zipfile.ZipFile(io.BytesIO(content))
    for header in archive.infolist():
        if not header.is_dir():
            yield _zip_member(archive, header)


def _zip_member(archive: zipfile.ZipFile, header: zipfile.ZipInfo) -> Member:
    encrypted = "it is encrypted" if header.flag_bits & 1 else ""
    name = header.orig_filename  # zipfile cuts a name at a NUL, so that two readers would see two names
    refusal = refusal_of(name) or encrypted
    return Member(name=name, size=header.file_size, refusal=refusal, open=lambda: _open(archive, header))


def _open(archive: zipfile.ZipFile, header: zipfile.ZipInfo) -> Any:
    return archive.open(header)


def refusal_of(name: str) -> str:
    """Why a member's name is not safe to use, or an empty text: where it is unpacked, it may lead out of the folder."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or parts[0][1:2] == ":":
        return "its name leads out of the archive"
    return "" if name and name.isprintable() else "its name has characters that are not shown"
