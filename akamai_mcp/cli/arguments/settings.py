"""Settings as options of commands: each stands for its environment variable while the command runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX

MARK: Final = "setting_"
PATHS: Final = frozenset({"edgerc", "customers_file", "specs_dir", "ca_bundle"})
HELP: Final = {
    "edgerc": "credentials file; default: ~/.edgerc",
    "section": "section of the credentials file to use by default",
    "customers_file": "TOML file of named customers and their rules",
    "specs_dir": "folder of OpenAPI documents to use instead of the embedded ones",
    "ca_bundle": "certificate authorities to trust in addition (PEM)",
    "log_level": "lowest level to log on stderr: debug, info, warning or error",
}
CALLING: Final = tuple(HELP)
READING: Final = ("specs_dir",)


def add_settings(parser: argparse.ArgumentParser, names: tuple[str, ...] = CALLING) -> None:
    """Add an option for each setting."""
    group = parser.add_argument_group("settings, instead of environment variables")
    for name in names:
        option = f"--{name.replace('_', '-')}"
        kind = from_here if name in PATHS else str
        group.add_argument(option, dest=MARK + name, metavar=name.upper().rpartition("_")[2], type=kind, help=HELP[name])


def from_here(path: str) -> str:
    """A path as it is typed at a terminal, from the root: a variable must not be relative, since clients choose the folder."""
    return str(Path(os.path.expanduser(path)).absolute()) if path else ""  # noqa: PTH111 - an unknown user raises in pathlib


@contextmanager
def chosen_settings(options: argparse.Namespace) -> Iterator[None]:
    """Set the variables of the options that were given, and put back what was there: child processes see them too."""
    given = {name.removeprefix(MARK): value for name, value in vars(options).items() if name.startswith(MARK)}
    chosen = {PREFIX + name.upper(): value for name, value in given.items() if value is not None}
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
