"""The command line: `serve` is the default command, and `commands.py` has the others.

Others take `main`, the entry point.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Final

COLLECT_AFTER: Final = 100_000  # new objects; with the default of 700 a tenth of a command's time goes into collections


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; without one, serve MCP on stdio."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] == "serve":
        from akamai_mcp.cli.serve import serve  # the only imports on the way to a server

        return serve(arguments[1:])
    return _run(arguments) if argv is not None else _run_alone(arguments)


def _run(arguments: Sequence[str]) -> int:
    from akamai_mcp.cli.commands import run  # 6 ms: a server parses no command line

    return run(arguments)


def _run_alone(arguments: Sequence[str]) -> int:
    """Run a command in a process of its own, which is mostly imports: they make many objects and hardly any garbage."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        return _run(arguments)
    finally:
        gc.freeze()  # the interpreter's end would look through all of them: 45 ms
