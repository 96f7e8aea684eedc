"""Where a client finds the server, as the suite tells it to the client's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server as a command with its environment, or at a URL if there is one.

    `has_sessions` asks for a protocol with sessions, where what stands in between keeps a server for each of them.
    """

    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    has_sessions: bool = False

    def text(self) -> str:
        """The target as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `text` wrote."""
        value = json.loads(text)
        return cls(**(value | {"command": tuple(value["command"])}))
