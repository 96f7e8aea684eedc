"""The library as a caller sees it: the programs that it may run, found and described beside operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.errors import AccessError
from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.library.check import called_operations
from akamai_mcp.programs.library.library import Library, Programs
from akamai_mcp.programs.library.program import LibraryProgram
from akamai_mcp.programs.library.words import describe_program, to_row

if TYPE_CHECKING:
    from akamai_mcp.programs.library.finding import ProgramFinder

OTHER: Final = "Look for another with akamai_list_operations, or call the allowed operations one by one."


class CallerLibrary:
    """The programs of the library for the current caller: those all of whose operations the caller may call."""

    def __init__(self, library: Library, visibility: Visibility) -> None:
        self._library = library
        self._visibility = visibility
        self._found: tuple[Programs, ProgramFinder] | None = None

    def programs(self) -> list[LibraryProgram]:
        """The programs that the caller may run."""
        return [one for one in self._library.programs.values() if self._may_run(one)]

    def rows(self, question: str, nearest: float, *, only_reads: bool = False) -> list[Json]:
        """Rows of the programs that do the whole job that a question asks for; `nearest` is how near an operation comes to it."""
        found = (one for one in self._finder().find(question, nearest) if self._may_run(one))
        return [to_row(one) for one in found if not only_reads or one.effect == "read"]

    def describe(self, name: str, at: str) -> Json:
        """One program. Raises ArgumentError, AccessError."""
        program = self._library.get(name)
        if not self._may_run(program):
            raise AccessError(f"The rules or your roles do not allow what {program.reference} calls.", advice=OTHER)
        return describe_program(program, at)

    def _may_run(self, program: LibraryProgram) -> bool:
        view = self._visibility.view()
        if view.keys is not None and not called_operations(program.source) <= view.keys:
            return False
        return program.effect == "read" or not view.effects <= {"read"}

    def _finder(self) -> ProgramFinder:
        from akamai_mcp.programs.library.finding import ProgramFinder  # with what search needs, as above

        if self._found is None or self._found[0] is not self._library.all:  # the programs were read again
            self._found = self._library.all, ProgramFinder(self._library.programs.values())
        return self._found[1]
