"""Settings that deployment and its papers name before settings.py declares them; one that it declares has to leave this list."""

from __future__ import annotations

NOT_DECLARED_YET: set[str] = set()
