"""Every text file that an operator names is read in one way: a regular file of text, bounded, never quoted."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from akamai_mcp.access.roles import load_roles
from akamai_mcp.access.tokens import load_holders
from akamai_mcp.edgegrid.customers_file import load_customers_file
from akamai_mcp.edgegrid.edgerc import read_edgerc
from akamai_mcp.edgegrid.operator_files import LARGEST, TooLargeError, read_operator_file, read_text, whole_path
from akamai_mcp.edgegrid.secret_files import SecretFileError, read_secret
from akamai_mcp.errors import AkamaiMcpError, CredentialsError

PACKAGE = Path(__file__).parents[2] / "akamai_mcp"
READERS: dict[str, Callable[[Path], object]] = {
    "edgerc": read_edgerc,
    "customers": partial(load_customers_file, default_section="default"),
    "tokens": load_holders,
    "roles": load_roles,
    "secret": partial(read_secret, variable="AKAMAI_CLIENT_SECRET_FILE"),
}
LINES = {
    "edgerc": ["[default]", "host = a.example", "client_token = x"],
    "customers": ['["a"]', 'note = "x"'],
    "roles": ["[ops]", 'effects = ["read"]'],
}


def unusable(path: Path, kind: str) -> Path:
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "no text":
        path.write_bytes(b"PLANTED\xff\xfe")
    if kind == "too large":
        path.write_bytes(b"#PLANTED" * (LARGEST // 8) + b"\n")
    return path


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["none", "folder", "pipe", "no text", "too large"])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_readable_text_is_refused_by_its_path_at_once(tmp_path: Path, reader: str, kind: str) -> None:
    path = unusable(tmp_path / "odd", kind)
    with pytest.raises((AkamaiMcpError, SecretFileError), match=re.escape(str(path))) as refused:
        READERS[reader](path)
    assert "PLANTED" not in f"{refused.value}{getattr(refused.value, 'advice', '')}"
    assert refused.value.__cause__ is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("none", "FileNotFoundError"),
        ("folder", "IsADirectoryError"),
        ("pipe", "OSError"),
        ("no text", "UnicodeDecodeError"),
        ("too large", "TooLargeError"),
    ],
)
def test_why_a_file_cannot_be_read_is_told_by_the_kind_of_its_error(tmp_path: Path, kind: str, why: str) -> None:
    path = unusable(tmp_path / "odd", kind)
    with pytest.raises(CredentialsError) as refused:
        read_operator_file(path)
    assert refused.value.message == f"{path} cannot be read ({why})."
    assert refused.value.advice == "Check that it is a text file that the server may read."


def test_a_file_may_be_as_large_as_the_largest(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_text(tmp_path / "file", 5) == "12345"
    with pytest.raises(TooLargeError):
        read_text(tmp_path / "file", 4)


def test_a_path_begins_at_the_root_or_in_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert [whole_path(Path(one)) for one in ("/etc/x", "~/x", "~")] == [Path("/etc/x"), Path("/home/ann/x"), Path("/home/ann")]
    for relative in ("x", "./x", "../x", "", "x/~"):
        with pytest.raises(ValueError, match="it is not an absolute path"):
            whole_path(Path(relative))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("reader", LINES)
def test_a_file_says_the_same_whatever_system_wrote_it(tmp_path: Path, reader: str, end: str, mark: bytes) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("\n".join([*LINES[reader], ""]), encoding="utf-8", newline="")
    theirs.write_bytes(mark + end.join([*LINES[reader], ""]).encode())
    assert READERS[reader](theirs) == READERS[reader](ours)


def test_a_home_folder_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".edgerc").write_text("[one]\nhost = a\n", encoding="utf-8")
    assert read_edgerc(Path("~/.edgerc"))["one"].values == {"host": "a"}


def test_no_other_module_reads_text_that_an_operator_names() -> None:
    reading = re.compile(r"\.read_text\(|utf-8-sig")
    readers = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if reading.search(path.read_text(encoding="utf-8"))
    }
    # The facts that `specs learn` and `specs build` read, and the words of languages, are the project's own.
    facts = {f"documents/clients/{name}.py" for name in ("documents", "endpoints")}
    facts |= {f"catalogue/search/languages/{name}.py" for name in ("dictionary", "vendors")}
    messages = {"server/messages/request_id.py"}  # what a client sent, with a byte order mark or without
    assert readers - facts - messages == {"edgegrid/operator_files.py"}
