"""Small documents, archives of them, and an https host on the loopback interface that gives them out."""

from __future__ import annotations

import gzip
import io
import json
import ssl
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

REPOSITORY = "akamai-apis-1234567"


def operation(name: str, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": {"200": {"description": "Done."}}, **more}


def document(*names: str, **more: Any) -> dict[str, Any]:
    paths = {f"/{name}": {"get": operation(name)} for name in names or ("get-things",)}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": "https://{hostname}/things/v1"}],
        "paths": paths,
        **more,
    }


def write(root: Path, name: str, content: Any) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def tree(root: Path) -> dict[str, bytes | None]:
    return {p.relative_to(root).as_posix(): p.read_bytes() if p.is_file() else None for p in sorted(root.rglob("*"))}


def file_member(name: str, content: Any = b"") -> tuple[tarfile.TarInfo, bytes]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    member = tarfile.TarInfo(name)
    member.size = len(data)
    return member, data


def odd_member(name: str, kind: bytes, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member, b""


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def archive(files: Mapping[str, Any]) -> bytes:
    """A repository's archive as its host packs it: everything below one folder."""
    return gzip.compress(tar(file_member(f"{REPOSITORY}/{name}", content) for name, content in files.items()))


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0


class ArchiveHost:
    """Answers each path with what is set for it, over https with a certificate of its own authority."""

    def __init__(self, port: int, authority: trustme.CA) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.port = port
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)

    def url(self, path: str = "/{ref}", host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}{path}"


@contextmanager
def archive_host() -> Iterator[ArchiveHost]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    host = ArchiveHost(server.server_address[1], authority)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            answer = host.answers.get(self.path, Answer(status=404))
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body) + answer.missing))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            pass

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
