"""Every command but `serve`: its arguments, and which module carries it out."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from akamai_mcp import __version__
from akamai_mcp.errors import AkamaiMcpError

Command = Callable[[argparse.Namespace], int]

# The names in install/clients.py, which takes 20 ms to load.
CLIENTS: Final = ("claude-desktop", "claude-code", "cursor", "vscode", "codex")
# Imports make many objects and no garbage: with Python's own threshold of 700 objects a tenth of a command is spent on looking.
COLLECT_AFTER: Final = 100_000
EPILOG: Final = "Without a command the server speaks MCP on stdio. Settings are environment variables: see .env.example."


def run(argv: Sequence[str]) -> int:
    """Parse the arguments and run the command; 1 and one line of advice where it fails."""
    options = build_parser().parse_args(argv)
    try:
        with _few_collections():
            return load_command(options.command)(options)
    except AkamaiMcpError as error:
        print(f"akamai-mcp: {error.message} {error.advice}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


@contextmanager
def _few_collections() -> Iterator[None]:
    """Collect garbage less often."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def load_command(name: str) -> Command:
    """The function of a command, `module:function`; each module is imported only when it is wanted."""
    module, function = name.split(":")
    command: Command = getattr(import_module(f"akamai_mcp.cli.{module}"), function)
    return command


def build_parser() -> argparse.ArgumentParser:
    """The command line as argparse describes it."""
    parser = argparse.ArgumentParser(prog="akamai-mcp", description=__doc__.splitlines()[0], epilog=EPILOG)
    parser.description = "Every Akamai API operation as an MCP tool."
    parser.add_argument("--version", action="version", version=f"akamai-mcp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("serve", help="speak MCP on stdio (the default) or over HTTP")
    _add_operations(commands)
    _add_call(commands)
    _add_customers(commands)
    _add_specs(commands)
    _add_audit(commands)
    _add_install(commands)
    health = commands.add_parser("healthcheck", help="whether the server of this container answers; for its health check")
    health.add_argument("--url", help="what to ask; /healthz of the first process if absent")
    health.set_defaults(command="healthcheck:healthcheck")
    doctor = commands.add_parser("doctor", help="look at everything that a server needs, and say what to do about it")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command="doctor.command:doctor")
    _add_token(commands)
    demo = commands.add_parser("demo", help="the main job against a fake Akamai on this machine; needs no account")
    demo.set_defaults(command="demo:demo")
    return parser


def _add_token(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    token = commands.add_parser("token", help="make a bearer token for a server over HTTP, and its line of the token file")
    token.add_argument("name", help="whose token it is: letters, digits, dots, dashes, underscores")
    token.add_argument("role", nargs="+", help="reader, writer, admin, or a role of the roles file")
    token.set_defaults(command="token:token")


def _add_operations(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    operations = commands.add_parser("operations", help="list, search and describe operations")
    verbs = operations.add_subparsers(required=True, metavar="list|search|describe")
    listing = verbs.add_parser("list", help="browse by product, method, tag")
    search = verbs.add_parser("search", help="find operations from plain words")
    search.add_argument("question", nargs="*", help="the task in plain words")
    search.add_argument("--stdin", action="store_true", help="one question a line; one answer a line")
    for parser in (listing, search):
        parser.add_argument("--product")
        parser.add_argument("--method")
        parser.add_argument("--tag")
        parser.add_argument("--read-only", action="store_true")
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--offset", type=int, default=0)
        parser.add_argument("--json", action="store_true")
    describe = verbs.add_parser("describe", help="arguments, body, example call, answer")
    describe.add_argument("name", help="a tool name or product/version#operationId")
    describe.add_argument("--at", default="", help="a part to show whole: body.rules or 200.items")
    describe.add_argument("--json", action="store_true")
    listing.set_defaults(command="operations:list_operations")
    search.set_defaults(command="operations:search")
    describe.set_defaults(command="operations:describe")


def _add_call(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    call = commands.add_parser("call", help="call an operation")
    call.add_argument("name", help="a tool name or product/version#operationId")
    call.add_argument("--json", default="{}", metavar="'{...}'", help="the arguments as JSON; - reads them from standard input")
    call.add_argument("--yes", action="store_true", help="carry out what asks first (removing, production, credentials)")
    call.add_argument("--customer", metavar="NAME", help="the customer to act for; the default one if absent")
    call.add_argument("--dry-run", action="store_true", help="show the request, send nothing")
    call.set_defaults(command="call:call")


def _add_customers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    customers = commands.add_parser("customers", help="list the customers that calls can act for")
    customers.add_argument("--check", action="store_true", help="ask Akamai whether the credentials work and what they may do")
    customers.add_argument("--customer", metavar="NAME", help="only this one")
    customers.add_argument("--json", action="store_true")
    customers.set_defaults(command="customers:customers")


def _add_specs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    specs = commands.add_parser("specs", help="build, check and fetch the documents")
    verbs = specs.add_subparsers(required=True, metavar="build|learn|check|sync")
    build = verbs.add_parser("build", help="write the facts of a checkout of the official documents, and of OUT/clients.jsonl")
    build.add_argument("--source", type=Path, help="the checkout's folder of documents; only OUT/clients.jsonl if absent")
    build.add_argument("--out", type=Path, required=True, help="where to write product/version/openapi.json")
    build.add_argument("--guide", type=Path, help="the guide's folder; OUT/guide if absent")
    build.set_defaults(command="specs:build")
    learn = verbs.add_parser("learn", help="write OUT/clients.jsonl: what Akamai's clients call and no document has")
    learn.add_argument("--source", type=Path, required=True, help="a folder with endpoints.jsonl and observed.jsonl")
    learn.add_argument("--out", type=Path, required=True, help="a folder of built documents")
    learn.set_defaults(command="specs:learn")
    check = verbs.add_parser("check", help="validate every document and count operations")
    check.add_argument("folder", type=Path, nargs="?", help="a specs folder; the one that would be served if absent")
    check.set_defaults(command="specs:check")
    sync = verbs.add_parser("sync", help="fetch the official documents and prefer them")
    sync.add_argument("--ref", default="main", help="a commit, tag or branch")
    sync.add_argument("--url", help="another archive address, with {ref} for the ref")
    sync.set_defaults(command="specs:sync")


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="what was attempted, by the audit file")
    verbs = audit.add_subparsers(required=True, metavar="tail")
    tail = verbs.add_parser("tail", help="the last attempts to change something")
    tail.add_argument("--lines", type=int, default=20, help="how many of them")
    tail.add_argument("--follow", action="store_true", help="go on with those to come")
    tail.add_argument("--customer", help="those for one customer")
    tail.add_argument("--decision", choices=("allowed", "refused", "failed", "unknown"))
    tail.add_argument("--json", action="store_true", help="the lines as they stand in the file")
    tail.set_defaults(command="audit:tail")


def _add_install(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    install = commands.add_parser("install", help="put this server into a client's configuration")
    install.add_argument("client", choices=CLIENTS)
    install.add_argument("--edgerc", type=Path, metavar="PATH", help="the credentials file; only its path is written")
    install.add_argument("--section", help="its section to use by default")
    install.add_argument("--products", help="products whose own tools are listed, such as papi,ccu; or all")
    install.add_argument("--config", type=Path, metavar="PATH", help="the client's configuration, where it is not the usual one")
    install.add_argument("--from", dest="source", help="a checkout or package that uvx is to start; this Python if absent")
    install.add_argument("--remove", action="store_true", help="take it out again")
    install.add_argument("--yes", action="store_true", help="write without asking, and replace another entry of this name")
    install.add_argument("--dry-run", action="store_true", help="only show the change")
    install.set_defaults(command="install.command:install")
