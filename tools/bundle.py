"""Write the MCP bundle, a file that desktop clients install with one click: `python tools/bundle.py OUT.mcpb`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from akamai_mcp import __version__

ROOT = Path(__file__).resolve().parents[1]
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
FOLDERS = ("akamai_mcp", "specs")
EARLIEST = (1980, 1, 1, 0, 0, 0)


def members() -> Iterator[tuple[str, Path]]:
    """The files of a bundle, by their name in it."""
    yield "manifest.json", ROOT / "deploy/mcpb/manifest.json"
    yield from ((name, ROOT / name) for name in FILES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if (
                path.is_file()
                and "__pycache__" not in name
                and not name.startswith(("specs/guide/", "specs/asks/", "specs/learning.yaml"))
            ):
                yield name, path


def write_bundle(out: Path) -> None:
    """Write a reproducible bundle: its bytes depend only on the files in it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(out, "w", ZIP_DEFLATED) as bundle:
        for name, path in members():
            entry = ZipInfo(name, EARLIEST)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_bundle(target)
    print(f"Wrote {target} ({target.stat().st_size / 1e6:.1f} MB): open it in a desktop client to install version {__version__}.")
