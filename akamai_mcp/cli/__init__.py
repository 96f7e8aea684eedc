"""The command line: `serve` is the default command, and `commands.py` has the others.

Others take `main`, the entry point.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; without one, serve MCP on stdio."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] == "serve":
        from akamai_mcp.cli.serve import serve  # the only imports on the way to a server

        return serve(arguments[1:])
    from akamai_mcp.cli.commands import run

    return run(arguments)
