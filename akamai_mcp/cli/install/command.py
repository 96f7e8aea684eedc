"""`akamai-mcp install`: add this server to an MCP client's configuration, or remove it; writes no secret."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.cli.install.clients import CLIENTS, Client, file_of, project_file
from akamai_mcp.cli.install.edit import changed, present_entry
from akamai_mcp.cli.install.entries import Joined, join, local_entry, remote_entry, start_command
from akamai_mcp.cli.install.files import read, real_path, write_beside
from akamai_mcp.cli.install.links import link_of
from akamai_mcp.cli.install.shown import is_secret, show_change
from akamai_mcp.errors import SettingsError

Ask = Callable[[str], bool]
Now = Callable[[], datetime]

MAX_NAME: Final = 6  # characters: mcp__akamai__ and the longest tool name have 64, which is the most that models take
OF_A_LOCAL_SERVER: Final = ("edgerc", "section", "products", "source", "read_only", "env", "sandbox")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def ask_terminal(question: str) -> bool:
    """Ask the user at the terminal; without a terminal the answer is no."""
    return sys.stdin.isatty() and input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def install(options: argparse.Namespace, *, ask: Ask = ask_terminal, now: Now = datetime.now) -> int:
    """Show the change of a client's configuration, and write it if the user agrees. Raises SettingsError."""
    client = CLIENTS[options.client]
    check_options(options)
    if options.link:
        print(link_of(options.client, options.name, new_entry(client, options)))
        return 0
    path = real_path(_place(client, options))
    before = read(path)
    old = present_entry(client, options.name, before, str(path))
    joined = _joined(client, options, old)
    new = joined.entry if joined else None
    if old == new:
        print(f"{path}: nothing to change.")
        return 0
    after = changed(client, options.name, before, new, str(path))
    print(show_change(client, options.name, path, old, new))
    _tell(options, joined)
    if options.dry_run:
        print("Nothing was written (--dry-run).")
        return 0
    _must_be_agreed(options, path, ask, replaces=old is not None and new is not None)
    backup = write_beside(path, before, after, now())
    print(f"{path} is written{f'; the previous version is {backup}' if backup else ''}. {_afterwards(client, options)}")
    return 0


def check_options(options: argparse.Namespace) -> None:
    """Check that the options go together. Raises SettingsError."""
    if not _NAME.match(options.name):
        raise SettingsError("--name is not a usable name.", advice="Use letters, digits, dashes and underscores, such as akamai.")
    given = [name for name in OF_A_LOCAL_SERVER if getattr(options, name)]
    if options.url and given:
        word = given[0].replace("source", "from").replace("_", "-")
        raise SettingsError(f"--{word} does not go with --url.", advice="A server over HTTP has its own settings.")
    if options.token_env and not options.url:
        raise SettingsError("--token-env is for a server over HTTP.", advice="Add --url.")
    if options.sandbox and (options.edgerc or options.section):
        raise SettingsError("--sandbox brings credentials of its own.", advice="Leave out --edgerc and --section.")


def new_entry(client: Client, options: argparse.Namespace) -> dict[str, Any]:
    """The entry that the options ask for. Raises SettingsError."""
    if options.url:
        return remote_entry(client, options.url, options.token_env)
    command, arguments = start_command(options.source)
    if options.sandbox:
        arguments = [*arguments, "serve", "--sandbox"]
    return local_entry(client, command, arguments, dict(_environment(options)))


def _place(client: Client, options: argparse.Namespace) -> Path:
    if options.config:
        return Path(options.config)
    if options.project is not None:
        return project_file(client, Path(options.project))
    return file_of(client, sys.platform, Path.home(), os.environ)


def _joined(client: Client, options: argparse.Namespace, old: Any) -> Joined | None:
    """The entry as it will be, beside what stays of the old one and what is lost; None to remove it."""
    if options.remove:
        return None
    entry = new_entry(client, options)
    return Joined(entry=entry) if options.replace else join(old, entry)


def _tell(options: argparse.Namespace, joined: Joined | None) -> None:
    if joined and joined.kept:
        print(f"Kept from the present entry: {', '.join(joined.kept)} (--replace leaves them out).")
    if joined and joined.dropped:
        print(f"Lost from the present entry: {', '.join(joined.dropped)}.")
    if len(options.name) > MAX_NAME and not options.remove:
        print(f"A name of more than {MAX_NAME} letters makes some tool names longer than the 64 that many models take.")
    if options.url and options.url.startswith("http://") and options.token_env:
        print("Over http the token is sent in the clear: use https unless the server is on this machine.")


def _afterwards(client: Client, options: argparse.Namespace) -> str:
    if options.remove:
        return f"The entry is gone. A session of {client.title} that is open keeps it until it ends."
    needs = f" The variable {options.token_env} must be set where {client.title} starts." if options.token_env else ""
    return f"{client.afterwards}{needs}"


def _must_be_agreed(options: argparse.Namespace, path: Path, ask: Ask, *, replaces: bool) -> None:
    if options.yes:
        return
    if replaces:
        raise SettingsError(
            f"{path} already has an entry {options.name!r}.", advice="Nothing was written. Add --yes to change it as shown."
        )
    if not ask("Write this?"):
        raise SettingsError("The change was not confirmed, so nothing was written.", advice="Answer y, or add --yes.")


def _environment(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The settings of an entry: paths, names and switches, no secret. Raises SettingsError."""
    settings = {
        "EDGERC": str(options.edgerc.expanduser().absolute()) if options.edgerc else None,
        "SECTION": options.section,
        "TOOLS": options.products,
        "READ_ONLY": "true" if options.read_only else None,
    }
    given = {PREFIX + name: value for name, value in settings.items() if value}
    for pair in options.env:
        name, sign, value = pair.partition("=")
        if not (sign and _VARIABLE.match(name)):
            raise SettingsError("--env is not NAME=VALUE.", advice="Write --env AKAMAI_MCP_LOG_LEVEL=info.")
        given[name] = value
    for name, value in given.items():
        if not value.isprintable() or is_secret(name, value):
            raise SettingsError(
                f"{name} looks like a credential.",
                advice="Pass a path or a name: a secret belongs into a file, such as NAME_FILE.",
            )
        yield name, value
