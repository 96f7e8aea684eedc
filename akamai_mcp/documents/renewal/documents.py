"""Documents in service that are replaced by newer ones: as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import Location, open_catalogue
from akamai_mcp.documents.renewal.watching import FolderStamp, folder_stamp
from akamai_mcp.logs import get_logger
from akamai_mcp.openapi.files.folder import SUFFIXES

STAYS: Final = "the documents served before stay in service"
FOLDER: Final = "specs folder"

Fault = tuple[str, str]


class DocumentRenewal:
    """A catalogue whose folder may change."""

    def __init__(self, location: Location, cache: Path | None) -> None:
        self._location = location
        self._cache = cache
        self.first = self.stamp()  # before the documents are read, so that no change is missed
        self.catalogue = open_catalogue(location, cache)

    @property
    def may_change(self) -> bool:
        """Whether the documents may change while they are served."""
        return self._location.may_change

    def stamp(self) -> FolderStamp:
        """The facts of the documents' files now."""
        return folder_stamp(self._location.root, SUFFIXES) if self._location.may_change else frozenset()

    def read(self) -> Catalogue:
        """The catalogue of the documents as they are now. Raises OSError."""
        return open_catalogue(self._location, self._cache)

    def take(self, read: object) -> bool:
        """Serve a catalogue in place of the former one, or report what is wrong with it; whether it is served now."""
        assert isinstance(read, Catalogue)
        faults = tuple(find_faults(self.catalogue, read))
        if faults:
            self.catalogue.editions.refused = tuple((document, f"{reason}; {STAYS}") for document, reason in faults)
            for document, reason in faults:
                get_logger().warning("documents not renewed", document=document, reason=reason)
            return False
        self.catalogue.editions.renew(read.editions.current)
        return True


def find_faults(served: Catalogue, read: Catalogue) -> list[Fault]:
    """(document, reason) of what keeps documents from replacing those in service: faults that these have not, other names."""
    if not len(read):
        return [*read.problems(), (FOLDER, "it has no operations")]
    known = {document for document, _ in served.editions.newest_problems()}
    return [fault for fault in read.problems() if fault[0] not in known] + _renamed(served, read)


def _renamed(served: Catalogue, read: Catalogue) -> list[Fault]:
    """Operations that would lose the tool name under which clients know them."""
    before, after = served.names_by_key(), read.names_by_key()
    changed = [key for key, name in before.items() if after.get(key, name) != name]
    return [(read.get(key).document, f"{before[key]} would be named {after[key]}: restart the server") for key in changed]
