"""Compiles the package and the tests before several processes import them: each would compile all of it, 8 s of its time.

pytest has no public way to compile a test without running it, so this goes by the functions of its import hook, where it has them.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

ROOT = Path(__file__).parents[1]
NEEDED = ("_rewrite_test", "_write_pyc", "get_cache_dir", "assertstate_key", "PYC_TAIL")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Compile once what a run of all tests imports in each of its processes."""
    if sys.dont_write_bytecode or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    compileall.compile_dir(ROOT / "akamai_mcp", quiet=1)
    if all(hasattr(rewrite, name) for name in NEEDED):
        compile_tests(config, ROOT / "tests")


def compile_tests(config: pytest.Config, folder: Path) -> int:
    """Compile each test module that is newer than what was compiled of it, as pytest's import would; return how many."""
    modules = [*folder.rglob("test_*.py"), *folder.rglob("conftest.py")]
    compiled = {module: rewrite.get_cache_dir(module) / f"{module.stem}{rewrite.PYC_TAIL}" for module in modules}
    stale = {module: file for module, file in compiled.items() if not is_newer(file, module)}
    for module, file in stale.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        digest, code = rewrite._rewrite_test(module, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, digest, file)
    return len(stale)


def is_newer(file: Path, source: Path) -> bool:
    """True if a file is there and not older than its source; pytest compares their contents in any case."""
    return file.exists() and file.stat().st_mtime >= source.stat().st_mtime
