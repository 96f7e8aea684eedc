"""`python tools/import_costs.py`: what each import inside a function of the package costs, measured in processes of their own.

The milliseconds are those of the first such import once the module around it is loaded, the least of some runs.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
RUNS: Final = 3
MEASURE: Final = """
import gc, importlib, sys, time
importlib.import_module(sys.argv[1])
gc.disable()
started = time.perf_counter()
exec(sys.argv[2])
print((time.perf_counter() - started) * 1000)
"""


def deferred_imports(path: Path) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports inside the functions of a module, in their order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = [node for function in functions for node in ast.walk(function)]
    found = {node.lineno: node for node in inner if isinstance(node, ast.Import | ast.ImportFrom)}
    yield from (found[line] for line in sorted(found))


def module_name(path: Path) -> str:
    """The dotted name of a module of the package."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def measure(module: str, statement: str) -> float:
    """Milliseconds of an import statement after a module."""
    command = [sys.executable, "-c", MEASURE, module, statement]
    runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(RUNS)]  # noqa: S603 - our own code
    return min(float(run.stdout) for run in runs)


def main() -> int:
    """Print a line for each import."""
    for path in sorted((ROOT / "akamai_mcp").rglob("*.py")):
        for node in deferred_imports(path):
            statement = ast.unparse(node)
            cost = measure(module_name(path), statement)
            print(f"{cost:6.1f} ms  {path.relative_to(ROOT)}:{node.lineno}  {statement}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
