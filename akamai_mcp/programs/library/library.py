"""The programs of some folders, read when one is first wanted."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.programs.library.program import SIGN, FaultyProgram, LibraryProgram, parse_program

MAX_FILE: Final = 64 * 1024  # bytes of a file
FOLDER: Final = "programs"
SHOWN: Final = 80  # characters of a name that is not known

Programs = Mapping[str, LibraryProgram | str]


class Library:
    """The programs of some folders: where two have a name, that of the later folder counts, also if it is faulty."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._kept: Programs | None = None

    @property
    def programs(self) -> Mapping[str, LibraryProgram]:
        """The programs by their names."""
        return {name: one for name, one in self.all.items() if isinstance(one, LibraryProgram)}

    @property
    def faults(self) -> Mapping[str, str]:
        """Why a file cannot be used, by the name of its program."""
        return {name: one for name, one in self.all.items() if isinstance(one, str)}

    @property
    def folders(self) -> Sequence[Path]:
        """The folders, the least important first."""
        return self._folders

    @property
    def all(self) -> Programs:
        """The program of each name, or why there is none; another object after `renew`."""
        if self._kept is None:
            self._kept = self.read()
        return self._kept

    def renew(self, programs: Programs) -> None:
        """Serve programs that were read again."""
        self._kept = programs

    def get(self, reference: str) -> LibraryProgram:
        """The program that `@name` refers to. Raises ArgumentError."""
        name = reference.strip().removeprefix(SIGN)
        found = self.all.get(name)
        if isinstance(found, LibraryProgram):
            return found
        if found is not None:
            raise ArgumentError(f"The program {name} cannot be used: {found}.", advice="Its author has to correct the file.")
        near = difflib.get_close_matches(name, self.programs, n=3, cutoff=0.4) or sorted(self.programs)
        names = ", ".join(f"{SIGN}{one}" for one in near)
        raise ArgumentError(f"The library has no program {name[:SHOWN]!r}.", advice=f"There are {names}.")

    def read(self) -> Programs:
        """Read the files as they are now."""
        files = [path for folder in self._folders for path in sorted(folder.glob("*.py"))]
        return dict(sorted({path.stem: _read_file(path) for path in files}.items()))


def library_folders(specs: Path, own: Path | None) -> tuple[Path, ...]:
    """The programs beside the documents, then a team's own."""
    return (specs / FOLDER, *([own] if own else []))


def _read_file(path: Path) -> LibraryProgram | str:
    """A program, or why there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            return f"it is longer than {MAX_FILE:,} bytes"
        return parse_program(path.stem, content.decode())
    except (OSError, UnicodeDecodeError, FaultyProgram) as error:
        return str(error)
