"""`akamai-mcp token NAME ROLE`: create a bearer token and its line for the tokens file."""

from __future__ import annotations

import argparse

from akamai_mcp.access.tokens import new_token


def token(options: argparse.Namespace) -> int:
    """Print a new token, which is stored nowhere, and its line."""
    text, holder = new_token(options.name, tuple(options.role))
    print(f"token: {text}")
    print(f"line:  {holder.line()}")
    return 0
