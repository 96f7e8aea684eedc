"""Catalogues of a few documents, which take milliseconds: no guide of the project fills in what they do not say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.index import Progress, open_index
from akamai_mcp.documents.location import Location, read_source


def open_small(
    root: Path, cache: Path | None = None, progress: Progress = lambda _: None, *, is_own: bool = False, may_change: bool = False
) -> Catalogue:
    """The catalogue of a folder's documents and of nothing else."""
    source = replace(read_source(Location(root=root, origin="a test", may_change=may_change)), guides=dict)
    return Catalogue(open_index(source, cache, progress), root, "a test", is_own=is_own)
