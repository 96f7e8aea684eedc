"""What is wrong with the programs of a library: their operations, arguments, effects and inputs, compared with the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import EffectName, worst_of
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.programs.events import CALL
from akamai_mcp.programs.library.inputs import schema_fault
from akamai_mcp.programs.library.library import Library
from akamai_mcp.programs.library.program import LibraryProgram
from akamai_mcp.request.arguments import BODY, argument_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCall:
    """A call as it stands in a program; `arguments` are its keys, None where they are put together elsewhere."""

    line: int
    operation: str | None
    arguments: frozenset[str] | None = field(default=frozenset())


def check_library(library: Library, catalogue: Catalogue) -> Iterator[str]:
    """Yield a line for each fault of each program."""
    yield from (f"program {name}: {fault}" for name, fault in library.faults.items())
    for name, program in library.programs.items():
        yield from (f"program {name}: {fault}" for fault in _faults(program, catalogue))


def written_calls(source: str) -> Iterator[WrittenCall]:
    """Yield every call of an operation in a program."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == CALL and node.args:
            yield WrittenCall(line=node.lineno, operation=_text(node.args[0]), arguments=_keys(node.args[1:]))


@cache
def called_operations(source: str) -> frozenset[str]:
    """The operations that a program names, as it names them."""
    return frozenset(call.operation for call in written_calls(source) if call.operation)


def _faults(program: LibraryProgram, catalogue: Catalogue) -> Iterator[str]:
    if fault := schema_fault(program.inputs):
        yield f"its inputs are no schema: {fault}"
    yield from _unknown_inputs(program)
    entries: list[Entry] = []
    for call in written_calls(program.source):
        entry = catalogue.find(call.operation) if call.operation else None
        if entry is None or entry.key != call.operation:
            yield f"line {call.line} calls {call.operation or 'what is no text'}, and the catalogue has no such key"
            continue
        entries.append(entry)
        yield from _misfits(call, entry, catalogue)
    if entries:
        yield from _unlike_effect(program.effect, entries)


def _unlike_effect(effect: EffectName, entries: list[Entry]) -> Iterator[str]:
    """Where an effect depends on the arguments, the author of the program knows them."""
    least, most = (
        worst_of(effects) for effects in zip(*((one.effect.mildest, one.effect.worst) for one in entries), strict=True)
    )
    if worst_of((effect, least)) != effect or worst_of((effect, most)) != most:
        yield f"its effect is {effect}, and that of its calls {least if least == most else f'{least} to {most}'}"


def _misfits(call: WrittenCall, entry: Entry, catalogue: Catalogue) -> Iterator[str]:
    if call.arguments is None:
        return
    operation = catalogue.operation(entry)
    known = argument_keys(operation)
    takes = {*known, BODY} if operation.request_body else {*known}
    # A header is a condition of the request, as If-Match, and Akamai takes a call without it.
    needs = {key for key, parameter in known.items() if parameter.must_be_given and parameter.location != "header"}
    if operation.request_body and operation.request_body.required:
        needs.add(BODY)
    yield from (f"line {call.line}: {entry.key} takes no {name}" for name in sorted(call.arguments - takes))
    yield from (f"line {call.line}: {entry.key} needs {name}" for name in sorted(needs - call.arguments))


def _unknown_inputs(program: LibraryProgram) -> Iterator[str]:
    """An input that is read with brackets is required or has a default; one that is declared is read."""
    sure = {*program.required, *(name for name, part in program.properties.items() if "default" in part)}
    read = dict(sorted(_read_inputs(program.source)))  # one that is relied on somewhere comes last, and counts
    for name, bare in read.items():
        if name not in program.properties or (bare and name not in sure):
            yield f"it reads the input {name}, which need not be there"
    yield from (f"it does not read the input {name}" for name in program.properties if name not in read)


def _read_inputs(source: str) -> Iterator[tuple[str, bool]]:
    """Each input that a program reads, and whether it relies on it: `inputs["a"]` does, `inputs.get("a")` does not."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Name(id="inputs"), slice=ast.Constant(value=str(name))):
                yield name, True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="inputs")), args=[ast.Constant(value=str(name)), *_]):
                yield name, False


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keys(rest: list[ast.expr]) -> frozenset[str] | None:
    if not rest:
        return frozenset()
    given = rest[0]
    if not isinstance(given, ast.Dict):
        return None
    keys = [_text(key) if key is not None else None for key in given.keys]
    return None if None in keys else frozenset(key for key in keys if key is not None)
