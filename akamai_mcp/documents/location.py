"""Choose the specs folder: the configured one, else the synced one, else the embedded one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.drafts import read_guides
from akamai_mcp.catalogue.index import Progress, Source, open_index
from akamai_mcp.errors import SettingsError
from akamai_mcp.openapi.answers.corrections import FILE_NAME, CorrectionFile
from akamai_mcp.openapi.files.folder import read_folder
from akamai_mcp.openapi.loader import documents_of, find_documents

_PACKAGED: Final = Path(__file__).resolve().parent.parent / "_specs"
# In a checkout the documents are outside the package; the wheel copies them to _specs.
_CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent / "specs"
SYNCED_NAME: Final = "specs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A specs folder and why it was chosen; `is_own` is true for a folder of the operator's own documents.

    `may_change` says that its documents may change while they are served: those of an operator or of a sync.
    """

    root: Path
    origin: str
    is_own: bool = False
    may_change: bool = False


def embedded_folder() -> Path:
    """The folder of the documents in the package, or of the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def user_data_folder() -> Path:
    """The platform's data folder for synced documents."""
    import platformdirs  # 14 ms: only where no folder is set

    return Path(platformdirs.user_data_dir("akamai-mcp", appauthor=False))


def user_cache_folder() -> Path:
    """The platform's cache folder for prepared indexes."""
    import platformdirs  # 14 ms: only where no folder is set

    return Path(platformdirs.user_cache_dir("akamai-mcp", appauthor=False))


def user_state_folder() -> Path:
    """The platform's folder for what a program has to remember, such as runs."""
    import platformdirs  # 14 ms: only where no folder is set

    return Path(platformdirs.user_state_dir("akamai-mcp", appauthor=False))


def locate(chosen: Path | None, data: Path | None = None) -> Location:
    """The folder to serve. Raises SettingsError if the configured folder does not exist."""
    if chosen is not None:
        if not chosen.is_dir():
            raise SettingsError(
                f"AKAMAI_MCP_SPECS_DIR names {str(chosen)!r}, which is not a folder.",
                advice="Set it to a folder with OpenAPI documents, or unset it to use the embedded ones.",
            )
        return Location(root=chosen, origin=f"AKAMAI_MCP_SPECS_DIR ({chosen})", is_own=True, may_change=True)
    synced = (data or user_data_folder()) / SYNCED_NAME
    if synced.is_dir():
        return Location(root=synced, origin=f"synced ({synced})", may_change=True)
    return Location(root=embedded_folder(), origin="embedded")


def open_catalogue(location: Location, cache: Path | None, progress: Progress = lambda _: None) -> Catalogue:
    """The catalogue of a folder, with its index prepared in `cache` (None: in memory)."""
    index = open_index(read_source(location), cache, progress)
    answers = CorrectionFile(embedded_folder() / FILE_NAME)
    return Catalogue(index, location.root, location.origin, is_own=location.is_own, answers=answers)


def read_source(location: Location) -> Source:
    """What the index of a folder is made from: its content as it is now, if it may change."""
    root, content = location.root, read_folder(location.root) if location.may_change else None
    files = find_documents(root) if content is None else documents_of(root, content)
    return Source(root=root, files=files, guides=lambda: read_guides(embedded_folder()), content=content)
