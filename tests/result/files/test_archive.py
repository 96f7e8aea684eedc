"""Archives are judged by their bytes, listed whole, and read within bounds; what is unsafe is refused with the reason."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Callable
from typing import IO

import pytest
from archive_samples import tar_member, tar_of, tar_of_members, zip_of

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.archive import (
    MAX_MEMBER,
    MAX_MEMBERS,
    Archive,
    Member,
    open_archive,
    read_all,
    read_member,
    refusal_of,
)
from akamai_mcp.result.files.listing import MAX_LISTED, list_archive
from akamai_mcp.result.files.unpacking import ADVICE, MAX_UNPACKED

FILES = {"a.txt": b"one", "dir/b.bin": b"\0\1", "empty": b""}
ROWS = [{"name": name, "bytes": len(content)} for name, content in FILES.items()]
FOLDER = tar_member("dir", kind=tarfile.DIRTYPE)
TAR_WITH_FOLDER = tar_of_members([tar_member("a", 1), FOLDER], [b"x"])
LINK = "it is a link or a special file"
CLIMBS = "its name leads out of the archive"
HIDDEN = "its name has characters that are not shown"


def body(content: bytes) -> dict[str, object]:
    return {"base64": base64.b64encode(content).decode(), "contentType": "application/octet-stream", "bytes": len(content)}


def opened(content: bytes) -> Archive:
    archive = open_archive(content)
    assert archive is not None
    return archive


@pytest.mark.parametrize(
    ("content", "form", "rows"),
    [
        (tar_of(FILES, mode="w"), "tar", ROWS),
        (tar_of(FILES), "tar.gz", ROWS),
        (zip_of(FILES), "zip", ROWS),
        (zip_of({}), "zip", []),
        (gzip.compress(b"text"), "gzip", [{"name": "content", "bytes": 4}]),
        (gzip.compress(b"te") + gzip.compress(b"xt"), "gzip", [{"name": "content", "bytes": 4}]),
        (gzip.compress(b"text") + b"\0" * 100, "gzip", [{"name": "content", "bytes": 4}]),
        (TAR_WITH_FOLDER, "tar", [{"name": "a", "bytes": 1}]),
        (zip_of({"a": b"x", "dir/": b""}), "zip", [{"name": "a", "bytes": 1}]),
    ],
)
def test_an_archive_is_listed_by_its_bytes_with_every_file_of_it(content: bytes, form: str, rows: list[object]) -> None:
    assert list_archive(body(content)) == {"archive": {"format": form, "members": rows}}


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK", b"\x1f", b"ustar", b" " * 600])
def test_other_bytes_are_no_archive(content: bytes) -> None:
    assert open_archive(content) is None
    assert list_archive(body(content)) == {}


@pytest.mark.parametrize("content", [tar_of(FILES, mode="w"), tar_of(FILES), zip_of(FILES)])
def test_every_member_is_read_by_its_name_and_all_together(content: bytes) -> None:
    archive = opened(content)
    assert {name: archive.read(name) for name in FILES} == dict(read_all(archive)) == FILES


def test_what_a_gzip_file_holds_is_one_member() -> None:
    assert list(read_all(opened(gzip.compress(b"te") + gzip.compress(b"xt")))) == [("content", b"text")]


def test_of_several_members_with_one_name_the_last_counts_as_where_it_is_unpacked() -> None:
    twice = tar_of_members([tar_member("a", 1), tar_member("a", 1)], [b"1", b"2"])
    assert opened(twice).read("a") == b"2"


def test_a_name_that_is_not_there_is_refused_with_where_names_are() -> None:
    with pytest.raises(ArgumentError) as refused:
        opened(zip_of(FILES)).read("b")
    assert (refused.value.message, refused.value.advice) == (
        "The archive has no member 'b'.",
        "Take a name from archive.members.",
    )


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        *((name, "") for name in ("a", "a/b", "a b", "..a", "a..", "a/..b/c", "a/b:c", "ab:c", "größe.txt")),
        *(
            (name, CLIMBS)
            for name in ("..", "../a", "a/..", "a/../b", "/a", "/", "\\a", "..\\a", "a\\..\\b", "C:\\a", "c:a", "c:")
        ),
        *((name, HIDDEN) for name in ("", "a\nb", "a\0b", "a\u202eb", "\ufeffa")),
    ],
)
def test_a_name_that_leads_out_or_hides_something_is_refused(name: str, refusal: str) -> None:
    assert refusal_of(name) == refusal


@pytest.mark.parametrize(
    ("member", "refusal"),
    [
        (tar_member("m", kind=tarfile.SYMTYPE, target="a"), LINK),
        (tar_member("m", kind=tarfile.LNKTYPE, target="a"), LINK),
        (tar_member("m", kind=tarfile.FIFOTYPE), LINK),
        (tar_member("m", kind=tarfile.CHRTYPE), LINK),
        (tar_member("m", **{"GNU.sparse.map": "0,0", "GNU.sparse.size": "1000000000000"}), LINK),
        (tar_member("../m", kind=tarfile.SYMTYPE, target="a"), CLIMBS),
        (tar_member("../m"), CLIMBS),
        (tar_member("m", kind=tarfile.AREGTYPE), ""),
    ],
)
def test_only_plain_files_of_a_tar_file_are_read(member: tarfile.TarInfo, refusal: str) -> None:
    content = tar_of_members([tar_member("a", 1), member], [b"x"])
    found = opened(content).members[-1]
    assert (found.name, found.refusal) == (member.name, refusal)
    row = {"name": member.name, "bytes": found.size, **({"refused": refusal} if refusal else {})}
    assert list_archive(body(content))["archive"]["members"] == [{"name": "a", "bytes": 1}, row]
    assert [name for name, _ in read_all(opened(content))] == ["a", *([] if refusal else [member.name])]
    if refusal:
        with pytest.raises(ArgumentError) as refused:
            opened(content).read(member.name)
        assert refused.value.message == f"The member {member.name!r} is not read: {refusal}."


@pytest.mark.parametrize(("flags", "refusal"), [(1, "it is encrypted"), (2, ""), (8, "")])
def test_an_encrypted_member_is_refused(flags: int, refusal: str) -> None:
    assert [one.refusal for one in opened(zip_of({"a": b"x"}, flags=flags)).members] == [refusal]
    assert [one.refusal for one in opened(zip_of({"../a": b"x"}, flags=flags)).members] == [CLIMBS]


def test_a_name_in_a_zip_file_is_not_cut_where_another_reader_would_cut_it() -> None:
    hidden = zip_of({"a.txt?.sh": b"x"}).replace(b"a.txt?.sh", b"a.txt\0.sh")
    assert [(one.name, one.refusal) for one in opened(hidden).members] == [("a.txt\0.sh", HIDDEN)]


NEGATIVE = tar_member("a", -1024).tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(b"x" * 1000)[:-9], "The archive ends too early."),
        (gzip.compress(b"x")[:10] + b"\xff" * 20, "The archive is damaged."),
        (zip_of(FILES)[:-30], "The archive is damaged (BadZipFile)."),
        (NEGATIVE, "The archive is damaged (HeaderError)."),
        (b"PK\x03\x04" + b"PK\x01\x02" * (MAX_MEMBERS + 1), "The archive has more than 10,000 members."),
        (tar_member("a").tobuf() * (MAX_MEMBERS + 1), "The archive has more than 10,000 members."),
    ],
)
def test_an_archive_that_is_damaged_or_too_full_says_so_in_the_listing(content: bytes, problem: str) -> None:
    assert list_archive(body(content)) == {"archive": {"refused": problem}}


@pytest.mark.parametrize("content", [zip_of(FILES)[:-30], gzip.compress(b"x")[:-9]])
def test_what_cannot_be_opened_is_refused_with_another_way_to_its_bytes(content: bytes) -> None:
    with pytest.raises(ArgumentError) as refused:
        open_archive(content)
    assert refused.value.advice == ADVICE


def test_a_member_whose_bytes_are_damaged_is_named() -> None:
    content = bytearray(zip_of({"a": b"x" * 50}))
    content[content.find(b"PK\x01\x02") + 16] ^= 1  # the checksum
    with pytest.raises(ArgumentError, match=r"^The member 'a' cannot be read \(BadZipFile\)\.$"):
        opened(bytes(content)).read("a")


ZEROS = bytes(MAX_MEMBER)


def held(*opens: Callable[[], IO[bytes]]) -> Archive:
    """An archive that states nothing true of the sizes of its members."""
    return Archive(format="zip", members=tuple(Member(name=str(n), size=0, open=one) for n, one in enumerate(opens)))


def test_a_member_is_read_up_to_its_bound_whatever_size_the_archive_states() -> None:
    assert len(read_member(held(lambda: io.BytesIO(ZEROS)).members[0])) == MAX_MEMBER
    with pytest.raises(ArgumentError, match=r"^The member is larger than 16,777,216 bytes\.$"):
        read_member(held(lambda: io.BytesIO(ZEROS + b"\0")).members[0])


def test_members_are_read_up_to_their_bound_together() -> None:
    full = [lambda: io.BytesIO(ZEROS)] * (MAX_UNPACKED // MAX_MEMBER)
    assert sum(len(content) for _, content in read_all(held(*full))) == MAX_UNPACKED
    with pytest.raises(ArgumentError, match=r"^The archive unpacks to more than 67,108,864 bytes\.$"):
        list(read_all(held(*full, lambda: io.BytesIO(b"\0"))))


@pytest.mark.parametrize(
    ("members", "most", "listed", "more"), [(100, 100, 100, {}), (101, 100, 100, {"moreMembers": 1}), (101, None, 101, {})]
)
def test_the_first_members_are_listed_and_the_others_are_counted(
    members: int, most: int | None, listed: int, more: object
) -> None:
    found = list_archive(body(tar_member("a").tobuf() * members), most)["archive"]
    assert found == {"format": "tar", "members": [{"name": "a", "bytes": 0}] * listed, **dict(more)}  # type: ignore[call-overload]
    assert MAX_LISTED == 100
