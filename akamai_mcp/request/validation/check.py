"""Report where arguments differ from the published schema, as advice or strictly.

The schemas are stricter than Akamai's API, so a mismatch is advice: it is shown beside a 4xx response, and only
strict mode refuses the call.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.validation.advice import advised_mismatches

MAX_MISMATCHES: Final = 10


def find_mismatches(operation: Operation, placed: Placed, *, strict: bool = False) -> tuple[str, ...]:
    """The differences between arguments and schema, at most MAX_MISMATCHES, each as `path: message`."""
    if not strict:
        return tuple(islice(advised_mismatches(operation, placed), MAX_MISMATCHES))
    from akamai_mcp.request.validation.strict import strict_mismatches  # 300 ms: openapi-core, for those who want it

    return tuple(islice(strict_mismatches(operation, placed), MAX_MISMATCHES))
