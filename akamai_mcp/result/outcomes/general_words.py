"""States in general words, for answers of operations whose guide does not say what their words mean."""

from __future__ import annotations

import re
from typing import Final

from akamai_mcp.catalogue.outcomes.progress import State, fold

_NEEDS: Final = frozenset("awaiting_input awaiting_approval pending_approval awaiting_user needs_approval suspended".split())
_PENDING: Final = frozenset(
    """pending new queued submitted processing running started scheduled waiting wait progress inprogress activating deactivating
    deploying initializing accepted received created creating provisioning awaiting uploading updating deleting building
    requested validating verifying cancelling canceling preparing prepared open""".split()
)
_FAILED: Final = frozenset(
    """failed failure error errored aborted abort cancelled canceled rejected expired timeout timed_out invalid denied stopped
    rollback ignored interrupted unavailable not_available incomplete terminated""".split()
)
_DONE: Final = frozenset(
    """active activated complete completed success successful succeeded done finished deployed inactive deactivated deleted
    removed ok ready live published available closed valid validated provisioned initialized uploaded approved true""".split()
)
_BY_WORD: Final[tuple[tuple[State, frozenset[str]], ...]] = (
    ("needs-the-user", _NEEDS),
    ("pending", _PENDING),
    ("failed", _FAILED),
    ("done", _DONE),
)
_STATE_FIELD: Final = re.compile(r"(?:status|state|is_?complete)\Z", re.IGNORECASE)


def is_state_field(name: str) -> bool:
    """Return True if a field of this name is likely to hold a state."""
    return _STATE_FIELD.search(name) is not None


def general_state(word: str) -> State:
    """Return what a word means in general: the whole of it, else its last part (`STAGING_FAILED`), else its first."""
    plain = fold(word)
    if plain == "false":  # of `isComplete`
        return "pending"
    parts = [part for part in plain.split("_") if part]
    for text in dict.fromkeys((plain, *parts[-1:], *parts[:1])):
        for state, words in _BY_WORD:
            if text in words:
                return state
    return "unknown"
