from __future__ import annotations

import gzip
import hashlib
import json
import ssl
import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from documents.document_samples import (
    REPOSITORY,
    Answer,
    ArchiveHost,
    archive,
    archive_host,
    document,
    file_member,
    odd_member,
    operation,
    tar,
    tree,
    write,
)

from akamai_mcp.documents.archive import ArchiveLimits
from akamai_mcp.documents.guide import Guide, ProductGuide
from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.documents.sync import ARCHIVE_URL, Synced, SyncLimits, _swap, archive_url, sync_documents
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import find_documents

LIMITS = SyncLimits(
    archive=ArchiveLimits(compressed_bytes=200_000, total_bytes=400_000, file_bytes=100_000, members=50), timeout=10
)
GOOD = {"README.md": b"# Documents", "apis/papi/v1/openapi.json": document("get-contracts", "get-groups")}
NOISE = bytes(i * i * 31 // 7 % 251 for i in range(60_000))


@pytest.fixture(scope="module")
def running_host() -> Iterator[ArchiveHost]:
    with archive_host() as host:
        yield host


@pytest.fixture
def host(running_host: ArchiveHost) -> ArchiveHost:
    running_host.answers.clear()
    running_host.asked.clear()
    return running_host


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which something was synced before."""
    folder = tmp_path / "data"
    target = folder / "specs" / "papi" / "v1"
    target.mkdir(parents=True)
    (target / "openapi.json").write_text(json.dumps(document("get-before")))
    return folder


def sync(
    host: ArchiveHost, data: Path, content: bytes | Answer, guide: Guide | None = None, limits: SyncLimits = LIMITS
) -> Synced:
    host.answers["/main"] = content if isinstance(content, Answer) else Answer(body=content)
    return sync_documents(
        host.url(),
        "main",
        data,
        guide or Guide(),
        limits=limits,
        tls=host.tls,
        now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def below(name: str) -> str:
    return f"{REPOSITORY}/apis/{name}"


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    good = file_member(below("papi/v1/openapi.json"), document("get-contracts"))
    return gzip.compress(tar([good, *members]))


def claiming(name: str, size: int) -> bytes:
    """An archive whose last member's header claims a size that does not follow."""
    member = tarfile.TarInfo(name)
    member.size = size
    good = tar([file_member(below("papi/v1/openapi.json"), document())]).rstrip(b"\0")
    padding = -len(good) % tarfile.BLOCKSIZE
    return gzip.compress(good + bytes(padding) + member.tobuf(tarfile.GNU_FORMAT) + bytes(4 * tarfile.BLOCKSIZE))


def with_extended_header(size: int) -> bytes:
    member = tarfile.TarInfo("././@PaxHeader")
    member.type, member.size = tarfile.XHDTYPE, size
    return gzip.compress(member.tobuf(tarfile.USTAR_FORMAT) + bytes(8 * tarfile.BLOCKSIZE))


def with_a_flipped_bit(content: bytes) -> bytes:
    return content[:-8] + bytes([content[-8] ^ 1]) + content[-7:]


def with_damaged_header() -> bytes:
    whole = bytearray(tar([file_member(below(f"{name}/v1/openapi.json"), document()) for name in ("first", "second")]))
    second = whole.index(b"second")
    whole[second] ^= 1
    return gzip.compress(bytes(whole))


def test_the_documents_of_an_archive_are_installed_and_served(host: ArchiveHost, tmp_path: Path) -> None:
    content = archive(GOOD)
    synced = sync(host, tmp_path / "data", content)
    assert (synced.documents, synced.operations) == (1, 2)
    assert synced.sha256 == hashlib.sha256(content).hexdigest()
    location = locate(None, tmp_path / "data")
    assert location.origin.startswith("synced")
    assert len(open_catalogue(location, None)) == 2


def test_the_record_describes_the_sync_and_is_not_a_document(host: ArchiveHost, data: Path) -> None:
    synced = sync(host, data, archive(GOOD))
    record = json.loads((data / "specs" / "SYNCED.json").read_text())
    assert record == {
        "ref": "main",
        "url": host.url("/main"),
        "time": "2026-01-02T03:04:05+00:00",
        "sha256": synced.sha256,
        "documents": 1,
        "operations": 2,
    }
    assert [file.name for file in find_documents(data / "specs")] == ["papi/v1/openapi.json"]


def test_nothing_but_the_documents_is_left_behind(host: ArchiveHost, data: Path) -> None:
    sync(host, data, archive({**GOOD, "apis/papi/v1/run.sh": b"echo", "docs/openapi.json": document("get-other")}))
    assert sorted(tree(data)) == ["specs", "specs/SYNCED.json", "specs/papi", "specs/papi/v1", "specs/papi/v1/openapi.json"]


def test_a_second_sync_replaces_the_documents_of_the_first(host: ArchiveHost, data: Path) -> None:
    sync(host, data, archive({"apis/ccu/v3/openapi.json": document("purge")}))
    assert [file.name for file in find_documents(data / "specs")] == ["ccu/v3/openapi.json"]


def test_synced_documents_keep_their_text_and_gain_the_guide(host: ArchiveHost, data: Path) -> None:
    official = document("get-contracts")
    official["paths"]["/get-contracts"]["get"]["description"] = "Lists what was signed."
    guide = Guide(
        products={"papi": ProductGuide(product="papi", entries={"v1": {"get-contracts": {"summary": "List contracts"}}})}
    )
    sync(host, data, archive({"apis/papi/v1/openapi.json": official}), guide)
    built = json.loads((data / "specs/papi/v1/openapi.json").read_text())["paths"]["/get-contracts"]["get"]
    assert (built["summary"], built["description"]) == ("List contracts", "Lists what was signed.")


def test_the_parts_beside_a_main_document_are_not_documents_of_their_own(host: ArchiveHost, data: Path) -> None:
    parts = {
        "apis/papi/v1/01-contracts.yaml": b"openapi: 3.0.3\npaths:\n  /get-contracts:\n    $ref: paths/contracts.yaml\n",
        "apis/papi/v1/paths/contracts.yaml": b"get: [broken",
        "apis/papi/v1/examples/import.json": document("get-example"),
    }
    assert sync(host, data, archive({**GOOD, **parts})).operations == 2


def test_a_document_of_several_files_is_resolved(host: ArchiveHost, data: Path) -> None:
    main = document() | {"paths": {"/contracts": {"$ref": "paths/contracts.yaml"}}}
    files = {
        "apis/papi/v1/openapi.json": main,
        "apis/papi/v1/paths/contracts.yaml": b"get:\n  operationId: get-contracts\n  responses: {}\n",
    }
    assert sync(host, data, archive(files)).operations == 1


def test_progress_is_reported_for_the_download_and_each_document(host: ArchiveHost, data: Path) -> None:
    host.answers["/main"] = Answer(body=archive(GOOD))
    told: list[str] = []
    sync_documents(host.url(), "main", data, Guide(), limits=LIMITS, tls=host.tls, progress=told.append)
    assert told == [f"Fetching {host.url('/main')}", "papi/v1: 2 operations"]


HOSTILE: dict[str, tuple[str, bytes]] = {
    "a cut gzip stream": ("is broken", archive(GOOD)[:-40]),
    "a gzip stream without its checksum": ("is broken", archive(GOOD)[:-6]),
    "a flipped bit": ("is broken", with_a_flipped_bit(archive(GOOD))),
    "a cut tar in a whole gzip": (
        "is broken",
        gzip.compress(tar([file_member(below("papi/v1/openapi.json"), document())])[:512]),
    ),
    "a tar without its end": (
        "is broken",
        gzip.compress(tar([file_member(below("papi/v1/openapi.json"), document())]).rstrip(b"\0") + b"\0" * 100),
    ),
    "a damaged header between two members": ("is broken", with_damaged_header()),
    "a path that climbs out": ("lead out of the folder", packed(file_member(below("../../../evil.json"), document()))),
    "a path that climbs out after a while": (
        "lead out of the folder",
        packed(file_member(f"{REPOSITORY}/../../evil.json", document())),
    ),
    "an absolute path": ("lead out of the folder", packed(file_member("/tmp/evil.json", document()))),
    "a path of another system": ("lead out of the folder", packed(file_member(below("..\\..\\evil.json"), document()))),
    "a drive of another system": ("lead out of the folder", packed(file_member(below("C:evil.json"), document()))),
    "a name with a control character": ("lead out of the folder", packed(file_member(below("a\nb.json"), document()))),
    "a symlink": ("neither a regular file", packed(odd_member(below("papi/v1/link.json"), tarfile.SYMTYPE, "/etc/passwd"))),
    "a symlink inside": (
        "neither a regular file",
        packed(odd_member(below("papi/v1/link.json"), tarfile.SYMTYPE, "openapi.json")),
    ),
    "a hard link": (
        "neither a regular file",
        packed(odd_member(below("papi/v1/link.json"), tarfile.LNKTYPE, below("papi/v1/openapi.json"))),
    ),
    "a device": ("neither a regular file", packed(odd_member(below("papi/v1/null.json"), tarfile.CHRTYPE))),
    "a pipe": ("neither a regular file", packed(odd_member(below("papi/v1/pipe.json"), tarfile.FIFOTYPE))),
    "a sparse file": ("neither a regular file", packed(odd_member(below("papi/v1/sparse.json"), tarfile.GNUTYPE_SPARSE))),
    "a file twice": ("in the archive twice", packed(file_member(below("papi/v1/openapi.json"), document()))),
    "a file below a file": ("is broken", packed(file_member(below("papi/v1/openapi.json/more.json"), document()))),
    "a file over the limit": ("larger than 100,000", packed(file_member(below("papi/v1/big.json"), bytes(150_000)))),
    "a file that claims to be over the limit": ("larger than 100,000", claiming(below("papi/v1/big.json"), 1 << 40)),
    "too much in all": (
        "unpacks to more than",
        packed(*(file_member(below(f"papi/v1/{n}.json"), bytes(90_000)) for n in range(5))),
    ),
    "too much after the end": (
        "unpacks to more than",
        gzip.compress(tar([file_member(below("papi/v1/openapi.json"), document())]) + bytes(600_000)),
    ),
    "too many members": ("more than 50 members", packed(*(file_member(below(f"papi/v1/{n}.json")) for n in range(60)))),
    "an extended header over the limit": ("larger than 100,000", with_extended_header(1 << 30)),
    "too many bytes": (
        "larger than 200,000",
        archive({**GOOD, "noise": gzip.compress(NOISE)[:50_000] * 3, "more": gzip.compress(NOISE)}) + bytes(200_000),
    ),
    "a page": ("not a .tar.gz", b"<!doctype html><title>Sign in</title>"),
    "a zip archive": ("not a .tar.gz", b"PK\x03\x04 and so on"),
    "nothing": ("not a .tar.gz", b""),
    "an empty archive": ("no OpenAPI documents", gzip.compress(tar([]))),
    "an empty gzip stream": ("is broken", gzip.compress(b"")),
    "no documents": ("no OpenAPI documents", archive({"README.md": b"# Moved", "apis/papi/v1/notes.json": {"paths": {}}})),
    "documents elsewhere": ("no OpenAPI documents", archive({"specs/papi/v1/openapi.json": document()})),
    "a document that does not parse": (
        "cannot be read",
        archive({**GOOD, "apis/ccu/v3/openapi.json": b'{"openapi": "3.0.3", "paths": {'}),
    ),
    "a document that is not one": (
        "not an OpenAPI object",
        archive({**GOOD, "apis/ccu/v3/openapi.json": {"openapi": "3.0.3", "paths": []}}),
    ),
    "a document with nodes of other types": (
        "not a well-formed",
        archive({**GOOD, "apis/ccu/v3/openapi.json": document(servers=["https://x"])}),
    ),
    "a reference that leads nowhere": (
        "does not resolve",
        archive({**GOOD, "apis/ccu/v3/openapi.json": document(paths={"/a": {"$ref": "#/nowhere"}})}),
    ),
    "a reference that leads out": (
        "outside the specs folder",
        archive({**GOOD, "apis/ccu/v3/openapi.json": document(paths={"/a": {"$ref": "file:///etc/passwd"}})}),
    ),
    "a reference that leads to another host": (
        "outside the specs folder",
        archive({**GOOD, "apis/ccu/v3/openapi.json": document(paths={"/a": {"$ref": "https://127.0.0.1:1/a.json"}})}),
    ),
    "two documents that are one": ("are both papi/v1", archive({**GOOD, "apis/PAPI/v1/openapi.json": document("get-again")})),
    "a document without operations": (
        "operations can be read",
        archive({"apis/papi/v1/openapi.json": document() | {"paths": {}}}),
    ),
}


@pytest.mark.parametrize(("said", "content"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_faulty_archive_is_refused_and_changes_nothing(host: ArchiveHost, data: Path, said: str, content: bytes) -> None:
    before = tree(data.parent)
    with pytest.raises(DocumentError, match=said) as refusal:
        sync(host, data, content)
    assert refusal.value.advice
    assert tree(data.parent) == before


def test_a_refused_archive_leaves_no_data_folder_behind(host: ArchiveHost, tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        sync(host, tmp_path / "data", HOSTILE["a symlink"][1])
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=404), "404"),
        (Answer(status=503), "503"),
        (Answer(body=b"<!doctype html>", headers={"Content-Type": "text/html; charset=utf-8"}), "text/html"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1/archive"}), "only https"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "only https"),
        (Answer(status=302, headers={"Location": "https://user:word@127.0.0.1/"}), "user name or password"),
        (Answer(status=302, headers={"Location": "https://[::1"}), "could not be fetched"),
        (Answer(status=302, headers={"Location": "/main"}), "redirects more than 5 times"),
        (Answer(status=302), "302"),
        (Answer(body=archive(GOOD), missing=10), "could not be fetched"),
    ],
    ids=["404", "503", "page", "to http", "to a file", "userinfo", "unreadable", "loop", "nowhere", "cut"],
)
def test_an_answer_that_is_not_the_archive_is_refused(host: ArchiveHost, data: Path, answer: Answer, said: str) -> None:
    before = tree(data)
    with pytest.raises(DocumentError, match=said) as refusal:
        sync(host, data, answer)
    assert refusal.value.advice
    assert tree(data) == before


def test_a_redirect_to_another_https_host_is_followed(host: ArchiveHost, data: Path) -> None:
    host.answers["/there"] = Answer(body=archive(GOOD))
    synced = sync(host, data, Answer(status=302, headers={"Location": host.url("/there", host="localhost")}))
    assert synced.operations == 2
    assert synced.url == host.url("/main")
    assert host.asked == ["/main", "/there"]


def test_a_download_that_takes_too_long_is_refused(host: ArchiveHost, data: Path) -> None:
    with pytest.raises(DocumentError, match="longer than 0 seconds"):
        sync(host, data, archive(GOOD), limits=SyncLimits(total_timeout=0))


def test_a_certificate_of_an_unknown_authority_is_refused(host: ArchiveHost, data: Path) -> None:
    before = tree(data)
    with pytest.raises(DocumentError, match="could not be fetched"):
        sync_documents(host.url(), "main", data, Guide(), tls=ssl.create_default_context())
    assert (tree(data), host.asked) == (before, [])


@pytest.mark.parametrize(
    ("template", "ref"),
    [
        ("http://127.0.0.1/{ref}", "main"),
        ("ftp://127.0.0.1/{ref}", "main"),
        ("https:///{ref}", "main"),
        ("https://user:word@127.0.0.1/{ref}", "main"),
        ("https://127.0.0.1:port/{ref}", "main"),
        ("https://127.0.0.1/main", "main"),
        (ARCHIVE_URL, ""),
        (ARCHIVE_URL, "../../other/repository"),
        (ARCHIVE_URL, "main/../../other"),
        (ARCHIVE_URL, "main?x=1"),
        (ARCHIVE_URL, "-rf"),
        (ARCHIVE_URL, "main\n"),
    ],
)
def test_a_url_or_ref_that_is_not_allowed_is_refused(tmp_path: Path, template: str, ref: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        sync_documents(template, ref, tmp_path / "data", Guide())
    assert refusal.value.advice
    assert tree(tmp_path) == {}


def test_the_default_url_is_that_of_the_official_repository() -> None:
    assert archive_url(ARCHIVE_URL, "v1.0/x+y") == "https://codeload.github.com/akamai/akamai-apis/tar.gz/v1.0/x%2By"


def test_a_password_in_a_url_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as refusal:
        sync_documents("https://user:hunter2@127.0.0.1/{ref}", "main", tmp_path, Guide())
    assert "hunter2" not in f"{refusal.value.message}{refusal.value.advice}{refusal.value.document}"


def test_an_unwritable_data_folder_is_reported(host: ArchiveHost, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(DocumentError, match="cannot be written") as refusal:
        sync(host, tmp_path / "data", archive(GOOD))
    assert refusal.value.advice


def test_syncs_at_the_same_time_leave_the_whole_documents_of_one(host: ArchiveHost, data: Path) -> None:
    names = [f"product-{n}" for n in range(6)]
    for name in names:
        host.answers[f"/{name}"] = Answer(body=archive({f"apis/{name}/v1/openapi.json": document()}))
    together = threading.Barrier(len(names))
    done: list[str] = []

    def run(name: str) -> None:
        def wait(message: str) -> None:
            if "operations" in message:
                together.wait(timeout=30)

        done.append(sync_documents(host.url(), name, data, Guide(), limits=LIMITS, tls=host.tls, progress=wait).ref)

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == names
    winner = json.loads((data / "specs" / "SYNCED.json").read_text())["ref"]
    assert [file.name for file in find_documents(data / "specs")] == [f"{winner}/v1/openapi.json"]
    assert [path.name for path in data.iterdir()] == ["specs"]


def test_a_failed_replacement_keeps_the_old_documents(data: Path) -> None:
    before = tree(data)
    with pytest.raises(FileNotFoundError):
        _swap(data / "absent", data / "specs", data)
    assert tree(data) == before


def test_undocumented_operations_are_kept_beside_the_synced_documents(host: ArchiveHost, tmp_path: Path) -> None:
    ours = document(paths={"/get-things": {"get": operation("get-things", **{"x-source": "client"})}})
    other = document(paths={"/get-more": {"get": operation("get-more", **{"x-source": "observed"})}})
    write(tmp_path, "own/things/v1/openapi.clients.json", ours)
    write(tmp_path, "own/more/v1/openapi.clients.json", other)
    write(tmp_path, "own/things/v1/openapi.json", document("get-embedded"))
    host.answers["/main"] = Answer(body=gzip.compress(tar([file_member(below("new/v7/openapi.json"), document())])))
    synced = sync_documents(host.url(), "main", tmp_path / "data", Guide(), own=tmp_path / "own", limits=LIMITS, tls=host.tls)
    assert (synced.documents, synced.operations) == (1, 1)
    catalogue = open_catalogue(locate(None, tmp_path / "data"), None)
    assert {entry.name: entry.key for entry in catalogue.entries()} == {
        "akamai_things_v1_get_things": "new/v7#get-things",
        "akamai_more_v1_get_more": "more/v1#get-more",
    }
