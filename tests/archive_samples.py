"""Archives in memory, made of names and contents."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping


def tar_of(files: Mapping[str, bytes], *, mode: str = "w:gz", links: Mapping[str, str] | None = None) -> bytes:
    """A tar file of these files, then of symbolic links by name."""
    members = [tar_member(name, len(content)) for name, content in files.items()]
    members += [tar_member(name, kind=tarfile.SYMTYPE, target=target) for name, target in (links or {}).items()]
    return tar_of_members(members, list(files.values()), mode=mode)


def tar_of_members(members: list[tarfile.TarInfo], contents: list[bytes], *, mode: str = "w") -> bytes:
    """A tar file of these headers; the first ones have a content each."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for number, member in enumerate(members):
            tar.addfile(member, io.BytesIO(contents[number]) if number < len(contents) else None)
    return buffer.getvalue()


def tar_member(name: str, size: int = 0, *, kind: bytes = tarfile.REGTYPE, target: str = "", **pax: str) -> tarfile.TarInfo:
    """The header of a tar file's member."""
    header = tarfile.TarInfo(name)
    header.size, header.type, header.linkname, header.pax_headers = size, kind, target, pax
    return header


def zip_of(files: Mapping[str, bytes], *, flags: int = 0) -> bytes:
    """A zip file of these files; `flags` are set in the list of its members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    whole = bytearray(buffer.getvalue())
    at = whole.find(b"PK\x01\x02")
    while flags and at >= 0:
        whole[at + 8] |= flags
        at = whole.find(b"PK\x01\x02", at + 1)
    return bytes(whole)
