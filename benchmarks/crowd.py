"""Another caller in a process of its own: many connections that send one large read each at the same moment, round by round.

`python -m benchmarks.crowd PORT COUNT` opens the connections, prints `ready` and reads a line with the number of the first
property; then it sends the reads, prints `done` and opens the next round's connections, until its input ends.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from benchmarks.calls import OPERATION
from benchmarks.over_http import HttpServer, drain


def large_read(number: int) -> tuple[str, dict[str, Any]]:
    """The call that reads a property whose answer has 25 kB."""
    return OPERATION, {"propertyId": f"prp_{number}-mark-large", "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}


async def read_in_rounds(server: HttpServer, count: int) -> None:
    """Send a round of reads for each line of the input."""
    while True:
        async with server.connections(count) as connections:
            print("ready", flush=True)
            if not (line := await asyncio.to_thread(sys.stdin.readline)):
                return
            await drain(connections, range(int(line), int(line) + count), large_read)
            print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(read_in_rounds(HttpServer(int(sys.argv[1])), int(sys.argv[2])))
