"""`akamai-mcp specs diff | drift`: what differs between documents, and between documents and answers."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.cli.documents.specs import NO_DOCUMENT, require_folder
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.cli.printing.tables import print_rows
from akamai_mcp.contract.diff import compare_catalogues
from akamai_mcp.contract.drift_file import DriftFile
from akamai_mcp.documents.location import Location, embedded_folder, locate, open_catalogue, user_cache_folder
from akamai_mcp.errors import SettingsError
from akamai_mcp.settings import load_settings


def diff(options: argparse.Namespace) -> int:
    """Print the operations that differ between two folders of documents. Raises SettingsError for one without documents."""
    settings = load_settings()
    cache = settings.cache_dir or user_cache_folder()
    old = _open(options.old or embedded_folder(), cache)
    new = _open(options.new or locate(settings.specs_dir).root, cache)
    changes = [asdict(change) | {"parts": ", ".join(change.parts)} for change in compare_catalogues(old, new)]
    kinds = Counter(change["kind"] for change in changes)
    _print(changes, {kind: kinds[kind] for kind in ("new", "changed", "deprecated", "removed")}, as_json=options.json)
    return 0


def _open(folder: Path, cache: Path) -> Catalogue:
    require_folder(folder)
    catalogue = open_catalogue(Location(root=folder, origin=str(folder)), cache)
    if not len(catalogue):
        raise SettingsError(NO_DOCUMENT.format(folder), advice="`akamai-mcp specs check` of the folder says what is wrong in it.")
    return catalogue


def drift(options: argparse.Namespace) -> int:
    """Print where answers differ from the documents, the most frequent difference first; return 1 if no line can be read.

    Raises SettingsError if nothing was ever recorded, or the file cannot be read.
    """
    file = DriftFile(load_settings().drift_path())
    try:
        found, damaged = file.examine()
        if options.clear:
            file.clear()
    except FileNotFoundError as error:
        raise SettingsError(
            f"Nothing was ever recorded: there is no file {file.path}.",
            advice="A server with AKAMAI_MCP_CHECK_ANSWERS=sample or all records what differs.",
        ) from error
    except OSError as error:
        raise SettingsError(f"{file.path} cannot be read ({type(error).__name__}).", advice="Correct its permissions.") from error
    rows = [
        {"operation": one.operation, "place": one.place, "difference": one.text, "count": count}
        for one, count in found.most_common()
    ]
    _print(rows, {"file": str(file.path)}, as_json=options.json)
    if damaged:
        tell(f"{damaged} damaged lines were skipped.")
    return int(bool(damaged) and not rows)


def _print(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print(to_json(row, indent=False))
    else:
        print_rows(rows, facts)
