"""Check that a tag, the package and the changelog name one version: `python tools/check_release.py v0.1.0 [--notes]`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from akamai_mcp import __version__

ROOT = Path(__file__).resolve().parents[1]


def complaints(tag: str, version: str, changelog: str, entry: str) -> list[str]:
    """What keeps a tag from being released, one sentence each."""
    found = []
    if tag != f"v{version}":
        found.append(f"The tag is {tag}, the package is {version}.")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no heading `## [{version}] - YYYY-MM-DD`.")
    if "com.example" in entry:
        found.append("server.json still has the namespace com.example.")
    if json.loads(entry)["version"] != version:
        found.append(f"server.json does not name {version}.")
    return found


def notes(version: str, changelog: str) -> str:
    """The part of the changelog that belongs to a version."""
    part = re.search(rf"^## \[{re.escape(version)}\].*\n((?:(?!^## ).*\n?)*)", changelog, re.MULTILINE)
    return part[1].strip() + "\n" if part else ""


if __name__ == "__main__":
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if "--notes" in sys.argv:
        print(notes(__version__, text), end="")
    else:
        wrong = complaints(sys.argv[1], __version__, text, (ROOT / "server.json").read_text(encoding="utf-8"))
        sys.exit("\n".join(wrong) or None)
