"""`akamai-mcp install`: add this server to an MCP client's configuration, or remove it; writes no secret."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.cli.install.clients import CLIENTS, ENTRY, Client, changed, entry_for, file_of, present_entry
from akamai_mcp.cli.install.toml_text import render_table
from akamai_mcp.errors import SettingsError

Ask = Callable[[str], bool]
Now = Callable[[], datetime]

PRIVATE: Final = 0o600
EXTRA: Final = "programs"
SHOWN: Final = frozenset({f"{PREFIX}EDGERC", f"{PREFIX}SECTION", f"{PREFIX}TOOLS"})
HIDDEN_BELOW: Final = frozenset({"env", "headers", "http_headers"})
# Folders of uv's cache, which uv may delete at any time.
TEMPORARY: Final = frozenset({"archive-v0", "environments-v2", "builds-v0"})


def ask_terminal(question: str) -> bool:
    """Ask the user at the terminal; without a terminal the answer is no."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def install(options: argparse.Namespace, *, ask: Ask = ask_terminal, now: Now = datetime.now) -> int:
    """Show the change of a client's configuration, and write it if the user agrees. Raises SettingsError."""
    client = CLIENTS[options.client]
    path = _real(options.config or file_of(client, sys.platform, Path.home(), os.environ))
    before = _read(path)
    old = present_entry(client, before, str(path))
    new = None if options.remove else entry_for(client, *_start(options.source), _environment(options))
    if old == new:
        print(f"{path}: nothing to change.")
        return 0
    after = changed(client, before, new, str(path))
    print(show_change(client, path, old, new))
    if options.dry_run:
        print("Nothing was written (--dry-run).")
        return 0
    _must_be_agreed(options, path, ask, replaces=old is not None and new is not None)
    backup = write_beside(path, before, after, now())
    print(f"{path} is written{f'; the previous version is {backup}' if backup else ''}. {client.afterwards}")
    return 0


def show_change(client: Client, path: Path, old: Any, new: Any) -> str:
    """Format the change of the entry as a diff; it shows nothing else of the file, and no value that may be a secret."""
    lines = difflib.unified_diff(
        _entry_lines(client, old), _entry_lines(client, new), fromfile=str(path), tofile=str(path), lineterm="", n=99
    )
    return "\n".join(lines)


def write_beside(path: Path, before: str, after: str, when: datetime) -> Path | None:
    """Replace a file atomically with its permissions; the previous version is kept next to it, with a timestamp."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else PRIVATE
    backup = path.with_name(f"{path.name}.{when:%Y%m%d-%H%M%S-%f}.bak") if path.exists() else None
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    _write_new(fresh, after, mode, like=path)
    try:
        if _read(path) != before:
            raise SettingsError(f"{path} was changed by another program meanwhile.", advice="Nothing was written. Try again.")
        if backup:
            _write_new(backup, before, mode, like=path)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return backup


def _must_be_agreed(options: argparse.Namespace, path: Path, ask: Ask, *, replaces: bool) -> None:
    if options.yes:
        return
    if replaces:
        raise SettingsError(f"{path} already has an entry {ENTRY!r}.", advice="Nothing was written. Add --yes to replace it.")
    if not ask("Write this?"):
        raise SettingsError("The change was not confirmed, so nothing was written.", advice="Answer y, or add --yes.")


def _start(source: str | None) -> tuple[str, list[str]]:
    """Return the command and arguments that start this server: uvx with a source, else this Python."""
    if source:
        return "uvx", ["--from", with_programs(source), "akamai-mcp"]
    if TEMPORARY & set(Path(sys.prefix).parts):
        raise SettingsError(
            "This akamai-mcp runs in a folder of uv's cache, which may be emptied at any time.",
            advice="Pass --from with a checkout, so that the client starts it with uvx.",
        )
    return sys.executable, ["-m", "akamai_mcp"]


def with_programs(source: str) -> str:
    """What uvx installs from, a checkout, a package or a URL, with the extra of programs unless it names its own extras."""
    local = Path(source).expanduser()
    if local.exists():
        return f"{local.absolute()}[{EXTRA}]"
    if "[" in source:
        return source
    if "://" in source and " @ " not in source:
        return f"akamai-mcp[{EXTRA}] @ {source}"
    name = re.match(r"[\w.-]*", source)
    end = name.end() if name else 0
    return f"{source[:end]}[{EXTRA}]{source[end:]}"


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the settings of an entry: a path and names, no secret. Raises SettingsError."""
    settings = {
        "EDGERC": str(options.edgerc.expanduser().absolute()) if options.edgerc else None,
        "SECTION": options.section,
        "TOOLS": options.products,
    }
    for name, value in settings.items():
        if value and ("akab-" in value or not value.isprintable()):
            raise SettingsError(f"{PREFIX}{name} looks like a credential.", advice="Pass a path or a name.")
    return {PREFIX + name: value for name, value in settings.items() if value}


def _entry_lines(client: Client, entry: Any) -> list[str]:
    if entry is None:
        return []
    shown = _hidden(entry)
    if client.format == "toml" and isinstance(shown, dict):
        return render_table((client.table, ENTRY), shown).splitlines()
    return json.dumps({ENTRY: shown}, indent=2, ensure_ascii=False).splitlines()


def _hidden(value: Any, *, hide: bool = False) -> Any:
    """An entry with the values blanked out under which people keep secrets; what we write there ourselves is none."""
    if isinstance(value, dict):
        return {key: item if key in SHOWN else _hidden(item, hide=hide or key in HIDDEN_BELOW) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, hide=hide) for item in value]
    return "***" if hide and isinstance(value, str) else value


def _real(path: Path) -> Path:
    """Resolve links, so that a linked configuration file stays a link."""
    return path.expanduser().resolve()


def _read(path: Path) -> str:
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
