"""Hooks of mkdocs: pages that stand outside docs/ are part of the site, and links lead to their pages there."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
# Pages of the site that are files elsewhere in the repository.
OUTSIDE: Final = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "specs/README.md": "documents-and-guide.md",
    "benchmarks/README.md": "benchmarks.md",
}
LINK: Final = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
REPOSITORY: Final = "https://github.com/akamai-mcp/akamai-mcp/blob/main/"


def page_of(path: str) -> str:
    """Where a file of the repository is in the site: a page, or its place in the repository."""
    if path in OUTSIDE:
        return OUTSIDE[path]
    is_part = path.startswith("docs/") and path.endswith((".md", ".svg"))
    return path.removeprefix("docs/") if is_part else REPOSITORY + path


def to_site(text: str, path: str) -> str:
    """A page's text with links from its place in the repository turned into links of the site."""
    here = posixpath.dirname(page_of(path))

    def moved(match: re.Match[str]) -> str:
        target = match[2]
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        place = page_of(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))
        return match[1] + (place if "://" in place else posixpath.relpath(place, here or ".")) + match[3]

    # Headings of the README begin with a comment for the MCP registry, which readers of the site do not need.
    return LINK.sub(moved, re.sub(r"^<!-- mcp-name: .* -->\n", "", text, flags=re.MULTILINE))


def source_of(uri: str) -> str:
    """The file of the repository that a page is made from."""
    return next((path for path, page in OUTSIDE.items() if page == uri), f"docs/{uri}")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that stand outside docs/."""
    from mkdocs.structure.files import File  # mkdocs loads this module, tests do so without it

    for path, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 - mkdocs passes these by name
    """Turn links of the repository into links of the site."""
    return to_site(markdown, source_of(page.file.src_uri))
