"""The values of an answer, nearest to its top first, within a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

# A response may be large; identifiers and states are near its top.
MAX_NODES: Final = 2_000
MAX_ITEMS: Final = 50


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield (field name, value) of a body, breadth first, at most MAX_NODES, and MAX_ITEMS of each list."""
    queue: deque[tuple[str, Any]] = deque([("", node)])
    for _ in range(MAX_NODES):
        if not queue:
            return
        name, value = queue.popleft()
        yield name, value
        if isinstance(value, Mapping):
            queue += [(str(key), member) for key, member in value.items()]
        elif isinstance(value, list):
            queue += [(name, member) for member in value[:MAX_ITEMS]]
