"""The options of `akamai-mcp install`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from akamai_mcp.cli.install.clients import CLIENTS

ENTRY: Final = "akamai"


def add_install(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    install = commands.add_parser("install", help="add this server to an MCP client's configuration, or remove it")
    install.add_argument("client", choices=tuple(CLIENTS), metavar="CLIENT", help=f"one of {', '.join(CLIENTS)}")
    _add_local(install.add_argument_group("a server that the client starts"))
    remote = install.add_argument_group("a server over HTTP")
    remote.add_argument("--url", help="URL of the server, such as https://mcp.example.com/mcp")
    remote.add_argument("--token-env", metavar="NAME", help="environment variable that has the token, which is not written")
    _add_place(install.add_argument_group("the entry"))
    install.set_defaults(command="install.command:install")


def _add_local(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--edgerc", type=Path, metavar="PATH", help="credentials file; only its path is written")
    group.add_argument("--section", help="section of the credentials file to use by default")
    group.add_argument("--products", help="products to list as tools, such as papi,ccu; or all")
    group.add_argument("--read-only", action="store_true", help="allow only calls that change nothing")
    group.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="another setting; repeat it for more")
    group.add_argument(
        "--sandbox", action="store_true", help="use a fake account that starts with the server: needs no Akamai account"
    )
    group.add_argument("--from", dest="source", help="checkout or package that uvx starts; default: this Python")


def _add_place(group: argparse._ArgumentGroup) -> None:
    place = group.add_mutually_exclusive_group()
    place.add_argument(
        "--project", nargs="?", const=".", metavar="FOLDER", help="write to the project's file instead of the user's"
    )
    place.add_argument("--config", type=Path, metavar="PATH", help="configuration file of the client, if not the usual one")
    group.add_argument("--name", default=ENTRY, help=f"name of the entry; default: {ENTRY}")
    group.add_argument("--replace", action="store_true", help="leave out what an existing entry has beside this")
    group.add_argument("--remove", action="store_true", help="remove this server from the configuration")
    group.add_argument("--yes", action="store_true", help="write without asking, and change an existing entry")
    group.add_argument("--dry-run", action="store_true", help="show the change without writing it")
    group.add_argument("--link", action="store_true", help="print a link that adds the entry with one click (cursor, vscode)")
