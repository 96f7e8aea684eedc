"""Settings that the deployment files and docs name before settings.py declares them; remove a setting from this list when it is declared."""

from __future__ import annotations

NOT_DECLARED_YET: set[str] = set()
