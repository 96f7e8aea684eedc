"""Programs of the library that are replaced after a change of their files: all of them, or none."""

from __future__ import annotations

from typing import Final, cast

from akamai_mcp.documents.renewal.watching import FolderStamp, folder_stamp
from akamai_mcp.logs import get_logger
from akamai_mcp.programs.library.library import Library, Programs

SUFFIX: Final = ".py"


class LibraryRenewal:
    """A library whose folders may change."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.first = self.stamp()

    def stamp(self) -> FolderStamp:
        """The facts of the programs' files now."""
        return frozenset().union(*(folder_stamp(folder, (SUFFIX,)) for folder in self._library.folders))

    def read(self) -> Programs:
        """The programs as they are now."""
        return self._library.read()

    def take(self, read: object) -> bool:
        """Serve the programs, or report those that have become faulty; whether they are served now."""
        programs, known = cast("Programs", read), self._library.faults
        faults = {name: one for name, one in programs.items() if isinstance(one, str) and name not in known}
        for name, fault in faults.items():
            get_logger().warning("programs not renewed", program=name, reason=fault)
        if not faults:
            self._library.renew(programs)
        return not faults
