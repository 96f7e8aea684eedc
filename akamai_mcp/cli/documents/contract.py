"""`akamai-mcp specs diff | drift`: what differs between documents, and between documents and answers."""

from __future__ import annotations

import argparse
import sys
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
from akamai_mcp.contract.difference import Difference
from akamai_mcp.contract.drift_file import DriftFile, Recorded
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

    Those that `--accept` made known are left out and counted. Raises SettingsError if nothing was ever recorded, or a file
    cannot be read or written.
    """
    file = DriftFile(load_settings().drift_path())
    found, known = _examine(file)
    new = {one: count for one, count in found.differences.most_common() if one not in known}
    shown = found.differences if options.all else new
    rows = [
        {"operation": one.operation, "place": one.place, "difference": one.text, "count": count}
        | ({"known": one in known} if options.all else {})
        for one, count in Counter(shown).most_common()
    ]
    facts = {"known": len(found.differences) - len(new), "compared": found.compared, "passedOver": found.passed_over}
    _print(rows, facts | {"file": str(file.path)}, as_json=options.json)
    if found.damaged:
        tell(f"{found.damaged} damaged lines were skipped.")
    _keep(file, new if options.accept else {}, clear=options.clear)
    return int(bool(found.damaged) and not found.differences)


def _examine(file: DriftFile) -> tuple[Recorded, Counter[Difference]]:
    """(what was recorded, the differences that are known)."""
    try:
        found = file.examine()
    except FileNotFoundError as error:
        raise SettingsError(
            f"Nothing was ever recorded: there is no file {file.path}.",
            advice="A server with AKAMAI_MCP_CHECK_ANSWERS=sample or all records what differs.",
        ) from error
    except OSError as error:
        raise _refuse(file, error) from error
    try:
        return found, file.known.examine().differences
    except FileNotFoundError:
        return found, Counter()
    except OSError as error:
        raise _refuse(file.known, error) from error


def _keep(file: DriftFile, accepted: Mapping[Difference, int], *, clear: bool) -> None:
    try:
        if accepted:
            file.known.add(accepted)
        if clear:
            file.clear()
    except OSError as error:
        raise _refuse(file, error) from error


def _refuse(file: DriftFile, error: OSError) -> SettingsError:
    return SettingsError(f"{file.path} cannot be read or written ({type(error).__name__}).", advice="Correct its permissions.")


def _print(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a table on a terminal, else lines of JSON, with the facts about all of them on stderr."""
    if sys.stdout.isatty() and not as_json:
        print_rows(rows, facts)
        return
    for row in rows:
        print(to_json(row, indent=False))
    tell(", ".join([f"{len(rows)} rows", *(f"{name}: {fact}" for name, fact in facts.items())]))
