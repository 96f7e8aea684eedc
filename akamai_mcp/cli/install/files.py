"""Read and write a client's configuration file: whole, with its permissions, and with the previous version beside it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from akamai_mcp.errors import SettingsError

PRIVATE: Final = 0o600


def write_beside(path: Path, before: str, after: str, when: datetime) -> Path | None:
    """Replace a file atomically with its permissions; the previous version is kept next to it, with a timestamp."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else PRIVATE
    backup = path.with_name(f"{path.name}.{when:%Y%m%d-%H%M%S-%f}.bak") if path.exists() else None
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    _write_new(fresh, after, mode, like=path)
    try:
        if read(path) != before:
            raise SettingsError(f"{path} was changed by another program meanwhile.", advice="Nothing was written. Try again.")
        if backup:
            _write_new(backup, before, mode, like=path)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return backup


def real_path(path: Path) -> Path:
    """Resolve links, so that a linked configuration file stays a link."""
    return path.expanduser().resolve()


def read(path: Path) -> str:
    """The text of a file, empty if there is none. Raises SettingsError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}).", advice="Nothing was changed.") from None


def _write_new(path: Path, text: str, mode: int, *, like: Path) -> None:
    """Create a file with the owner of `like` if possible; it is on disk when this returns. Raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({type(error).__name__}).", advice="Nothing was changed.") from None
    with suppress(OSError, AttributeError):
        if like.exists():
            os.chown(path, like.stat().st_uid, like.stat().st_gid)
    path.chmod(mode)
