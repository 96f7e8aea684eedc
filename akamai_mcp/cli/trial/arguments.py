"""The options of `akamai-mcp sandbox` and `akamai-mcp demo`."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_sandbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    sandbox = commands.add_parser("sandbox", help="start a fake Akamai account to try things with; needs no account")
    sandbox.add_argument(
        "--folder", type=Path, help="where credentials and certificate are written; default: the user's data folder"
    )
    sandbox.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; default: one that is free")
    sandbox.set_defaults(command="trial.sandbox:sandbox")


def add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    demo = commands.add_parser("demo", help="run the main steps against a fake Akamai on this machine; needs no account")
    demo.set_defaults(command="trial.demo:demo")
