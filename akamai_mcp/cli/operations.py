"""`akamai-mcp operations list | search | describe`."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator

import orjson

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.advice import advise
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.documents.location import embedded_folder, locate, open_catalogue, user_cache_folder
from akamai_mcp.settings import Settings, load_settings


def open_served() -> Catalogue:
    """Open the catalogue that the server would serve."""
    settings = load_settings()
    return open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())


def _filter(options: argparse.Namespace) -> Filter:
    return Filter(product=options.product, method=options.method, tag=options.tag, effect="read" if options.read_only else None)


def list_operations(options: argparse.Namespace) -> int:
    """Print the operations that match the filters."""
    catalogue, chosen = open_served(), _filter(options)
    entries, total = catalogue.browse(chosen, limit=options.limit, offset=options.offset)
    if not total:
        tell(advise(catalogue, chosen))
    return _print(entries, total, as_json=options.json)


def search(options: argparse.Namespace) -> int:
    """Search for one question, or for each line of standard input."""
    catalogue = open_served()
    engine = Search(catalogue)
    chosen = _filter(options)
    if options.stdin:
        for line in sys.stdin:
            hits = engine.find(line.strip(), chosen, limit=options.limit, offset=options.offset)
            if options.json:
                print(orjson.dumps([entry.key for entry in hits.entries]).decode(), flush=True)
            else:
                print("\t".join([line.strip(), *(entry.key for entry in hits.entries)]), flush=True)
        return 0
    question = " ".join(options.question)
    hits = engine.find(question, chosen, limit=options.limit, offset=options.offset)
    if not hits.total:
        tell(advise(catalogue, chosen, hits.suggestions))
    if not (options.product or options.method or options.tag or options.offset):
        for line in whole_answers(question, catalogue, hits.nearest, only_reads=options.read_only):
            tell(line)
    return _print(list(hits.entries), hits.total, as_json=options.json)


def whole_answers(question: str, catalogue: Catalogue, nearest: float, *, only_reads: bool) -> Iterator[str]:
    """A line for each command that answers the question as a whole: a program of the library, a look into the inventory."""
    settings = load_settings()
    yield from _programs(question, settings, nearest, only_reads=only_reads)
    if settings.inventory != "off":
        yield from _inventory(question, catalogue)


def _programs(question: str, settings: Settings, nearest: float, *, only_reads: bool) -> Iterator[str]:
    from akamai_mcp.programs.interpreter import is_installed  # 10 ms, and only a search wants them
    from akamai_mcp.programs.library.finding import ProgramFinder
    from akamai_mcp.programs.library.library import Library, library_folders

    if is_installed():
        library = Library(library_folders(embedded_folder(), settings.programs_dir))
        for one in ProgramFinder(library.programs.values()).find(question, nearest):
            if one.effect == "read" or not only_reads:
                yield f"One command does it: akamai-mcp run {one.reference} ({one.effect}). {one.summary}"


def _inventory(question: str, catalogue: Catalogue) -> Iterator[str]:
    from akamai_mcp.inventory.pointing import find_pointer, kinds_in  # as above

    if pointer := find_pointer(question, lambda: kinds_in(catalogue.marked())):
        kind = f" --kind {pointer.kind}" if pointer.kind else ""
        yield f"One command answers it: akamai-mcp find {shlex.quote(pointer.query)}{kind} (read)."


def describe(options: argparse.Namespace) -> int:
    """Describe one operation."""
    from akamai_mcp.calls.describe import describe_operation  # 5 ms: only `describe` needs it

    catalogue = open_served()
    facts = describe_operation(catalogue, catalogue.get(options.name), options.at)
    if options.json:
        print(orjson.dumps(facts).decode())
    elif not sys.stdout.isatty():
        print(orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode())
    else:
        from akamai_mcp.cli.printing.description import print_description  # 30 ms: rich, for a person

        print_description(facts)
    return 0


def _print(entries: list[Entry], total: int, *, as_json: bool) -> int:
    if as_json:
        print(orjson.dumps([entry.key for entry in entries]).decode())
        return 0
    from akamai_mcp.cli.printing.tables import print_entries  # 15 ms: rich, for a table

    print_entries(entries, total)
    return 0 if entries else 1
