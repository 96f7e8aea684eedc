"""Draw the picture of a session in the README from a run against the sandbox (`make picture`).

What the person says is written here; the calls are made by an MCP client, and the answers are those of the server.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from rich.console import Console
from rich.text import Text

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import read_habits
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.server.app import build_server
from akamai_mcp.settings import Settings

PICTURE: Final = Path(__file__).resolve().parents[1] / "docs/images/session.svg"
HOST: Final = "www.nordwind.test"
WIDTH: Final = 104
PERSON, CALL, ANSWER, QUESTION = "bold bright_white", "bold cyan", "grey70", "bold yellow"
PURGE: Final = {
    "name": "akamai_ccu_post_invalidate_url",
    "arguments": {"network": "production", "body": {"objects": [f"https://{HOST}/sale"]}},
}
Line = tuple[str, str]


class Session:
    """A session's lines, each with its style."""

    def __init__(self, client: Client[Any], lines: list[Line]) -> None:
        self._client = client
        self.lines = lines

    def person(self, text: str) -> None:
        """What the person writes."""
        self.lines += [("", ""), (f"> {text}", PERSON)] if self.lines else [(f"> {text}", PERSON)]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Make a call and show it."""
        text = wrap(f"{tool} {json.dumps(arguments)}", WIDTH, initial_indent="  ", subsequent_indent="      ")
        self.lines += [(line, CALL) for line in text]
        return dict((await self._client.call_tool(tool, arguments)).structured_content or {})

    def answer(self, *lines: str) -> None:
        """A part of the answer."""
        self.lines += [(f"    {line}", ANSWER) for line in lines]


async def play(session: Session) -> None:
    """The session: find, look up, and a change that a person confirms."""
    session.person(f"What serves {HOST}, and is it protected?")
    found = (await session.call("akamai_find", query=HOST))["found"]
    hostname, property_ = (next(row for row in found if row["kind"] == kind) for kind in ("hostname", "property"))
    session.answer(
        f"property {property_['name']}: version {property_['production']} on production, {property_['staging']} on staging",
        f"edge hostname {hostname['production']}, certificate {hostname['certificateType']}",
        f"{hostname['protected']} by {hostname['securityConfig']}, policy {', '.join(hostname['securityPolicies'])}",
    )
    session.person("The page /sale is out of date. Flush it.")
    rows = (await session.call("akamai_list_operations", query="flush these URLs from the cache", limit=2))["operations"]
    session.answer(*(f"{row['name']}  {row['effect']}  {row['request']}" for row in rows))
    done = await session.call("akamai_destroy", **PURGE)
    session.answer(f"{done['status']} {done['body']['detail']}, done in about {done['body']['estimatedSeconds']} seconds")


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing but the picture is written; proxies are not asked for the sandbox."""
    level, before = logging.root.manager.disable, os.environ.get("NO_PROXY")
    logging.disable(logging.CRITICAL)
    os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        yield
    finally:
        logging.disable(level)
        os.environ.pop("NO_PROXY") if before is None else os.environ.update(NO_PROXY=before)


async def record() -> list[Line]:
    """Play the session against a sandbox and return its lines."""
    lines: list[Line] = []

    async def accept(message: str, _kind: Any, _parameters: Any, _context: Any) -> ElicitResult[Any]:
        lines.extend((f"    {'?' if number == 0 else ' '} {line}", QUESTION) for number, line in enumerate(message.splitlines()))
        lines.append(("      [Accept]  Decline", QUESTION))
        return ElicitResult(action="accept", content={})

    fake = FakeAkamai.from_specs(embedded_folder(), habits=read_habits(("none", "account")))
    with tempfile.TemporaryDirectory() as folder, SandboxServer(fake) as sandbox, quiet():
        edgerc = sandbox.write_edgerc(Path(folder) / ".edgerc")
        settings = Settings(edgerc=edgerc, ca_bundle=sandbox.ca_bundle, cache_dir=Path(folder), inventory="memory")
        async with Client(build_server(settings), elicitation_handler=accept) as client:
            await play(Session(client, lines))
    return lines


def to_svg(lines: list[Line]) -> str:
    """The lines as an SVG that loads nothing: the reader's own monospaced font is used."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for line, style in lines:
            console.print(Text(line, style=style), soft_wrap=False)
        drawn = console.export_svg(title="akamai-mcp in an MCP client", unique_id="session")
    return re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(to_svg(asyncio.run(record())), encoding="utf-8")
    print(f"Wrote {PICTURE}")
