"""The seal of what is stored: an authentication code (HMAC-SHA256) over the content and what it belongs to.

The interpreter trusts a state that it loads, so a damaged one, or one of another run, program, caller or account, must never
reach it.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from akamai_mcp.audit.file import KEY_BYTES, append_whole, opened, read_key, sync_folder

KEY_FILE: Final = "key"
_CODE: Final = 32


def seal(key: bytes, owner: Sequence[str], content: bytes) -> bytes:
    """The content behind its code."""
    return _code(key, owner, content) + content


def unseal(key: bytes, owner: Sequence[str], sealed: bytes) -> bytes | None:
    """The content, or None if it or its owner is another than when it was sealed."""
    code, content = sealed[:_CODE], sealed[_CODE:]
    return content if hmac.compare_digest(code, _code(key, owner, content)) else None


def derive_key(secret: bytes) -> bytes:
    """The key of the operator's own secret, which may have any length."""
    return sha256(b"akamai-mcp runs\0" + secret).digest()


def load_key(folder: Path) -> bytes:
    """The key of a folder, made at first use. Raises OSError."""
    make_key(folder)
    return read_key(folder / KEY_FILE)


def make_key(folder: Path) -> None:
    """Make the key of a folder, unless there is one. Raises OSError."""
    path = folder / KEY_FILE
    if path.exists():
        return
    draft = path.with_name(f".key-{os.urandom(8).hex()}")
    with opened(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as file:
        append_whole(file, os.urandom(KEY_BYTES))
    # A link, unlike a renaming, keeps the key of a process that was faster.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync_folder(path)


def _code(key: bytes, owner: Sequence[str], content: bytes) -> bytes:
    head = json.dumps(list(owner)).encode()
    return hmac.digest(key, len(head).to_bytes(4, "big") + head + content, "sha256")
