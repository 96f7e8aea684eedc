"""`akamai-mcp operations list | search | describe`."""

from __future__ import annotations

import argparse
import sys

import orjson

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.advice import advise
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.documents.location import locate, open_catalogue, user_cache_folder
from akamai_mcp.settings import load_settings


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
    hits = engine.find(" ".join(options.question), chosen, limit=options.limit, offset=options.offset)
    if not hits.total:
        tell(advise(catalogue, chosen, hits.suggestions))
    return _print(list(hits.entries), hits.total, as_json=options.json)


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
