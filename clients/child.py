"""Runs the scenario in the environment of a client: `python -m clients.child ADAPTER`, with the target on stdin."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module

from clients.scenario import go_through
from clients.target import Target


async def run(adapter: str, target: Target) -> dict[str, str]:
    """The result of each step."""
    async with import_module(f"clients.adapters.{adapter}").connect(target) as talk:
        return await go_through(talk)


def main() -> None:
    """Write the results to the descriptor that was standard output; libraries may print where they like."""
    results = os.dup(1)
    os.dup2(2, 1)
    found = asyncio.run(run(sys.argv[1], Target.from_text(sys.stdin.read())))
    os.write(results, json.dumps(found).encode())


if __name__ == "__main__":
    main()
