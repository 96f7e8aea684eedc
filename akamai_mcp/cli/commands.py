"""Every command except `serve`: its arguments, and the module that implements it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from akamai_mcp import __version__
from akamai_mcp.cli.arguments.settings import READING, add_settings, chosen_settings
from akamai_mcp.cli.trial.arguments import add_demo, add_sandbox
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.inventory.policy import MOST_ROWS

Command = Callable[[argparse.Namespace], int]

EPILOG: Final = (
    "First steps: `akamai-mcp demo` or `akamai-mcp sandbox` without an account, `akamai-mcp install CLIENT` for an agent, "
    "`akamai-mcp doctor` if something does not work. Without a command, akamai-mcp serves MCP on stdio. "
    "Settings are environment variables: see .env.example."
)
NO_UNICODE: Final = "akamai-mcp: An argument is not valid UTF-8. Write it in UTF-8; rename a file whose name is not."


def run(argv: Sequence[str]) -> int:
    """Parse the arguments and run the command; a failure prints one line of advice and returns 1."""
    if not all(map(_is_unicode, argv)):
        print(NO_UNICODE, file=sys.stderr)
        return 2
    options = build_parser(argv[0] if argv and argv[0] in ADDERS else None).parse_args(argv)
    try:
        with chosen_settings(options):
            return load_command(options.command)(options)
    except AkamaiMcpError as error:
        from akamai_mcp.cli.printing.messages import tell_error  # 25 ms, and only for an error

        tell_error(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _is_unicode(argument: str) -> bool:
    """False for bytes of another encoding, which Python hands on as lone surrogates: no name, index or request can hold them."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def load_command(name: str) -> Command:
    """Import and return the function of a command, given as `module:function`."""
    module, function = name.split(":")
    command: Command = getattr(import_module(f"akamai_mcp.cli.{module}"), function)
    return command


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Build the argument parser of every command, or of one."""
    parser = argparse.ArgumentParser(prog="akamai-mcp", description=__doc__.splitlines()[0], epilog=EPILOG)
    parser.description = "Every Akamai API operation as an MCP tool."
    parser.add_argument("--version", action="version", version=f"akamai-mcp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("serve", help="serve MCP on stdio (the default) or over HTTP")
    for add in ADDERS.values() if only is None else (ADDERS[only],):
        add(commands)
    return parser


def _add_installation(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from akamai_mcp.cli.install.arguments import add_install  # 13 ms: it knows every client

    add_install(commands)


def _add_healthcheck(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    health = commands.add_parser("healthcheck", help="check that the server in this container responds")
    health.add_argument("--url", help="URL to request; default: /healthz of the container's first process")
    health.set_defaults(command="healthcheck:healthcheck")


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser("doctor", help="check everything that a server needs, and say how to fix each problem")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    add_settings(doctor)
    doctor.set_defaults(command="doctor.command:doctor")


def _add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    completion = commands.add_parser("completion", help="print a script that completes commands and operations in a shell")
    completion.add_argument(
        "shell", choices=("bash", "zsh", "fish", "names"), help="the shell; names lists operations for a script"
    )
    completion.add_argument("word", nargs="?", default="", help="with names: what they begin with")
    completion.set_defaults(command="arguments.completion:completion")


def _add_token(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    token = commands.add_parser("token", help="create a bearer token for an HTTP server, and its line for the tokens file")
    token.add_argument("name", help="name of the holder: letters, digits, dots, dashes, underscores")
    token.add_argument("role", nargs="+", help="reader, writer, admin, or a role of the roles file")
    end = token.add_mutually_exclusive_group()
    end.add_argument("--days", type=int, metavar="N", help="days until the token expires; default: it does not")
    end.add_argument("--until", metavar="YYYY-MM-DD", help="last day on which the token is valid (UTC)")
    token.set_defaults(command="token:token")


def _add_operations(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    operations = commands.add_parser("operations", help="list, search and describe operations")
    verbs = operations.add_subparsers(required=True, metavar="list|search|describe")
    listing = verbs.add_parser("list", help="browse by product, method, tag")
    search = verbs.add_parser("search", help="find operations for a task in plain words")
    search.add_argument("question", nargs="*", help="the task in plain words")
    search.add_argument("--stdin", action="store_true", help="read one question per line; print one result per line")
    for parser in (listing, search):
        parser.add_argument("--product", help="only operations of a product, such as papi, or an alias of one")
        parser.add_argument("--method", help="only operations of an HTTP method")
        parser.add_argument("--tag", help="only operations with a tag of their document")
        parser.add_argument("--read-only", action="store_true", help="only operations that change nothing")
        parser.add_argument("--limit", type=int, default=20, help="how many to show; default: 20")
        parser.add_argument("--offset", type=int, default=0, help="how many to skip; default: 0")
        parser.add_argument("--json", action="store_true", help="print the keys as JSON")
        add_settings(parser, READING)
    describe = verbs.add_parser("describe", help="show arguments, body, an example call and the response")
    describe.add_argument("name", help="a tool name or product/version#operationId")
    describe.add_argument("--at", default="", help="part to show in full: body.rules or 200.items")
    describe.add_argument("--json", action="store_true", help="print JSON on a terminal too")
    add_settings(describe, READING)
    listing.set_defaults(command="operations:list_operations")
    search.set_defaults(command="operations:search")
    describe.set_defaults(command="operations:describe")


def _add_call(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    call = commands.add_parser("call", help="call an operation")
    call.add_argument("name", help="a tool name or product/version#operationId")
    call.add_argument("pairs", nargs="*", help=argparse.SUPPRESS)  # a slip that is answered with the form to use
    call.add_argument("--json", default="{}", metavar="'{...}'", help="arguments as JSON; - reads them from standard input")
    call.add_argument(
        "--arg", action="append", default=[], metavar="NAME=VALUE", help="one argument, also body.member=value or name:=JSON"
    )
    call.add_argument("--select", metavar="JMESPATH", help="the part of the answer to print, from inside body")
    call.add_argument("--paginate", action="store_true", help="follow further pages and merge them")
    call.add_argument("--max-pages", type=int, metavar="N", help="how many pages to follow at most")
    call.add_argument("--wait", action="store_true", help="wait until the work that the call starts has ended")
    call.add_argument("--yes", action="store_true", help="confirm a call that needs it (removal, production, credentials)")
    call.add_argument("--customer", metavar="NAME", help="customer to act for; default: the default customer")
    call.add_argument("--dry-run", action="store_true", help="show the request, send nothing")
    add_settings(call)
    call.set_defaults(command="call:call")


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="run a program of many calls")
    run.add_argument("program", metavar="FILE|@NAME", help="a file, - for standard input, or a program of the library")
    run.add_argument("--input", action="append", default=[], metavar="NAME=VALUE", help="an input; repeat it for more")
    run.add_argument("--inputs", default="{}", metavar="'{...}'", help="inputs as JSON")
    run.add_argument("--plan", action="store_true", help="show what would be changed, change nothing")
    run.add_argument("--yes", action="store_true", help="agree to each plan of changes")
    run.add_argument("--customer", metavar="NAME", help="customer to act for; default: the default customer")
    add_settings(run)
    run.set_defaults(command="run:run")


def _add_runs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    runs = commands.add_parser("runs", help="programs that are kept: what they changed, and how they go on")
    verbs = runs.add_subparsers(required=True, metavar="list|show|go-on|stop")
    listing = verbs.add_parser("list", help="list the kept runs, newest first")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(command="runs.command:list_runs")
    for name, about, function in (
        ("show", "show a run and its changes", "show"),
        ("go-on", "go on with a run that is paused, or whose plan waits for an answer", "go_on"),
        ("stop", "stop a run before its next change", "stop"),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.add_argument("name", help="name of the run")
        verb.set_defaults(command=f"runs.command:{function}")
        if name == "go-on":
            verb.add_argument("--yes", action="store_true", help="agree to each plan of changes")


def _add_history(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    history = commands.add_parser("history", help="what was changed through this server, newest first")
    history.add_argument("--lines", type=int, default=50, help="number of changes")
    history.add_argument("--json", action="store_true", help="print JSON")
    history.set_defaults(command="runs.command:history")


def _to_rows(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number from 1 to {MOST_ROWS}")
    return int(text)


def _add_find(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    find = commands.add_parser("find", help="find what the account owns by a hostname, name, id, IP or a part of one")
    find.add_argument("query", help="what to find; '*' for all of a kind")
    find.add_argument("--limit", type=_to_rows, default=20, metavar="1..100", help="rows to show at most; default: 20")
    find.add_argument("--refresh", action="store_true", help="read the lists again first")
    find.add_argument("--json", action="store_true", help="print JSON on a terminal too")
    find.set_defaults(command="inventory:find")
    _add_choice(find)


def _add_inventory(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    inventory = commands.add_parser("inventory", help="export what the account owns")
    export = inventory.add_subparsers(required=True, metavar="export").add_parser("export", help="print all of it as rows")
    export.add_argument("--format", choices=("csv", "json"), default="csv", help="form of the rows")
    export.set_defaults(command="inventory:export")
    _add_choice(export)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", help="only this kind, such as property or certificate")
    parser.add_argument("--customer", metavar="NAME", help="customer to act for; default: the default customer")
    add_settings(parser)


def _add_customers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    customers = commands.add_parser("customers", help="list the customers that calls can act for")
    customers.add_argument("--check", action="store_true", help="ask Akamai whether the credentials work and what they allow")
    customers.add_argument("--customer", metavar="NAME", help="list only this customer")
    customers.add_argument("--json", action="store_true", help="print JSON")
    add_settings(customers)
    customers.set_defaults(command="customers:customers")


def _add_specs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    specs = commands.add_parser("specs", help="build, check and fetch OpenAPI documents")
    verbs = specs.add_subparsers(required=True, metavar="build|learn|check|sync|diff|drift")
    build = verbs.add_parser("build", help="write the facts of a checkout of the official documents, and of OUT/clients.jsonl")
    build.add_argument("--source", type=Path, help="the checkout's folder of documents; only OUT/clients.jsonl if absent")
    build.add_argument("--out", type=Path, required=True, help="folder to write product/version/openapi.json to")
    build.add_argument("--guide", type=Path, help="folder of the guide; default: OUT/guide")
    build.set_defaults(command="documents.specs:build")
    learn = verbs.add_parser("learn", help="write OUT/clients.jsonl: undocumented endpoints of Akamai's clients")
    learn.add_argument("--source", type=Path, required=True, help="a folder with endpoints*.jsonl and observed.jsonl")
    learn.add_argument("--out", type=Path, required=True, help="a folder of built documents")
    learn.set_defaults(command="documents.specs:learn")
    check = verbs.add_parser("check", help="validate every document and count operations")
    check.add_argument("folder", type=Path, nargs="?", help="folder of documents; default: the one that would be served")
    check.set_defaults(command="documents.specs:check")
    sync = verbs.add_parser("sync", help="fetch the official documents and serve them")
    sync.add_argument("--ref", default="main", help="commit, tag or branch")
    sync.add_argument("--url", help="another archive URL, with {ref} for the ref")
    sync.set_defaults(command="documents.specs:sync")
    diff = verbs.add_parser("diff", help="show new, changed, deprecated and removed operations")
    diff.add_argument("old", type=Path, nargs="?", help="folder of documents; default: the embedded ones")
    diff.add_argument("new", type=Path, nargs="?", help="folder of documents; default: the ones that would be served")
    diff.add_argument("--json", action="store_true", help="print JSON")
    diff.set_defaults(command="documents.contract:diff")
    drift = verbs.add_parser("drift", help="show where Akamai's answers differ from the documents (AKAMAI_MCP_CHECK_ANSWERS)")
    drift.add_argument("--all", action="store_true", help="show the known differences too")
    drift.add_argument("--accept", action="store_true", help="from now on take what is shown as known, and leave it out")
    drift.add_argument("--clear", action="store_true", help="forget the differences after showing them")
    drift.add_argument("--json", action="store_true", help="print JSON")
    drift.set_defaults(command="documents.contract:drift")


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="show the audit trail")
    verbs = audit.add_subparsers(required=True, metavar="tail")
    tail = verbs.add_parser("tail", help="show the last attempts to change something")
    tail.add_argument("--lines", type=int, default=20, help="number of attempts")
    tail.add_argument("--follow", action="store_true", help="wait for further attempts")
    tail.add_argument("--customer", help="show only attempts for this customer")
    tail.add_argument("--decision", choices=("allowed", "refused", "failed", "unknown"), help="only attempts that ended so")
    tail.add_argument("--json", action="store_true", help="print the lines of the file")
    tail.set_defaults(command="audit:tail")


# In the order of the help. A command is parsed by its own parser alone: all of them take 20 ms.
ADDERS: Final[Mapping[str, Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None]]] = {
    "operations": _add_operations,
    "call": _add_call,
    "run": _add_run,
    "runs": _add_runs,
    "history": _add_history,
    "find": _add_find,
    "inventory": _add_inventory,
    "customers": _add_customers,
    "specs": _add_specs,
    "audit": _add_audit,
    "install": _add_installation,
    "healthcheck": _add_healthcheck,
    "doctor": _add_doctor,
    "token": _add_token,
    "sandbox": add_sandbox,
    "demo": add_demo,
    "completion": _add_completion,
}
