"""`specs sync`: fetch the official repository's archive, build its documents, and replace the synced ones atomically."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from akamai_mcp import __version__
from akamai_mcp.catalogue.index import Progress
from akamai_mcp.documents.archive import ADVICE, ArchiveLimits, extract_documents, refuse
from akamai_mcp.documents.build import build_documents
from akamai_mcp.documents.clients.documents import copy_client_documents
from akamai_mcp.documents.guide import Guide
from akamai_mcp.documents.location import SYNCED_NAME
from akamai_mcp.errors import DocumentError
from akamai_mcp.media_types import is_text
from akamai_mcp.openapi.loader import find_documents, load_document
from akamai_mcp.openapi.parser import outline_document

ARCHIVE_URL: Final = "https://codeload.github.com/akamai/akamai-apis/tar.gz/{ref}"
RECORD_NAME: Final = "SYNCED.json"
MAX_REDIRECTS: Final = 5
SWAP_ATTEMPTS: Final = 10
_REF: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}\Z")
# Identity: the archive is compressed already, and its digest is that of the bytes received.
_HEADERS: Final = {"User-Agent": f"akamai-mcp/{__version__}", "Accept-Encoding": "identity"}

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncLimits:
    """The limits of a sync; `timeout` is per read and `total_timeout` for the whole download, both in seconds."""

    archive: ArchiveLimits = field(default_factory=ArchiveLimits)
    timeout: float = 30.0
    total_timeout: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """The record of a sync, as written to `SYNCED.json` beside the documents."""

    ref: str
    url: str
    time: str
    sha256: str
    documents: int
    operations: int


def sync_documents(  # noqa: PLR0913 - the command line's options, and what tests replace
    url_template: str,
    ref: str,
    data_folder: Path,
    guide: Guide,
    *,
    own: Path | None = None,
    limits: SyncLimits | None = None,
    tls: ssl.SSLContext | None = None,
    progress: Progress = lambda _: None,
    now: Now = lambda: datetime.now(UTC),
) -> Synced:
    """Replace the synced documents in a data folder with those of a commit, branch or tag.

    `own` is a folder whose documents of undocumented operations are copied beside them. Raises DocumentError if the
    archive or a document is faulty; nothing has changed then.
    """
    limits = limits or SyncLimits()
    url = archive_url(url_template, ref)
    with _workspace(data_folder) as work:
        archive = work / "archive.tar.gz"
        progress(f"Fetching {url}")
        sha256 = _download(url, archive, limits, tls)
        extract_documents(archive, work / "source", limits.archive, name=url)
        documents, operations = _build(work / "source", work / "specs", guide, url, progress)
        if own:
            copy_client_documents(own, work / "specs")
        synced = Synced(
            ref=ref, url=url, time=now().isoformat(timespec="seconds"), sha256=sha256, documents=documents, operations=operations
        )
        (work / "specs" / RECORD_NAME).write_text(json.dumps(asdict(synced), indent=1) + "\n", encoding="utf-8")
        _swap(work / "specs", data_folder / SYNCED_NAME, work)
    return synced


def archive_url(template: str, ref: str) -> str:
    """The URL of a ref's archive. Raises DocumentError if it is not an https URL or the ref is not a git ref."""
    if not _REF.match(ref) or ".." in ref:
        raise DocumentError(f"{ref[:80]!r} is not a commit, branch or tag.", document=ref[:80], advice="Use a commit hash.")
    if "{ref}" not in template:
        raise DocumentError(f"{template!r} does not contain {{ref}}.", document=template, advice=f"Example: {ARCHIVE_URL}.")
    url = template.replace("{ref}", quote(ref))
    _check_url(url)
    return url


def _check_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise refuse("The archive", f"its URL cannot be parsed ({error})") from error
    if url.scheme != "https" or not url.host:
        raise refuse("The archive", f"it is at {url.scheme}://{url.host}, and only https is allowed")
    if url.userinfo:
        raise refuse("The archive", "its URL contains a user name or password")
    return url


@contextlib.contextmanager
def _workspace(data_folder: Path) -> Iterator[Path]:
    """A temporary folder on the target's file system, so that one rename puts the documents in place."""
    is_new = not data_folder.exists()
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sync-", dir=data_folder, ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        raise DocumentError(
            f"The documents cannot be written to {data_folder} ({error}).",
            document=str(data_folder),
            advice="Make the folder writable, or choose another data folder.",
        ) from error
    finally:
        if is_new:
            with contextlib.suppress(OSError):  # rmdir fails, as it should, if the sync has written documents
                data_folder.rmdir()


def _download(url: str, target: Path, limits: SyncLimits, tls: ssl.SSLContext | None) -> str:
    """Download a URL to a file and return its SHA-256."""
    context = tls or httpx.create_ssl_context()
    try:
        with (
            httpx.Client(verify=context, timeout=limits.timeout, headers=_HEADERS, follow_redirects=False) as client,
            _open(client, url) as response,
            target.open("wb") as file,
        ):
            digest = hashlib.sha256()
            for chunk in _chunks(response, url, limits):
                digest.update(chunk)
                file.write(chunk)
            return digest.hexdigest()
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        raise DocumentError(
            f"{url} could not be fetched ({type(error).__name__}: {error}).", document=url, advice=ADVICE
        ) from error


@contextlib.contextmanager
def _open(client: httpx.Client, url: str) -> Iterator[httpx.Response]:
    """The response after all redirects, each of which must be https."""
    target = _check_url(url)
    for _ in range(MAX_REDIRECTS + 1):
        with client.stream("GET", target) as response:
            if not response.has_redirect_location:
                _check_answer(response, url)
                yield response
                return
            target = _check_url(str(target.join(response.headers["location"])))
    raise refuse(url, f"it redirects more than {MAX_REDIRECTS} times")


def _check_answer(response: httpx.Response, url: str) -> None:
    if response.status_code == httpx.codes.NOT_FOUND:
        raise refuse(url, "the host has no such commit, branch or tag (404)")
    if response.status_code != httpx.codes.OK:
        raise refuse(url, f"the host returned {response.status_code}")
    if is_text(response.headers.get("content-type", "")):
        raise refuse(url, f"the host returned {response.headers['content-type']} instead of an archive")


def _chunks(response: httpx.Response, url: str, limits: SyncLimits) -> Iterator[bytes]:
    started, received = time.monotonic(), 0
    for chunk in response.iter_raw():
        received += len(chunk)
        if received > limits.archive.compressed_bytes:
            raise refuse(url, f"it is larger than {limits.archive.compressed_bytes:,} bytes")
        if time.monotonic() - started > limits.total_timeout:
            raise refuse(url, f"it takes longer than {limits.total_timeout:g} seconds")
        yield chunk


def _build(source: Path, out: Path, guide: Guide, url: str, progress: Progress) -> tuple[int, int]:
    """Build the documents, read them back, and return (documents, operations)."""
    built = 0
    try:
        for document in build_documents(source, out, guide, keep_text=True):
            progress(f"{document.product}/{document.version}: {document.operations} operations")
            built += document.operations
        files = find_documents(out)
        # Counted from the written files, so that a document that was built but cannot be read is noticed.
        operations = sum(1 for file in files for _ in outline_document(load_document(file)))
    except DocumentError as error:
        raise refuse(url, error.message.rstrip(".")) from error
    if not files:
        raise refuse(url, "it has no OpenAPI documents below apis/")
    if not operations or operations != built:
        raise refuse(url, f"only {operations} of its {built} operations can be read")
    return len(files), operations


def _swap(new: Path, target: Path, work: Path) -> None:
    """Replace a folder by a rename; if the rename fails, the previous folder is put back."""
    # Two renames are not atomic together, so a concurrent sync can get between them.
    for attempt in range(1, SWAP_ATTEMPTS + 1):
        old = work / f"replaced-{attempt}"
        try:
            with contextlib.suppress(FileNotFoundError):
                target.rename(old)
            new.rename(target)
        except OSError:
            # Another sync may have created the target between the two renames.
            if attempt == SWAP_ATTEMPTS:
                raise
        else:
            return
        finally:
            if not target.exists():
                with contextlib.suppress(OSError):
                    old.rename(target)
