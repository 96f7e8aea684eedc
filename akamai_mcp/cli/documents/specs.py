"""`akamai-mcp specs build | learn | check | sync`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from akamai_mcp.catalogue.drafts import read_guides
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.cli.printing.tables import print_counts
from akamai_mcp.documents.build import Built, build_client_documents, build_documents
from akamai_mcp.documents.clients.documents import FACTS_NAME, to_lines
from akamai_mcp.documents.guide import Guide, load_guide
from akamai_mcp.documents.guide_check import require_valid
from akamai_mcp.documents.location import embedded_folder, locate, user_data_folder
from akamai_mcp.errors import SettingsError

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

NO_DOCUMENT: Final = "{} has no OpenAPI document (.json, .yaml)."


def build(options: argparse.Namespace) -> int:
    """Build documents from an official checkout and from OUT/clients.jsonl if it exists, merged with the guide.

    Return 1 if nothing was built, or if an effect in the guide does not fit its operation.
    """
    guide = load_guide(options.guide or options.out / "guide")
    require_valid(guide)
    built: list[Built] = []
    with Console(stderr=True).status("building documents") if sys.stderr.isatty() else nullcontext():
        if options.source:
            built += build_documents(options.source, options.out, guide)
        if (facts := options.out / FACTS_NAME).is_file():
            built += build_client_documents(facts, options.out, guide)
    print_counts((f"{one.product}/{one.version}", one.operations) for one in built)
    size = sum(one.bytes for one in built) / 1_000_000
    print(f"{len(built)} documents, {sum(one.operations for one in built):,} operations, {size:.1f} MB in {options.out}")
    problems = [problem for one in built for problem in one.problems]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 0 if built and not problems else 1


def learn(options: argparse.Namespace) -> int:
    """Write a line for each endpoint that Akamai's clients call and no official document in OUT describes."""
    from akamai_mcp.documents.clients.learning import learn as learn_facts  # 3 ms: only `learn` needs it

    rows = learn_facts(options.source, options.out)
    (options.out / FACTS_NAME).write_text(to_lines(rows), encoding="utf-8")
    print(f"{len(rows)} endpoints in {options.out / FACTS_NAME}; build the documents again")
    return 0 if rows else 1


def check(options: argparse.Namespace) -> int:
    """Validate every document of a folder and count its operations; return 1 if there is a problem."""
    # 220 ms in all, with the settings.
    from rich.progress import Progress

    from akamai_mcp.calls.example_check import check_examples
    from akamai_mcp.documents.check import check_documents, summary_line
    from akamai_mcp.programs.library.check import check_library
    from akamai_mcp.programs.library.library import Library, library_folders
    from akamai_mcp.settings import load_settings

    settings = load_settings()
    folder = options.folder or locate(settings.specs_dir).root
    require_folder(folder)
    library = Library(library_folders(folder, settings.programs_dir))
    guide = load_guide(folder / "guide") if (folder / "guide").is_dir() else None
    with Progress(*_columns(), console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading documents", total=None)
        report = check_documents(
            folder,
            guide,
            lambda name: bar.update(task, description=f"checking {name}"),
            read_default=lambda: read_guides(embedded_folder()),
            check_examples=lambda catalogue: chain(
                _announced(lambda: bar.update(task, description="building the examples of all operations")),
                check_examples(catalogue, guide or Guide()),
                check_library(library, catalogue),
            ),
        )
    print_counts((f"{row.product}/{row.version}", row.operations) for row in report.per_product)
    for fault in report.invalid:
        print(f"{fault.document}: {fault.reason}", file=sys.stderr)
    for problem in (*report.lost, *report.collisions, *report.guide_problems):
        print(problem, file=sys.stderr)
    print(summary_line(report))
    if not (report.documents or report.client_documents):
        tell(NO_DOCUMENT.format(folder))
    return 0 if report.ok else 1


def require_folder(folder: Path) -> None:
    """Check that a folder of documents exists. Raises SettingsError."""
    if not folder.is_dir():
        raise SettingsError(f"There is no folder {folder}.", advice="Name a folder of OpenAPI documents.")


def _announced(announce: Callable[[], None]) -> Iterator[str]:
    """Announce a long step when its turn comes, as a part of a chain that says nothing itself."""
    announce()
    yield from ()


def _columns() -> tuple[ProgressColumn, ...]:
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # 45 ms, with the console

    return SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()


def sync(options: argparse.Namespace) -> int:
    """Fetch the official documents and put them where the server finds them first."""
    # 340 ms in all, with the settings and httpx.
    from rich.progress import Progress

    from akamai_mcp.documents.sync import ARCHIVE_URL, sync_documents
    from akamai_mcp.pipeline.transport.transport import tls_context
    from akamai_mcp.settings import load_settings

    settings = load_settings()
    with Progress(*_columns(), console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("fetching", total=None)
        synced = sync_documents(
            options.url or ARCHIVE_URL,
            options.ref,
            user_data_folder(),
            load_guide(embedded_folder() / "guide"),
            own=embedded_folder(),
            tls=tls_context(settings.ca_bundle),
            progress=lambda step: bar.update(task, description=step),
        )
    print(f"{synced.documents} documents, {synced.operations:,} operations of {synced.ref} in {user_data_folder()}")
    tell("`akamai-mcp specs diff` shows what differs from the documents of the package.")
    return 0
