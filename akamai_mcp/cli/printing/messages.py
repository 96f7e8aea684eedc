"""Lines on stderr: what goes wrong and what to do, in the words of a terminal and without what acts on one."""

from __future__ import annotations

import re
import sys
from typing import Final

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.parser import clean

MAX_MESSAGE: Final = 4_000  # characters; an error may list every product
# Advice is written for clients of MCP, which read resources and call tools; a person at a terminal has a command for each.
_RESOURCE: Final = re.compile(r"akamai://(?:runs/([\w-]+)|(runs)|history)(?![\w/])")
_GO_ON: Final = re.compile(r"call akamai_run with \{\"run\": \"([\w-]+)\"\}")


def tell(text: str) -> None:
    """Print one line on stderr."""
    print(f"akamai-mcp: {clean(text, MAX_MESSAGE)}", file=sys.stderr)


def tell_error(error: AkamaiMcpError) -> None:
    """Print what an error says and advises, on one line."""
    tell(f"{clean(error.message, MAX_MESSAGE // 2)} {name_commands(error.advice)}")


def name_commands(advice: str) -> str:
    """Advice with the commands that show what its resources do."""
    return _GO_ON.sub(r"run `akamai-mcp runs go-on \1`", _RESOURCE.sub(_command, advice))


def _command(resource: re.Match[str]) -> str:
    name, runs = resource.groups()
    return f"`akamai-mcp {f'runs show {name}' if name else 'runs list' if runs else 'history'}`"
