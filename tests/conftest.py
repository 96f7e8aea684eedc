from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.editions import edition as edition_module
from akamai_mcp.cli.serve import give_memory_back
from akamai_mcp.documents.location import Location, embedded_folder, open_catalogue

pytest_plugins = ("run_figures", "compiled_once")
# They are about an installed wheel, which `make wheel-test` names.
collect_ignore = [] if os.environ.get("TEST_AKAMAI_MCP_WHEEL") else ["test_wheel.py"]

# Collections take 8% of the time of some tests, a third of that the frequent ones of young objects: they come more seldom, those of all
# objects as often as a quarter of the objects are new.
COLLECT_AFTER = (5_000, 10, 5)
give_memory_back()  # as the server does: what a large test frees is not kept for the rest of a run

# The same examples on every run, and no deadline: a busy machine is not a failure.
settings.register_profile("akamai-mcp", derandomize=True, deadline=None)
settings.load_profile("akamai-mcp")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a value of bytes by its place: an archive has the second in it when it is made, and every process makes its own."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    """Spare collections the modules and the tests, which stay: a million objects that each one would look at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Where the prepared index of the documents is kept, so that a run parses them once in all its processes.

    `make mutants` names a folder, since each of its many runs would build the same.
    """
    if kept := os.environ.get("TEST_AKAMAI_MCP_INDEX"):
        return Path(kept)
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if hasattr(request.config, "workerinput") else own) / "index"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def catalogue(index_folder: Path) -> Iterator[Catalogue]:
    """The catalogue of the embedded documents, over an index of the tests' own; the servers of a process share it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edition_module, "KEPT_OPERATIONS", 4096)  # all of them, so that each is parsed once for all the tests
        opened = open_catalogue(Location(root=embedded_folder(), origin="embedded"), index_folder)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def forget_servers() -> Iterator[None]:
    """Let go of the servers of a test: FastMCP's caches keep each function that it was ever given, and all it refers to."""
    yield
    for one in caches(len(sys.modules)):
        one.cache_clear()


@lru_cache(maxsize=1)
def caches(_: int) -> tuple[Any, ...]:
    """The caches of FastMCP's modules, when so many modules of any kind are loaded."""
    modules = [module for name, module in sys.modules.items() if name.startswith("fastmcp.")]
    return tuple(value for module in modules for value in vars(module).values() if hasattr(value, "cache_clear"))
