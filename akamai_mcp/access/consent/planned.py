"""The changes of a program's plan: each may be made as often as the plan has it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


class PlannedChanges:
    """The changes that a program may make now, by the name that the consent to each of them has.

    `agreed` is true if the user was asked for the plan as a whole; else it has only changes that need no confirmation.
    `text` is the question that the user agreed to.
    """

    def __init__(self, names: Iterable[str], *, agreed: bool = False, text: str = "") -> None:
        self._left = Counter(names)
        self.agreed = agreed
        self.text = text

    @property
    def left(self) -> Mapping[str, int]:
        """How often each change may still be made."""
        return dict(+self._left)

    def holds(self, names: Iterable[str]) -> bool:
        """True if all these changes are still to be made, each as often as it is named."""
        return Counter(names) <= self._left

    def take(self, name: str) -> bool:
        """Use up one change; False if the plan has none of this name left."""
        if not self._left[name]:
            return False
        self._left[name] -= 1
        return True
