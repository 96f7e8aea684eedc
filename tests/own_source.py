"""What the package's own modules say, each parsed once in a process; the trees are let go, since they are large."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "akamai_mcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module: `imports` has (module, names taken from it), `deferred` the lines of imports inside functions."""

    path: Path
    text: str
    docstring: str
    imports: tuple[tuple[str, tuple[str, ...]], ...]
    deferred: tuple[tuple[int, int], ...]
    defined: frozenset[str]
    prints: bool

    @property
    def name(self) -> str:
        return name_of(self.path)

    @property
    def module(self) -> str:
        return module_of(self.path)

    @property
    def packages(self) -> set[str]:
        """The top-level packages that it imports anywhere, for its types or in earnest."""
        return {module.partition(".")[0] for module, _ in self.imports}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the package."""
    return tuple(read(path) for path in sorted(PACKAGE.rglob("*.py")))


def read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = [*walk(tree)]
    return Source(
        path=path,
        text=text,
        docstring=ast.get_docstring(tree) or "",
        imports=tuple(imports_of(node for node, _ in nodes)),
        deferred=tuple(runs({line for node, is_inside in nodes if is_inside for line in import_lines(node)})),
        defined=frozenset(
            node.name
            for node, _ in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ),
        prints=any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print" for node, _ in nodes
        ),
    )


def walk(tree: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """(node, whether it stands inside a function)."""
    waiting = [(tree, False)]
    while waiting:
        node, is_inside = waiting.pop()
        yield node, is_inside
        below = is_inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting.extend((child, below) for child in ast.iter_child_nodes(node))


def imports_of(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, tuple(alias.name for alias in node.names)


def import_lines(node: ast.AST) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1) if isinstance(node, ast.Import | ast.ImportFrom) else range(0)


def runs(lines: set[int]) -> Iterator[tuple[int, int]]:
    """(first line, last line) of each run of lines, the line above it included."""
    joined = lines | {line + 1 for line in lines if line + 2 in lines}  # a blank line between groups of imports
    for first in sorted(line for line in joined if line - 1 not in joined):
        yield first - 1, next(line for line in count(first) if line + 1 not in joined)
